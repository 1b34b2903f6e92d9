"""Numbers in queries and bodies of the control plane: digits alone, as JSON has them.

Python reads underscores, other scripts' digits and spaces in numbers, too, so that `1_0` would be 10.
"""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

NO_NUMBERS = ["1_0", "\u0661\u0662", "\uff11", "\u00b2", " 7", "7\n", "0x10", "nan", "Infinity", ""]


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("mine", clock="frozen")


QUERIES = [
    ("/requests", "limit"),
    ("/requests", "after"),
    ("/requests", "status"),
    ("/messages", "limit"),
    ("/messages", "after"),
    ("/webhooks/deliveries", "limit"),
    ("/webhooks/events", "after"),
    ("/webhooks/events", "limit"),
]


@pytest.mark.parametrize(("path", "name"), QUERIES)
@pytest.mark.parametrize("text", [*NO_NUMBERS, "9" * 5000], ids=lambda text: repr(text[:10]))
def test_a_number_in_a_query_has_digits_alone(box: Sandbox, path: str, name: str, text: str) -> None:
    answer = box.control("GET", path, params={name: text})
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [name])


@pytest.mark.parametrize("text", ["1_0", "\u0661", "\u00b2", " 7", "0x10"])
def test_a_number_in_a_path_has_digits_alone(box: Sandbox, text: str) -> None:
    answer = box.control("GET", f"/requests/{text}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "number")


def test_the_last_event_of_a_stream_has_digits_alone(box: Sandbox) -> None:
    answer = box.control("GET", "/feed", headers={"Last-Event-ID": "1_0"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "last-event-id")


BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("/balances/rcs", "add", {}),
    ("/balances/rcs", "set", {}),
    ("/faults", "status", {"provider": "rcs"}),
    ("/faults", "after", {"provider": "rcs", "status": 500}),
    ("/faults", "times", {"provider": "rcs", "status": 500}),
    ("/clock", "speed", {}),
    ("/reset", "seed", {}),
]


@pytest.mark.parametrize(("path", "name", "more"), BODIES)
@pytest.mark.parametrize("text", NO_NUMBERS, ids=repr)
def test_a_text_for_a_number_has_digits_alone(
    box: Sandbox, path: str, name: str, more: dict[str, Any], text: str
) -> None:
    answer = box.control("POST", path, json=more | {name: text})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)


def test_an_amount_may_be_a_text(box: Sandbox) -> None:
    before = box.control("GET", "/balances/rcs").json()["balance"]
    after = box.control("POST", "/balances/rcs", json={"add": "12.50"}).json()["balance"]
    assert after - before == 12.5


def test_a_place_in_a_body_that_no_list_has_is_nowhere(box: Sandbox) -> None:
    box.http.post("/v1/contacts", json={"lists": [["a"]]}, headers=box.autosend)
    for step in ("9" * 5000, "\u0660", "\u00b2", "-1", "1_0"):
        match = {"body": {f"lists.{step}": {"absent": True}}}
        answer = box.control("POST", "/requests/verify", json={"match": match, "exactly": 1})
        assert (answer.status_code, answer.json().get("count")) == (200, 1), answer.text


@pytest.mark.parametrize(
    ("sent", "wanted", "count"),
    [
        ("100.0", 100, 1),
        ("1e2", 100, 1),
        ("100", 100.0, 1),
        ("100.0", "100.0", 1),
        ("100", "100", 1),
        ("true", 1, 0),
        ("1", True, 0),
        ("1" + "0" * 400, 1e300, 0),
    ],
)
def test_a_number_in_a_body_is_the_same_with_a_point(
    box: Sandbox, sent: str, wanted: Any, count: int
) -> None:
    headers = box.autosend | {"Content-Type": "application/json"}
    box.http.post("/v1/contacts", content=f'{{"seats": {sent}}}', headers=headers)
    match = {"body": {"seats": wanted}}
    answer = box.control("POST", "/requests/verify", json={"match": match, "exactly": count})
    assert answer.json()["count"] == count


@pytest.fixture
def asked(box: Sandbox) -> str:
    """The address of the log, in WireMock's form, of a sandbox that has received one request."""
    box.http.get("/v1/contacts", headers=box.autosend)
    return "/_emulator/wiremock/mine/__admin/requests"


@pytest.mark.parametrize("port", ["9" * 5000, "\u00b2", "1_0", "+80", ""])
def test_a_strange_port_does_not_keep_the_log_of_requests_from_being_read(
    box: Sandbox, asked: str, port: str
) -> None:
    key = (b"Authorization", box.autosend["Authorization"].encode())
    box.http.get("/v1/contacts", headers=[(b"Host", f"127.0.0.1:{port}".encode("latin-1")), key])
    answer = box.http.get(asked)
    assert answer.status_code == 200, answer.text


OURS = "00000000-0000-4000-8000-"


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("000000000001", 200),
        ("1", 404),
        ("+00000000001", 404),
        (" 00000000001", 404),
        ("0x0000000001", 404),
        ("00000000000_1", 404),
        ("00000000000\u0661", 404),
    ],
)
def test_an_id_of_a_request_is_in_the_form_in_which_it_is_shown(
    box: Sandbox, asked: str, number: str, status: int
) -> None:
    assert box.http.get(f"{asked}/{OURS}{number}").status_code == status
