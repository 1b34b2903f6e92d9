"""Responses of control plane, providers and health checks if files can not be written, or are damaged."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator.webhooks import courier
from tests.conftest import Emulator, in_process
from tests.control.webhooks.hooks import deliveries, send, target, without_targets
from tests.receiver import receiving

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator with a data folder, `tmp_path / "data"`."""
    with keeping(tmp_path / "data") as emulator:
        yield emulator


@contextmanager
def keeping(data: Path) -> Iterator[Emulator]:
    with in_process(data=data) as emulator:
        yield emulator


@contextmanager
def failing(number: int) -> Iterator[None]:
    """Let each writing of a file within the block fail with this error number."""

    def fail(file: Path, *_: object) -> int:
        file.touch()
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patched:
        for step in ("write_bytes", "replace"):
            patched.setattr(Path, step, fail)
        yield


def is_ready(emulator: Emulator) -> tuple[int, str]:
    answer = emulator.http.get("/readyz")
    return answer.status_code, answer.text


DISK_ERRORS = [
    (errno.ENOSPC, 507, "the disk is full"),
    (errno.EDQUOT, 507, "the disk is full"),
    (errno.EFBIG, 507, "the disk is full"),
    (errno.EROFS, 503, "the file system can only be read"),
    (errno.EACCES, 503, f"may not be read or written by uid {os.getuid()}"),
    (errno.EIO, 503, os.strerror(errno.EIO)),
    (errno.EMFILE, 503, "too many files and connections are open"),
]
ACTS: list[tuple[str, str, Any]] = [
    ("POST", "/_emulator/sandboxes", {"name": "new"}),
    ("POST", "/_emulator/reset?sandbox=box", {}),
    ("POST", "/_emulator/seed?sandbox=box", {"seed": 9}),
    ("POST", "/_emulator/snapshots?sandbox=box", {"name": "new"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status", "reason"), DISK_ERRORS)
@pytest.mark.parametrize(("method", "path", "body"), ACTS)
def test_a_disk_that_takes_nothing_is_named_and_nothing_is_changed(
    kept: Emulator,
    tmp_path: Path,
    number: int,
    status: int,
    reason: str,
    method: str,
    path: str,
    body: Any,
) -> None:
    box = kept.sandbox("box")
    key = box.autosend
    assert kept.http.post(f"{CAMPAIGN}/abort", headers=key).status_code == 200
    with failing(number):
        answer = kept.http.request(method, path, json=body)
        assert is_ready(kept)[0] == 503
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert reason in answer.json()["detail"]
    assert str(tmp_path / "data") in answer.json()["detail"]
    assert not list(tmp_path.rglob("*.draft"))
    assert is_ready(kept) == (200, "ok")
    assert kept.http.get(CAMPAIGN, headers=key).json()["data"]["status"] == "aborted"
    assert kept.http.request(method, path, json=body).status_code in {200, 201}


def test_snapshots_that_can_not_be_listed_are_not_said_to_be_none(
    kept: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(folder: Path) -> Iterator[Path]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    kept.http.post("/_emulator/snapshots", json={"name": "one"})
    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", closed)
        answers = [kept.http.get(f"/_emulator/snapshots{path}") for path in ("", "/two")]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert "snapshots: may not be read" in answers[0].json()["detail"]
    assert kept.http.get("/_emulator/snapshots").json()["total"] == 1


def test_a_folder_that_is_gone_makes_the_emulator_unready(kept: Emulator, tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    status, text = is_ready(kept)
    assert status == 503
    assert "is missing" in text
    (tmp_path / "elsewhere").rename(tmp_path / "data")
    assert is_ready(kept) == (200, "ok")


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path", "body"), ACTS)
def test_nothing_makes_a_folder_again_that_is_gone(
    kept: Emulator, tmp_path: Path, method: str, path: str, body: Any
) -> None:
    kept.sandbox("box")
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    answer = kept.http.request(method, path, json=body)
    assert answer.status_code == 503
    assert str(tmp_path / "data") in answer.json()["detail"]
    assert not (tmp_path / "data").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "data")
    assert kept.http.request(method, path, json=body).status_code in {200, 201}


@pytest.mark.slow
def test_a_folder_that_was_emptied_is_whole_again_after_a_reset(kept: Emulator, tmp_path: Path) -> None:
    for file in (tmp_path / "data").glob("default.sqlite*"):
        file.unlink()
    status, text = is_ready(kept)
    assert status == 503
    assert "default.sqlite" in text
    assert kept.http.post("/_emulator/reset").status_code == 200
    assert is_ready(kept) == (200, "ok")


@pytest.mark.slow
def test_a_full_database_is_named_to_both_kinds_of_clients(
    kept: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    pages = kept.query("PRAGMA page_count")[0][0]
    kept.query(f"PRAGMA max_page_count = {pages}")
    while (answer := kept.http.post(f"{CAMPAIGN}/duplicate", headers=KEY)).is_success:
        pass
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "the disk is full" in caplog.text
    assert "Traceback" not in caplog.text
    rule = {"recipient": "a" * 200, "outcome": "delivered"}
    while (answer := kept.http.post("/_emulator/outcomes", json=rule)).is_success:
        pass
    assert answer.status_code == 507
    kept.query("PRAGMA max_page_count = 1000000")
    assert kept.http.post(f"{CAMPAIGN}/duplicate", headers=KEY).is_success


def test_a_database_in_memory_that_is_full_is_named(emulator: Emulator) -> None:
    pages = emulator.query("PRAGMA page_count")[0][0]
    emulator.query(f"PRAGMA max_page_count = {pages}")
    rule = {"recipient": "a" * 200, "outcome": "delivered"}
    while (answer := emulator.http.post("/_emulator/outcomes", json=rule)).is_success:
        pass
    assert answer.status_code == 507
    assert "--data" in answer.json()["detail"]


@pytest.mark.slow
def test_a_damaged_database_is_named_and_healed_by_a_reset(
    kept: Emulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "data" / "default.sqlite"
    kept.reset()
    with file.open("r+b") as content:
        content.seek(1024)
        content.write(b"\xff" * 200_000)
    kept.http.get(CAMPAIGN, headers=KEY)
    assert f"{file}: is damaged" in caplog.text
    assert "Traceback" not in caplog.text
    listed = kept.http.get("/_emulator/messages")
    assert listed.status_code == 500
    assert "is damaged" in listed.json()["detail"]
    assert kept.http.post("/_emulator/reset").status_code == 200
    assert kept.http.get(CAMPAIGN, headers=KEY).status_code == 200


CHANGES: list[dict[str, Any]] = [
    {"advance": "1h"},
    {"speed": 1000, "advance": "1h"},
    {"set": "2026-03-16T00:00:00Z"},
    {"until": {"job": "autosend/campaign/60d5ec49f1b2c72d9c8b4567", "status": "sent"}},
]


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("used_one", ["kept", "emulator"])
def test_a_sandbox_that_is_deleted_while_its_clock_waits_for_webhooks_stays_deleted(
    request: pytest.FixtureRequest, tmp_path: Path, change: Any, used_one: str
) -> None:
    used: Emulator = request.getfixturevalue(used_one)
    box = without_targets(used.sandbox("box", clock="frozen"))
    with receiving() as receiver, pytest.MonkeyPatch.context() as patched:

        def delete(body: bytes) -> tuple[int, dict[str, str], bytes]:
            if b"delivered" in body:
                used.http.delete("/_emulator/sandboxes/box")
            return 200, {}, b"OK"

        patched.setattr(receiver, "next_answer", delete)
        send(box)
        box.advance("100ms")
        target(box, receiver, provider="rcs")
        answer = box.control("POST", "/clock", json=change)
    assert answer.status_code == 410
    assert "is gone" in answer.json()["detail"]
    assert used.http.get("/_emulator/sandboxes/box").status_code == 404
    assert not list((tmp_path / "data").glob("box*"))
    assert used.http.post("/_emulator/sandboxes", json={"name": "box"}).status_code == 201


@pytest.mark.slow
def test_what_a_receiver_answered_is_stored_as_soon_as_the_file_can_be_written(
    kept: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    box = without_targets(kept.sandbox("box", clock="frozen"))
    store = kept.world.sandboxes["box"].store

    def only_to_be_read(says: str) -> None:
        store.connection.execute(f"PRAGMA query_only = {says}")

    async def pause(_: float) -> None:
        only_to_be_read("OFF")

    monkeypatch.setattr(courier, "machine_pause", pause)
    with receiving() as receiver:
        receiver.react = lambda _: kept.on_the_loop(lambda: only_to_be_read("ON"))
        target(box, receiver, provider="rcs")
        send(box)
        box.control("POST", "/clock", json={"next_event": True})
    made = deliveries(box)
    assert len(receiver.requests) == len(made) > 0
    assert {(one["state"], len(one["attempts"])) for one in made} == {("delivered", 1)}
    assert "default.sqlite" not in caplog.text
    assert "box.sqlite" in caplog.text
    assert "Traceback" not in caplog.text
