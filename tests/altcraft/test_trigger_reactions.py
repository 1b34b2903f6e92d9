"""Events and changes that start triggers.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195922 (types of triggers)
"""

from typing import Any

import pytest

from tests.altcraft.conftest import TOKEN, Altcraft
from tests.altcraft.test_trigger_launches import made, profile, recipients, started

BOB = "bob+opened@example.com"


def write(altcraft: Altcraft, email: str, action: str = "update", **said: Any) -> None:
    altcraft.answer(f"/profiles/{action}", db_id=1, email=email, **({"data": {}} | said))


def test_an_import_starts_a_trigger(altcraft: Altcraft) -> None:
    welcome = made(altcraft, trigger_type="api_import")
    write(altcraft, "new@example.com", "import")
    write(altcraft, "ann@example.com", "update", data={"_fname": "Anna"})
    assert recipients(altcraft, welcome) == ["new@example.com"]


def test_a_batch_starts_it_for_each_of_its_profiles(altcraft: Altcraft) -> None:
    welcome = made(altcraft, trigger_type="api_import")
    data = [{"email": f"new{number}@example.com"} for number in range(3)]
    altcraft.answer("/profiles/import_batch", db_id=1, data=data)
    assert recipients(altcraft, welcome) == [one["email"] for one in data]


def test_a_trigger_hears_of_its_own_database_alone(altcraft: Altcraft) -> None:
    welcome = made(altcraft, trigger_type="api_import")
    altcraft.answer("/profiles/import", db_id=2, email="new@example.com", data={})
    assert recipients(altcraft, welcome) == []


def test_nothing_starts_by_a_silent_change(altcraft: Altcraft) -> None:
    welcome = made(altcraft, trigger_type="api_import")
    write(altcraft, "new@example.com", "import", skip_triggers=True)
    assert recipients(altcraft, welcome) == []


@pytest.mark.parametrize("is_active", [False, True])
def test_only_active_triggers_start(altcraft: Altcraft, *, is_active: bool) -> None:
    welcome = made(altcraft, trigger_type="api_import", is_active=is_active)
    write(altcraft, "new@example.com", "import")
    assert len(recipients(altcraft, welcome)) == is_active


def test_a_trigger_in_a_paused_campaign_does_not_start(altcraft: Altcraft) -> None:
    welcome = made(altcraft, trigger_type="api_import")
    altcraft.emulator.query("UPDATE altcraft_mailing SET campaign_id = 18 WHERE id = ?", welcome)
    altcraft.answer("/scampaigns/deactivate", id=18)
    write(altcraft, "new@example.com", "import")
    assert recipients(altcraft, welcome) == []


def changed(altcraft: Altcraft, *queries: dict[str, Any]) -> int:
    return made(altcraft, trigger_type="update", update_query=[*queries])


def test_a_field_that_changes_starts_a_trigger(altcraft: Altcraft) -> None:
    moved = changed(altcraft, {"fieldname": "_city", "fieldtype": "unicode"})
    write(altcraft, "ann@example.com", data={"_city": "Beijing"})
    write(altcraft, "ann@example.com", data={"_fname": "Anna"})
    assert recipients(altcraft, moved) == []
    write(altcraft, "ann@example.com", data={"_city": "Berlin"})
    write(altcraft, BOB, "import", data={"_city": "Berlin"})
    assert recipients(altcraft, moved) == ["ann@example.com", BOB]


@pytest.mark.parametrize(
    ("name", "type_", "value", "certain"),
    [
        ("email", "email", "ann@new.example", {}),
        ("phones", "phones", ["+79000000009"], {}),
        ("_status", "enum", "unsubscribed", {}),
        ("_status", "enum", 1, {"operator": "equal", "value": 1}),
        ("_is_test", "bool", True, {}),
    ],
)
def test_a_field_that_every_database_has_starts_a_trigger_too(
    altcraft: Altcraft, name: str, type_: str, value: Any, certain: dict[str, Any]
) -> None:
    query = {"fieldname": name, "fieldtype": type_} | certain
    moved = made(altcraft, trigger_type="update", update_query=[query], unconditional_sending=True)
    who = profile(altcraft, "ann@example.com")["id"]
    altcraft.answer("/profiles/update", db_id=1, profile_id=who, data={"_fname": "Anna"})
    assert recipients(altcraft, moved) == []
    altcraft.answer("/profiles/update", db_id=1, profile_id=who, data={name: value})
    assert len(recipients(altcraft, moved)) == 1


