"""A due event that crashes is set aside: everything else goes on, and it can be retried or dropped."""

import json
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

SCHEDULE = "INSERT INTO due_event (due, name, subject, details, rows, is_dated) VALUES (?, ?, ?, ?, 0, 0)"
EVENT = (1_773_585_001_000, "rcs.action", "x:1", "{}")
"""An event at 14:30:01 whose subject is no campaign."""


@pytest.fixture
def broken(emulator: Emulator) -> Emulator:
    """The emulator after the crash of an event that its handler can not perform."""
    emulator.query(SCHEDULE, *EVENT)
    advance(emulator, "1d")
    return emulator


def advance(emulator: Emulator, duration: str) -> int:
    """Move the clock on, whatever crashes; return how many due events ran."""
    return int(emulator.http.post("/_emulator/clock", json={"advance": duration}).json()["fired"])


def failed(emulator: Emulator) -> Any:
    return emulator.http.get("/_emulator/clock/failed").json()["events"]


def test_a_crashed_event_is_listed_with_its_error(broken: Emulator) -> None:
    (event,) = failed(broken)
    assert (event["due"], event["event"], event["subject"]) == (
        "2026-03-15T14:30:01.000Z",
        "rcs.action",
        "x:1",
    )
    assert event["error"].startswith("ValueError: invalid literal")
    assert "Traceback" in event["trace"]


def test_a_crashed_event_names_its_job(emulator: Emulator) -> None:
    event = EVENT[0], "rcs.action", "rcs.campaign:1", "{}"
    emulator.query(SCHEDULE, *event)
    advance(emulator, "1d")
    assert [one["subject"] for one in failed(emulator)] == ["rcs/campaign/1"]


@pytest.mark.slow
def test_everything_else_goes_on(broken: Emulator) -> None:
    box = Sandbox(broken.http, broken.http.get("/_emulator/sandboxes/default").json())
    assert broken.http.get("/readyz").status_code == 200
    assert broken.http.get("/v1/campaigns", headers=box.autosend).status_code == 200
    assert broken.http.get("/api/accounts/balance", headers=box.rcs).status_code == 200
    assert advance(broken, "30d") > 0


def test_the_clock_and_the_sandbox_say_how_many_there_are(broken: Emulator) -> None:
    assert broken.http.get("/_emulator/clock").json()["failed"] == 1
    assert broken.http.get("/_emulator/sandboxes/default").json()["failed_events"] == 1


def test_a_retry_that_crashes_again_says_so_and_keeps_the_event(broken: Emulator) -> None:
    (event,) = failed(broken)
    answer = broken.http.post(f"/_emulator/clock/failed/{event['id']}/retry")
    assert answer.status_code == 409
    assert "ValueError" in answer.json()["detail"]
    (again,) = failed(broken)
    assert again["failed_at"] == "2026-03-16T14:30:00.000Z"


def test_a_retry_that_succeeds_takes_the_event_off_the_list(broken: Emulator) -> None:
    (account,) = broken.query("SELECT id FROM rcs_account")
    details = json.dumps({"account_id": account[0], "money": 0})
    broken.query("UPDATE failed_event SET name = 'rcs.balance', details = ?", details)
    (event,) = failed(broken)
    answer = broken.http.post(f"/_emulator/clock/failed/{event['id']}/retry")
    assert (answer.status_code, answer.json()["fired"]) == (200, 1)
    assert failed(broken) == []


def test_an_event_is_dropped(broken: Emulator) -> None:
    (event,) = failed(broken)
    assert broken.http.delete(f"/_emulator/clock/failed/{event['id']}").status_code == 204
    assert failed(broken) == []


def test_all_events_are_dropped(broken: Emulator) -> None:
    assert broken.http.delete("/_emulator/clock/failed").status_code == 204
    assert failed(broken) == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/77/retry"), ("DELETE", "/77")])
def test_an_event_that_is_not_there_is_refused(emulator: Emulator, method: str, path: str) -> None:
    answer = emulator.http.request(method, f"/_emulator/clock/failed{path}")
    assert answer.status_code == 404
    assert "77" in answer.json()["detail"]
