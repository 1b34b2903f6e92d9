"""Devices of apps: new tokens, the profile that a device belongs to, and that profile's fields."""

from typing import Any

import pytest

from tests.altcraft.apps import ANDROID, ANN, APP, BLOG, BY_EMAIL, App
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_mobile_sdk import NEW, actions, field, subscriptions

UPDATE = "/subscription/push/update/"
UNSUSPEND = "/subscription/push/unsuspend/"
PREFIX = "Platform profile processing error: "
CHANGE = {
    "old_token": "dev-1",
    "old_provider": ANDROID,
    "new_token": "dev-2",
    "new_provider": "android-huawei",
}


def of_device(token: str = "dev-1", provider: str = ANDROID, **said: Any) -> dict[str, Any]:
    return {"subscription": {"subscription_id": token, "provider": provider}, "replace": True} | said


@pytest.mark.parametrize("claim", [BY_EMAIL, None])
def test_a_new_token_keeps_the_subscription(altcraft: Altcraft, claim: object) -> None:
    App(altcraft, BY_EMAIL).subscribe(wanted={"fields": {"_os": "Android"}})
    before = altcraft.emulator.query("SELECT id, hash_id FROM altcraft_subscription WHERE address = 'dev-1'")
    profile = App(altcraft, claim).profile(UPDATE, CHANGE)
    shown = profile["subscription"]
    assert (profile["id"], shown["subscription_id"], shown["provider"]) == (ANN, "dev-2", "android-huawei")
    assert shown["fields"] == {"_os": "Android"}
    after = altcraft.emulator.query("SELECT id, hash_id FROM altcraft_subscription WHERE address = 'dev-2'")
    assert (after, shown["hash_id"]) == (before, before[0][1])
    assert [row["subscription_id"] for row in subscriptions(altcraft, ANN)] == ["dev-2"]


