"""A pulled event has the body that was delivered, whatever happened to its message later."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.receiver import Receiver, receiving

AUTOSEND = {"Authorization": "Bearer AS_emulator000000000000"}
RCS = {"Authorization": "Bearer live_emulator000000000000"}
MAILS = ("delivered", "delayed", "soft-bounced", "bounced", "complained")
PHONES = ("111", "901", "902", "904")

WALKS = [
    (),
    ("delivered",),
    ("sending", "sent", "delivered", "undelivered", "sent"),
    ("sent", "deferred", "bounced", "delivered", "bounced", "complained"),
    ("bounced", "deferred"),
]
"""The statuses to which messages are set, one after another at one instant; impossible ones are left out."""

WAITS = ("0s", "10s", "1h")
"""How long the messages have been under way before that."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


def listen(emulator: Emulator, receiver: Receiver, provider: str) -> None:
    target = {"provider": provider, "url": receiver.url}
    assert emulator.http.post("/_emulator/webhooks/targets", json=target).status_code == 201


def rule(emulator: Emulator, recipient: str, outcome: str, reason: str) -> None:
    body = {"provider": "autosend", "recipient": recipient, "outcome": outcome, "reason": reason}
    assert emulator.http.post("/_emulator/outcomes", json=body).status_code == 201


def send_mails(emulator: Emulator) -> None:
    rule(emulator, "full@*", "delayed", "InternalFailure")
    rule(emulator, "attached@*", "bounced", "AttachmentRejected")
    for word in (*MAILS, "full", "attached"):
        body = {
            "from": {"email": "hello@example.com"},
            "to": {"email": f"{word}@example.net"},
            "subject": "Hello",
            "html": '<a href="https://shop.example.com">Sale</a>',
        }
        assert emulator.http.post("/v1/mails/send", json=body, headers=AUTOSEND).is_success


def send_phones(emulator: Emulator) -> None:
    for ending in PHONES:
        phone = {"number": f"380671112{ending}"}
        body = {"phone": phone, "sender": "my_agent", "options": {"text": "Hello"}}
        assert emulator.http.post("/api/messages/rcs/send", json=body, headers=RCS).is_success


SENDS = {"autosend": send_mails, "rcs": send_phones}


def walk(emulator: Emulator, provider: str, statuses: tuple[str, ...]) -> None:
    """Set all new messages of a provider to some statuses, one after another."""
    params: dict[str, str | int] = {"provider": provider, "since": "2026-03-15T14:30:00Z", "limit": 50}
    for message in emulator.http.get("/_emulator/messages", params=params).json()["messages"]:
        for status in statuses:
            wanted = {"status": status, "force": True}
            emulator.http.post(f"/_emulator/messages/{message['id']}/status", json=wanted)


def pulled(emulator: Emulator, provider: str) -> list[Any]:
    params: dict[str, str | int] = {"provider": provider, "after": 0, "limit": 1000}
    found = emulator.http.get("/_emulator/webhooks/events", params=params).json()["events"]
    return [event["body"] for event in found if event["at"] >= "2026-03-15T14:30"]


@pytest.mark.parametrize("provider", SENDS)
@pytest.mark.parametrize("statuses", WALKS)
@pytest.mark.parametrize("wait", WAITS)
def test_what_is_pulled_is_what_was_told(
    emulator: Emulator, receiver: Receiver, provider: str, statuses: tuple[str, ...], wait: str
) -> None:
    emulator.query("DELETE FROM due_event")
    listen(emulator, receiver, provider)
    SENDS[provider](emulator)
    emulator.advance(wait)
    walk(emulator, provider, statuses)
    emulator.advance("1s")
    told = [request.json for request in receiver.requests]
    assert told
    assert sorted(map(repr, told)) == sorted(map(repr, pulled(emulator, provider)))
