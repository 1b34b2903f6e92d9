"""Snapshots: whole sandboxes as SQLite files, including the events that wait in them.

All of it may take long, and is done on other threads: `Snapshots` may be used by several at a time.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, BinaryIO
from urllib.parse import quote

from emulator.engine.clock import EARLIEST, LATEST, Millis, machine_millis
from emulator.sandbox.inspection import reading
from emulator.storage.failures import IncompatibleStoreError, StorageError, explaining
from emulator.storage.folder import files_in
from emulator.storage.shelf import END
from emulator.storage.store import check_length, schema_fingerprint

MOST_SNAPSHOTS = 1000

CHUNK = 1024 * 1024
"""How many bytes of a file are read at a time."""


class UnknownSnapshotError(Exception):
    """There is no snapshot with this name."""


class TooManySnapshotsError(Exception):
    """There are MOST_SNAPSHOTS snapshots already."""


class SnapshotInTheWayError(Exception):
    """A file with this name can not be used here, and may not be replaced without `replace`."""


Stamp = tuple[int, int]


@dataclass(frozen=True)
class Snapshot:
    """The description of a snapshot."""

    name: str
    taken_at: Millis
    """When it was taken, in the machine's time."""
    size: int
    """The size of the file in bytes."""
    sandbox: str | None = None
    """The name of the sandbox that it was taken of; None where the file does not tell."""
    at: Millis | None = None
    """The time of the sandbox's clock when it was taken."""
    problem: str | None = None
    """Why it can not be restored; None where nothing is known against it."""


