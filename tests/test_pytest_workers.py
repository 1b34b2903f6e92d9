"""The pytest plugin under pytest-xdist: one emulator for all workers, as long as the run."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.client import Control, UnreachableError
from tests.server import Server
from tests.team import run_tests, team_tests

pytestmark = pytest.mark.slow

NOTE = """
import os
import re
from pathlib import Path
import pytest

HERE = Path(__file__).parent

def note(emulator, word=""):
    with (HERE / "notes").open("a") as notes:
        notes.write(f"{emulator.url} {emulator.name} {word}\\n")
"""

EIGHT = """
@pytest.mark.parametrize("number", range(8))
def test_one(emulator, number):
    assert campaigns(emulator) == 200
    assert len(emulator.requests.list()) == 1
    note(emulator, emulator.detail["seed"])
"""


def noted(folder: Path) -> list[list[str]]:
    """Return the notes of the tests: the emulator's URL, the sandbox's name, and a word."""
    return [line.split(" ") for line in (folder / "notes").read_text().splitlines()]


def test_one_server_is_started_for_all_workers_and_ends_with_the_run(tmp_path: Path) -> None:
    said = run_tests(tmp_path, NOTE + EIGHT, "-n", "3")
    assert "8 passed" in said.stdout, said.stdout + said.stderr
    (url,) = {url for url, _, _ in noted(tmp_path)}
    assert {name[:4] for _, name, _ in noted(tmp_path)} <= {"gw0-", "gw1-", "gw2-"}
    with pytest.raises(UnreachableError):
        Control(url).health()


@pytest.mark.parametrize(
    "options",
    [
        ("-n", "0"),
        ("-n", "1"),
        ("-n", "2", "--dist", "loadscope"),
        ("-n", "2", "--dist", "worksteal"),
        ("-n", "4", "--maxprocesses", "2"),
        ("--dist", "each", "--tx", "2*popen"),
    ],
    ids=" ".join,
)
def test_each_test_has_its_sandbox_however_tests_are_distributed(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    said = run_tests(tmp_path, NOTE + EIGHT, *options)
    passed = 16 if "each" in options else 8
    assert f"{passed} passed" in said.stdout, said.stdout + said.stderr
    assert len({url for url, _, _ in noted(tmp_path)}) == 1
    assert len({name for _, name, _ in noted(tmp_path)}) == passed


def test_the_settings_of_the_run_hold_for_all_workers(tmp_path: Path) -> None:
    chosen = ("--emulator-clock", "60", "--emulator-fixtures", "demo", "--emulator-seed", "7")
    source = """
@pytest.mark.parametrize("number", range(4))
def test_one(emulator, number):
    assert emulator.clock.state["mode"] == "speed"
    assert len(emulator.jobs.list()) == 59
    note(emulator, emulator.detail["seed"])
"""
    said = run_tests(tmp_path, NOTE + source, "-n", "2", *chosen)
    assert "4 passed" in said.stdout, said.stdout + said.stderr
    assert {seed for _, _, seed in noted(tmp_path)} == {"7"}


def test_sandboxes_of_all_workers_get_the_seeds_that_those_of_one_process_get(tmp_path: Path) -> None:
    seeds = []
    for workers in ("0", "2"):
        assert "8 passed" in run_tests(tmp_path, NOTE + EIGHT, "-n", workers).stdout
        seeds.append({seed for _, _, seed in noted(tmp_path)})
        (tmp_path / "notes").unlink()
    assert len(seeds[0]) == 8
    assert seeds[0] == seeds[1]


def test_a_worker_that_crashes_leaves_the_server_to_its_successor(tmp_path: Path) -> None:
    source = """
@pytest.mark.parametrize("number", range(9))
def test_one(emulator, number):
    note(emulator, number)
    if number == 3:
        os._exit(1)
    assert campaigns(emulator) == 200
"""
    said = run_tests(tmp_path, NOTE + source, "-n", "1")
    assert "1 failed, 8 passed" in said.stdout, said.stdout + said.stderr
    assert len({url for url, _, _ in noted(tmp_path)}) == 1
    assert {name.partition("-")[0] for _, name, _ in noted(tmp_path)} == {"gw0", "gw1"}


def test_whoever_has_the_server_by_name_has_one_in_each_worker(tmp_path: Path) -> None:
    source = """
@pytest.fixture(scope="session")
def shop(emulator_server):
    return emulator_server.create("shop")

@pytest.mark.parametrize("number", range(6))
def test_one(emulator, number, shop):
    assert campaigns(shop) == 200
    assert shop.url == emulator.url
    note(emulator, os.environ.get("PYTEST_XDIST_WORKER"))
"""
    said = run_tests(tmp_path, NOTE + source, "-n", "2")
    assert "6 passed" in said.stdout, said.stdout + said.stderr
    places = {(url, worker) for url, _, worker in noted(tmp_path)}
    assert len(places) == len({url for url, _ in places}) == len({worker for _, worker in places})


def test_a_worker_of_another_kind_has_its_own_server(tmp_path: Path) -> None:
    said = run_tests(
        tmp_path, NOTE + EIGHT, "--dist", "each", "--tx", "popen//env:TEAM=a", "--tx", "popen//env:TEAM=b"
    )
    assert "16 passed" in said.stdout, said.stdout + said.stderr
    assert len({url for url, _, _ in noted(tmp_path)}) == 2


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with Server("--host", "0.0.0.0", EMULATOR_CONTROL_TOKEN="secret") as running:  # noqa: S104 -- a test's
        yield running


def test_workers_use_a_running_emulator_with_its_token(guarded: Server, tmp_path: Path) -> None:
    named = {"EMULATOR_URL": guarded.url, "EMULATOR_CONTROL_TOKEN": "secret"}
    said = run_tests(tmp_path, NOTE + EIGHT, "-n", "2", **named)
    assert "8 passed" in said.stdout, said.stdout + said.stderr
    assert {url for url, _, _ in noted(tmp_path)} == {guarded.url}


def test_all_workers_are_told_why_the_server_did_not_start(tmp_path: Path) -> None:
    folder = tmp_path / "accounts"
    folder.mkdir()
    said = run_tests(tmp_path, NOTE + EIGHT, "-n", "2", f"--emulator-fixtures={folder}")
    assert "8 errors" in said.stdout
    assert len(re.findall("^E +emulator.testing.StartError: ", said.stdout, re.MULTILINE)) == 8, said.stdout
    assert f"{folder}/" in said.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_ends_when_the_run_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    source = """
from time import sleep

@pytest.mark.parametrize("number", range(2))
def test_one(emulator, number):
    note(emulator)
    while not (HERE / "interrupted").exists():
        sleep(0.01)
"""
    (tmp_path / "notes").touch()
    running = team_tests(tmp_path, NOTE + source, "-n", "2")
    while len(noted(tmp_path)) < 2:
        assert running.poll() is None
    (url,) = {url for url, _, _ in noted(tmp_path)}
    running.send_signal(number)
    (tmp_path / "interrupted").touch()
    running.communicate(timeout=60)
    while is_ready(url):
        pass


def is_ready(url: str) -> bool:
    try:
        return Control(url).health() == "ok"
    except UnreachableError:
        return False
