"""The log says how many people a mailing leaves out, and for which reason."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_mailing_settings import BROADCAST
from tests.altcraft.test_suppression_lists import GLOBAL
from tests.altcraft.test_trigger_launches import made, started

PUSH = {"send_channel": "push", "content": [{"message_id": 27}], "resource_id": 26}


def left_out(altcraft: Altcraft, **settings: Any) -> list[str]:
    """Launch a broadcast to the 41 customers; return the log's reasons for people who are left out."""
    body: dict[str, Any] = {"data_type": "list", "data_id": 1, "send_channel": "email"}
    body |= {"content": [{"message_id": 7}]} | settings
    mailing = altcraft.data("/campaigns/broadcasts/add", name="News", **body)["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    return [line.removeprefix("Left out because of ") for line in altcraft.log(mailing) if "Left" in line]


@pytest.mark.parametrize(
    ("settings", "reasons"),
    [
        ({}, ["the global status: 1"]),
        ({"unconditional_sending": True}, []),
        ({"resource_id": 1}, ["the global status: 1"]),
        ({"resource_id": 24}, ["the resource: 41"]),  # the database is not attached to it
        ({"resource_id": 24, "unconditional_sending": True}, ["the resource: 41"]),
        ({"resource_id": 36}, ["the resource: 41"]),  # it has no e-mails
        (PUSH, ["the global status: 1"]),
        ({"data_id": 3, "resource_id": 24}, []),
    ],
)
def test_a_resource_leaves_out_who_has_not_subscribed_there(
    altcraft: Altcraft, settings: dict[str, Any], reasons: list[str]
) -> None:
    assert left_out(altcraft, **settings) == reasons


@pytest.mark.parametrize("channel", ["email", "push"])
def test_who_has_no_subscription_is_counted_beside_those_who_have_one(
    altcraft: Altcraft, channel: str
) -> None:
    altcraft.answer("/profiles/import", db_id=1, email="new@example.com", data={})
    settings = PUSH if channel == "push" else {"resource_id": 1}
    assert sorted(left_out(altcraft, **settings)) == ["the global status: 1", "the resource: 1"]


def test_who_has_no_push_subscription_of_the_providers_is_counted(altcraft: Altcraft) -> None:
    reasons = left_out(altcraft, **PUSH)
    assert reasons == ["the global status: 1"]
    push = made(altcraft, **PUSH)
    altcraft.emulator.query("""UPDATE altcraft_mailing SET providers = '["mozilla"]' WHERE id = ?""", push)
    assert started(altcraft, id=push, email="ann@example.com") == []
    assert altcraft.log(push) == ["Left out because of the resource: 1"]


def test_who_has_the_address_of_somebody_else_is_counted(altcraft: Altcraft) -> None:
    shared = [{"channel": "email", "email": "shared@example.com", "resource_id": 1}]
    for email in ("one@example.com", "two@example.com"):
        altcraft.answer("/profiles/import", db_id=1, email=email, data={"subscriptions": shared})
    assert left_out(altcraft, resource_id=1) == ["the global status: 1", "uniqueness: 1"]
    trigger = made(altcraft, resource_id=1)
    two = {"email": {"$in": ["one@example.com", "two@example.com"]}}
    assert len(started(altcraft, id=trigger, custom_request=two)) == 1
    assert altcraft.log(trigger) == ["Left out because of uniqueness: 1"]


def of_two_addresses(altcraft: Altcraft, channel: str, *statuses: str, **data: Any) -> dict[str, Any]:
    """Create a profile with a subscription of each status; return the settings of a mailing to it alone."""
    addresses: list[dict[str, Any]] = [
        {"resource_id": 1, "channel": channel, "status": status, "email": f"n{number}@example.com",
         "phone": f"+7911000000{number}", "provider": "Firefox", "subscription_id": f"dev-{number}"}
        for number, status in enumerate(statuses)
    ]  # fmt: skip
    altcraft.answer("/profiles/import", db_id=1, email="n@example.com",
                    data=data | {"subscriptions": addresses})  # fmt: skip
    rule = {"compo": "default", "type": "email", "name": "email", "operator": "equal",
            "value": [{"name": "value", "value": "n@example.com"}]}  # fmt: skip
    item = {"condition": "and", "list_id": 1, "queries": [rule]}
    segment = altcraft.data("/segments/add/", name="N", segment=[item])["saved_id"]
    template = {"email": 7, "sms": 10, "push": 27}[channel]
    return {"data_type": "segment", "data_id": segment, "resource_id": 1, "send_channel": channel,
            "content": [{"message_id": template}]}  # fmt: skip


@pytest.mark.parametrize("channel", ["email", "sms", "push"])
@pytest.mark.parametrize(
    ("statuses", "data", "reasons"),
    [
        (("subscribed", "unsubscribed"), {}, []),
        (("unsubscribed", "subscribed"), {}, []),
        (("unsubscribed", "suspended"), {}, ["the subscription's status: 1"]),
        (("subscribed", "unsubscribed"), {"_status": 1}, ["the global status: 1"]),
    ],
)
def test_people_are_counted_not_their_addresses(
    altcraft: Altcraft, channel: str, statuses: tuple[str, str], data: dict[str, Any], reasons: list[str]
) -> None:
    assert left_out(altcraft, **of_two_addresses(altcraft, channel, *statuses, **data)) == reasons


@pytest.mark.parametrize("statuses", [("subscribed", "suspended"), ("suspended", "subscribed")])
def test_who_is_left_out_for_two_reasons_counts_for_the_first_that_is_looked_at(
    altcraft: Altcraft, statuses: tuple[str, str]
) -> None:
    settings = of_two_addresses(altcraft, "email", *statuses)
    for number in range(2):
        altcraft.answer("/suppresses/email_add", id=GLOBAL, email=f"n{number}@example.com")
    assert left_out(altcraft, **settings) == ["the subscription's status: 1"]


def test_a_trigger_counts_people_too(altcraft: Altcraft) -> None:
    of_two_addresses(altcraft, "email", "subscribed", "unsubscribed")
    trigger = made(altcraft, resource_id=1)
    assert len(started(altcraft, id=trigger, email="n@example.com")) == 1
    assert altcraft.log(trigger) == []


def test_who_gets_one_push_of_two_is_not_left_out(altcraft: Altcraft) -> None:
    settings = of_two_addresses(altcraft, "push", "subscribed", "subscribed")
    assert left_out(altcraft, **settings, limit=1) == []


def test_who_is_over_the_limit_is_counted(altcraft: Altcraft) -> None:
    assert left_out(altcraft, limit=15) == ["the global status: 1", "the limit: 25"]


@pytest.mark.parametrize(("channel", "template"), [("email", 7), ("sms", 10)])
def test_who_has_no_address_is_counted(altcraft: Altcraft, channel: str, template: int) -> None:
    email, phone = "new@example.com", "+79005550001"
    own = {"email": email} if channel == "sms" else {"phones": [phone]}
    altcraft.answer("/profiles/import", db_id=1, matching="email" if channel == "sms" else "phone",
                    email=email, phone=phone, data=own)  # fmt: skip
    reasons = left_out(altcraft, send_channel=channel, content=[{"message_id": template}])
    assert sorted(reasons) == ["a missing address: 1", "the global status: 1"]


def test_a_trigger_says_so_too(altcraft: Altcraft) -> None:
    shop = made(altcraft, resource_id=24)
    assert started(altcraft, id=shop, email="ann@example.com") == []
    assert altcraft.log(shop) == ["Left out because of the resource: 1"]


def test_a_push_without_a_resource_that_an_import_starts_reaches_nobody(altcraft: Altcraft) -> None:
    push = made(altcraft, send_channel="push", content=[{"message_id": 27}], trigger_type="api_import")
    altcraft.answer("/profiles/import", db_id=1, email="new@example.com", data={})
    assert altcraft.log(push) == ["Left out because of the resource: 1"]


OF_A_TRIGGER = {"list_id": 1, "trigger_type": "api_call"}
NOWHERE = BROADCAST | {"send_channel": "push", "content": [{"message_id": 27}], "is_active": True}


@pytest.mark.parametrize(
    ("kind", "launch"),
    [
        ("broadcasts/add", "broadcasts/start"),
        ("regulars/add/", "regulars/start"),
        ("broadcasts/add", "activate/"),
        ("triggers/add/", "triggers/start/"),
        ("triggers/add/", "triggers/start_batch"),
    ],
)
def test_a_push_without_a_resource_is_not_launched(altcraft: Altcraft, kind: str, launch: str) -> None:
    number = altcraft.data(f"/campaigns/{kind}", **NOWHERE | OF_A_TRIGGER)["saved_id"]
    body = {"id": number, "trigger_id": number, "run_now": True, "email": "ann@example.com", "data": []}
    refusal = (400, "Incorrect request: resource_id: a push needs a resource")
    assert altcraft.refused(f"/campaigns/{launch}", **body) == refusal
    assert (altcraft.status(number), altcraft.log(number)) == ("Active", [])


def test_a_push_without_a_resource_is_not_started_by_its_schedule(altcraft: Altcraft) -> None:
    number = altcraft.data("/campaigns/regulars/add/", **NOWHERE, start_schedule={"start_mins": [45]})[
        "saved_id"
    ]
    altcraft.advance("20m")
    assert altcraft.log(number) == ["Incorrect request: resource_id: a push needs a resource"]
    assert altcraft.status(number) == "Active"
