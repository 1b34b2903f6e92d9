"""Variables that Kubernetes and Docker set about a service called `emulator` are passed over."""

import pytest

from emulator.client import Control
from emulator.settings import Settings, UnknownSettingError, refuse_unknown

LINKS = {
    "EMULATOR_PORT": "tcp://10.0.0.7:4610",
    "EMULATOR_SERVICE_HOST": "10.0.0.7",
    "EMULATOR_SERVICE_PORT": "4610",
    "EMULATOR_SERVICE_PORT_HTTP": "4610",
    "EMULATOR_PORT_4610_TCP": "tcp://10.0.0.7:4610",
    "EMULATOR_PORT_4610_TCP_ADDR": "10.0.0.7",
    "EMULATOR_PORT_4610_TCP_PORT": "4610",
    "EMULATOR_PORT_4610_TCP_PROTO": "tcp",
    "EMULATOR_NAME": "/job/emulator",
    "EMULATOR_ENV_PATH": "/usr/bin",
}


def test_a_server_starts_with_them_on_the_usual_port(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LINKS.items():
        monkeypatch.setenv(name, value)
    refuse_unknown(LINKS)
    assert Settings().port == 4610


def test_a_client_asks_the_usual_port() -> None:
    assert Control.of_environment(LINKS).url == "http://127.0.0.1:4610"


@pytest.mark.parametrize("name", ["EMULATOR_SERVICE", "EMULATOR_PORTS", "EMULATOR_COLOUR", "EMULATOR_PORT_X"])
def test_other_names_are_refused_as_before(name: str) -> None:
    with pytest.raises(UnknownSettingError, match=name):
        refuse_unknown({name: "red"})
