"""The accounts that sandboxes were seeded with, in a data folder: they change with what sandboxes hold."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from emulator.settings import shipped_fixtures
from emulator.storage import drafts
from emulator.storage.drafts import LARGE
from emulator.storage.failures import DiskFullError, StorageError
from emulator.storage.shelf import Shelf
from tests.sandbox.test_data_folder import (
    USUAL,
    KilledError,
    Spoil,
    a_letter,
    flipped,
    of_another_version,
    other_accounts,
    seed,
    with_sandboxes,
    world,
)


@pytest.mark.slow
@pytest.mark.parametrize("is_seeded", [False, True])
@pytest.mark.parametrize("renamed", range(4))
def test_a_sandbox_that_was_being_seeded_when_its_process_was_killed_is_reset_to_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renamed: int, *, is_seeded: bool
) -> None:
    data, accounts = tmp_path / "data", other_accounts(tmp_path / "accounts")
    first, calls, rename = world(data=data), count(), Path.replace
    if is_seeded:
        seed(first, "default", shipped_fixtures() / "demo")

    def killed(draft: Path, target: Path) -> Path:
        number = next(calls)
        if number == renamed / 2:
            raise KilledError
        rename(draft, target)
        if number == renamed // 2:
            raise KilledError
        return target

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(KilledError):
            seed(first, "default", accounts)
    first.close()
    again = world(data=data)
    held = again.directory.credentials_of("default")
    asyncio.run(again.reset(again.default))
    assert again.directory.credentials_of("default") == held
    again.close()


@pytest.mark.slow
def test_the_accounts_of_a_sandbox_that_is_set_aside_are_set_aside_with_it(tmp_path: Path) -> None:
    first = world(data=tmp_path / "data")
    asyncio.run(first.create("box"))
    seed(first, "box", other_accounts(tmp_path / "accounts"))
    first.close()
    a_letter(tmp_path / "data" / "box.sqlite")
    world(data=tmp_path / "data").close()
    assert list((tmp_path / "data" / "origins").iterdir()) == []
    assert (tmp_path / "data" / "set-aside" / "origins" / "box~1" / "box~1.sqlite").exists()


@pytest.mark.slow
def test_the_accounts_of_a_sandbox_whose_file_is_gone_seed_no_other(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with_sandboxes(data, "box")
    first = world(data=data)
    accounts = other_accounts(tmp_path / "accounts")
    for name in ("default", "box"):
        seed(first, name, accounts)
    first.close()
    for name in ("default", "box"):
        (data / f"{name}.sqlite").unlink()
    again = world(data=data)
    assert again.directory.find(*USUAL) is not None
    asyncio.run(again.create("box"))
    asyncio.run(again.reset(again.sandboxes["box"]))
    again.close()
    assert list((data / "origins").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [a_letter, of_another_version, flipped])
def test_bad_accounts_of_a_sandbox_are_set_aside(tmp_path: Path, spoil: Spoil) -> None:
    data = tmp_path / "data"
    first = world(data=data)
    seed(first, "default", other_accounts(tmp_path / "accounts"))
    first.close()
    spoil(data / "origins" / "default~1.sqlite")
    again = world(data=data)
    assert again.directory.find("autosend", "AS_another00000000000000") is not None
    asyncio.run(again.reset(again.default))
    assert again.directory.find(*USUAL) is not None
    assert (data / "set-aside" / "origins" / "default~1" / "default~1.sqlite").exists()
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device"), DiskFullError),
        (OSError(24, "Too many open files"), StorageError),
        (MemoryError(), MemoryError),
    ],
)
def test_a_failed_seed_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: type[Exception]
) -> None:
    first = world(data=tmp_path / "data")
    box = first.default
    before = first.directory.credentials_of("default")

    def fail(file: Path, content: bytes) -> int:
        if file.parent.name == "origins":
            return written(file, content)
        raise error

    written = Path.write_bytes
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", fail)
        with pytest.raises(told):
            asyncio.run(first.seed(box, other_accounts(tmp_path / "accounts")))
    assert first.directory.credentials_of("default") == before
    assert list((tmp_path / "data" / "origins").iterdir()) == []
    asyncio.run(first.reset(box))
    assert first.directory.credentials_of("default") == before
    first.close()


def failing(times: int) -> Callable[[Shelf], object]:
    """Return a function that opens a file of the shelf; at first, it fails so many times."""
    left, usual = [None] * times, Shelf.take

    def take(shelf: Shelf) -> object:
        if left:
            left.pop()
            raise StorageError(f"{shelf.path}: can not be read or written (unable to open database file)")
        return usual(shelf)

    return take


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("large", [0, LARGE])
def test_a_seeded_sandbox_whose_new_file_can_not_be_opened_at_once_is_reset_to_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, large: int
) -> None:
    first = world(data=tmp_path / "data")
    with monkeypatch.context() as patched:
        patched.setattr(drafts, "LARGE", large)
        patched.setattr(Shelf, "take", failing(times))
        with pytest.raises(StorageError, match="unable to open"):
            seed(first, "default", other_accounts(tmp_path / "accounts"))
    asyncio.run(first.reset(first.default))
    held = first.directory.credentials_of("default")
    first.close()
    assert ("autosend", "AS_another00000000000000") in held


@pytest.mark.slow
def test_a_sandbox_whose_first_file_can_not_be_opened_was_never_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world(data=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Shelf, "take", failing(2))
        with pytest.raises(StorageError, match="unable to open"):
            asyncio.run(first.create("box"))
    first.close()
    again = world(data=tmp_path)
    assert set(again.sandboxes) == {"default"}
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_restored_sandbox_whose_new_file_can_not_be_opened_at_once_goes_on_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    first = world(data=tmp_path)
    first.default.set_clock(first.default.clock.set_to(first.default.clock.now() + 1000))
    at = first.default.clock.now()
    asyncio.run(first.saving.save(first.default, "one"))
    asyncio.run(first.reset(first.default))
    with monkeypatch.context() as patched:
        patched.setattr(Shelf, "take", failing(times))
        with pytest.raises(StorageError, match="unable to open"):
            asyncio.run(first.saving.restore(first.default, "one"))
    first.default.store.check_pages()
    assert first.default.clock.now() == at
    first.close()


@pytest.mark.slow
def test_a_sandbox_whose_file_can_not_be_exchanged_for_a_snapshot_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world(data=tmp_path)
    asyncio.run(first.saving.save(first.default, "one"))
    first.default.set_clock(first.default.clock.set_to(first.default.clock.now() + 1000))
    at, fails, rename = first.default.clock.now(), [None], Path.replace

    def fail(draft: Path, target: Path) -> Path:
        if fails:
            fails.pop()
            raise OSError(5, "Input/output error", str(target))
        return rename(draft, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(StorageError, match="Input/output"):
            asyncio.run(first.saving.restore(first.default, "one"))
    first.default.store.check_pages()
    assert first.default.clock.now() == at
    first.close()
