"""The pytest plugin, used by the tests of a client."""

import shutil
from pathlib import Path

import pytest

from emulator.client import Control
from emulator.settings import shipped_fixtures
from tests.server import Server
from tests.team import run_tests

pytestmark = pytest.mark.slow


def test_every_test_has_a_fresh_sandbox_of_an_emulator_that_is_started(tmp_path: Path) -> None:
    said = run_tests(
        tmp_path,
        """
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_one(emulator, number):
    assert emulator.clock.state["mode"] == "frozen"
    assert campaigns(emulator) == 200
    assert len(emulator.requests.list()) == 1

def test_the_server_is_the_same(emulator_server, emulator):
    assert [one["name"] for one in emulator_server.sandboxes()] == ["default", emulator.name]
""",
    )
    assert "3 passed" in said.stdout, said.stdout + said.stderr


def test_a_running_emulator_is_used_where_one_is_named(server: Server, tmp_path: Path) -> None:
    source = f"def test_one(emulator):\n    assert emulator.environment['EMULATOR_URL'] == {server.url!r}\n"
    assert "1 passed" in run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "1 passed" in run_tests(tmp_path, source, EMULATOR_URL=server.url).stdout
    assert "1 passed" in run_tests(tmp_path, source, "-o", f"emulator_url={server.url}").stdout
    assert [one["name"] for one in Control(server.url).sandboxes()] == ["default"]


@pytest.mark.parametrize(("clock", "mode"), [("real", "real"), ("60", "speed")])
def test_the_clock_of_the_sandboxes_is_chosen(server: Server, tmp_path: Path, clock: str, mode: str) -> None:
    source = f"def test_one(emulator):\n    assert emulator.clock.state['mode'] == {mode!r}\n"
    said = run_tests(tmp_path, source, "--emulator-url", server.url, "--emulator-clock", clock)
    assert "1 passed" in said.stdout, said.stdout + said.stderr


@pytest.mark.parametrize("where", ["started", "running"])
@pytest.mark.parametrize(("fixtures", "jobs"), [(None, 0), ("empty", 0), ("demo", 59)])
def test_a_test_begins_empty_unless_it_chooses(
    server: Server, tmp_path: Path, where: str, fixtures: str | None, jobs: int
) -> None:
    source = f"def test_one(emulator):\n    assert len(emulator.jobs.list()) == {jobs}\n"
    options = ["--emulator-url", server.url] if where == "running" else []
    by_ini = ["-o", f"emulator_fixtures={fixtures}"] if fixtures else []
    said = run_tests(tmp_path, source, *options, *by_ini)
    assert "1 passed" in said.stdout, said.stdout + said.stderr
    if fixtures:
        said = run_tests(tmp_path, source, *options, "--emulator-fixtures", fixtures)
        assert "1 passed" in said.stdout, said.stdout + said.stderr


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    """A folder of accounts, which differs from the set `empty` by its money."""
    folder = tmp_path / "accounts"
    shutil.copytree(shipped_fixtures() / "empty", folder)
    file = folder / "rcs" / "account.yaml"
    file.write_text(file.read_text().replace("money: 1000", "money: 77", 1))
    return folder


OWN = """
def test_one(emulator):
    assert emulator.balances.get("rcs")["balance"] == 77
"""


def test_a_folder_is_what_an_emulator_that_is_started_begins_with(tmp_path: Path, accounts: Path) -> None:
    said = run_tests(tmp_path, OWN, "--emulator-fixtures", str(accounts))
    assert "1 passed" in said.stdout, said.stdout + said.stderr


def test_a_folder_in_the_ini_file_is_looked_for_beside_it(tmp_path: Path, accounts: Path) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nemulator_fixtures = {accounts.name}\n")
    said = run_tests(tmp_path, OWN)
    assert "1 passed" in said.stdout, said.stdout + said.stderr


def test_the_accounts_of_a_running_emulator_that_has_its_own_are_kept(tmp_path: Path, accounts: Path) -> None:
    with Server("--clock", "frozen", "--fixtures", str(accounts)) as running:
        said = run_tests(tmp_path, OWN, "--emulator-url", running.url)
    assert "1 passed" in said.stdout, said.stdout + said.stderr


def test_the_accounts_of_a_server_of_the_test_are_kept(tmp_path: Path, accounts: Path) -> None:
    own = f"""
import emulator.testing, pytest

@pytest.fixture(scope="session")
def emulator_server():
    with emulator.testing.running(clock="frozen", fixtures={str(accounts)!r}) as control:
        yield control
"""
    said = run_tests(tmp_path, own + OWN)
    assert "1 passed" in said.stdout, said.stdout + said.stderr


def test_a_folder_is_refused_where_the_emulator_runs_already(server: Server, tmp_path: Path) -> None:
    source = "def test_one(emulator): pass"
    said = run_tests(tmp_path, source, "--emulator-url", server.url, "--emulator-fixtures", str(tmp_path))
    assert "emulator_fixtures" in said.stderr
    assert f"{server.url} runs already" in said.stderr


def test_workers_do_not_disturb_each_other(server: Server, tmp_path: Path) -> None:
    source = """
import pytest

@pytest.mark.parametrize("number", range(12))
def test_with_the_same_long_name_on_every_worker_and_more_of_it_than_a_sandbox_may_have(emulator, number):
    assert campaigns(emulator) == 200
    assert len(emulator.requests.list()) == 1
"""
    said = run_tests(tmp_path, source, "-n", "3", "--emulator-url", server.url)
    assert "12 passed" in said.stdout, said.stdout + said.stderr


