"""Where a closed database is kept: in a file, or as compressed bytes, a tenth of what it takes when open.

docs/decisions/0007-sandboxes.md says why.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from emulator.storage.failures import IncompatibleStoreError, explaining
from emulator.storage.store import Store, mark_with_wal, with_wal

END, DRAFT, SIDES = ".sqlite", ".draft", ("-wal", "-shm", "-journal")
"""How the names end of databases, of unfinished files, and of SQLite's files beside a database."""

LARGEST_PACKED = 8 * 1024 * 1024
"""The size in bytes above which a database is not worth packing, and stays open."""


class Shelf:
    """The place where one database is kept while it is closed."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        """The database's file; None where it is kept in memory."""
        self._packed = b""

    @property
    def is_empty(self) -> bool:
        return not self._packed if self.path is None else not self.path.exists()

    def take(self) -> Store:
        """Open and return the database. Raises IncompatibleStoreError and StorageError."""
        if self.path is None:
            return Store.of_image(zlib.decompress(self._packed))
        if not self.path.is_file():
            raise IncompatibleStoreError(f"{self.path}: is missing, or no file")
        store = Store(self.path)
        try:
            store.check_version()
        except IncompatibleStoreError:
            store.close()
            raise
        return store

    def put(self, store: Store) -> None:
        """Close the database, and keep its content."""
        if self.path is None:
            self._packed = self.form_of(store)
        store.close()

    def form_of(self, contents: Store) -> bytes:
        """Return the bytes in which a database is kept; to compress a large one in memory takes long."""
        image = contents.image()
        return zlib.compress(image, 1) if self.path is None else with_wal(image)

    @contextmanager
    def replacing(self, form: bytes) -> Iterator[None]:
        """Keep the database that `form_of` returned once the block is done; keep the old one if it raises.

        The old database must be closed meanwhile. Raises StorageError.
        """
        if self.path is None:
            yield
            self._packed = form
            return
        with writing_whole(self.path, form):
            yield
            self._remove_log()

    @contextmanager
    def replacing_by(self, draft: Path) -> Iterator[None]:
        """Keep the database in a draft once the block is done; keep the old one if it raises.

        The old database, which is in a file, and the draft must be closed meanwhile. Raises StorageError.
        """
        assert self.path is not None
        mark_with_wal(draft)
        yield
        self._remove_log()
        with explaining(self.path):
            draft.replace(self.path)

    def _remove_log(self) -> None:
        assert self.path is not None
        with explaining(self.path):
            for file in side_files(self.path):
                file.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the database. Raises StorageError."""
        self._packed = b""
        if self.path is not None:
            with explaining(self.path):
                remove(self.path)


@contextmanager
def writing_whole(file: Path, content: bytes) -> Iterator[None]:
    """Write a file by way of a draft, so that it has all of the content once the block is done.

    If the block or the writing fails, or the process is killed, it is not changed. Raises StorageError.
    """
    draft = file.with_suffix(DRAFT)
    try:
        with explaining(file):
            draft.write_bytes(content)
        yield
        with explaining(file):
            draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def remove(file: Path) -> None:
    """Delete a database: the file itself first, because without its log it may not be whole."""
    for one in (file, *side_files(file)):
        one.unlink(missing_ok=True)


def side_files(file: Path) -> list[Path]:
    """Return the files that SQLite may have beside a database."""
    return [file.with_name(file.name + end) for end in SIDES]
