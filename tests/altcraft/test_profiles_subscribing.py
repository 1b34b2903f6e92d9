"""The subscriptions in a profile's data."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_profiles_writing import profile, subscription, write


@pytest.mark.parametrize("shape", [{"email": "s@example.com"}, {"email_data": {"email": "s@example.com"}}])
def test_subscriptions_come_in_two_shapes(altcraft: Altcraft, shape: dict[str, Any]) -> None:
    wanted = {"channel": "email", "resource_id": 1, "cats": ["news"], "custom_fields": {"my_field": 3}}
    write(altcraft, email="s@example.com", data={"subscriptions": [wanted | shape]})
    (stored,) = profile(altcraft, "s@example.com")["subscriptions"]
    assert stored["email_data"]["email"] == "s@example.com"
    assert (stored["cats"], stored["custom_fields"], stored["status"]) == (
        ["news"],
        {"my_field": 3},
        "subscribed",
    )


APP = {"resource_id": 26}


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ({"email": "s@example.com"}, "email"),
        ({"email_data": {"email": "s@example.com"}}, "email"),
        ({"email": "s@example.com", "phone": "+79110000001"}, "email"),
        ({"phone": "+79110000001"}, "sms"),
        ({"phone_data": {"phone": "+79110000001"}, "channel": ""}, "sms"),
        ({"provider": "Firefox", "subscription_id": "dev-9", "channel": None}, "push"),
        ({"push_data": {"provider": "Firefox", "subscription_id": "dev-9"}}, "push"),
        (APP | {"cc_data": {"id": 7}}, "telegram_bot"),
        (APP | {"cc_data": {"phone": "+79110000001"}}, "whatsapp"),
        (APP | {"phone": "+79110000001"}, "whatsapp"),  # the resource has no SMS
        (APP | {"phone_data": {"phone": "+79110000001"}}, "whatsapp"),
    ],
)
def test_a_subscription_without_a_channel_is_on_that_of_its_address(
    altcraft: Altcraft, said: dict[str, Any], channel: str
) -> None:
    listed = [{"resource_id": 1} | said]
    write(altcraft, email="s@example.com", data={"subscriptions": listed}, skip_invalid_subscriptions=True)
    assert [one["channel"] for one in profile(altcraft, "s@example.com")["subscriptions"]] == [channel]


@pytest.mark.parametrize("said", [{}, APP | {"email": "s@example.com"}, {"cc_data": {"id": 7}}])
def test_an_address_that_the_resource_has_no_channel_for_is_refused(
    altcraft: Altcraft, said: dict[str, Any]
) -> None:
    body = {"db_id": 1, "email": "s@example.com", "data": {"subscriptions": [{"resource_id": 1} | said]}}
    refusal = (440, 'field "subscriptions.channel" is not valid: channel not allowed')
    assert altcraft.refused("/profiles/import", **body) == refusal


def test_which_messenger_a_phone_is_for_is_not_guessed(altcraft: Altcraft) -> None:
    both = '["viber","whatsapp"]'
    altcraft.emulator.query("UPDATE altcraft_resource SET channels = ? WHERE id = 26", both)
    listed = [APP | {"cc_data": {"phone": "+79110000001"}}]
    body = {"db_id": 1, "email": "s@example.com", "data": {"subscriptions": listed}}
    refusal = (440, 'field "subscriptions.channel" is not valid: channel not allowed')
    assert altcraft.refused("/profiles/import", **body) == refusal


@pytest.mark.parametrize(
    ("sent", "status"),
    [("unsubscribed", "unsubscribed"), (5, "suspended"), (0, "subscribed"), ("0", "subscribed"),
     (-1, "complained"), (None, "complained")],
)  # fmt: skip
def test_a_status_is_a_word_or_a_number_and_minus_one_leaves_it(
    altcraft: Altcraft, sent: Any, status: str
) -> None:
    place = {"email": "s@example.com"}
    write(altcraft, **place, data={"subscriptions": [subscription("s@example.com", status="complained")]})
    write(altcraft, **place, data={"subscriptions": [subscription("s@example.com", status=sent)]})
    assert profile(altcraft, "s@example.com")["subscriptions"][0]["status"] == status


def test_a_priority_that_is_sent_switches_the_raising_of_the_resource_off(altcraft: Altcraft) -> None:
    data = {"subscriptions": [subscription("p1@example.com", 24)]}
    write(altcraft, db_id=3, email="p@example.com", data=data)
    write(
        altcraft, db_id=3, email="p@example.com", data={"subscriptions": [subscription("p2@example.com", 24)]}
    )
    data = {"subscriptions": [subscription("p3@example.com", 24, priority=7)]}
    write(altcraft, db_id=3, email="p@example.com", data=data)
    stored = profile(altcraft, "p@example.com", 3)["subscriptions"]
    assert [one["priority"] for one in stored] == [1, 0, 7]


WRONG = [
    ({"resource_id": 9}, "subscriptions.resource_id", "resource not found"),
    ({"resource_id": 24}, "subscriptions.resource_id", "resource not found"),
    ({"channel": "viber"}, "subscriptions.channel", "channel not allowed"),
    ({"email": "nobody"}, "subscriptions.email", "wrong address"),
    ({"status": "asleep"}, "subscriptions.status", "wrong status"),
    ({"cats": ["cars"]}, "subscriptions.cats", "category not found in resource"),
    ({"custom_fields": {"my_field": "x"}}, "my_field", "failed convert custom field"),
    ({"custom_fields": {"unheard_of": 1}}, "unheard_of", "failed convert custom field"),
    ({"custom_fields": ["my_field"]}, "custom_fields", "failed convert custom field"),
]


def test_a_subscription_is_an_object(altcraft: Altcraft) -> None:
    body = {"db_id": 1, "email": "s@example.com", "data": {"subscriptions": ["s@example.com"]}}
    assert altcraft.refused("/profiles/import", **body) == (
        440,
        'field "subscriptions" is not valid: is no object',
    )


@pytest.mark.parametrize(("wrong", "name", "reason"), WRONG)
def test_a_wrong_subscription_is_refused_or_left_out(
    altcraft: Altcraft, wrong: dict[str, Any], name: str, reason: str
) -> None:
    listed = [subscription("s@example.com"), subscription("t@example.com") | wrong]
    body: dict[str, Any] = {"db_id": 1, "email": "s@example.com", "data": {"subscriptions": listed}}
    assert altcraft.refused("/profiles/import", **body) == (440, f'field "{name}" is not valid: {reason}')
    write(altcraft, **body, skip_invalid_subscriptions=True)
    stored = profile(altcraft, "s@example.com")["subscriptions"]
    assert [one["email_data"]["email"] for one in stored] == ["s@example.com"]
