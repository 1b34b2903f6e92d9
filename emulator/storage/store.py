"""Stores: one SQLite database per sandbox, with one connection and one session to it.

Everything runs on the event loop's thread, and nothing waits inside of a transaction, so two requests
never use a session at the same time.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import cache, lru_cache
from hashlib import md5, sha256
from io import SEEK_END
from pathlib import Path

from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement
from sqlmodel import Session, SQLModel

from emulator.patterns import pattern
from emulator.spelling import is_spelled, spelled
from emulator.storage.failures import IncompatibleStoreError, damaged, explaining, full, of_database
from emulator.storage.session import KeepingSession, Parameters
from emulator.storage.sqlite import bound, shared_dialect

PAGE = 1024
"""Bytes in a database page. It is small because most tables hold little, and each has a page of its own."""

MANY_ROWS_TAKE = 1024 * 1024
"""How many bytes a database has in which some table may have a thousand rows. The demo set's has 0.7 MB."""

IN_MEMORY = "file:store?vfs=memdb"
"""A database in memory that SQLite treats as a file; each connection has its own. In a `:memory:` database,
each commit visits every page that was ever written. The limit of this kind is 1 GiB.
"""

LARGEST_IN_MEMORY = 1024 * 1024 * 1024

PIECE = 10_000
"""How many pages are copied in one go: some 10 ms."""

LARGEST_CHECKED = 8 * 1024 * 1024
"""The size in bytes up to which a file is checked for damage: it takes about 1.3 ms for each MB."""

MAGIC, WITH_WAL, WITHOUT_WAL = b"SQLite format 3\0", b"\2\2", b"\1\1"
"""The first bytes of a SQLite file, and bytes 18 and 19 of one with and without a write-ahead log."""

HEAD = 100
"""How many bytes of a SQLite file come before its first table; they tell how long it is."""

CACHED_PAGES = 100
"""How many pages of a database in memory SQLite's cache holds a second time."""

CACHED_OF_FILE = 2_000 * 1024
"""How many bytes of a database in a file SQLite's cache holds, by its default."""

OPEN = 600 * 1024
"""About how many bytes an open database takes beside its pages: for its schema, statements and rows."""


