"""The addresses that `emulator serve` is told to listen on, and cannot."""

import json

import pytest

from tests.server import Server, free_port, run, run_alone

pytestmark = pytest.mark.slow

PORTS = ("--port", "--tls-port", "--smtp-port", "--smtps-port")


@pytest.mark.parametrize(
    ("first", "second"), [(one, other) for place, one in enumerate(PORTS) for other in PORTS[place + 1 :]]
)
def test_one_port_for_two_things_is_named_with_its_option(first: str, second: str) -> None:
    port = str(free_port())
    other = () if first == "--port" else ("--port", "0")
    answer = run_alone("serve", *other, first, port, second, port)
    assert answer.returncode == 1
    assert answer.stderr.splitlines() == [
        f"emulator: can not listen on 127.0.0.1:{port} (Address already in use); choose another with {second}"
    ]


def test_a_port_that_is_off_by_default_can_be_said_to_be() -> None:
    off = dict.fromkeys(("EMULATOR_TLS_PORT", "EMULATOR_SMTP_PORT", "EMULATOR_SMTPS_PORT"), "off")
    assert run("fixtures", "check", **off).returncode == 0
    assert run("fixtures", "check", EMULATOR_PORT="off").returncode == 2


def test_an_option_turns_off_the_port_that_the_environment_names() -> None:
    with Server("--smtp-port", "off", "--smtps-port", "0", EMULATOR_SMTP_PORT="0") as server:
        assert [line for line in server.output if "SMTP" in line] == [server.output[0]]
        assert server.output[0].endswith("(TLS)\n")


@pytest.mark.parametrize("host", ["198.51.100.7", "nosuchhost.invalid", "a..b"])
def test_a_host_that_is_not_of_this_machine_is_a_wrong_setting(host: str) -> None:
    answer = run_alone("serve", "--host", host, "--port", "0")
    assert answer.returncode == 2
    assert f"emulator: can not listen on {host}" in answer.stderr
    assert answer.stderr.rstrip().endswith("choose an address of this machine with --host")


def test_the_doctor_says_the_same_of_such_a_host() -> None:
    said = run("doctor", "--json", "--host", "198.51.100.7", "--port", "0")
    checks = {one["check"]: one for one in json.loads(said.stdout)["checks"]}
    assert checks["port"]["state"] == "fail"
    assert "--host" in checks["port"]["text"]
