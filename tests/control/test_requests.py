"""The journal: searching requests, inspecting one, emptying it."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox
from tests.server import Server

CAMPAIGN = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("one", clock="frozen")


def used(emulator: Emulator, name: str = "one") -> Sandbox:
    """Return a sandbox that has received six requests."""
    box = emulator.sandbox(name, clock="frozen")
    http = emulator.http
    http.get("/v1/campaigns", headers=box.autosend)
    http.patch(CAMPAIGN, json={"name": "Осень", "colour": "red"}, headers=box.autosend)
    http.get("/v1/nothing", headers=box.autosend)
    http.post("/api/v1.1/campaigns/get", json={"id": 12}, headers=box.altcraft)
    http.get("/api/accounts/balance", headers=box.rcs)
    http.post("/api/messages/rcs/send", json={"sender": "nobody"}, headers=box.rcs)
    return box


def found(box: Sandbox, **filters: Any) -> list[int]:
    """Return the numbers of the requests that a search finds."""
    answer = box.control("GET", "/requests", params=filters)
    assert answer.status_code == 200, answer.text
    return [entry["number"] for entry in answer.json()["requests"]]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"provider": "rcs"}, [5, 6]),
        ({"operation": "PATCH /v1/campaigns/{campaignId}"}, [2]),
        ({"operation": "DELETE /v1/campaigns/{campaignId}"}, []),
        ({"status": 404}, [3]),
        ({"method": "post"}, [4, 6]),
        ({"text": "осень"}, [2]),
        ({"text": "V1/NOTHING"}, [3]),
        ({"unread": True}, [2]),
        ({"unread": False}, [1, 3, 4, 5, 6]),
        ({"provider": "autosend", "method": "GET", "status": 200}, [1]),
        ({"limit": 2}, [5, 6]),
        ({"after": 2}, [3, 4, 5, 6]),
        ({"after": 2, "limit": 2}, [3, 4]),
        ({"after": 6}, []),
    ],
)
def test_requests_are_found_by_what_they_are(
    emulator: Emulator, filters: dict[str, Any], numbers: list[int]
) -> None:
    assert found(used(emulator), **filters) == numbers


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/requests", {"provider": "pigeon"}),
        ("/requests", {"colour": "red"}),
        ("/jobs", {"limit": 1}),
        ("/webhooks/deliveries", {"target_id": 1}),
        ("/webhooks/events", {"colour": "red"}),
        ("/clock", {"colour": "red"}),
        ("/messages/1", {"colour": "red"}),
        ("/faults/errors", {"colour": "red"}),
    ],
)
def test_a_query_that_means_nothing_is_refused(box: Sandbox, path: str, params: dict[str, Any]) -> None:
    answer = box.control("GET", path, params=params)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "The request is not valid."
    assert [error["field"] for error in answer.json()["errors"]] == list(params)


def test_a_parameter_of_the_query_is_refused_before_anything_is_changed(box: Sandbox) -> None:
    assert box.control("POST", "/clock", params={"freeze": True}, json={"advance": "1h"}).status_code == 422
    assert box.control("GET", "/clock").json()["now"] == "2026-03-15T14:30:00.000Z"


def test_requests_that_are_refused_themselves_are_found_by_the_emulators_name(emulator: Emulator) -> None:
    assert found(used(emulator), provider="emulator") == []


def test_a_text_is_found_however_json_writes_it(emulator: Emulator) -> None:
    box = emulator.sandbox("one")
    json = {"Content-Type": "application/json"}
    emulator.http.patch(
        CAMPAIGN, content=b'{"name": "\\u041e\\u0441\\u0435\\u043d\\u044c"}', headers=box.autosend | json
    )
    assert found(box, text="осень") == [1]


def test_requests_are_found_by_their_credential_in_full_or_as_it_is_shown(emulator: Emulator) -> None:
    box = used(emulator)
    key = box.environment["RCS_API_KEY"]
    assert found(box, credential=key) == [5, 6]
    assert found(box, credential=f"{key[:7]}…") == [5, 6]
    assert found(box, credential=key[:-1]) == []


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"status": "fine"}, "status"),
        ({"limit": 0}, "limit"),
        ({"after": -1}, "after"),
        ({"unread": "x"}, "unread"),
    ],
)
def test_a_wrong_filter_is_refused_by_name(emulator: Emulator, filters: dict[str, Any], field: str) -> None:
    answer = emulator.http.get("/_emulator/requests", params=filters)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_one_request_can_be_inspected(emulator: Emulator) -> None:
    box = used(emulator)
    entry = box.control("GET", "/requests/2").json()
    assert entry["operation"] == "PATCH /v1/campaigns/{campaignId}"
    assert entry["credential"] == f"{box.environment['AUTOSEND_API_KEY'][:7]}…"
    assert entry["request_headers"]["content-type"] == "application/json"
    assert entry["unread"] == ["body.colour"]
    assert entry["faults"] == []
    assert '"success":true' in entry["answer_body"]


@pytest.mark.parametrize(("number", "status"), [("7", 404), ("0", 422), ("first", 422)])
def test_a_request_that_is_not_there_is_a_problem(emulator: Emulator, number: str, status: int) -> None:
    assert used(emulator).control("GET", f"/requests/{number}").status_code == status


def test_requests_are_forgotten_and_nothing_else(emulator: Emulator) -> None:
    box = used(emulator)
    assert box.control("DELETE", "/requests").status_code == 204
    assert found(box) == []
    named = emulator.http.get(CAMPAIGN, headers=box.autosend).json()["data"]["name"]
    assert named == "Осень"
    assert found(box) == [7]


def test_numbers_begin_anew_with_a_reset(emulator: Emulator) -> None:
    box = used(emulator)
    box.control("POST", "/reset")
    emulator.http.get(CAMPAIGN, headers=box.autosend)
    assert found(box) == [1]


def test_a_sandbox_sees_its_own_requests_only(emulator: Emulator) -> None:
    box, other = used(emulator), emulator.sandbox("other")
    assert found(other) == []
    other.control("DELETE", "/requests")
    assert len(found(box)) == 6


@pytest.mark.slow
def test_a_journal_that_is_switched_off_says_so_and_the_providers_work() -> None:
    key = {"Authorization": "Bearer AS_emulator000000000000"}
    with Server(EMULATOR_JOURNAL_ENTRIES="0") as server, server.client() as client:
        assert client.patch(CAMPAIGN, json={"name": "n"}, headers=key).status_code == 200
        xml = "<xml><token>abcdefghijklmnqrstuvwxyz</token><id>12</id></xml>"
        asked = client.post(
            "/api/v1.1/campaigns/get", content=xml, headers={"Content-Type": "application/xml"}
        )
        assert "<error>0</error>" in asked.text
        for answer in (
            client.get("/_emulator/requests"),
            client.post("/_emulator/requests/verify", json={"never": True}),
            client.post("/_emulator/wait", json={"request": {}}),
        ):
            assert answer.status_code == 409
            assert "EMULATOR_JOURNAL_ENTRIES" in answer.json()["detail"]
        assert client.get("/__admin/requests").json()["requestJournalDisabled"] is True


def test_what_the_journal_has_is_said_where_it_has_no_such_request(emulator: Emulator) -> None:
    box = used(emulator)
    assert box.control("GET", "/requests/7").json()["detail"] == (
        "The journal has no request 7. It has those from 1 to 6."
    )
    box.control("DELETE", "/requests")
    assert "It has none" in box.control("GET", "/requests/7").json()["detail"]