def test_fields_of_a_new_profile_have_not_changed(altcraft: Altcraft) -> None:
    moved = changed(altcraft, {"fieldname": "_city", "fieldtype": "unicode"})
    write(altcraft, "new@example.com", "import", data={"_city": "Berlin"})
    assert recipients(altcraft, moved) == []


@pytest.mark.parametrize(
    ("operator", "value", "starts"),
    [
        ("equal", 700, True),
        ("equal", 500, False),
        ("not_equal", 700, False),
        ("greater", 600, True),
        ("greater", 700, False),
        ("less", "800", True),
        ("exist", None, True),
        ("not_exist", None, False),
    ],
)
def test_a_change_may_have_to_be_a_certain_one(
    altcraft: Altcraft, operator: str, value: Any, *, starts: bool
) -> None:
    query = {"fieldname": "LOYALTY_SCORE", "fieldtype": "int", "operator": operator, "value": value}
    rich = changed(altcraft, query)
    write(altcraft, "ann@example.com", data={"LOYALTY_SCORE": 700})
    assert recipients(altcraft, rich) == ["ann@example.com"] * starts


def test_one_of_several_fields_is_enough(altcraft: Altcraft) -> None:
    fields = ({"fieldname": name, "fieldtype": "unicode"} for name in ("_city", "_fname"))
    moved = changed(altcraft, *fields)
    write(altcraft, "ann@example.com", data={"_city": "Berlin", "_fname": "Anna"})
    assert recipients(altcraft, moved) == ["ann@example.com"]


def subscribe(altcraft: Altcraft, email: str, said: dict[str, Any]) -> None:
    subscription = {"channel": "email", "email": email, "resource_id": 1} | said
    write(altcraft, email, data={"subscriptions": [subscription]})


@pytest.mark.parametrize(
    ("settings", "starts"),
    [
        ({"is_new_sub": True}, [False, True]),
        ({"is_new_contact": True}, [False, True]),
        ({"is_new_ch": True}, [False, False]),
        ({"is_status_changed": True}, [True, False]),
        ({"is_status_changed": True, "channel": "sms"}, [False, False]),
        ({"is_new_sub": True, "resource_id": 26}, [False, False]),
        ({}, [False, False]),
    ],
)
def test_what_is_new_about_a_subscription_starts_a_trigger(
    altcraft: Altcraft, settings: dict[str, Any], starts: list[bool]
) -> None:
    trigger = made(altcraft, trigger_type="subscribe", unconditional_sending=True, **settings)
    seen = []
    for said in ({"status": "suspended"}, {"email": "ann@work.example.com"}):
        before = len(recipients(altcraft, trigger))
        subscribe(altcraft, "ann@example.com", said)
        seen.append(len(recipients(altcraft, trigger)) > before)
    assert seen == starts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("action", "email", "starts"),
    [
        ("deliv", "ann@example.com", True),
        ("open", "ann@example.com", False),
        ("open", BOB, True),
        ("click", BOB, False),
        ("click", "cleo+clicked@example.com", True),
        ("click_sms", "cleo+clicked@example.com", False),
    ],
)
def test_what_becomes_of_messages_starts_a_trigger(
    altcraft: Altcraft, action: str, email: str, *, starts: bool
) -> None:
    reaction = made(altcraft, trigger_type="action", action=action)
    started(altcraft, email=email)
    assert recipients(altcraft, reaction) == []
    altcraft.advance("5m")
    assert set(recipients(altcraft, reaction)) == ({email} if starts else set())


