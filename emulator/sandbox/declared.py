"""Inspection of a snapshot by what its tables declare: what columns may hold, and which rows there are."""

import json
import sqlite3
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from operator import itemgetter
from typing import Annotated, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlmodel import SQLModel

from emulator.engine.clock import LATEST, Millis
from emulator.reasons import plain_reason
from emulator.storage.columns import RowOf, columns_marked, has_words, json_of, references_of, rules_of
from emulator.storage.failures import IncompatibleStoreError
from emulator.storage.store import Store
from emulator.storage.tables import Table, tables

LONGEST: Millis = 2 * LATEST
"""The latest instant in a row: an event may be due after the last moment of a clock, and never happens."""

TYPES = {
    "INTEGER": ("typeof({0}) <> 'integer'", "must be a whole number"),
    "BOOLEAN": ("typeof({0}) <> 'integer' OR {0} NOT IN (0, 1)", "must be 0 or 1"),
    "FLOAT": ("typeof({0}) <> 'real' OR abs({0}) > 1e300", "must be a number with a fraction"),
    "VARCHAR": ("typeof({0}) <> 'text'", "must be a text"),
    "JSON": ("typeof({0}) <> 'text'", "must be a text that is JSON"),
    "BLOB": ("typeof({0}) <> 'blob'", "must be a blob"),
}
"""The conditions that a value does not suit its column, by the column's type, and what it must be."""


TIMES = (f"{{0}} NOT BETWEEN 0 AND {LONGEST}", f"must be milliseconds, from 0 to {LONGEST}")


class Check(NamedTuple):
    """What is asked of the values of a column."""

    column: str
    wrong: str
    """The condition in SQL that a row has another value there."""
    must: str


class Checks(NamedTuple):
    """What is asked of the rows of a table."""

    values: list[Check]
    texts: list[str]
    """The columns whose texts may be any that are UTF-8."""
    json: dict[str, TypeAdapter[Any]]
    """The columns of JSON, with what that must be."""


def check_values(store: Store, table: str) -> None:
    """Raise IncompatibleStoreError unless all values in a table are such as its columns declare."""
    checks = _checks_of(table)
    if _is_any(store, table, " OR ".join(check.wrong for check in checks.values)):
        for column, wrong, must in checks.values:
            for (value,) in all_of(store, f'SELECT "{column}" FROM "{table}" WHERE {wrong} LIMIT 1'):  # noqa: S608 -- our tables
                raise wrong_value(store, table, column, value, must, wrong)
    if checks.texts:
        _check_texts(store, table, checks.texts)
    for column, shape in checks.json.items():
        each = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608 -- our tables
        for (text,) in store.connection.execute(each):
            problem = _problem(shape, text)
            if problem is not None:
                raise wrong_value(store, table, column, text, problem)


def _check_texts(store: Store, table: str, columns: Sequence[str]) -> None:
    """Raise IncompatibleStoreError unless all texts in some columns are UTF-8: others can not be read."""
    try:
        deque(store.connection.execute(f'SELECT {", ".join(columns)} FROM "{table}"'), maxlen=0)  # noqa: S608 -- our tables
    except sqlite3.OperationalError:
        for column in columns:
            content = f"CAST({column} AS BLOB)"
            for (value,) in store.connection.execute(f'SELECT {content} FROM "{table}"'):  # noqa: S608 -- our tables
                if not _is_utf8(value):
                    name = column.strip('"')
                    raise wrong_value(store, table, name, value, "must be UTF-8", shown=content) from None
        raise


def _is_utf8(content: bytes | None) -> bool:
    try:
        return content is None or bool(content.decode() or True)
    except UnicodeDecodeError:
        return False


@cache
def _checks_of(table: str) -> Checks:
    model = next(model for model in tables() if model.__tablename__ == table)
    times = {*columns_marked(model, "milliseconds")}
    checks = Checks([], [], {})
    shape: Any
    for column in SQLModel.metadata.tables[table].columns:
        place, kind, field = f'"{column.name}"', str(column.type), model.model_fields[column.name]
        rules = [TYPES[kind]]
        if column.name in times:
            rules.append(TIMES)
        shape = json_of(field) or (Annotated[field.annotation, field] if kind == "JSON" else None)
        if shape is None:
            rules += rules_of(field)
        else:
            checks.json[column.name] = TypeAdapter(shape)
        for broken, must in rules:
            wrong = f"({broken.format(place)})"
            if column.nullable:
                wrong = f"({place} IS NOT NULL AND {wrong})"
            checks.values.append(Check(column.name, wrong, must))
        if kind == "VARCHAR" and not has_words(field):
            checks.texts.append(place)
    return checks


