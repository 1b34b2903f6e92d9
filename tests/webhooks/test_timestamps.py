"""The timestamps of AutoSend's webhooks: receivers refuse those that are old by the machine's clock."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.engine.clock import DAY, MINUTE, machine_millis
from emulator.settings import Settings
from tests.conftest import BASE_URL, Emulator, Sandbox
from tests.control.webhooks.hooks import deliveries, target
from tests.receiver import Receiver, receiving

FROZEN = 1773585000000
"""The time at which frozen clocks begin, in milliseconds."""
TOLERANCE = 5 * MINUTE


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


def tell(box: Sandbox) -> None:
    """Cause an event that webhooks hear of, and deliver it."""
    contact = {"email": f"new{len(deliveries(box))}@example.com"}
    assert box.http.post("/v1/contacts", json=contact, headers=box.autosend).status_code == 200
    box.advance("1ms")


def stamp(receiver: Receiver) -> int:
    return int(receiver.requests[-1].headers["x-webhook-timestamp"])


def is_accepted(receiver: Receiver) -> bool:
    """Return whether a receiver as in the documentation accepts the last request."""
    return abs(machine_millis() - stamp(receiver)) < TOLERANCE


def millis(shown: str) -> float:
    return datetime.fromisoformat(shown).timestamp() * 1000


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["frozen", "real", 60])
def test_a_receiver_accepts_the_timestamp_whatever_the_clock_says(
    emulator: Emulator, receiver: Receiver, clock: str | float
) -> None:
    box = emulator.sandbox("dated", clock=clock)
    target(box, receiver, provider="autosend", events=["contact.created"])
    tell(box)
    assert is_accepted(receiver)
    box.advance("30d")
    tell(box)
    assert is_accepted(receiver)
    assert millis(receiver.requests[-1].json["createdAt"]) > FROZEN + 30 * DAY


def test_a_retry_is_dated_anew(emulator: Emulator, receiver: Receiver) -> None:
    box = emulator.sandbox("dated", clock="frozen")
    target(box, receiver, provider="autosend", events=["contact.created"])
    receiver.answer(500, 200)
    tell(box)
    box.advance("1m")
    assert len(receiver.requests) == 2
    assert is_accepted(receiver)


def test_the_record_of_a_delivery_shows_both_times(emulator: Emulator, receiver: Receiver) -> None:
    box = emulator.sandbox("dated", clock="frozen")
    target(box, receiver, provider="autosend", events=["contact.created"])
    tell(box)
    (attempt,) = deliveries(box)[-1]["attempts"]
    assert attempt["at"] == "2026-03-15T14:30:00.000Z"
    assert millis(attempt["sent_at"]) == pytest.approx(stamp(receiver), abs=1)
    assert attempt["request_headers"]["X-Webhook-Timestamp"] == str(stamp(receiver))


@pytest.mark.slow
@pytest.mark.parametrize("again", ["/reset", "/seed"])
def test_a_sandbox_can_date_by_its_own_clock(emulator: Emulator, receiver: Receiver, again: str) -> None:
    box = emulator.sandbox("dated", clock="frozen", webhook_timestamp="sandbox")
    for _ in range(2):
        target(box, receiver, provider="autosend", events=["contact.created"])
        tell(box)
        assert stamp(receiver) == FROZEN
        assert box.control("POST", again, json={}).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "wanted", "by_machine"),
    [
        ("sandbox", {}, False),
        ("sandbox", {"webhook_timestamp": "machine"}, True),
        ("machine", {}, True),
    ],
)
def test_a_setting_dates_by_the_clocks_of_sandboxes(
    receiver: Receiver, setting: Any, wanted: dict[str, str], *, by_machine: bool
) -> None:
    app = create_app(Settings(clock="frozen", autosend_webhook_timestamp=setting))
    with TestClient(app, base_url=BASE_URL) as http:
        box = Sandbox(http, http.post("/_emulator/sandboxes", json=wanted).json())
        target(box, receiver, provider="autosend", events=["contact.created"])
        tell(box)
    assert is_accepted(receiver) is by_machine


def test_a_snapshot_does_not_bring_its_dates_along(emulator: Emulator, receiver: Receiver) -> None:
    box = emulator.sandbox("dated", clock="frozen", webhook_timestamp="sandbox")
    target(box, receiver, provider="autosend", events=["contact.created"])
    assert box.control("POST", "/snapshots", json={"name": "dated"}).status_code == 201
    other = emulator.sandbox("other", clock="frozen")
    assert other.control("POST", "/snapshots/dated/restore").status_code == 200
    tell(other)
    assert is_accepted(receiver)


def test_a_delivery_can_be_backdated(emulator: Emulator, receiver: Receiver) -> None:
    box = emulator.sandbox("dated", clock="frozen")
    target(box, receiver, provider="autosend", events=["contact.created"])
    rule = {"action": "backdate", "age": "10m", "times": 1}
    made = box.control("POST", "/webhooks/disturbances", json=rule)
    assert (made.status_code, made.json()["age"]) == (201, "10m")
    tell(box)
    assert TOLERANCE < machine_millis() - stamp(receiver) < 3 * TOLERANCE
    tell(box)
    assert is_accepted(receiver)


def test_no_other_clock_dates_webhooks(emulator: Emulator) -> None:
    answer = emulator.http.post("/_emulator/sandboxes", json={"webhook_timestamp": "moon"})
    assert answer.status_code == 422
    assert "webhook_timestamp" in answer.text
