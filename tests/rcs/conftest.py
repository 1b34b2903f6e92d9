from typing import Any

import pytest
from httpx2 import Response

from tests.conftest import Emulator

LIVE_KEY = "live_emulator000000000000"
INVALID = "The given data was invalid."


class Rcs:
    """A client of the RCS provider with the account's live key."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.advance = emulator.advance

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Response:
        headers = {"Authorization": f"Bearer {LIVE_KEY}"} | options.pop("headers", {})
        return self.emulator.http.request(method, f"/api{path}", json=body, headers=headers, **options)

    def data(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.call(method, path, body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def refused(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, str, Any]:
        """Return the HTTP status, the text and the errors of a refusal."""
        answer = self.call(method, path, body, **options)
        content = answer.json()
        assert answer.status_code >= 400, answer.text
        return answer.status_code, content["message"], content.get("errors")

    def wrong(self, path: str, body: Any) -> Any:
        """Return the fields that the refusal of a send names."""
        status, message, found = self.refused("POST", path, body)
        assert (status, message) == (422, INVALID)
        return found

    def send(self, *phones: str, **settings: Any) -> Any:
        """Create a campaign, and return it."""
        return self.data("POST", "/campaigns/rcs/send", send_body(*phones, **settings))

    def send_one(self, number: str, *, reference: str | None = None, **settings: Any) -> Any:
        """Send a single message, and return it."""
        phone = {"number": number, "reference_id": reference}
        body = {"phone": phone, "sender": "my_agent", "options": {"text": "Hello"}}
        return self.data("POST", "/messages/rcs/send", body | settings)

    def campaign(self, campaign_id: int) -> Any:
        return self.data("GET", f"/campaigns/{campaign_id}")

    def detail(self, campaign_id: int) -> Any:
        return self.data("GET", f"/campaigns/{campaign_id}/detail")

    def messages(self, **filters: Any) -> Any:
        """Return the messages that match; `campaign_id=1` is sent as `filter[campaign_id]=1`."""
        params = {f"filter[{name}]": value for name, value in filters.items()}
        return self.data("GET", "/messages", params=params)

    def balance(self) -> float:
        return float(self.data("GET", "/accounts/balance")["balance"])


def send_body(*phones: str, **settings: Any) -> dict[str, Any]:
    numbers = [{"number": phone} for phone in phones or ("380671112233",)]
    return {"phones": numbers, "sender": "my_agent", "options": {"text": "Hello"}} | settings


@pytest.fixture
def emulator(emulator: Emulator) -> Emulator:
    """A fresh emulator, in which only this provider has due events."""
    emulator.calm("rcs")
    return emulator


@pytest.fixture
def rcs(emulator: Emulator) -> Rcs:
    return Rcs(emulator)
