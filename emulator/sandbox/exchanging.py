"""A draft in the place of the database that a sandbox had: what may take long of restoring a snapshot."""

from concurrent.futures import Future

from emulator.storage.shelf import Shelf
from emulator.storage.store import Store


def exchange(shelf: Shelf, old: Store, contents: Store, coming: Future[Store]) -> None:
    """Put the content of a draft in the place of the old, for whoever waits for what is coming.

    Closes both. What is raised meanwhile, StorageError among it, is raised to who waits, too.
    """
    try:
        if contents.path is None or shelf.path is None:
            old.close()
            new = contents.copy()
            contents.close()
        else:
            contents.close()
            old.write_log_back()
            with shelf.replacing_by(contents.path):
                old.close()
            new = shelf.take()
    except BaseException as error:
        coming.set_exception(error)
        raise
    coming.set_result(new)
