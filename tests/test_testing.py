"""`emulator.testing`: the emulator in tests with any framework."""

import os
import subprocess
import sys
import unittest
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from emulator.client import Control, SandboxClient, UnreachableError
from emulator.engine.clock import machine_millis, to_datetime
from emulator.testing import StartError, connected, running, sandbox
from tests.server import Server

pytestmark = pytest.mark.slow

CAMPAIGN = "60d5ec49f1b2c72d9c8b4567"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("--clock", "frozen") as started:
        yield started


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EMULATOR_")]:
        monkeypatch.delenv(name)


def abort(box: SandboxClient) -> int:
    """Abort a campaign as a client would, and return the HTTP status."""
    address = f"{box.base_urls['autosend']}/campaigns/{CAMPAIGN}/abort"
    bearer = {"Authorization": f"Bearer {box.credentials['autosend']}"}
    try:
        with urlopen(Request(address, method="POST", headers=bearer)) as answer:  # noqa: S310 -- it is ours
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def test_a_server_runs_for_the_block() -> None:
    with running(clock="frozen", seed=7, journal_entries=5) as control:
        assert control.health() == "ok"
        box = control.sandbox()
        assert (box.detail["clock"], box.detail["seed"]) == ("frozen", 7)
    with pytest.raises(UnreachableError, match="was started for these tests, and has ended"):
        box.clock.advance("1m")


def test_only_the_settings_of_the_test_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMULATOR_CLOCK", "frozen")
    monkeypatch.setenv("EMULATOR_DATA", str(tmp_path))
    with running(host="0.0.0.0") as control:  # noqa: S104 -- it wants a token then
        assert control.sandbox().clock.state["mode"] == "real"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"clock": "never"}, "clock"),
        ({"colour": "red"}, "EMULATOR_COLOUR"),
        ({"clok": "frozen"}, r"there is no setting clok \(EMULATOR_CLOK\), did you mean clock"),
    ],
)
def test_a_server_that_does_not_start_says_why(settings: dict[str, str], complaint: str) -> None:
    with pytest.raises(StartError, match=complaint) as failed, running(**settings):
        pass
    assert failed.value.code == 2


