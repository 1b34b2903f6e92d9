"""Subscriptions: written and read one by one, paged through, deleted and restored, suspended together."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, Altcraft

ANN = "1f3ec6ad639b4dd420feffb8"
EVE = "ab835ced33a852f3f85fda0a"
DONE = {"error": 0, "error_text": "Successful operation"}
BY_EMAIL: dict[str, Any] = {
    "db_id": 1,
    "profile_id": ANN,
    "resource_id": 1,
    "channel": "email",
    "email": "ann@example.com",
}
TELEGRAM: dict[str, Any] = {
    "db_id": 1,
    "profile_id": ANN,
    "resource_id": 26,
    "channel": "telegram_bot",
    "cc_data": {"id": 7},
}


def listed(altcraft: Altcraft, profile: str = ANN, db_id: int = 1) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = altcraft.data("/subscriptions/list", db_id=db_id, profile_id=profile)
    return rows


def got(altcraft: Altcraft, **place: Any) -> dict[str, Any]:
    found: dict[str, Any] = altcraft.data("/subscriptions/get", **(BY_EMAIL | place))
    return found


@pytest.mark.parametrize(
    ("resource", "channel", "said", "shown"),
    [
        (1, "email", {"email": " New@Example.com"}, {"email": "new@example.com"}),
        (1, "email", {"email_data": {"email": "new@example.com"}}, {"email": "new@example.com"}),
        (1, "sms", {"phone": "8 (900) 111-22-33"}, {"phone": "+89001112233"}),
        (1, "sms", {"phone": 79001112233}, {"phone": "+79001112233"}),
        (1, "sms", {"phone_data": {"phone": "+79001112233"}}, {"phone": "+79001112233"}),
        (
            26,
            "push",
            {"provider": "Firefox", "subscription_id": "dev-1"},
            {"provider": "Firefox", "subscription_id": "dev-1"},
        ),
        (26, "telegram_bot", {"cc_data": {"id": 1}}, {"cc_data": {"id": 1}}),
        (26, "whatsapp", {"cc_data": {"phone": "+79000000000"}}, {"cc_data": {"phone": "+79000000000"}}),
    ],
)
def test_a_subscription_is_added_on_each_channel(
    altcraft: Altcraft, resource: int, channel: str, said: dict[str, Any], shown: dict[str, Any]
) -> None:
    place: dict[str, Any] = {"db_id": 1, "profile_id": ANN, "resource_id": resource} | said
    assert altcraft.call("/subscriptions/set", channel=channel, **place).json() == DONE
    assert listed(altcraft)[-1] == {
        "resource_id": resource,
        "channel": channel,
        **shown,
        "priority": 3,
        "status": "subscribed",
        "custom_fields": {},
        "cats": [],
    }
    found = altcraft.data("/subscriptions/get", channel=channel, **place)
    assert found.items() >= shown.items()
    assert (found["is_delete"], len(found["hash_id"])) == (False, 8)


def test_what_is_said_of_a_subscription_is_kept(altcraft: Altcraft) -> None:
    said = {"priority": 10, "custom_fields": {"my_field": "5", "_device_type": "web"}, "cats": ["news"]}
    about = {"date": "2019-03-14T22:00:00Z", "ip": "192.0.2.1", "url": "https://example.org"}
    altcraft.answer("/subscriptions/set", **BY_EMAIL, **said, **about, status="suspended")
    found = got(altcraft)
    assert found["reg_info"] == {
        "date": "2019-03-14T22:00:00.000Z",
        "ip": "192.0.2.1",
        "url": "https://example.org",
    }
    assert (found["priority"], found["status"], found["cats"]) == (10, "suspended", ["news"])
    assert found["custom_fields"] == {"my_field": 5, "_device_type": "web"}


def test_what_is_left_out_stays(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, status="suspended", priority=3, cats=["news"])
    before = got(altcraft)
    altcraft.answer("/subscriptions/set", **BY_EMAIL)
    assert got(altcraft) == before


def test_fields_take_functional_values(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, custom_fields={"my_field": 5, "_os": "iOS"})
    changes = {"my_field": {"action": "incr", "value": 2}, "_os": {"action": "unset"}}
    altcraft.answer("/subscriptions/set", **BY_EMAIL, custom_fields=changes)
    assert got(altcraft)["custom_fields"] == {"my_field": 7}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (0, "subscribed"),
        ("0", "subscribed"),
        (1, "unsubscribed"),
        ("Complained", "complained"),
        (6, "invalid"),
    ],
)
def test_a_status_is_a_word_or_a_number(altcraft: Altcraft, said: object, status: str) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, status=4)
    altcraft.answer("/subscriptions/set", **BY_EMAIL, status=said)
    assert got(altcraft)["status"] == status


@pytest.mark.parametrize("said", [{"status": -1}, {"status": ""}, {"status": None}, {"priority": -1}])
def test_some_values_leave_things_as_they_are(altcraft: Altcraft, said: dict[str, object]) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, status=4, priority=2)
    altcraft.answer("/subscriptions/set", **BY_EMAIL, **said)
    found = got(altcraft)
    assert (found["status"], found["priority"]) == ("unconfirmed", 2)


def test_a_new_subscription_comes_last(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, priority=4)
    altcraft.answer("/subscriptions/set", **TELEGRAM)
    assert listed(altcraft)[-1]["priority"] == 5


def test_a_resource_may_raise_new_subscriptions_unless_their_priority_is_said(altcraft: Altcraft) -> None:
    place = {"db_id": 2, "profile_id": EVE, "resource_id": 24, "channel": "email"}
    altcraft.answer("/subscriptions/set", **place, email="raised@example.com")
    altcraft.answer("/subscriptions/set", **place, email="said@example.com", priority=7)
    shown = {one["email"]: one["priority"] for one in listed(altcraft, EVE, 2)}
    assert shown == {"eve@example.com": 1, "raised@example.com": 0, "said@example.com": 7}


def test_xml_sets_and_lists(altcraft: Altcraft) -> None:
    place = f"<db_id>1</db_id><profile_id>{ANN}</profile_id><resource_id>1</resource_id>"
    address = "<channel>email</channel><email>ann@example.com</email>"
    said = "<cats array='true'>news</cats><custom_fields><my_field>5</my_field></custom_fields>"
    answer = altcraft.xml("/subscriptions/set", place + address + said + "<status>5</status>").text
    assert answer == "<xml><error>0</error><error_text>Successful operation</error_text></xml>"
    text = altcraft.xml("/subscriptions/list", place).text
    assert "<status>suspended</status>" in text
    assert "<custom_fields><my_field>5</my_field></custom_fields><cats>news</cats>" in text
    text = altcraft.xml("/subscriptions/suspend_all", "<db_id>1</db_id><channel>sms</channel>").text
    assert "<updated>41</updated>" in text
    assert "data" not in text


def test_an_empty_element_leaves_all_categories(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, cats=["news"])
    altcraft.answer("/subscriptions/set", **BY_EMAIL, cats="")
    assert got(altcraft)["cats"] == ["news"]
    place = f"<db_id>1</db_id><profile_id>{ANN}</profile_id><resource_id>1</resource_id>"
    altcraft.xml(
        "/subscriptions/set", f"{place}<channel>email</channel><email>ann@example.com</email><cats/>"
    )
    assert got(altcraft)["cats"] == []


def test_a_deleted_subscription_is_in_no_list_until_it_is_restored(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, status="suspended")
    before = got(altcraft)
    assert altcraft.call("/subscriptions/delete", **BY_EMAIL).json() == DONE
    assert got(altcraft) == before | {"is_delete": True}
    assert [one["channel"] for one in listed(altcraft)] == ["push", "sms"]
    page = altcraft.data("/subscriptions/list_all", resource_id=1)
    assert ANN not in {one["profile_id"] for one in page}
    assert altcraft.call("/subscriptions/undelete", **BY_EMAIL).json() == DONE
    assert got(altcraft) == before


def test_deleting_and_restoring_twice_changes_nothing(altcraft: Altcraft) -> None:
    before = got(altcraft)
    altcraft.answer("/subscriptions/undelete", **BY_EMAIL)
    assert got(altcraft) == before
    altcraft.answer("/subscriptions/delete", **BY_EMAIL)
    altcraft.answer("/subscriptions/delete", **BY_EMAIL)
    assert got(altcraft)["is_delete"] is True


def test_a_deleted_subscription_that_is_set_comes_back_as_it_was(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, cats=["news"])
    before = got(altcraft)
    altcraft.answer("/subscriptions/delete", **BY_EMAIL)
    altcraft.answer("/subscriptions/set", **BY_EMAIL)
    assert got(altcraft) == before


def test_a_deleted_subscription_is_sent_nothing(altcraft: Altcraft) -> None:
    counters = {"id": 1, "resource_id": 1}
    altcraft.answer("/subscriptions/delete", **BY_EMAIL)
    email = altcraft.data("/databases/get_counters", **counters)[0]["status"]
    assert (email["subscribed"], email["subscribed_sendable"]) == (40, 39)


def test_the_provider_is_part_of_what_a_push_subscription_is_found_by(altcraft: Altcraft) -> None:
    place = BY_EMAIL | {"resource_id": 26, "channel": "push", "subscription_id": f"push-{ANN}"}
    assert altcraft.data("/subscriptions/get", **place)["provider"] == "google"
    assert altcraft.refused("/subscriptions/get", **place, provider="mozilla")[0] == 404


def pages(altcraft: Altcraft, **filters: Any) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    from_id = ""
    while not found or found[-1]:
        answer = altcraft.answer("/subscriptions/list_all", from_id=from_id, **filters)
        found.append(answer["data"])
        last, from_id = from_id, answer["next_from_id"]
    assert from_id == last
    return found


def test_pages_show_every_subscription_of_a_resource_once(altcraft: Altcraft) -> None:
    rows = [one for page in pages(altcraft, resource_id=24, limit=30) for one in page]
    assert len(rows) == 20 + 60 * 2
    assert len({one["hash_id"] for one in rows}) == len(rows)
    assert {one["db_id"] for one in rows} == {2, 3}
    assert rows == altcraft.data("/subscriptions/list_all", resource_id=24)


def test_a_row_says_whose_subscription_it_is(altcraft: Altcraft) -> None:
    row = altcraft.data("/subscriptions/list_all", resource_id=1, limit=1)[0]
    found = got(altcraft)
    assert row == {
        "db_id": 1,
        "profile_id": ANN,
        "_xxh": "10f64e1beb9ffc07",
        **{name: value for name, value in found.items() if name not in {"is_delete", "reg_info"}},
    }


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({"db_id": 2}, 20),
        ({"db_id": 3, "channel": "sms"}, 60),
        ({"channel": "email"}, 80),
        ({"channel": "viber"}, 0),
        ({"status": "subscribed"}, 140),
        ({"status": 0}, 140),
        ({"status": "suspended"}, 0),
        ({"db_id": 1}, 0),
        ({"db_id": None, "channel": "", "status": "", "from_id": ""}, 140),
    ],
)
def test_pages_are_filtered(altcraft: Altcraft, filters: dict[str, object], number: int) -> None:
    assert len(altcraft.data("/subscriptions/list_all", resource_id=24, **filters)) == number


def test_pages_go_on_where_they_were_while_subscriptions_change(altcraft: Altcraft) -> None:
    first = altcraft.answer("/subscriptions/list_all", resource_id=1, status=0, limit=20)
    altcraft.answer("/subscriptions/delete", **BY_EMAIL)
    rest = altcraft.answer("/subscriptions/list_all", resource_id=1, status=0, from_id=first["next_from_id"])
    assert len(rest["data"]) == 21


def test_an_empty_page_repeats_its_cursor(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/subscriptions/list_all", resource_id=24, status="invalid")
    assert (answer["data"], answer["next_from_id"]) == ([], "")
    last = altcraft.answer("/subscriptions/list_all", resource_id=24)["next_from_id"]
    answer = altcraft.answer("/subscriptions/list_all", resource_id=24, from_id=last)
    assert (answer["data"], answer["next_from_id"]) == ([], last)


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({}, 122),
        ({"channel": "email"}, 40),
        ({"resource_id": 26}, 41),
        ({"resource_id": 1, "channel": "email"}, 40),
        ({"resource_id": 1, "channel": "sms"}, 0),
        ({"resource_id": 24}, 0),
    ],
)
def test_only_the_subscribed_ones_are_suspended(
    altcraft: Altcraft, filters: dict[str, Any], number: int
) -> None:
    altcraft.answer("/subscriptions/set", **BY_EMAIL, status="unconfirmed")
    answer = altcraft.call("/subscriptions/suspend_all", db_id=1, **filters).json()
    assert answer == DONE | {"updated": number}
    assert altcraft.answer("/subscriptions/suspend_all", db_id=1, **filters)["updated"] == 0
    assert got(altcraft)["status"] == "unconfirmed"
    assert altcraft.answer("/subscriptions/unsuspend_all", db_id=1, **filters)["updated"] == number
    assert got(altcraft)["status"] == "unconfirmed"


def test_other_databases_and_deleted_subscriptions_are_not_suspended(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/delete", **BY_EMAIL)
    assert altcraft.answer("/subscriptions/suspend_all", db_id=1, channel="email")["updated"] == 40
    assert got(altcraft)["status"] == "subscribed"
    assert altcraft.answer("/subscriptions/unsuspend_all", db_id=2)["updated"] == 0


def test_suspended_people_are_sent_nothing(altcraft: Altcraft) -> None:
    altcraft.answer("/subscriptions/suspend_all", db_id=1, resource_id=36)
    _, sms, _ = altcraft.data("/databases/get_counters", id=1, resource_id=36)
    assert (sms["status"]["suspended"], sms["status"]["subscribed_sendable"]) == (41, 0)


def test_a_token_of_a_group_sees_the_resources_of_the_group(altcraft: Altcraft) -> None:
    place = {"db_id": 2, "profile_id": EVE}
    blog = {"resource_id": 1, "channel": "email", "email": "eve@example.com"}
    altcraft.answer("/subscriptions/set", **place, **blog)
    assert [one["resource_id"] for one in listed(altcraft, EVE, 2)] == [24, 1]
    seen = altcraft.data("/subscriptions/list", token=SUBACCOUNT, **place)
    assert [one["resource_id"] for one in seen] == [24]
    assert altcraft.refused("/subscriptions/get", token=SUBACCOUNT, **place, **blog)[0] == 404
    rows = altcraft.data("/subscriptions/list_all", token=SUBACCOUNT, resource_id=24)
    assert {one["db_id"] for one in rows} == {2}
    answer = altcraft.answer("/subscriptions/suspend_all", token=SUBACCOUNT, db_id=2)
    assert answer["updated"] == 20


def test_a_repeated_request_is_not_executed_again(altcraft: Altcraft) -> None:
    def suspend() -> Any:
        return altcraft.call("/subscriptions/suspend_all", headers={"Request-ID": "one"}, db_id=1)

    first, second = suspend(), suspend()
    assert first.json()["updated"] == 123
    assert second.json() == first.json()
    assert second.headers["Duplicate-Request"] == "true"