@pytest.mark.parametrize(("word", "action"), [("bounced", "hardbounce"), ("soft-bounced", "softbounce")])
def test_hard_bounces_are_told_from_soft_ones(altcraft: Altcraft, word: str, action: str) -> None:
    email = f"new+{word}@example.com"
    write(altcraft, email, "import", data={"phones": ["+79005550001"]})
    names = ("hardbounce", "softbounce")
    by_sms = {"send_channel": "sms", "unconditional_sending": True}
    reactions = {name: made(altcraft, trigger_type="action", action=name, **by_sms) for name in names}
    started(altcraft, email=email)
    altcraft.advance("10m")
    assert [name for name, number in reactions.items() if recipients(altcraft, number)] == [action]


def test_who_bounced_gets_no_mail_about_it(altcraft: Altcraft) -> None:
    write(altcraft, "new+bounced@example.com", "import")
    reaction = made(altcraft, trigger_type="action", action="hardbounce")
    started(altcraft, email="new+bounced@example.com")
    altcraft.advance("1h")
    assert recipients(altcraft, reaction) == []
    assert altcraft.log(reaction) == ["Left out because of the global status: 1"]


def test_an_event_of_a_profile_starts_a_trigger(altcraft: Altcraft) -> None:
    reaction = made(altcraft, trigger_type="action", action="update")
    write(altcraft, "ann@example.com", data={"_fname": "Anna"})
    assert recipients(altcraft, reaction) == ["ann@example.com"]