def test_a_folder_of_accounts_does_not_change_where_pytest_looks_for_its_settings(
    tmp_path: Path, accounts: Path
) -> None:
    (accounts / "pytest.ini").write_text("[pytest]\nemulator_seed = many\n")
    said = run_tests(tmp_path, OWN, f"--emulator-fixtures={accounts}")
    assert "1 passed" in said.stdout, said.stdout + said.stderr


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_whoever_does_not_use_it_pays_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    source = """
import sys

def test_nothing_is_loaded():
    ours = {name for name in sys.modules if name.partition(".")[0] == "emulator"}
    assert ours == {"emulator", "emulator.pytest_plugin"}
    assert not {"pydantic", "fastapi", "starlette", "sqlmodel", "typer", "yaml"} & set(sys.modules)
"""
    assert "1 passed" in run_tests(tmp_path, source, *options).stdout


def test_a_seed_makes_all_sandboxes_alike(tmp_path: Path, server: Server) -> None:
    source = """
def test_one(emulator):
    assert emulator.detail["seed"] == 7

def test_two(emulator):
    assert emulator.detail["seed"] == 7
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url, "--emulator-seed", "7")
    assert "2 passed" in said.stdout


def test_sandboxes_begin_now_unless_it_is_said_where(tmp_path: Path, server: Server) -> None:
    source = """
def test_one(emulator):
    assert emulator.detail["begins_at"] == emulator.detail["now"] == emulator.detail["made_at"]
"""
    assert "1 passed" in run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    source = "def test_one(emulator):\n    assert emulator.detail['now'] == '2026-03-15T14:30:00.000Z'\n"
    assert (
        "1 passed"
        in run_tests(tmp_path, source, "--emulator-url", server.url, "--emulator-at", "epoch").stdout
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nemulator_at = 2026-03-15T14:30:00Z\n")
    assert "1 passed" in run_tests(tmp_path, source, "--emulator-url", server.url).stdout


def test_the_pace_of_the_sandboxes_is_chosen(tmp_path: Path, server: Server) -> None:
    source = "def test_one(emulator):\n    assert {one['pace'] for one in emulator.pace()} == {0.5}\n"
    said = run_tests(tmp_path, source, "--emulator-url", server.url, "--emulator-pace", "0.5")
    assert "1 passed" in said.stdout, said.stdout


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--emulator-pace=slow"], "a number of messages a second, from 0.000001 to 1000000, not 'slow'"),
        (["--emulator-pace=nan"], "a number of messages a second, from 0.000001 to 1000000, not 'nan'"),
        (["--emulator-pace=1_0"], "a number of messages a second, from 0.000001 to 1000000, not '1_0'"),
        (["--emulator-pace=99999999"], "emulator_pace must be a number of messages a second, from"),
        (
            ["--emulator-seed=many"],
            "emulator_seed must be a number from 0 to 9223372036854775807, not 'many'",
        ),
        (["--emulator-seed=12345678901234567890123"], "emulator_seed must be a number from 0 to"),
        (["--emulator-seed=" + "9" * 5000], "emulator_seed must be a number from 0 to"),
        (["--emulator-seed=1_0"], "emulator_seed must be a number from 0 to 9223372036854775807, not '1_0'"),
        (["--emulator-seed=\u0661"], "emulator_seed must be a number from 0 to 9223372036854775807, not"),
        (["--emulator-url=foo"], "emulator_url: 'foo' is not an address such as http://127.0.0.1:4610"),
        (["-o", "emulator_pace=slow"], "emulator_pace must be a number"),
        (
            ["--emulator-clock=frozn"],
            "must be real, frozen or a speed above 0 and up to 1000000, not 'frozn'",
        ),
        (["--emulator-clock=0"], "emulator_clock must be real, frozen or a speed above 0"),
        (["--emulator-clock=2000000"], "emulator_clock must be real, frozen or a speed above 0"),
        (["--emulator-clock=1_0"], "emulator_clock must be real, frozen or a speed above 0"),
        (["--emulator-at=1999-01-01T00:00:00Z"], "an instant in 2000 or later with its zone"),
        (["--emulator-at=9999-12-31T23:59:59-12:00"], "emulator_at must be now, epoch or an instant"),
        (
            ["-o", "emulator_at=2026-13-01"],
            "emulator_at must be now, epoch or an instant",
        ),
        (["--emulator-at=2026-03-15T14:30"], "with its zone, not '2026-03-15T14:30'"),
        (["--emulator-clock=real", "--emulator-at=epoch"], "a real clock shows the machine's time"),
        (
            ["--emulator-fixtures=dmo"],
            "emulator_fixtures must be empty, demo or a folder, not 'dmo'",
        ),
        (["--emulator-fixtures=tests/accounts"], f"there is no {Path.cwd()}/tests/accounts"),
        (["--emulator-fixtures=tests/accounts", "--emulator-url=http://127.0.0.1:4610"], "runs already"),
    ],
)
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_wrong_setting_is_told_once_before_any_test(
    tmp_path: Path, options: list[str], complaint: str, workers: tuple[str, ...]
) -> None:
    said = run_tests(
        tmp_path, "def test_one(emulator): pass\n\ndef test_two(emulator): pass\n", *options, *workers
    )
    assert said.returncode == pytest.ExitCode.USAGE_ERROR
    assert (said.stdout + said.stderr).count(complaint) == 1
