"""The SDK of mobile apps: its push subscription, the profile of that, and refusals."""

from typing import Any

import pytest

from tests.altcraft.apps import ANDROID, ANN, APP, BLOG, BY_EMAIL, App, subscribing
from tests.altcraft.conftest import Altcraft

SUBSCRIBE = "/subscription/push/subscribe/"
NEW = {"db_id": 1, "matching": "email", "email": "new@example.com"}
STATUSES = "Input should be 'subscribed', 'suspended' or 'unsubscribed'"
PREFIX = "Platform profile processing error: "


def subscriptions(altcraft: Altcraft, profile_id: str, db_id: int = 1) -> list[dict[str, Any]]:
    """Return the subscriptions of a profile on pushes to the blog."""
    rows = altcraft.data("/subscriptions/list", db_id=db_id, profile_id=profile_id)
    return [row for row in rows if (row["resource_id"], row["channel"]) == (1, "push")]


def actions(altcraft: Altcraft, profile_id: str) -> list[str]:
    rows = altcraft.emulator.query(
        "SELECT action FROM altcraft_past WHERE profile_id = ? ORDER BY id", profile_id
    )
    return [action for (action,) in rows]


def field(altcraft: Altcraft, profile_id: str, name: str) -> Any:
    return altcraft.data("/profiles/get/", db_id=1, profile_id=profile_id).get(name)


def test_a_device_is_subscribed(altcraft: Altcraft) -> None:
    profile = App(altcraft, BY_EMAIL).subscribe(wanted={"fields": {"_os": "Android", "my_field": 5}})
    hash_id = profile["subscription"]["hash_id"]
    assert profile == {
        "id": ANN,
        "status": "subscribed",
        "is_test": False,
        "subscription": {
            "subscription_id": "dev-1",
            "hash_id": hash_id,
            "provider": ANDROID,
            "status": "subscribed",
            "fields": {"_os": "Android", "my_field": 5},
            "cats": [
                {"name": "news", "title": "news", "steady": False, "active": False},
                {"name": "offers", "title": "offers", "steady": False, "active": False},
            ],
        },
    }
    place = {"db_id": 1, "profile_id": ANN, "resource_id": 1, "channel": "push"}
    found = altcraft.data("/subscriptions/get", **place, provider=ANDROID, subscription_id="dev-1")
    assert (found["hash_id"], found["status"]) == (hash_id, "subscribed")


@pytest.mark.parametrize("path", ["/subscription/push/subscribe", "/subscription/push/subscribe/"])
def test_the_slash_at_the_end_does_not_matter(altcraft: Altcraft, path: str) -> None:
    assert App(altcraft, BY_EMAIL).profile(path, subscribing())["id"] == ANN


def test_a_profile_that_does_not_exist_is_created(altcraft: Altcraft) -> None:
    profile = App(altcraft, NEW).subscribe(profile_fields={"_fname": "Nora"})
    assert field(altcraft, profile["id"], "_fname") == "Nora"
    assert field(altcraft, profile["id"], "email") == "new@example.com"
    assert actions(altcraft, profile["id"]) == ["import", "subscribe"]


def test_a_profile_that_is_there_is_no_import(altcraft: Altcraft) -> None:
    App(altcraft, BY_EMAIL).subscribe(profile_fields={"_fname": "Anna"})
    assert actions(altcraft, ANN)[-2:] == ["update", "subscribe"]


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        ({"matching": "phone", "phone": "+79005550000"}, {"phones": ["+79005550000"]}),
        ({"matching": "custom", "field_name": "CRM_ID", "field_value": 77}, {"CRM_ID": 77}),
        ({"matching": "email_sub", "email": "sub@example.com"}, {}),
        ({"matching": "push_sub", "provider": ANDROID, "subscription_id": "dev-1"}, {}),
        ({"matching": "push_sub", "provider": ANDROID, "subscription_id": "another"}, {}),
        ({"field_name": "CRM_ID", "field_value": "78"}, {"CRM_ID": 78}),
    ],
)
def test_what_the_claim_looks_for_is_kept(
    altcraft: Altcraft, claim: dict[str, Any], shown: dict[str, Any]
) -> None:
    app = App(altcraft, {"db_id": 1} | claim)
    profile = app.subscribe()
    assert app.subscribe()["id"] == profile["id"] == app.status()["id"]
    assert altcraft.data("/profiles/get/", db_id=1, profile_id=profile["id"]).items() >= shown.items()


