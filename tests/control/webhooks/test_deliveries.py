"""The log of deliveries: attempts, responses, replays."""

import asyncio
from threading import Event
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox
from tests.control.webhooks.hooks import deliveries, launch, mail, send, target
from tests.receiver import Received, Receiver, receiving


def test_a_delivery_is_logged_with_request_and_answer(box: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [(200, {"X-Receipt": "7"}, b"thanks")]
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    (delivery,) = deliveries(box)
    (attempt,) = delivery["attempts"]
    assert (attempt["status"], attempt["answer_body"]) == (200, "thanks")
    assert attempt["answer_headers"]["X-Receipt"] == "7"
    assert attempt["request_headers"]["Content-Type"] == "application/json"
    assert delivery["body"] == receiver.requests[0].body.decode()
    assert box.control("GET", f"/webhooks/deliveries/{delivery['id']}").json() == delivery


def test_a_delivery_can_be_replayed(box: Sandbox, receiver: Receiver) -> None:
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    (delivery,) = deliveries(box)
    again = box.control("POST", f"/webhooks/deliveries/{delivery['id']}/replay").json()
    assert [one.body for one in receiver.requests] == [receiver.requests[0].body] * 2
    assert [attempt["number"] for attempt in again["attempts"]] == [1, 2]


def test_what_is_being_sent_is_not_replayed_though_its_target_was_deleted_meanwhile(
    box: Sandbox, receiver: Receiver
) -> None:
    number = target(box, receiver, provider="rcs")["id"]
    replays: list[Any] = []

    def react(received: Received) -> None:
        assert box.control("DELETE", f"/webhooks/targets/{number}").status_code == 204
        (delivery,) = deliveries(box)
        replays.append(box.control("POST", f"/webhooks/deliveries/{delivery['id']}/replay"))
        replays.append(box.control("POST", "/webhooks/replay", json={"target": number}))

    receiver.react = react
    send(box)
    box.advance("100ms")
    assert replays[0].status_code == 409
    assert replays[0].json()["detail"] == "Delivery 1 is sending; replay it when that is over."
    assert replays[1].json() == {"replayed": 0}
    assert [one["state"] for one in deliveries(box)] == ["delivered"]


def test_all_failed_deliveries_can_be_replayed(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500, 200, 500, 200)
    send(box, callback_url=receiver.url)
    box.advance("1m")
    assert [one["state"] for one in deliveries(box)] == ["failed", "delivered", "failed"]
    assert box.control("POST", "/webhooks/replay", json={"state": "failed"}).json() == {"replayed": 2}
    assert [one["state"] for one in deliveries(box)] == ["delivered"] * 3


def test_the_deliveries_to_one_target_are_listed_waited_for_and_replayed(
    box: Sandbox, receiver: Receiver
) -> None:
    first, other = (target(box, receiver, provider="rcs")["id"] for _ in range(2))
    send(box)
    box.advance("1m")
    wanted = {"target": first}
    listed = deliveries(box, **wanted)
    assert {one["target_id"] for one in listed} == {first}
    assert len(deliveries(box, target=other)) == len(listed)
    waited = box.control("POST", "/wait", json={"delivery": wanted, "timeout": "0s"}).json()
    assert waited["matched"] == listed
    replayed = box.control("POST", "/webhooks/replay", json=wanted).json()
    assert replayed == {"replayed": len(listed)}


def test_a_batch_is_found_by_the_type_of_any_of_its_events(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="altcraft", events=["campaign_start", "send"], settings={"batch": 3})
    launch(box, 91)
    box.advance("1m")
    (first, *_) = deliveries(box)
    assert (first["type"], first["types"]) == ("campaign_start", ["campaign_start", "send"])
    assert deliveries(box, type="campaign_start") == [first]
    assert deliveries(box, type="send") == deliveries(box)
    wanted = {"delivery": {"type": "send"}, "timeout": "0s"}
    assert first in box.control("POST", "/wait", json=wanted).json()["matched"]


def test_a_batch_is_told_with_the_types_of_all_its_events(
    emulator: Emulator, box: Sandbox, receiver: Receiver
) -> None:
    feed = emulator.world.sandboxes[box.name].feed
    listener = emulator.on_the_loop(feed.listen)
    target(box, receiver, provider="altcraft", events=["campaign_start", "send"], settings={"batch": 3})
    launch(box, 91)
    box.advance("1m")
    heard = asyncio.run(listener.hear(0))
    told = next(one.data for one in heard if one.kind == "delivery")
    assert (told["type"], told["types"]) == ("campaign_start", ["campaign_start", "send"])


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/webhooks/deliveries", {"params": {"provider": "pigeon"}}),
        ("GET", "/webhooks/events", {"params": {"provider": "pigeon"}}),
        ("POST", "/webhooks/replay", {"json": {"provider": "pigeon"}}),
    ],
)
def test_a_provider_that_there_is_not_is_refused(
    box: Sandbox, method: str, path: str, options: dict[str, Any]
) -> None:
    answer = box.control(method, path, **options)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["provider"]


