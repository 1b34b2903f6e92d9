"""The command line with wrong arguments, in a wrong environment, or with an output that fails."""

import json
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from emulator.client import Control
from tests.server import Server, clean_environment, run, run_alone

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("token", ["sesame\r", "sesame\u043a\u043b"])
@pytest.mark.parametrize("command", [("readyz",), ("env",), ("exec", "--url", "http://127.0.0.1:9", "true")])
def test_a_token_that_can_not_be_sent_is_a_wrong_setting(command: tuple[str, ...], token: str) -> None:
    said = run(*command, EMULATOR_CONTROL_TOKEN=token)
    assert said.returncode == 2
    assert said.stderr.startswith("emulator: The token of the control plane")
    assert "sesame" not in said.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("serve", "--seed", "x"), "--seed: must be a whole number"),
        (("serve", "--smtp-port", "abc"), "--smtp-port: must be a whole number"),
        (("serve", "--port", "70000"), "--port: must be less than or equal to 65535"),
        (("serve", "--public-url", "x"), "--public-url: 'x' is no address of a server"),
        (("messages", "--limit", "0"), "--limit: must be greater than or equal to 1"),
        (("sandbox", "create", "--seed", "1.5"), "--seed: must be a whole number"),
        (("advance",), "say how far"),
    ],
)
def test_wrong_values_are_told_in_plain_words(arguments: tuple[str, ...], said: str) -> None:
    found = run(*arguments)
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
    assert found.stderr.startswith(f"emulator: {said}")


def test_a_server_whose_token_nobody_can_send_does_not_start() -> None:
    said = run("serve", "--port", "0", EMULATOR_CONTROL_TOKEN="sesame\r")
    assert said.returncode == 2
    assert "control_token (EMULATOR_CONTROL_TOKEN): has a line end" in said.stderr


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("port", "http", "must be a whole number"),
        ("keep_alive", "0", "must be greater than or equal to 1"),
        ("accept_unknown_credentials", "perhaps", "must be true or false"),
        ("clock", "fast", "must be real, frozen, or a speed factor above 0 and up to 1000000"),
        ("clock", "1_0", "must be real, frozen, or a speed factor above 0 and up to 1000000"),
        ("log", "loud", "must be 'requests', 'json' or 'quiet'"),
    ],
)
def test_a_wrong_setting_is_told_in_plain_words(setting: str, value: str, reason: str) -> None:
    variable = f"EMULATOR_{setting.upper()}"
    said = run("serve", **{variable: value})
    assert (said.returncode, said.stderr) == (2, f"emulator: {setting} ({variable}): {reason}\n")


@pytest.mark.parametrize("group", [(), ("sandbox",), ("snapshot",), ("fixtures",)])
def test_help_says_in_whole_sentences_what_commands_do(group: tuple[str, ...]) -> None:
    listed = run(*group, "--help").stdout.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


def test_readyz_imports_no_server(server: Server) -> None:
    script = (
        "import sys, emulator.cli\n"
        "try: emulator.cli.main()\n"
        "except SystemExit: print(*(name for name in sys.modules if name.startswith('emulator.')))"
    )
    command = [sys.executable, "-c", script, "readyz", "--url", server.url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == "ok"
    used = {name.split(".")[1] for name in said[1:]}
    assert used == {"cli", "client", "header_values", "reasons", "service_links"}


@pytest.mark.parametrize(
    "arguments",
    [("messages", "--text", "\udcff"), ("messages", "--sandbox", "\udcff"), ("sandbox", "delete", "\udcff")],
)
def test_an_argument_that_is_no_utf_8_is_wrong_usage(server: Server, arguments: tuple[str, ...]) -> None:
    said = run_alone(*arguments, "--url", server.url)
    assert said.returncode == 2
    assert said.stderr == "emulator: \\udcff is not written in UTF-8\n"


@pytest.mark.parametrize(
    "arguments", [("env",), ("env", "--json"), ("fixtures", "reference"), ("--help",), ("advance", "--json")]
)
def test_an_output_that_can_not_be_written_is_told(server: Server, arguments: tuple[str, ...]) -> None:
    environment = clean_environment() | {"EMULATOR_URL": server.url}
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "emulator", *arguments]
        said = subprocess.run(command, stdout=full, stderr=PIPE, text=True, env=environment, check=False)
    assert said.returncode == 1
    assert said.stderr == "emulator: the output can not be written: No space left on device\n"