class Snapshots:
    """The snapshots of a process, kept in a folder or compressed in memory.

    A folder is read only when somebody asks for its snapshots, and then only what a list shows.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._lock = RLock()
        self._known: dict[str, Snapshot] = {}
        self._stamps: dict[str, Stamp] = {}
        """When each file was last changed, and its size: a file that others have changed is read again."""
        self._packed: dict[str, list[bytes]] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def all(self) -> list[Snapshot]:
        """Return the snapshots, the oldest first, also what can not be restored. Raises StorageError."""
        with self._lock:
            self._take_stock()
            return sorted(self._known.values(), key=lambda snapshot: (snapshot.taken_at, snapshot.name))

    def get(self, name: str) -> Snapshot:
        """Raises UnknownSnapshotError and StorageError."""
        with self._lock:
            if name not in self._known:
                self._take_stock()
            if name not in self._known:
                listed = ", ".join([snapshot.name for snapshot in self.all()][:20])
                raise UnknownSnapshotError(f"There is no snapshot {name!r}. There are: {listed or 'none'}.")
            return self._known[name]

    def check_place(self, name: str, *, replace: bool = False) -> None:
        """Raise unless a snapshot can be saved under a name, in place of an earlier one of that name.

        A file that can not be used here, such as one of another version, is replaced only with `replace`.

        Raises SnapshotInTheWayError, TooManySnapshotsError and StorageError.
        """
        with self._lock:
            self._take_stock()
            earlier = self._known.get(name)
            if earlier is not None and earlier.problem is not None and not replace:
                raise SnapshotInTheWayError(
                    f"Under {name!r} is a snapshot that can not be used here, and would be lost "
                    f"({earlier.problem}). Take another name, delete it, or say `replace`."
                )
            if earlier is None and len(self._known) >= MOST_SNAPSHOTS:
                raise TooManySnapshotsError(f"There are {MOST_SNAPSHOTS} snapshots; delete one.")

    def save(self, name: str, draft: Path, *, replace: bool = False) -> Snapshot:
        """Save a draft under a name: it is moved to the folder of snapshots or, without one, packed.

        Raises IncompatibleStoreError, StorageError, and what `check_place` does.
        """
        snapshot = _described(name, draft, machine_millis())
        packed = [] if self.folder is not None else list(_pack(draft))
        with self._lock:
            self.check_place(name, replace=replace)
            if self.folder is None:
                self._packed[name] = packed
            else:
                with explaining(self._file(name)):
                    draft.replace(self._file(name))
                self._stamps[name] = _stamp(self._file(name))
            self._known[name] = snapshot
        return snapshot

    def write(self, name: str, draft: Path) -> None:
        """Write a snapshot to a draft. Raises UnknownSnapshotError and StorageError."""
        content = self.content(name)[1]
        with explaining(draft), draft.open("wb") as opened:
            for chunk in content:
                opened.write(chunk)

    def content(self, name: str) -> tuple[int, Iterator[bytes]]:
        """Return the size of a snapshot's file, and its bytes, which do not change if the snapshot does.

        Raises UnknownSnapshotError and StorageError.
        """
        with self._lock:
            snapshot = self.get(name)
            if self.folder is None:
                return snapshot.size, _unpack(self._packed[name])
            with explaining(self._file(name)):
                opened = self._file(name).open("rb")
                return opened.seek(0, 2), _chunks(opened)

    def delete(self, name: str) -> None:
        """Raises UnknownSnapshotError and StorageError."""
        with self._lock:
            self.get(name)
            if self.folder is not None:
                with explaining(self._file(name)):
                    self._file(name).unlink(missing_ok=True)
            del self._known[name]
            self._packed.pop(name, None)

    def _file(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{name}{END}"

    def _take_stock(self) -> None:
        """Look which files are in the folder: others may have put them there, or taken them away."""
        if self.folder is None:
            return
        files = {file.stem: file for file in files_in(self.folder, END)}
        for name in self._known.keys() - files.keys():
            del self._known[name]
        for name, file in files.items():
            stamp = _stamp(file)
            if name not in self._known or stamp != self._stamps.get(name):
                self._known[name], self._stamps[name] = _found(file), stamp


def _stamp(file: Path) -> Stamp:
    try:
        kept = file.stat()
    except OSError:
        return 0, 0
    return kept.st_mtime_ns, kept.st_size


def _found(file: Path) -> Snapshot:
    """Return the description of a file in the folder, with its problem if it can not be used."""
    changed_ns, size = _stamp(file)
    taken_at = changed_ns // 1_000_000
    try:
        with explaining(file):
            return _described(file.stem, file, taken_at)
    except (IncompatibleStoreError, StorageError) as error:
        return Snapshot(file.stem, taken_at, size, problem=getattr(error, "fact", str(error)))


def _described(name: str, file: Path, taken_at: Millis) -> Snapshot:
    """Return the description of a snapshot's file, reading only a few of its pages.

    Raises IncompatibleStoreError if they show that it holds no sandbox that can be used.
    """
    check_length(file)
    place = f"file:{quote(str(file))}?mode=ro&immutable=1"
    with reading(), closing(sqlite3.connect(place, uri=True)) as database:
        if _pragma(database, "encoding") != "UTF-8":
            raise IncompatibleStoreError("the file has its texts in another encoding than UTF-8")
        if _pragma(database, "user_version") != schema_fingerprint():
            raise IncompatibleStoreError("the file was written by another version of the emulator")
        rows = database.execute("SELECT name, clock_virtual FROM sandbox_state").fetchall()
        if len(rows) != 1:
            raise IncompatibleStoreError("the file holds no sandbox, or several")
        sandbox, at = rows[0]
        if not isinstance(sandbox, str) or not isinstance(at, int) or not EARLIEST <= at <= LATEST:
            raise IncompatibleStoreError("the file has a sandbox_state that the emulator does not write")
    return Snapshot(name, taken_at, file.stat().st_size, sandbox, at)


def _pragma(database: sqlite3.Connection, name: str) -> Any:
    return database.execute(f"PRAGMA {name}").fetchone()[0]


def _chunks(opened: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a file from its beginning, and close it."""
    with opened:
        opened.seek(0)
        while chunk := opened.read(CHUNK):
            yield chunk


def _pack(file: Path) -> Iterator[bytes]:
    with explaining(file):
        packer = zlib.compressobj(1)
        yield from (packer.compress(chunk) for chunk in _chunks(file.open("rb")))
        yield packer.flush()


def _unpack(packed: Sequence[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for one in packed:
        chunk = unpacker.decompress(one, CHUNK)
        while chunk:
            yield chunk
            chunk = unpacker.decompress(unpacker.unconsumed_tail, CHUNK)