def test_the_query_names_old_token_and_new_provider_too(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    app.subscribe()
    body = {"old_token": None, "old_provider": None, "new_token": "dev-2", "new_provider": None}
    profile = app.profile(UPDATE, body, provider="android-huawei", subscription_id="dev-1")
    assert profile["subscription"]["provider"] == "android-huawei"
    assert [row["subscription_id"] for row in subscriptions(altcraft, ANN)] == ["dev-2"]


def test_on_the_first_run_there_is_no_old_token(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    app.subscribe()
    body = CHANGE | {"old_token": None, "old_provider": None}
    assert "subscription" not in app.profile(UPDATE, body)
    assert [row["subscription_id"] for row in subscriptions(altcraft, ANN)] == ["dev-1"]


def test_a_new_token_that_is_there_already_makes_room(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    first = app.subscribe("dev-1")["subscription"]["hash_id"]
    app.subscribe("dev-2")
    assert app.profile(UPDATE, CHANGE)["subscription"]["hash_id"] == first
    assert [row["subscription_id"] for row in subscriptions(altcraft, ANN)] == ["dev-2"]
    assert app.profile(UPDATE, CHANGE | {"old_token": "dev-2"})["subscription"]["hash_id"] == first


def test_the_old_token_of_nobody_is_404(altcraft: Altcraft) -> None:
    refusal = (404, "Object not found: profile subscription_id=dev-1")
    assert App(altcraft).refused(UPDATE, CHANGE) == refusal
    assert App(altcraft, NEW).refused(UPDATE, CHANGE) == (
        404,
        "Object not found: profile email=new@example.com",
    )


def test_a_profile_without_the_old_token_stays_as_it_is(altcraft: Altcraft) -> None:
    assert "subscription" not in App(altcraft, BY_EMAIL).profile(UPDATE, CHANGE)
    assert subscriptions(altcraft, ANN) == []


def test_a_new_token_can_come_later(altcraft: Altcraft) -> None:
    app = App(altcraft)
    app.subscribe()
    assert app.profile(UPDATE, CHANGE, sync="false") is None
    assert app.status(provider="android-huawei", subscription_id="dev-2") is None
    altcraft.advance("1s")
    found = app.status(provider="android-huawei", subscription_id="dev-2")
    assert found["subscription"]["status"] == "subscribed"


@pytest.mark.parametrize(
    "body", [{}, {"new_token": "x"}, CHANGE | {"new_token": ""}, CHANGE | {"new_token": {"a": 1}}]
)
def test_a_new_token_is_needed(altcraft: Altcraft, body: dict[str, Any]) -> None:
    App(altcraft, BY_EMAIL).subscribe()
    assert App(altcraft, BY_EMAIL).refused(UPDATE, body)[0] == 400


def test_who_logs_in_takes_the_device_over(altcraft: Altcraft) -> None:
    ann, other = App(altcraft, BY_EMAIL), App(altcraft, NEW)
    eve = App(altcraft, {"db_id": 2, "email": "eve@example.com"})
    for app in (ann, other, eve):
        app.subscribe()
    ann.subscribe("dev-2", wanted={"status": "suspended"})
    ann.subscribe("dev-1", wanted={"status": "suspended"})
    profile = ann.profile(UNSUSPEND, of_device())
    assert (profile["id"], profile["subscription"]["status"]) == (ANN, "subscribed")
    assert other.status()["subscription"]["status"] == "suspended"
    assert eve.status()["subscription"]["status"] == "suspended"
    statuses = {row["subscription_id"]: row["status"] for row in subscriptions(altcraft, ANN)}
    assert statuses == {"dev-1": "subscribed", "dev-2": "suspended"}
    assert actions(altcraft, ANN)[-1] == actions(altcraft, other.status()["id"])[-1] == "subscribe"


@pytest.mark.parametrize("status", ["unsubscribed", "subscribed"])
def test_only_the_suspended_ones_come_back(altcraft: Altcraft, status: str) -> None:
    ann, other = App(altcraft, BY_EMAIL), App(altcraft, NEW)
    ann.subscribe(wanted={"status": status})
    other.subscribe(wanted={"status": "unsubscribed"})
    assert ann.profile(UNSUSPEND, of_device())["subscription"]["status"] == status
    assert other.status()["subscription"]["status"] == "unsubscribed"


def test_who_logs_out_leaves_the_device_to_nobody(altcraft: Altcraft) -> None:
    App(altcraft, BY_EMAIL).subscribe()
    answer = App(altcraft, NEW).ask(UNSUSPEND, of_device())
    assert (answer.status_code, answer.json()) == (200, {"error": 0, "error_text": "", "profile": None})
    assert App(altcraft, BY_EMAIL).status()["subscription"]["status"] == "suspended"


def test_a_profile_without_the_device_has_no_subscription(altcraft: Altcraft) -> None:
    App(altcraft, NEW).subscribe()
    profile = App(altcraft, BY_EMAIL).profile(UNSUSPEND, of_device())
    assert (profile["id"], "subscription" in profile) == (ANN, False)


def test_others_keep_the_device_where_it_is_not_replaced(altcraft: Altcraft) -> None:
    App(altcraft, NEW).subscribe()
    App(altcraft, BY_EMAIL).profile(UNSUSPEND, of_device(replace=False))
    assert App(altcraft, NEW).status()["subscription"]["status"] == "subscribed"


def test_the_device_may_stand_in_the_query(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    app.subscribe(wanted={"status": "suspended"})
    profile = app.profile(UNSUSPEND, {}, provider=ANDROID, subscription_id="dev-1")
    assert profile["subscription"]["status"] == "subscribed"
    assert app.refused(UNSUSPEND, {}) == (400, "Incorrect request: provider: Field required")


def test_the_token_of_the_resource_means_who_has_the_device(altcraft: Altcraft) -> None:
    made = App(altcraft).subscribe(wanted={"status": "suspended"})
    profile = App(altcraft).profile(UNSUSPEND, of_device())
    assert (profile["id"], profile["subscription"]["status"]) == (made["id"], "subscribed")


def test_fields_of_the_profile_change(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    fields = {
        "_fname": "Anna",
        "_lname": {"action": "unset"},
        "LOYALTY_SCORE": {"action": "incr", "value": 10},
        "custom_tags": {"action": "add", "value": ["cats"]},
        "address": {"action": "upsert", "submatch": "city", "value": "Omsk"},
        "occupation": {"action": "set", "value": "baker"},
    }
    assert app.profile("/profile/update", {"profile_fields": fields, "skip_triggers": True})["id"] == ANN
    app.profile(
        "/profile/update", {"profile_fields": {"custom_tags": {"action": "delete", "value": ["cats"]}}}
    )
    shown = altcraft.data("/profiles/get/", db_id=1, profile_id=ANN)
    assert (shown["_fname"], "_lname" in shown, shown["LOYALTY_SCORE"]) == ("Anna", False, 510)
    assert (shown["custom_tags"], shown["address"], shown["occupation"]) == ([], {"city": "Omsk"}, "baker")
    assert actions(altcraft, ANN)[-1] == "update"


@pytest.mark.parametrize("body", [{}, {"profile_fields": None}, {"profile_fields": {}}])
def test_nothing_to_change_changes_nothing(altcraft: Altcraft, body: dict[str, Any]) -> None:
    before = actions(altcraft, ANN)
    profile = App(altcraft, BY_EMAIL, APP).profile("/profile/update", body)
    assert profile["subscription"]["subscription_id"] == f"push-{ANN}"
    assert actions(altcraft, ANN) == before


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"nothing": 1}, f'{PREFIX}with field "nothing": Incorrect field'),
        ({"rating": "high"}, f'{PREFIX}with field "rating": Incorrect field'),
        ({"_fname": {"action": "incr", "value": 1}}, f'{PREFIX}with field "_fname": Incorrect field'),
        ({"email": {"action": "unset"}}, f'{PREFIX}with field "email": Incorrect field'),
        ({"subscriptions": [{}]}, f'{PREFIX}with field "subscriptions": Incorrect field'),
    ],
)
def test_fields_that_do_not_fit_are_400(altcraft: Altcraft, fields: dict[str, Any], text: str) -> None:
    said = {"profile_fields": {"_city": "Omsk"} | fields}
    assert App(altcraft, BY_EMAIL).refused("/profile/update", said) == (400, text)
    assert field(altcraft, ANN, "_city") == "Beijing"


def test_the_profile_to_change_must_exist(altcraft: Altcraft) -> None:
    said = {"profile_fields": {"_fname": "Nora"}}
    assert App(altcraft, NEW).refused("/profile/update", said) == (
        404,
        "Object not found: profile email=new@example.com",
    )
    assert App(altcraft).refused("/profile/update", said) == (
        400,
        "Incorrect request: subscription_id: Field required",
    )
    assert App(altcraft, BY_EMAIL, BLOG).refused("/profile/update", {"profile_fields": [1]})[0] == 400