def test_a_redirect_is_not_followed(box: Sandbox, receiver: Receiver) -> None:
    with receiving() as other:
        receiver.answers = [(302, {"Location": other.url}, b"")]
        send(box, callback_url=receiver.url)
        box.advance("1m")
        assert not other.requests
    assert {one["attempts"][0]["status"] for one in deliveries(box)} == {302}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is never sent to, whatever"),
        ("http://[fe80::1]/", "fe80::1 is never sent to"),
        ("http://[::ffff:169.254.169.254]/", "never sent to"),
        ("http://[64:ff9b::a9fe:a9fe]/", "never sent to"),
        ("http://0.0.0.0:4610/", "0.0.0.0 is an address to listen at, and not to send to; say 127.0.0.1"),
        ("http://8.8.8.8/", "8.8.8.8 is not loopback or private; name the host"),
        ("http://100.100.100.200/", "never sent to"),
    ],
)
def test_nothing_is_sent_to_addresses_that_are_not_private(box: Sandbox, url: str, reason: str) -> None:
    send(box, callback_url=url)
    box.advance("1s")
    attempt = deliveries(box)[0]["attempts"][0]
    assert attempt["status"] is None
    assert reason in attempt["error"]


def test_a_receiver_that_is_not_there_is_an_error_of_the_attempt(box: Sandbox) -> None:
    with receiving() as gone:
        pass
    send(box, callback_url=gone.url)
    box.advance("1s")
    attempt = deliveries(box)[0]["attempts"][0]
    assert attempt["status"] is None
    assert attempt["error"]


def test_a_huge_answer_is_cut(box: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, b"x" * 1_000_000)]
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    (delivery,) = deliveries(box)
    assert delivery["state"] == "delivered"
    assert len(delivery["attempts"][0]["answer_body"]) == 64 * 1024


@pytest.mark.slow
def test_a_snapshot_carries_deliveries_that_are_still_to_be_tried(box: Sandbox, receiver: Receiver) -> None:
    receiver.answer(500)
    target(box, receiver, provider="autosend", events=["email.bounced"])
    mail(box, "bounced")
    box.advance("124s")
    box.control("POST", "/snapshots", json={"name": "failing"})
    box.advance("1h")
    assert len(receiver.requests) == 4
    receiver.answer(200)
    box.control("POST", "/snapshots/failing/restore")
    box.advance("1h")
    assert len(receiver.requests) == 5
    assert [one["state"] for one in deliveries(box)] == ["delivered"]


def test_nothing_of_before_a_reset_is_delivered_after_it(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="rcs")
    send(box)
    box.advance("1ms")
    before = len(receiver.requests)
    box.control("POST", "/reset")
    box.advance("1h")
    assert len(receiver.requests) == before


@pytest.mark.slow
def test_an_address_that_answers_late_delays_no_other_and_keeps_its_order(
    box: Sandbox, receiver: Receiver
) -> None:
    told: dict[str, list[tuple[str, str]]] = {"late": [], "soon": []}
    expected = [(f"soon{number}", "sending") for number in range(5)]
    is_told = Event()

    def react(request: Received) -> None:
        address = request.path.rpartition("/")[2]
        told[address].append((request.json["reference"], request.json["status"]))
        if len(told["soon"]) == len(expected):
            is_told.set()
        elif address == "late":
            assert is_told.wait(timeout=30)

    receiver.react = react
    for number in range(5):
        for address in told:
            send(box, reference=f"{address}{number}", callback_url=f"{receiver.url}/{address}")
    box.advance("1ms")
    assert told["soon"] == expected
    box.advance("5s")
    statuses = ("sending", "sent", "delivered")
    for address, found in told.items():
        assert found == [(f"{address}{number}", status) for status in statuses for number in range(5)]


def test_deliveries_come_the_newest_first(box: Sandbox, receiver: Receiver) -> None:
    target(box, receiver, provider="rcs")
    send(box)
    box.advance("1h")
    oldest = [delivery["id"] for delivery in deliveries(box)]
    assert len(oldest) > 2
    assert [delivery["id"] for delivery in deliveries(box, order="newest", limit=2)] == oldest[:-3:-1]