def test_a_goal_starts_a_trigger_of_its_pixel(altcraft: Altcraft) -> None:
    any_goal = made(altcraft, trigger_type="pixel", pixel_id=1)
    cart = made(altcraft, trigger_type="pixel", pixel_id=1, goal="cart")
    other = made(altcraft, trigger_type="pixel", pixel_id=7)
    headers = {"Authorization": "rtoken@2fHLS9YR9daS-a90b371eecc29a01"}
    for goal in ("cart", "view"):
        body = {"wn": goal, "ma": {"db_id": 1, "email": "ann@example.com"}, "mm": "email"}
        answer = altcraft.emulator.http.post("/event/post", params={"i": "1"}, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
    counts = [len(recipients(altcraft, trigger)) for trigger in (any_goal, cart, other)]
    assert counts == [2, 1, 0]


@pytest.mark.slow
def test_what_starts_itself_stops_after_a_hundred_times(altcraft: Altcraft) -> None:
    circle = made(altcraft, trigger_type="action", action="send")
    started(altcraft, email="ann@example.com")
    assert altcraft.emulator.message_counts(recipient="ann@example.com")
    assert len(recipients(altcraft, circle)) == 100
    assert altcraft.log(circle) == ["Starts itself: stopped after 100 times"]
    altcraft.advance("1s")
    started(altcraft, email="ann@example.com")
    assert altcraft.log(circle) == ["Starts itself: stopped after 100 times"] * 2


def test_the_history_does_not_change_by_a_trigger(altcraft: Altcraft) -> None:
    made(altcraft, trigger_type="api_import")
    write(altcraft, "new@example.com", "import")
    assert profile(altcraft, "new@example.com")["_send_exist"] is True


@pytest.mark.parametrize("flag", ["is_new_sub", "is_new_ch", "is_new_contact", "is_status_changed"])
def test_a_subscription_that_was_deleted_is_new_when_it_comes_back(altcraft: Altcraft, flag: str) -> None:
    email = "new@example.com"
    write(altcraft, email, "import")
    trigger = made(altcraft, trigger_type="subscribe", **{flag: True})
    who = {"db_id": 1, "profile_id": profile(altcraft, email)["id"]}
    for action in ("set", "set", "delete", "set", "set", "delete", "undelete"):
        named = {"channel": "email", "email": email, "resource_id": 1}
        altcraft.answer(f"/subscriptions/{action}", **who, **named)
    assert len(recipients(altcraft, trigger)) == (0 if flag == "is_status_changed" else 2)


def by_sms(altcraft: Altcraft, **settings: Any) -> int:
    """Create a trigger that is sent to the phone, whatever the status of the profile is."""
    return made(altcraft, send_channel="sms", unconditional_sending=True, **settings)


def subscribed(altcraft: Altcraft, email: str) -> None:
    """Import a profile with a phone, and send it a mail of a resource."""
    subscription = {"channel": "email", "email": email, "resource_id": 1}
    data = {"phones": ["+79005550001"], "subscriptions": [subscription]}
    write(altcraft, email, "import", data=data)
    started(altcraft, id=made(altcraft, resource_id=1), email=email)


@pytest.mark.parametrize("word", ["bounced", "soft-bounced", "complained", "unsubscribed", "opened"])
def test_what_becomes_of_a_message_changes_a_status(altcraft: Altcraft, word: str) -> None:
    email = f"new+{word}@example.com"
    subscribed(altcraft, email)
    changes = by_sms(altcraft, trigger_type="subscribe", is_status_changed=True, channel="email")
    for _ in range(2):  # of the second mail, nothing is new
        altcraft.advance("10m")
        started(altcraft, id=made(altcraft, resource_id=1, unconditional_sending=True), email=email)
    is_changed = word in {"bounced", "complained", "unsubscribed"}
    assert len(recipients(altcraft, changes)) == is_changed


STATUS = {"fieldname": "_status", "fieldtype": "enum"}


def test_a_mail_to_the_own_address_changes_the_global_status(altcraft: Altcraft) -> None:
    email = "new+bounced@example.com"
    write(altcraft, email, "import", data={"phones": ["+79005550001"]})
    bounced = STATUS | {"operator": "equal", "value": 3}
    changes = by_sms(altcraft, trigger_type="update", update_query=[bounced])
    of_subscriptions = by_sms(altcraft, trigger_type="subscribe", is_status_changed=True)
    started(altcraft, email=email)
    altcraft.advance("10m")
    assert (len(recipients(altcraft, changes)), recipients(altcraft, of_subscriptions)) == (1, [])


def test_who_unsubscribes_by_a_message_changes_a_status(altcraft: Altcraft) -> None:
    subscribed(altcraft, "new@example.com")
    changes = by_sms(altcraft, trigger_type="subscribe", is_status_changed=True)
    other = by_sms(altcraft, trigger_type="subscribe", is_status_changed=True, resource_id=36)
    events = made(altcraft, trigger_type="action", action="subscribe", unconditional_sending=True)
    latest = altcraft.emulator.http.get("/_emulator/messages", params={"recipient": "new@example.com"})
    said = {"rtoken": "2fHLS9YR9daS-a90b371eecc29a01", "smid": latest.json()["messages"][0]["provider_id"]}
    for _ in range(2):
        altcraft.answer("/profiles/message_unsub", **said)
    counts = [len(recipients(altcraft, trigger)) for trigger in (changes, other, events)]
    assert counts == [1, 0, 0]


def test_subscriptions_that_are_suspended_together_change_their_statuses(altcraft: Altcraft) -> None:
    changes = made(altcraft, trigger_type="subscribe", is_status_changed=True, resource_id=1)
    for action in ("suspend_all", "unsuspend_all"):
        number = altcraft.answer(f"/subscriptions/{action}", db_id=1, resource_id=1)["updated"]
        assert number == 41
    assert len(recipients(altcraft, changes)) == 40  # those whom it reaches: they are subscribed again


def test_profiles_that_are_suspended_together_change_their_statuses(altcraft: Altcraft) -> None:
    changes = made(altcraft, trigger_type="update", update_query=[STATUS], unconditional_sending=True)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = altcraft.emulator.http.post("/api/v1.0/lists/1/suspend_all", headers=headers)
    assert answer.json() == {"Status": "Ok", "Suspended": 40}
    assert len(recipients(altcraft, changes)) == 40
