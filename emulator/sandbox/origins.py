"""Origins: the templates of sandboxes that were seeded, each of its sandbox alone.

They are kept in the data folder or in memory. What takes long is done on other threads.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Protocol

from emulator.sandbox.aside import beside
from emulator.storage.drafts import copied, drafting, temporary
from emulator.storage.failures import IncompatibleStoreError, StorageError, explaining
from emulator.storage.folder import ORIGINS, DataFolder
from emulator.storage.shelf import LARGEST_PACKED, Shelf
from emulator.storage.store import Store


class Origin(Protocol):
    """The template of one sandbox."""

    def copied(self, draft: Path | None) -> Store:
        """Return a copy: a large one in the draft, if there is to be one. Raises StorageError."""

    def discard(self) -> None:
        """Delete it. Raises StorageError."""


class Origins:
    """The templates of all sandboxes that were seeded, by the names of the sandboxes."""

    def __init__(self, folder: DataFolder | None) -> None:
        self._folder = folder
        self._own: dict[str, Origin] = {}

    def open(self, sandboxes: Collection[str]) -> None:
        """Find what the data folder keeps. One without its sandbox is deleted: it would seed a namesake.

        What can not be used is set aside. Raises StorageError.
        """
        if self._folder is None:
            return
        for name in self._folder.names(ORIGINS):
            shelf = self._folder.shelf(ORIGINS, name)
            if name not in sandboxes:
                shelf.discard()
                continue
            try:
                with closing(shelf.take()) as store:
                    store.check_pages()
            except IncompatibleStoreError as error:
                self._folder.set_aside(ORIGINS, name, f"the accounts of sandbox {name}: {error.fact}")
            else:
                self._own[name] = OriginInFile(shelf)

    def of(self, name: str) -> Origin | None:
        return self._own.get(name)

    @asynccontextmanager
    async def replacing(self, name: str, template: Store) -> AsyncIterator[None]:
        """Let a sandbox have another template once the block is done; if it raises, the one that it has.

        Raises StorageError.
        """
        old = self._own.get(name)
        if self._folder is None:
            origin: Origin = await beside(partial(OriginInMemory, template))
            try:
                yield
            except BaseException:
                origin.discard()
                raise
            if old is not None:
                await beside(old.discard)
        else:
            shelf = self._folder.shelf(ORIGINS, name)
            async with drafting(_made(shelf)) as draft:
                await beside(partial(template.write_draft, draft))
                with shelf.replacing_by(draft):
                    yield
            origin = OriginInFile(shelf)
        self._own[name] = origin

    async def discard(self, name: str) -> None:
        """Delete the template of a sandbox that is deleted, if it has its own. Raises StorageError."""
        origin = self._own.pop(name, None)
        if origin is not None:
            await beside(origin.discard)

    def set_aside(self, name: str) -> None:
        """Set the template aside of a sandbox in the data folder that is set aside itself."""
        if self._folder is not None and self._own.pop(name, None) is not None:
            self._folder.set_aside(ORIGINS, name, f"accounts of sandbox {name}")


class OriginInFile:
    """A template in the data folder."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def copied(self, draft: Path | None) -> Store:
        with closing(self._shelf.take()) as template:
            return copied(template, draft)

    def discard(self) -> None:
        self._shelf.discard()


class OriginInMemory:
    """A template that is kept packed; a large one in a temporary file, if there can be one."""

    def __init__(self, template: Store) -> None:
        self._packed, self._file = Shelf(None), _in_file(template)
        if self._file is None:
            with self._packed.replacing(self._packed.form_of(template)):
                pass

    def copied(self, _: Path | None) -> Store:
        return self._packed.take() if self._file is None else self._file.copy()

    def discard(self) -> None:
        self._packed.discard()
        if self._file is not None:
            self._file.close()


def _in_file(template: Store) -> Store | None:
    if template.size <= LARGEST_PACKED:
        return None
    try:
        return temporary(template.write_draft)
    except StorageError:
        return None


def _made(shelf: Shelf) -> Path:
    """Return the folder of a shelf that has one; it is made if it is not there."""
    assert shelf.path is not None
    with explaining(shelf.path):
        shelf.path.parent.mkdir(exist_ok=True)
    return shelf.path.parent
