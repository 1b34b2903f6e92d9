"""Due events share transactions, with the same results as alone."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from emulator.engine import engine as module
from emulator.engine.clock import DAY, FROZEN_START
from emulator.engine.engine import Engine, Stops, Turn
from emulator.storage.store import Store
from tests.engine.test_engine import Diary
from tests.sandbox.test_world import world


def after_a_day(monkeypatch: pytest.MonkeyPatch, together: int) -> list[str]:
    """Return everything that the demo sandbox holds after a day, as SQL."""
    monkeypatch.setattr(module, "TOGETHER", together)
    sandbox = world().default
    while asyncio.run(sandbox.move(FROZEN_START + DAY, by_instant=False)):
        sandbox.outbox.clear()
    lines = [line for line in sandbox.store.connection.iterdump() if '"sandbox_state"' not in line]
    assert sandbox.clock.now() == FROZEN_START + DAY
    return lines


@pytest.mark.slow
def test_a_day_is_the_same_alone_and_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert after_a_day(monkeypatch, 50) == after_a_day(monkeypatch, 1)


def test_events_of_several_instants_share_a_transaction() -> None:
    diary = Diary()
    for due in range(10, 30):
        diary.plan(due, f"at {due}")
    seen: list[str] = []
    diary.store.connection.set_trace_callback(seen.append)
    diary.engine.run_until(30)
    assert diary.lines == [(f"at {due}", due) for due in range(10, 30)]
    assert seen.count("COMMIT") == 1


def test_an_event_that_one_before_it_scheduled_comes_in_its_turn() -> None:
    diary = Diary()
    diary.plan(10, "first", again=2)
    diary.plan(11, "second")
    diary.plan(13, "last")
    diary.engine.run_until(13)
    assert diary.lines == [("first", 10), ("second", 11), ("first", 12), ("last", 13)]


class Canceller(Diary):
    """A diary with an event that cancels those about the subject in its details."""

    def __init__(self) -> None:
        super().__init__()
        handlers = {"note": self._note, "fail": self._fail, "cancel": self._cancel}
        self.engine = Engine(self.store, handlers, seed=1)

    def _cancel(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        turn.cancel(details["whom"])


def test_an_event_that_one_before_it_cancelled_does_not_run() -> None:
    diary = Canceller()
    diary.plan(10, "cancelling", name="cancel", whom="gone")
    diary.plan(11, "gone")
    diary.plan(12, "kept")
    diary.engine.run_until(12)
    assert diary.lines == [("kept", 12)]


def test_a_crash_takes_none_of_its_neighbours_along() -> None:
    diary = Diary()
    for due in range(10, 20):
        diary.plan(due, f"at {due}", name="fail" if due in {13, 14, 19} else "note")
    ran = diary.engine.run_until(20)
    assert (ran.number, ran.failed) == (7, 3)
    expected = [(f"at {due}", due) for due in (10, 11, 12, 15, 16, 17, 18)]
    assert list(dict.fromkeys(diary.lines)) == expected
    assert diary.store.execute("SELECT count(*) FROM due_event").fetchone() == (0,)


def test_it_stops_after_an_instant_and_goes_on_from_there() -> None:
    diary, instants = Diary(), list[int]()
    for due, subject in ((10, "a"), (10, "b"), (11, "c"), (12, "d")):
        diary.plan(due, subject)
    stops = Stops(lambda _: True, instants.append)
    ran = diary.engine.run_until(20, stops)
    assert ([subject for subject, _ in diary.lines], ran.reached, ran.has_stopped) == (["a", "b"], 10, True)
    diary.engine.run_until(20, stops)
    assert diary.lines[-1] == ("c", 11)
    assert diary.engine.run_until(20).has_stopped is False
    assert dict.fromkeys(instants) == dict.fromkeys([10, 11])


class Poster(Diary):
    """A diary with an event that makes a delivery."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine(self.store, {"note": self._note, "post": self._post}, seed=1)

    def _post(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        turn.posts.append(details["number"])


def test_it_is_told_when_deliveries_wait() -> None:
    diary = Poster()
    diary.plan(10, "a")
    diary.plan(11, "b", name="post", number=7)
    diary.plan(11, "c")
    diary.plan(12, "d")
    ran = diary.engine.run_until(20, Stops(lambda has_posts: has_posts, lambda _: None))
    assert (ran.reached, ran.posts, ran.has_stopped) == (11, [7], True)
    assert diary.lines == [("a", 10), ("c", 11)]


def test_the_instant_is_stored_with_what_happened_then() -> None:
    store = Store()
    store.create_tables()
    sandbox = world().default
    due = sandbox.next_due
    assert due is not None
    asyncio.run(sandbox.move(due, by_instant=True))
    assert sandbox.store.execute("SELECT clock_virtual FROM sandbox_state").fetchone() == (due,)
    assert sandbox.clock.now() == due
