"""Snapshots: saving the state of a sandbox, and restoring it."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from emulator.settings import shipped_fixtures
from tests.conftest import Emulator, Sandbox

CAMPAIGN = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"


def sending(emulator: Emulator, name: str) -> Sandbox:
    """Return a sandbox that has begun to send a campaign to 51 recipients."""
    box = emulator.sandbox(name, clock="frozen")
    slow = {"publish": True, "sendNow": True}
    assert emulator.http.patch(CAMPAIGN, json=slow, headers=box.autosend).status_code == 200
    box.advance("121s")
    assert status(box) in {"sending", "sent"}
    return box


def status(box: Sandbox) -> Any:
    return box.http.get(CAMPAIGN, headers=box.autosend).json()["data"]["status"]


def analytics(box: Sandbox) -> Any:
    return box.http.get(f"{CAMPAIGN}/analytics", headers=box.autosend).json()["data"]


def save(box: Sandbox, name: str) -> Any:
    answer = box.control("POST", "/snapshots", json={"name": name})
    assert answer.status_code == 201, answer.text
    return answer.json()


def restore(box: Sandbox, name: str) -> Any:
    return box.control("POST", f"/snapshots/{name}/restore")


@pytest.mark.slow
def test_a_sandbox_restored_in_mid_sending_goes_on_from_there(emulator: Emulator) -> None:
    box = sending(emulator, "one")
    save(box, "half-way")
    half_way = analytics(box)
    box.advance("1h")
    at_the_end = analytics(box)
    assert at_the_end != half_way
    assert restore(box, "half-way").json()["now"] == "2026-03-15T14:32:01.000Z"
    assert analytics(box) == half_way
    box.advance("1h")
    assert analytics(box) == at_the_end


@pytest.mark.slow
def test_another_sandbox_can_go_on_with_its_own_credentials(emulator: Emulator) -> None:
    box, other = sending(emulator, "one"), emulator.sandbox("other", clock="frozen")
    save(box, "half-way")
    assert restore(other, "half-way").status_code == 200
    assert analytics(other) == analytics(box)
    other.advance("1h")
    assert analytics(other) != analytics(box)
    rcs = emulator.http.post("/api/auth/login", json={"api_key": other.environment["RCS_API_KEY"]})
    bearer = {"Authorization": f"Bearer {rcs.json()['bearer']}"}
    assert emulator.http.get("/api/campaigns/1", headers=bearer).status_code == 200


def keys(box: Sandbox, number: int) -> list[str]:
    """Fill a sandbox with an account of RCS that has so many keys; return them."""
    fixture = (shipped_fixtures() / "demo" / "rcs" / "account.yaml").read_text()
    shipped = "[live_emulator000000000000, test_emulator000000000000]"
    assert shipped in fixture
    named = [f"live_key{place}00000000000000000" for place in range(number)]
    answer = box.control("POST", "/seed", json={"fixtures": {"rcs": fixture.replace(shipped, str(named))}})
    assert answer.status_code == 200, answer.text
    return rcs_keys(box)


def rcs_keys(box: Sandbox) -> list[str]:
    found: list[str] = box.control("GET", f"/sandboxes/{box.name}").json()["access"]["rcs"]["credentials"]
    return found


def bearer_of(emulator: Emulator, key: str) -> dict[str, str]:
    answer = emulator.http.post("/api/auth/login", json={"api_key": key})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['bearer']}"}


@pytest.mark.slow
@pytest.mark.parametrize("of_one", [1, 2, 3])
@pytest.mark.parametrize("of_other", [1, 3])
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_snapshot_of_an_account_with_other_keys_brings_none_of_its_credentials(
    emulator: Emulator, of_one: int, of_other: int, *, is_gone: bool
) -> None:
    one, other = emulator.sandbox("one", clock="frozen"), emulator.sandbox("other", clock="frozen")
    theirs, own = keys(one, of_one), keys(other, of_other)
    their_bearer, own_bearer = bearer_of(emulator, theirs[0]), bearer_of(emulator, own[0])
    save(one, "saved")
    if is_gone:
        emulator.http.delete("/_emulator/sandboxes/one")
    for box in ("other", "default"):
        answer = emulator.http.post(f"/_emulator/snapshots/saved/restore?sandbox={box}")
        assert answer.status_code == 200, answer.text
    assert emulator.http.get("/api/campaigns/1", headers=own_bearer).status_code == 200
    status = emulator.http.get("/api/campaigns/1", headers=their_bearer).status_code
    assert status == (401 if is_gone else 200)
    assert not set(theirs) & set(rcs_keys(other))
    assert len(set(rcs_keys(other)) & set(own)) == min(of_one, of_other)
    logins = [emulator.http.post("/api/auth/login", json={"api_key": key}).status_code for key in theirs]
    assert set(logins) == {401 if is_gone else 200}


@pytest.mark.slow
def test_keys_that_changed_their_order_are_kept(emulator: Emulator) -> None:
    box = emulator.sandbox("one", clock="frozen")
    before = keys(box, 2)
    save(box, "saved")
    fixture = (shipped_fixtures() / "demo" / "rcs" / "account.yaml").read_text()
    other_way = fixture.replace(
        "[live_emulator000000000000, test_emulator000000000000]",
        "[live_key100000000000000000, live_key000000000000000000]",
    )
    box.control("POST", "/seed", json={"fixtures": {"rcs": other_way}})
    answer = restore(box, "saved")
    assert answer.status_code == 200, answer.text
    assert set(rcs_keys(box)) == set(before)


@pytest.mark.slow
def test_the_default_sandbox_takes_a_snapshot_of_another_and_is_itself_again_after_a_reset(
    emulator: Emulator,
) -> None:
    save(sending(emulator, "one"), "half-way")
    key = {"Authorization": "Bearer AS_emulator000000000000"}
    assert emulator.http.post("/_emulator/snapshots/half-way/restore").status_code == 200
    assert emulator.http.get(CAMPAIGN, headers=key).json()["data"]["status"] != "draft"
    assert emulator.http.post("/_emulator/reset").status_code == 200
    assert emulator.http.get(CAMPAIGN, headers=key).json()["data"]["status"] == "draft"


def test_snapshots_are_listed_and_deleted(emulator: Emulator) -> None:
    box = emulator.sandbox("one", clock="frozen")
    saved = save(box, "first")
    assert (saved["sandbox"], saved["at"]) == ("one", "2026-03-15T14:30:00.000Z")
    listed = emulator.http.get("/_emulator/snapshots").json()
    assert listed == {"total": 1, "snapshots": [saved]}
    assert emulator.http.delete("/_emulator/snapshots/first").status_code == 204
    assert emulator.http.get("/_emulator/snapshots").json()["total"] == 0


@pytest.mark.slow
def test_a_downloaded_snapshot_is_a_sqlite_file_that_can_be_uploaded(
    emulator: Emulator, tmp_path: Path
) -> None:
    box = sending(emulator, "one")
    save(box, "bug")
    half_way = analytics(box)
    got = emulator.http.get("/_emulator/snapshots/bug")
    assert got.headers["content-type"] == "application/vnd.sqlite3"
    file = tmp_path / "bug.sqlite"
    file.write_bytes(got.content)
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT count(*) FROM due_event").fetchone()[0] > 0
    database.close()
    emulator.http.delete("/_emulator/snapshots/bug")
    kind = {"Content-Type": "application/vnd.sqlite3"}
    put = emulator.http.put("/_emulator/snapshots/from-ann", content=file.read_bytes(), headers=kind)
    assert put.status_code == 201, put.text
    box.advance("1h")
    restore(box, "from-ann")
    assert analytics(box) == half_way


def tampered(image: bytes, tmp_path: Path, *statements: str) -> bytes:
    file = tmp_path / "tampered.sqlite"
    file.write_bytes(image)
    with sqlite3.connect(file) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    return file.read_bytes()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("PRAGMA user_version = 12", "another version"),
        ("CREATE TABLE mine (a)", "other tables"),
        ("CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM message; END", "other tables"),
        ("UPDATE due_event SET name = 'nothing.known'", "unknown events"),
        ("DELETE FROM sandbox_state", "no sandbox"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(
    emulator: Emulator, tmp_path: Path, statement: str, says: str
) -> None:
    save(emulator.sandbox("one", clock="frozen"), "good")
    image = emulator.http.get("/_emulator/snapshots/good").content
    answer = emulator.http.put(
        "/_emulator/snapshots/bad",
        content=tampered(image, tmp_path, statement),
        headers={"Content-Type": "application/vnd.sqlite3"},
    )
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert emulator.http.get("/_emulator/snapshots").json()["total"] == 1


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"Dear Sir or Madam" * 100])
def test_something_else_than_a_database_is_refused(emulator: Emulator, content: bytes) -> None:
    answer = emulator.http.put(
        "/_emulator/snapshots/bad", content=content, headers={"Content-Type": "application/octet-stream"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_an_upload_needs_the_type_of_a_file(emulator: Emulator, content_type: str) -> None:
    answer = emulator.http.put(
        "/_emulator/snapshots/bad", content=b"x", headers={"Content-Type": content_type}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/none"), ("DELETE", "/none"), ("POST", "/none/restore")],
)
def test_an_unknown_snapshot_is_a_problem(emulator: Emulator, method: str, path: str) -> None:
    answer = emulator.http.request(method, f"/_emulator/snapshots{path}")
    assert answer.status_code == 404
    assert "none" in answer.json()["detail"]


def test_an_empty_file_is_refused_as_what_it_is(emulator: Emulator) -> None:
    headers = {"Content-Type": "application/vnd.sqlite3"}
    answer = emulator.http.put("/_emulator/snapshots/nothing", content=b"", headers=headers)
    assert answer.status_code == 422
    assert "is empty" in answer.json()["detail"]
