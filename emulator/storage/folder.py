"""The data folder: the files of sandboxes, and the lock that keeps a second emulator out.

The next start succeeds, whatever a killed process has left: files appear whole, drafts are removed, and a
database without contents counts as absent (docs/decisions/0020-data-folder.md).
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from emulator.storage.failures import explaining
from emulator.storage.shelf import DRAFT, END, SIDES, Shelf, remove, side_files

SANDBOXES, ORIGINS, SNAPSHOTS, SET_ASIDE = ".", "origins", "snapshots", "set-aside"
LOCK = "lock"

LARGEST_HOLLOW = 64 * 1024
"""The size in bytes up to which a database may be empty: that of a sandbox is four times as large."""

PROBE = bytes(64 * 1024)
"""The bytes that are written to find out whether the folder can be written to."""

logger = logging.getLogger("emulator")


class DataFolder:
    """A data folder that this process has for itself. Raises StorageError where it can not be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with explaining(path):
            path.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(path / LOCK)
        try:
            for folder in (SANDBOXES, ORIGINS, SNAPSHOTS):
                with explaining(path / folder):
                    _clear_up(path / folder)
        except BaseException:
            self.close()
            raise

    def names(self, folder: str) -> list[str]:
        """Return the names of the databases in a folder. Raises StorageError."""
        return [file.stem for file in files_in(self.path / folder, END)]

    def shelf(self, folder: str, name: str) -> Shelf:
        return Shelf(self.path / folder / f"{name}{END}")

    def set_aside(self, folder: str, name: str, reason: str) -> None:
        """Move a database that can not be used out of the way, and log why and where to."""
        file = self.path / folder / f"{name}{END}"
        with explaining(file):
            free = next(
                place for place in _places(self.path / SET_ASIDE / folder, name) if not place.exists()
            )
            free.mkdir(parents=True)
            for one in (*side_files(file), file):
                if one.exists() or one.is_symlink():
                    one.rename(free / one.name)
        logger.error("%s; it was moved to %s, and the start goes on without it", reason, free)

    def check(self) -> None:
        """Raise StorageError unless the folder can be written to."""
        probe = self.path / f"probe{DRAFT}"
        with explaining(self.path):
            try:
                probe.write_bytes(PROBE)
            finally:
                with suppress(OSError):
                    probe.unlink()

    def close(self) -> None:
        """Release the folder for other processes."""
        self._lock.close()


def files_in(folder: Path, end: str) -> list[Path]:
    """Return the files of a folder whose names end with `end`, sorted; none if there is no such folder.

    Raises StorageError if it can not be read, where `Path.glob` would return nothing.
    """
    with explaining(folder), suppress(FileNotFoundError):
        return sorted(file for file in folder.iterdir() if file.name.endswith(end))
    return []


def _locked(file: Path) -> sqlite3.Connection:
    """Return a connection that holds a lock until it is closed, or its process ends."""
    with explaining(file):
        file.touch()
        lock = sqlite3.connect(file, timeout=1, isolation_level=None, check_same_thread=False)
        try:
            lock.execute("PRAGMA journal_mode = MEMORY")
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            lock.close()
            raise
    return lock


def _clear_up(folder: Path) -> None:
    """Remove what killed processes have left: drafts, databases without contents, logs without a database."""
    for draft in files_in(folder, DRAFT):
        draft.unlink()
    for file in files_in(folder, END):
        if _is_hollow(file):
            logger.warning("%s: has no contents, and counts as absent", file)
            remove(file)
    for end in SIDES:
        for log in files_in(folder, f"{END}{end}"):
            if not log.with_name(log.name.removesuffix(end)).exists():
                log.unlink()


def _is_hollow(file: Path) -> bool:
    """Return whether a file is a database without a table, such as one that was never filled."""
    if not file.is_file() or file.stat().st_size > LARGEST_HOLLOW:
        return False
    try:
        with closing(sqlite3.connect(file, timeout=1)) as database:
            return bool(database.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0])
    except sqlite3.DatabaseError:
        return False


def _places(folder: Path, name: str) -> Iterator[Path]:
    return (folder / (name if number == 1 else f"{name}-{number}") for number in count(1))
