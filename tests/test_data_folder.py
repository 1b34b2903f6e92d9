"""Starting with data folders that can not be used, and a disk that fills up under a server."""

import json
import resource
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from smtplib import SMTP

import pytest

from tests.autosend.smtp import ports
from tests.server import Server, run, run_alone

pytestmark = pytest.mark.slow


def a_file(folder: Path) -> None:
    folder.write_text("Dear Sir or Madam")


def within_a_file(folder: Path) -> None:
    folder.parent.write_text("Dear Sir or Madam")


def with_a_letter(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "default.sqlite").write_text("Dear Sir or Madam, " * 100)


def of_another_version(folder: Path) -> None:
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "default.sqlite")) as database:
        database.execute("CREATE TABLE mail (id INTEGER)")


@pytest.mark.parametrize(
    ("prepare", "file", "reason"),
    [
        (a_file, "", "no folder"),
        (within_a_file, "", "no folder"),
        (with_a_letter, "default.sqlite", "is damaged, or no database"),
        (of_another_version, "default.sqlite", "written by another version"),
    ],
)
def test_a_folder_that_can_not_be_used_stops_the_start_with_its_reason(
    tmp_path: Path, prepare: object, file: str, reason: str
) -> None:
    folder = tmp_path / "place" / "data"
    if prepare is not within_a_file:
        folder.parent.mkdir()
    assert callable(prepare)
    prepare(folder)
    answer = run_alone("serve", "--port", "0", "--data", str(folder))
    assert answer.returncode == 2
    assert f"{folder / file}: " in answer.stderr
    assert reason in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_second_server_is_told_that_the_folder_is_in_use(tmp_path: Path) -> None:
    with Server("--data", str(tmp_path)):
        answer = run_alone("serve", "--port", "0", "--data", str(tmp_path))
    assert answer.returncode == 2
    assert "in use by another emulator" in answer.stderr


def test_a_full_disk_makes_a_server_unready_until_there_is_room(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path), "--clock", "frozen", "--smtp-port", "0")
    with Server(*options) as server, server.client() as client:
        _, usual = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (10_000, usual))
        assert client.get("/readyz").status_code == 503
        assert run("readyz", "--url", server.url).returncode == 1
        assert client.post("/_emulator/sandboxes", json={"name": "box"}).status_code == 507
        assert client.post("/_emulator/reset").status_code == 507
        assert client.get("/livez").status_code == 200
        with SMTP("127.0.0.1", ports(server)["smtp"], timeout=30) as relay:
            relay.ehlo()
            assert relay.mail("ada@example.com")[0] == 250
            assert relay.rcpt("help@support.example.org")[0] == 250
            assert relay.data(b"Subject: Where is it?\r\n\r\nSince Monday.")[0] == 452
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (usual, usual))
        assert client.get("/readyz").status_code == 200
        assert client.post("/_emulator/sandboxes", json={"name": "box"}).status_code == 201
    assert sorted(file.name for file in tmp_path.glob("*.sqlite")) == ["box.sqlite", "default.sqlite"]


FROZEN = ("--clock", "frozen")
MAY = (*FROZEN, "--at", "2026-05-01T00:00:00Z")


@pytest.mark.parametrize(
    ("first", "options", "said"),
    [
        ((), ("--clock", "frozen"), "keeps its clock, real; frozen holds for new sandboxes"),
        ((), ("--seed", "9"), "keeps its seed, 1; 9 holds for new sandboxes"),
        ((), ("--clock", "real", "--seed", "1"), ""),
        ((), ("--clock", "1.0"), ""),
        ((), (), ""),
        (FROZEN, MAY, "keeps its at, epoch; 2026-05-01T00:00:00Z holds for new sandboxes"),
        (FROZEN, (*FROZEN, "--at", "now"), "keeps its at, epoch; now holds for new sandboxes"),
        (FROZEN, (*FROZEN, "--at", "2026-03-15T15:30:00+01:00"), ""),
        (
            MAY,
            (*FROZEN, "--at", "epoch"),
            "keeps its at, 2026-05-01T00:00:00.000Z; epoch holds for new sandboxes",
        ),
        (MAY, FROZEN, ""),
        ((*FROZEN, "--at", "now"), (*FROZEN, "--at", "now"), ""),
    ],
)
def test_a_server_says_what_its_folder_keeps_in_place_of_a_setting(
    tmp_path: Path, first: tuple[str, ...], options: tuple[str, ...], said: str
) -> None:
    with Server("--data", str(tmp_path), *first):
        pass
    with Server("--data", str(tmp_path), *options) as server:
        server.process.terminate()
        logged = server.process.communicate(timeout=30)[1]
    assert logged == (f"the default sandbox in {tmp_path} {said}\n" if said else "")


def test_the_doctor_says_what_is_set_aside_and_what_counts_as_absent(tmp_path: Path) -> None:
    with Server("--data", str(tmp_path)):
        pass
    shutil.copy(tmp_path / "default.sqlite", tmp_path / "copy.sqlite")
    (tmp_path / "empty.sqlite").touch()
    assert diagnosis(tmp_path)["state"] == "ok"
    with Server("--data", str(tmp_path)) as server, server.client() as client:
        assert client.get("/_emulator/sandboxes").json()["total"] == 1
        running = diagnosis(tmp_path)
    stopped = diagnosis(tmp_path)
    with_a_letter(tmp_path / "letter")
    shutil.copy(tmp_path / "letter" / "default.sqlite", tmp_path / "default.sqlite")
    failing = diagnosis(tmp_path)
    found = [running, stopped, failing]
    assert [one["state"] for one in found] == ["warn", "warn", "fail"]
    assert ["in use by an emulator" in one["text"] for one in found] == [True, False, False]
    for one in found:
        assert one["text"].endswith(f"{tmp_path / 'set-aside'} holds what could not be used: copy.sqlite")


def diagnosis(folder: Path) -> dict[str, str]:
    """Return the finding of `emulator doctor` about a data folder."""
    answer = run("doctor", "--json", "--port", "0", "--data", str(folder))
    found: dict[str, str] = next(one for one in json.loads(answer.stdout)["checks"] if one["check"] == "data")
    return found
