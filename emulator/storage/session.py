"""The session of a store: it keeps rows between requests, and writes changed ones plainly.

docs/decisions/0002-kept-rows.md says why. What SQLAlchemy compiles is the same for every
store, so all of them share its dialect and its cache of compiled statements.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlmodel import Session, SQLModel

from emulator.storage.ids import Numbers
from emulator.storage.sqlite import shared_dialect

KEPT_ROWS = 1000
"""How many rows a session keeps before it starts over."""


class KeepingSession(Session):
    """A session that holds on to the rows that were looked up by their key, and writes changes quickly."""

    def __init__(self, engine: Engine, connection: sqlite3.Connection) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.connection_past_orm = connection
        self.numbers = Numbers(connection)
        self._kept: dict[tuple[Any, Any], Any] = {}
        self._fresh: dict[int, Any] = {}
        """New rows that are not written yet, by their identity."""
        self.on_change: Callable[[Any], None] | None = None
        """Hears of each changed row before it is written."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        row = self._kept.get((entity, ident))
        if row is not None:
            return row
        row = super().get(entity, ident, **options)
        if row is not None:
            self._keep(entity, ident, row)
        return row

    def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        row = self._kept.get((entity, ident))
        return super().get_one(entity, ident, **options) if row is None else row

    def _keep(self, entity: Any, ident: Any, row: Any) -> None:
        if getattr(entity, "KEPT", True):
            if len(self._kept) >= KEPT_ROWS:
                self._kept.clear()
            self._kept[entity, ident] = row

    def add(self, instance: object, *, _warn: bool = True) -> None:
        """Keep a new row. One that the session has already needs no word: changes are noticed."""
        state = instance_state(instance)
        if id(instance) in self._fresh or state.persistent:
            return
        if not state.transient:
            super().add(instance, _warn=_warn)
            return
        self._fresh[id(instance)] = instance
        key = _writer(state.mapper).key(instance)
        if key is not None:
            self._keep(type(instance), key, instance)

    def add_all(self, instances: Iterable[object]) -> None:
        for instance in instances:
            self.add(instance)

    def delete(self, instance: object) -> None:
        """Delete a row at once, with one plain DELETE; nothing else hangs on it by foreign keys."""
        self.flush()
        writer = _writer(instance_state(instance).mapper)
        self.connection_past_orm.execute(writer.deletion, writer.keys(instance))
        self._kept.pop((type(instance), writer.key(instance)), None)
        self.expunge(instance)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write new rows with one plain INSERT each and changed ones with one plain UPDATE.

        SQLAlchemy's unit of work takes ten times as long, which is most of what a request to
        change something would take. What is merged is left to it.
        """
        if not self._fresh and self._is_clean():
            return
        while self._fresh:
            fresh, self._fresh = self._fresh, {}
            for row in fresh.values():
                self._insert(row)
        with self.no_autoflush:  # what a rollback expired is loaded here, which must not flush again
            for row in self.dirty:
                if self.on_change is not None:
                    self.on_change(row)
                self._write(row)
        if not self._is_clean():
            super().flush(objects)

    def _insert(self, row: object) -> None:
        """Write a new row, and let the session have it as if it had been loaded."""
        state = instance_state(row)
        writer = _writer(state.mapper)
        made = self.connection_past_orm.execute(writer.insertion, writer.values(row))
        if writer.key(row) is None:
            writer.number(row, made.lastrowid)
        state.key = writer.identity(row)
        state._commit_all(instance_dict(row))  # noqa: SLF001 -- no public name
        state.session_id = self.hash_key
        self.identity_map.add(state)

    def _write(self, row: object) -> None:
        writer = _writer(instance_state(row).mapper)
        self.connection_past_orm.execute(writer.statement, writer.values(row))
        instance_state(row)._commit_all(instance_dict(row), self.identity_map)  # noqa: SLF001 -- no public name

    def commit(self) -> None:
        self.flush()
        self.numbers.write()
        if super().in_transaction():
            super().commit()

    def rollback(self) -> None:
        self._fresh.clear()
        self.numbers.forget()
        super().rollback()

    def in_transaction(self) -> bool:
        return bool(self._fresh) or not self.numbers.are_written or super().in_transaction()

    def forget(self) -> None:
        """Let go of every row, and of what was known of numbers."""
        self._fresh.clear()
        self.numbers.forget()
        self._kept.clear()
        self.expunge_all()


def look_up(session: Session, statement: str, parameters: Sequence[Any] | dict[str, Any]) -> sqlite3.Cursor:
    """Run a SELECT past the ORM, for what every message has to look up."""
    assert isinstance(session, KeepingSession)
    session.flush()
    return session.connection_past_orm.execute(statement, parameters)


class RowWriter:
    """How a new or changed row of one table is written."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        dialect = shared_dialect()
        self._mapper = mapper
        table = SQLModel.metadata.tables[str(mapper.local_table)]
        keys = [column for column in table.columns if column.primary_key]
        others = [column for column in table.columns if not column.primary_key]
        settings = ", ".join(f'"{column.name}" = ?' for column in others)
        place = " AND ".join(f'"{column.name}" = ?' for column in keys)
        self.statement = f'UPDATE "{table.name}" SET {settings} WHERE {place}'  # noqa: S608 -- our own tables
        self.deletion = f'DELETE FROM "{table.name}" WHERE {place}'  # noqa: S608 -- the same
        names = ", ".join(f'"{column.name}"' for column in (*others, *keys))
        marks = ", ".join("?" * len(table.columns))
        self.insertion = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 -- the same
        self._keys = [mapper.get_property_by_column(column).key for column in keys]
        self._columns = [
            (mapper.get_property_by_column(column).key, column.type.bind_processor(dialect))
            for column in (*others, *keys)
        ]
        self._names = {name for name, _ in self._columns}

    def key(self, row: object) -> Any:
        """Answer what a row is looked up by, None where the database is to make it."""
        loaded = instance_dict(row)
        if len(self._keys) == 1:
            return loaded.get(self._keys[0])
        values = tuple(loaded.get(name) for name in self._keys)
        return None if None in values else values

    def number(self, row: object, number: int | None) -> None:
        """Give a row the key that the database made for it."""
        instance_dict(row)[self._keys[0]] = number

    def keys(self, row: object) -> tuple[Any, ...]:
        """Answer the values of a row's primary key."""
        return tuple(getattr(row, name) for name in self._keys)

    def identity(self, row: object) -> Any:
        """Answer what SQLAlchemy knows a row by."""
        return self._mapper.identity_key_from_primary_key(self.keys(row))

    def values(self, row: object) -> list[Any]:
        loaded = instance_dict(row)
        for name in self._names - loaded.keys():  # what a rollback expired
            getattr(row, name)
        return [process(loaded[name]) if process else loaded[name] for name, process in self._columns]


@cache
def _writer(mapper: Mapper[Any]) -> RowWriter:
    return RowWriter(mapper)
