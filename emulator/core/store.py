"""One SQLite database per sandbox, one connection and one session to it.

Everything runs on the event loop's thread, so a session is never shared between two
requests at a time, and a transaction is simply the time between two lines of Python.

A store that nobody uses rests on a `Shelf`: as a file, or as compressed bytes, a tenth of
what it takes when it is open (docs/decisions/0007-sandboxes.md).
"""

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, Integer, func, literal_column, text
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement
from sqlmodel import JSON, Column, Field, Index, Session, SQLModel, select

from emulator.core.session import KeepingSession, bound, json_text, shared_dialect


class Table(SQLModel):
    """What is stored. Its rows are never validated, so no validator is built at the start."""

    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]

    def __init__(self, **values: Any) -> None:
        """Make a row. SQLModel would set field after field, which takes ten times as long."""
        own = instance_dict(self)
        plain, factories = _defaults(type(self))
        own.update(plain)
        for name, factory in factories:
            own[name] = factory()
        own.update(values)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say at once that there is no such thing: SQLAlchemy asks of every new row."""
            raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a column, which SQLAlchemy notices where it has the row; pydantic has nothing to say to it."""
        own = self.__dict__
        if name in own and own["_sa_instance_state"].key is None:
            own[name] = value
        else:
            object.__setattr__(self, name, value)


@cache
def _defaults(table: type[Table]) -> tuple[dict[str, Any], list[tuple[str, Callable[..., Any]]]]:
    """Answer what fields have that are not named: values, and what makes some."""
    fields = [(name, field) for name, field in table.model_fields.items() if not field.is_required()]
    made = [(name, field.default_factory) for name, field in fields if field.default_factory]
    return {name: field.default for name, field in fields if not field.default_factory}, made


def json_list() -> Any:
    """Make a column that holds a list."""
    return Field(default_factory=list, sa_column=Column(JSON, nullable=False))


def json_object() -> Any:
    """Make a column that holds an object."""
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


def index_of_known(table: str, column: str) -> Index:
    """Make an index of the rows that have something in a column; the others cost it nothing."""
    return Index(f"{table}_{column}", column, sqlite_where=text(f"{column} IS NOT NULL"))


def among(column: Any, values: Sequence[str | int]) -> ColumnElement[bool]:
    """Answer the condition that a column has one of many values, however many there are."""
    listed = func.json_each(json_text(values)).table_valued("value")
    condition: ColumnElement[bool] = column.in_(select(listed.c.value))
    return condition


def insertion_order(table: type[SQLModel]) -> ColumnElement[int]:
    """Answer what orders a table's rows as they were made."""
    return literal_column(f'"{table.__tablename__}".rowid', Integer)


class IncompatibleStoreError(Exception):
    """A database file was written by another version of the emulator, or is no database."""


PAGE = 1024
"""Bytes in a page: most tables of a sandbox hold little, and each has a page of its own."""

IN_MEMORY = "file:store?vfs=memdb"
"""A database in memory that SQLite treats as a file, known to its connection alone. In a `:memory:` one each
commit visits every page that was ever written; this one holds at most 1 GiB.
"""

CACHED_PAGES = 100
"""Pages of a database in memory that lie a second time in SQLite's cache."""

Parameters = tuple[object, ...] | dict[str, object]