class Store:
    """A SQLite database in memory, or in a file that survives a crash of the process.

    A draft is a file that does not: it is deleted if the work on it fails (drafts.py).
    """

    def __init__(self, path: Path | None = None, *, is_draft: bool = False) -> None:
        self.path = path
        self._is_draft = is_draft
        with explaining(path):
            self.connection = sqlite3.connect(
                path or IN_MEMORY, timeout=1, check_same_thread=False, uri=path is None
            )
        try:
            with explaining(path):
                self._tune()
        except BaseException:
            self.connection.close()
            raise
        self._engine = bound(self.connection)
        self.session = KeepingSession(self._engine, self.connection)

    def _tune(self) -> None:
        self.connection.execute(f"PRAGMA page_size = {PAGE}")
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if self.path is None:
            self.connection.execute("PRAGMA journal_mode = MEMORY")
            self.connection.execute(f"PRAGMA cache_size = {CACHED_PAGES}")
        else:
            self.connection.execute(f"PRAGMA journal_mode = {'OFF' if self._is_draft else 'WAL'}")
        self.connection.execute(f"PRAGMA synchronous = {'OFF' if self._is_draft else 'NORMAL'}")
        self.connection.create_function("casefold", 1, _casefold, deterministic=True)
        self.connection.create_function("md5", 1, _md5, deterministic=True)
        self.connection.create_function("fits", 2, _fits, deterministic=True)
        self.connection.create_function("spelled", 2, spelled, deterministic=True)
        self.connection.create_function("is_spelled", 2, _is_spelled, deterministic=True)

    def create_tables(self) -> None:
        """Create the tables of all imported modules, and store the fingerprint of the schema."""
        for statement in _schema():
            self.connection.execute(statement)
        self.connection.execute(f"PRAGMA user_version = {schema_fingerprint()}")
        self.connection.commit()

    def is_empty(self) -> bool:
        row = self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return bool(row[0] == 0)

    def check_version(self) -> None:
        """Raise IncompatibleStoreError unless the stored fingerprint is that of this version's tables."""
        with explaining(self.path):
            found = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if found != schema_fingerprint():
            raise IncompatibleStoreError(
                f"{'the file' if self._is_draft else self.path or 'the file'}: "
                "written by another version of the emulator",
                "move the file away, or start that version to use it",
            )

    def check_pages(self) -> None:
        """Raise DamagedStoreError if its pages do not fit together; a large database is not looked at."""
        with explaining(self.path):
            if self.size > LARGEST_CHECKED:
                return
            (found,) = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise damaged(self.path, found.splitlines()[-1])

    def check_writable(self) -> None:
        """Write a value that is there already. Raises StorageError if that fails or the file is gone."""
        with explaining(self.path):
            if self.path is not None:
                self.path.stat()
            self.connection.execute(f"PRAGMA user_version = {schema_fingerprint()}")

    def copy_from(self, other: "Store", check: Callable[[], object] = lambda: None) -> None:
        """Replace everything in this database with the content of `other`, completely or not at all.

        `check` is called after each piece; what it raises ends the copying.
        """
        self.session.rollback()
        self.session.forget()
        self.session.info.clear()
        with explaining(self.path):
            other.connection.backup(self.connection, pages=PIECE, progress=lambda *_: check())
            self._tune()

    def copy(self, check: Callable[[], object] = lambda: None) -> "Store":
        """Return a store in memory with the same content; `check` is as for `copy_from`."""
        made = Store()
        try:
            made.copy_from(self, check)
        except BaseException:
            made.close()
            raise
        return made

    def check_fits_in_memory(self) -> None:
        """Raise DiskFullError unless a database in memory can hold as much."""
        if self.size > LARGEST_IN_MEMORY:
            raise full(None, f"{self.size} bytes")

    def write_draft(self, file: Path) -> None:
        """Write the database to a new file, page by page: there is no second copy of it in memory."""
        with explaining(file), closing(sqlite3.connect(file, isolation_level=None)) as draft:
            draft.execute("PRAGMA journal_mode = OFF")
            draft.execute("PRAGMA synchronous = OFF")
            self.connection.backup(draft)
        mark_without_wal(file)

    def image(self) -> bytes:
        """Return the database as the bytes of a SQLite file."""
        if self.path is None:
            return self.connection.serialize()
        copy = self.copy()
        copy.connection.execute("PRAGMA journal_mode = DELETE")
        image = copy.connection.serialize()
        copy.close()
        return image

    @classmethod
    def of_image(cls, image: bytes, *, is_own: bool = False) -> "Store":
        """Return a store in memory with the content of a SQLite file. Raises IncompatibleStoreError.

        `is_own` says that this version of the emulator is known to have written it.
        """
        source = sqlite3.connect(":memory:")
        try:
            source.deserialize(_without_wal(image))
            store = cls()
            source.backup(store.connection)
        except (sqlite3.Error, OverflowError) as error:
            raise IncompatibleStoreError(f"the file is no usable SQLite database ({error})") from error
        finally:
            source.close()
        if not is_own:
            store.check_version()
        return store

    @property
    def is_in_use(self) -> bool:
        """Whether a transaction has changed something and is not over."""
        return self.connection.in_transaction or self.session.has_changes

    @property
    def size(self) -> int:
        """The size of the database in bytes."""
        pages: int = self.connection.execute("PRAGMA page_count").fetchone()[0]
        return pages * PAGE

    @property
    def has_many_rows(self) -> bool:
        """Return whether some table may have so many rows that to go through them takes long."""
        return self.size > MANY_ROWS_TAKE

    @property
    def held(self) -> int:
        """How many bytes it takes in memory while open, at most, with the rows that the session keeps."""
        pages = self.size if self.path is None else min(self.size, CACHED_OF_FILE)
        return OPEN + pages + self.session.held

    def execute(self, statement: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run SQL past the ORM, in the session's transaction. Raises IncoherentError (see session.py)."""
        try:
            return self.session.run(statement, parameters)
        except sqlite3.Error as error:
            raise of_database(error, self.path) or error from None

    def execute_many(self, statement: str, rows: Iterable[Parameters]) -> int:
        """Run SQL past the ORM once for each row; return how many rows changed. Raises IncoherentError."""
        return self.session.run_many(statement, rows)

    def rewrite(self, statement: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run SQL that changes rows of any table. The session reads all rows again after it."""
        return self.session.rewrite(statement, parameters)

    def transaction(self) -> "Transaction":
        """Commit the changes of the block, or roll all of them back when it raises.

        Raises StorageError and DamagedStoreError if the file fails.
        """
        return Transaction(self)

    def commit(self) -> None:
        """Commit the changes, or roll them back if that fails. Raises as `transaction` does."""
        try:
            self.session.commit()
            self.connection.commit()
        except BaseException as error:
            self.give_up(error)
            raise

    def give_up(self, error: BaseException) -> None:
        """Roll everything back. Raises StorageError or DamagedStoreError if the error is of the file."""
        self.undo()
        failure = of_database(error, self.path)
        if failure is not None:
            raise failure from error

    def undo(self) -> None:
        """Roll back the changes since the last commit."""
        self.session.rollback()
        self.session.forget()
        self.connection.rollback()

    def write_log_back(self) -> None:
        """Write what is in the log to the file. Closing does it too, but holds all threads meanwhile."""
        self.session.rollback()
        with explaining(self.path):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def break_off(self) -> None:
        """Let the statement that another thread runs fail with StorageError, so that nothing is committed."""
        self.connection.interrupt()

    def close(self) -> None:
        self.session.close()
        self._engine.dispose()
        self.connection.close()


class Transaction:
    """The block of a transaction; a generator would take three times as long to enter and to leave."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> Session:
        return self._store.session

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self._store.commit()
        else:
            self._store.give_up(error)


def with_wal(image: bytes) -> bytes:
    """Return a SQLite file's bytes, marked as a file with a write-ahead log: opening it need not do so."""
    return image[:18] + WITH_WAL + image[20:]


def _without_wal(image: bytes) -> bytes:
    """Return a SQLite file's bytes, marked as a file without a write-ahead log."""
    return image[:18] + WITHOUT_WAL + image[20:]


def mark_without_wal(file: Path) -> None:
    """Mark a SQLite file as one without a write-ahead log: whoever opens it makes none."""
    _mark(file, WITHOUT_WAL)


def mark_with_wal(file: Path) -> None:
    """Mark a SQLite file as one with a write-ahead log: opening it need not do so."""
    _mark(file, WITH_WAL)


def _mark(file: Path, versions: bytes) -> None:
    with explaining(file), file.open("r+b") as opened:
        if opened.read(len(MAGIC)) == MAGIC:
            opened.seek(18)
            opened.write(versions)


def check_length(file: Path) -> None:
    """Raise IncompatibleStoreError unless a file begins as SQLite's do, and is as long as it says there.

    https://www.sqlite.org/fileformat2.html#the_database_header
    """
    with explaining(file), file.open("rb") as opened:
        head, size = opened.read(HEAD), opened.seek(0, SEEK_END)
    if not MAGIC.startswith(head[: len(MAGIC)]):
        raise IncompatibleStoreError("the file is no SQLite database")
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    is_told = head[24:28] == head[92:96]  # else the number of pages is of an earlier version of the file
    whole = pages * (65536 if page == 1 else page) if is_told else size
    if size < max(whole, HEAD):
        of = "" if size < HEAD else f" of its {whole}"
        raise IncompatibleStoreError(
            f"the file ends early: it has {size}{of} bytes; copy or download it again, to its end"
        )
    if whole < size:
        raise IncompatibleStoreError(f"the file goes on after the {whole} bytes of its database")


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _md5(text: str | None) -> str | None:
    return None if text is None else md5(text.encode(), usedforsecurity=False).hexdigest()


def _fits(expression: str, text: object) -> bool:
    """Return whether a text fits a regular expression somewhere; see patterns.py for what bounds it."""
    return isinstance(text, str) and pattern(expression).is_in(text)


def _is_spelled(text: str | None, said: str) -> bool:
    """Return whether stored JSON is the same as `said`, in which texts stand for all single values."""
    return text is not None and is_spelled(json.loads(text), _read(said))


_read = lru_cache(maxsize=100)(json.loads)


def _schema() -> list[str]:
    """Return the SQL statements that create the tables of all imported modules, and their indexes."""
    return _statements(tuple(SQLModel.metadata.tables))


def schema_fingerprint() -> int:
    """Return a number that changes whenever the definition of a table or index does."""
    return _fingerprint(tuple(SQLModel.metadata.tables))


@cache
def _statements(known: tuple[str, ...]) -> list[str]:
    """Return the statements of `_schema`, made once for these names of all tables."""
    tables = SQLModel.metadata.sorted_tables
    indexes = [index for table in tables for index in sorted(table.indexes, key=lambda one: str(one.name))]
    made: list[ExecutableDDLElement] = [*map(CreateTable, tables), *map(CreateIndex, indexes)]
    return [str(one.compile(dialect=shared_dialect())) for one in made]


@cache
def _fingerprint(known: tuple[str, ...]) -> int:
    return int.from_bytes(sha256("".join(_statements(known)).encode()).digest()[:3], "big")
