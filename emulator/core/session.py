"""The session of a store: it keeps rows between requests, and writes changed ones plainly.

docs/decisions/0002-kept-rows.md says why. What SQLAlchemy compiles is the same for every
store, so all of them share its dialect and its cache of compiled statements.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import URL, Dialect, Engine, create_engine
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import LRUCache
from sqlmodel import Session, SQLModel

COMPILED_STATEMENTS = 500


def bound(connection: sqlite3.Connection) -> Engine:
    """Make an engine of one connection."""
    dialect, compiled = _shared()
    pool = StaticPool(lambda: connection)  # type: ignore[arg-type]
    return Engine(pool, dialect, URL.create("sqlite"), execution_options={"compiled_cache": compiled})


@cache
def _shared() -> tuple[Dialect, LRUCache[Any, Any]]:
    """Answer the dialect, which has asked SQLite what it can, and the cache of what it compiled."""
    engine = create_engine("sqlite://", json_serializer=_json)
    engine.connect().close()
    engine.dispose()
    return engine.dialect, LRUCache(COMPILED_STATEMENTS)


def _json(value: Any) -> str:
    """Write JSON with every letter as itself: paths into it find no name that is written in escapes."""
    return json.dumps(value, ensure_ascii=False)


KEPT_ROWS = 1000
"""How many rows a session keeps before it starts over."""


class KeepingSession(Session):
    """A session that holds on to the rows that were looked up by their key, and writes changes quickly."""

    def __init__(self, engine: Engine, connection: sqlite3.Connection) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._connection = connection
        self._kept: dict[tuple[Any, Any], Any] = {}
        self.on_change: Callable[[Any], None] | None = None
        """Hears of each changed row before it is written."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        row = self._kept.get((entity, ident))
        if row is not None:
            return row
        row = super().get(entity, ident, **options)
        if row is not None and getattr(entity, "KEPT", True):
            if len(self._kept) >= KEPT_ROWS:
                self._kept.clear()
            self._kept[entity, ident] = row
        return row

    def add(self, instance: object, *, _warn: bool = True) -> None:
        """Keep a new row. One that the session has already needs no word: changes are noticed."""
        if not instance_state(instance).persistent:
            super().add(instance, _warn=_warn)

    def delete(self, instance: object) -> None:
        self._kept.clear()
        super().delete(instance)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write changed rows with one plain UPDATE each; leave new and deleted ones to SQLAlchemy.

        Its unit of work takes ten times as long for a changed row, which is most of what a
        request to change something would take.
        """
        with self.no_autoflush:  # what a rollback expired is loaded here, which must not flush again
            for row in self.dirty:
                if self.on_change is not None:
                    self.on_change(row)
                self._write(row)
        super().flush(objects)

    def _write(self, row: object) -> None:
        writer = _writer(instance_state(row).mapper)
        self._connection.execute(writer.statement, writer.values(row))
        instance_state(row)._commit_all(instance_dict(row), self.identity_map)  # noqa: SLF001 -- no public name

    def forget(self) -> None:
        """Let go of every row."""
        self._kept.clear()
        self.expunge_all()


class RowWriter:
    """How a changed row of one table is written."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        dialect, _ = _shared()
        table = SQLModel.metadata.tables[str(mapper.local_table)]
        keys = [column for column in table.columns if column.primary_key]
        others = [column for column in table.columns if not column.primary_key]
        settings = ", ".join(f'"{column.name}" = ?' for column in others)
        place = " AND ".join(f'"{column.name}" = ?' for column in keys)
        self.statement = f'UPDATE "{table.name}" SET {settings} WHERE {place}'  # noqa: S608 -- our own tables
        self._columns = [
            (mapper.get_property_by_column(column).key, column.type.bind_processor(dialect))
            for column in (*others, *keys)
        ]

    def values(self, row: object) -> list[Any]:
        loaded = instance_dict(row)
        values = [
            (loaded[name] if name in loaded else getattr(row, name), process)
            for name, process in self._columns
        ]
        return [process(value) if process else value for value, process in values]


@cache
def _writer(mapper: Mapper[Any]) -> RowWriter:
    return RowWriter(mapper)
