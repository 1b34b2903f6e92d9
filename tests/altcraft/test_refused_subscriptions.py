"""Refusals of requests about subscriptions: nothing is changed."""

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.test_subscriptions import BY_EMAIL, EVE, listed

CHANNELS = "Input should be 'email', 'sms', 'push', 'telegram_bot', 'whatsapp', 'viber' or 'notify'"
NO_CATEGORY = "category not found in resource"
NO_FIELD = "failed convert custom field"


def invalid(name: str, reason: str) -> tuple[int, str]:
    return 440, f'field "{name}" is not valid: {reason}'


def incorrect(name: str, reason: str) -> tuple[int, str]:
    return 400, f"Incorrect request: {name}: {reason}"


def missing(what: str) -> tuple[int, str]:
    return 404, f"Object not found: {what}"


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"db_id": 9}, missing("database 9")),
        ({"resource_id": 9}, missing("resource 9")),
        ({"profile_id": EVE}, missing(f"profile profile_id={EVE}")),
        ({"profile_id": "a\0b"}, missing("profile profile_id=a\0b")),
        ({"profile_id": 5}, incorrect("profile_id", "Input should be a valid string")),
        ({"db_id": 2**70}, incorrect("db_id", f"Input should be less than or equal to {2**63 - 1}")),
        ({"db_id": None}, incorrect("db_id", "Field required")),
        ({"channel": "sms", "email": ""}, invalid("subscriptions.sms", "wrong address")),
        ({"email": "nobody"}, invalid("subscriptions.email", "wrong address")),
        ({"email": "localhost"}, invalid("subscriptions.email", "wrong address")),
        ({"channel": "viber"}, invalid("subscriptions.channel", "channel not allowed")),
        ({"resource_id": 24}, invalid("subscriptions.resource_id", "resource not found")),
        ({"status": "gone"}, invalid("subscriptions.status", "wrong status")),
        ({"status": [1]}, invalid("subscriptions.status", "wrong status")),
        ({"status": 7}, invalid("subscriptions.status", "wrong status")),
        ({"priority": "high"}, invalid("subscriptions.priority", "is no integer")),
        ({"priority": 2**31}, invalid("subscriptions.priority", "is out of range")),
        ({"cats": ["none"]}, invalid("subscriptions.cats", NO_CATEGORY)),
        ({"cats": [{}]}, invalid("subscriptions.cats", NO_CATEGORY)),
        ({"cats": {"a": 1}}, invalid("subscriptions.cats", NO_CATEGORY)),
        ({"date": "soon"}, invalid("subscriptions.date", "is no date")),
        ({"date": 5}, invalid("subscriptions.date", "is no date")),
        ({"custom_fields": {"x": 1}}, invalid("x", NO_FIELD)),
        ({"custom_fields": {"my_field": "a"}}, invalid("my_field", NO_FIELD)),
        ({"custom_fields": {"my_field": {}}}, invalid("my_field", NO_FIELD)),
        ({"custom_fields": {"my_field": {"action": [1]}}}, invalid("my_field", NO_FIELD)),
        ({"custom_fields": [1]}, invalid("custom_fields", NO_FIELD)),
        ({"skip_triggers": 1}, incorrect("skip_triggers", "Input should be a valid boolean")),
        ({"ip": 5}, incorrect("ip", "Input should be a valid string")),
    ],
)
def test_what_can_not_be_stored_is_refused_and_changes_nothing(
    altcraft: Altcraft, said: dict[str, object], refusal: tuple[int, str]
) -> None:
    before = listed(altcraft)
    assert altcraft.refused("/subscriptions/set", **(BY_EMAIL | {"status": 1} | said)) == refusal
    assert listed(altcraft) == before


@pytest.mark.parametrize("path", ["get", "delete", "undelete"])
@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"email": "other@example.com"}, missing("subscription email other@example.com")),
        ({"email": None}, incorrect("email", "Field required")),
        ({"email": "nobody"}, incorrect("email", "wrong address")),
        ({"email": {"a": 1}}, incorrect("email", "Input should be a valid string")),
        ({"channel": "fax"}, incorrect("channel", CHANNELS)),
        ({"channel": "sms"}, incorrect("phone", "Field required")),
        ({"channel": "sms", "phone": True}, incorrect("phone", "Input should be a valid string")),
        ({"channel": "push"}, incorrect("subscription_id", "Field required")),
        ({"channel": "telegram_bot"}, incorrect("cc_data", "Field required")),
        ({"channel": "telegram_bot", "cc_data": {"id": [1]}}, incorrect("cc_data", "wrong address")),
        ({"profile_id": "f" * 24}, missing(f"profile profile_id={'f' * 24}")),
        ({"resource_id": 36}, missing("subscription email ann@example.com")),
        ({"resource_id": 99}, missing("resource 99")),
    ],
)
def test_a_subscription_that_does_not_exist_is_refused(
    altcraft: Altcraft, path: str, said: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(f"/subscriptions/{path}", **(BY_EMAIL | said)) == refusal


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"resource_id": 9}, missing("resource 9")),
        ({"resource_id": None}, incorrect("resource_id", "Field required")),
        ({"db_id": 9}, missing("database 9")),
        ({"from_id": "17"}, incorrect("from_id", "is no cursor")),
        ({"from_id": "z" * 41}, incorrect("from_id", "is no cursor")),
        ({"from_id": "ä" * 41}, incorrect("from_id", "is no cursor")),
        ({"from_id": 5}, incorrect("from_id", "Input should be a valid string")),
        ({"status": "gone"}, incorrect("status", "is no status")),
        ({"status": {"a": 1}}, incorrect("status", "is no status")),
        ({"status": True}, incorrect("status", "is no status")),
        ({"limit": 0}, incorrect("limit", "Input should be greater than or equal to 1")),
    ],
)
def test_pages_of_nothing_are_refused(
    altcraft: Altcraft, said: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/subscriptions/list_all", **({"resource_id": 1} | said)) == refusal


@pytest.mark.parametrize("path", ["suspend_all", "unsuspend_all"])
@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"db_id": 9}, missing("database 9")),
        ({"db_id": ""}, incorrect("db_id", "Field required")),
        ({"resource_id": 9}, missing("resource 9")),
        ({"resource_id": [1]}, incorrect("resource_id", "Input should be a valid integer")),
        ({"channel": 1}, incorrect("channel", CHANNELS)),
    ],
)
def test_what_can_not_be_suspended_is_refused(
    altcraft: Altcraft, path: str, said: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(f"/subscriptions/{path}", **({"db_id": 1} | said)) == refusal


@pytest.mark.parametrize("path", ["set", "delete", "undelete", "suspend_all", "unsuspend_all"])
def test_a_token_that_may_look_changes_nothing(altcraft: Altcraft, path: str) -> None:
    refusal = altcraft.refused(f"/subscriptions/{path}", token=VIEW_ONLY, **BY_EMAIL)
    assert refusal == (403, "Access denied")
    altcraft.answer("/subscriptions/get", token=VIEW_ONLY, **BY_EMAIL)


@pytest.mark.parametrize("path", ["set", "list", "list_all", "get", "delete", "undelete", "suspend_all"])
def test_a_token_of_a_group_sees_neither_other_databases_nor_their_people(
    altcraft: Altcraft, path: str
) -> None:
    code, text = altcraft.refused(f"/subscriptions/{path}", token=SUBACCOUNT, **BY_EMAIL)
    assert (code, text.partition(": ")[0]) == (404, "Object not found")
