"""The variables that Kubernetes and Docker set in containers for a service that is called `emulator`."""

import pytest

from emulator.client import Control
from emulator.settings import Settings, UnknownSettingError, refuse_unknown
from tests.server import Server, run, run_alone

KUBERNETES = {
    "EMULATOR_SERVICE_HOST": "10.96.12.7",
    "EMULATOR_SERVICE_PORT": "4610",
    "EMULATOR_SERVICE_PORT_HTTP": "4610",
    "EMULATOR_PORT": "tcp://10.96.12.7:4610",
    "EMULATOR_PORT_4610_TCP": "tcp://10.96.12.7:4610",
    "EMULATOR_PORT_4610_TCP_PROTO": "tcp",
    "EMULATOR_PORT_4610_TCP_PORT": "4610",
    "EMULATOR_PORT_4610_TCP_ADDR": "10.96.12.7",
    "EMULATOR_SMTP_SERVICE_HOST": "10.96.12.8",
    "EMULATOR_SMTP_SERVICE_PORT_STARTTLS": "2525",
    "EMULATOR_SMTP_PORT": "tcp://10.96.12.8:2525",
    "EMULATOR_SMTPS_PORT": "tcp://10.96.12.8:2465",
    "EMULATOR_TLS_PORT": "tcp://10.96.12.9:4611",
    "EMULATOR_OF_TEAM_A_PORT": "udp://10.96.12.9:53",
    "EMULATOR_OF_TEAM_A_PORT_53_UDP_ADDR": "10.96.12.9",
}
DOCKER = {
    "EMULATOR_NAME": "/web/emulator",
    "EMULATOR_PORT": "tcp://172.17.0.5:4610",
    "EMULATOR_PORT_4610_TCP": "tcp://172.17.0.5:4610",
    "EMULATOR_PORT_4610_TCP_START": "tcp://172.17.0.5:4610",
    "EMULATOR_PORT_4610_TCP_PORT_END": "4612",
    "EMULATOR_ENV_EMULATOR_HOST": "0.0.0.0",  # noqa: S104 -- what Docker would set
}
UNKNOWN = {
    "EMULATOR_COLOUR": "tcp://10.0.0.7:80",
    "EMULATOR_SERVICE": "10.0.0.7",
    "EMULATOR_SERVICE_HOSTS": "emulator",
    "EMULATOR_HTTP_PORT": "80",
    "EMULATOR_PORT_TCP": "4610",
    "EMULATOR_NAME": "checkout",
    "EMULATOR_PORTS": "4610",
    "EMULATOR_PORT_X": "4610",
}
ALL = KUBERNETES | DOCKER


@pytest.mark.parametrize("links", [KUBERNETES, DOCKER], ids=["kubernetes", "docker"])
def test_the_settings_of_a_server_pass_over_them(
    monkeypatch: pytest.MonkeyPatch, links: dict[str, str]
) -> None:
    for name, value in links.items():
        monkeypatch.setenv(name, value)
    refuse_unknown(links)
    settings = Settings()
    assert (settings.port, settings.smtp_port, settings.smtps_port, settings.tls_port) == (
        4610,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(("name", "value"), ALL.items())
def test_they_are_recognised_in_any_case(name: str, value: str) -> None:
    refuse_unknown({name.lower(): value})


@pytest.mark.parametrize(("name", "value"), UNKNOWN.items())
def test_what_only_looks_like_them_is_refused(name: str, value: str) -> None:
    with pytest.raises(UnknownSettingError, match=name):
        refuse_unknown(ALL | {name: value})


def test_a_client_passes_over_them() -> None:
    assert Control.of_environment(ALL).url == "http://127.0.0.1:4610"


@pytest.mark.parametrize("port", ["many", "-1", "4610/tcp", "http://10.0.0.7:4610"])
def test_a_client_names_a_port_that_is_none(port: str) -> None:
    with pytest.raises(ValueError, match=r"EMULATOR_PORT is .* no port"):
        Control.of_environment({"EMULATOR_PORT": port})


@pytest.mark.parametrize(
    "url", ["http://emulator:many", "http://[", "http://emulator:70000", "ftp://emulator"]
)
def test_a_client_shows_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="is not an address such as"):
        Control(url)


@pytest.mark.slow
def test_every_command_passes_over_them() -> None:
    with Server(**ALL) as server:
        port = server.url.rpartition(":")[2]
        assert run("readyz", "--url", server.url, **ALL).returncode == 0
        assert run("requests", **ALL, EMULATOR_URL=server.url).returncode == 0
        assert run("doctor", "--port", "0", **ALL).returncode == 0
        assert run("fixtures", "check", **ALL).returncode == 0
        started = run_alone("exec", "--", "sh", "-c", "echo $EMULATOR_URL", **ALL)
        assert (started.returncode, started.stderr) == (0, "")
        assert started.stdout.strip() not in {"", f"http://127.0.0.1:{port}"}


@pytest.mark.slow
def test_a_wrong_setting_of_the_environment_is_named_as_it_is_written_there() -> None:
    answer = run("serve", EMULATOR_PORT="many")
    assert answer.returncode == 2
    assert "EMULATOR_PORT" in answer.stderr
