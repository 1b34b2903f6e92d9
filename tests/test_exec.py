"""`emulator exec`: a command that runs with an emulator."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.client import Control
from tests.server import Server, run, run_alone

pytestmark = pytest.mark.slow

PRINT_ENVIRONMENT = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")
VARIABLES = {
    "ALTCRAFT_BASE_URL",
    "ALTCRAFT_TOKEN",
    "RCS_BASE_URL",
    "RCS_API_KEY",
    "AUTOSEND_BASE_URL",
    "AUTOSEND_API_KEY",
    "EMULATOR_URL",
    "EMULATOR_SANDBOX",
}


def test_a_command_finds_an_emulator_in_its_environment() -> None:
    said = run_alone("exec", "--clock", "frozen", "--seed", "3", "--", *PRINT_ENVIRONMENT)
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert found.keys() >= VARIABLES
    assert found["AUTOSEND_API_KEY"] == "AS_emulator000000000000"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(found["EMULATOR_URL"].rpartition(":")[2]))) != 0


@pytest.mark.parametrize("options", [(), ("--sandbox", "mine")])
def test_a_command_finds_the_other_ports_of_its_emulator(options: tuple[str, ...]) -> None:
    ports = {f"EMULATOR_{name}_PORT": "0" for name in ("TLS", "SMTP", "SMTPS")}
    said = run_alone("exec", *options, "--", *PRINT_ENVIRONMENT, **ports)
    found = json.loads(said.stdout)
    addresses = [found[name] for name in ("EMULATOR_HTTPS_URL", "AUTOSEND_SMTP_URL", "AUTOSEND_SMTPS_URL")]
    schemes = [re.fullmatch(r"(\w+)://127\.0\.0\.1:[1-9]\d+", address) for address in addresses]
    assert [scheme and scheme[1] for scheme in schemes] == ["https", "smtp", "smtps"]


def test_the_help_says_where_its_frozen_clock_begins() -> None:
    said = run("exec", "--help").stdout
    assert "now if frozen" in " ".join(said.replace("[now\n", "[now ").split())
    assert "begins now" not in said


def test_a_command_steers_its_emulator_with_the_same_program() -> None:
    settings = {"EMULATOR_CLOCK": "frozen", "EMULATOR_HOST": "0.0.0.0"}  # noqa: S104 -- it needs a token
    said = run_alone("exec", sys.executable, "-m", "emulator", "sandbox", "show", "--json", **settings)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["clock"] == "frozen"


def test_with_a_url_a_command_has_a_sandbox_of_its_own_for_a_time(server: Server) -> None:
    said = run_alone("exec", "--url", server.url, "--sandbox", "mine", "--", *PRINT_ENVIRONMENT)
    found = json.loads(said.stdout)
    assert (found["EMULATOR_URL"], found["EMULATOR_SANDBOX"]) == (server.url, "mine")
    assert [one["name"] for one in Control(server.url).sandboxes()] == ["default"]


SHOW = ("--", sys.executable, "-m", "emulator", "sandbox", "show", "--json")


@pytest.mark.parametrize(
    ("options", "environment", "fixtures"),
    [
        ((), {}, "demo"),
        (("--fixtures", "empty"), {}, "empty"),
        ((), {"EMULATOR_FIXTURES": "empty"}, "empty"),
        (("--fixtures", "empty", "--sandbox", "mine"), {}, "empty"),
        (("--sandbox", "mine"), {}, "demo"),
    ],
)
def test_a_command_begins_with_the_chosen_accounts(
    options: tuple[str, ...], environment: dict[str, str], fixtures: str
) -> None:
    said = run_alone("exec", *options, *SHOW, **environment)
    assert json.loads(said.stdout)["fixtures"] == fixtures, said.stderr


def test_the_public_url_of_another_emulator_is_not_taken_on() -> None:
    said = run_alone("exec", *SHOW, EMULATOR_PUBLIC_URL="http://emulator-0.emulator:4610")
    assert json.loads(said.stdout)["environment"]["EMULATOR_URL"].startswith("http://127.0.0.1:"), said.stderr


@pytest.mark.parametrize(("options", "fixtures"), [((), "demo"), (("--fixtures", "empty"), "empty")])
def test_with_a_url_a_command_begins_as_the_emulator_there_unless_it_chooses(
    server: Server, options: tuple[str, ...], fixtures: str
) -> None:
    said = run_alone("exec", "--url", server.url, *options, *SHOW)
    assert json.loads(said.stdout)["fixtures"] == fixtures, said.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("sh", "-c", "exit 7"), 7),
        (("sh", "-c", "kill -KILL $$"), 128 + signal.SIGKILL),
        (("no-such-command",), 127),
        (("/etc/passwd",), 126),
    ],
)
def test_the_exit_code_is_that_of_the_command(server: Server, command: tuple[str, ...], code: int) -> None:
    assert run_alone("exec", "--url", server.url, "--", *command).returncode == code


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "complaint"),
    [
        (("--clock", "never"), {}, 2, "--clock: must be real"),
        (("--port", "80"), {"EMULATOR_HOST": "192.0.2.1"}, 2, "--host"),
        ((), {"EMULATOR_COLOUR": "red"}, 2, "EMULATOR_COLOUR"),
        (("--url", "http://127.0.0.1:9"), {}, 1, "No emulator answers"),
        (("--url", "http://127.0.0.1:9", "--data", "x"), {}, 2, "--data can not be chosen"),
        (("--url", "http://127.0.0.1:9", "--fixtures", "./x"), {}, 2, "--fixtures ./x can not be chosen"),
    ],
)
def test_a_command_is_not_run_without_an_emulator(
    arguments: tuple[str, ...], environment: dict[str, str], code: int, complaint: str
) -> None:
    said = run_alone("exec", *arguments, "--json", "--", "echo", "run", **environment)
    assert said.returncode == code
    assert complaint in json.loads(said.stdout)["error"]


WAIT_FOR_SIGNALS = """
import os, pathlib, signal, sys, urllib.request
numbers = [int(number) for number in sys.argv[2:]]
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
pathlib.Path(sys.argv[1]).touch()
got = [int(signal.sigwait({number})) for number in numbers]
health = urllib.request.urlopen(os.environ["EMULATOR_URL"] + "/readyz").read()
print(got, *signal.sigpending(), health)
sys.exit(5)
"""
IN_A_TERMINAL = """
import os, pathlib, pty, sys, time
ready, *command = sys.argv[1:]
process, terminal = pty.fork()
if process == 0:
    os.execv(command[0], command)
