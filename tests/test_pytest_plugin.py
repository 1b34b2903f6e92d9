"""The pytest plugin, used by the tests of a client."""

import re
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


def test_a_failing_test_shows_what_its_sandbox_received(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    campaigns(emulator, "?colour=red")
    job = "autosend/campaign/66a0c1d2e3f4a5b6c7d80001"
    emulator.jobs.act(job, "publish")
    emulator.clock.until(job=job, status="sent")
    assert False

def test_receives_nothing(emulator):
    assert False
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url, "--emulator-fixtures", "demo").stdout
    assert "2 failed" in said
    assert "- emulator: what sandbox main-" in said
    assert "#1 GET /v1/campaigns?colour=red -> 200, nobody read query.colour" in said
    assert re.search(r"^message #\d+ autosend email to reader\d+@example.com: sent$", said, re.MULTILINE)
    assert "no request" in said


def test_a_failing_test_shows_why_its_requests_were_refused(server: Server, tmp_path: Path) -> None:
    source = """
from urllib.error import HTTPError

def post(emulator, provider, path, body, credential):
    headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
    address = emulator.base_urls[provider] + path
    try:
        urlopen(Request(address, body, headers=headers)).read()
    except HTTPError as refused:
        refused.read()

def test_fails(emulator):
    key, token = emulator.credentials["autosend"], emulator.credentials["altcraft"]
    post(emulator, "autosend", "/campaigns", b'{"name": 7}', key)
    post(emulator, "autosend", "/campaign", b'{}', key)
    post(emulator, "altcraft", "/campaigns/get", b'{"id": 999999, "token": "%s"}' % token.encode(), token)
    assert False
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "#1 POST /v1/campaigns -> 400" in said
    assert re.search(r'^    refused: {"success":false.*name', said, re.MULTILINE)
    assert "#2 POST /v1/campaign -> 404, no such operation; nearest: POST /v1/campaigns" in said
    assert '    {"id": 999999, "token": "***"}\n    refused: {"data":null,"error":404' in said


POST = """
import json
from urllib.error import HTTPError

def post(emulator, key, path="/mails/send"):
    people = {"from": {"email": "hello@example.com"}, "to": {"email": "ann@example.com"}}
    mail = {**people, "subject": "Order 77", "text": "Shipped."}
    bearer = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        urlopen(Request(emulator.base_urls["autosend"] + path, json.dumps(mail).encode(), bearer)).read()
    except (HTTPError, ConnectionError) as refused:
        return refused
"""


def test_a_failing_test_shows_what_went_elsewhere_since_it_began(server: Server, tmp_path: Path) -> None:
    source = """
def test_passes(emulator):
    post(emulator, "AS_before")
    post(emulator, "AS_emulator000000000000", "/before")

def test_fails(emulator):
    post(emulator, "AS_wrong")
    post(emulator, "AS_emulator000000000000")
    for _ in range(8):
        post(emulator, "")
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert "no request" in said
    elsewhere = [line.partition(" meanwhile")[2] for line in said.splitlines() if " meanwhile" in line]
    assert elsewhere[0] == ")"
    assert "(4 earlier requests of no sandbox meanwhile)" in said
    assert {line.rpartition(" -> ")[2] for line in elsewhere[1:6]} == {"401, no credential"}
    assert re.fullmatch(r": #\d+ POST /v1/mails/send -> 200", elsewhere[6])
    assert len(elsewhere) == 7


def test_a_failing_test_shows_the_unknown_credential_of_a_request(server: Server, tmp_path: Path) -> None:
    source = "def test_fails(emulator):\n    post(emulator, 'AS_wrong')\n    assert False\n"
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert re.search(r"of no sandbox meanwhile: #\d+ POST .* -> 401, unknown credential \S+", said)


def test_a_failing_test_says_how_much_it_does_not_show(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    for _ in range(23):
        post(emulator, emulator.credentials["autosend"])
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert "(3 earlier requests)\n#4 POST" in said
    assert "(3 earlier messages)\nmessage #" in said


def test_a_failing_test_names_the_fault_rules_that_acted(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    key = emulator.credentials["autosend"]
    emulator.faults.add("autosend", status=503, times=1)
    emulator.faults.add("autosend", reset=True, times=1)
    post(emulator, key)
    post(emulator, key)
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert "#1 POST /v1/mails/send -> 503 (fault rule 1)\n" in said
    assert "#2 POST /v1/mails/send -> no answer (fault rule 2)\n" in said


def test_a_failing_test_shows_the_deliveries_of_webhooks(server: Server, tmp_path: Path) -> None:
    source = """
def test_fails(emulator):
    emulator.webhooks.add("autosend", "http://127.0.0.1:9/hooks", ["email.sent"])
    post(emulator, emulator.credentials["autosend"])
    emulator.clock.advance("1m")
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert re.search(
        r"^delivery #\d+ email.sent to http://127.0.0.1:9/hooks: failed, ConnectError", said, re.MULTILINE
    )


@pytest.mark.parametrize("scope", ["module", "session"])
def test_a_failing_test_shows_the_sandbox_that_is_a_fixture_of_it(
    server: Server, tmp_path: Path, scope: str
) -> None:
    source = f"""
import pytest
from emulator.testing import sandbox

@pytest.fixture(scope={scope!r})
def shop(emulator_server):
    with sandbox(emulator_server) as made:
        yield made

@pytest.fixture
def client(shop):
    return shop.base_urls

def test_fails(client, shop):
    campaigns(shop)
    post(shop, "AS_wrong")
    assert False

def test_has_none(emulator_server):
    assert False
"""
    said = run_tests(tmp_path, POST + source, "--emulator-url", server.url).stdout
    assert said.count("emulator: what sandbox") == 1
    assert "#1 GET /v1/campaigns -> 200" in said
    assert "of no sandbox meanwhile: " in said


def test_a_failing_test_of_unittest_shows_the_sandbox_that_it_took(server: Server, tmp_path: Path) -> None:
    source = """
import unittest
import pytest

class Orders(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def take(self, emulator):
        self.sandbox = emulator

    def test_fails(self):
        campaigns(self.sandbox)
        self.fail()
"""
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "#1 GET /v1/campaigns -> 200" in said


def test_a_folder_of_accounts_does_not_change_where_pytest_looks_for_its_settings(
    tmp_path: Path, accounts: Path
) -> None:
    (accounts / "pytest.ini").write_text("[pytest]\nemulator_seed = many\n")
    said = run_tests(tmp_path, OWN, f"--emulator-fixtures={accounts}")
    assert "1 passed" in said.stdout, said.stdout + said.stderr


def test_a_failing_test_says_so_where_the_emulator_can_not_be_asked(server: Server, tmp_path: Path) -> None:
    source = "def test_fails(emulator):\n    emulator.delete()\n    assert False\n"
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "(no more is known: There is no sandbox" in said


def test_a_test_that_passes_or_fails_by_itself_has_no_such_section(server: Server, tmp_path: Path) -> None:
    source = "def test_fails():\n    assert False\n\ndef test_passes(emulator):\n    campaigns(emulator)\n"
    said = run_tests(tmp_path, source, "--emulator-url", server.url).stdout
    assert "1 failed, 1 passed" in said
    assert "what sandbox" not in said


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
        (["--emulator-pace=slow"], "emulator_pace must be a number of messages a second, not 'slow'"),
        (["--emulator-pace=nan"], "emulator_pace must be a number of messages a second, not 'nan'"),
        (["--emulator-seed=many"], "emulator_seed must be a number from 0 on, not 'many'"),
        (["-o", "emulator_pace=slow"], "emulator_pace must be a number"),
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