@pytest.mark.parametrize("options", [(), ("--json",), ("--tls-port", "0", "--smtp-port", "0")])
def test_a_server_that_can_not_say_where_it_is_ends(options: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "emulator", "serve", "--port", "0", *options]
        said = subprocess.run(
            command, stdout=full, stderr=PIPE, text=True, env=clean_environment(), check=False, timeout=60
        )
    assert said.returncode == 1
    assert said.stderr == "emulator: the output can not be written: No space left on device\n"


def test_what_the_output_can_not_show_is_escaped(server: Server) -> None:
    environment = clean_environment() | {"EMULATOR_URL": server.url, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "emulator", "env", "\u0441\u043c\u0441", "--json"]
    said = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert said.returncode == 2
    assert "there is no provider '\u0441\u043c\u0441'" in json.loads(said.stdout)["error"]


def test_a_file_that_can_not_be_written_is_named(server: Server) -> None:
    Control(server.url).sandbox().save("full")
    said = run("snapshot", "download", "full", "/dev/full", EMULATOR_URL=server.url)
    Control(server.url).snapshots.delete("full")
    assert said.returncode == 2
    assert said.stderr == "emulator: /dev/full: No space left on device\n"


def test_a_file_that_can_not_be_written_whole_stays_as_it_was(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "large.sqlite"
    file.write_text("an earlier one")
    Control(server.url).sandbox().save("large")
    command = f"ulimit -f 100; exec {sys.executable} -m emulator snapshot download large {file}"
    environment = clean_environment() | {"EMULATOR_URL": server.url}
    said = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, env=environment, check=False
    )
    Control(server.url).snapshots.delete("large")
    assert (said.returncode, said.stderr) == (2, f"emulator: {file}: File too large\n")
    assert file.read_text() == "an earlier one"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_written_to_what_a_link_leads_to(server: Server, tmp_path: Path) -> None:
    link = tmp_path / "link.sqlite"
    link.symlink_to(tmp_path / "linked.sqlite")
    Control(server.url).sandbox().save("linked")
    assert run("snapshot", "download", "linked", str(link), EMULATOR_URL=server.url).returncode == 0
    Control(server.url).snapshots.delete("linked")
    assert link.is_symlink()
    assert (tmp_path / "linked.sqlite").is_file()


def test_wrong_usage_names_the_option_in_json_too(server: Server) -> None:
    said = run("messages", "--json", "--limit", "0", EMULATOR_URL=server.url)
    assert said.returncode == 2
    assert json.loads(said.stdout)["error"] == "--limit: must be greater than or equal to 1"


def test_a_refusal_of_the_token_tells_a_wrong_one_from_none_and_how_to_say_it() -> None:
    with Server("--clock", "frozen", EMULATOR_CONTROL_TOKEN="sesame") as guarded:
        refused = [run("env", *said, "--url", guarded.url) for said in ((), ("--token", "open"))]
        assert run("env", "--token", "sesame", "--url", guarded.url).returncode == 0
    needs = "emulator: The control plane needs `Authorization: Bearer <EMULATOR_CONTROL_TOKEN>`."
    hint = " Say it with --token or in EMULATOR_CONTROL_TOKEN.\n"
    assert [(one.returncode, one.stderr) for one in refused] == [
        (3, f"{needs}{hint}"),
        (3, f"{needs} The one that was given is wrong.{hint}"),
    ]


def test_a_fixture_that_is_no_utf_8_is_named(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "rcs" / "account.yaml"
    file.parent.mkdir()
    file.write_bytes(b"money: \xff")
    said = run("seed", str(tmp_path), EMULATOR_URL=server.url)
    assert (said.returncode, said.stderr) == (2, f"emulator: {file}: is not written in UTF-8\n")
