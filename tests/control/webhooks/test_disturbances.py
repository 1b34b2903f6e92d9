"""Disturbances of deliveries."""

import asyncio
import hmac
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox
from tests.control.webhooks.hooks import deliveries, launch, mail, send, target
from tests.receiver import Receiver


def disturb(box: Sandbox, **wanted: Any) -> Any:
    answer = box.control("POST", "/webhooks/disturbances", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


def told(receiver: Receiver) -> list[str]:
    return [one.json["status"] for one in receiver.requests]


def test_a_duplicate_arrives_twice_under_one_name(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="duplicate", times=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert told(receiver) == ["sending", "sending", "sent", "delivered"]
    assert receiver.requests[0].body == receiver.requests[1].body


def test_reordered_events_come_after_the_next(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="reorder", after=1, times=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert told(receiver) == ["sending", "delivered", "sent"]


def test_a_dropped_event_never_comes_and_can_be_replayed(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="drop", times=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert told(receiver) == ["sent", "delivered"]
    (dropped,) = deliveries(box, state="dropped")
    box.control("POST", f"/webhooks/deliveries/{dropped['id']}/replay")
    assert told(receiver) == ["sent", "delivered", "sending"]


def test_a_delayed_event_comes_later_on_the_sandbox_clock(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="delay", delay="10m", times=1)
    send(box, callback_url=receiver.url)
    box.advance("9m")
    assert told(receiver) == ["sent", "delivered"]
    box.advance("1m")
    assert told(receiver) == ["sent", "delivered", "sending"]


def test_a_corrupt_signature_looks_right_and_is_wrong(box: Sandbox, receiver: Receiver) -> None:
    secret = target(box, receiver, provider="autosend", events=["email.sent"])["secret"]
    disturb(box, action="corrupt_signature", provider="autosend", times=1)
    mail(box)
    box.advance("1h")
    fine = [
        one.headers["x-webhook-signature"] == hmac.digest(secret.encode(), one.body, "sha256").hex()
        for one in receiver.requests
    ]
    assert fine[0] is False
    assert all(fine[1:])
    assert len(receiver.requests[0].headers["x-webhook-signature"]) == 64


@pytest.mark.parametrize(
    "wanted",
    [{"action": "corrupt_signature"}, {"action": "backdate", "age": "10m"}],
    ids=lambda one: one["action"],
)
def test_what_can_not_be_disturbed_so_is_passed_over(
    box: Sandbox, receiver: Receiver, wanted: dict[str, Any]
) -> None:
    disturb(box, **wanted, times=1)
    target(box, receiver, provider="altcraft", events=["send"], settings={"batch": 10, "timeout": 1})
    send(box, callback_url=receiver.url)
    launch(box, 91)
    box.advance("1m")
    assert len(receiver.requests) > 3
    (listed,) = box.control("GET", "/webhooks/disturbances").json()["disturbances"]
    assert (listed["matched"], listed["hits"]) == (0, 0)


def test_a_batch_is_disturbed_by_the_type_of_any_of_its_events(box: Sandbox, receiver: Receiver) -> None:
    disturb(box, action="drop", type="send", times=1)
    target(box, receiver, provider="altcraft", events=["campaign_start", "send"], settings={"batch": 10})
    launch(box, 91)
    box.advance("1m")
    assert "campaign_start" not in [event["event_type"] for one in receiver.requests for event in one.json]
    assert [one["type"] for one in deliveries(box, state="dropped")] == ["campaign_start"]


@pytest.mark.parametrize("provider", [{}, {"provider": "altcraft"}])
def test_the_result_of_a_task_is_disturbed_by_its_type(
    box: Sandbox, receiver: Receiver, provider: dict[str, str]
) -> None:
    made = disturb(box, action="drop", type="task", **provider)
    feedback = {"type": "JSON", "url": receiver.url}
    body = {"id": 5, "resource_id": 1, "feedback": feedback}
    answer = box.http.post("/api/v1.1/segments/refresh_counters", json=body, headers=box.altcraft)
    assert answer.json()["error"] == 0
    box.advance("1s")
    assert not receiver.requests
    assert [one["state"] for one in deliveries(box, type="task")] == ["dropped"]
    (listed,) = box.control("GET", "/webhooks/disturbances").json()["disturbances"]
    assert (listed["id"], listed["hits"]) == (made["id"], 1)


def test_a_duplicate_is_told_to_the_feed_as_what_it_copies(
    emulator: Emulator, box: Sandbox, receiver: Receiver
) -> None:
    heard = emulator.world.sandboxes[box.name].feed.listen()
    disturb(box, action="duplicate", times=1)
    target(box, receiver, provider="autosend")
    box.http.post("/v1/contacts", json={"email": "ada@new.example"}, headers=box.autosend)
    box.advance("1ms")
    told = [one.data for one in asyncio.run(heard.hear(0)) if one.kind == "delivery"]
    first, again = ([one["state"] for one in told if one["id"] == number] for number in (1, 2))
    assert first == again == ["waiting", "delivered"]


def test_disturbances_are_counted_and_deleted(box: Sandbox, receiver: Receiver) -> None:
    made = disturb(box, action="drop", type="status", after=1)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    (listed,) = box.control("GET", "/webhooks/disturbances").json()["disturbances"]
    assert (listed["matched"], listed["hits"]) == (3, 2)
    assert box.control("DELETE", f"/webhooks/disturbances/{made['id']}").status_code == 204
    disturb(box, action="drop")
    assert box.control("DELETE", "/webhooks/disturbances").status_code == 204
    assert box.control("GET", "/webhooks/disturbances").json()["total"] == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "action"),
        ({"action": "burn"}, "action"),
        ({"action": "delay"}, "delay"),
        ({"action": "drop", "delay": "1m"}, "delay"),
        ({"action": "backdate"}, "age"),
        ({"action": "backdate", "delay": "1m"}, "delay"),
        ({"action": "delay", "age": "1m"}, "delay"),
        ({"action": "backdate", "age": "long"}, "age"),
        ({"action": "drop", "times": 0}, "times"),
        ({"action": "drop", "after": -1}, "after"),
        ({"action": "drop", "provider": "pigeon"}, "provider"),
        ({"action": "drop", "type": "email.vanished"}, "type"),
        ({"action": "drop", "provider": "rcs", "type": "email.sent"}, "type"),
        ({"action": "drop", "provider": "rcs", "type": "task"}, "type"),
        ({"action": "drop", "type": "file"}, "type"),
        ({"action": "corrupt_signature", "type": "task"}, "action"),
        ({"action": "drop", "probability": 0.5}, "probability"),
        ({"action": "backdate", "age": "10m", "provider": "rcs"}, "action"),
        ({"action": "corrupt_signature", "provider": "altcraft"}, "action"),
        ({"action": "delay", "delay": "0s"}, "delay"),
        ({"action": "backdate", "age": "0s"}, "age"),
    ],
)
def test_a_wrong_disturbance_is_refused(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/webhooks/disturbances", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