def _problem(shape: TypeAdapter[Any], text: str) -> str | None:
    """Return what is wrong with a JSON text that must have a shape; None if nothing is."""
    try:
        value = json.loads(text)
        if value is None:  # where a column has no value, it is NULL
            return "must not be null"
        shape.validate_python(value, strict=True)
    except ValidationError as error:
        complaints = (_complaint(value, problem) for problem in error.errors())
        return max(complaints, key=itemgetter(0))[1]  # the deepest is of the type that was meant
    except (ValueError, RecursionError):
        return "must be JSON"
    return None


def _complaint(value: Any, problem: Mapping[str, Any]) -> tuple[int, str]:
    """Return how deep in a value one of pydantic's errors is, and its words."""
    place = list[str]()
    for step in problem["loc"]:
        with suppress(TypeError, LookupError):  # of what is no step, but the name of one of several types
            value = value[step]
            place.append(str(step))
    must = f"must have {problem['loc'][-1]}" if problem["type"] == "missing" else plain_reason(problem)
    return len(place), f"{must} at {'.'.join(place)}" if place else must


def check_rows(store: Store) -> None:
    """Raise IncompatibleStoreError unless there are the rows that always are, and those that others name."""
    for table in tables():
        name = table.__tablename__
        if table.IS_SINGLE and all_of(store, f'SELECT id FROM "{name}"') != [(1,)]:  # noqa: S608 -- our tables
            raise IncompatibleStoreError(f"the file has not one {name} with the id 1")
        if table.IS_FILLED and not _is_any(store, str(name), "true"):
            raise IncompatibleStoreError(f"the file has no {name}")
        for column, named in references_of(table):
            for key, value in all_of(store, _lacking(table, column, named)):
                raise IncompatibleStoreError(
                    f"the file has the {name} {key!r} with {value!r} as {column}, of which there is no "
                    f"{named.table}"
                )


def _lacking(table: type[Table], column: str, named: RowOf) -> str:
    """Return the statement that finds a row which names another that is not there, and the name."""
    own = SQLModel.metadata.tables[str(table.__tablename__)]
    key, is_list = own.primary_key.columns[0].name, str(own.columns[column].type) == "JSON"
    source = f'"{own.name}", json_each("{column}")' if is_list else f'"{own.name}"'
    value = "value" if is_list else f'"{column}"'
    return f"""
        SELECT "{own.name}"."{key}", {value} FROM {source}
        WHERE {value} IS NOT NULL AND {named.when}
        AND {value} NOT IN (SELECT "{named.column}" FROM "{named.table}") LIMIT 1
    """  # noqa: S608 -- our tables


def wrong_value(
    store: Store,
    table: str,
    column: str,
    value: object,
    must: str,
    where: str = "true",
    shown: str | None = None,
) -> IncompatibleStoreError:
    """Return the error about a value that a column can not have, with the row.

    `where` is a condition in SQL of the rows in which it can not have it, and `shown` the expression in SQL
    that has the value, by default the column alone.
    """
    keys = [key.name for key in SQLModel.metadata.tables[table].primary_key.columns]
    listed, place = ", ".join(f'"{key}"' for key in keys), shown or f'"{column}"'
    statement = f'SELECT {listed} FROM "{table}" WHERE ({where}) AND {place} IS ? LIMIT 1'  # noqa: S608 -- the same
    found = store.connection.execute(statement, (value,)).fetchone()
    row = " and ".join(f"the {key} {one!r}" for key, one in zip(keys, found, strict=True)) if found else ""
    return wrong_in_row(f"{table}.{column}", value, must, row)


def wrong_in_row(place: str, value: object, must: str, row: str) -> IncompatibleStoreError:
    """Return the error about a value that can not be at a place, `table.column`, in a row: `the id 7`."""
    in_row = f" in the row with {row}" if row else ""
    return IncompatibleStoreError(f"the file has {repr(value)[:60]} as {place}{in_row}: it {must}")


def all_of(store: Store, statement: str) -> list[Any]:
    """Return all rows that a statement finds."""
    return store.connection.execute(statement).fetchall()


def _is_any(store: Store, table: str, condition: str) -> bool:
    return bool(all_of(store, f'SELECT 1 FROM "{table}" WHERE {condition} LIMIT 1'))  # noqa: S608 -- our tables
