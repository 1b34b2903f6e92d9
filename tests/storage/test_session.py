"""The session of a store is always consistent, and refuses operations that would make it inconsistent."""

from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, event, inspect, text, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates
from sqlmodel import JSON, Column, Field, Integer, Relationship, select

from emulator.rcs.tables.account import Agent, Price
from emulator.sending.messages import StatusCount
from emulator.sending.rules import OutcomeRule
from emulator.storage.ids import Sequence
from emulator.storage.session import KEPT_ROWS, ROW, IncoherentError, KeepingSession, RowForm, check_mapping
from emulator.storage.store import Store
from emulator.storage.tables import Table

ADD = "INSERT INTO outcome_rule (outcome, delay, hits) VALUES (?, 0, 0)"
INSERT_ONE = "INSERT INTO outcome_rule (id, outcome, delay, hits) VALUES (1, 'fork', 0, 0)"
PLACE = (1, "email", "queued")


def rule(outcome: str, **columns: Any) -> OutcomeRule:
    return OutcomeRule(provider=None, channel=None, recipient=None, job=None, outcome=outcome, **columns)


@pytest.fixture
def session() -> KeepingSession:
    store = Store()
    store.create_tables()
    return store.session


def outcomes(session: KeepingSession) -> list[str]:
    return [outcome for (outcome,) in session.run("SELECT outcome FROM outcome_rule ORDER BY id")]


def test_a_statement_sees_a_new_row(session: KeepingSession) -> None:
    session.add(rule("spoon", id=7))
    assert outcomes(session) == ["spoon"]


def test_a_statement_sees_a_changed_row(session: KeepingSession) -> None:
    session.add(rule("spoon"))
    session.get_one(OutcomeRule, 1).outcome = "fork"
    assert outcomes(session) == ["fork"]


def test_what_was_set_is_written_and_nothing_else() -> None:
    store = Store()
    store.create_tables()
    session = store.session
    session.add(rule("spoon"))
    session.flush()
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    row = session.get_one(OutcomeRule, 1)
    row.outcome, row.delay = "fork", 5
    session.flush()
    assert statements[-1] == """UPDATE "outcome_rule" SET "delay" = 5, "outcome" = 'fork' WHERE "id" = 1"""
    row.delay = 6
    session.flush()
    assert statements[-1] == 'UPDATE "outcome_rule" SET "delay" = 6 WHERE "id" = 1'


def test_a_query_sees_a_changed_row(session: KeepingSession) -> None:
    session.add(rule("spoon"))
    session.get_one(OutcomeRule, 1).outcome = "fork"
    assert session.exec(select(OutcomeRule.id).where(OutcomeRule.outcome == "fork")).all() == [1]


def test_the_number_of_a_row_is_there_as_soon_as_it_is_added(session: KeepingSession) -> None:
    thing = rule("spoon")
    session.add(thing)
    assert thing.id == 1


def test_a_row_that_is_tracked_is_not_added_again(session: KeepingSession) -> None:
    thing = rule("spoon", id=1)
    session.add(thing)
    with pytest.raises(IncoherentError, match="tracked already"):
        session.add(thing)
    session.flush()
    with pytest.raises(IncoherentError, match="change its fields, and nothing more"):
        session.add(session.get_one(OutcomeRule, 1))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outcome_rule SET outcome = 'fork'",
        "DELETE FROM outcome_rule",
        INSERT_ONE.replace("INSERT", "INSERT OR REPLACE"),
        f"{INSERT_ONE} ON CONFLICT DO UPDATE SET outcome = 'fork'",
        f"REPLACE {INSERT_ONE.removeprefix('INSERT ')}",
        "UPDATE OR IGNORE outcome_rule AS r SET outcome = 'fork'",
        "WITH some AS (SELECT 1) UPDATE outcome_rule SET outcome = 'fork'",
        "WITH some AS (SELECT 1) DELETE FROM outcome_rule WHERE id IN some",
    ],
)
def test_a_statement_can_not_change_rows_that_are_kept(session: KeepingSession, statement: str) -> None:
    session.add(rule("spoon"))
    with pytest.raises(IncoherentError, match="rows of outcome_rule are kept"):
        session.run(statement)
    assert outcomes(session) == ["spoon"]


def test_a_statement_can_add_rows_to_any_table(session: KeepingSession) -> None:
    session.run_many(ADD, [("spoon",), ("fork",)])
    assert session.get_one(OutcomeRule, 2).outcome == "fork"


def test_rows_are_read_anew_after_a_rewrite(session: KeepingSession) -> None:
    session.add(rule("spoon"))
    thing = session.get_one(OutcomeRule, 1)
    session.rewrite("UPDATE outcome_rule SET outcome = 'fork'")
    assert (thing.outcome, session.get_one(OutcomeRule, 1).outcome) == ("fork", "fork")
    thing.outcome = "knife"
    assert outcomes(session) == ["knife"]


