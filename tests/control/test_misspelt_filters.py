"""Filters with an impossible word, or a flag for a number, are refused: a wrong test would pass."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

SEND = "POST /v1/mails/send"
SCENARIO = "altcraft/scenario/4"
AUTOMATION = "autosend/automation/66b3c4d5e6f7a8b9c0d10001"
CAMPAIGN = "autosend/campaign/60d5ec49f1b2c72d9c8b4567"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("one", clock="frozen")


WRONG: list[tuple[str, str, Any, str, str]] = [
    (
        "POST",
        "/requests/verify",
        {"match": {"operation": f"{SEND}d"}, "never": True},
        "match.operation",
        SEND,
    ),
    ("GET", "/requests", {"operation": f"{SEND}d"}, "operation", SEND),
    ("GET", "/requests", {"operation": SEND, "provider": "rcs"}, "operation", "POST /api/messages/send"),
    ("POST", "/wait", {"request": {"operation": f"{SEND}d"}}, "request.operation", SEND),
    ("POST", "/faults", {"provider": "autosend", "operation": "SMPT", "status": 503}, "operation", "SMTP"),
    ("GET", "/messages", {"status": "deliverd"}, "status", "delivered"),
    ("GET", "/messages", {"status": "queued", "provider": "rcs"}, "status", "There are accepted"),
    ("GET", "/messages", {"channel": "emial"}, "channel", "email"),
    ("GET", "/messages", {"channel": "sms", "provider": "autosend"}, "channel", "there are email"),
    ("POST", "/wait", {"message": {"status": "deliverd"}}, "message.status", "delivered"),
    ("POST", "/wait", {"message": {"channel": "emial"}}, "message.channel", "email"),
    ("POST", "/wait", {"delivery": {"type": "email.deliverd"}}, "delivery.type", "email.delivered"),
    ("GET", "/webhooks/deliveries", {"type": "email.deliverd"}, "type", "email.delivered"),
    ("POST", "/webhooks/replay", {"type": "email.deliverd"}, "type", "email.delivered"),
    ("GET", "/webhooks/events", {"type": "email.deliverd"}, "type", "email.delivered"),
    ("GET", "/webhooks/events", {"type": "email.sent", "provider": "rcs"}, "type", "there are"),
    ("POST", "/webhooks/disturbances", {"action": "drop", "type": "email.snt"}, "type", "email.sent"),
    ("GET", "/jobs", {"status": "sendign"}, "status", "sending"),
    ("GET", "/jobs", {"status": "VERFIED", "kind": "domain"}, "status", "did you mean VERIFIED"),
    ("GET", "/jobs", {"status": "sent", "kind": "domain"}, "status", "there are PENDING_CONFIGURATION"),
    ("GET", "/jobs", {"status": "VERIFIED"}, "status", "a state of jobs there"),
    ("GET", "/jobs", {"kind": "campain"}, "kind", "campaign"),
    ("GET", f"/jobs/{SCENARIO}/people", {"state": "insid"}, "state", "did you mean inside"),
    ("GET", f"/jobs/{AUTOMATION}/people", {"state": "compleetd"}, "state", "did you mean completed"),
    ("GET", "/feed", {"types": "request,mesage"}, "types", "did you mean message"),
    ("GET", "/messages", {"statsu": "sent"}, "statsu", "did you mean status"),
    ("GET", "/clock", {"sandbx": "one"}, "sandbx", "did you mean sandbox"),
    ("POST", f"/jobs/{CAMPAIGN}/status", {"action": "pasue"}, "action", "pause"),
    ("POST", f"/jobs/{CAMPAIGN}/status", {"status": "pausd"}, "status", "paused"),
    ("POST", "/messages/1/status", {"status": "deliverd"}, "status", "delivered"),
    ("GET", "/messages", {"job": "rcs/campain/5"}, "job", "rcs/campaign"),
    ("POST", "/wait", {"message": {"job": "campaign/5"}}, "message.job", "rcs/campaign"),
    (
        "POST",
        "/clock",
        {"until": {"job": "rcs/campain/5", "status": "done"}},
        "until.job",
        "did you mean rcs/campaign",
    ),
    (
        "POST",
        "/outcomes",
        {"outcome": "delivered", "job": "rcs/campain/5"},
        "job",
        "did you mean rcs/campaign",
    ),
    ("POST", "/outcomes", {"outcome": "delivered", "job": "rcs/campaign/"}, "job", "rcs/campaign/…"),
    ("POST", "/faults", {"provider": "rcs", "error": "NotFoud"}, "error", "/_emulator/faults/errors"),
    ("GET", "/requests", {"method": "PSOT"}, "method", "POST"),
    ("POST", "/requests/verify", {"match": {"method": "PSOT"}, "never": True}, "match.method", "POST"),
    (
        "POST",
        "/faults",
        {"provider": "rcs", "match": {"method": "GTE"}, "status": 503},
        "match.method",
        "GET",
    ),
    ("GET", "/requests", {"status": 2000}, "status", "100"),
    ("POST", "/sandboxes", {"fixtures": "emtpy"}, "fixtures", "did you mean empty"),
    ("POST", "/sandboxes", {"webhook_timestamp": "machin"}, "webhook_timestamp", "did you mean machine"),
    ("POST", "/seed", {"fixtures": {"rsc": ""}}, "fixtures.rsc", "did you mean rcs"),
    ("POST", "/faults", {"provider": "autosent", "status": 503}, "provider", "did you mean autosend"),
    ("GET", "/faults/errors", {"provider": "autosent"}, "provider", "did you mean autosend"),
    ("GET", "/messages", {"order": "newst"}, "order", "did you mean newest"),
    ("GET", "/messages", {"provider": "autosent"}, "provider", "did you mean autosend"),
    ("POST", "/outcomes", {"outcome": "bouncd"}, "outcome", "did you mean bounced"),
    ("POST", "/outcomes", {"outcome": "bounced", "channel": "emial"}, "channel", "did you mean email"),
    ("POST", "/requests/verify", {"match": {"status": 42}, "never": True}, "match.status", "100"),
    *(("GET", "/messages", {name: ""}, name, "leave it out") for name in ("recipient", "subject", "text")),
    ("GET", "/messages", {"text": " \n"}, "text", "leave it out"),
    ("POST", "/wait", {"message": {"recipient": ""}}, "message.recipient", "leave it out"),
    ("GET", "/requests", {"text": ""}, "text", "leave it out"),
    ("POST", "/requests/verify", {"match": {"text": ""}, "at_least": 1}, "match.text", "leave it out"),
    ("POST", "/wait", {"request": {"text": ""}}, "request.text", "leave it out"),
    (
        "POST",
        "/faults",
        {"provider": "rcs", "match": {"text": ""}, "status": 503},
        "match.text",
        "leave it out",
    ),
]


@pytest.mark.parametrize(("method", "path", "wanted", "field", "nearest"), WRONG)
def test_a_word_that_nothing_can_have_is_refused_with_the_nearest(
    box: Sandbox, method: str, path: str, wanted: Any, field: str, nearest: str
) -> None:
    said = {"params": wanted} if method == "GET" else {"json": wanted}
    answer = box.control(method, path, **said)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert nearest in error["message"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/requests", {"operation": "SMTP"}),
        ("/requests", {"operation": SEND, "provider": "autosend"}),
        *(("/messages", {"status": status}) for status in ("suppressed", "processed", "click", "cancelled")),
        ("/webhooks/deliveries", {"type": "task", "provider": "altcraft"}),
        ("/webhooks/deliveries", {"type": "file"}),
        ("/jobs", {"status": "VERIFIED", "kind": "domain"}),
        *((f"/jobs/{SCENARIO}/people", {"state": one}) for one in ("inside", "completed", "left", "error")),
        *((f"/jobs/{AUTOMATION}/people", {"state": one}) for one in ("active", "completed", "exited")),
        ("/requests", {"method": "patch"}),
        ("/requests", {"method": "smtp", "status": 550}),
    ],
)
def test_what_there_can_be_is_looked_for_although_there_is_none(box: Sandbox, path: str, wanted: Any) -> None:
    assert box.control("GET", path, params=wanted).status_code == 200


def test_of_many_words_only_the_nearest_are_told(box: Sandbox) -> None:
    answer = box.control("GET", "/webhooks/deliveries", params={"type": "email.snt"})
    (error,) = answer.json()["errors"]
    assert error["message"].startswith("is not a type of deliveries there; did you mean email.sent")
    assert error["message"].endswith("?")


def test_a_status_that_a_message_can_not_have_moves_no_clock(box: Sandbox) -> None:
    mail = {"from": {"email": "hello@example.com"}, "to": {"email": "ann@example.com"}, "subject": "Hi"}
    sent = box.http.post("/v1/mails/send", json=mail | {"text": "Hi"}, headers=box.autosend).json()["data"]
    before = box.control("GET", "/clock").json()["now"]
    until = {"message": sent["emailId"], "status": "delivrd"}
    answer = box.control("POST", "/clock", json={"advance": "1h", "until": until})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "until.status")
    assert error["message"].startswith("is not a status that it can have; did you mean delivered")
    assert box.control("GET", "/clock").json()["now"] == before


@pytest.mark.parametrize(
    ("path", "wanted", "field"),
    [
        ("/clock", {"speed": True}, "speed"),
        ("/requests/verify", {"exactly": True}, "exactly"),
        ("/requests/verify", {"at_most": False}, "at_most"),
        ("/wait", {"request": {}, "count": True}, "count"),
        ("/faults", {"provider": "rcs", "status": True}, "status"),
        ("/faults", {"provider": "rcs", "status": 503, "times": True}, "times"),
        ("/webhooks/disturbances", {"action": "drop", "times": True}, "times"),
    ],
)
def test_a_flag_is_no_number(box: Sandbox, path: str, wanted: Any, field: str) -> None:
    answer = box.control("POST", path, json=wanted)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"] == [{"field": field, "message": "must be a number"}]
