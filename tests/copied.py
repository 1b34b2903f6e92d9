"""Copies of a table's rows in a sandbox, so that lists show many of what the demo set has few."""

import re
import sqlite3
from collections.abc import Iterator
from itertools import product
from typing import Any

from sqlalchemy import Table, UniqueConstraint
from sqlmodel import SQLModel

from emulator.storage.columns import RowOf, references_of
from emulator.storage.tables import tables

Copies = dict[tuple[Any, int], Any]
"""The values of a column in the copies, by the original's value and the number of the copy."""


def copy_rows(connection: sqlite3.Connection, name: str, times: int) -> None:
    """Add so many copies of each row of a table: alike, but in what has to be unique.

    What they name must be copied with them where no two rows may name the same.
    """
    _copy(connection, SQLModel.metadata.tables[name], times)
    connection.commit()


def _copy(connection: sqlite3.Connection, table: Table, times: int) -> dict[str, Copies]:
    columns = [column.name for column in table.columns]
    names = ", ".join(f'"{name}"' for name in columns)
    rows = connection.execute(f'SELECT {names} FROM "{table.name}"').fetchall()  # noqa: S608 -- our tables
    changed = _changed(connection, table, times)
    added = [
        [
            changed[name][value, number] if name in changed else value
            for name, value in zip(columns, row, strict=True)
        ]
        for row, number in product(rows, range(times))
    ]
    marks = ", ".join("?" * len(columns))
    connection.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', added)  # noqa: S608 -- the same
    return changed


def _changed(connection: sqlite3.Connection, table: Table, times: int) -> dict[str, Copies]:
    """Return the columns that have other values in copies: the one of each key that differs most."""
    named, changed = _references(table.name), dict[str, Copies]()
    for key in _keys(table):
        if changed.keys() & key:
            continue
        values = {name: _values(connection, table, name) for name in key if name not in named}
        if values:
            column = max(values, key=lambda name: len(values[name]))
            changed[column] = _fresh(values[column], times)
        else:
            other = named[key[0]]
            changed[key[0]] = _copy(connection, SQLModel.metadata.tables[other.table], times)[other.column]
    return changed


def _values(connection: sqlite3.Connection, table: Table, column: str) -> list[Any]:
    found = connection.execute(f'SELECT DISTINCT "{column}" FROM "{table.name}"')  # noqa: S608 -- our tables
    return [value for (value,) in found]


def _references(name: str) -> dict[str, RowOf]:
    model = next(model for model in tables() if model.__tablename__ == name)
    return dict(reversed(list(references_of(model))))


def _keys(table: Table) -> Iterator[list[str]]:
    """Yield the columns of each key of a table, the primary one first."""
    yield [column.name for column in table.primary_key.columns]
    yield from ([column.name] for column in table.columns if column.unique)
    yield from ([column.name for column in index.columns] for index in table.indexes if index.unique)
    for one in table.constraints:
        if isinstance(one, UniqueConstraint):
            yield [column.name for column in one.columns]


def _fresh(values: list[Any], times: int) -> Copies:
    """Return values that no row has yet, of the same form."""
    top = max((value for value in values if isinstance(value, int)), default=0)
    places = product(values, range(times))
    return {
        (value, number): top + place if isinstance(value, int) else _renamed(value, place)
        for place, (value, number) in enumerate(places, start=1)
    }


def _renamed(value: str | None, place: int) -> str | None:
    if value is None or re.fullmatch("[0-9a-fA-F-]{8,}", value) is None:
        return value and f"{value}{place}"
    return f"{value[:-6]}{place + 600_000:06}"