def test_a_row_that_a_rewrite_deleted_is_gone(session: KeepingSession) -> None:
    session.add(rule("spoon"))
    session.rewrite("DELETE FROM outcome_rule")
    assert session.get(OutcomeRule, 1) is None


def test_a_row_that_a_rewrite_changed_stays_the_same_object(session: KeepingSession) -> None:
    session.add(rule("spoon"))
    thing = session.get_one(OutcomeRule, 1)
    session.rewrite("UPDATE outcome_rule SET outcome = 'fork'")
    assert session.get_one(OutcomeRule, 1) is thing
    thing.outcome = "knife"
    assert outcomes(session) == ["knife"]


def test_a_row_that_a_query_found_is_the_one_that_is_looked_up(session: KeepingSession) -> None:
    session.run_many(ADD, [("spoon",)])
    found = session.exec(select(OutcomeRule)).one()
    found.outcome = "fork"
    assert session.get_one(OutcomeRule, 1) is found
    assert outcomes(session) == ["fork"]


def test_a_row_that_was_looked_up_is_the_one_that_a_query_finds(session: KeepingSession) -> None:
    session.run_many(ADD, [("spoon",)])
    looked_up = session.get_one(OutcomeRule, 1)
    looked_up.outcome = "fork"
    assert session.exec(select(OutcomeRule)).one() is looked_up
    assert outcomes(session) == ["fork"]


def test_a_change_of_a_row_that_was_looked_up_is_rolled_back() -> None:
    store = Store()
    store.create_tables()
    with store.transaction():
        store.execute(ADD, ("spoon",))
    with suppress(ZeroDivisionError), store.transaction() as session:
        session.get_one(OutcomeRule, 1).outcome = "fork"
        session.flush()
        raise ZeroDivisionError
    assert store.session.get_one(OutcomeRule, 1).outcome == "spoon"


@pytest.mark.slow
def test_a_row_that_is_not_written_yet_is_found_however_many_are_kept(session: KeepingSession) -> None:
    session.add_all(rule("spoon", id=number) for number in range(1, KEPT_ROWS + 10))
    assert session.get_one(OutcomeRule, 1).outcome == "spoon"


def read_again(store: Store, numbers: range) -> int:
    """Look up the rows with these numbers, and return how many are read from the database for that."""
    statements: list[str] = []
    store.connection.set_trace_callback(statements.append)
    for number in numbers:
        store.session.get_one(OutcomeRule, number)
    store.connection.set_trace_callback(None)
    return len(statements)


@pytest.mark.slow
def test_the_rows_that_were_met_last_are_kept() -> None:
    store = Store()
    store.create_tables()
    session = store.session
    last = KEPT_ROWS + 5
    with store.transaction():
        session.add_all(rule("spoon", id=number) for number in range(1, last + 1))
    assert session.held == KEPT_ROWS * ROW
    assert read_again(store, range(6, last + 1)) == 0
    assert read_again(store, range(1, 6)) == 5
    assert session.held == KEPT_ROWS * ROW


@pytest.mark.slow
def test_a_change_of_a_row_that_is_not_kept_any_more_is_written() -> None:
    store = Store()
    store.create_tables()
    session = store.session
    with store.transaction():
        session.add(rule("spoon", id=1))
    with store.transaction():
        session.get_one(OutcomeRule, 1).outcome = "fork"
        session.add_all(rule("spoon", id=number) for number in range(2, KEPT_ROWS + 5))
    assert session.get_one(OutcomeRule, 1).outcome == "fork"
    assert outcomes(session)[0] == "fork"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("countries", []),
        ("countries", ["UA", "ÄÖ", None]),
        ("is_active", True),
        ("is_active", False),
        ("name", "nul\0 and ü"),
    ],
)
def test_values_are_read_as_they_were_written(session: KeepingSession, name: str, value: object) -> None:
    columns: dict[str, Any] = {"name": "agent", "is_active": True, "countries": ["PL"], name: value}
    session.add(Agent(**columns))
    session.commit()
    session.forget()
    key = value if name == "name" else "agent"
    read = getattr(session.get_one(Agent, key), name)
    assert (read, type(read)) == (value, type(value))


def test_a_row_has_as_many_keys_as_its_table(session: KeepingSession) -> None:
    session.run("INSERT INTO rcs_price VALUES (1, '38', 'UA', 1, 2, 3, 4, 5, 6)")
    assert session.get_one(Price, (1, "38")).country == "UA"
    assert session.get(Price, (1, "39")) is None


@pytest.mark.parametrize("key", [99, "no number", None])
def test_where_there_is_no_row_nothing_is_found(session: KeepingSession, key: object) -> None:
    assert session.get(OutcomeRule, key) is None
    with pytest.raises(NoResultFound, match="no OutcomeRule"):
        session.get_one(OutcomeRule, key)


