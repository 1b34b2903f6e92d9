"""The command line about time: how fast messages leave, and when a sandbox begins."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.server import Server, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("--clock", "frozen") as running:
        yield running


def rows(said: subprocess.CompletedProcess[str]) -> list[list[str]]:
    """Return the cells of a table that a command printed, below its headings."""
    assert said.returncode == 0, said.stdout + said.stderr
    return [line.split() for line in said.stdout.splitlines()[1:]]


def test_the_pace_of_providers_is_shown_and_set(server: Server) -> None:
    assert ["autosend", "100"] in rows(run("pace", "--url", server.url))
    changed = rows(run("pace", "2.5", "--provider", "rcs", "--url", server.url))
    assert changed == [["altcraft", "20"], ["rcs", "2.5"], ["autosend", "100"]]


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
