"""The feed reports what happens to its listeners, once it is committed."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.engine.clock import Slices, machine_pause
from emulator.engine.engine import Engine, Turn
from emulator.sandbox.sandbox import Sandbox
from emulator.settings import Settings
from emulator.storage.store import Store
from emulator.watching import feed as feeds
from emulator.watching.feed import KEPT, LONGEST_QUEUE, Feed, Happening, Listener


def heard(listener: Listener) -> list[Any]:
    return [happening.data["n"] for happening in asyncio.run(listener.hear(0))]


@pytest.fixture
def sandbox() -> Sandbox:
    settings = Settings(clock="frozen")
    return make_world(settings, make_providers(settings)).default


def test_nothing_is_kept_while_nobody_listens() -> None:
    feed = Feed()
    assert not feed.has_listeners
    feed.publish("request", {"n": 1})
    listener = feed.listen()
    assert heard(listener) == []


def test_a_listener_hears_what_happens_after_it_came() -> None:
    feed = Feed()
    first = feed.listen()
    feed.publish("request", {"n": 1})
    second = feed.listen()
    feed.publish("message", {"n": 2})
    assert heard(first) == [1, 2]
    assert heard(second) == [2]
    assert heard(first) == []


def test_what_a_turn_says_is_told_after_its_changes_are_kept(sandbox: Sandbox) -> None:
    listener = sandbox.feed.listen()
    with sandbox.turn() as turn:
        turn.say("transition", n=1)
        turn.say("message", n=2)
        assert heard(listener) == []
    assert heard(listener) == [1, 2]


def test_what_a_turn_says_that_fails_is_never_told(sandbox: Sandbox) -> None:
    listener = sandbox.feed.listen()
    with suppress(ZeroDivisionError), sandbox.turn() as turn:
        turn.say("transition", n=1)
        raise ZeroDivisionError
    assert heard(listener) == []


def test_a_turn_that_nobody_hears_keeps_nothing(sandbox: Sandbox) -> None:
    with sandbox.turn() as turn:
        assert not turn.is_heard
        turn.say("transition", n=1)
    assert turn.said == []


def test_what_an_event_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def say(turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        turn.say("message", n=details["n"])
        if details["n"] == 2:
            raise ZeroDivisionError

    feed, store = Feed(), Store()
    store.create_tables()
    engine = Engine(store, {"say": say}, seed=1, audience=feed)
    for number in (1, 2):
        with store.transaction():
            engine.turn(0).schedule(number, "say", "it", n=number)
    feed.listen()
    assert engine.run_until(2).said == [("message", {"n": 1})]


def test_who_is_slow_loses_the_oldest_and_can_know_how_many() -> None:
    feed = Feed()
    listener = feed.listen()
    for number in range(LONGEST_QUEUE + 3):
        feed.publish("request", {"n": number})
    assert heard(listener)[0] == 3
    assert listener.dropped == 3


def test_what_happens_is_kept_for_a_while_for_who_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 0
    monkeypatch.setattr(feeds, "machine_millis", lambda: 0)
    monkeypatch.setattr(feeds, "millis_since", lambda _: passed)
    feed = Feed()
    listener = feed.listen()
    feed.publish("request", {"n": 1})
    feed.leave(listener, may_come_back=True)
    feed.publish("request", {"n": 2})
    missed, is_all = feed.since(1)
    assert ([one.data["n"] for one in missed], is_all) == ([2], True)
    passed = feeds.KEPT_FOR
    assert not feed.has_listeners
    assert feed.since(2) == ([], False)


def test_who_heard_an_earlier_server_is_told_of_the_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    last = []
    for now in (1_000_000, 1_060_000):
        monkeypatch.setattr(feeds, "machine_millis", lambda now=now: now)
        feed = Feed()
        listener = feed.listen()
        for number in range(3):
            feed.publish("request", {"n": number})
        last.append(asyncio.run(listener.hear(0))[-1].number)
    missed, is_all = feed.since(last[0])
    assert ([one.data["n"] for one in missed], is_all) == ([0, 1, 2], False)


def test_what_is_kept_is_bounded() -> None:
    feed = Feed()
    feed.listen()
    for number in range(KEPT + 5):
        feed.publish("request", {"n": number})
    missed, is_all = feed.since(1)
    assert (len(missed), is_all) == (KEPT, False)


def test_who_only_waited_leaves_nothing_behind() -> None:
    feed = Feed()
    feed.leave(feed.listen())
    assert not feed.has_listeners


def test_what_happened_is_written_once_for_all_listeners() -> None:
    feed, written = Feed(), list[int]()
    listeners = [feed.listen() for _ in range(3)]
    for number in range(5):
        feed.publish("request", {"n": number})

    def write(happening: Happening) -> bytes:
        written.append(happening.data["n"])
        return b"%d" % happening.data["n"]

    async def shown(listener: Listener) -> list[bytes | None]:
        happenings = await listener.hear(0)
        await feed.show(happenings, write)
        return [one.shown for one in happenings]

    async def all_shown() -> list[list[bytes | None]]:
        return await asyncio.gather(*map(shown, listeners))

    assert asyncio.run(all_shown()) == [[b"0", b"1", b"2", b"3", b"4"]] * 3
    assert written == [0, 1, 2, 3, 4]


def test_others_go_on_while_much_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slices, "LENGTH", 0)
    feed, steps = Feed(), list[str]()

    def write(_: Happening) -> bytes:
        steps.append("written")
        return b""

    async def write_and_go_on() -> None:
        happenings = [Happening(number, "request", {}) for number in range(3)]
        writing = asyncio.create_task(feed.show(happenings, write))
        while not writing.done():
            await machine_pause(0)
            steps.append("others")

    asyncio.run(write_and_go_on())
    assert [steps[place + 1] for place, step in enumerate(steps) if step == "written"] == ["others"] * 3
