"""Merging profiles into one, and splitting one into several."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_runs import messages

DONE = {"error": 0, "error_text": "Successful operation"}
ANN = {"db_id": 1, "email": "ann@example.com"}
BOB = {"db_id": 1, "email": "bob+opened@example.com"}
EVE = {"db_id": 2, "email": "eve@example.com"}
NEW = {"db_id": 3, "email": "new@example.com"}
NOBODY = {"db_id": 4, "email": "localhost"}
NAMES = ("id", "database_id", "email", "phones", "status", "is_test", "xxh", "fields")


def person(altcraft: Altcraft, **wanted: object) -> dict[str, Any]:
    """Return the stored profile with an id, or with an e-mail in a database."""
    ((name, value), *_) = sorted(wanted.items(), reverse=True)
    statement = f"SELECT {', '.join(NAMES)} FROM altcraft_profile WHERE {name} = ? AND database_id = ?"  # noqa: S608 -- names of our own
    if name == "id":
        statement = statement.removesuffix(" AND database_id = ?")
    rows = altcraft.emulator.query(statement, *([value] if name == "id" else [value, wanted["db_id"]]))
    found = dict(zip(NAMES, rows[0], strict=True))
    return found | {"phones": json.loads(found["phones"]), "fields": json.loads(found["fields"])}


def change(altcraft: Altcraft, who: dict[str, object], **columns: object) -> None:
    for name, value in columns.items():
        stored = json.dumps(value) if isinstance(value, dict | list) else value
        altcraft.emulator.query(
            f"UPDATE altcraft_profile SET {name} = ? WHERE id = ?",  # noqa: S608 -- names of columns
            stored,
            person(altcraft, **who)["id"],
        )
    keep(altcraft)


def keep(altcraft: Altcraft) -> None:
    """Commit direct changes by an accepted request, because a refused one would undo them."""
    altcraft.answer("/subscriptions/unsuspend_all", db_id=4)


def merge(altcraft: Altcraft, source: list[dict[str, Any]], destination: Any, **more: Any) -> dict[str, Any]:
    answer = altcraft.answer("/profiles/merge", db_id=1, source=source, destination=destination, **more)
    return person(altcraft, id=answer["profile_id"])


def split(altcraft: Altcraft, source: Any, destination: list[dict[str, Any]], **more: Any) -> list[Any]:
    answer = altcraft.answer("/profiles/split", source=source, destination=destination, **more)
    assert all(row.items() >= DONE.items() for row in answer["result"])
    return [person(altcraft, id=row["profile_id"]) for row in answer["result"]]


def subscriptions(altcraft: Altcraft, one: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = altcraft.data(
        "/subscriptions/list", db_id=one["database_id"], profile_id=one["id"]
    )
    return rows


def history(altcraft: Altcraft, one: dict[str, Any]) -> list[str]:
    rows = altcraft.emulator.query(
        "SELECT action FROM altcraft_past WHERE profile_id = ? ORDER BY id", one["id"]
    )
    return [action for (action,) in rows]


def everything(altcraft: Altcraft) -> list[Any]:
    tables = ("profile", "phone_number", "subscription", "past", "sent", "sent_copy", "segment_member")
    return [altcraft.emulator.query(f"SELECT * FROM altcraft_{table}") for table in tables]  # noqa: S608 -- names of our own


def test_sources_fill_what_a_destination_lacks_in_their_order(altcraft: Altcraft) -> None:
    change(altcraft, ANN, fields={"_fname": "Ann", "_city": "Omsk", "_sex": None, "_vendor": ""})
    change(altcraft, BOB, fields={"_fname": "Bob", "_sex": 1, "_vendor": "form"})
    change(altcraft, EVE, fields={"_city": "Moscow"})
    made = merge(altcraft, [ANN, BOB], EVE)
    assert made["email"] == "eve@example.com"
    assert made["fields"] == {"_city": "Moscow", "_fname": "Ann", "_sex": 1, "_vendor": "form"}


def test_data_decides_over_destination_and_sources(altcraft: Altcraft) -> None:
    change(altcraft, ANN, fields={"_fname": "Ann", "LOYALTY_SCORE": 5})
    change(altcraft, BOB, fields={"_city": "Omsk"})
    score = {"action": "incr", "value": 2}
    made = merge(
        altcraft, [ANN], BOB, data={"_fname": "X", "_city": "Y", "LOYALTY_SCORE": score, "_status": 1}
    )
    assert made["fields"] == {"_fname": "X", "_city": "Y", "LOYALTY_SCORE": 7}
    assert made["status"] == 1


def test_a_new_destination_gets_all_of_the_first_source(altcraft: Altcraft) -> None:
    change(altcraft, ANN, status=1, is_test=1, fields={"_fname": "Ann"})
    made = merge(altcraft, [ANN, BOB], NEW)
    assert (made["status"], made["is_test"], made["fields"]) == (1, 1, {"_fname": "Ann"})
    assert (made["email"], made["phones"]) == ("new@example.com", person(altcraft, **ANN)["phones"])


def test_fields_that_a_database_does_not_have_are_left_behind(altcraft: Altcraft) -> None:
    change(altcraft, ANN, fields={"CRM_ID": 5, "level": 2, "_fname": "Ann"})
    assert merge(altcraft, [ANN], NEW)["fields"] == {"_fname": "Ann"}
    assert merge(altcraft, [ANN], EVE)["fields"] == {"_fname": "Ann", "CRM_ID": 5, "level": 2}


def test_an_email_moves_to_a_destination_without_one(altcraft: Altcraft) -> None:
    ann = person(altcraft, **ANN)
    made = merge(altcraft, [ANN, EVE], NOBODY)
    assert made["email"] == "ann@example.com"
    robbed = person(altcraft, id=ann["id"])
    assert robbed["email"] is None
    assert robbed["xxh"] != ann["xxh"]
    assert made["xxh"] == ann["xxh"]
    assert history(altcraft, robbed) == ["update"]
    assert person(altcraft, **EVE)["email"] == "eve@example.com"
    by_own = ANN | {"matching": "email_profile"}
    refusal = altcraft.refused("/profiles/merge", db_id=1, source=[by_own], destination=NEW)
    assert refusal == (404, "Object not found: profile email=ann@example.com")


def test_localhost_is_made_where_it_is_needed_and_never_copied(altcraft: Altcraft) -> None:
    nobody = merge(altcraft, [BOB], {"db_id": 3, "email": "LocalHost"}, data={"email": "localhost"})
    assert nobody["email"] is None
    assert person(altcraft, **BOB)["email"] == "bob+opened@example.com"
    again = merge(altcraft, [{"db_id": 3, "profile_id": nobody["id"]}], NOBODY)
    assert again["email"] is None
    refusal = altcraft.refused("/profiles/merge", db_id=1, source=[NOBODY], destination=NEW)
    assert refusal == (404, "Object not found: profile email=localhost")


def test_data_can_take_the_email_of_a_source(altcraft: Altcraft) -> None:
    bob = person(altcraft, **BOB)
    made = merge(altcraft, [BOB], ANN, data={"email": "bob+opened@example.com"})
    assert made["email"] == "bob+opened@example.com"
    assert person(altcraft, id=bob["id"])["email"] is None


def test_a_destination_may_be_one_of_the_sources(altcraft: Altcraft) -> None:
    change(altcraft, BOB, fields={"_fname": "Bob"})
    before = subscriptions(altcraft, person(altcraft, **ANN))
    made = merge(altcraft, [ANN, BOB, BOB], ANN)
    assert made["email"] == "ann@example.com"
    assert made["fields"]["_fname"] == "Ann"
    assert subscriptions(altcraft, made)[: len(before)] == before


def test_subscriptions_are_copied_where_the_database_is_of_the_resource(altcraft: Altcraft) -> None:
    ann = person(altcraft, **ANN)
    said = {"custom_fields": {"my_field": 5}, "cats": ["news"], "status": "suspended", "priority": 3}
    place = {"db_id": 1, "profile_id": ann["id"], "resource_id": 1, "channel": "email"}
    altcraft.answer("/subscriptions/set", **place, email="ann@example.com", **said)
    own = subscriptions(altcraft, ann)
    made = merge(altcraft, [ANN], EVE)
    copied = [one | {"priority": one["priority"] + 1} for one in own if one["resource_id"] == 1]
    assert subscriptions(altcraft, made)[1:] == copied
    assert subscriptions(altcraft, ann) == own


@pytest.mark.parametrize("destination", [BOB, {"db_id": 1, "email": "new@example.com"}])
def test_what_is_copied_comes_behind_what_a_destination_has(altcraft: Altcraft, destination: Any) -> None:
    sources = [{"db_id": 1, "email": f"{name}@example.com"} for name in ("first", "second")]
    for source in sources:
        rows = [
            {
                "resource_id": 1,
                "channel": "email",
                "email": f"{priority}-{source['email']}",
                "priority": priority,
            }
            for priority in (0, 5)
        ]
        altcraft.answer("/profiles/add", db_id=1, data={"email": source["email"], "subscriptions": rows})
    own = subscriptions(altcraft, person(altcraft, **destination)) if destination == BOB else []
    behind = len(own)
    shown = subscriptions(altcraft, merge(altcraft, sources, destination))
    assert shown[:behind] == own
    assert [(one["email"], one["priority"]) for one in shown[behind:]] == [
        ("0-first@example.com", behind),
        ("5-first@example.com", behind + 5),
        ("0-second@example.com", behind + 6),
        ("5-second@example.com", behind + 11),
    ]


def test_subscriptions_to_the_same_address_are_merged(altcraft: Altcraft) -> None:
    ids = [person(altcraft, **one)["id"] for one in (ANN, BOB)]
    cats = (["news"], ["offers"])
    own = ({"my_field": 1}, {"my_field": 2, "_os": "iOS"})
    for profile, categories, fields in zip(ids, cats, own, strict=True):
        place = {
            "db_id": 1,
            "profile_id": profile,
            "resource_id": 1,
            "channel": "email",
            "email": "a@example.com",
        }
        altcraft.answer("/subscriptions/set", **place, cats=categories, custom_fields=fields)
    altcraft.answer("/subscriptions/set", **(place | {"status": "unsubscribed"}))
    for destination in (ANN, NEW | {"db_id": 2}):
        made = merge(altcraft, [ANN, BOB], destination)
        (shared,) = [one for one in subscriptions(altcraft, made) if one.get("email") == "a@example.com"]
        assert (shared["status"], shared["cats"]) == ("subscribed", ["news", "offers"])
        assert shared["custom_fields"] == {"my_field": 1, "_os": "iOS"}


def test_deleted_subscriptions_neither_go_nor_come_back(altcraft: Altcraft) -> None:
    ann, bob = person(altcraft, **ANN), person(altcraft, **BOB)
    place = {"db_id": 1, "resource_id": 1, "channel": "email", "email": "a@example.com"}
    for one in (ann, bob):
        altcraft.answer("/subscriptions/set", **place, profile_id=one["id"])
    altcraft.answer("/subscriptions/delete", **place, profile_id=bob["id"])
    merge(altcraft, [ANN], BOB)
    assert altcraft.data("/subscriptions/get", **place, profile_id=bob["id"])["is_delete"] is True
    made = merge(altcraft, [BOB], NOBODY | {"db_id": 2})
    assert "a@example.com" not in {one.get("email") for one in subscriptions(altcraft, made)}


@pytest.mark.parametrize(
    ("more", "channels"),
    [
        ({}, ["email", "push", "sms"]),
        ({"subscriptions": False}, []),
        ({"subscription_filters": {"channel": "email"}}, ["email"]),
        ({"subscription_filters": {"channel": ["email", "sms"]}}, ["email", "sms"]),
        ({"subscription_filters": {"resource_id": [26, 36]}}, ["push", "sms"]),
        ({"subscription_filters": {"resource_id": "26"}}, ["push"]),
        ({"subscription_filters": {"status": "suspended"}}, ["sms"]),
        ({"subscription_filters": {"status": [0]}}, ["email", "push"]),
        ({"subscription_filters": {"status": 0, "channel": "sms"}}, []),
        ({"subscription_filters": {"resource_id": 99}}, []),
    ],
)
def test_filters_choose_what_is_copied(altcraft: Altcraft, more: dict[str, Any], channels: list[str]) -> None:
    altcraft.answer("/subscriptions/suspend_all", db_id=1, channel="sms")
    made = merge(altcraft, [ANN], {"db_id": 1, "email": "other@example.com"}, **more)
    assert [one["channel"] for one in subscriptions(altcraft, made)] == channels


def test_history_moves_with_what_was_sent(altcraft: Altcraft) -> None:
    ann = person(altcraft, **ANN)
    mine = [one["id"] for one in messages(altcraft.emulator, 47) if one["recipient"] == ann["email"]]
    statement = "SELECT profile_id FROM altcraft_sent WHERE message_id = ?"
    merge(altcraft, [ANN], BOB, history=False)
    assert altcraft.emulator.query(statement, *mine) == [(ann["id"],)]
    altcraft.answer("/subscriptions/set", db_id=1, profile_id=ann["id"], resource_id=26, **CHAT)
    made = merge(altcraft, [ANN], BOB)
    assert altcraft.emulator.query(statement, *mine) == [(made["id"],)]
    assert history(altcraft, ann) == []
    assert "subscribe" in history(altcraft, made)


CHAT = {"channel": "telegram_bot", "cc_data": {"id": 7}}


def test_a_message_that_moved_unsubscribes_the_copied_subscription(altcraft: Altcraft) -> None:
    message = messages(altcraft.emulator, 42)[0]
    source = {"db_id": 3, "profile_id": message["provider_ids"]["profile_id"]}
    made = merge(altcraft, [source], EVE)
    token = "2fHLS9YR9daS-a90b371eecc29a24"
    answer = altcraft.answer("/profiles/message_unsub", rtoken=token, smid=message["provider_id"])
    assert answer["profile_id"] == made["id"]
    statuses = {
        one["email"]: one["status"] for one in subscriptions(altcraft, made) if one["channel"] == "email"
    }
    assert statuses == {"eve@example.com": "subscribed", message["recipient"]: "unsubscribed"}


def test_nothing_that_is_merged_or_split_is_an_import(altcraft: Altcraft) -> None:
    other = NEW | {"email": "b@example.com"}
    made = [merge(altcraft, [ANN], NEW, history=False), *split(altcraft, BOB, [EVE, other], history=False)]
    assert all("import" not in history(altcraft, one) for one in (made[0], made[2]))
    assert "update" in history(altcraft, made[0])


def members(altcraft: Altcraft, segment: int) -> set[str]:
    statement = "SELECT profile_id FROM altcraft_segment_member WHERE segment_id = ? AND is_member"
    return {profile_id for (profile_id,) in altcraft.emulator.query(statement, segment)}


def test_static_segments_move_on_request(altcraft: Altcraft) -> None:
    ann, dan = person(altcraft, **ANN), {"db_id": 1, "email": "dan+bounced@example.com"}
    made = merge(altcraft, [ANN, BOB], dan)
    assert (ann["id"] in members(altcraft, 3), made["id"] in members(altcraft, 3)) == (True, False)
    merge(altcraft, [ANN, BOB], dan, static_segments=True)
    assert members(altcraft, 3) == {made["id"]}


def test_static_segments_of_other_databases_stay_as_they_are(altcraft: Altcraft) -> None:
    before = members(altcraft, 3)
    merge(altcraft, [ANN, BOB], EVE, static_segments=True)
    assert members(altcraft, 3) == before


def test_a_profile_is_split_into_several(altcraft: Altcraft) -> None:
    change(altcraft, ANN, fields={"_fname": "Ann"})
    ann = person(altcraft, **ANN)
    other = {"db_id": 1, "email": "other@example.com"}
    made = split(altcraft, ANN, [other, NOBODY, EVE], data={"_city": "Omsk"}, static_segments=True)
    assert [one["fields"] for one in made] == [{"_fname": "Ann", "_city": "Omsk"}] * 3
    assert [one["email"] for one in made] == ["other@example.com", "ann@example.com", "eve@example.com"]
    assert [len(subscriptions(altcraft, one)) for one in made] == [3, 0, 2]
    assert person(altcraft, id=ann["id"])["email"] is None
    assert made[0]["id"] in members(altcraft, 3)
    assert ann["id"] not in members(altcraft, 3)


def test_the_matching_of_the_request_holds_for_all_that_name_none(altcraft: Altcraft) -> None:
    change(altcraft, ANN, fields={"CRM_ID": 5})
    more = {"matching": "custom", "field_name": "CRM_ID"}
    destination = {"matching": "profile_id", "profile_id": person(altcraft, **BOB)["id"]}
    assert merge(altcraft, [{"field_value": 5}], destination, **more)["fields"]["CRM_ID"] == 5
    assert merge(altcraft, [destination], {"field_value": "8"}, **more)["fields"]["CRM_ID"] == 8


@pytest.mark.parametrize(
    "destination",
    [
        {"phone": "+7 999 000 00 00"},
        {"matching": "email_phone", "email": "new@example.com", "phone": "79990000000"},
        {"matching": "email_sub", "email": "new@example.com", "resource_id": 1},
        {"matching": "push_sub", "provider": "ios-apns", "subscription_id": "dev-1", "resource_id": 26},
        {"matching": "custom", "field_name": "custom_tags", "field_value": "x, y"},
    ],
)
def test_a_destination_is_found_again_by_what_it_was_made_by(
    altcraft: Altcraft, destination: dict[str, Any]
) -> None:
    made = merge(altcraft, [ANN], destination, subscriptions=False)
    assert merge(altcraft, [BOB], destination, subscriptions=False)["id"] == made["id"]


def test_xml_merges_and_splits(altcraft: Altcraft) -> None:
    source = "<source array='true'><email>ann@example.com</email></source>"
    target = "<destination><db_id>3</db_id><email>new@example.com</email></destination><data/>"
    text = altcraft.xml("/profiles/merge", f"<db_id>1</db_id>{source}{target}").text
    made = person(altcraft, **NEW)["id"]
    row = f"<error>0</error><error_text>Successful operation</error_text><profile_id>{made}</profile_id>"
    assert text == f"<xml>{row}</xml>"
    single = source.replace(" array='true'", "").replace("ann@", "bob+opened@")
    text = altcraft.xml("/profiles/split", f"<db_id>1</db_id>{single}{target}").text
    assert f"<result>{row}</result>" in text
