"""What callbacks tell, and in which order: https://bsg.world/developers/rest-api (callbacks)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.receiver import Receiver, receiving

SMS = {"sms": {"sender": "MyShop", "text": "Hello by SMS"}}
CARD = {
    "text": "Sale",
    "suggestions": [{"text": "Open", "url": "https://shop.example.com/", "postback_data": "go"}],
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(request.json["status"], request.json["price"]) for request in receiver.requests]


def pulled(rcs: Rcs, phone: str) -> list[str]:
    params: dict[str, str | int] = {"provider": "rcs", "after": 0, "limit": 1000}
    found = rcs.emulator.http.get("/_emulator/webhooks/events", params=params).json()["events"]
    return [event["body"]["status"] for event in found if event["body"]["msisdn"] == phone]


@pytest.mark.parametrize(
    ("ending", "failure"),
    [("902", "expired"), ("903", "undelivered"), ("904", "failed"), ("905", "not_service_user")],
)
def test_a_failure_is_told_before_what_stands_in(
    rcs: Rcs, receiver: Receiver, ending: str, failure: str
) -> None:
    rcs.send_one(f"380671112{ending}", callback_url=receiver.url, alternative_channel=SMS)
    rcs.advance("80h")
    statuses = [status for status, _ in told(receiver)]
    assert statuses[-3:] == [failure, "sent", "delivered"]
    assert pulled(rcs, f"380671112{ending}") == statuses


@pytest.mark.parametrize(
    ("ending", "last"),
    [
        ("111", ("delivered", "0.0175696")),
        ("902", ("expired", "0.0000000")),
        ("903", ("undelivered", "0.0000000")),
        ("904", ("failed", "0.0000000")),
        ("905", ("not_service_user", "0.0000000")),
        ("906", ("unknown", "0.0000000")),
        ("901", ("read", "0.0175696")),
    ],
)
def test_a_callback_has_the_price_that_is_charged(
    rcs: Rcs, receiver: Receiver, ending: str, last: tuple[str, str]
) -> None:
    message = rcs.send_one(f"380671112{ending}", callback_url=receiver.url)
    rcs.advance("80h")
    assert told(receiver)[-1] == last
    assert rcs.messages(id=message["id"])[0]["amount"]["value"] == last[1]


def test_an_sms_that_failed_before_it_left_costs_nothing(rcs: Rcs, receiver: Receiver) -> None:
    body = {
        "channels": ["sms"],
        "phone": {"number": "380671112904"},
        "sms": {"sender": "MyShop", "text": "Hello"},
        "callback_url": receiver.url,
    }
    rcs.data("POST", "/messages/send", body)
    rcs.advance("1m")
    assert told(receiver)[-1] == ("failed", "0.0000000")
    assert rcs.balance() == 1000


def test_what_a_stop_drops_costs_nothing(rcs: Rcs) -> None:
    campaign = rcs.send(*[f"3806711{number:05}" for number in range(50)])["id"]
    rcs.advance("4500ms")
    rcs.data("PUT", f"/campaigns/{campaign}/stop")
    rcs.advance("1h")
    amounts = [
        float(message["amount"]["value"])
        for message in rcs.data(
            "GET", "/messages", params={"filter[campaign_id]": campaign, "page[limit]": 500}
        )
    ]
    assert sum(amounts) == pytest.approx(20 * 0.0175696)
    assert rcs.detail(campaign)["total_price"] == "0.3513920"


def test_a_button_of_an_rcs_message_in_the_stead_of_an_sms_is_pressed(rcs: Rcs, receiver: Receiver) -> None:
    rule: dict[str, Any] = {"provider": "rcs", "channel": "sms", "outcome": "undelivered"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    body = {
        "channels": ["sms", "rcs"],
        "phone": {"number": "380671112909"},
        "sms": {"sender": "MyShop", "text": "Hello"},
        "rcs": {"sender": "my_agent", "cards": [CARD]},
        "callback_url": receiver.url,
    }
    rcs.data("POST", "/messages/send", body)
    rcs.advance("5m")
    assert receiver.requests[-1].json["postback"] == "go"


@pytest.mark.parametrize(
    ("ending", "at"),
    [
        ("111", "14:30:03"),
        ("901", "14:30:03"),
        ("902", "14:30:30"),
        ("903", "14:30:03"),
        ("904", "14:30:01"),
        ("905", "14:30:01"),
    ],
)
def test_the_time_of_the_report_is_told_and_shown(rcs: Rcs, receiver: Receiver, ending: str, at: str) -> None:
    message = rcs.send_one(f"380671112{ending}", callback_url=receiver.url, validity_seconds=30)
    rcs.advance("1h")
    assert receiver.requests[-1].json["time_dr"][-8:] == at
    assert rcs.messages(id=message["id"])[0]["delivered_at"][-8:] == at


def test_no_report_has_no_time(rcs: Rcs, receiver: Receiver) -> None:
    message = rcs.send_one("380671112906", callback_url=receiver.url)
    rcs.advance("1h")
    assert receiver.requests[-1].json["time_dr"] is None
    assert rcs.messages(id=message["id"])[0]["delivered_at"] is None
