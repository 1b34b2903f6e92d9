"""Functional values, which say how a field changes: errors, and values that change nothing.

https://guides.altcraft.com/en/developer-guide/profiles/3113720
"""

from typing import Any

import pytest

from tests.altcraft.apps import ANDROID, BY_EMAIL, App, subscribing
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_profile_batches import batch
from tests.altcraft.test_profiles_writing import profile, subscription

NOTHING = {"action": "incr", "value": ""}
WRONG = (440, 'with field "CRM_ID": Incorrect field')


def update(altcraft: Altcraft, **data: Any) -> Any:
    return altcraft.answer("/profiles/update", db_id=1, email="ann@example.com", data=data)


def test_nothing_is_not_added(altcraft: Altcraft) -> None:
    person = {"db_id": 1, "email": "ann@example.com"}
    assert altcraft.refused("/profiles/update", **person, data={"CRM_ID": NOTHING}) == WRONG
    change = "<CRM_ID><action>incr</action><value/></CRM_ID>"
    answer = altcraft.xml(
        "/profiles/update", f"<db_id>1</db_id><email>ann@example.com</email><data>{change}</data>"
    )
    assert "<error>440</error>" in answer.text


def test_an_item_of_a_batch_that_adds_nothing_stops_no_other(altcraft: Altcraft) -> None:
    items = [{"email": "good@example.com"}, {"email": "ann@example.com", "CRM_ID": NOTHING}]
    assert [one["error"] for one in batch(altcraft, "import_batch", items)] == [0, 440]
    assert profile(altcraft, "good@example.com")["email"] == "good@example.com"


@pytest.mark.parametrize(
    "change", [NOTHING, {"action": "add", "value": ""}, {"action": "upsert", "value": ""}]
)
@pytest.mark.parametrize("name", ["CRM_ID", "rating", "custom_tags", "orders", "address"])
def test_no_app_crashes_an_event_by_it(altcraft: Altcraft, name: str, change: dict[str, Any]) -> None:
    body = subscribing("dev-1", ANDROID, None) | {"profile_fields": {name: change}}
    App(altcraft, BY_EMAIL).ask("/subscription/push/subscribe/", body, sync="false")
    altcraft.advance("5s")
    failed = altcraft.emulator.http.get("/_emulator/clock/failed").json()
    assert failed["total"] == 0


def test_a_change_counts_what_the_same_item_said_of_the_subscription_before(altcraft: Altcraft) -> None:
    altcraft.answer("/profiles/import", db_id=1, email="half@example.com", data={"_fname": "Before"})
    full = subscription("half@example.com", 1) | {"custom_fields": {"my_field": 9223372036854775807}}
    more = full | {"custom_fields": {"my_field": {"action": "incr", "value": 1}}}
    item = {"email": "half@example.com", "_fname": "CHANGED", "subscriptions": [full, more]}
    [row] = batch(altcraft, "import_batch", [item])
    wrong = 'field "my_field" is not valid: failed convert custom field'
    assert (row["error"], row["error_text"]) == (440, wrong)
    after = profile(altcraft, "half@example.com")
    assert (after["_fname"], after["subscriptions"]) == ("Before", [])


def test_tags_that_an_item_replaced_are_found_by_no_later_one(altcraft: Altcraft) -> None:
    update(altcraft, custom_tags=["zz1", "zz5"])
    items = [
        {"field_value": "zz1", "data": {"custom_tags": ["zz9"]}},
        {"field_value": "zz5", "data": {"_lname": "Other"}},
    ]
    first, second = batch(altcraft, "import_batch", items, matching="custom", field_name="custom_tags")
    assert first["profile_id"] != second["profile_id"]
    assert profile(altcraft, "ann@example.com").get("_lname") != "Other"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("custom_tags", {"action": "delete", "value": ["zz"]}),
        ("orders", {"action": "upsert", "value": 1, "submatch": "a.b"}),
    ],
)
def test_what_is_not_there_is_not_changed(altcraft: Altcraft, name: str, change: dict[str, Any]) -> None:
    altcraft.answer("/profiles/import", db_id=1, email="bare@example.com", data={})
    before = profile(altcraft, "bare@example.com")
    altcraft.answer("/profiles/update", db_id=1, email="bare@example.com", data={name: change})
    after = profile(altcraft, "bare@example.com")
    assert {key: after[key] for key in after if key != "_modified_date"} == {
        key: before[key] for key in before if key != "_modified_date"
    }


def test_a_phone_of_a_messenger_is_sent_back_as_it_is_answered(altcraft: Altcraft) -> None:
    sent = {"channel": "whatsapp", "cc_data": {"phone": "+79000000077"}, "resource_id": 26}
    data = {"subscriptions": [sent]}
    altcraft.answer("/profiles/import", db_id=1, email="phone@example.com", data=data)
    [answered] = profile(altcraft, "phone@example.com")["subscriptions"]
    back = {"channel": "whatsapp", "phone_data": answered["phone_data"], "resource_id": 26}
    data = {"subscriptions": [back]}
    altcraft.answer("/profiles/import", db_id=1, email="phone@example.com", data=data)
    assert len(profile(altcraft, "phone@example.com")["subscriptions"]) == 1
