"""Values of profiles in the spellings of clients: accepted and refused ones."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_subscriptions import BY_EMAIL, listed

OPEN = 2
"""A database whose fields need not be declared."""


def add(altcraft: Altcraft, db_id: int = 1, **data: Any) -> tuple[int, str]:
    answer = altcraft.call("/profiles/add", db_id=db_id, data=data).json()
    return answer["error"], answer["error_text"]


def incorrect(name: str) -> tuple[int, str]:
    return 440, f'with field "{name}": Incorrect field'


def stored(altcraft: Altcraft, **data: Any) -> Any:
    """Add a profile with these values; return it as it is shown."""
    number = altcraft.answer("/profiles/add", db_id=1, data=data)["profile_id"]
    return altcraft.data("/profiles/get", db_id=1, matching="profile_id", profile_id=number)


@pytest.mark.parametrize("name", ["id", "_id"])
def test_a_profile_has_no_other_id_than_its_own(altcraft: Altcraft, name: str) -> None:
    assert add(altcraft, OPEN, email="idf@x.org", **{name: "mine-7"}) == incorrect(name)
    assert altcraft.call("/profiles/get", db_id=OPEN, email="idf@x.org").json()["error"] == 404


@pytest.mark.parametrize("number", ["1_000", "\u0663.\u0665", "3.\u0665", "nan", "0x10", "1e999", ".", "1e"])
def test_numbers_with_a_fraction_are_written_as_in_json(altcraft: Altcraft, number: str) -> None:
    assert add(altcraft, rating=number) == incorrect("rating")


@pytest.mark.parametrize(
    ("number", "value"), [("1000.5", 1000.5), (" -2 ", -2.0), ("+.5", 0.5), ("2.", 2.0), ("1E2", 100.0)]
)
def test_texts_are_numbers_with_a_fraction(altcraft: Altcraft, number: str, value: float) -> None:
    assert stored(altcraft, rating=number)["rating"] == value


def test_the_value_of_a_goal_is_written_as_in_json(altcraft: Altcraft) -> None:
    goal = {"db_id": 1, "pixel_id": 7, "email": "ann@example.com", "goal": "card", "value": "1_000"}
    refusal = (400, "Incorrect request: value: Input should be a valid number")
    assert altcraft.refused("/goals/register", **goal) == refusal


@pytest.mark.parametrize("place", ["", ".", "a..b", ".a", "a.", ["a"], None])
def test_a_path_without_a_name_in_it_is_none(altcraft: Altcraft, place: Any) -> None:
    change = {"action": "upsert", "submatch": place, "value": 1}
    assert add(altcraft, address=change) == incorrect("address")


def test_whole_numbers_of_a_profile_may_have_a_fraction_of_nothing(altcraft: Altcraft) -> None:
    data = {"CRM_ID": 1.0, "level": 1.0, "_sex": 1.0, "_status": 1.0, "phones": [79000000077.0]}
    shown = stored(altcraft, **data)
    assert {name: shown[name] for name in data} == {
        "CRM_ID": 1, "level": 1, "_sex": 1, "_status": 1, "phones": ["+79000000077"]
    }  # fmt: skip


@pytest.mark.parametrize("name", ["_sex", "_status", "CRM_ID", "level"])
def test_numbers_with_a_fraction_are_no_whole_ones(altcraft: Altcraft, name: str) -> None:
    assert add(altcraft, 1, **{name: 1.5}) == incorrect(name)


def test_whole_numbers_of_a_subscription_may_have_a_fraction_of_nothing(altcraft: Altcraft) -> None:
    chat = {"channel": "telegram_bot", "cc_data": {"id": 5.0}, "status": 1.0, "priority": 3.0}
    altcraft.answer(
        "/profiles/update", db_id=1, email="ann@example.com",
        data={"subscriptions": [chat | {"resource_id": 26.0}]},
    )  # fmt: skip
    (row,) = (one for one in listed(altcraft) if one["channel"] == "telegram_bot")
    shown = {"cc_data": {"id": 5}, "status": "unsubscribed", "priority": 3, "resource_id": 26}
    assert shown.items() <= row.items()


@pytest.mark.parametrize("own", [{}, {"email": ""}, {"email": None}, "", None])
def test_channel_data_that_says_nothing_leaves_the_address_beside_it(altcraft: Altcraft, own: Any) -> None:
    said = {"channel": "email", "email": "flat@x.org", "email_data": own, "resource_id": 1}
    altcraft.answer("/profiles/update", db_id=1, email="ann@example.com", data={"subscriptions": [said]})
    assert "flat@x.org" in [one.get("email") for one in listed(altcraft)]


def test_channel_data_goes_before_the_address_beside_it(altcraft: Altcraft) -> None:
    said = {"channel": "email", "email": "flat@x.org", "email_data": {"email": "own@x.org"}, "resource_id": 1}
    altcraft.answer("/profiles/update", db_id=1, email="ann@example.com", data={"subscriptions": [said]})
    emails = [one.get("email") for one in listed(altcraft)]
    assert "own@x.org" in emails
    assert "flat@x.org" not in emails


@pytest.mark.parametrize("info", [{}, {"ip": "192.0.2.7"}])
def test_registration_data_without_a_date_leaves_the_one_beside_it(
    altcraft: Altcraft, info: dict[str, str]
) -> None:
    said = {"channel": "email", "email": "ann@example.com", "resource_id": 1}
    date = {"date": "2020-01-02T03:04:05Z", "reg_info": info}
    altcraft.answer(
        "/profiles/update", db_id=1, email="ann@example.com", data={"subscriptions": [said | date]}
    )
    shown = altcraft.data("/subscriptions/get", **BY_EMAIL)["reg_info"]
    assert shown["date"] == "2020-01-02T03:04:05.000Z"
    assert shown.get("ip") == info.get("ip")


@pytest.mark.parametrize("chat", [0, 5, -100123, 2**63 - 1])
def test_an_id_of_a_chat_is_a_number(altcraft: Altcraft, chat: int) -> None:
    for said in (chat, str(chat)):
        subscription = {"channel": "telegram_bot", "cc_data": {"id": said}, "resource_id": 26}
        altcraft.answer(
            "/profiles/update", db_id=1, email="ann@example.com", data={"subscriptions": [subscription]}
        )
    shown = [one["cc_data"] for one in listed(altcraft) if one["channel"] == "telegram_bot"]
    assert shown == [{"id": chat}]


CHATS = ["--5", "-", "007", "-0", "\u0663", "\u00b2", "9" * 19, "9" * 5000]


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat[:20])
def test_an_id_of_a_chat_that_is_no_number_is_shown_as_it_was_sent(altcraft: Altcraft, chat: str) -> None:
    said = {"channel": "telegram_bot", "cc_data": {"id": chat}, "resource_id": 26}
    altcraft.answer("/profiles/update", db_id=1, email="ann@example.com", data={"subscriptions": [said]})
    assert [one["cc_data"] for one in listed(altcraft) if one["channel"] == "telegram_bot"] == [{"id": chat}]
