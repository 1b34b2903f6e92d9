"""What goes wrong with files: a full disk, a folder that can not be written to, a damaged database.

SQLite and the operating system report it in many ways. Here it becomes one of a few exceptions, whose text
names the file and says what to do.
"""

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StorageError(Exception):
    """A file can not be read or written now, whatever is in it. The text says which, why, and what to do."""


class DiskFullError(StorageError):
    """There is no room for what was to be written."""


class IncompatibleStoreError(Exception):
    """A database file was written by another version of the emulator, or is not usable. The text says why."""

    def __init__(self, fact: str, advice: str = "") -> None:
        super().__init__(f"{fact}; {advice}" if advice else fact)
        self.fact = fact
        """The text without the advice, for callers that have followed it already or give another one."""


class DamagedStoreError(IncompatibleStoreError):
    """A database that is in use turned out to be damaged. The text says which, and what to do."""


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
MISSING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EEXIST})
OF_DISKS = FULL | FORBIDDEN | MISSING | {errno.EROFS, errno.EIO, errno.EISDIR}
"""The numbers of an OSError that are about files; the others are about connections and processes."""
TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})
"""The numbers for too many open files or connections: about a file if its path is known."""

IN_USE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
REFUSED = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_INTERRUPT,  # long work was broken off, as the emulator ends
    }
)


def explained(error: BaseException, path: Path | None = None) -> Exception | None:
    """Return the exception to raise for an error about a file; None for an error about something else.

    A path of None stands for a database in memory, or for the file that an OSError names.
    """
    if isinstance(error, OSError):
        named = path or (Path(os.fsdecode(error.filename)) if error.filename else None)
        is_of_file = error.errno in OF_DISKS or (path is not None and error.errno in TOO_MANY)
        return _of_system(error, named) if is_of_file else None
    return of_database(error, path)


def is_of_storage(error: Exception) -> bool:
    """Return whether an error is a failure of a file, not of the work itself."""
    return isinstance(error, StorageError | DamagedStoreError) or explained(error) is not None


def of_database(error: BaseException, path: Path | None) -> Exception | None:
    """Return the exception for an error of SQLite about the file at `path`; None for one of a statement."""
    cause = getattr(error, "orig", error)  # SQLAlchemy wraps what SQLite raises
    if not isinstance(cause, sqlite3.Error):
        return None
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the higher bits tell details
    if code == sqlite3.SQLITE_FULL:
        return full(path, str(cause))
    if code in DAMAGED or "Could not decode to UTF-8" in str(cause):
        return damaged(path, str(cause))
    if code in IN_USE:
        return StorageError(
            f"{path}: in use by another emulator ({cause}); stop that one, or use another folder"
        )
    if code in REFUSED:
        return _refused(path, str(cause))
    return None


def damaged(path: Path | None, reason: str) -> DamagedStoreError:
    return DamagedStoreError(
        f"{path or 'the database in memory'}: is damaged, or no database ({reason})", "reset its sandbox"
    )


@contextmanager
def explaining(path: Path | None = None) -> Iterator[None]:
    """Raise StorageError or DamagedStoreError for errors of the block about the file at `path`."""
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite's message about a broken schema quotes it
        raise damaged(path, "its schema is no text") from error
    except (sqlite3.Error, OSError) as error:
        found = explained(error, path)
        if found is None:
            raise
        raise found from error


def _of_system(error: OSError, path: Path | None) -> StorageError:
    file, reason = path or "a file", error.strerror or str(error)
    if error.errno in FULL:
        return DiskFullError(f"{file}: the disk is full ({reason}); make room on it")
    if error.errno in TOO_MANY:
        return StorageError(f"{file}: too many files and connections are open ({reason}); allow more of them")
    if error.errno == errno.EROFS:
        return StorageError(f"{file}: the file system can only be read ({reason})")
    if error.errno in FORBIDDEN:
        return StorageError(f"{file}: {not_allowed(path)} ({reason})")
    if error.errno in MISSING:
        return StorageError(f"{file}: it, or a folder above it, is missing or no folder ({reason})")
    return StorageError(f"{file}: {reason}")


def full(path: Path | None, reason: str) -> DiskFullError:
    """Return the exception for a full database, at a path or in memory."""
    if path is None:
        return DiskFullError(
            f"the database in memory is full ({reason}); start with --data to keep more than 1 GiB"
        )
    return DiskFullError(f"{path}: the disk is full ({reason}); make room on it")


def _refused(path: Path | None, reason: str) -> StorageError:
    """Return the exception for a file that SQLite can not use, with the reason: SQLite hardly names it."""
    if path is None:
        return StorageError(f"the database in memory can not be used ({reason})")
    if not path.parent.is_dir():
        return StorageError(f"{path}: its folder is gone ({reason})")
    if _can_only_be_read(path.parent):
        return StorageError(f"{path}: the file system can only be read ({reason})")
    mine = [place for place in (path.parent, path) if place.exists() and not _is_writable(place)]
    if mine:
        return StorageError(f"{path}: {not_allowed(mine[0])} ({reason})")
    return StorageError(f"{path}: can not be read or written ({reason})")


def _can_only_be_read(folder: Path) -> bool:
    return sys.platform != "win32" and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _is_writable(place: Path) -> bool:
    return os.access(place, os.R_OK | os.W_OK | (os.X_OK if place.is_dir() else 0))


def not_allowed(path: Path | None) -> str:
    """Return in words which user may not read or write a path, and whom it belongs to."""
    if path is None or sys.platform == "win32":
        return "may not be read or written by the user that the emulator runs as"
    place = next((one for one in (path, *path.absolute().parents) if one.exists()), path)
    kept = place.stat()
    return (
        f"may not be read or written by uid {os.getuid()}, which the emulator runs as; "
        f"{place} belongs to uid {kept.st_uid}, with mode {kept.st_mode & 0o777:o}"
    )
