from typing import Any

import pytest
from httpx2 import Response

from tests.conftest import Emulator

TOKEN = "abcdefghijklmnqrstuvwxyz"
VIEW_ONLY = "viewonly00000000000000000000000a"
SUBACCOUNT = "subaccount000000000000000000000b"
SUCCESS = {"data": None, "error": 0, "error_text": "Successful operation"}


class Altcraft:
    """A client of Altcraft with the token of the documentation's examples."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.advance = emulator.advance

    def send(self, path: str, content: str | bytes, content_type: str | None, **headers: str) -> Response:
        """Send a body unchanged. Headers are given by their names with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if content_type is not None:
            named["Content-Type"] = content_type
        return self.emulator.http.post(f"/api/v1.1{path}", content=content, headers=named)

    def xml(self, path: str, content: str, **headers: str) -> Response:
        return self.send(path, f"<xml><token>{TOKEN}</token>{content}</xml>", "application/xml", **headers)

    def call(self, path: str, *, token: str = TOKEN, headers: Any = None, **body: Any) -> Response:
        return self.emulator.http.post(f"/api/v1.1{path}", json={"token": token} | body, headers=headers)

    def answer(self, path: str, **body: Any) -> Any:
        """Return the whole envelope of a successful response."""
        answer = self.call(path, **body).json()
        assert answer["error"] == 0, answer
        return answer

    def data(self, path: str, **body: Any) -> Any:
        return self.answer(path, **body)["data"]

    def refused(self, path: str, **body: Any) -> tuple[int, str]:
        """Return the code and the text of a refusal."""
        answer = self.call(path, **body)
        content = answer.json()
        assert answer.status_code == 200
        assert content["data"] is None
        return content["error"], content["error_text"]

    def status(self, mailing: int) -> str:
        return str(self.data("/campaigns/get_status", id=mailing)["status"])

    def state(self, campaign: int) -> str:
        return str(self.data("/scampaigns/get_status", id=campaign)["status"])

    def log(self, mailing: int) -> list[str]:
        return [line["message"] for line in self.data("/campaigns/log_v2", id=mailing)]


@pytest.fixture
def emulator(emulator: Emulator) -> Emulator:
    """A fresh emulator, in which only this provider has due events."""
    emulator.calm("altcraft")
    return emulator


@pytest.fixture
def altcraft(emulator: Emulator) -> Altcraft:
    return Altcraft(emulator)
