"""Waiting for requests."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, cast

import pytest
from starlette.requests import ClientDisconnect, Request

from emulator.app import make_providers, make_world
from emulator.control.watching import Scene, watch
from emulator.engine.clock import HOUR, machine_millis
from emulator.sandbox.sandbox import Sandbox as CoreSandbox
from emulator.settings import Settings
from tests.conftest import Emulator, Sandbox
from tests.receiver import receiving

CAMPAIGN = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("one", clock="frozen")


def wait(box: Sandbox, **wanted: Any) -> Any:
    answer = box.control("POST", "/wait", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_came_before_the_call_counts(emulator: Emulator, box: Sandbox) -> None:
    emulator.http.get(CAMPAIGN, headers=box.autosend)
    waited = wait(box, request={"path": CAMPAIGN}, timeout="5m")
    assert waited["met"]
    assert [entry["number"] for entry in waited["matched"]] == [1]
    assert waited["arrived"] == []


def test_it_is_as_long_as_asked_for_where_the_machine_s_clock_is_set(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    instants = count(machine_millis(), HOUR)
    monkeypatch.setattr("time.time_ns", lambda: next(instants) * 1_000_000)
    assert 20 <= wait(box, request={"path": CAMPAIGN}, timeout="20ms")["waited_ms"] < HOUR


def test_it_ends_as_soon_as_enough_came(emulator: Emulator, box: Sandbox) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(wait, box, request={"method": "GET"}, count=20, timeout="5m")
        for _ in range(20):
            emulator.http.get(CAMPAIGN, headers=box.autosend)
        waited = waiting.result(timeout=20)
    assert waited["met"]
    assert len(waited["matched"]) == 20


@pytest.mark.slow
def test_at_the_timeout_it_answers_what_did_arrive(emulator: Emulator, box: Sandbox) -> None:
    emulator.http.get("/v1/nothing", headers=box.autosend)
    emulator.http.get(CAMPAIGN, headers=box.autosend)
    waited = wait(box, request={"method": "PATCH", "path": CAMPAIGN}, timeout="100ms")
    assert not waited["met"]
    assert waited["matched"] == []
    arrived = [(one["request"]["number"], one["misses"]) for one in waited["arrived"]]
    assert arrived == [(2, ["method"]), (1, ["method", "path"])]
    assert 100 <= waited["waited_ms"] < 5000


def test_too_few_are_shown_as_matched(emulator: Emulator, box: Sandbox) -> None:
    emulator.http.get(CAMPAIGN, headers=box.autosend)
    waited = wait(box, request={}, count=2, timeout="0s")
    assert (waited["met"], len(waited["matched"])) == (False, 1)


def test_a_sandbox_does_not_wait_for_the_requests_of_another(emulator: Emulator, box: Sandbox) -> None:
    emulator.http.get(CAMPAIGN, headers=emulator.sandbox("other").autosend)
    assert not wait(box, request={}, timeout="50ms")["met"]


@pytest.mark.slow
def test_it_counts_anew_when_the_requests_are_forgotten(emulator: Emulator, box: Sandbox) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(wait, box, request={}, count=2, timeout="300ms")
        for _ in range(10):
            emulator.http.get(CAMPAIGN, headers=box.autosend)
            box.control("DELETE", "/requests")
        waited = waiting.result(timeout=20)
    assert not waited["met"]


@pytest.mark.parametrize("kind", ["request", "message", "delivery"])
def test_it_ends_when_its_sandbox_does(emulator: Emulator, box: Sandbox, kind: str) -> None:
    with ThreadPoolExecutor() as pool:
        wanted = {kind: {}, "count": 1_000_000, "timeout": "5m"}
        waiting = pool.submit(box.control, "POST", "/wait", json=wanted)
        emulator.http.get(CAMPAIGN, headers=box.autosend)
        emulator.http.delete("/_emulator/sandboxes/one")
        assert waiting.result(timeout=20).status_code in {404, 410}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "body"),
        ({"request": None}, "body"),
        ({"request": {"colour": "red"}}, "request.colour"),
        ({"request": {}, "count": 0}, "count"),
        ({"request": {}, "timeout": "6m"}, "timeout"),
        ({"request": {}, "timeout": "later"}, "timeout"),
        ({"requests": {}}, "requests"),
    ],
)
def test_a_wrong_wait_is_refused_by_name(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/wait", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


class Leaver:
    """A request whose client has disconnected."""

    async def is_disconnected(self) -> bool:
        return True


@pytest.mark.slow
def test_nobody_waits_for_a_client_that_left() -> None:
    settings = Settings(clock="frozen")
    providers = make_providers(settings)
    world = make_world(settings, providers)
    scene = Scene(world, world.default, providers, cast("Request", Leaver()))

    async def never() -> bool:
        return False

    with pytest.raises(ClientDisconnect):
        asyncio.run(watch(scene, never, 300_000))
    assert not listened_to(world.default)
    world.close()


def test_who_watches_lets_others_go_on_between_long_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(clock="frozen")
    providers = make_providers(settings)
    world = make_world(settings, providers)
    scene = Scene(world, world.default, providers, cast("Request", Leaver()))
    monkeypatch.setattr("emulator.control.watching.machine_seconds", count().__next__)
    steps = list[str]()

    async def look() -> bool:
        steps.append("look")
        return True

    async def others() -> None:
        steps.append("others")

    async def together() -> None:
        await asyncio.gather(watch(scene, look, 300_000), watch(scene, look, 300_000), others())

    asyncio.run(together())
    world.close()
    assert steps == ["look", "others", "look"]


def listened_to(sandbox: CoreSandbox) -> bool:
    return sandbox.feed.has_listeners


def send(box: Sandbox, phone: str, **more: Any) -> int:
    body = {"phone": {"number": phone}, "sender": "my_agent", "options": {"text": "Hi"}}
    answer = box.http.post("/api/messages/rcs/send", json=body | more, headers=box.rcs)
    number: int = answer.json()["data"]["id"]
    return number


def test_a_status_that_a_message_has_had_counts(box: Sandbox) -> None:
    number = send(box, "380670001901")
    box.advance("2m")
    waited = wait(box, message={"recipient": "380670001901", "status": "delivered"}, timeout="1s")
    assert waited["met"]
    assert [(one["id"], one["status"]) for one in waited["matched"]] == [(number, "read")]


def test_it_ends_when_a_message_reaches_the_status(box: Sandbox) -> None:
    send(box, "380670001000")
    with ThreadPoolExecutor() as pool:
        wanted = {"recipient": "380670001000", "status": "delivered"}
        waiting = pool.submit(wait, box, message=wanted, timeout="5m")
        box.advance("3s")
        assert waiting.result(timeout=20)["met"]


def test_the_status_in_which_a_message_was_made_is_one_that_it_had(box: Sandbox) -> None:
    send(box, "380670001000")
    box.advance("1m")
    wanted = {"recipient": "380670001000", "channel": "rcs"}
    assert wait(box, message=wanted | {"status": "accepted"}, timeout="0s")["met"]
    assert not wait(box, message=wanted | {"status": "scheduled"}, timeout="0s")["met"]


def test_who_was_never_queued_was_not_in_the_queue(emulator: Emulator) -> None:
    box = emulator.sandbox("kept", fixtures="empty", clock="frozen")
    who = {"email": "complained@b.test"}
    mail = {"from": {"email": "hello@example.com"}, "to": who, "subject": "S", "text": "T"}
    for _ in range(2):
        assert box.http.post("/v1/mails/send", json=mail, headers=box.autosend).status_code == 200
        box.advance("3m")
    queued = wait(box, message={"status": "queued"}, timeout="0s")["matched"]
    assert [one["status"] for one in queued] == ["complained"]
    assert wait(box, message={"status": "suppressed"}, timeout="0s")["met"]


@pytest.mark.slow
def test_messages_in_another_status_are_what_arrived(box: Sandbox) -> None:
    send(box, "380670001903")
    box.advance("1m")
    waited = wait(box, message={"recipient": "380670001903", "status": "delivered"}, timeout="50ms")
    assert not waited["met"]
    closest = waited["arrived"][0]
    assert (closest["status"], closest["misses"]) == ("undelivered", ["status"])


def test_messages_that_do_not_match_are_in_the_order_of_closeness(emulator: Emulator) -> None:
    box = emulator.sandbox("near", fixtures="empty", clock="frozen")
    for phone in ("380679990000", "380670001903", "14155550123", "380670001000"):
        send(box, phone)
    box.advance("1m")
    wanted = {"recipient": "380670001904", "status": "delivered", "provider": "rcs"}
    arrived = wait(box, message=wanted, timeout="0s")["arrived"]
    assert [(one["recipient"], one["misses"]) for one in arrived] == [
        ("380670001000", ["recipient"]),
        ("380679990000", ["recipient"]),
        ("14155550123", ["recipient"]),
        ("380670001903", ["recipient", "status"]),
    ]


@pytest.mark.slow
def test_the_closest_of_very_many_messages_is_found(emulator: Emulator) -> None:
    box = emulator.sandbox("near", fixtures="empty", clock="frozen")
    send(box, "380670001901")
    for number in range(120):
        send(box, str(14155550100 + number))
    arrived = wait(box, message={"recipient": "380670001902"}, timeout="0s")["arrived"]
    assert arrived[0]["recipient"] == "380670001901"
    assert len(arrived) == 100


@pytest.mark.parametrize(
    ("wanted", "misses"),
    [
        ({"text": "nobody wrote this"}, ["text"]),
        ({"text": "nobody wrote this", "recipient": "380670001902"}, ["recipient", "text"]),
        ({"id": "no-such-id", "recipient": "380670001901"}, ["id"]),
        ({"subject": "nobody wrote this", "recipient": "380670001901"}, ["subject"]),
    ],
)
def test_a_message_that_comes_close_misses_words_and_ids_too(
    emulator: Emulator, wanted: dict[str, str], misses: list[str]
) -> None:
    box = emulator.sandbox("near", fixtures="empty", clock="frozen")
    send(box, "380670001901")
    arrived = wait(box, message=wanted, timeout="0s")["arrived"]
    assert [one["misses"] for one in arrived] == [misses]


def test_a_message_with_the_words_does_not_come_close_to_them(emulator: Emulator) -> None:
    box = emulator.sandbox("near", fixtures="empty", clock="frozen")
    number = send(box, "380670001901")
    text = box.control("GET", f"/messages/{number}").json()["text"]
    assert wait(box, message={"text": text}, count=2, timeout="0s")["arrived"] == []


def test_no_message_comes_close_where_any_would_do(emulator: Emulator) -> None:
    box = emulator.sandbox("near", fixtures="empty", clock="frozen")
    send(box, "380670001901")
    assert wait(box, message={}, count=2, timeout="0s")["arrived"] == []


@pytest.mark.slow
def test_the_latest_messages_that_match_are_shown(emulator: Emulator) -> None:
    box = emulator.sandbox("near", fixtures="empty", clock="frozen")
    sent = [send(box, str(14155550100 + number)) for number in range(102)]
    matched = wait(box, message={"provider": "rcs"}, timeout="0s")["matched"]
    assert [one["id"] for one in matched] == sent[2:]


def test_it_ends_when_a_webhook_was_delivered(box: Sandbox) -> None:
    with receiving() as receiver:
        send(box, "380670001000", callback_url=receiver.url)
        waited = wait(box, delivery={"provider": "rcs", "state": "delivered"}, timeout="20s")
        assert waited["met"]
        assert receiver.requests[0].json["status"] == "sending"
        missing = wait(box, delivery={"state": "failed"}, timeout="50ms")
    assert not missing["met"]
    assert [one["state"] for one in missing["arrived"]] == ["delivered"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"message": {"colour": "red"}}, "message.colour"),
        ({"delivery": {"state": "lost"}}, "delivery.state"),
        ({"message": {}, "delivery": {}}, "body"),
        ({"message": {"latest": True}, "count": 2}, "body"),
        ({"delivery": {"target_id": 1}}, "delivery.target_id"),
        ({"message": {"provider": "pigeon"}}, "message.provider"),
        ({"delivery": {"provider": "pigeon"}}, "delivery.provider"),
        ({"request": {"provider": "pigeon"}}, "request.provider"),
    ],
)
def test_criteria_that_mean_nothing_are_refused(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/wait", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