@pytest.mark.parametrize("read", ["get", "exec"])
def test_rows_that_are_not_kept_are_read_anew_each_time(session: KeepingSession, read: str) -> None:
    session.add(StatusCount(job_id=1, channel="email", status="queued", now=2, ever=2))
    count = session.get_one(StatusCount, PLACE)
    session.run("UPDATE status_count SET now = 5")
    again = session.get(StatusCount, PLACE) if read == "get" else session.exec(select(StatusCount)).one()
    assert again is not None
    assert (again.now, count.now) == (5, 5)


def test_a_change_of_a_row_that_is_not_kept_is_written_before_it_is_read_again(
    session: KeepingSession,
) -> None:
    session.add(StatusCount(job_id=1, channel="email", status="queued", now=2, ever=2))
    count = session.get_one(StatusCount, PLACE)
    count.now = 5
    assert session.get_one(StatusCount, PLACE) is count
    assert count.now == 5
    assert session.run("SELECT now FROM status_count").fetchall() == [(5,)]


def test_rows_are_not_merged(session: KeepingSession) -> None:
    with pytest.raises(IncoherentError, match="get the row and change it"):
        session.merge(rule("spoon", id=1))


@pytest.mark.parametrize(
    "write",
    [
        lambda session: session.exec(update(OutcomeRule).values(outcome="fork")),
        lambda session: session.exec(text("UPDATE outcome_rule SET outcome = 'fork'")),
        lambda session: session.execute(delete(OutcomeRule)),
        lambda session: session.scalars(update(OutcomeRule).values(outcome="fork").returning(text("id"))),
        lambda session: session.query(OutcomeRule).delete(),
        lambda session: session.bulk_save_objects([rule("fork")]),
        lambda session: session.expunge(session.get(OutcomeRule, 1)),
        lambda session: session.begin_nested(),
        lambda session: session.bulk_update_mappings(OutcomeRule, [{"id": 1, "outcome": "fork"}]),
    ],
)
def test_what_writes_past_the_rows_is_refused(
    session: KeepingSession, write: Callable[[KeepingSession], object]
) -> None:
    session.add(rule("spoon"))
    with pytest.raises(IncoherentError, match="`rewrite`"):
        write(session)
    assert outcomes(session) == ["spoon"]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"last": 1, "nmae": "thing"}, "Sequence has no column nmae; it has name, last"),
        ({"name": "thing"}, "Sequence needs last"),
        ({}, "Sequence needs name, last"),
        ({"name": "thing", "last": 1, "colour": "red"}, "Sequence has no column colour"),
    ],
)
def test_a_row_is_made_of_its_columns(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(TypeError, match=complaint):
        Sequence(**values)


def test_a_row_is_made_of_a_model_as_sqlmodel_documents(session: KeepingSession) -> None:
    row = Sequence.model_validate(SimpleNamespace(name="thing", size=9), update={"last": 1})
    session.add(row)
    assert session.exec(select(Sequence.last).where(Sequence.name == "thing")).all() == [1]


@pytest.mark.parametrize("setting", [{"server_default": "1"}, {"onupdate": 1}, {"default": 1}])
def test_defaults_that_only_sqlalchemy_would_set_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"{next(iter(setting))} is not used; give the field a default"):

        class Defaulted(Table):
            size: int = Field(sa_column=Column(Integer, **setting))

    with pytest.raises(TypeError, match="give the field a default"):

        class AlsoDefaulted(Table):
            size: int = Field(sa_column_kwargs=setting)


def test_relationships_are_refused() -> None:
    with pytest.raises(TypeError, match="relationships are not followed here"):

        class Related(Table):
            rule: OutcomeRule = Relationship()


def test_events_of_the_mapper_are_refused() -> None:
    def hear(*_: object) -> None: ...

    event.listen(OutcomeRule, "before_insert", hear)
    with pytest.raises(TypeError, match="OutcomeRule: before_insert would never be called"):
        RowForm(inspect(OutcomeRule))
    event.remove(OutcomeRule, "before_insert", hear)


class Base(DeclarativeBase):
    """Tables that no store has."""


class Validated(Base):
    __tablename__ = "validated"
    id: Mapped[int] = mapped_column(primary_key=True)

    @validates("id")
    def check(self, _: str, value: int) -> int:
        return value


class Mutable(Base):
    __tablename__ = "mutable"
    id: Mapped[int] = mapped_column(primary_key=True)
    names: Mapped[list[str]] = mapped_column(MutableList.as_mutable(JSON))


class Versioned(Base):
    __tablename__ = "versioned"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Inheriting(Validated):
    pass


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (Validated, "Validated.id: new rows are not validated"),
        (Mutable, "Mutable.names: .* when a value changes in place"),
        (Versioned, "Versioned: version_id_col is not used here"),
        (Inheriting, "Inheriting: inherits is not used here"),
    ],
)
def test_what_the_session_would_not_do_is_refused(table: type[Base], complaint: str) -> None:
    with pytest.raises(TypeError, match=complaint):
        check_mapping(inspect(table))
