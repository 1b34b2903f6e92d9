"""The places that name the version."""

import pytest

from emulator import __version__
from tests.conftest import Emulator
from tests.server import Server, run

KEY = {"Authorization": "Bearer AS_emulator000000000000"}


@pytest.mark.parametrize("path", ["/readyz", "/livez"])
def test_health_checks_say_it_if_asked(emulator: Emulator, path: str) -> None:
    assert emulator.http.get(path).text == "ok"
    for query in ("?verbose", "?verbose=1"):
        assert emulator.http.get(path + query).json() == {"status": "ok", "version": __version__}


def test_the_document_of_the_control_plane_says_it(emulator: Emulator) -> None:
    assert emulator.http.get("/openapi/control.json").json()["info"]["version"] == __version__


def test_the_console_says_it(emulator: Emulator) -> None:
    assert f'class="version">{__version__}<' in emulator.http.get("/").text


@pytest.mark.slow
def test_the_command_says_it() -> None:
    said = run("--version")
    assert (said.returncode, said.stdout) == (0, f"emulator {__version__}\n")
    assert run("doctor", "--port", "0").stdout.splitlines()[1].split() == ["emulator", "ok", __version__]


@pytest.mark.slow
def test_every_response_says_it_and_the_journal_does_not() -> None:
    with Server() as server, server.client() as client:
        for path in (
            "/livez",
            "/",
            "/v1/campaigns",
            "/v1/nothing",
            "/api/v1.1/campaigns/get",
            "/_emulator/x",
        ):
            assert client.get(path, headers=KEY).headers["x-emulator-version"] == __version__
        (kept, *_) = client.get("/_emulator/requests").json()["requests"]
        assert "x-emulator-version" not in kept["answer_headers"]
