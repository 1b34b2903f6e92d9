"""Drafts: files of databases that are worked on before they take their place.

A snapshot of a large sandbox is as large as the sandbox. It is written, looked through and changed as a file,
which takes hardly any memory, and on another thread.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import gettempdir

from emulator.storage.failures import DamagedStoreError, IncompatibleStoreError, StorageError, explaining
from emulator.storage.shelf import DRAFT
from emulator.storage.store import PAGE, Store, check_length, mark_without_wal

LARGE = 32 * 1024 * 1024
"""The size in bytes above which a database that is only read is better in a file than in memory."""

_numbers = count(1)
_unfinished = set[Path]()


@asynccontextmanager
async def drafting(folder: Path | None) -> AsyncIterator[Path]:
    """Yield the path of a new draft, in the folder or, without one, among temporary files.

    If it is still there after the block, it is deleted. Raises StorageError.
    """
    draft = _place(folder) / f"emulator-{os.getpid()}-{next(_numbers)}{DRAFT}"
    with unfinished(draft):
        try:
            yield draft
        finally:
            with suppress(OSError):
                if draft.exists():
                    await asyncio.to_thread(draft.unlink, missing_ok=True)


@contextmanager
def unfinished(file: Path) -> Iterator[None]:
    """Have `remove_unfinished` delete a file if the process ends before the block does."""
    _unfinished.add(file)
    try:
        yield
    finally:
        _unfinished.discard(file)


def remove_unfinished() -> None:
    """Delete the files that other threads still write, whose results nobody awaits as the process ends."""
    for file in list(_unfinished):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def open_draft(file: Path) -> Store:
    """Open a SQLite file, from wherever it is, as a draft. Raises IncompatibleStoreError and StorageError."""
    check_length(file)
    mark_without_wal(file)
    try:
        store = Store(file, is_draft=True)
        try:
            with explaining(file):
                _make_usable(store)
        except BaseException:
            store.close()
            raise
    except DamagedStoreError as error:
        raise IncompatibleStoreError(f"the file is no usable SQLite database ({error.__cause__})") from error
    return store


def laid_aside(store: Store) -> Store:
    """Move a large store to a temporary file, which takes hardly any memory; return the store to use.

    The store in memory is closed then. A small one, or one whose file can not be written, is returned as it
    is.
    """
    if store.size <= LARGE or store.path is not None:
        return store
    try:
        made = temporary(store.write_draft)
    except StorageError:
        return store
    store.close()
    return made


def copied(store: Store, draft: Path | None) -> Store:
    """Return a copy of a store: a large one in the file `draft` if one is given, any other in memory.

    Raises StorageError.
    """
    if draft is None or store.size <= LARGE:
        return store.copy()
    store.write_draft(draft)
    return open_draft(draft)


def temporary(write: Callable[[Path], object]) -> Store:
    """Return a database in a temporary file, which `write` fills and which is deleted when it is closed.

    Raises IncompatibleStoreError and StorageError.
    """
    file = _place(None) / f"emulator-{os.getpid()}-{next(_numbers)}{DRAFT}"
    with unfinished(file):
        try:
            with explaining(file):
                write(file)
            return open_draft(file)
        finally:
            with suppress(OSError):  # so nothing is left by a kill later; Windows keeps what is open
                file.unlink(missing_ok=True)


def _make_usable(draft: Store) -> None:
    """Check that a draft is of this version; give it pages of our size, as a database in memory has them."""
    if draft.connection.execute("PRAGMA encoding").fetchone() != ("UTF-8",):
        raise IncompatibleStoreError("the file has its texts in another encoding than UTF-8")
    draft.check_version()
    if draft.connection.execute("PRAGMA page_size").fetchone() != (PAGE,):
        draft.connection.execute(f"PRAGMA page_size = {PAGE}")
        draft.connection.execute("VACUUM")


def _place(folder: Path | None) -> Path:
    if folder is not None:
        return folder
    try:
        return Path(gettempdir())
    except FileNotFoundError as error:
        raise StorageError(
            "there is no folder for temporary files, which snapshots are made in; set TMPDIR to one"
        ) from error
