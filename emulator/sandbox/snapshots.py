"""Snapshots: whole sandboxes as SQLite files, including the events that wait in them."""

import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path

from emulator.engine.clock import Millis, machine_millis
from emulator.storage.failures import IncompatibleStoreError
from emulator.storage.shelf import writing_whole
from emulator.storage.store import Store

MOST_SNAPSHOTS = 1000


class UnknownSnapshotError(Exception):
    """There is no snapshot with this name."""


class TooManySnapshotsError(Exception):
    """There are MOST_SNAPSHOTS snapshots already."""


@dataclass(frozen=True)
class Snapshot:
    """The description of a snapshot."""

    name: str
    sandbox: str
    """The name of the sandbox that it was taken of."""
    at: Millis
    """The time of the sandbox's clock when it was taken."""
    taken_at: Millis
    """When it was taken, in the machine's time."""
    size: int
    """The size of the file in bytes."""


class Snapshots:
    """The snapshots of a process, kept in a folder or compressed in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, Snapshot] = {}
        self._packed: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for file in sorted(folder.glob("*.sqlite")):
                self._find_out(file)

    def all(self) -> list[Snapshot]:
        """Return the snapshots, the oldest first."""
        return sorted(self._known.values(), key=lambda snapshot: (snapshot.taken_at, snapshot.name))

    def get(self, name: str) -> Snapshot:
        """Raises UnknownSnapshotError."""
        if name not in self._known:
            listed = ", ".join([snapshot.name for snapshot in self.all()][:20])
            raise UnknownSnapshotError(f"There is no snapshot {name!r}. There are: {listed or 'none'}.")
        return self._known[name]

    def save(self, name: str, image: bytes) -> Snapshot:
        """Save a SQLite file under a name, in place of an earlier one of that name.

        Raises IncompatibleStoreError and TooManySnapshotsError.
        """
        snapshot = described(name, image, machine_millis())
        if name not in self._known and len(self._known) >= MOST_SNAPSHOTS:
            raise TooManySnapshotsError(f"There are {MOST_SNAPSHOTS} snapshots; delete one.")
        if self._folder is None:
            self._packed[name] = zlib.compress(image, 1)
        else:
            with writing_whole(self._folder / f"{name}.sqlite", image):
                pass
        self._known[name] = snapshot
        return snapshot

    def image(self, name: str) -> bytes:
        """Return a snapshot as the bytes of a SQLite file. Raises UnknownSnapshotError."""
        self.get(name)
        if self._folder is None:
            return zlib.decompress(self._packed[name])
        return (self._folder / f"{name}.sqlite").read_bytes()

    def delete(self, name: str) -> None:
        """Raises UnknownSnapshotError."""
        self.get(name)
        del self._known[name]
        self._packed.pop(name, None)
        if self._folder is not None:
            (self._folder / f"{name}.sqlite").unlink(missing_ok=True)

    def _find_out(self, file: Path) -> None:
        """List a file of an earlier run; one of another version stays where it is, but is not listed."""
        try:
            taken_at = int(file.stat().st_mtime * 1000)
            self._known[file.stem] = described(file.stem, file.read_bytes(), taken_at)
        except IncompatibleStoreError:
            return


def described(name: str, image: bytes, taken_at: Millis) -> Snapshot:
    """Return the description of a snapshot file. Raises IncompatibleStoreError unless it holds a sandbox."""
    store = Store.of_image(image)
    try:
        row = store.execute("SELECT name, clock_virtual FROM sandbox_state").fetchone()
        sandbox, at = row
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise IncompatibleStoreError(f"the file holds no sandbox ({error})") from error
    finally:
        store.close()
    return Snapshot(name, str(sandbox), int(at), taken_at, len(image))
