"""`emulator doctor` about an emulator whose events crashed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server import Server, run

pytestmark = pytest.mark.slow


def test_the_doctor_names_the_sandboxes_whose_events_crashed(tmp_path: Path) -> None:
    with Server("--clock", "frozen", "--data", str(tmp_path)):
        pass
    with closing(sqlite3.connect(tmp_path / "default.sqlite")) as database:
        event = (1_773_585_001_000, "rcs.action", "x:1", "{}")
        database.execute("INSERT INTO due_event (due, name, subject, details) VALUES (?, ?, ?, ?)", event)
        database.commit()
    with Server("--clock", "frozen", "--data", str(tmp_path)) as server, server.client() as client:
        client.post("/_emulator/clock", json={"advance": "1d"})
        said = run("doctor", "--json", "--port", "0", "--url", server.url)
    checks = {one["check"]: one for one in json.loads(said.stdout)["checks"]}
    assert (said.returncode, checks["address"]["state"]) == (0, "warn")
    assert "due events crashed: 1 in default" in checks["address"]["text"]
