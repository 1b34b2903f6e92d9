from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from httpx2 import Response

from tests.autosend.smtp import Relay
from tests.conftest import Emulator
from tests.receiver import Receiver, receiving
from tests.server import Server

PROJECT_KEY = "AS_emulator000000000000"
ACCOUNT_KEY = "ASA_emulator000000000000"
OTHER_PROJECT = {"Authorization": f"Bearer {ACCOUNT_KEY}", "x-project-id": "66a0c1d2e3f4a5b6c7d8ab02"}
"""The headers of requests to the organisation's second project."""


class AutoSend:
    """A client of AutoSend with the project's key."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.advance = emulator.advance

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Response:
        headers = {"Authorization": f"Bearer {PROJECT_KEY}"} | options.pop("headers", {})
        return self.emulator.http.request(method, f"/v1{path}", json=body, headers=headers, **options)

    def data(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.call(method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json()["data"]

    def messages(self, recipient: str) -> list[dict[str, Any]]:
        """Return the full details of the messages to an address, from the control plane."""
        found = self.emulator.http.get("/_emulator/messages", params={"recipient": recipient}).json()
        ids = [message["id"] for message in found["messages"]]
        return [self.emulator.http.get(f"/_emulator/messages/{number}").json() for number in ids]

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
        """Return the HTTP status, the code and the text of a refusal."""
        answer = self.call(method, path, body)
        error = answer.json()["error"]
        assert answer.json()["success"] is False
        return answer.status_code, error["code"], error["message"]


@pytest.fixture
def emulator(emulator: Emulator) -> Emulator:
    """A fresh emulator, in which only this provider has due events."""
    emulator.calm("autosend")
    return emulator


@pytest.fixture
def autosend(emulator: Emulator) -> AutoSend:
    return AutoSend(emulator)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture(scope="module")
def smtp_server() -> Iterator[Server]:
    with Server(
        "--clock", "frozen", "--smtp-port", "0", "--smtps-port", "0", PYTHONWARNINGS="error"
    ) as running:
        yield running
        running.process.terminate()
        _, complaints = running.process.communicate(timeout=30)
        assert complaints == ""


@pytest.fixture
def relay(smtp_server: Server) -> Iterator[Relay]:
    made = Relay(smtp_server)
    with closing(made.http):
        yield made
