"""Push subscriptions of apps without the SDK: credentials, the profiles that are found, and databases."""

from typing import Any

import pytest

from tests.altcraft.apps import ANDROID, ANN, APP, BLOG, BY_EMAIL, SECRETS, signed
from tests.altcraft.conftest import TOKEN, Altcraft
from tests.altcraft.test_mobile_sdk import actions, subscriptions

EVE = "ab835ced33a852f3f85fda0a"
DEVICE = {"provider": ANDROID, "subscription_id": "dev-1"}
PREFIX = "Platform profile processing error: "


def ask(altcraft: Altcraft, **said: Any) -> tuple[int, Any]:
    body = {"resource_token": BLOG, "subscriptions": [DEVICE]} | said
    answer = altcraft.emulator.http.post("/push_subscribe", json=body)
    return answer.status_code, answer.json()


def subscribed(altcraft: Altcraft, **said: Any) -> dict[int, str]:
    """Return the profiles that were subscribed, by their databases."""
    status, content = ask(altcraft, **said)
    assert status == 200, content
    assert (content["error"], content["error_text"]) == (0, "Successful operation")
    return {row["db_id"]: row["profile_id"] for row in content["result"]}


def refused(altcraft: Altcraft, **said: Any) -> tuple[int, str]:
    status, content = ask(altcraft, **said)
    assert content == {"error": status, "error_text": content["error_text"]}
    return status, content["error_text"]


def test_a_device_is_subscribed_in_each_database_of_the_resource(altcraft: Altcraft) -> None:
    found = subscribed(altcraft)
    assert list(found) == [1, 2]
    for db_id, profile_id in found.items():
        (row,) = subscriptions(altcraft, profile_id, db_id)
        assert (row["provider"], row["subscription_id"], row["status"]) == (ANDROID, "dev-1", "subscribed")
        assert actions(altcraft, profile_id) == ["import", "subscribe"]
    assert subscribed(altcraft) == found


def test_databases_can_be_named(altcraft: Altcraft) -> None:
    assert list(subscribed(altcraft, db_ids=[2])) == [2]
    assert list(subscribed(altcraft, db_ids=["1"])) == [1]
    assert list(subscribed(altcraft, db_ids=[])) == [1, 2]
    refusal = (400, "Incorrect request: db_ids: 3 is no database of the resource")
    assert refused(altcraft, db_ids=[1, 3]) == refusal


def test_the_id_comes_first(altcraft: Altcraft) -> None:
    other = subscribed(altcraft, db_ids=[1])[1]
    assert subscribed(altcraft, id=ANN, db_ids=[1]) == {1: ANN}
    assert subscribed(altcraft, id=ANN, matching="profile_id", db_ids=[1]) == {1: ANN}
    assert subscribed(altcraft, profile_id=ANN, matching="profile_id", db_ids=[1]) == {1: ANN}
    assert subscribed(
        altcraft, id=ANN, matching="custom", field_name="CRM_ID", field_value=1, db_ids=[1]
    ) == {1: ANN}
    assert subscriptions(altcraft, ANN) != []
    assert other != ANN
    assert actions(altcraft, ANN)[-1] == "subscribe"


def test_then_a_field(altcraft: Altcraft) -> None:
    altcraft.answer("/profiles/update", db_id=1, profile_id=ANN, data={"CRM_ID": 12})
    other = subscribed(altcraft, db_ids=[1])[1]
    by_field = {"matching": "custom", "field_name": "CRM_ID", "field_value": "12"}
    found = subscribed(altcraft, id="f" * 24, **by_field)
    assert found[1] == ANN
    assert found[2] not in {ANN, other}


def test_then_the_push_subscription(altcraft: Altcraft) -> None:
    found = subscribed(altcraft)
    by_field = {"matching": "custom", "field_name": "CRM_ID", "field_value": 4711}
    assert subscribed(altcraft, id="", matching="") == found
    assert subscribed(altcraft, id="f" * 24, matching="profile_id") == found
    assert subscribed(altcraft, db_ids=[1], **by_field) == {1: found[1]}
    another = {"provider": "ios-apns", "subscription_id": "dev-2"}
    assert subscribed(altcraft, subscriptions=[another, DEVICE]) == found
    assert subscribed(altcraft, subscriptions=[another]) == found


def test_a_new_profile_has_the_field_that_it_was_looked_for_by(altcraft: Altcraft) -> None:
    by_field = {"matching": "custom", "field_name": "CRM_ID", "field_value": "4711"}
    made = subscribed(altcraft, db_ids=[1], **by_field)[1]
    assert altcraft.data("/profiles/get/", db_id=1, profile_id=made)["CRM_ID"] == 4711
    assert len(subscriptions(altcraft, made)) == 1


def test_the_id_of_one_database_makes_nobody_of_that_id_in_another(altcraft: Altcraft) -> None:
    found = subscribed(altcraft, id=EVE)
    assert found[2] == EVE
    assert found[1] != EVE


