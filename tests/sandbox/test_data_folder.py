"""The data folder: the next start succeeds, whatever a killed process left in the folder."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from errno import EACCES
from pathlib import Path
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.sandbox.world import World
from emulator.settings import Settings, shipped_fixtures
from emulator.storage.failures import DiskFullError, IncompatibleStoreError, StorageError
from emulator.storage.folder import DataFolder
from emulator.storage.shelf import Shelf

USUAL = ("autosend", "AS_emulator000000000000")


def world(**settings: Any) -> World:
    made = Settings(**{"clock": "frozen"} | settings)
    return make_world(made, make_providers(made))


def with_sandboxes(data: Path, *names: str) -> None:
    """Start once, create sandboxes, and end."""
    first = world(data=data)
    for name in names:
        asyncio.run(first.create(name))
    first.close()


def other_accounts(folder: Path) -> Path:
    """Return a fixture folder in which AutoSend's account has another key."""
    shutil.copytree(shipped_fixtures() / "demo", folder)
    file = folder / "autosend" / "account.yaml"
    file.write_text(file.read_text().replace(USUAL[1], "AS_another00000000000000"))
    return folder


class KilledError(Exception):
    """Raised in place of a kill of the process."""


def empty(file: Path) -> None:
    file.write_bytes(b"")


def without_tables(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA page_size = 1024")
        database.execute("PRAGMA journal_mode = WAL")


def a_letter(file: Path) -> None:
    file.write_text("Dear Sir or Madam, " * 100)


def of_another_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA user_version = 12")


def without_state(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM sandbox_state")


def with_a_strange_clock(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE sandbox_state SET clock_speed = 'fast'")


def seed(kept: World, name: str, accounts: Path) -> None:
    asyncio.run(kept.seed(kept.sandboxes[name], accounts))


def holding(statement: str) -> "Spoil":
    """Return a function that runs an SQL statement on a file."""

    def spoil(file: Path) -> None:
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(statement)

    return spoil


DUE = "INSERT INTO due_event (rows, is_dated, due, name, subject, details) VALUES "


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for place in range(3000, len(content), 997):
        content[place] ^= 0xFF
    file.write_bytes(content)


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100_000])


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_copy_of_the_default(file: Path) -> None:
    shutil.copy(file.with_name("default.sqlite"), file)


HOLLOW = [empty, without_tables]
BAD = [
    a_letter,
    of_another_version,
    without_state,
    with_a_strange_clock,
    flipped,
    cut_short,
    a_folder,
    a_copy_of_the_default,
    holding("UPDATE sandbox_state SET expires_after = 'x'"),
    holding("UPDATE sandbox_state SET seed = -1"),
    holding("UPDATE sandbox_state SET clock_setting = 'slow'"),
    holding("UPDATE sandbox_state SET clock_virtual = 1e18"),
    holding("UPDATE sandbox_state SET link_key = x'00ff'"),
    holding(DUE + "(0, 0, 'soon', 'rcs.batch', 'job:1', '{}')"),
    holding(DUE + "(0, 0, 1, CAST(x'ff41' AS TEXT), 'job:1', '{}')"),
    holding(DUE + "(0, 0, 1, 'rcs.batch', 'job:1', x'7b7d')"),
]
Spoil = Callable[[Path], None]


@pytest.mark.slow
@pytest.mark.parametrize("spoil", HOLLOW)
@pytest.mark.parametrize("name", ["default", "box"])
def test_a_file_without_contents_counts_as_absent(tmp_path: Path, spoil: Spoil, name: str) -> None:
    with_sandboxes(tmp_path, "box", "other")
    spoil(tmp_path / f"{name}.sqlite")
    again = world(data=tmp_path)
    assert set(again.sandboxes) == {"default", "box", "other"} - ({name} - {"default"})
    assert again.directory.find(*USUAL) is not None
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize("spoil", BAD)
def test_a_bad_file_of_one_sandbox_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Spoil
) -> None:
    with_sandboxes(tmp_path, "box", "other")
    spoil(tmp_path / "box.sqlite")
    again = world(data=tmp_path)
    assert sorted(again.sandboxes) == ["default", "other"]
    assert "sandbox box: " in caplog.text
    assert str(tmp_path / "set-aside" / "box") in caplog.text
    assert "move the file away" not in caplog.text
    assert "reset its sandbox" not in caplog.text
    assert (tmp_path / "set-aside" / "box" / "box.sqlite").exists()
    assert asyncio.run(again.create("box")).store.path == tmp_path / "box.sqlite"
    again.close()


@pytest.mark.parametrize("spoil", [one for one in BAD if one is not a_copy_of_the_default])
def test_a_bad_file_of_the_default_sandbox_stops_the_start_with_its_reason(
    tmp_path: Path, spoil: Spoil
) -> None:
    with_sandboxes(tmp_path)
    spoil(tmp_path / "default.sqlite")
    with pytest.raises(IncompatibleStoreError, match=r"default\.sqlite.*; move the file away") as error:
        world(data=tmp_path)
    assert "reset its sandbox" not in str(error.value)


