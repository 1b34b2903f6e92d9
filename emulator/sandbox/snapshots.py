"""Snapshots: whole sandboxes as SQLite files, including the events that wait in them."""

import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from emulator.engine.clock import EARLIEST, LATEST, Millis, machine_millis
from emulator.sandbox.inspection import reading
from emulator.storage.failures import IncompatibleStoreError, StorageError, explaining
from emulator.storage.shelf import END, writing_whole
from emulator.storage.store import Store

MOST_SNAPSHOTS = 1000


class UnknownSnapshotError(Exception):
    """There is no snapshot with this name."""


class TooManySnapshotsError(Exception):
    """There are MOST_SNAPSHOTS snapshots already."""


class SnapshotInTheWayError(Exception):
    """Under this name is a file that can not be used here, and nobody said that it may be replaced."""


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
    """The snapshots of a process, kept in a folder or compressed in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, Snapshot] = {}
        self._stamps: dict[str, Stamp] = {}
        """When each file was last changed, and its size: one that others change is looked at again."""
        self._packed: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._take_stock()

    def all(self) -> list[Snapshot]:
        """Return the snapshots, the oldest first, with those that can not be restored."""
        self._take_stock()
        return sorted(self._known.values(), key=lambda snapshot: (snapshot.taken_at, snapshot.name))

    def get(self, name: str) -> Snapshot:
        """Raises UnknownSnapshotError."""
        if name not in self._known:
            self._take_stock()
        if name not in self._known:
            listed = ", ".join([snapshot.name for snapshot in self.all()][:20])
            raise UnknownSnapshotError(f"There is no snapshot {name!r}. There are: {listed or 'none'}.")
        return self._known[name]

    def save(self, name: str, image: bytes, *, replace: bool = False) -> Snapshot:
        """Save a SQLite file under a name, in place of an earlier one of that name.

        A file that can not be used here, as another version wrote it, is replaced with `replace` alone.

        Raises IncompatibleStoreError, SnapshotInTheWayError and TooManySnapshotsError.
        """
        self._take_stock()
        snapshot = _described(name, image, machine_millis())
        earlier = self._known.get(name)
        if earlier is not None and earlier.problem is not None and not replace:
            raise SnapshotInTheWayError(
                f"Under {name!r} is a snapshot that can not be used here, and would be lost "
                f"({earlier.problem}). Take another name, delete it, or say `replace`."
            )
        if earlier is None and len(self._known) >= MOST_SNAPSHOTS:
            raise TooManySnapshotsError(f"There are {MOST_SNAPSHOTS} snapshots; delete one.")
        if self._folder is None:
            self._packed[name] = zlib.compress(image, 1)
        else:
            with writing_whole(self._file(name), image):
                pass
            self._stamps[name] = _stamp(self._file(name))
        self._known[name] = snapshot
        return snapshot

    def image(self, name: str) -> bytes:
        """Return a snapshot as the bytes of a SQLite file. Raises UnknownSnapshotError and StorageError."""
        self.get(name)
        if self._folder is None:
            return zlib.decompress(self._packed[name])
        with explaining(self._file(name)):
            return self._file(name).read_bytes()

    def delete(self, name: str) -> None:
        """Raises UnknownSnapshotError and StorageError."""
        self.get(name)
        if self._folder is not None:
            with explaining(self._file(name)):
                self._file(name).unlink(missing_ok=True)
        del self._known[name]
        self._packed.pop(name, None)

    def _file(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{name}{END}"

    def _take_stock(self) -> None:
        """Look which files are in the folder: others may have put them there, or taken them away."""
        if self._folder is None:
            return
        files = {file.stem: file for file in sorted(self._folder.glob(f"*{END}"))}
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
    """Return the description of a file that was in the folder; its problem, if it can not be used."""
    changed_ns, size = _stamp(file)
    taken_at = changed_ns // 1_000_000
    try:
        with explaining(file):
            return _described(file.stem, file.read_bytes(), taken_at)
    except (IncompatibleStoreError, StorageError) as error:
        return Snapshot(file.stem, taken_at, size, problem=str(error))


def _described(name: str, image: bytes, taken_at: Millis) -> Snapshot:
    """Return the description of a snapshot file. Raises IncompatibleStoreError unless it holds a sandbox."""
    with reading(), closing(Store.of_image(image)) as store:
        rows = store.connection.execute("SELECT name, clock_virtual FROM sandbox_state").fetchall()
        if len(rows) != 1:
            raise IncompatibleStoreError("the file holds no sandbox, or several")
        sandbox, at = rows[0]
        if not isinstance(sandbox, str) or not isinstance(at, int) or not EARLIEST <= at <= LATEST:
            raise IncompatibleStoreError("the file has a sandbox_state that the emulator does not write")
    return Snapshot(name, taken_at, len(image), sandbox, at)
