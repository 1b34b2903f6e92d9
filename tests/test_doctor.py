"""`emulator doctor` on running emulators: events that crashed, and public URLs."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server import Server, free_port, run

pytestmark = pytest.mark.slow


def test_the_doctor_names_the_sandboxes_whose_events_crashed(tmp_path: Path) -> None:
    with Server("--clock", "frozen", "--data", str(tmp_path)):
        pass
    with closing(sqlite3.connect(tmp_path / "default.sqlite")) as database:
        event = (1_773_585_001_000, "rcs.action", "x:1", "{}")
        database.execute(
            "INSERT INTO due_event (due, name, subject, details, rows, is_dated) VALUES (?, ?, ?, ?, 0, 0)",
            event,
        )
        database.commit()
    with Server("--clock", "frozen", "--data", str(tmp_path)) as server, server.client() as client:
        client.post("/_emulator/clock", json={"advance": "1d"})
        said = run("doctor", "--json", "--port", "0", "--url", server.url)
    checks = {one["check"]: one for one in json.loads(said.stdout)["checks"]}
    assert (said.returncode, checks["address"]["state"]) == (0, "warn")
    assert "due events crashed: 1 in default" in checks["address"]["text"]


def test_the_doctor_tells_whether_a_public_url_leads_to_its_emulator() -> None:
    own = f"http://127.0.0.1:{free_port()}"
    with Server() as other, Server("--public-url", other.url) as server:
        elsewhere = run("doctor", "--json", "--port", "0", "--url", server.url)
    with Server("--public-url", own, "--port", own.rpartition(":")[2]):
        there = run("doctor", "--json", "--port", "0", EMULATOR_PUBLIC_URL=own)
    not_yet = run("doctor", "--json", "--port", "0", EMULATOR_PUBLIC_URL=own)
    state, text = public_url_of(elsewhere.stdout)
    assert (state, f"{other.url} leads to an emulator that calls itself None" in text) == ("fail", True)
    assert public_url_of(there.stdout) == ("ok", f"{own} leads to the emulator that calls itself so")
    state, text = public_url_of(not_yet.stdout)
    assert (state, "no emulator answers there yet" in text) == ("ok", True)


def public_url_of(output: str) -> tuple[str, str]:
    (found,) = (one for one in json.loads(output)["checks"] if one["check"] == "public url")
    return found["state"], found["text"]
