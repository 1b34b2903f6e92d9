"""Snapshots of large sandboxes: made and used as files, aside, and not read before they are needed."""

import asyncio
import sqlite3
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.autosend.tables.mails import Mail
from emulator.sandbox.world import World
from emulator.sending.job_table import new_job
from emulator.sending.messages import NewMessage, add_messages
from emulator.settings import Settings
from emulator.storage.failures import DiskFullError
from emulator.storage.store import Store
from tests.conftest import Emulator, in_process

MANY = 40_000
"""How many messages a large sandbox has: some 13 MB."""

LITTLE = 6 * 1024 * 1024
"""The most bytes that Python may hold at a time while it works on a snapshot."""


class KilledError(BaseException):
    """Raised in place of a kill of the process."""


def world(**settings: Any) -> World:
    chosen = Settings(clock="frozen", **settings)
    return make_world(chosen, make_providers(chosen))


def fill(emulator: Emulator) -> None:
    """Let the default sandbox have many messages."""

    def filled() -> None:
        with emulator.world.default.turn() as turn:
            job = new_job(turn, "autosend", "email", total=MANY, pace=1, skipped=MANY)
            job.state = "over"
            turn.session.add(Mail(job_id=job.id, project_id="", from_email="news@example.com"))
            new = (
                NewMessage(number, f"{'long' * 50}{number}@example.com", "delivered", "delivered")
                for number in range(MANY)
            )
            add_messages(turn, job.id, "email", new, MANY)

    emulator.on_the_loop(filled)


@pytest.fixture(params=["in memory", "in a folder"])
def large(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Emulator]:
    data = tmp_path / "data" if request.param == "in a folder" else None
    with in_process(data=data) as emulator:
        fill(emulator)
        yield emulator


def messages_in(emulator: Emulator) -> int:
    return int(emulator.http.get("/_emulator/messages", params={"limit": 1}).json()["total"])


@pytest.mark.slow
def test_no_step_holds_a_snapshot_in_python(large: Emulator, tmp_path: Path) -> None:
    file, total = tmp_path / "downloaded.sqlite", messages_in(large)

    def download() -> Any:
        with large.http.stream("GET", "/_emulator/snapshots/large") as answer:
            file.write_bytes(answer.read())
        return answer

    def upload() -> Any:
        kind = {"Content-Type": "application/vnd.sqlite3"}
        return large.http.put("/_emulator/snapshots/copy", content=file.read_bytes(), headers=kind)

    def save(name: str = "large") -> Any:
        return large.http.post("/_emulator/snapshots", json={"name": name})

    def restore() -> Any:
        return large.http.post("/_emulator/snapshots/copy/restore")

    assert save("first").status_code == 201, "what a first use imports is not the snapshot's"
    assert peak_of(save) < LITTLE
    assert download().status_code == 200
    assert upload().status_code == 201
    assert file.stat().st_size > 2 * LITTLE
    assert large.http.post("/_emulator/reset").status_code == 200
    assert messages_in(large) < total
    assert peak_of(restore) < LITTLE
    assert messages_in(large) == total


def peak_of(work: Any) -> int:
    """Return the most bytes that Python held during some work."""
    tracemalloc.start()
    try:
        answer = work()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.is_success, answer.text
    return peak


@pytest.mark.parametrize("step", ["write_draft", "copy"])
def test_other_sandboxes_go_on_meanwhile(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    busy, other = (emulator.sandbox(name, clock="frozen") for name in ("busy", "other"))
    if step == "copy":
        assert busy.control("POST", "/snapshots", json={"name": "one"}).status_code == 201
    begun, may_end, usual = Event(), Event(), getattr(Store, step)

    def slow(store: Store, *arguments: Any) -> Any:
        begun.set()
        assert may_end.wait(20)
        return usual(store, *arguments)

    path, body = (
        ("/snapshots", {"name": "one"}) if step == "write_draft" else ("/snapshots/one/restore", None)
    )
    with ThreadPoolExecutor() as pool, monkeypatch.context() as patched:
        patched.setattr(Store, step, slow)
        working = pool.submit(busy.control, "POST", path, json=body)
        assert begun.wait(20)
        patched.undo()
        own = pool.submit(busy.http.get, "/v1/campaigns", headers=busy.autosend)
        assert other.http.get("/v1/campaigns", headers=other.autosend).status_code == 200
        assert not own.done(), (own.result().status_code, own.result().text)
        may_end.set()
        assert working.result(20).is_success
        assert own.result(20).status_code == 200


@pytest.mark.slow
def test_a_start_reads_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_process(data=tmp_path) as emulator:
        assert emulator.http.post("/_emulator/snapshots", json={"name": "one"}).status_code == 201
    opened, connect = list[str](), sqlite3.connect

    def noted(place: Any, *arguments: Any, **options: Any) -> Any:
        opened.append(str(place))
        return connect(place, *arguments, **options)

    monkeypatch.setattr(sqlite3, "connect", noted)
    again = world(data=tmp_path)
    assert [place for place in opened if "snapshots" in place] == []
    assert [snapshot.name for snapshot in again.snapshots.all()] == ["one"]
    assert [place for place in opened if "snapshots" in place]
    again.close()


@pytest.mark.slow
@pytest.mark.parametrize("act", ["save", "restore"])
def test_a_process_killed_while_it_replaces_a_file_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    first = world(data=tmp_path)
    asyncio.run(first.saving.save(first.default, "one"))
    at = first.snapshots.get("one").at
    first.default.set_clock(first.default.clock.set_to(first.default.clock.now() + 1000))
    now = first.default.clock.now()

    def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        work = first.saving.save if act == "save" else first.saving.restore
        with pytest.raises(KilledError):
            asyncio.run(work(first.default, "one"))
    first.close()
    again = world(data=tmp_path)
    assert again.default.clock.now() == now
    assert [snapshot.at for snapshot in again.snapshots.all()] == [at]
    assert list(tmp_path.rglob("*.draft")) == []
    again.close()


@pytest.mark.slow
def test_a_failed_restore_of_a_kept_sandbox_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_process(data=tmp_path) as emulator:
        box = emulator.sandbox("box", clock="frozen")
        assert box.control("POST", "/snapshots", json={"name": "one"}).status_code == 201
        box.advance("1h")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", full)
            assert box.control("POST", "/snapshots/one/restore").status_code == 507
        assert box.control("GET", "/clock").json()["now"] == "2026-03-15T15:30:00.000Z"
        assert box.http.get("/v1/campaigns", headers=box.autosend).status_code == 200
        assert box.control("POST", "/snapshots/one/restore").status_code == 200
        assert box.control("GET", "/clock").json()["now"] == "2026-03-15T14:30:00.000Z"
        assert list(tmp_path.rglob("*.draft")) == []


def test_a_sandbox_that_could_not_be_read_into_memory_is_reset(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = emulator.sandbox("box", clock="frozen")
    assert box.control("POST", "/snapshots", json={"name": "one"}).status_code == 201
    box.advance("1h")
    usual, fails = Store.copy, [True]

    def full(store: Store, *others: Any) -> Store:
        if fails and fails.pop():
            raise DiskFullError("the database in memory is full")
        return usual(store, *others)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "copy", full)
        assert box.control("POST", "/snapshots/one/restore").status_code == 507
    assert box.control("GET", "/clock").json()["now"] == "2026-03-15T14:30:00.000Z"
    assert box.http.get("/v1/campaigns", headers=box.autosend).status_code == 200
