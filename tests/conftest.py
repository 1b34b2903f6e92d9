"""The emulator as a client team sees it: over HTTP, here on a frozen clock and without a socket."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings

BASE_URL = "http://127.0.0.1:4610"


class Emulator:
    """A running emulator and the calls that steer it."""

    def __init__(self, http: TestClient) -> None:
        self.http = http

    def advance(self, duration: str) -> int:
        """Move the clock on; answer how many due events ran."""
        answer = self.http.post("/_emulator/clock", json={"advance": duration})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["fired"])

    def reset(self) -> None:
        assert self.http.post("/_emulator/reset").status_code == 200


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    app = create_app(Settings(clock="frozen"))
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as http:
        yield Emulator(http)


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """A fresh emulator: the same as after its start, for each test."""
    running.reset()
    return running
