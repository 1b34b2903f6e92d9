"""Sending policies: https://guides.altcraft.com/en/user-guide/settings/9405554."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft

PAID, NEW, OTHER = 60, "new@example.com", "other@example.com"
"""A trigger without a resource, and two profiles of its database that have got no messages."""

ONE_A_DAY = {"recipient": [1, 1]}


@pytest.fixture(autouse=True)
def people(altcraft: Altcraft) -> None:
    """Two new profiles; no mailing sends to them by itself."""
    quiet = "UPDATE altcraft_mailing SET state = iif(state = 'running', 'draining', 'inactive')"
    altcraft.emulator.query(f"{quiet} WHERE kind <> 'trigger' AND state <> 'draining'")
    for email in (NEW, OTHER):
        subscribed = {"channel": "email", "email": email, "resource_id": 1, "status": "subscribed"}
        altcraft.answer("/profiles/import", db_id=1, email=email, data={"subscriptions": [subscribed]})


def policy(altcraft: Altcraft, number: int, limits: dict[str, list[int]]) -> None:
    statement = "INSERT INTO altcraft_sending_policy (id, name, limits) VALUES (?, 'Policy', ?)"
    altcraft.emulator.query(statement, number, json.dumps(limits))


def trigger(altcraft: Altcraft, **settings: Any) -> int:
    usual = {"name": "T", "content": [{"message_id": 6}], "send_channel": "email", "list_id": 1}
    more = {"trigger_type": "api_call", "is_active": True}
    return int(altcraft.data("/campaigns/triggers/add", **(usual | more | settings))["saved_id"])


def started(altcraft: Altcraft, number: int, email: str = NEW) -> bool:
    """Start a trigger, and return whether it was sent."""
    return bool(altcraft.answer("/campaigns/triggers/start", id=number, email=email)["result"])


@pytest.mark.slow
def test_who_has_got_enough_gets_no_more_for_some_days(altcraft: Altcraft) -> None:
    policy(altcraft, 1, {"recipient": [2, 3]})
    number = trigger(altcraft, policy_id=1)
    assert [started(altcraft, number) for _ in range(3)] == [True, True, False]
    assert "Left out because of the sending policy: 1" in altcraft.log(number)
    assert started(altcraft, number, OTHER)
    altcraft.advance("3d")
    assert started(altcraft, number)


@pytest.mark.parametrize("limit", ["recipient", "resource", "channel", "contact"])
def test_a_message_of_a_slow_mailing_counts_from_when_it_was_sent(altcraft: Altcraft, limit: str) -> None:
    """At a message a day, the first one goes to another person."""
    policy(altcraft, 1, {limit: [1, 1]})
    both = [{"name": "value", "value": f"{NEW}|{OTHER}"}]
    rule = {"compo": "default", "type": "email", "name": "email", "operator": "in_data", "value": both}
    item = {"condition": "and", "list_id": 1, "queries": [rule]}
    segment = altcraft.data("/segments/add", name="S", segment=[item])["saved_id"]
    body = {"name": "B", "data_type": "segment", "data_id": segment, "content": [{"message_id": 6}]}
    more = {"send_channel": "email", "resource_id": 1, "is_active": True}
    slow = altcraft.data("/campaigns/broadcasts/add", **body, **more)["saved_id"]
    altcraft.emulator.query("UPDATE altcraft_mailing SET pace = ? WHERE id = ?", 1 / 86_400, slow)
    altcraft.answer("/campaigns/broadcasts/start", id=slow)
    altcraft.advance("49h")
    number = trigger(altcraft, policy_id=1, resource_id=1)
    assert [started(altcraft, number, email) for email in (NEW, OTHER)] == [True, False]
    altcraft.advance("23h")
    assert started(altcraft, number, OTHER)


@pytest.mark.parametrize("limit", ["recipient", "channel", "contact"])
def test_what_could_not_be_sent_does_not_count(altcraft: Altcraft, limit: str) -> None:
    altcraft.answer("/profiles/import", db_id=1, email="new+failed@example.com", data={})
    policy(altcraft, 1, {limit: [1, 1]})
    number = trigger(altcraft, policy_id=1)
    for _ in range(2):
        assert started(altcraft, number, "new+failed@example.com")
        altcraft.advance("1m")


def test_it_counts_messages_of_all_mailings(altcraft: Altcraft) -> None:
    policy(altcraft, 1, ONE_A_DAY)
    assert started(altcraft, PAID)
    assert not started(altcraft, trigger(altcraft, policy_id=1))


@pytest.mark.parametrize(
    ("limits", "is_sent"),
    [
        ({"recipient": [1, 1]}, False),
        ({"channel": [1, 1]}, False),
        ({"contact": [1, 1]}, False),
        ({"resource": [1, 1]}, True),
        ({"channel": [2, 1]}, True),
        ({"channel": [2, 1], "contact": [1, 1]}, False),
        ({}, True),
    ],
)
def test_each_limit_counts_something_else(
    altcraft: Altcraft, limits: dict[str, list[int]], *, is_sent: bool
) -> None:
    policy(altcraft, 1, limits)
    number = trigger(altcraft, policy_id=1, resource_id=1)
    assert started(altcraft, PAID)
    assert started(altcraft, number) == is_sent


def test_an_address_that_profiles_share_counts_for_all_of_them(altcraft: Altcraft) -> None:
    policy(altcraft, 1, {"contact": [1, 1]})
    number = trigger(altcraft, policy_id=1, resource_id=1)
    subscribed = {"channel": "email", "email": "shared@example.com", "resource_id": 1, "status": "subscribed"}
    for email in ("one@example.com", "two@example.com"):
        altcraft.answer("/profiles/import", db_id=1, email=email, data={"subscriptions": [subscribed]})
    assert [started(altcraft, number, f"{name}@example.com") for name in ("one", "two")] == [True, False]


def test_the_mailings_policy_goes_before_the_resources_and_that_before_the_accounts(
    altcraft: Altcraft,
) -> None:
    for number, most in ((1, 1), (2, 2), (3, 3)):
        policy(altcraft, number, {"recipient": [most, 1]})
    altcraft.emulator.query("UPDATE altcraft_account SET policy_id = 1")
    altcraft.emulator.query("UPDATE altcraft_resource SET policy_id = 2 WHERE id = 1")
    of_account, of_resource = trigger(altcraft), trigger(altcraft, resource_id=1)
    own = trigger(altcraft, resource_id=1, policy_id=3)
    assert [started(altcraft, of_account) for _ in range(2)] == [True, False]
    assert [started(altcraft, of_resource) for _ in range(2)] == [True, False]
    assert [started(altcraft, own) for _ in range(2)] == [True, False]


def test_sending_without_conditions_is_for_everybody(altcraft: Altcraft) -> None:
    policy(altcraft, 1, ONE_A_DAY)
    number = trigger(altcraft, policy_id=1, unconditional_sending=True)
    assert [started(altcraft, number) for _ in range(2)] == [True, True]


def test_a_run_leaves_out_whom_the_policy_holds_back(altcraft: Altcraft) -> None:
    policy(altcraft, 1, ONE_A_DAY)
    assert started(altcraft, PAID)
    body = {"name": "B", "data_type": "list", "data_id": 1, "content": [{"message_id": 6}]}
    more = {"send_channel": "email", "policy_id": 1, "is_active": True}
    number = altcraft.data("/campaigns/broadcasts/add", **body, **more)["saved_id"]
    altcraft.answer("/campaigns/broadcasts/start", id=number)
    found = altcraft.emulator.http.get("/_emulator/messages", params={"job": f"altcraft/mailing/{number}"})
    assert [message["recipient"] for message in found.json()["messages"]] == [OTHER]
    assert "Left out because of the sending policy: 41" in altcraft.log(number)


@pytest.mark.parametrize("kind", ["triggers", "broadcasts", "regulars"])
def test_an_unknown_policy_is_refused(altcraft: Altcraft, kind: str) -> None:
    body = {"name": "B", "content": [{"message_id": 6}], "send_channel": "email", "policy_id": 7}
    whom = (
        {"list_id": 1, "trigger_type": "api_call"}
        if kind == "triggers"
        else {"data_type": "list", "data_id": 1}
    )
    refusal = (404, "Object not found: policy 7")
    assert altcraft.refused(f"/campaigns/{kind}/add", **body, **whom) == refusal
