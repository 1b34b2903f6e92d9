"""Templates that stay between starts: databases in a folder of the user's, by a digest of what made them.

Loading fixtures takes a fifth of a start; docs/decisions/0038-templates-that-stay.md says what the digest
covers. A file that can not be used counts as absent, and one that can not be written is done without.
"""

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from hashlib import sha256
from os import SEEK_END
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from emulator.engine.clock import Millis
from emulator.storage.drafts import LARGE, temporary, unfinished
from emulator.storage.failures import IncompatibleStoreError, StorageError
from emulator.storage.store import Store

MOST_KEPT = 20
"""How many templates are kept; those that were not used for longest are deleted."""

PACKAGE = Path(__file__).parents[1]
INSTANT, DIGEST = 8, 32
"""Bytes that follow the database in a file: when the template was built, in milliseconds; and the digest of
everything before it."""

CHUNK = 1024 * 1024
"""How many bytes are read at once."""

Kept = tuple[Millis, Store]
"""A template with the instant for which it was built."""


class TemplateCache:
    """The templates in a folder; with None, none are kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, key: str) -> Kept | None:
        """Return the template that was kept under a key, None if there is none that can be used."""
        if self._folder is None:
            return None
        try:
            with (self._folder / key).open("rb") as file:
                kept = _read(file)
            os.utime(self._folder / key)
        except (OSError, IncompatibleStoreError, StorageError):
            return None
        return kept

    def keep(self, key: str, instant: Millis, template: Store) -> None:
        """Keep a template that was built for an instant."""
        if self._folder is None:
            return
        with suppress(OSError, StorageError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(key, instant, template)
            for old in sorted(self._folder.iterdir(), key=lambda file: -file.stat().st_mtime)[MOST_KEPT:]:
                old.unlink(missing_ok=True)

    def _write(self, key: str, instant: Millis, template: Store) -> None:
        assert self._folder is not None
        with NamedTemporaryFile(dir=self._folder, delete=False) as file, unfinished(Path(file.name)):
            try:
                if template.size <= LARGE:
                    file.write(template.image())
                else:
                    template.write_draft(Path(file.name))
                file.seek(0, SEEK_END)
                file.write(instant.to_bytes(INSTANT, signed=True))
                file.write(_digest(file, file.tell()))
                file.close()
                Path(file.name).replace(self._folder / key)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise


def _read(file: IO[bytes]) -> Kept | None:
    """Return the template in a file, None if it is damaged. Raises IncompatibleStoreError, StorageError."""
    size = file.seek(0, SEEK_END) - INSTANT - DIGEST
    if size < 0 or _digest(file, size + INSTANT) != file.read():
        return None
    file.seek(size)
    instant = int.from_bytes(file.read(INSTANT), signed=True)
    file.seek(0)
    if size <= LARGE:
        return instant, Store.of_image(file.read(size), is_own=True)
    return instant, temporary(partial(_copy, file, size))


def _digest(file: IO[bytes], end: int) -> bytes:
    """Return the digest of a file's first `end` bytes; reading goes on behind them."""
    digest = sha256()
    file.seek(0)
    for chunk in _chunks(file, end):
        digest.update(chunk)
    return digest.digest()


def _copy(file: IO[bytes], size: int, place: Path) -> None:
    with place.open("wb") as copy:
        copy.writelines(_chunks(file, size))


def _chunks(file: IO[bytes], size: int) -> Iterator[bytes]:
    for begin in range(0, size, CHUNK):
        yield file.read(min(CHUNK, size - begin))


def usual_folder() -> Path | None:
    """Return the emulator's folder among the user's caches; None if the user has no home."""
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        place = str(Path("~/Library/Caches").expanduser())
    else:
        place = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(place) / "messaging-emulator" if place and Path(place).is_absolute() else None


def key_of(fixtures: Iterable[Path], *facts: object) -> str:
    """Return the key of the template that this code, on this machine, makes of fixture files and some facts.

    The code counts by the sizes and times of its files, as for Python's own cache of it; fixtures by their
    content. Raises OSError where one can not be read.
    """
    digest = sha256(repr((sys.version, sqlite3.sqlite_version, facts)).encode())
    for file in _files(PACKAGE):
        if file.name.endswith((".py", ".json")):
            status = file.stat()
            digest.update(f"{file.path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    for fixture in fixtures:
        content = fixture.read_bytes()
        digest.update(f"{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield all files below a folder in the order of their names."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        else:
            yield entry