def test_a_profile_id_can_not_be_made(altcraft: Altcraft) -> None:
    app = App(altcraft, {"db_id": 1, "matching": "profile_id", "profile_id": "f" * 24})
    assert app.refused(SUBSCRIBE, subscribing()) == (404, f"Object not found: profile profile_id={'f' * 24}")


def test_the_token_of_the_resource_finds_by_the_device(altcraft: Altcraft) -> None:
    app = App(altcraft)
    made = app.subscribe("dev-7")
    assert made["id"] != ANN
    assert app.subscribe("dev-7", wanted={"status": "suspended"})["id"] == made["id"]
    assert app.status(provider=ANDROID, subscription_id="dev-7")["subscription"]["status"] == "suspended"
    assert app.status(provider=ANDROID, subscription_id="dev-8") is None
    assert altcraft.data("/profiles/get/", db_id=1, profile_id=made["id"])["id"] == made["id"]


def test_the_device_is_looked_for_in_all_databases_of_the_resource(altcraft: Altcraft) -> None:
    partner = App(altcraft, {"db_id": 2, "email": "eve@example.com"}).subscribe("dev-9")
    assert App(altcraft).status(provider=ANDROID, subscription_id="dev-9")["id"] == partner["id"]


def test_a_device_of_two_people_means_neither(altcraft: Altcraft) -> None:
    App(altcraft, BY_EMAIL).subscribe()
    App(altcraft, NEW).subscribe()
    refusal = (409, "More than one profile matches: subscription_id=dev-1")
    assert App(altcraft).refused(SUBSCRIBE, subscribing()) == refusal


@pytest.mark.parametrize("status", ["subscribed", "suspended", "unsubscribed"])
def test_a_status_is_set(altcraft: Altcraft, status: str) -> None:
    app = App(altcraft, BY_EMAIL)
    app.subscribe()
    assert app.subscribe(wanted={"status": status})["subscription"]["status"] == status
    assert [row["status"] for row in subscriptions(altcraft, ANN)] == [status]


def test_only_named_categories_change(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    on = [{"name": "news", "title": "x", "steady": True, "active": True}]
    assert _active(app.subscribe(wanted={"cats": on})) == ["news"]
    assert _active(app.subscribe(wanted={"cats": [{"name": "offers", "active": True}]})) == ["news", "offers"]
    assert _active(app.subscribe(wanted={"cats": [{"name": "news", "active": False}]})) == ["offers"]
    assert _active(app.subscribe(wanted={"cats": []})) == ["offers"]


def _active(profile: Any) -> list[str]:
    return [cat["name"] for cat in profile["subscription"]["cats"] if cat["active"]]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("14", {"raw": "14", "ver": [14]}),
        ("1.20.3-beta", {"raw": "1.20.3-beta", "ver": [1, 20, 3]}),
        ("", {"raw": "", "ver": []}),
        ({"raw": "14", "ver": [14]}, {"raw": "14", "ver": [14]}),
        (17.5, {"raw": "17.5", "ver": [17, 5]}),
    ],
)
def test_a_version_is_an_object(altcraft: Altcraft, said: object, shown: object) -> None:
    app = App(altcraft, BY_EMAIL)
    assert app.subscribe(wanted={"fields": {"_os_ver": said}})["subscription"]["fields"] == {"_os_ver": shown}
    assert app.status()["subscription"]["fields"] == {"_os_ver": shown}


def test_a_device_is_taken_from_others_in_the_database(altcraft: Altcraft) -> None:
    ann, other = App(altcraft, BY_EMAIL), App(altcraft, NEW)
    eve = App(altcraft, {"db_id": 2, "email": "eve@example.com"})
    for app in (ann, other, eve):
        app.subscribe()
    ann.subscribe("dev-2")
    assert other.subscribe(replace=True)["subscription"]["status"] == "subscribed"
    assert ann.status(provider=ANDROID, subscription_id="dev-1")["subscription"]["status"] == "unsubscribed"
    assert ann.status(provider=ANDROID, subscription_id="dev-2")["subscription"]["status"] == "subscribed"
    assert eve.status()["subscription"]["status"] == "subscribed"
    assert actions(altcraft, ANN)[-1] == "subscribe"