class Store:
    """A SQLite database in memory, or in a file that survives a crash of the process."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.connection = sqlite3.connect(
            path or IN_MEMORY, timeout=1, check_same_thread=False, uri=path is None
        )
        self._tune()
        self._engine = bound(self.connection)
        self.session = KeepingSession(self._engine, self.connection)

    def _tune(self) -> None:
        try:
            self.connection.execute(f"PRAGMA page_size = {PAGE}")
            self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            if self.path is None:
                self.connection.execute("PRAGMA journal_mode = MEMORY")
                self.connection.execute(f"PRAGMA cache_size = {CACHED_PAGES}")
            else:
                self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.create_function("casefold", 1, _casefold, deterministic=True)
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise IncompatibleStoreError(f"{self.path}: not a usable SQLite database ({error})") from error

    def create_tables(self) -> None:
        """Make the tables of every imported module, marked with the fingerprint of their shape."""
        for statement in _schema():
            self.connection.execute(statement)
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
                f"{self.path or 'the file'}: written by another version of the emulator; "
                "move the file away, or start that version to use it"
            )

    def copy_from(self, other: "Store") -> None:
        """Replace everything in this database with what `other` holds, in one step that is done or not."""
        self.session.rollback()
        self.session.forget()
        other.connection.backup(self.connection)
        self._tune()

    def copy(self) -> "Store":
        """Answer a store in memory that holds the same."""
        made = Store()
        made.copy_from(self)
        return made

    def image(self) -> bytes:
        """Answer the database as the bytes of a SQLite file."""
        if self.path is None:
            return self.connection.serialize()
        copy = self.copy()
        copy.connection.execute("PRAGMA journal_mode = DELETE")
        image = copy.connection.serialize()
        copy.close()
        return image

    @classmethod
    def of_image(cls, image: bytes) -> "Store":
        """Make a store in memory of a file of this version. Raises IncompatibleStoreError."""
        source = sqlite3.connect(":memory:")
        try:
            source.deserialize(_without_wal(image))
            if source.execute("PRAGMA page_size").fetchone() != (PAGE,):
                source.execute(f"PRAGMA page_size = {PAGE}")
                source.execute("VACUUM")
            store = cls()
            source.backup(store.connection)
        except (sqlite3.Error, OverflowError) as error:
            raise IncompatibleStoreError(f"the file is no usable SQLite database ({error})") from error
        finally:
            source.close()
        store.check_version()
        return store

    @property
    def size(self) -> int:
        """How many bytes the database has."""
        pages: int = self.connection.execute("PRAGMA page_count").fetchone()[0]
        return pages * PAGE

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

    def close(self) -> None:
        self.session.close()
        self._engine.dispose()
        self.connection.close()


class Shelf:
    """Where a database is while nobody uses it."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        """The file that holds it; None where it is kept in memory."""
        self._packed = b""

    @property
    def is_empty(self) -> bool:
        return not self._packed if self.path is None else not self.path.exists()

    def take(self) -> Store:
        """Open the database. Raises IncompatibleStoreError."""
        if self.path is not None or not self._packed:
            return Store(self.path)
        return Store.of_image(zlib.decompress(self._packed))

    def put(self, store: Store) -> None:
        """Close the database, and keep what it holds."""
        if self.path is None:
            self._packed = zlib.compress(store.image(), 1)
        store.close()

    def replace(self, contents: Store) -> None:
        """Keep what a store in memory holds, instead of what was here."""
        if self.path is None:
            self.put(contents)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = Store(self.path)
        kept.copy_from(contents)
        kept.close()
        contents.close()

    def discard(self) -> None:
        """Throw away what is kept."""
        self._packed = b""
        if self.path is not None:
            for name in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
                name.unlink(missing_ok=True)


def contains(column: Any, part: str) -> ColumnElement[bool]:
    """Answer the condition that a column has `part` in it, in whatever case."""
    return func.instr(func.casefold(column), part.casefold()) > 0


def _without_wal(image: bytes) -> bytes:
    """Answer the file's bytes with the mark that no write-ahead log lies beside it."""
    return image[:18] + b"\1\1" + image[20:]


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


@cache
def _schema() -> list[str]:
    """Answer the statements that make the tables of every imported module, and their indexes."""
    tables = SQLModel.metadata.sorted_tables
    indexes = [index for table in tables for index in sorted(table.indexes, key=lambda one: str(one.name))]
    made: list[ExecutableDDLElement] = [*map(CreateTable, tables), *map(CreateIndex, indexes)]
    return [str(one.compile(dialect=shared_dialect())) for one in made]


@cache
def schema_fingerprint() -> int:
    """Answer a number that changes whenever a table's shape does."""
    return int.from_bytes(sha256("".join(_schema()).encode()).digest()[:3], "big")
