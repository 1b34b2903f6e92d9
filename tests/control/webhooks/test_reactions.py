"""A clock moves from event to event: a receiver's reaction to a webhook counts from the next event on."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from emulator.engine.clock import machine_pause
from tests.conftest import Emulator, Sandbox
from tests.control.webhooks.hooks import deliveries, send, target
from tests.receiver import Received, Receiver

SENDING = "60d5ec49f1b2c72d9c8b4567"
JOB = f"autosend/campaign/{SENDING}"


def abort_at_once(box: Sandbox, receiver: Receiver) -> None:
    """Let the receiver abort the campaign on the first webhook about one of its mails."""

    def react(received: Received) -> None:
        if len(receiver.requests) == 1:
            box.http.post(f"/v1/campaigns/{SENDING}/abort", headers=box.autosend)

    target(box, receiver, provider="autosend", events=["email.delivered"])
    receiver.react = react


def dropped(box: Sandbox) -> int:
    job = box.control("GET", f"/jobs/{JOB}").json()
    assert job["status"] == "aborted"
    return int(job["counts"]["cancelled"])


@pytest.mark.slow
def test_a_campaign_that_a_receiver_aborts_stops_in_the_midst_of_an_advance(
    box: Sandbox, receiver: Receiver
) -> None:
    abort_at_once(box, receiver)
    assert box.advance("30d")["now"] == "2026-04-14T14:30:00.000Z"
    assert dropped(box) > 0


@pytest.mark.slow
def test_a_campaign_that_a_receiver_aborts_stops_in_the_midst_of_setting_the_clock(
    box: Sandbox, receiver: Receiver
) -> None:
    abort_at_once(box, receiver)
    box.control("POST", "/clock", json={"set": "2026-04-14T14:30:00Z"})
    assert dropped(box) > 0


def test_what_a_receiver_sends_on_a_webhook_is_sent_at_that_time(box: Sandbox, receiver: Receiver) -> None:
    def react(received: Received) -> None:
        if len(receiver.requests) == 1:
            send(box, "380670001001", reference="second")

    receiver.react = react
    send(box, callback_url=receiver.url)
    box.advance("1h")
    second = box.control("GET", "/messages", params={"recipient": "380670001001"}).json()["messages"][0]
    assert second["created_at"] < "2026-03-15T14:30:10"


def test_what_a_receiver_is_told_of_a_request_it_reacts_to_before_the_clock_moves_on(
    emulator: Emulator, box: Sandbox, receiver: Receiver
) -> None:
    sandbox, read, is_told = emulator.world.sandboxes[box.name], list[str](), threading.Event()

    def react(received: Received) -> None:
        is_told.set()
        while sandbox.bound_for is None:
            time.sleep(0.01)  # noqa: TID251 -- on the receiver's thread
        read.append(box.control("GET", "/clock").json()["now"])

    receiver.react = react
    send(box, callback_url=receiver.url)
    assert emulator.goes_on_until(is_told, within=10)
    box.advance("1h")
    assert read[0] == "2026-03-15T14:30:00.000Z"


@pytest.mark.slow
def test_a_response_that_comes_after_its_sandbox_was_deleted_is_dropped(
    emulator: Emulator, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    box, is_told, is_gone = emulator.sandbox(clock="10000"), threading.Event(), threading.Event()

    def react(received: Received) -> None:
        is_told.set()
        is_gone.wait(10)

    receiver.react = react
    send(box, "380670001902", callback_url=receiver.url, validity_seconds=3600)
    assert emulator.goes_on_until(is_told, within=10)
    assert box.http.delete(f"/_emulator/sandboxes/{box.name}").status_code == 204
    emulator.awaited(partial(machine_pause, 0.4))  # now the message would expire
    is_gone.set()
    emulator.awaited(partial(machine_pause, 0.1))
    assert caplog.text == ""


def test_a_reset_in_the_midst_of_an_advance_ends_it(box: Sandbox, receiver: Receiver) -> None:
    def react(received: Received) -> None:
        box.control("POST", "/reset")

    send(box, callback_url=receiver.url)
    box.advance("100ms")
    receiver.react = react
    answer = box.control("POST", "/clock", json={"advance": "1h"})
    assert answer.status_code == 409
    assert "began anew" in answer.json()["detail"]
    assert box.control("GET", "/clock").json()["now"] == "2026-03-15T14:30:00.000Z"


@pytest.mark.slow
def test_what_is_not_waited_for_is_said(
    box: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.sandbox.moving.LONGEST_STEP", 0.05)
    is_over = threading.Event()

    def hang(received: Received) -> None:
        is_over.wait(20)

    receiver.react = hang
    send(box, callback_url=receiver.url)
    state = box.advance("1s")
    is_over.set()
    assert (state["now"], state["outstanding"]) == ("2026-03-15T14:30:01.000Z", 2)


def test_each_of_two_changes_under_way_answers_what_ran_meanwhile(
    emulator: Emulator, box: Sandbox, receiver: Receiver
) -> None:
    sandbox, inner = emulator.world.sandboxes[box.name], list[Future[Any]]()

    def react(received: Received) -> None:
        if not inner:
            bound_for = sandbox.bound_for
            inner.append(pool.submit(box.advance, "1h"))
            while sandbox.bound_for == bound_for:
                time.sleep(0.01)  # noqa: TID251 -- on the receiver's thread

    with ThreadPoolExecutor() as pool:
        send(box, callback_url=receiver.url)
        box.advance("100ms")
        receiver.react = react
        answers = [box.advance("10s"), inner[0].result()]
    steps = [[event["at"] for event in answer["events"] if "single" in event["event"]] for answer in answers]
    assert steps == [["2026-03-15T14:30:01.000Z", "2026-03-15T14:30:03.000Z"], ["2026-03-15T14:30:03.000Z"]]
    assert box.advance("1ms")["fired"] == 0


def test_an_advance_by_a_receiver_begins_where_the_clock_is_while_it_moves_until_something(
    box: Sandbox, receiver: Receiver
) -> None:
    reached: list[str] = []

    def react(received: Received) -> None:
        if len(receiver.requests) == 1:
            reached.append(box.advance("1h")["now"])

    receiver.react = react
    send(box, callback_url=receiver.url)
    box.control("POST", "/clock", json={"until": {"job": JOB, "status": "sent", "within": "2d"}})
    assert reached[0] < "2026-03-15T16:00"


def timed_advance(box: Sandbox, times: list[float], reached: list[str]) -> None:
    begun = time.monotonic()
    reached.append(box.advance("1h")["now"])
    times.append(time.monotonic() - begun)


def check_all_arrive(box: Sandbox) -> None:
    """Wait until all deliveries arrive: a change of the clock does not if a receiver made another one."""
    wanted = {"delivery": {"state": "delivered"}, "count": len(deliveries(box)), "timeout": "10s"}
    assert box.control("POST", "/wait", json=wanted).json()["met"]


@pytest.mark.slow
def test_an_advance_by_a_receiver_does_not_wait_for_its_own_response(
    emulator: Emulator, box: Sandbox, receiver: Receiver
) -> None:
    times, reached = list[float](), list[str]()
    has_moved = threading.Event()

    def react(received: Received) -> None:
        if not reached:
            for _ in range(3):
                timed_advance(box, times, reached)
            has_moved.set()

    receiver.react = react
    send(box, callback_url=receiver.url)
    assert emulator.goes_on_until(has_moved, within=60)
    assert sum(times) < 9
    assert reached[-1] == "2026-03-15T17:30:00.000Z"
    check_all_arrive(box)
    assert box.advance("1s")["outstanding"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"advance": "10s"}, {"until": {"job": JOB, "status": "sent"}}])
def test_nor_does_one_in_the_midst_of_another(
    box: Sandbox, receiver: Receiver, change: dict[str, Any]
) -> None:
    times, reached = list[float](), list[str]()
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    react = partial(timed_advance, box, times, reached)
    receiver.react = lambda _: None if times else react()
    box.control("POST", "/clock", json=change)
    assert times[0] < 1
    check_all_arrive(box)


@pytest.mark.slow
def test_nor_does_a_replay_by_a_receiver(box: Sandbox, receiver: Receiver) -> None:
    send(box, callback_url=receiver.url)
    box.advance("100ms")
    (first,) = deliveries(box)
    states: list[str] = []

    def react(received: Received) -> None:
        if not states:
            path = f"/webhooks/deliveries/{first['id']}/replay"
            states.append(box.control("POST", path).json()["state"])

    receiver.react = react
    begun = time.monotonic()
    box.advance("2s")
    assert time.monotonic() - begun < 9
    assert states == ["sending"]
    check_all_arrive(box)
