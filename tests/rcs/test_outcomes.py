"""Outcomes of messages and of their substitutes, on every channel and in both orders."""

from typing import Any

import pytest

from tests.conftest import Emulator
from tests.rcs.conftest import Rcs

RCS_PART = {"sender": "my_agent", "text": "Hello"}
SMS_PART = {"sender": "MyShop", "text": "Hello by SMS"}
ALTERNATIVE = {"alternative_channel": {"sms": {"sender": "MyShop", "text": "Hello by SMS"}}}
NO_FALLBACK_FOR = {"delivered", "read", "unknown"}


@pytest.fixture
def rcs(empty_emulator: Emulator) -> Rcs:
    return Rcs(empty_emulator)


def send(client: Rcs, ending: str, *channels: str, **settings: Any) -> int:
    """Send a message on the first channel, with the second as its substitute; return the campaign's id."""
    parts = {"rcs": RCS_PART, "sms": SMS_PART}
    body = {
        "channels": list(channels),
        "recipients": {"phones": [{"number": f"380671112{ending}"}]},
        **{channel: parts[channel] for channel in channels},
    }
    return int(client.data("POST", "/campaigns/send", body | settings)["id"])


def rule(rcs: Rcs, **wanted: Any) -> None:
    answer = rcs.emulator.http.post("/_emulator/outcomes", json={"provider": "rcs"} | wanted)
    assert answer.status_code == 201, answer.text


def ends(rcs: Rcs, campaign: int) -> list[tuple[str, str]]:
    rcs.advance("80h")
    return [(message["type"], message["status"]) for message in rcs.messages(campaign_id=campaign)]


@pytest.mark.parametrize("word", ["failed", "undelivered"])
def test_a_rule_that_fails_a_message_whose_sms_comes_late(rcs: Rcs, word: str) -> None:
    rule(rcs, channel="rcs", recipient="*908", outcome=word)
    campaign = rcs.send("380671112908", **ALTERNATIVE)["id"]
    assert ends(rcs, campaign) == [("rcs", word), ("sms", "delivered")]


def test_a_message_that_a_test_fails_is_followed_by_its_late_sms(rcs: Rcs) -> None:
    campaign = rcs.send("380671112908", **ALTERNATIVE)["id"]
    rcs.advance("5s")
    [message] = rcs.messages(campaign_id=campaign)
    answer = rcs.emulator.http.post(
        f"/_emulator/messages/{message['id']}/status", json={"status": "undelivered"}
    )
    assert answer.status_code == 200
    assert ends(rcs, campaign) == [("rcs", "undelivered"), ("sms", "delivered")]


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("111", "delivered"),
        ("901", "delivered"),
        ("902", "expired"),
        ("903", "undelivered"),
        ("904", "failed"),
        ("905", "delivered"),
        ("906", "unknown"),
        ("907", "undelivered"),
        ("908", "delivered"),
        ("909", "delivered"),
    ],
)
def test_the_end_of_the_number_decides_over_sms(rcs: Rcs, ending: str, status: str) -> None:
    assert ends(rcs, send(rcs, ending, "sms")) == [("sms", status)]


@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ("901", [("rcs", "read")]),
        ("902", [("rcs", "expired"), ("sms", "delivered")]),
        ("903", [("rcs", "undelivered"), ("sms", "delivered")]),
        ("904", [("rcs", "failed"), ("sms", "delivered")]),
        ("905", [("rcs", "not_service_user"), ("sms", "delivered")]),
        ("906", [("rcs", "unknown")]),
        ("907", [("rcs", "undelivered"), ("sms", "undelivered")]),
        ("908", [("rcs", "delivered")]),
        ("909", [("rcs", "read")]),
    ],
)
def test_an_sms_in_the_stead_of_an_rcs_message(rcs: Rcs, ending: str, found: list[tuple[str, str]]) -> None:
    assert ends(rcs, send(rcs, ending, "rcs", "sms")) == found


@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ("901", [("sms", "delivered")]),
        ("902", [("sms", "expired"), ("rcs", "delivered")]),
        ("903", [("sms", "undelivered"), ("rcs", "delivered")]),
        ("904", [("sms", "failed"), ("rcs", "delivered")]),
        ("905", [("sms", "delivered")]),
        ("906", [("sms", "unknown")]),
        ("907", [("sms", "undelivered"), ("rcs", "undelivered")]),
        ("908", [("sms", "delivered")]),
        ("909", [("sms", "delivered")]),
    ],
)
def test_an_rcs_message_in_the_stead_of_an_sms(rcs: Rcs, ending: str, found: list[tuple[str, str]]) -> None:
    assert ends(rcs, send(rcs, ending, "sms", "rcs")) == found


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("delivered", "delivered"),
        ("read", "read"),
        ("clicked", "read"),
        ("delayed", "delivered"),
        ("expired", "expired"),
        ("undelivered", "undelivered"),
        ("failed", "failed"),
        ("not_service_user", "not_service_user"),
        ("unknown", "unknown"),
    ],
)
def test_a_rule_gives_an_rcs_message_in_the_stead_any_outcome(rcs: Rcs, word: str, status: str) -> None:
    rule(rcs, channel="rcs", outcome=word)
    assert ends(rcs, send(rcs, "903", "sms", "rcs")) == [("sms", "undelivered"), ("rcs", status)]


@pytest.mark.parametrize("word", ["delivered", "delayed", "expired", "undelivered", "failed", "unknown"])
def test_a_rule_gives_an_sms_in_the_stead_any_outcome(rcs: Rcs, word: str) -> None:
    rule(rcs, channel="sms", outcome=word)
    found = ends(rcs, send(rcs, "903", "rcs", "sms"))
    assert found == [("rcs", "undelivered"), ("sms", "delivered" if word == "delayed" else word)]


@pytest.mark.parametrize(
    ("ending", "status"),
    [("901", "read"), ("905", "not_service_user"), ("909", "read"), ("111", "delivered")],
)
def test_the_end_of_the_number_decides_over_an_rcs_message_in_the_stead(
    rcs: Rcs, ending: str, status: str
) -> None:
    rule(rcs, channel="sms", outcome="undelivered")
    assert ends(rcs, send(rcs, ending, "sms", "rcs"))[1] == ("rcs", status)


def test_messages_in_the_stead_that_leave_at_different_times_arrive_at_different_times(rcs: Rcs) -> None:
    rule(rcs, channel="rcs", recipient="*1908", outcome="undelivered")
    rule(rcs, channel="rcs", recipient="*2908", outcome="undelivered", delay="5m")
    campaign = rcs.send("380671111908", "380671112908", **ALTERNATIVE)["id"]
    rcs.advance("1h")
    sms = [message for message in rcs.messages(campaign_id=campaign) if message["type"] == "sms"]
    assert [(one["sent_at"][-8:], one["delivered_at"][-8:]) for one in sms] == [
        ("14:30:06", "14:45:06"),
        ("14:35:06", "14:50:06"),
    ]


def test_one_message_stands_in_however_often_a_test_fails_the_first(rcs: Rcs) -> None:
    campaign = rcs.send("380671112111", **ALTERNATIVE)["id"]
    rcs.advance("4s")
    [message] = rcs.messages(campaign_id=campaign)
    for status in ("undelivered", "expired", "failed"):
        body = {"status": status, "force": True}
        assert rcs.emulator.http.post(f"/_emulator/messages/{message['id']}/status", json=body).is_success
    assert ends(rcs, campaign) == [("rcs", "failed"), ("sms", "delivered")]
