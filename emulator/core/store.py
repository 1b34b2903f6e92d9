"""One SQLite database per sandbox, one connection and one session to it.

Everything runs on the event loop's thread, so a session is never shared between two
requests at a time, and a transaction is simply the time between two lines of Python.

The session keeps the rows that were looked up by their key, so the next request finds
them without asking the database (docs/decisions/0002-kept-rows.md). Nothing else writes
to the database, so they are always what it holds; the tables that set-based statements
change (`KEPT = False`: messages) are never kept.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, Dialect, Engine, create_engine, func
from sqlalchemy.orm import Mapper, class_mapper
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateTable
from sqlmodel import Session, SQLModel


class Table(SQLModel):
    """What is stored. Its rows are never validated, so no validator is built at the start."""

    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]


class IncompatibleStoreError(Exception):
    """A database file was written by another version of the emulator, or is no database."""


Parameters = tuple[object, ...] | dict[str, object]

KEPT_ROWS = 1000
"""How many rows a session keeps before it starts over."""


class KeepingSession(Session):
    """A session that holds on to the rows that were looked up by their key, and writes changes quickly."""

    def __init__(self, engine: Engine, connection: sqlite3.Connection) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._connection = connection
        self._dialect = engine.dialect
        self._kept: dict[tuple[Any, Any], Any] = {}
        self._writers: dict[type, RowWriter] = {}

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
                self._write(row)
        super().flush(objects)

    def _write(self, row: object) -> None:
        kind = type(row)
        writer = self._writers.get(kind)
        if writer is None:
            writer = self._writers[kind] = RowWriter(kind, self._dialect)
        self._connection.execute(writer.statement, writer.values(row))
        instance_state(row)._commit_all(instance_dict(row), self.identity_map)  # noqa: SLF001 -- no public name

    def forget(self) -> None:
        """Let go of every row."""
        self._kept.clear()
        self.expunge_all()


class RowWriter:
    """How a changed row of one table is written."""

    def __init__(self, kind: type, dialect: Dialect) -> None:
        mapper: Mapper[Any] = class_mapper(kind)
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


class Store:
    """A SQLite database in memory, or in a file that survives a crash of the process."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.connection = sqlite3.connect(path or ":memory:", timeout=1, check_same_thread=False)
        self._tune()
        self._engine = self._bind()
        self.session = KeepingSession(self._engine, self.connection)

    def _tune(self) -> None:
        try:
            self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.create_function("casefold", 1, _casefold, deterministic=True)
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise IncompatibleStoreError(f"{self.path}: not a usable SQLite database ({error})") from error

    def _bind(self) -> Engine:
        return create_engine("sqlite://", creator=lambda: self.connection, poolclass=StaticPool)

    def create_tables(self) -> None:
        """Make the tables of every imported module, marked with the fingerprint of their shape."""
        SQLModel.metadata.create_all(self._engine, checkfirst=False)
        self.connection.execute(f"PRAGMA user_version = {schema_fingerprint()}")
        self.connection.commit()

    def is_empty(self) -> bool:
        row = self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return bool(row[0] == 0)

    def check_version(self) -> None:
        """Raise IncompatibleStoreError unless the tables are those of this version."""
        found = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if found != schema_fingerprint():
            raise IncompatibleStoreError(
                f"{self.path}: written by another version of the emulator; "
                "move the file away, or start that version to use it"
            )

    def copy_from(self, template: sqlite3.Connection) -> None:
        """Replace everything in this database with what `template` holds, in one step that is done or not."""
        self.session.rollback()
        self.session.forget()
        template.backup(self.connection)
        self._tune()

    def execute(self, statement: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run SQL past the session, in the same transaction: for tables whose rows it does not keep."""
        return self.connection.execute(statement, parameters)

    def execute_many(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Run SQL past the session once for each row."""
        self.connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit what the block did, or undo all of it when it raises."""
        try:
            yield self.session
            if self.session.in_transaction():
                self.session.commit()
            self.connection.commit()
        except BaseException:
            self.session.rollback()
            self.session.forget()
            self.connection.rollback()
            raise

    def rest(self) -> None:
        """Give back the memory of past work: from now on the store is only copied."""
        self.session.forget()
        self._engine.clear_compiled_cache()

    def close(self) -> None:
        self.session.close()
        self._engine.dispose()
        self.connection.close()


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Answer the condition that a column has `text` in it, in whatever case."""
    return func.instr(func.casefold(column), text.casefold()) > 0


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


@cache
def schema_fingerprint() -> int:
    """Answer a number that changes whenever a table's shape does."""
    statements = (str(CreateTable(table)) for table in SQLModel.metadata.sorted_tables)
    return int.from_bytes(sha256("".join(statements).encode()).digest()[:3], "big")
