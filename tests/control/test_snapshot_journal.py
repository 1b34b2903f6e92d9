"""A snapshot contains the journal, without secrets, and the ids of its sandbox."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.conftest import BASE_URL, Emulator, Sandbox, in_process
from tests.held import Held, served_beside

CAMPAIGN = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"
MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ada@example.com"},
    "subject": "Hello",
    "html": "<p>x</p>",
}


def used(emulator: Emulator, name: str = "one", **wanted: Any) -> Sandbox:
    """Return a sandbox that has received requests of all kinds."""
    box, http = emulator.sandbox(name, clock="frozen", **wanted), emulator.http
    fault = {"provider": "rcs", "status": 503, "times": 1}
    assert box.control("POST", "/faults", json=fault).status_code == 201
    http.get("/v1/campaigns?token=hunter2hunter2", headers=box.autosend)
    http.patch(CAMPAIGN, json={"name": "Осень", "colour": "red"}, headers=box.autosend)
    http.get("/v1/nothing", headers=box.autosend)
    http.post("/api/auth/login", json={"api_key": box.environment["RCS_API_KEY"], "secret": "hunter2hunter2"})
    http.get("/api/accounts/balance", headers=box.rcs)
    http.post("/api/v1.1/campaigns/get", json={"token": box.environment["ALTCRAFT_TOKEN"], "id": 12})
    http.post("/v1/mails/send", content=b"\xff\xfe\0", headers=box.autosend)
    return box


def journal(box: Sandbox) -> Any:
    return box.control("GET", "/requests").json()["requests"]


def save(box: Sandbox, name: str = "half-way") -> bytes:
    assert box.control("POST", "/snapshots", json={"name": name}).status_code == 201
    content: bytes = box.http.get(f"/_emulator/snapshots/{name}").content
    return content


def restore(box: Sandbox, name: str = "half-way") -> None:
    answer = box.control("POST", f"/snapshots/{name}/restore")
    assert answer.status_code == 200, answer.text


@pytest.mark.slow
def test_a_restored_sandbox_has_the_journal_that_it_had(emulator: Emulator) -> None:
    box = used(emulator)
    before = journal(box)
    assert len(before) == 7
    save(box)
    box.http.get("/v1/campaigns", headers=box.autosend)
    restore(box)
    assert journal(box) == before
    box.http.get("/v1/campaigns", headers=box.autosend)
    assert [entry["number"] for entry in journal(box)] == [1, 2, 3, 4, 5, 6, 7, 8]


def held_at_its_end(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Save a snapshot with two requests, and hold up its restore after the sandbox has begun anew."""
    for _ in range(2):
        box.http.get("/v1/campaigns", headers=box.autosend)
    save(box)
    held = Held(Path.unlink)
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: held(path, missing_ok))
    return held


