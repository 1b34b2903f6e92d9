"""Rules of segments on phones: a phone is its digits, however a rule writes it."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_segments import added, count, item, rule

EVERYBODY, TEN = 41, 10
APP = 26
"""A resource with messengers."""


@pytest.mark.parametrize(
    ("operator", "part", "number"),
    [
        ("begin", "+7 900 000-00-1", TEN),
        ("begin", "7900000001", TEN),
        ("begin", 7900000001, TEN),
        ("begin", " 7 (900)", EVERYBODY),
        ("begin", "900", 0),
        ("contain", "900 000 00-1", TEN),
        ("contain", "+7900", EVERYBODY),
        ("contain", "+900", 0),
        ("not_contain", "900-000-00-1", EVERYBODY - TEN),
    ],
)
@pytest.mark.parametrize(("family", "name"), [("phones", "phones"), ("subscription_sms", "phone")])
def test_a_part_of_a_phone_is_found_by_its_digits(
    altcraft: Altcraft, family: str, name: str, operator: str, part: Any, number: int
) -> None:
    assert count(altcraft, added(altcraft, item(rule(family, operator, name, value=part)))) == number


@pytest.mark.parametrize(
    ("operator", "value"), [("equal", "7 911 000-00-01"), ("begin", "7911"), ("contain", "911 000")]
)
def test_a_phone_on_a_messenger_is_found_in_the_same_way(
    altcraft: Altcraft, operator: str, value: str
) -> None:
    subscription = {"channel": "whatsapp", "resource_id": APP, "cc_data": {"phone": "+79110000001"}}
    altcraft.answer(
        "/profiles/import", db_id=1, email="n@example.com", data={"subscriptions": [subscription]}
    )
    segment = added(altcraft, item(rule("subscription_whatsapp", operator, "phone", value=value)))
    assert count(altcraft, segment) == 1


@pytest.mark.parametrize("operator", ["begin", "contain", "not_contain"])
@pytest.mark.parametrize(
    ("part", "reason"), [("+", "has no digits"), ("x", "has no digits"), (True, "is no text")]
)
def test_a_part_without_digits_is_refused(altcraft: Altcraft, operator: str, part: Any, reason: str) -> None:
    segment = [item(rule("phones", operator, "phones", value=part))]
    refusal = altcraft.refused("/segments/add/", name="x", segment=segment)
    assert refusal == (400, f"Incorrect request: segment.0.queries.0.value.value: {reason}")
