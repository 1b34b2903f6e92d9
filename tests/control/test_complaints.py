"""Messages about invalid requests to the control plane: the field, and what it has to be."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("one", clock="frozen")


FORM = "must be text of numbers and units, such as 500ms, 90s, 15m, 2h, 3d or 1d12h"
NAME = "must be at most 63 small letters, digits, '.', '_' and '-', and begin with a letter or a digit"
SPEED = "must be real, frozen, or a speed factor above 0 and up to 1000000"
TIME = "must be a time with its zone, such as 2026-03-15T14:30:00Z"
URL = "must be an http or https address"
SCALAR = "must be a text, a number, true, false or null"
MAIL = {"from": "ada@example.com", "to": ["help@support.example.org"]}
REPLY = "must be a Message-ID in its brackets, such as <abc@example.com>"
FILE = {"fileName": "a.png", "content": "", "contentType": "PNG"}
MEDIA = "must be a media type in small letters, such as image/png"
REASON = "must be one word of up to 50 letters, such as NoEmail"
NOTHING = "must be longer than nothing"
SETS = "is not a word here; there are empty, demo"

SAID: list[tuple[str, str, Any, str, str]] = [
    ("POST", "/clock", {"advance": 60}, "advance", FORM),
    ("POST", "/clock", {"advance": "soon"}, "advance", FORM),
    ("POST", "/clock", {"advance": "1" * 50 + "s"}, "advance", FORM),
    ("POST", "/clock", {"advance": "3000000d"}, "advance", "must not be longer than 2932896d"),
    (
        "POST",
        "/sandboxes",
        {"expires_after": "3000000d"},
        "expires_after",
        "must not be longer than 2932896d",
    ),
    ("POST", "/sandboxes", {"expires_after": "0s"}, "expires_after", NOTHING),
    ("POST", "/sandboxes", {"expires_after": "0d0ms"}, "expires_after", NOTHING),
    ("POST", "/sandboxes", {"expires_after": "-1h"}, "expires_after", FORM),
    ("POST", "/faults", {"provider": "rcs", "delay": "0s"}, "delay", NOTHING),
    ("POST", "/webhooks/disturbances", {"action": "delay", "delay": "0s"}, "delay", NOTHING),
    ("POST", "/sandboxes", {"name": "A b"}, "name", NAME),
    ("POST", "/snapshots", {"name": "-"}, "name", NAME),
    ("POST", "/faults", {"provider": "rcs", "rate_limit": "2"}, "rate_limit", "must be an object of fields"),
    ("POST", "/webhooks/disturbances", {"action": "delay"}, "delay", "the action delay needs it"),
    ("POST", "/webhooks/disturbances", {"action": "backdate"}, "age", "the action backdate needs it"),
    (
        "POST",
        "/webhooks/disturbances",
        {"action": "drop", "age": "1h"},
        "age",
        "goes with the action backdate, and with no other",
    ),
    ("POST", "/autosend/inbound", {"raw": "hello"}, "raw", "names nobody to whom it is; say it in `to`"),
    ("POST", "/autosend/inbound", {**MAIL, "inReplyTo": "abc@example.com"}, "inReplyTo", REPLY),
    ("POST", "/autosend/inbound", {**MAIL, "attachments": [FILE]}, "attachments.0.contentType", MEDIA),
    ("POST", "/outcomes", {"outcome": "bounced", "reason": "no mail"}, "reason", REASON),
    ("POST", "/sandboxes", {"fixtures": 5}, "fixtures", SETS),
    ("POST", "/sandboxes", {"fixtures": {"rcs": "empty"}}, "fixtures", SETS),
    ("POST", "/requests/verify", {"never": False}, "never", "must be true"),
    ("POST", "/autosend/inbound", {**MAIL, "from": "a" * 401}, "from", "must have at most 400 characters"),
    ("POST", "/autosend/inbound", {**MAIL, "to": ["a@b.cc"] * 101}, "to", "must have at most 100 items"),
    ("POST", "/clock", {"set": "2026-03-15"}, "set", TIME),
    ("POST", "/wait", {"request": {}, "timeout": 1}, "timeout", FORM),
    ("POST", "/wait", {"request": {"body": {"name": {"equals": []}}}}, "request.body.name.equals", SCALAR),
    ("POST", "/sandboxes", {"clock": "fast"}, "clock", SPEED),
    ("POST", "/sandboxes", {"clock": -1}, "clock", SPEED),
    ("POST", "/webhooks/targets", {"provider": "rcs", "url": "ftp://127.0.0.1/"}, "url", URL),
    ("POST", "/webhooks/targets", {"provider": "rcs", "url": "http://[::1"}, "url", URL),
    ("GET", "/messages", {"since": "2026-03-15"}, "since", TIME),
    ("GET", "/messages", {"since": "2026-03-15T10:00:00"}, "since", TIME),
    ("GET", "/messages", {"since": "yesterday"}, "since", TIME),
    ("GET", "/messages", {"limit": "many"}, "limit", "must be a whole number"),
    ("GET", "/messages", {"limit": 0}, "limit", "must be greater than or equal to 1"),
    ("GET", "/messages", {"latest": "perhaps"}, "latest", "must be true or false"),
    ("GET", "/requests/abc", {}, "number", "must be a whole number"),
    ("POST", "/faults", {"provider": "rcs", "status": 99}, "status", "must be greater than 100"),
    ("POST", "/faults", {"provider": "rcs", "status": 500.5}, "status", "must be a whole number"),
    ("POST", "/faults", {"provider": "rcs", "reset": True, "operation": 1}, "operation", "must be a text"),
    ("POST", "/balances/rcs", {"add": "much"}, "add", "must be a number"),
]


def refused(box: Sandbox, method: str, path: str, wanted: Any) -> Any:
    said = {"params": wanted} if method == "GET" else {"json": wanted}
    answer = box.control(method, path, **said)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return error


@pytest.mark.parametrize(("method", "path", "wanted", "field", "message"), SAID)
def test_a_wrong_value_is_told_by_its_field_in_one_sentence(
    box: Sandbox, method: str, path: str, wanted: Any, field: str, message: str
) -> None:
    assert refused(box, method, path, wanted) == {"field": field, "message": message}


@pytest.mark.parametrize(
    ("path", "wanted", "field", "nearest"),
    [
        ("/wait", {"message": {"recipent": "ann@"}}, "message.recipent", "recipient"),
        ("/wait", {"request": {"pth": "/"}}, "request.pth", "path"),
        ("/wait", {"request": {"body": {"name": {"equal": 1}}}}, "request.body.name.equal", "equals"),
        ("/outcomes", {"outcome": "bounced", "recipent": "ann@"}, "recipent", "recipient"),
        ("/faults", {"provider": "rcs", "dealy": "1s"}, "dealy", "delay"),
        ("/clock", {"until": {"mesage": 1, "status": "sent"}}, "until.mesage", "message"),
        ("/autosend/inbound", {"fron": "ann@example.com"}, "fron", "from"),
    ],
)
def test_a_misspelt_field_is_refused_with_the_nearest_and_all_that_there_are(
    box: Sandbox, path: str, wanted: Any, field: str, nearest: str
) -> None:
    answer = box.control("POST", path, json=wanted)
    assert answer.status_code == 422
    (said,) = (error["message"] for error in answer.json()["errors"] if error["field"] == field)
    assert said.startswith(f"is not a field here; did you mean {nearest}")
    assert " There are " in said


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"advance":', "is not JSON: Expecting value at character 12"),
        (b'{"advance": "1h"}}', "is not JSON: Extra data at character 18"),
        (b'{"advance": "\xff"}', "is not JSON: it is not in UTF-8"),
        (b"[" * 100_000, "is not JSON: it is nested too deeply"),
        (b'{"speed": ' + b"1" * 5_000 + b"}", "is not JSON: it has a number with too many digits"),
    ],
)
def test_what_is_no_json_is_told_with_the_place(box: Sandbox, body: bytes, message: str) -> None:
    answer = box.control("POST", "/clock", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "body", "message": message}]


def test_half_a_character_is_told_with_what_it_stands_behind(box: Sandbox) -> None:
    body = rb'{"provider": "rcs", "status": 500, "headers": {"X-Name": "ab\ud800"}}'
    answer = box.control("POST", "/faults", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    message = """is not Unicode: half a character stands behind '500, "headers": {"X-Name": "ab'"""
    assert answer.json()["errors"] == [{"field": "body", "message": message}]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("/messages", {"status": ["sent", "bounced"]}), ("/clock", {"sandbox": ["one", "one"]})],
)
def test_a_parameter_that_is_said_twice_is_refused(emulator: Emulator, path: str, wanted: Any) -> None:
    answer = emulator.http.get(f"/_emulator{path}", params=wanted)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": next(iter(wanted)), "message": "is said more than once"}]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/jobs/nope", "nope"),
        ("GET", "/jobs/rcs/campaign", "rcs/campaign"),
        ("POST", "/jobs/nope/pace", "nope"),
        ("GET", "/jobs/nope/pace", "nope"),
        ("POST", "/jobs/rcs/campaign/pace", "rcs/campaign"),
        ("GET", "/jobs/rcs/campaign/99999", "rcs/campaign/99999"),
    ],
)
def test_what_is_no_job_is_told_as_that(box: Sandbox, method: str, path: str, name: str) -> None:
    answer = box.control(method, path)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"There is no job '{name}'")


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/__admin/mappings", "Nothing is at /__admin/mappings. /docs?document=control has all pages"),
        ("/__admin/request", "Nothing is at /__admin/request. Nearest: GET /__admin/requests"),
        (
            "/_emulator/clok",
            "Nothing is at /_emulator/clok. Nearest: GET /_emulator/clock, POST /_emulator/clock",
        ),
        (
            "/_emulator/_emulator/sandboxes",
            "Nothing is at /_emulator/_emulator/sandboxes. Nearest: GET /_emulator/sandboxes",
        ),
        (
            "/_emulator/jobs/rcs/campaign/5/statu",
            "Nothing is at /_emulator/jobs/rcs/campaign/5/statu. Nearest: GET /_emulator/jobs/{provider}/",
        ),
        (
            "/_emulator/jobs/rcs/campain/5",
            "'rcs/campain' is not a kind of job; did you mean rcs/campaign",
        ),
        ("/shop/orders", "Nothing is at /shop/orders. The pages of the emulator: /docs"),
        ("/mails/send", "Nothing is at /mails/send. Nearest: POST /v1/mails/send"),
    ],
)
def test_only_what_is_near_is_named_as_that(emulator: Emulator, path: str, detail: str) -> None:
    assert emulator.http.get(path).json()["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/_emulator/faults"),
        ("DELETE", "/_emulator/outcomes"),
        ("DELETE", "/_emulator/webhooks/disturbances"),
        ("DELETE", "/_emulator/clock/failed"),
        ("DELETE", "/__admin/requests"),
        ("GET", "/_emulator/messages"),
    ],
)
def test_a_path_that_ends_with_an_empty_id_does_not_mean_all(
    emulator: Emulator, method: str, path: str
) -> None:
    answer = emulator.http.request(method, f"{path}/", follow_redirects=True)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"Nothing is at {path}/. Nearest: {method} {path}")


@pytest.mark.parametrize(
    ("method", "path", "possible"),
    [
        ("PUT", "/_emulator/clock", "HEAD, GET, POST"),
        ("PUT", "/_emulator/snapshots", "HEAD, GET, POST"),
        ("PUT", "/_emulator/sandboxes/one", "HEAD, DELETE, GET"),
        ("GET", "/_emulator/messages/1/status", "POST"),
        ("DELETE", "/openapi/rcs.json", "GET"),
        ("PUT", "/__admin/near-misses/request-pattern", "POST"),
        ("PUT", "/__admin/requests", "HEAD, DELETE, GET"),
    ],
)
def test_a_method_that_is_not_possible_is_told_with_those_that_are(
    emulator: Emulator, method: str, path: str, possible: str
) -> None:
    answer = emulator.http.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == possible
    assert answer.json()["detail"] == f"{method} is not possible at {path}; it takes {possible}."
