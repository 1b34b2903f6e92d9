"""Whether a phone has RCS, Viber or WhatsApp, as rules of tests say."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

PHONE, WITHOUT = "380671112233", "380671112905"
"""The second phone has none of the services, by its last digits."""
TEMPLATE = {"type": "template", "template": {"name": "sale", "language": {"code": "en"}}}
UNREGISTERED = {"rcs": "not_service_user", "viber": "not_viber_user", "whatsapp": "not_service_user"}
SMS = {"sms": {"sender": "MyShop", "text": "Hello by SMS"}}


def say(rcs: Rcs, outcome: str, recipient: str = PHONE, **rule: Any) -> Any:
    body = {"provider": "rcs", "recipient": recipient, "outcome": outcome} | rule
    answer = rcs.emulator.http.post("/_emulator/outcomes", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def rules(rcs: Rcs) -> Any:
    return rcs.emulator.http.get("/_emulator/outcomes").json()["rules"]


def became(rcs: Rcs, channel: str, phone: str = PHONE, **settings: Any) -> list[tuple[str, str]]:
    """Send a campaign to a phone; return channel and status of its messages."""
    contents: dict[str, dict[str, Any]] = {
        "rcs": {"sender": "my_agent", "options": {"text": "Hello"}},
        "sms": {"sender": "MyShop", "text": "Hello"},
        "viber": {"sender": "Notify", "text": "Hello"},
        "whatsapp": {"sender": "my_agent"} | TEMPLATE,
    }
    body = {"phones": [{"number": phone}]} | contents[channel] | settings
    answer = rcs.call("POST", f"/campaigns/{channel}/send", body)
    assert answer.status_code == 200, answer.text
    rcs.advance("80h")
    found = rcs.messages(campaign_id=answer.json()["data"]["id"])
    return [(message["type"], message["status"]) for message in found]


@pytest.mark.slow
@pytest.mark.parametrize("channel", UNREGISTERED)
def test_a_phone_that_is_not_registered_with_a_channel(rcs: Rcs, channel: str) -> None:
    say(rcs, "not_registered", channel=channel)
    found = {other: became(rcs, other)[0][1] for other in (*UNREGISTERED, "sms")}
    delivered = dict.fromkeys((*UNREGISTERED, "sms"), "delivered")
    assert found == delivered | {channel: UNREGISTERED[channel]}


def test_a_phone_that_is_registered_with_nothing_gets_sms(rcs: Rcs) -> None:
    say(rcs, "not_registered")
    found = {channel: became(rcs, channel)[0][1] for channel in (*UNREGISTERED, "sms")}
    assert found == UNREGISTERED | {"sms": "delivered"}


@pytest.mark.parametrize("channel", UNREGISTERED)
def test_a_phone_is_registered_whatever_it_ends_with(rcs: Rcs, channel: str) -> None:
    assert became(rcs, channel, WITHOUT) == [(channel, UNREGISTERED[channel])]
    say(rcs, "registered", WITHOUT, channel=channel)
    assert became(rcs, channel, WITHOUT) == [(channel, "delivered")]


def test_another_ending_of_a_registered_phone_decides(rcs: Rcs) -> None:
    say(rcs, "registered", "*")
    assert became(rcs, "rcs", "380671112903") == [("rcs", "undelivered")]
    assert became(rcs, "rcs", "380671112901") == [("rcs", "read")]


def test_an_sms_stands_in_for_what_a_phone_can_not_get(rcs: Rcs) -> None:
    say(rcs, "not_registered", channel="viber")
    found = became(rcs, "viber", alternative_channel=SMS)
    assert found == [("viber", "not_viber_user"), ("sms", "delivered")]


@pytest.mark.parametrize(
    ("outcome", "status"), [("not_registered", "not_service_user"), ("registered", "delivered")]
)
def test_what_stands_in_needs_the_service_too(rcs: Rcs, outcome: str, status: str) -> None:
    say(rcs, "undelivered", "*", channel="sms")
    say(rcs, outcome, WITHOUT, channel="rcs")
    body = {"channels": ["sms", "rcs"], "recipients": {"phones": [{"number": WITHOUT}]}}
    body |= {"rcs": {"sender": "my_agent", "text": "Hello"}, "sms": {"sender": "MyShop", "text": "Hello"}}
    campaign = rcs.data("POST", "/campaigns/send", body)["id"]
    rcs.advance("1h")
    found = [message["status"] for message in rcs.messages(campaign_id=campaign)]
    assert found == ["undelivered", status]


def test_what_was_said_last_holds(rcs: Rcs) -> None:
    for outcome, status in (("not_registered", "not_service_user"), ("registered", "delivered")) * 2:
        said = say(rcs, outcome, channel="rcs")
        assert became(rcs, "rcs") == [("rcs", status)]
        assert [(rule["id"], rule["hits"]) for rule in rules(rcs)] == [(said["id"], 1)]


def test_a_phone_apart_from_others(rcs: Rcs) -> None:
    say(rcs, "not_registered", "38067*")
    say(rcs, "registered")
    assert became(rcs, "rcs") == [("rcs", "delivered")]
    assert became(rcs, "rcs", "380671112234") == [("rcs", "not_service_user")]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_registration_is_asked_before_rules(rcs: Rcs, *, is_first: bool) -> None:
    words = ["read", "not_registered"]
    for outcome in reversed(words) if is_first else words:
        say(rcs, outcome)
    assert became(rcs, "rcs") == [("rcs", "not_service_user")]
    say(rcs, "registered")
    assert became(rcs, "rcs") == [("rcs", "read")]


def test_registrations_go_with_the_rules(rcs: Rcs) -> None:
    said = say(rcs, "not_registered")
    assert rcs.emulator.http.delete(f"/_emulator/outcomes/{said['id']}").status_code == 204
    assert became(rcs, "rcs") == [("rcs", "delivered")]


def test_other_providers_know_of_no_registration(rcs: Rcs) -> None:
    http = rcs.emulator.http
    rule = {"recipient": "*", "outcome": "not_registered"}
    assert http.post("/_emulator/outcomes", json=rule).status_code == 201
    assert (
        http.post("/_emulator/outcomes", json={"recipient": "ann@*", "outcome": "bounced"}).status_code == 201
    )
    mail = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ann@example.com"},
        "subject": "Hi",
        "text": "Hi",
    }
    keys = http.get("/_emulator/sandboxes/default").json()["environment"]
    headers = {"Authorization": f"Bearer {keys['AUTOSEND_API_KEY']}"}
    assert http.post("/v1/mails/send", json=mail, headers=headers).status_code == 200
    rcs.advance("1h")
    [message] = http.get(
        "/_emulator/messages", params={"recipient": "ann@example.com", "latest": "true"}
    ).json()["messages"]
    assert message["status"] == "bounced"


@pytest.mark.parametrize(
    "rule",
    [
        {"outcome": "not_registered", "channel": "sms"},
        {"outcome": "registered", "channel": "email"},
        {"outcome": "not_registered", "provider": "autosend"},
        {"outcome": "not_registered", "delay": "5m"},
    ],
)
def test_what_has_no_registration(rcs: Rcs, rule: Any) -> None:
    answer = rcs.emulator.http.post("/_emulator/outcomes", json={"provider": "rcs"} | rule)
    assert answer.status_code == 422


def test_the_words_of_rules_are_listed(rcs: Rcs) -> None:
    words = rcs.emulator.http.get("/_emulator/outcomes").json()["words"]
    assert {"registered", "not_registered", "bounced", "read"} <= set(words)
    assert words == sorted(words)
