"""Due events run in the order of their times, no matter when the queue is checked."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import select

from emulator.engine.due import FailedEvent
from emulator.engine.engine import Engine, Turn, UnknownEventError
from emulator.storage.failures import DiskFullError
from emulator.storage.store import Store


class Diary:
    """An engine whose events record their subject and time, and may schedule another event."""

    def __init__(self) -> None:
        self.store = Store()
        self.store.create_tables()
        self.lines: list[tuple[str, int]] = []
        self.engine = Engine(self.store, {"note": self._note, "fail": self._fail, "full": self._full}, seed=1)

    def times(self) -> list[int]:
        """Return when the waiting events are due."""
        return [due for (due,) in self.store.execute("SELECT due FROM due_event ORDER BY id")]

    def plan(self, due: int, subject: str, name: str = "note", **details: Any) -> None:
        with self.store.transaction():
            self.engine.turn(0).schedule(due, name, subject, **details)

    def _note(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        self.lines.append((subject, turn.now))
        if "again" in details:
            turn.schedule(turn.now + details["again"], "note", subject)

    def _fail(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        turn.schedule(turn.now, "note", "never")
        raise ZeroDivisionError

    def _full(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        turn.store.connection.execute("PRAGMA max_page_count = 1")
        for number in range(10_000):
            turn.schedule(turn.now, "note", f"{number}")


def test_events_run_in_the_order_of_their_times() -> None:
    diary = Diary()
    diary.plan(20, "second")
    diary.plan(10, "first")
    diary.plan(20, "third")
    assert diary.engine.run_until(20).number == 3
    assert diary.lines == [("first", 10), ("second", 20), ("third", 20)]


def test_an_event_that_is_not_due_waits() -> None:
    diary = Diary()
    diary.plan(10, "later")
    assert diary.engine.run_until(9).number == 0
    assert diary.engine.next_due() == 10


def test_an_event_without_a_handler_is_refused_where_it_is_planned() -> None:
    diary = Diary()
    with pytest.raises(
        UnknownEventError, match="'nota' is not one of the `events` of a provider; did you mean note"
    ):
        diary.plan(10, "it", name="nota")
    assert diary.times() == []


def test_looking_once_or_often_makes_no_difference() -> None:
    once, often = Diary(), Diary()
    for diary in (once, often):
        diary.plan(10, "a", again=5)
        diary.plan(12, "b", again=3)
    once.engine.run_until(30)
    for now in range(31):
        often.engine.run_until(now)
    assert once.lines == often.lines


def test_a_cancelled_event_never_runs() -> None:
    diary = Diary()
    diary.plan(10, "gone")
    diary.plan(10, "kept")
    with diary.store.transaction():
        diary.engine.turn(5).cancel("gone")
    diary.engine.run_until(10)
    assert diary.lines == [("kept", 10)]


def test_an_event_that_crashes_changes_nothing_and_the_others_go_on() -> None:
    diary = Diary()
    diary.plan(10, "bad", name="fail")
    diary.plan(10, "good")
    ran = diary.engine.run_until(10)
    assert (ran.number, ran.failed) == (1, 1)
    assert diary.engine.next_due() is None
    assert diary.lines == [("good", 10)]


def test_an_event_that_crashed_keeps_its_error() -> None:
    diary = Diary()
    diary.plan(10, "bad", name="fail", of=7)
    diary.engine.run_until(12)
    (failed,) = diary.store.session.exec(select(FailedEvent))
    assert (failed.due, failed.failed_at, failed.subject, failed.details) == (10, 10, "bad", '{"of":7}')
    assert failed.error == "ZeroDivisionError"
    assert "in _fail" in failed.trace


def test_an_event_that_no_handler_knows_is_set_aside() -> None:
    diary = Diary()
    diary.plan(10, "odd")
    with diary.store.transaction():
        diary.store.execute("UPDATE due_event SET name = 'of.another.version'")
    assert diary.engine.run_until(10).failed == 1
    (failed,) = diary.store.session.exec(select(FailedEvent))
    assert "of.another.version" in failed.error


def test_a_failed_event_is_run_again() -> None:
    diary = Diary()
    diary.plan(10, "bad", name="fail")
    diary.engine.run_until(10)
    with diary.store.transaction():
        diary.store.execute("UPDATE failed_event SET name = 'note'")
    diary.engine.retry(1, now=25)
    assert diary.lines == [("bad", 25)]
    assert diary.store.execute("SELECT count(*) FROM failed_event").fetchone() == (0,)


def test_a_failed_event_that_crashes_again_stays_set_aside() -> None:
    diary = Diary()
    diary.plan(10, "bad", name="fail")
    diary.engine.run_until(10)
    with pytest.raises(ZeroDivisionError):
        diary.engine.retry(1, now=25)
    assert diary.store.execute("SELECT failed_at FROM failed_event").fetchall() == [(25,)]
    assert diary.engine.next_due() is None


def test_a_full_disk_leaves_the_event_due() -> None:
    diary = Diary()
    diary.plan(10, "bad", name="full")
    with pytest.raises(DiskFullError):
        diary.engine.run_until(10)
    assert diary.engine.next_due() == 10