@pytest.mark.slow
def test_what_is_set_aside_twice_is_kept_twice(tmp_path: Path) -> None:
    for _ in range(2):
        with_sandboxes(tmp_path, "box")
        a_letter(tmp_path / "box.sqlite")
    world(data=tmp_path).close()
    assert sorted(place.name for place in (tmp_path / "set-aside").iterdir()) == ["box", "box-2"]


@pytest.mark.parametrize("content", ["", "abc", "-5", "9" * 40, "9" * 5000])
def test_a_bad_count_of_sandboxes_lets_them_be_made(tmp_path: Path, content: str) -> None:
    (tmp_path / "sandboxes.made").write_text(content)
    again = world(data=tmp_path)
    assert asyncio.run(again.create("box")).plan.seed != asyncio.run(again.create("other")).plan.seed
    again.close()


def test_drafts_and_logs_that_a_killed_process_left_are_removed(tmp_path: Path) -> None:
    with_sandboxes(tmp_path, "a.sqlite-wal")
    left = [
        tmp_path / name
        for name in ("box.draft", "probe.draft", "gone.sqlite-wal", "gone.sqlite-shm", "origins/box.draft")
    ]
    (tmp_path / "origins").mkdir(exist_ok=True)
    for file in left:
        file.write_bytes(b"half of it")
    again = world(data=tmp_path)
    assert [file for file in left if file.exists()] == []
    assert set(again.sandboxes) == {"default", "a.sqlite-wal"}
    again.close()


@pytest.mark.slow
def test_a_log_of_an_earlier_database_is_not_taken_for_one_of_the_new(tmp_path: Path) -> None:
    with_sandboxes(tmp_path)
    first = world(data=tmp_path)
    (tmp_path / "box.sqlite-wal").write_bytes((tmp_path / "default.sqlite-wal").read_bytes())
    asyncio.run(first.create("box", seed=7))
    first.close()
    again = world(data=tmp_path)
    assert again.sandboxes["box"].plan.seed == 7
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize("step", ["write_bytes", "replace"])
@pytest.mark.parametrize("act", ["create", "reset", "seed", "first start"])
def test_a_process_killed_while_it_writes_a_file_leaves_whole_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, act: str
) -> None:
    data = tmp_path / "data"
    if act != "first start":
        with_sandboxes(data, "box")

    def killed(draft: Path, *_: object) -> None:
        draft.touch()
        raise KilledError

    acts: dict[str, Callable[[World], object]] = {
        "create": lambda first: asyncio.run(first.create("new")),
        "reset": lambda first: asyncio.run(first.reset(first.sandboxes["box"])),
        "seed": lambda first: seed(first, "box", other_accounts(tmp_path / "accounts")),
        "first start": lambda _: None,
    }
    with monkeypatch.context() as patched:
        first = None if act == "first start" else world(data=data)
        patched.setattr(Path, step, killed)
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(KilledError):
            acts[act](first or world(data=data))
    if first is not None:
        first.close()
    again = world(data=data)
    assert set(again.sandboxes) == {"default"} | ({"box"} if first else set())
    again.close()


def test_nothing_starts_on_a_folder_that_has_become_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(data=tmp_path / "data").close()

    def fail(file: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(file))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", fail)
        with pytest.raises(DiskFullError, match="the disk is full"):
            world(data=tmp_path / "data")
    world(data=tmp_path / "data").close()


@pytest.mark.slow
@pytest.mark.parametrize("place", [".", "origins", "snapshots"])
def test_nothing_starts_on_a_folder_that_can_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    first, usual = world(data=tmp_path), Path.iterdir
    seed(first, "default", other_accounts(tmp_path / "accounts"))
    first.close()

    def closed(folder: Path) -> Iterator[Path]:
        if folder == tmp_path / place:
            raise PermissionError(EACCES, "Permission denied", str(folder))
        return usual(folder)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", closed)
        with pytest.raises(StorageError, match="may not be read"):
            world(data=tmp_path)
    world(data=tmp_path).close()


@pytest.mark.slow
def test_a_folder_is_used_by_one_emulator_at_a_time(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    with pytest.raises(StorageError, match="in use by another emulator"):
        DataFolder(tmp_path)
    first.close()
    DataFolder(tmp_path).close()


def test_a_shelf_that_could_not_be_filled_stays_as_it_was(tmp_path: Path) -> None:
    with_sandboxes(tmp_path)
    shelf = Shelf(tmp_path / "default.sqlite")
    store = shelf.take()
    copy = store.copy()
    store.close()
    before = shelf.path.read_bytes() if shelf.path else b""
    with pytest.raises(KilledError), shelf.replacing(shelf.form_of(copy)):
        raise KilledError
    assert (tmp_path / "default.sqlite").read_bytes() == before
    assert not list(tmp_path.glob("*.draft"))
