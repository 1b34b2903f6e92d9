"""Where a closed database is kept: in a file, or as compressed bytes, a tenth of what it takes when open.

docs/decisions/0007-sandboxes.md says why.
"""

import zlib
from pathlib import Path

from emulator.storage.store import Store


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
        """Open and return the database, a new one if the shelf is empty. Raises IncompatibleStoreError."""
        if self.path is not None or not self._packed:
            return Store(self.path)
        return Store.of_image(zlib.decompress(self._packed))

    def put(self, store: Store) -> None:
        """Close the database, and keep its content."""
        if self.path is None:
            self._packed = zlib.compress(store.image(), 1)
        store.close()

    def replace(self, contents: Store) -> None:
        """Close a store in memory, and keep its content in place of the earlier one."""
        if self.path is None:
            self.put(contents)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = Store(self.path)
        kept.copy_from(contents)
        kept.close()
        contents.close()

    def discard(self) -> None:
        """Delete what is kept."""
        self._packed = b""
        if self.path is not None:
            for name in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
                name.unlink(missing_ok=True)