def test_a_running_emulator_is_used_where_the_environment_names_one(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("EMULATOR_URL", server.url)
    with connected() as control:
        assert control.url == server.url
    with sandbox() as box:
        assert box.base_urls["autosend"] == f"{server.url}/v1"


def test_an_emulator_that_is_started_has_the_clock_of_the_sandbox() -> None:
    with sandbox(fixtures="demo", at="epoch") as box:
        past = {message["created_at"][:7] for message in box.messages.list(after=0)}
        assert max(past) == "2026-03"


def test_an_emulator_that_is_started_begins_empty() -> None:
    with running() as control:
        assert [one["fixtures"] for one in control.sandboxes()] == ["empty"]
        with sandbox(control) as box:
            assert (box.detail["fixtures"], box.jobs.list()) == ("empty", [])
        with sandbox(control, fixtures="demo") as box:
            assert (box.detail["fixtures"], len(box.jobs.list())) == ("demo", 59)


def test_an_emulator_that_is_started_with_a_set_makes_sandboxes_of_it() -> None:
    with running(fixtures="demo") as control, sandbox(control) as box:
        assert box.detail["fixtures"] == "demo"


def test_a_test_finds_what_its_sandbox_sent_and_no_history(server: Server) -> None:
    with sandbox(Control(server.url), fixtures="demo") as box:
        assert box.messages.list() == []
        assert len(box.messages.list(after=0)) > 100
        box.jobs.act("autosend/campaign/66a0c1d2e3f4a5b6c7d80001", "publish")
        box.clock.advance("1h")
        sent = box.messages.list(provider="autosend")
        assert {message["job"] for message in sent} == {"autosend/campaign/66a0c1d2e3f4a5b6c7d80001"}
        assert box.messages.find(recipient="ann@example.com")["id"] in {message["id"] for message in sent}
        assert box.messages.wait(recipient="ann@")[0]["id"] in {message["id"] for message in sent}
        box.reset()
        assert box.messages.list() == []


def test_a_sandbox_of_a_running_emulator_begins_empty(server: Server) -> None:
    with sandbox(Control(server.url)) as box:
        assert box.detail["fixtures"] == "empty"
    assert Control(server.url).create("as-it-is").detail["fixtures"] == "demo"
    Control(server.url).sandbox("as-it-is").delete()


def test_a_sandbox_is_fresh_and_gone_after_the_block(server: Server) -> None:
    control = Control(server.url)
    for _ in range(2):
        with sandbox(control, "mine", fixtures="demo", at="epoch") as box:
            assert abort(box) == 200
            assert box.clock.advance("2m")["now"] == "2026-03-15T14:32:00.000Z"
            assert [entry["status"] for entry in box.requests.list()] == [200]
    assert abort(box) == 401
    assert [one["name"] for one in control.sandboxes()] == ["default"]


@pytest.mark.parametrize(
    ("wanted", "begins", "mode"),
    [
        ({}, "now", "frozen"),
        ({"clock": "frozen"}, "now", "frozen"),
        ({"at": datetime(2026, 5, 1, tzinfo=UTC)}, "2026-05-01T00:00:00.000Z", "frozen"),
        ({"clock": 60, "at": "2026-05-01T00:00:00Z"}, "2026-05-01T00:00:00.000Z", "speed"),
        ({"clock": "real"}, None, "real"),
        ({"clock": None}, "2026-03-15T14:30:00.000Z", "frozen"),
    ],
)
def test_a_sandbox_begins_now_or_where_it_is_told(
    server: Server, wanted: Any, begins: str | None, mode: str
) -> None:
    with sandbox(Control(server.url), **wanted) as box:
        expected = box.detail["made_at"] if begins == "now" else begins
        assert (box.detail["begins_at"], box.detail["clock"]) == (expected, mode)


@pytest.mark.parametrize("start", [connected, partial(running, clock="frozen")], ids=["connected", "running"])
def test_a_frozen_emulator_that_is_started_begins_now(
    start: Callable[[], AbstractContextManager[Control]],
) -> None:
    with start() as control:
        age = to_datetime(machine_millis()) - control.sandbox().clock.now
        assert abs(age) < timedelta(minutes=5)


def test_an_emulator_that_is_started_begins_where_it_is_told() -> None:
    with running(clock="frozen", at="epoch") as control:
        assert control.sandbox().detail["now"] == "2026-03-15T14:30:00.000Z"


def test_a_sandbox_has_a_pace(server: Server) -> None:
    with sandbox(Control(server.url), pace=0.5) as box:
        assert {one["pace"] for one in box.pace()} == {0.5}


def test_a_test_may_delete_its_sandbox_itself(server: Server) -> None:
    control = Control(server.url)
    with sandbox(control) as box:
        box.delete()
    assert box.name not in {one["name"] for one in control.sandboxes()}


def test_a_sandbox_can_be_saved_restored_reset_and_filled(server: Server) -> None:
    control = Control(server.url)
    with sandbox(control, fixtures="demo") as box:
        box.save("fresh")
        assert abort(box) == 200
        assert abort(box) != 200
        box.restore("fresh")
        assert abort(box) == 200
        box.reset()
        assert abort(box) == 200
        key = box.credentials["rcs"]
        box.seed(Path(__file__).parent.parent / "fixtures" / "demo", seed=9)
        assert (box.detail["seed"], box.credentials["rcs"]) == (9, key)
    control.snapshots.delete("fresh")


def test_the_clock_of_a_sandbox_is_steered(server: Server) -> None:
    with sandbox(Control(server.url), fixtures="demo", at="epoch") as box:
        begin = box.clock.now
        assert begin.isoformat() == "2026-03-15T14:30:00+00:00"
        assert box.clock.run(speed=60)["mode"] == "speed"
        assert box.clock.freeze()["mode"] == "frozen"
        assert box.clock.set("2026-05-01T00:00:00Z")["now"] == "2026-05-01T00:00:00.000Z"
        assert box.clock.set(begin)["now"] == "2026-03-15T14:30:00.000Z"
        assert box.clock.to_next_event()["fired"] >= 1


class CampaignTest(unittest.TestCase):
    """A test of a client that uses unittest."""

    control: ClassVar[Control]

    @classmethod
    def setUpClass(cls) -> None:
        cls.control = cls.enterClassContext(connected())

    def setUp(self) -> None:
        self.sandbox = self.enterContext(sandbox(self.control, fixtures="demo"))

    def test_a_campaign_is_aborted(self) -> None:
        self.assertEqual(abort(self.sandbox), 200)  # noqa: PT009 -- as they write it

    def test_every_test_begins_afresh(self) -> None:
        self.assertEqual(abort(self.sandbox), 200)  # noqa: PT009 -- as they write it


def test_a_server_does_not_outlive_a_process_that_is_killed() -> None:
    script = (
        "import os, signal, emulator.testing as testing\n"
        "with testing.running() as control:\n"
        "    print(control.url, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    control = Control(killed.stdout.strip())
    while _is_ready(control):
        pass


def _is_ready(control: Control) -> bool:
    try:
        return control.health() == "ok"
    except UnreachableError:
        return False
