"""Snapshots in a data folder: files of other versions and damaged ones are listed as such, and kept."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.conftest import BASE_URL

pytestmark = pytest.mark.slow

FILE = {"Content-Type": "application/vnd.sqlite3"}
NEW = {"name": "old"}


class Kept:
    """An emulator with a data folder."""

    def __init__(self, http: Any, folder: Path) -> None:
        self.http = http
        self.folder = folder

    def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        answer = self.http.request(method, f"/_emulator/snapshots{path}", **options)
        assert answer.status_code == status, answer.text
        return answer

    def listed(self) -> dict[str, Any]:
        return {snapshot["name"]: snapshot for snapshot in self.ask("GET", "").json()["snapshots"]}

    def spoil(self, name: str, statement: str) -> bytes:
        """Save a snapshot, and change its file as a colleague or another version would."""
        self.ask("POST", "", 201, json={"name": "fresh"})
        file = self.folder / f"{name}.sqlite"
        (self.folder / "fresh.sqlite").rename(file)
        database = sqlite3.connect(file, isolation_level=None)
        database.execute(statement)
        database.close()
        return file.read_bytes()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    settings = Settings(clock="frozen", data=tmp_path / "data")
    with TestClient(create_app(settings), base_url=BASE_URL, raise_server_exceptions=False) as http:
        yield Kept(http, tmp_path / "data" / "snapshots")


OTHER_VERSION = "PRAGMA user_version = 12"
SPOILT = [
    (OTHER_VERSION, "another version"),
    ("DELETE FROM sandbox_state", "no sandbox"),
    ("UPDATE sandbox_state SET clock_virtual = 'x'", "sandbox_state"),
    ("UPDATE sandbox_state SET clock_virtual = -1", "sandbox_state"),
    ("UPDATE sandbox_state SET name = CAST(x'ff' AS TEXT)", "UTF-8"),
    ("DROP TABLE sandbox_state", "table"),
]


@pytest.mark.parametrize(("statement", "says"), SPOILT)
def test_a_file_that_can_not_be_used_is_listed_with_the_reason(kept: Kept, statement: str, says: str) -> None:
    kept.spoil("old", statement)
    kept.ask("POST", "", 201, json={"name": "good"})
    listed = kept.listed()
    assert listed.keys() == {"old", "good"}
    assert says in listed["old"]["problem"]
    assert (listed["old"]["sandbox"], listed["old"]["at"]) == (None, None)
    assert listed["good"]["problem"] is None
    assert says in kept.ask("POST", "/old/restore", 422).json()["detail"]


@pytest.mark.parametrize(("statement", "says"), SPOILT)
def test_a_file_that_can_not_be_used_is_replaced_when_that_is_said(
    kept: Kept, statement: str, says: str
) -> None:
    content = kept.spoil("old", statement)
    good = kept.ask("POST", "", 201, json={"name": "good"}) and kept.ask("GET", "/good").content
    refused = [
        kept.ask("POST", "", 409, json=NEW).json(),
        kept.ask("PUT", "/old", 409, content=good, headers=FILE).json(),
    ]
    assert all("replace" in answer["detail"] for answer in refused)
    assert kept.ask("GET", "/old").content == content
    kept.ask("POST", "", 201, json=NEW | {"replace": True})
    assert kept.listed()["old"]["problem"] is None
    kept.ask("POST", "/old/restore")


def test_an_upload_replaces_when_that_is_said(kept: Kept) -> None:
    kept.spoil("old", OTHER_VERSION)
    kept.ask("POST", "", 201, json={"name": "good"})
    good = kept.ask("GET", "/good").content
    kept.ask("PUT", "/old?replace=true", 201, content=good, headers=FILE)
    kept.ask("POST", "/old/restore")


def test_a_file_that_can_not_be_used_can_be_deleted(kept: Kept) -> None:
    kept.spoil("old", OTHER_VERSION)
    kept.ask("DELETE", "/old", 204)
    assert not (kept.folder / "old.sqlite").exists()
    kept.ask("POST", "", 201, json=NEW)


def test_an_ordinary_snapshot_is_replaced_without_a_word(kept: Kept) -> None:
    kept.ask("POST", "", 201, json=NEW)
    kept.ask("POST", "", 201, json=NEW)
    assert kept.listed().keys() == {"old"}


def test_whatever_is_in_the_folder_the_list_is_there(kept: Kept) -> None:
    (kept.folder / "empty.sqlite").write_bytes(b"")
    (kept.folder / "letter.sqlite").write_bytes(b"Dear Sir or Madam")
    (kept.folder / "folder.sqlite").mkdir()
    (kept.folder / "gone.sqlite").symlink_to(kept.folder / "nowhere")
    (kept.folder / "Other Name.sqlite").write_bytes(b"SQLite format 3\0" + bytes(2000))
    (kept.folder / "note.txt").write_text("not one")
    listed = kept.listed()
    assert listed.keys() == {"empty", "letter", "folder", "gone", "Other Name"}
    assert all(snapshot["problem"] for snapshot in listed.values())
    for name in ("empty", "letter", "folder", "gone"):
        answer = kept.http.post(f"/_emulator/snapshots/{name}/restore")
        assert answer.status_code in {404, 422, 503}, answer.text
        kept.ask("POST", "", 409, json={"name": name})


def test_files_that_come_and_go_are_noticed(kept: Kept) -> None:
    kept.ask("POST", "", 201, json={"name": "one"})
    (kept.folder / "one.sqlite").rename(kept.folder / "two.sqlite")
    assert kept.listed().keys() == {"two"}
    kept.ask("POST", "/two/restore")
    kept.ask("POST", "/one/restore", 404)
    kept.ask("DELETE", "/two", 204)


def test_a_file_that_was_changed_while_it_was_listed_is_looked_at_again(kept: Kept) -> None:
    kept.ask("POST", "", 201, json=NEW)
    content = kept.spoil("new", OTHER_VERSION)
    (kept.folder / "old.sqlite").write_bytes(content)
    kept.ask("POST", "", 409, json=NEW)
    assert kept.listed()["old"]["problem"]


def test_files_are_listed_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(clock="frozen", data=tmp_path)
    with TestClient(create_app(settings), base_url=BASE_URL) as http:
        first = Kept(http, tmp_path / "snapshots")
        first.spoil("old", OTHER_VERSION)
        first.ask("POST", "", 201, json={"name": "good"})
        before = first.listed()
    with TestClient(create_app(settings), base_url=BASE_URL) as http:
        after = Kept(http, tmp_path / "snapshots").listed()
    assert after["old"] == before["old"]
    assert after["good"]["at"] == before["good"]["at"]


@pytest.mark.parametrize("length", [0, 50, 50_000])
def test_a_file_that_was_cut_off_is_listed_and_refused_as_that(kept: Kept, length: int) -> None:
    kept.ask("POST", "", 201, json=NEW)
    file = kept.folder / "old.sqlite"
    file.write_bytes(file.read_bytes()[:length])
    assert f"the file ends early: it has {length} " in kept.listed()["old"]["problem"]
    assert f"the file ends early: it has {length} " in kept.ask("POST", "/old/restore", 422).json()["detail"]
