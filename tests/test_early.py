"""On a running clock, due events run up to 20 ms early: nothing but times is different."""

from collections.abc import Iterator
from typing import get_args

import pytest
import sqlalchemy
from sqlmodel import SQLModel

from emulator.engine.clock import GRAIN, Clock
from emulator.gateway.examples import load_examples
from emulator.storage.tables import Table
from tests.conftest import Emulator, in_process
from tests.test_conformance import PROVIDERS, headers_of

ODD = "2026-03-15T14:30:00.013Z"
"""The beginning of the clock: an instant at which no due event runs on a running clock."""

WITH_TIMES = frozenset(
    {
        *("sandbox_state", "due_event", "journal_entry", "webhook_attempt", "webhook_delivery"),
        *("webhook_happening", "altcraft_log_entry", "altcraft_points_transaction", "autosend_template"),
    }
)
"""Tables that have times, or values made of times and keys, in columns other than instants."""

ENDS = ("delete", "remove", "leave", "cancel")
"""The words in paths of operations that end something, which then causes no due events."""


def happens(emulator: Emulator) -> None:
    """Send the documented examples, at odd times, and let a month pass."""
    for provider in PROVIDERS:
        for example in load_examples(provider.name).values():
            if example.method != "DELETE" and not any(word in example.url for word in ENDS):
                emulator.http.request(
                    example.method,
                    example.url,
                    params=example.query,
                    json=example.body,
                    headers=headers_of(provider.name, example),
                )
        emulator.advance("1s")
    emulator.advance("31d")


def columns(model: type[Table]) -> list[str]:
    """Return the names of a table's columns, except instants."""
    fields = model.model_fields
    marks = {name: (one.metadata, *get_args(one.annotation)) for name, one in fields.items()}
    names = [column.name for column in table_of(model).columns]
    return [name for name in names if "milliseconds" not in repr(marks[name])]


def table_of(model: type[Table]) -> sqlalchemy.Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


def models(base: type[Table] = Table) -> Iterator[type[Table]]:
    for model in base.__subclasses__():
        if hasattr(model, "__table__"):
            yield model
        yield from models(model)


def what_there_is(emulator: Emulator) -> dict[str, list[str]]:
    """Return the rows of all tables, without times."""
    found = {}
    for model in models():
        name = str(model.__tablename__)
        if name not in WITH_TIMES:
            listed = ", ".join(f'"{column}"' for column in columns(model))
            statement = f'SELECT {listed} FROM "{name}"'  # noqa: S608 -- our tables
            found[name] = sorted(repr(row) for row in emulator.query(statement))
    return found


@pytest.mark.slow
def test_a_month_ends_the_same_whether_events_come_early_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []
    for grain in (1, GRAIN):
        monkeypatch.setattr(Clock, "grain", grain)
        with in_process(at=ODD) as emulator:
            happens(emulator)
            ends.append(what_there_is(emulator))
    exact, early = ends
    assert early.keys() == exact.keys() == {*SQLModel.metadata.tables} - WITH_TIMES
    for table, rows in exact.items():
        assert early[table] == rows, table
