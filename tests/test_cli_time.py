"""The command line about time: how fast messages leave, and when a sandbox begins."""

import json
import subprocess
import sys

import pytest

from tests.server import Server, run, run_alone

pytestmark = pytest.mark.slow


def rows(said: subprocess.CompletedProcess[str]) -> list[list[str]]:
    """Return the cells of a table that a command printed, below its headings."""
    assert said.returncode == 0, said.stdout + said.stderr
    return [line.split() for line in said.stdout.splitlines()[1:]]


def test_the_pace_of_providers_is_shown_and_set(server: Server) -> None:
    assert ["autosend", "100"] in rows(run("pace", "--url", server.url))
    changed = rows(run("pace", "2.5", "--provider", "rcs", "--url", server.url))
    assert changed == [["rcs", "2.5"]]
    shown = rows(run("pace", "--url", server.url))
    assert shown == [["altcraft", "20"], ["rcs", "2.5"], ["autosend", "100"]]


def test_the_pace_of_a_job_is_set_and_shown(server: Server) -> None:
    name = "altcraft/mailing/15"
    assert rows(run("pace", "0.5", "--job", name, "--url", server.url)) == [[name, "0.5"]]
    assert rows(run("pace", "--job", name, "--url", server.url)) == [[name, "0.5"]]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("0",), 3, "greater than or equal to"),
        (("nan",), 3, "pace"),
        (("1", "--provider", "mailgun"), 3, "altcraft, rcs, autosend"),
        (("1", "--provider", "rcs", "--job", "rcs/campaign/1"), 2, "--provider or --job"),
    ],
)
def test_a_wrong_pace_is_refused(
    server: Server, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    said = run("pace", *arguments, "--url", server.url)
    assert (said.returncode, complaint in said.stderr) == (code, True)


def test_a_sandbox_begins_where_it_is_told(server: Server) -> None:
    said = run("sandbox", "create", "--clock", "frozen", "--at", "2026-05-01T00:00:00Z", "--url", server.url)
    assert "2026-05-01T00:00:00.000Z (frozen)" in said.stdout
    said = run("sandbox", "create", "--clock", "frozen", "--at", "soon", "--url", server.url)
    assert (said.returncode, "at: must be now, epoch, or an instant" in said.stderr) == (3, True)


def test_a_server_begins_where_it_is_told() -> None:
    with Server("--clock", "frozen", "--at", "2026-05-01T00:00:00Z") as running:
        assert "2026-05-01T00:00:00.000Z (frozen)" in run("sandbox", "show", "--url", running.url).stdout


@pytest.mark.parametrize(
    ("options", "environment", "complaint"),
    [
        (("--clock", "frozen", "--at", "soon"), {}, "at: must be now, epoch, or an instant"),
        (("--clock", "frozen", "--at", "2026-02-29T00:00:00Z"), {}, "at: there is no such date"),
        (("--at", "epoch"), {}, "at: a real clock shows the machine's time"),
        ((), {"EMULATOR_CLOCK": "frozen", "EMULATOR_AT": "2026-05-01"}, "at (EMULATOR_AT): "),
    ],
)
def test_a_server_that_can_not_begin_there_does_not_start(
    options: tuple[str, ...], environment: dict[str, str], complaint: str
) -> None:
    said = run("serve", "--port", "0", *options, **environment)
    assert (said.returncode, complaint in said.stderr) == (2, True), said.stderr


@pytest.mark.parametrize(
    ("options", "begins"), [((), "now"), (("--at", "epoch"), "2026-03-15T14:30:00.000Z")]
)
def test_a_command_has_an_emulator_that_begins_now_unless_it_says_where(
    options: tuple[str, ...], begins: str
) -> None:
    show = (sys.executable, "-m", "emulator", "sandbox", "show", "--json")
    shown = json.loads(run_alone("exec", "--clock", "frozen", *options, "--", *show).stdout)
    assert (shown["now"] == shown["begins_at"], shown["clock"]) == (True, "frozen")
    assert shown["now"] == begins or (begins == "now" and shown["now"] > "2026-03-16")
