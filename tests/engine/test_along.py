"""Due events that run in the transaction of the work that follows them."""

from collections.abc import Mapping
from typing import Any

import pytest

from emulator.engine import engine as module
from emulator.engine.clock import Clock
from emulator.engine.engine import Engine, Handler, Turn
from tests.engine.test_engine import Diary

IGNORED: dict[str, Handler] = {"note": lambda *_: None}


def test_events_run_in_the_transaction_that_follows() -> None:
    diary = Diary()
    diary.plan(10, "first", again=5)
    diary.plan(12, "second")
    ran = diary.engine.run_along(20)
    assert ran is not None
    assert (ran.number, diary.store.connection.in_transaction) == (3, True)
    assert diary.lines == [("first", 10), ("second", 12), ("first", 15)]


def test_what_follows_undoes_them_if_it_is_undone() -> None:
    diary = Diary()
    diary.plan(10, "first")
    diary.engine.run_along(20)
    diary.store.undo()
    assert diary.engine.next_due() == 10


def test_an_event_that_crashes_undoes_all_of_them() -> None:
    diary = Diary()
    diary.plan(10, "good")
    diary.plan(11, "bad", name="fail")
    assert diary.engine.run_along(20) is None
    assert (diary.engine.next_due(), diary.store.is_in_use) == (10, False)
    assert diary.engine.run_until(20).failed == 1


def test_a_full_disk_is_told_by_the_run_that_follows() -> None:
    diary = Diary()
    diary.plan(10, "bad", name="full")
    assert diary.engine.run_along(20) is None
    assert diary.engine.next_due() == 10


def test_many_events_do_not_run_along() -> None:
    diary = Diary()
    for number in range(module.TOGETHER):
        diary.plan(10, f"{number}")
    assert diary.engine.run_along(20) is None
    assert diary.lines == []


@pytest.mark.parametrize(
    ("now", "due", "planned"),
    [(1000, 3010, 3000), (1000, 3019, 3000), (1000, 3020, 3020), (1000, 1019, 1019), (1010, 1035, 1020)],
)
def test_a_running_clock_has_events_due_together_and_none_late(now: int, due: int, planned: int) -> None:
    diary = Diary()
    engine = Engine(diary.store, IGNORED, seed=1, grain=lambda: Clock.real().grain)
    with diary.store.transaction():
        engine.turn(now).schedule(due, "note", "it")
    assert diary.times() == [planned]


def test_a_frozen_clock_has_them_due_to_the_millisecond() -> None:
    diary = Diary()
    engine = Engine(diary.store, IGNORED, seed=1, grain=lambda: Clock.frozen().grain)
    with diary.store.transaction():
        engine.turn(1000).schedule(3019, "note", "it")
    assert diary.times() == [3019]


def test_what_is_due_at_once_or_comes_too_late_is_due_now() -> None:
    diary = Diary()
    engine = Engine(diary.store, IGNORED, seed=1, grain=lambda: 50)
    with diary.store.transaction():
        for due in (1010, 990):
            engine.turn(1010).schedule(due, "note", "it")
    assert diary.times() == [1010, 1010]


class Watch(Diary):
    """A diary whose events record the time that they were meant for, too."""

    def __init__(self) -> None:
        super().__init__()
        self.grain = 20
        self.engine = Engine(self.store, {"look": self._look}, seed=1, grain=lambda: self.grain)

    def _look(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        self.lines.append((f"{subject} at {turn.now}", turn.meant))
        if details:
            turn.schedule(turn.now, "look", "the same instant")


@pytest.mark.parametrize("grain", [20, 1])
def test_an_event_knows_what_time_it_was_meant_for_whatever_the_clock_does(grain: int) -> None:
    diary = Watch()
    diary.plan(1013, "early", name="look")
    diary.plan(1020, "exact", name="look")
    diary.grain = grain
    diary.engine.run_until(1020)
    assert diary.lines == [("early at 1000", 1013), ("exact at 1020", 1020)]


def test_what_an_early_event_schedules_for_its_own_instant_is_meant_for_the_same_time() -> None:
    diary = Watch()
    diary.plan(1013, "early", name="look", again=0)
    diary.engine.run_until(1000)
    assert diary.lines == [("early at 1000", 1013), ("the same instant at 1000", 1013)]


def test_a_request_is_meant_for_now() -> None:
    assert Watch().engine.turn(1013).meant == 1013