def test_a_device_stays_with_others_unless_it_is_replaced(altcraft: Altcraft) -> None:
    ann, other = App(altcraft, BY_EMAIL), App(altcraft, NEW)
    ann.subscribe()
    other.subscribe()
    assert ann.status()["subscription"]["status"] == "subscribed"


@pytest.mark.parametrize("sync", ["false", "0", "False"])
def test_who_does_not_wait_gets_no_profile(altcraft: Altcraft, sync: str) -> None:
    app = App(altcraft, NEW)
    wanted = {"cats": [{"name": "news", "active": True}]}
    body = subscribing(wanted=wanted, replace=True, profile_fields={"_fname": "Nora"})
    assert app.profile(SUBSCRIBE, body, sync=sync) is None
    assert app.status() is None
    altcraft.advance("999ms")
    assert app.status() is None
    altcraft.advance("1ms")
    profile = app.status()
    assert (profile["subscription"]["status"], _active(profile)) == ("subscribed", ["news"])
    assert field(altcraft, profile["id"], "_fname") == "Nora"


@pytest.mark.parametrize("sync", ["true", "1", "True"])
def test_who_waits_gets_the_profile(altcraft: Altcraft, sync: str) -> None:
    assert App(altcraft, BY_EMAIL).profile(SUBSCRIBE, subscribing(), sync=sync)["id"] == ANN


def test_what_can_not_be_done_later_is_not_done(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    assert app.profile(SUBSCRIBE, subscribing(profile_fields={"no_field": 1}), sync="false") is None
    altcraft.advance("1s")
    assert subscriptions(altcraft, ANN) == []
    assert altcraft.emulator.http.get("/_emulator/clock/failed").json()["total"] == 0


def test_a_repeated_request_is_not_done_again(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    app.headers["Request-ID"] = "r-1"
    body = subscribing(profile_fields={"LOYALTY_SCORE": {"action": "incr", "value": 1}})
    first = app.ask(SUBSCRIBE, body)
    again = app.ask(SUBSCRIBE, body)
    assert (again.json(), again.headers["Duplicate-Request"]) == (first.json(), "true")
    other = App(altcraft, NEW)
    other.headers["Request-ID"] = "r-1"
    assert "Duplicate-Request" not in other.ask(SUBSCRIBE, body).headers
    assert field(altcraft, ANN, "LOYALTY_SCORE") == 501


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"profile_fields": {"nothing": 1}}, f'{PREFIX}with field "nothing": Incorrect field'),
        ({"profile_fields": {"CRM_ID": "x"}}, f'{PREFIX}with field "CRM_ID": Incorrect field'),
        ({"profile_fields": {"subscriptions": []}}, f'{PREFIX}with field "subscriptions": Incorrect field'),
        (
            {"wanted": {"fields": {"my_field": "x"}}},
            f'{PREFIX}field "my_field" is not valid: failed convert custom field',
        ),
        (
            {"wanted": {"fields": {"_os_ver": {"ver": 1}}}},
            f'{PREFIX}field "_os_ver" is not valid: failed convert custom field',
        ),
        (
            {"wanted": {"cats": [{"name": "sports", "active": True}]}},
            f'{PREFIX}field "subscriptions.cats" is not valid: category not found in resource',
        ),
        (
            {"wanted": {"cats": [{"name": "sports", "active": False}]}},
            f'{PREFIX}field "subscriptions.cats" is not valid: category not found in resource',
        ),
        (
            {"wanted": {"status": "asleep"}},
            f"Incorrect request: subscription.status: {STATUSES}",
        ),
        ({"wanted": {"status": 0}}, None),
        ({"wanted": {"fields": [1]}}, None),
        ({"wanted": {"cats": {"name": {}}}}, None),
        ({"wanted": {"cats": [["news"]]}}, None),
        ({"wanted": {"provider": {"a": 1}}}, None),
        ({"profile_fields": [1]}, None),
        ({"replace": "perhaps"}, None),
        ({"skip_triggers": 1}, None),
        ({"profile_fields": {"email": "no address"}}, None),
        ({"profile_fields": {"CRM_ID": 10**30}}, None),
    ],
)
def test_what_is_wrong_is_400_and_changes_nothing(
    altcraft: Altcraft, said: dict[str, Any], text: str | None
) -> None:
    app = App(altcraft, BY_EMAIL)
    status, found = app.refused(SUBSCRIBE, subscribing(**said))
    assert status == 400
    assert text in {None, found}
    assert subscriptions(altcraft, ANN) == []


