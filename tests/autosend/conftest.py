from typing import Any

import pytest
from httpx2 import Response

from tests.conftest import Emulator

PROJECT_KEY = "AS_emulator000000000000"


class AutoSend:
    """A client of AutoSend with the project's key."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.advance = emulator.advance

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Response:
        headers = {"Authorization": f"Bearer {PROJECT_KEY}"} | options.pop("headers", {})
        return self.emulator.http.request(method, f"/v1{path}", json=body, headers=headers, **options)

    def data(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.call(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
        """Answer the status, code and text of a refusal."""
        answer = self.call(method, path, body)
        error = answer.json()["error"]
        assert answer.json()["success"] is False
        return answer.status_code, error["code"], error["message"]


@pytest.fixture
def autosend(emulator: Emulator) -> AutoSend:
    return AutoSend(emulator)
