"""Due events that run in the transaction of what follows them."""

from emulator.engine import engine as module
from tests.engine.test_engine import Diary


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
