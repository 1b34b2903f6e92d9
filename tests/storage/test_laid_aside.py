"""Large databases that are only read: temporary files, of which nothing is left."""

from pathlib import Path

import pytest

from emulator.storage import drafts
from emulator.storage.failures import StorageError
from emulator.storage.store import Store
from tests.storage.test_store import last, store_with


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files; small databases count as large, too."""
    monkeypatch.setattr(drafts, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(drafts, "LARGE", 1000)
    return tmp_path


def last_in_a_copy(store: Store) -> int:
    with store.copy().transaction() as session:
        return last(session)


def test_a_large_database_is_copied_from_a_file_that_has_no_name(place: Path) -> None:
    laid = drafts.laid_aside(store_with(5))
    assert laid.path is not None
    assert list(place.iterdir()) == []
    assert [last_in_a_copy(laid), last_in_a_copy(laid)] == [5, 5]
    laid.close()


def test_a_small_one_stays_in_memory(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_with(5)
    monkeypatch.setattr(drafts, "LARGE", store.size)
    assert drafts.laid_aside(store) is store


def test_where_nothing_can_be_written_a_large_one_stays_in_memory(place: Path) -> None:
    place.rmdir()
    store = store_with(5)
    assert drafts.laid_aside(store) is store
    assert last_in_a_copy(store) == 5


def test_a_file_that_could_not_be_written_whole_is_deleted(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(_: Store, file: Path) -> None:
        file.write_bytes(b"half of it")
        raise StorageError("the disk is full")

    monkeypatch.setattr(Store, "write_draft", fill_the_disk)
    store = store_with(5)
    assert drafts.laid_aside(store) is store
    assert list(place.iterdir()) == []
