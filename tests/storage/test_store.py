"""The store: transactions, copies, files that outlive the process."""

from pathlib import Path

import pytest
from sqlmodel import Session, select

from emulator.sending.messages import StatusCount
from emulator.sending.rules import OutcomeRule
from emulator.storage.failures import IncompatibleStoreError, StorageError
from emulator.storage.ids import Identifiers, Sequence
from emulator.storage.store import Store


def store_with(number: int, path: Path | None = None) -> Store:
    store = Store(path)
    store.create_tables()
    with store.transaction():
        Identifiers(store.session.numbers, 1).begin("thing", number)
    return store


def rule(outcome: str) -> OutcomeRule:
    return OutcomeRule(provider=None, channel=None, recipient=None, job=None, outcome=outcome)


def last(session: Session) -> int:
    return session.get_one(Sequence, "thing").last


def take_and_fail(store: Store) -> None:
    with store.transaction():
        assert Identifiers(store.session.numbers, 1).number("thing") == 6
        raise ZeroDivisionError


def test_what_raises_changes_nothing() -> None:
    store = store_with(5)
    with pytest.raises(ZeroDivisionError):
        take_and_fail(store)
    assert last(store.session) == 5
    with store.transaction():
        assert Identifiers(store.session.numbers, 1).number("thing") == 6


def test_a_copy_does_not_share_with_its_template() -> None:
    template = store_with(5)
    copy = Store()
    copy.copy_from(template)
    with copy.transaction():
        Identifiers(copy.session.numbers, 1).number("thing")
    assert (last(template.session), last(copy.session)) == (5, 6)


def test_copying_again_forgets_what_was_there() -> None:
    template, copy = store_with(5), store_with(50)
    assert last(copy.session) == 50
    copy.copy_from(template)
    assert last(copy.session) == 5


def test_a_kept_row_is_what_the_database_holds() -> None:
    store = store_with(5)
    with store.transaction() as session:
        kept = session.get_one(Sequence, "thing")
        kept.last = 9
    found = store.connection.execute("SELECT last FROM sequence WHERE name = 'thing'").fetchone()
    assert found == (9,)
    assert last(store.session) == 9


def test_a_row_gets_the_number_that_the_database_makes() -> None:
    store = store_with(1)
    with store.transaction() as session:
        session.add(rule("bounced"))
        second = rule("delivered")
        session.add(second)
        session.flush()
        assert second.id == 2
        second.outcome = "opened"
    rows = store.connection.execute("SELECT id, outcome FROM outcome_rule").fetchall()
    assert rows == [(1, "bounced"), (2, "opened")]
    assert store.session.get(OutcomeRule, 2) is second


def test_changed_rows_are_written_whole() -> None:
    store = store_with(1)
    with store.transaction() as session:
        session.add(StatusCount(job_id=1, channel="email", status="queued", now=2, ever=2))
    with store.transaction() as session:
        count = session.get_one(StatusCount, (1, "email", "queued"))
        count.now, count.ever = 0, 3
    assert store.connection.execute("SELECT now, ever FROM status_count").fetchall() == [(0, 3)]
    assert not store.session.dirty


def test_a_query_sees_what_the_same_turn_changed() -> None:
    store = store_with(5)
    with store.transaction() as session:
        session.get_one(Sequence, "thing").last = 6
        assert session.exec(select(Sequence.name).where(Sequence.last == 6)).all() == ["thing"]


def test_a_row_that_a_rollback_expired_can_be_changed() -> None:
    store = store_with(5)
    row = store.session.get_one(Sequence, "thing")
    store.session.rollback()
    with store.transaction():
        row.last = 6
    assert store.connection.execute("SELECT last FROM sequence").fetchone() == (6,)


def test_a_deleted_row_is_gone_for_good() -> None:
    store = store_with(5)
    with store.transaction() as session:
        row = session.get_one(Sequence, "thing")
        row.last = 6
        session.delete(row)
    assert store.session.get(Sequence, "thing") is None


def test_a_file_keeps_what_was_committed(tmp_path: Path) -> None:
    store_with(7, tmp_path / "kept.sqlite").close()
    reopened = Store(tmp_path / "kept.sqlite")
    reopened.check_version()
    assert last(reopened.session) == 7


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    store = store_with(1, tmp_path / "old.sqlite")
    store.connection.execute("PRAGMA user_version = 12")
    store.connection.commit()
    with pytest.raises(IncompatibleStoreError, match="another version"):
        store.check_version()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.sqlite"
    file.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(IncompatibleStoreError, match=r"letter\.sqlite"):
        Store(file)


@pytest.mark.slow
def test_a_file_in_use_by_another_server_is_refused(tmp_path: Path) -> None:
    holder = store_with(1, tmp_path / "busy.sqlite")
    with pytest.raises(StorageError, match=r"in use by another emulator \(database is locked\)"):
        Store(tmp_path / "busy.sqlite")
    holder.close()
