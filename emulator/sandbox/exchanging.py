"""What may take long of exchanging the database that a sandbox has for a draft, and of deleting it."""

from concurrent.futures import Future

from emulator.storage.shelf import Shelf
from emulator.storage.store import Store


def exchange(shelf: Shelf, old: Store | None, contents: Store, coming: Future[Store | None]) -> None:
    """Put the content of a draft in the place of the old, if any, for whoever waits for what is coming.

    Closes both; what is in a file is to be opened. What is raised meanwhile, StorageError among it, is raised
    to who waits, too.
    """
    new = None
    try:
        if contents.path is None or shelf.path is None:
            _close(old)
            new = contents.copy()
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
    """Delete a database, which is open or not. Raises StorageError where its file can not be deleted."""
    if store is not None:
        store.close()
    shelf.discard()


def _close(old: Store | None) -> None:
    """Close a store after its log is written back: closing would do that too, but hold all threads."""
    if old is not None:
        old.write_log_back()
        old.close()
