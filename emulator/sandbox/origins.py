"""Origins: the templates of seeded sandboxes, each for one sandbox alone.

They are kept in the data folder or in memory. Long work is done on other threads.
"""

from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from emulator.sandbox.aside import beside
from emulator.storage.drafts import copied, drafting, temporary
from emulator.storage.failures import IncompatibleStoreError, StorageError, explaining
from emulator.storage.folder import ORIGINS, DataFolder
from emulator.storage.shelf import LARGEST_PACKED, Shelf
from emulator.storage.store import Store

NO_ORIGIN = 0
"""The number of sandboxes that were never seeded."""

SEEDED = "~"
"""The separator between the name of a sandbox, which can not have it, and the number of its template."""


class Origin(Protocol):
    """The template of one sandbox."""

    def copied(self, draft: Path | None) -> Store:
        """Return a copy: a large one in the file `draft`, if one is given. Raises StorageError."""

    def discard(self) -> None:
        """Delete it. Raises StorageError."""


class Origins:
    """The templates of all sandboxes that were seeded, by the sandboxes' names and a number for each seed.

    A sandbox's plan has the number of its template, so that one file changes both its content and what it is
    reset to. A process that is killed may leave templates that no plan names.
    """

    def __init__(self, folder: DataFolder | None) -> None:
        self._folder = folder
        self._own: dict[tuple[str, int], Origin] = {}

    def open(self, numbers: Mapping[str, int], aside: Collection[str]) -> None:
        """Open the templates in the data folder, given each sandbox's number and the sandboxes set aside.

        Templates of sandboxes set aside, and those that can not be used, are set aside, too; other templates
        that no plan names are deleted. Raises StorageError.
        """
        if self._folder is None:
            return
        for name in self._folder.names(ORIGINS):
            sandbox, _, number = name.partition(SEEDED)
            shelf = self._folder.shelf(ORIGINS, name)
            if sandbox in aside:
                self._folder.set_aside(ORIGINS, name, f"accounts of sandbox {sandbox}")
            elif number != str(numbers.get(sandbox, NO_ORIGIN)):
                shelf.discard()
            else:
                self._open(sandbox, int(number), shelf, self._folder)

    def _open(self, sandbox: str, number: int, shelf: Shelf, folder: DataFolder) -> None:
        try:
            with closing(shelf.take()) as store:
                store.check_pages()
        except IncompatibleStoreError as error:
            reason = f"the accounts of sandbox {sandbox}: {error.fact}"
            folder.set_aside(ORIGINS, _file_name(sandbox, number), reason)
        else:
            self._own[sandbox, number] = OriginInFile(shelf)

    def of(self, sandbox: str, number: int) -> Origin | None:
        return self._own.get((sandbox, number))

    async def add(self, sandbox: str, number: int, template: Store) -> None:
        """Keep a template, which belongs to no sandbox until a plan has its number. Raises StorageError."""
        if self._folder is None:
            self._own[sandbox, number] = await beside(partial(OriginInMemory, template))
            return
        shelf = self._folder.shelf(ORIGINS, _file_name(sandbox, number))
        async with drafting(_made(shelf)) as draft:
            await beside(partial(template.write_draft, draft))
            with shelf.replacing_by(draft):
                pass
        self._own[sandbox, number] = OriginInFile(shelf)

    async def keep_only(self, sandbox: str, number: int) -> None:
        """Delete the templates of a sandbox but one; the next start deletes any that can not be now."""
        for name, other in [one for one in self._own if one[0] == sandbox and one[1] != number]:
            with suppress(StorageError):
                await beside(self._own.pop((name, other)).discard)


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
    """A template that is kept packed; a large one in a temporary file, if one can be written."""

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


def _file_name(sandbox: str, number: int) -> str:
    return f"{sandbox}{SEEDED}{number}"


def _in_file(template: Store) -> Store | None:
    if template.size <= LARGEST_PACKED:
        return None
    try:
        return temporary(template.write_draft)
    except StorageError:
        return None


def _made(shelf: Shelf) -> Path:
    """Return the folder of a shelf's file, and make it if it is missing."""
    assert shelf.path is not None
    with explaining(shelf.path):
        shelf.path.parent.mkdir(exist_ok=True)
    return shelf.path.parent
