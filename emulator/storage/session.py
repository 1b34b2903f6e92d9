"""The session of a store: it keeps rows between requests, and writes changed ones plainly.

One rule: **the session is always coherent**. Whoever reads, by the session or by a statement of SQL, sees
every change that was made before; so nobody flushes, refreshes or expires anything.

- A row that was loaded is tracked: set its fields, and nothing more. `add` is for new rows. Only a field that
  was set is written, so a list or an object in it is replaced, and never changed in place.
- Before `run` runs a statement, it writes the session's changes of the tables that the statement names.
- Rows of most tables are kept, and changed only by way of their objects: `run` refuses other changes, and
  `rewrite` lets go of all rows. Tables with `KEPT = False` are written in sets by SQL, and always read anew.
- The number that the database makes for a row is known as soon as the row is added.
- All else that SQLAlchemy's unit of work does is refused (tables.py): it takes ten times as long
  (docs/decisions/0002-kept-rows.md).

This is the one file that uses names of SQLAlchemy that it does not document; each says why.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Dialect, Engine
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Mapper, class_mapper
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, SQLModel

from emulator.storage.footprint import Footprint, footprint_of
from emulator.storage.ids import Numbers
from emulator.storage.sqlite import shared_dialect

KEPT_ROWS = 16_000
"""How many rows a session keeps: enough for those of single sends to stay until they are delivered."""

ROW = 2048
"""About how many bytes a kept row takes."""

Parameters = Sequence[Any] | dict[str, Any]

EVENTS = ("before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete")
OPTIONS = ("inherits", "polymorphic_on", "version_id_col")


class IncoherentError(Exception):
    """A call would let session and database disagree. The text says what to do instead."""


class KeepingSession(Session):
    """A session that holds on to the rows that were looked up by their key, and writes changes quickly."""

    def __init__(self, engine: Engine, connection: sqlite3.Connection) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._connection_past_orm = connection
        self.numbers = Numbers(connection)
        self._kept = OrderedDict[tuple[Any, Any], Any]()
        """The kept rows by table and key, the oldest first; it goes alone, as dropping all takes 30 ms."""
        self._fresh: dict[int, Any] = {}
        """New rows that are not written yet, by their `id()`."""
        self.on_change: Callable[[Any], None] | None = None
        """Called with each changed row before it is written."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        row = self._kept.get((entity, ident))
        if row is not None:
            return row
        if options:
            row = super().get(entity, ident, **(options if entity.KEPT else options | ANEW))
        else:
            row = self._load(entity, ident)
        if row is not None:
            self._keep(entity, ident, row)
        return row

    def get_one(self, entity: Any, ident: Any, **options: Any) -> Any:
        row = self.get(entity, ident, **options)
        if row is None:
            raise NoResultFound(f"there is no {entity.__name__} {ident!r}")
        return row

    def exec(self, statement: Any, **options: Any) -> Any:
        """Run a `select(…)`. Raises IncoherentError for any other statement."""
        return super().exec(_selecting(statement), **options)

    def execute(self, statement: Any, *arguments: Any, **options: Any) -> Any:
        """Run a `select(…)`, as SQLAlchemy does to load a row. Raises IncoherentError as `exec` does."""
        return super().execute(_selecting(statement), *arguments, **options)

    def add(self, instance: Any, *, _warn: bool = True) -> None:
        """Register a new row. Loaded rows are tracked; do not add them again. Raises IncoherentError."""
        state = instance_state(instance)
        if not state.transient or id(instance) in self._fresh:
            raise IncoherentError(f"{instance!r} is tracked already: change its fields, and nothing more")
        form = _form(instance)
        key = form.key(instance)
        if key is None:
            self._insert(instance)
            key = form.key(instance)
        else:
            self._fresh[id(instance)] = instance
        self._keep(type(instance), key, instance)

    def add_all(self, instances: Iterable[Any]) -> None:
        for instance in instances:
            self.add(instance)

    def delete(self, instance: Any) -> None:
        """Delete a row at once, with one plain DELETE; nothing else hangs on it by foreign keys."""
        self.flush()
        form = _form(instance)
        self._connection_past_orm.execute(form.deletion, form.keys(instance))
        self._kept.pop((type(instance), form.key(instance)), None)
        super().expunge(instance)

    def merge(self, *_: object, **__: object) -> Any:
        raise IncoherentError("rows are not merged: get the row and change it, or add a new one")

    def _past_the_rule(self, *_: object, **__: object) -> Any:
        raise IncoherentError("use `exec` for SELECTs, `run` or `rewrite` for SQL, and `add` for new rows")

    scalar = scalars = query = begin_nested = expunge = _past_the_rule
    bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = _past_the_rule

    def run(self, statement: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run SQL in the same transaction. Raises IncoherentError where it would change kept rows."""
        self._prepare(footprint_of(statement))
        return self._connection_past_orm.execute(statement, parameters)

    def run_many(self, statement: str, rows: Iterable[Parameters]) -> int:
        """Run SQL for each of many rows; return how many changed. Raises IncoherentError as `run` does."""
        self._prepare(footprint_of(statement))
        return self._connection_past_orm.executemany(statement, rows).rowcount

    def rewrite(self, statement: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run SQL that changes rows of any table. All rows are read anew from then on."""
        self.flush()
        cursor = self._connection_past_orm.execute(statement, parameters)
        self._kept.clear()
        self.expire_all()
        return cursor

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write new rows with one plain INSERT each and changed ones with one plain UPDATE."""
        if not self._fresh and self._is_clean():
            return
        fresh, self._fresh = self._fresh, {}
        for row in fresh.values():
            self._insert(row)
        with self.no_autoflush:  # loads what a rollback expired, which must not flush again
            for row in self.dirty:
                if self.on_change is not None:
                    self.on_change(row)
                self._write(row)

    def commit(self) -> None:
        """Write all changes. The store commits; SQLAlchemy's transaction goes on: beginning one is slow."""
        self.flush()
        self.numbers.write()

    def rollback(self) -> None:
        self._fresh.clear()
        self.numbers.forget()
        super().rollback()

    @property
    def held(self) -> int:
        """About how many bytes the kept rows take."""
        return len(self._kept) * ROW

    @property
    def has_changes(self) -> bool:
        """Whether there are changes that are not written yet."""
        return bool(self._fresh) or not self.numbers.are_written or not self._is_clean()

    def forget(self) -> None:
        """Let go of all rows, and of the numbers that were read."""
        self._fresh.clear()
        self.numbers.forget()
        self._kept.clear()
        self.expunge_all()

    def _keep(self, entity: Any, ident: Any, row: Any) -> None:
        if entity.KEPT:
            self._kept[entity, ident] = row
            if len(self._kept) > KEPT_ROWS:
                self._kept.popitem(last=False)

    def _load(self, entity: Any, ident: Any) -> Any:
        """Return the row with a key, read by one plain SELECT; None if there is none."""
        form = _form_of(entity)
        found = self.run(form.selection, ident if isinstance(ident, tuple) else (ident,)).fetchone()
        if found is None:
            return None
        values = form.read(found)
        known = self.identity_map.get(form.identity(values))
        if known is not None and entity.KEPT and not instance_state(known).expired:
            return known
        row = form.new_row() if known is None else known
        instance_dict(row).update(values)
        self._adopt(row, form)
        return row

    def _adopt(self, row: object, form: "RowForm") -> None:
        """Take a row into the session that is the same in the database."""
        # what the unit of work does after an INSERT; there is no public way to say that a row was written
        state = instance_state(row)
        state.key = form.identity(instance_dict(row))
        state._commit_all(instance_dict(row))  # noqa: SLF001 -- see above
        state.session_id = self.hash_key
        self.identity_map.replace(state)

    def _prepare(self, footprint: Footprint) -> None:
        """Write the changes that a statement has to see. Raises IncoherentError if it may not run."""
        if footprint.refusal:
            raise IncoherentError(footprint.refusal)
        for row in self._fresh.values():
            if type(row) in footprint.tables:
                self.flush()
                return
        # the documented name, `dirty`, would build a set of the changed rows each time
        for state in self.identity_map._modified:  # noqa: SLF001 -- see above
            if state.class_ in footprint.tables:
                self.flush()
                return

    def _is_clean(self) -> bool:
        return not self.identity_map._modified  # noqa: SLF001 -- `dirty` would build a set each time

    def _insert(self, row: Any) -> None:
        """Write a new row, and take it into the session as if it had been loaded."""
        form = _form(row)
        made = self._connection_past_orm.execute(form.insertion, form.values(row))
        if form.key(row) is None:
            form.number(row, made.lastrowid)
        self._adopt(row, form)

    def _write(self, row: Any) -> None:
        """Write the columns of a row that were set since it was loaded or written."""
        form, state = _form(row), instance_state(row)
        # the changed fields with their former values; `attrs` would make an object for each column
        update = _update_of(form, frozenset(state.committed_state))
        self._connection_past_orm.execute(update.statement, update.values(row))
        state._commit_all(instance_dict(row), self.identity_map)  # noqa: SLF001 -- the same after an UPDATE


ANEW = {"populate_existing": True}
NOTHING: dict[str, Any] = {}


def _selecting(statement: Any) -> Any:
    """Return a SELECT, which reads rows anew unless they are kept. Raises IncoherentError for other SQL."""
    if not statement.is_select:
        raise IncoherentError("change the rows, or use `run` or `rewrite`; the session runs SELECTs alone")
    # `_propagate_attrs` names the mapper of the rows; asking the statement takes 20 times as long
    mapper = getattr(statement, "_propagate_attrs", NOTHING).get("plugin_subject")
    if mapper is not None and not mapper.class_.KEPT:
        return statement.execution_options(**ANEW)
    return statement


def look_up(session: Session, statement: str, parameters: Parameters) -> sqlite3.Cursor:
    """Run a SELECT past the ORM, for look-ups that every message needs."""
    assert isinstance(session, KeepingSession)
    return session.run(statement, parameters)


def check_mapping(mapper: Mapper[Any]) -> None:
    """Raise TypeError for a mapping that needs SQLAlchemy's unit of work."""
    name = mapper.class_.__name__
    unseen = "new rows are not validated, nor is it seen when a value changes in place; replace it"
    refused = [f"{name}: {one} would never be called here" for one in EVENTS if getattr(mapper.dispatch, one)]
    refused += [f"{name}: {one} is not used here" for one in OPTIONS if getattr(mapper, one) is not None]
    heard = [one.key for one in mapper.column_attrs if one.class_attribute.dispatch.set]
    refused += [f"{name}.{one}: {unseen}" for one in heard]
    if refused:
        raise TypeError("; ".join(refused))


class RowForm:
    """How the rows of one table are read and written."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        check_mapping(mapper)
        dialect = shared_dialect()
        self._mapper = mapper
        table = SQLModel.metadata.tables[str(mapper.local_table)]
        keys = [column for column in table.columns if column.primary_key]
        others = [column for column in table.columns if not column.primary_key]
        place = " AND ".join(f'"{column.name}" = ?' for column in keys)
        names = ", ".join(f'"{column.name}"' for column in (*others, *keys))
        marks = ", ".join("?" * len(table.columns))
        self.selection = f'SELECT {names} FROM "{table.name}" WHERE {place}'  # noqa: S608 -- our own tables
        self.deletion = f'DELETE FROM "{table.name}" WHERE {place}'  # noqa: S608 -- the same
        self.insertion = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 -- the same
        self._keys = [mapper.get_property_by_column(column).key for column in keys]
        self._columns = [
            (mapper.get_property_by_column(column).key, column.type.bind_processor(dialect))
            for column in (*others, *keys)
        ]
        self._readers = [
            (mapper.get_property_by_column(column).key, _reader(column.type, dialect))
            for column in (*others, *keys)
        ]
        self._columns_by_name = {
            name: (column.name, process)
            for column, (name, process) in zip((*others, *keys), self._columns, strict=True)
        }
        self._place = place
        self._table = table.name

    def new_row(self) -> Any:
        """Return a row that has no values yet."""
        return self._mapper.class_manager.new_instance()

    def read(self, found: Sequence[Any]) -> dict[str, Any]:
        """Return the values of a row that `selection` found, by the names of its fields."""
        return {
            name: process(value) if process else value
            for (name, process), value in zip(self._readers, found, strict=True)
        }

    def key(self, row: object) -> Any:
        """Return the key of a row; None if the database still has to make it."""
        loaded = instance_dict(row)
        if len(self._keys) == 1:
            return loaded.get(self._keys[0])
        values = tuple(loaded.get(name) for name in self._keys)
        return None if None in values else values

    def number(self, row: object, number: int | None) -> None:
        """Give a row the key that the database made for it."""
        instance_dict(row)[self._keys[0]] = number

    def keys(self, row: object) -> tuple[Any, ...]:
        """Return the values of a row's primary key."""
        return tuple(getattr(row, name) for name in self._keys)

    def identity(self, values: Mapping[str, Any]) -> Any:
        """Return SQLAlchemy's identity key for a row with these values."""
        return self._mapper.identity_key_from_primary_key(tuple(values[name] for name in self._keys))

    def values(self, row: object) -> list[Any]:
        return _values(row, self._columns)

    def update_of(self, names: frozenset[str]) -> "Update":
        """Return the UPDATE of some columns."""
        columns = [self._columns_by_name[name] for name in sorted(names)]
        settings = ", ".join(f'"{column}" = ?' for column, _ in columns)
        statement = f'UPDATE "{self._table}" SET {settings} WHERE {self._place}'  # noqa: S608 -- our own tables
        written = (*sorted(names), *self._keys)
        return Update(statement, [(name, self._columns_by_name[name][1]) for name in written])


@lru_cache(maxsize=1000)  # clients choose which columns are set, and so how many different UPDATEs there are
def _update_of(form: RowForm, names: frozenset[str]) -> "Update":
    return form.update_of(names)


@dataclass(frozen=True)
class Update:
    """An UPDATE of some columns of one row."""

    statement: str
    columns: Sequence["Column"]
    """The fields whose values the statement takes, in its order."""

    def values(self, row: object) -> list[Any]:
        return _values(row, self.columns)


Column = tuple[str, Callable[[Any], Any] | None]
"""The name of a field, and the function that turns its value into its column's, if they differ."""


def _values(row: object, columns: Sequence[Column]) -> list[Any]:
    loaded = instance_dict(row)
    for name, _ in columns:
        if name not in loaded:  # expired by a rollback: reading loads it
            getattr(row, name)
    return [process(loaded[name]) if process else loaded[name] for name, process in columns]


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return the function that reads a column's value from the database's; None if they are the same."""
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _form(row: object) -> RowForm:
    table: Any = type(row)
    return _form_of(table)


@cache
def _form_of(table: Any) -> RowForm:
    return RowForm(class_mapper(table))