@pytest.mark.parametrize(
    ("said", "status"),
    [({"unsubscribe": True}, "unsubscribed"), ({"unsubscribe": False}, "subscribed"), ({}, "subscribed")],
)
def test_a_subscription_can_be_ended(altcraft: Altcraft, said: dict[str, Any], status: str) -> None:
    found = subscribed(altcraft, subscriptions=[DEVICE | {"unsubscribe": True}], db_ids=[1])
    subscribed(altcraft, subscriptions=[DEVICE | said], db_ids=[1])
    assert [row["status"] for row in subscriptions(altcraft, found[1])] == [status]


def test_several_subscriptions_are_written(altcraft: Altcraft) -> None:
    devices = [{"provider": ANDROID, "subscription_id": f"dev-{number}"} for number in range(3)]
    found = subscribed(altcraft, subscriptions=devices, id=ANN, db_ids=[1])
    rows = subscriptions(altcraft, found[1])
    assert [row["subscription_id"] for row in rows] == ["dev-0", "dev-1", "dev-2"]


@pytest.mark.parametrize(
    "token", ["unknown", TOKEN, f"rtoken@{BLOG}", signed(BY_EMAIL), f"secret:{SECRETS[BLOG]}"]
)
def test_nothing_but_a_token_of_a_resource_opens_it(altcraft: Altcraft, token: str) -> None:
    assert refused(altcraft, resource_token=token) == (403, "Access denied")


@pytest.mark.parametrize("token", [None, "", 7, ["a"], {"a": 1}])
def test_a_token_is_needed(altcraft: Altcraft, token: object) -> None:
    refusal = (400, "Incorrect request: resource_token: Field required")
    assert refused(altcraft, resource_token=token) == refusal
    answer = altcraft.emulator.http.post(
        "/push_subscribe", json={"subscriptions": [DEVICE]}, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (
            {"matching": "email"},
            (400, "Incorrect request: matching: Input should be 'custom' or 'profile_id'"),
        ),
        ({"matching": "profile_id"}, (400, "Incorrect request: id: Field required")),
        ({"matching": "custom"}, (400, "Incorrect request: field_value: Field required")),
        (
            {"matching": "custom", "field_name": "nothing", "field_value": 1},
            (400, "Incorrect request: field_name: is no field of the database"),
        ),
        ({"subscriptions": None}, (400, "Incorrect request: subscriptions: Field required")),
        ({"subscriptions": []}, None),
        ({"subscriptions": [{}]}, (400, "Incorrect request: subscriptions.0.provider: Field required")),
        (
            {"subscriptions": [DEVICE, {"provider": ANDROID}]},
            (400, "Incorrect request: subscriptions.1.subscription_id: Field required"),
        ),
        ({"subscriptions": "dev-1"}, None),
        ({"subscriptions": [DEVICE | {"unsubscribe": "perhaps"}]}, None),
        ({"subscriptions": [DEVICE | {"provider": {"a": 1}}]}, None),
        ({"db_ids": ["x"]}, None),
        ({"db_ids": [10**30]}, None),
        ({"id": {"a": 1}}, None),
        (
            {"resource_token": "2fHLS9YR9daS-a90b371eecc29a24"},
            (400, f'{PREFIX}field "subscriptions.channel" is not valid: channel not allowed'),
        ),
    ],
)
def test_what_is_wrong_is_400_and_changes_nothing(
    altcraft: Altcraft, said: dict[str, Any], refusal: tuple[int, str] | None
) -> None:
    found = refused(altcraft, **said)
    assert found[0] == 400
    assert refusal in {None, found}
    assert altcraft.emulator.query("SELECT 1 FROM altcraft_subscription WHERE address = 'dev-1'") == []


def test_a_device_of_two_people_means_neither(altcraft: Altcraft) -> None:
    for profile_id in (ANN, subscribed(altcraft, db_ids=[1], subscriptions=[DEVICE])[1]):
        subscribed(altcraft, id=profile_id, db_ids=[1])
    refusal = (409, "More than one profile matches: subscription_id=dev-1")
    assert refused(altcraft) == refusal
    assert subscribed(altcraft, id=ANN, db_ids=[1]) == {1: ANN}


def test_a_resource_without_databases_is_refused(altcraft: Altcraft) -> None:
    altcraft.emulator.query("UPDATE altcraft_resource SET databases = '[]' WHERE id = 26")
    assert refused(altcraft, resource_token=APP) == (
        400,
        "Incorrect request: resource_token: is of a resource without databases",
    )


def test_a_repeated_request_is_not_done_again(altcraft: Altcraft) -> None:
    body = {"resource_token": BLOG, "subscriptions": [DEVICE]}
    headers = {"Request-ID": "r-1"}
    http = altcraft.emulator.http
    answers = [http.post("/push_subscribe/", json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Duplicate-Request"] == "true"
