"""A filter by what there can be none of is refused: nothing found would let a misspelt test pass."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

SEND = "POST /v1/mails/send"


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
    ("GET", "/jobs", {"kind": "campain"}, "kind", "campaign"),
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
    ],
)
def test_what_there_can_be_is_looked_for_although_there_is_none(box: Sandbox, path: str, wanted: Any) -> None:
    assert box.control("GET", path, params=wanted).status_code == 200


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