def test_requests_that_come_while_a_restore_ends_have_the_numbers_that_follow(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = emulator.sandbox("one", clock="frozen")
    held = held_at_its_end(box, monkeypatch)
    served_beside(
        held,
        lambda: box.control("POST", "/snapshots/half-way/restore"),
        lambda: box.http.get("/v1/campaigns", headers=box.autosend),
    )
    assert [entry["number"] for entry in journal(box)] == [1, 2, 3]
    save(box, "after")


def test_a_reset_while_a_restore_ends_leaves_no_journal(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = emulator.sandbox("one", clock="frozen")
    held = held_at_its_end(box, monkeypatch)
    served_beside(
        held,
        lambda: box.control("POST", "/snapshots/half-way/restore"),
        lambda: box.control("POST", "/reset"),
    )
    assert journal(box) == []


@pytest.mark.slow
def test_a_snapshot_of_a_restored_sandbox_has_the_journal_too(emulator: Emulator) -> None:
    box = used(emulator)
    before = journal(box)
    save(box)
    restore(box)
    save(box, "again")
    box.control("POST", "/reset")
    assert journal(box) == []
    restore(box, "again")
    assert journal(box) == before


@pytest.mark.slow
def test_another_server_goes_on_with_the_journal(emulator: Emulator) -> None:
    box = used(emulator)
    before, content = journal(box), save(box)
    with TestClient(create_app(Settings(clock="frozen")), base_url=BASE_URL) as http:
        kind = {"Content-Type": "application/vnd.sqlite3"}
        assert http.put("/_emulator/snapshots/bug", content=content, headers=kind).status_code == 201
        assert http.post("/_emulator/snapshots/bug/restore").status_code == 200
        assert http.get("/_emulator/requests").json()["requests"] == before


def test_the_journal_in_a_snapshot_has_no_secrets(emulator: Emulator) -> None:
    box = used(emulator)
    login = emulator.http.post("/api/auth/login", json={"api_key": box.environment["RCS_API_KEY"]}).json()
    emulator.http.get("/api/accounts/balance", headers={"Authorization": f"Bearer {login['bearer']}"})
    content = save(box)
    for secret in ("hunter2hunter2", login["bearer"]):
        assert secret.encode() not in content
    restore(box)
    shown = box.control("GET", "/requests").text
    assert "hunter2" not in shown
    assert f"Bearer {login['bearer'][:7]}…" in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    "match",
    [
        {"body": {"name": "Осень"}},
        {"body": {"colour": "red"}, "status": 200},
        {"method": "PATCH", "operation": "PATCH /v1/campaigns/{campaignId}"},
        {"path": CAMPAIGN},
        {"text": "осень"},
    ],
)
def test_requests_of_a_snapshot_can_be_verified(emulator: Emulator, match: Any) -> None:
    box = used(emulator)
    save(box)
    for _ in range(2):
        answer = box.control("POST", "/requests/verify", json={"match": match, "exactly": 1})
        assert answer.status_code == 200, answer.text
        restore(box)


def test_requests_of_a_snapshot_are_found_by_their_credential(emulator: Emulator) -> None:
    box = used(emulator)
    key = box.environment["AUTOSEND_API_KEY"]
    save(box)
    restore(box)
    for credential in (key, f"{key[:7]}…"):
        wanted = {"match": {"credential": credential}, "exactly": 4}
        assert box.control("POST", "/requests/verify", json=wanted).status_code == 200


def test_the_admin_api_of_wiremock_shows_the_same(emulator: Emulator) -> None:
    box = used(emulator)
    path = "/_emulator/wiremock/one/__admin/requests"
    before = emulator.http.get(path).json()
    save(box)
    restore(box)
    assert emulator.http.get(path).json() == before


@pytest.mark.slow
def test_a_restored_journal_knows_what_it_has_not_to_the_end(emulator: Emulator) -> None:
    box = emulator.sandbox()
    mail = {"to": {"email": "ada@example.com"}, "subject": "S", "html": "x" * 1_100_000, "templateId": "none"}
    box.http.post("/v1/mails/send", json=mail, headers=box.autosend)
    before = journal(box)
    save(box)
    restore(box)
    assert [entry["cut"] for entry in before] == [True]
    assert journal(box) == before
    wanted = {"match": {"body": {"templateId": "other"}}, "never": True}
    assert not box.control("POST", "/requests/verify", json=wanted).json()["passed"]


@pytest.mark.slow
def test_a_restored_journal_knows_how_many_requests_it_dropped() -> None:
    with in_process(fixtures="empty", journal_entries=3) as emulator:
        box = emulator.sandbox("one", clock="frozen")
        for _ in range(5):
            box.http.get("/v1/campaigns", headers=box.autosend)
        for _ in range(2):
            save(box)
            box.control("POST", "/reset")
            restore(box)
            assert box.control("GET", "/requests").json()["dropped"] == 2
        wanted = {"match": {"operation": "POST /v1/mails/send"}, "never": True}
        verdict = box.control("POST", "/requests/verify", json=wanted).json()
        assert (verdict["passed"], verdict["unknown"]) == (False, 2)
        box.control("POST", "/reset")
        assert box.control("GET", "/requests").json()["dropped"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"journal_entries": 3}, {"journal_bytes": 8000}])
def test_a_smaller_journal_keeps_the_newest(emulator: Emulator, settings: Any) -> None:
    before, content = journal(box := used(emulator)), save(box)
    with TestClient(create_app(Settings(clock="frozen", **settings)), base_url=BASE_URL) as http:
        kind = {"Content-Type": "application/vnd.sqlite3"}
        assert http.put("/_emulator/snapshots/bug", content=content, headers=kind).status_code == 201
        assert http.post("/_emulator/snapshots/bug/restore").status_code == 200
        found = http.get("/_emulator/requests").json()["requests"]
    assert [entry["number"] for entry in found] == [entry["number"] for entry in before][-3:]


@pytest.mark.slow
def test_a_server_without_a_journal_takes_the_snapshot_all_the_same(emulator: Emulator) -> None:
    content = save(used(emulator))
    with TestClient(create_app(Settings(clock="frozen", journal_entries=0)), base_url=BASE_URL) as http:
        kind = {"Content-Type": "application/vnd.sqlite3"}
        assert http.put("/_emulator/snapshots/bug", content=content, headers=kind).status_code == 201
        assert http.post("/_emulator/snapshots/bug/restore").status_code == 200


@pytest.mark.slow
def test_a_sandbox_that_goes_on_is_not_larger_for_its_journal(emulator: Emulator) -> None:
    box = used(emulator)
    save(box)
    restore(box)
    box.control("DELETE", "/requests")
    with_none = len(save(box, "none"))
    fresh = emulator.sandbox("fresh", clock="frozen")
    assert with_none < len(save(fresh, "fresh")) + 20_000


def sent(box: Sandbox) -> Any:
    return box.http.post("/v1/mails/send", json=MAIL, headers=box.autosend).json()["data"]["emailId"]


@pytest.mark.slow
def test_ids_go_on_as_they_would_have_there_until_a_reset(emulator: Emulator) -> None:
    one, other = used(emulator, "one", seed=7), emulator.sandbox("other", clock="frozen", seed=8)
    own = sent(other)
    save(one)
    there = sent(one)
    restore(other)
    assert sent(other) == there
    save(other, "again")
    assert other.control("GET", "/sandboxes/other").json()["seed"] == 8
    assert other.control("POST", "/reset").json()["seed"] == 8
    assert sent(other) == own
    restore(one, "again")
    restore(other, "again")
    assert sent(one) == sent(other)