while not pathlib.Path(ready).exists():
    time.sleep(0.01)
os.write(terminal, b"\\x03")
said = b""
try:
    while part := os.read(terminal, 1000):
        said += part
except OSError:
    pass
print(said.decode().replace("^C", "").strip())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
"""


def test_signals_reach_the_command_and_the_emulator_outlives_it(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    signals = [signal.SIGINT, signal.SIGTERM]
    waiting = [sys.executable, "-c", WAIT_FOR_SIGNALS, str(ready), *(str(int(number)) for number in signals)]
    command = [sys.executable, "-m", "emulator", "exec", "--", *waiting]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        while not ready.exists():
            assert process.poll() is None
        for number in signals:
            process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    assert said == "[2, 15] b'ok'\n"
    assert process.returncode == 5


def test_a_ctrl_c_at_a_terminal_reaches_the_command_once(tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")
    waiting = [sys.executable, "-c", WAIT_FOR_SIGNALS, ready, str(int(signal.SIGINT))]
    command = [sys.executable, "-m", "emulator", "exec", "--", *waiting]
    terminal = [sys.executable, "-c", IN_A_TERMINAL, ready, *command]
    said = subprocess.run(terminal, capture_output=True, text=True, timeout=30, check=False)
    assert (said.stdout, said.returncode) == ("[2] b'ok'\n", 5)


def test_the_emulator_ends_with_a_program_that_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "url"
    script = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(os.environ['EMULATOR_URL'])"
    command = [sys.executable, "-m", "emulator", "exec", "--", sys.executable, "-c", f"{script}; input()"]
    with subprocess.Popen([*command, str(file)], stdin=subprocess.PIPE) as process:
        while not file.exists() or not file.read_text():
            assert process.poll() is None
        process.kill()
    port = int(file.read_text().rpartition(":")[2])
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                break
