"""Messages that obey the account's curfew: github.com/bsgworld/go-sdk v2/api/openapi.yaml, send_message."""

from typing import Any

import pytest
from httpx2 import Response

from emulator.settings import shipped_fixtures
from tests.conftest import Emulator
from tests.rcs.conftest import Rcs

NIGHT = '{begins: "14:00", ends: "09:00"}'
"""A curfew during which the tests begin, at 14:30."""


class Night(Rcs):
    """A client of a sandbox whose account may be given a curfew."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.box = emulator.sandbox(clock="frozen", fixtures="empty")
        self.advance = self.box.advance

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Response:
        return super().call(method, path, body, headers=self.box.rcs, **options)

    def begin(self, curfew: str) -> Response:
        """Give the account a curfew."""
        text = (shipped_fixtures() / "empty" / "rcs" / "account.yaml").read_text() + f"\ncurfew: {curfew}\n"
        answer: Response = self.box.control("POST", "/seed", json={"fixtures": {"rcs": text}})
        return answer


@pytest.fixture
def night(emulator: Emulator) -> Night:
    return Night(emulator)


def send(night: Night, phone: str = "380671112233", *channels: str, **settings: Any) -> Any:
    parts = {"rcs": {"sender": "my_agent", "text": "Hello"}, "sms": {"sender": "MyShop", "text": "Hello"}}
    body = {"channels": list(channels or ("rcs",)), "phone": {"number": phone}, "respect_curfew": True}
    return night.data("POST", "/messages/send", body | parts | settings)


def seen(night: Night, number: int) -> tuple[str, str | None]:
    [message] = night.messages(id=number)
    return message["status"], message["sent_at"]


def test_a_message_waits_for_the_end_of_the_curfew(night: Night) -> None:
    assert night.begin(NIGHT).status_code == 200
    message = send(night)
    assert message["status"] == "accepted"
    night.advance("18h29m59s")
    assert seen(night, message["id"]) == ("accepted", None)
    night.advance("1m")
    assert seen(night, message["id"]) == ("delivered", "2026-03-16 09:00:01")


@pytest.mark.parametrize(
    ("curfew", "sent_at"),
    [
        ("{begins: 14:30, ends: 14:31}", "14:31:01"),
        ("{begins: 14:31, ends: 14:30}", "14:30:01"),
        ("{begins: 14:00, ends: 14:30}", "14:30:01"),
        ('{begins: "00:00", ends: "23:59"}', "23:59:01"),
        ("{begins: 22:00, ends: 08:00}", "14:30:01"),
        ("null", "14:30:01"),
    ],
)
def test_when_a_message_leaves(night: Night, curfew: str, sent_at: str) -> None:
    assert night.begin(curfew).status_code == 200
    number = send(night)["id"]
    night.advance("9h29m30s")
    assert seen(night, number) == ("delivered", f"2026-03-15 {sent_at}")


@pytest.mark.parametrize("flag", [{}, {"respect_curfew": False}])
def test_other_messages_leave_at_once(night: Night, flag: Any) -> None:
    night.begin(NIGHT)
    body = {
        "channels": ["rcs"],
        "phone": {"number": "380671112233"},
        "rcs": {"sender": "my_agent", "text": "x"},
    }
    number = night.data("POST", "/messages/send", body | flag)["id"]
    night.advance("1m")
    assert seen(night, number)[0] == "delivered"


def test_the_account_without_a_curfew_keeps_no_message(night: Night) -> None:
    number = send(night)["id"]
    night.advance("1m")
    assert seen(night, number)[0] == "delivered"


def test_what_stands_in_waits_too(night: Night) -> None:
    night.begin("{begins: 15:00, ends: 16:00}")
    number = send(night, "380671112902", "rcs", "sms", validity=1)["id"]
    night.advance("1h29m")
    [message] = night.messages(id=number)
    assert (message["status"], message["alternative_channels"]) == ("expired", None)
    night.advance("2m")
    [message] = night.messages(id=number)
    [substitute] = message["alternative_channels"]["sms"]["id"]
    assert seen(night, substitute) == ("delivered", "2026-03-15 16:00:00")


def test_what_stands_in_outside_of_it_leaves_at_once(night: Night) -> None:
    night.begin(NIGHT)
    number = send(night, "380671112903", "rcs", "sms")["id"]
    night.advance("18h31m")
    [message] = night.messages(id=number)
    assert message["alternative_channels"]["sms"]["parts"] == 1


def test_the_money_of_a_message_that_waits_is_put_aside(night: Night) -> None:
    night.begin(NIGHT)
    send(night)
    balance = night.box.control("GET", "/balances/rcs").json()
    assert (balance["balance"], balance["reserved"]) == (1000, 0.1)


def test_a_dry_run_waits_for_nothing(night: Night) -> None:
    night.begin(NIGHT)
    assert send(night, dry_run=True)["status"] == "accepted"
    night.advance("1d")
    assert night.messages() == []


@pytest.mark.parametrize(
    "curfew",
    [
        "{begins: 22:00}",
        "{begins: 22:00, ends: 22:00}",
        '{begins: "24:00", ends: "08:00"}',
        '{begins: "9:00", ends: "10:00"}',
        "{begins: 22:00:30, ends: 08:00}",
        "{begins: 1440, ends: 08:00}",
        "{begins: true, ends: 08:00}",
        "{begins: 22:00, ends: 08:00, zone: Kyiv}",
        "22:00",
    ],
)
def test_what_is_no_curfew(night: Night, curfew: str) -> None:
    answer = night.begin(curfew)
    assert answer.status_code == 422
    assert "curfew" in answer.text
