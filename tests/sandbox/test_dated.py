"""Events of a fixture at a date: they do not move with the beginning of a sandbox."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from emulator.engine.clock import from_datetime
from emulator.settings import shipped_fixtures
from emulator.yaml_text import read_yaml
from tests.conftest import Emulator, Sandbox, in_process

pytestmark = pytest.mark.slow

CAMPAIGN = "66a0c1d2e3f4a5b6c7d89001"
FIRST = "2026-05-01T23:20:00Z"
"""When the first sandbox begins; those that begin within an hour are copies of the same template."""


def of_a_new_domain(account: Any) -> None:
    """Let a campaign have sent 300 of 400 mails today: the limit of a new domain."""
    project = account["projects"][0]
    project["domains"][0] |= {"new": True, "created": "2026-05-01T10:00:00Z"}
    project["keys"].insert(0, {"key": "AS_until_midnight", "expires": "2026-05-02T00:00:00Z"})
    project["templates"] = [
        {"id": "A-0f1e2d3c4b5a69788796", "name": "T", "subject": "S", "html": "<p>x</p>", "created": FIRST}
    ]
    project["lists"] = [
        {"id": "66a0c1d2e3f4a5b6c7d8dddd", "name": "L",
         "generate": {"count": 400, "pattern": "reader{n}@example.com"}}
    ]  # fmt: skip
    project["campaigns"] = [
        {"id": CAMPAIGN, "name": "C", "subject": "S", "template": "A-0f1e2d3c4b5a69788796",
         "sender": "66a0c1d2e3f4a5b6c7d82001", "lists": ["66a0c1d2e3f4a5b6c7d8dddd"],
         "created": FIRST, "released": "10m"}
    ]  # fmt: skip


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder: Path = copytree(shipped_fixtures() / "empty", tmp_path_factory.mktemp("fixtures") / "own")
    file = folder / "autosend" / "account.yaml"
    account = read_yaml(file.read_text("utf-8"))
    of_a_new_domain(account)
    file.write_text(yaml.safe_dump(account))
    with in_process(fixtures=str(folder)) as running:
        yield running


def made_at(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, *times: str) -> Sandbox:
    """Make a sandbox at each of these times of the machine's clock; return the last one."""
    for time in times:
        now = from_datetime(datetime.fromisoformat(time))
        monkeypatch.setattr("emulator.sandbox.world.machine_millis", lambda now=now: now)
        box = emulator.sandbox(clock="frozen", at="now")
        assert box.control("GET", "/clock").json()["now"] == time.replace("Z", ".000Z")
    return box


TO_MIDNIGHT = pytest.mark.parametrize(
    ("begins", "before"), [(FIRST, "39m59s"), ("2026-05-01T23:50:00Z", "9m59s"), ("2026-05-02T00:10:00Z", "")]
)
"""When a sandbox begins, and the time from then to a second before midnight; empty after midnight."""


def queued(box: Sandbox) -> int:
    counts = box.control("GET", f"/jobs/autosend/campaign/{CAMPAIGN}").json()["counts"]
    return int(counts.get("queued", 0))


@TO_MIDNIGHT
def test_a_campaign_goes_on_when_the_next_day_of_its_domain_begins(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, begins: str, before: str
) -> None:
    box = made_at(emulator, monkeypatch, FIRST, begins)
    if before:
        box.advance(before)
        assert queued(box) == 100
    box.advance("5s")
    assert queued(box) == 0


@TO_MIDNIGHT
def test_a_key_expires_at_its_date(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, begins: str, before: str
) -> None:
    box = made_at(emulator, monkeypatch, FIRST, begins)
    if before:
        box.advance(before)
        assert box.http.get("/v1/campaigns", headers=box.autosend).status_code == 200
    box.advance("2s")
    assert box.http.get("/v1/campaigns", headers=box.autosend).status_code == 401
