"""Replacing a sandbox's database by a draft, and deleting it: the parts that may take long."""

from concurrent.futures import Future

from emulator.sandbox.aside import Aside
from emulator.storage.shelf import Shelf
from emulator.storage.store import Store


def exchange(
    shelf: Shelf,
    old: Store | None,
    contents: Store,
    coming: Future[Store | None],
    aside: Aside,
) -> None:
    """Replace a shelf's database, `old` if it is open, by the content of a draft; announce it in `coming`.

    Closes both. `coming` gets the new store, or None if it is in a file and has still to be opened. Whatever
    is raised, such as StorageError, is raised to those who wait for `coming`, too: also if the server ends,
    while a database is copied into memory, which ends with the process. A file takes its place in a moment.
    """
    new = None
    try:
        if contents.path is None or shelf.path is None:
            _close(old)
            new = contents.copy(aside.check_wanted)
            contents.close()
        else:
            contents.close()
            with shelf.replacing_by(contents.path):
                _close(old)
    except BaseException as error:
        coming.set_exception(error)
        raise
    coming.set_result(new)


def delete(shelf: Shelf, store: Store | None) -> None:
    """Delete a database, open or closed. Raises StorageError if its file can not be deleted."""
    if store is not None:
        store.close()
    shelf.discard()


def _close(old: Store | None) -> None:
    """Close a store after its log is written back: closing would do that too, but hold all threads."""
    if old is not None:
        old.write_log_back()
        old.close()