def test_a_device_is_needed(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    assert app.refused(SUBSCRIBE, {}) == (400, "Incorrect request: provider: Field required")
    refusal = (400, "Incorrect request: subscription_id: Field required")
    assert app.refused(SUBSCRIBE, {}, provider=ANDROID) == refusal
    assert app.refused(SUBSCRIBE, {}, sync="maybe")[0] == 400
    profile = app.profile(SUBSCRIBE, {"subscription_id": "dev-1"}, provider=ANDROID)
    assert profile["subscription"]["subscription_id"] == "dev-1"


def test_the_resource_must_have_pushes(altcraft: Altcraft) -> None:
    shop = App(altcraft, {"db_id": 3, "email": "subscriber1@example.com"}, "2fHLS9YR9daS-a90b371eecc29a24")
    text = f'{PREFIX}field "subscriptions.channel" is not valid: channel not allowed'
    assert shop.refused(SUBSCRIBE, subscribing()) == (400, text)


def test_an_email_that_another_has_is_409(altcraft: Altcraft) -> None:
    refused = App(altcraft, BY_EMAIL).refused(
        SUBSCRIBE, subscribing(profile_fields={"email": "bob+opened@example.com"})
    )
    assert refused == (409, "Already exists: profile email=bob+opened@example.com")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"', b'{"subscription": {"fields": {"a": NaN}}}'])
def test_a_malformed_body_is_400(altcraft: Altcraft, body: bytes) -> None:
    headers = App(altcraft, BY_EMAIL).headers | {"Content-Type": "application/json"}
    answer = altcraft.emulator.http.post(SUBSCRIBE, content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, 400)


def test_the_newest_subscription_is_shown(altcraft: Altcraft) -> None:
    app = App(altcraft, BY_EMAIL)
    assert "subscription" not in app.status()
    app.subscribe("dev-1")
    altcraft.advance("1m")
    app.subscribe("dev-2", provider="ios-apns")
    assert app.status()["subscription"]["subscription_id"] == "dev-2"
    assert app.status(provider=ANDROID)["subscription"]["subscription_id"] == "dev-1"
    assert app.status(provider="ios-apns")["subscription"]["subscription_id"] == "dev-2"
    found = app.status(provider=ANDROID, subscription_id="dev-1")
    assert found["subscription"]["subscription_id"] == "dev-1"
    assert "subscription" not in app.status(provider="ios-apns", subscription_id="dev-1")
    assert "subscription" not in app.status(provider="android-rustore")


def test_who_does_not_exist_has_no_profile(altcraft: Altcraft) -> None:
    answer = App(altcraft, NEW).ask("/subscription/push/status/")
    assert (answer.status_code, answer.json()) == (200, {"error": 0, "error_text": "", "profile": None})


def test_a_resource_sees_its_own_subscriptions(altcraft: Altcraft) -> None:
    App(altcraft, BY_EMAIL, BLOG).subscribe()
    shown = App(altcraft, BY_EMAIL, APP).status()
    assert (shown["id"], shown["subscription"]["subscription_id"]) == (ANN, f"push-{ANN}")


def test_statuses_of_http_are_real(altcraft: Altcraft) -> None:
    http = altcraft.emulator.http
    assert http.get(SUBSCRIBE).status_code == 405
    assert http.post("/subscription/push/nothing", json={}).status_code == 404


def test_a_snapshot_keeps_what_an_app_does_not_wait_for(altcraft: Altcraft) -> None:
    app, http = App(altcraft, NEW), altcraft.emulator.http
    app.profile(SUBSCRIBE, subscribing(), sync="false")
    assert http.post("/_emulator/snapshots", json={"name": "waiting"}).status_code == 201
    http.post("/_emulator/reset")
    assert http.post("/_emulator/snapshots/waiting/restore").status_code == 200
    altcraft.advance("1s")
    assert app.status()["subscription"]["subscription_id"] == "dev-1"
