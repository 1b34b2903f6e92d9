"""Profiles, written many at a time: each item has an outcome of its own."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_profiles_writing import members, profile, subscription

SUCCESS = {"error": 0, "error_text": "Successful operation"}


def batch(altcraft: Altcraft, path: str, items: list[Any], **body: Any) -> list[Any]:
    """Write profiles of database 1; return their outcomes."""
    answer = altcraft.answer(f"/profiles/{path}", **{"db_id": 1, "data": items} | body)
    assert answer.keys() == {"error", "error_text", "result"}
    return list(answer["result"])


def test_profiles_are_added_together(altcraft: Altcraft) -> None:
    items = [{"email": f"b{number}@example.com", "_fname": "Ann"} for number in range(3)]
    outcomes = batch(altcraft, "add_batch/", items)
    ids = [profile(altcraft, item["email"])["id"] for item in items]
    assert outcomes == [SUCCESS | {"profile_id": number} for number in ids]


def test_an_item_that_is_wrong_stops_nothing(altcraft: Altcraft) -> None:
    items: list[Any] = [
        {"email": "b1@example.com"},
        {"email": "ann@example.com"},
        {"email": "b2@example.com", "unheard_of": 1},
        {"email": "ann@example.com", "field_name": ["CRM_ID"], "field_value": {}},
        7,
        {"email": "b3@example.com", "subscriptions": [subscription("b3@example.com", 9)]},
        {"email": "b1@example.com"},
        {"email": "b4@example.com"},
    ]
    outcomes = batch(altcraft, "add_batch/", items)
    assert [(one["error"], one["error_text"]) for one in outcomes] == [
        (0, "Successful operation"),
        (409, "Already exists: profile email=ann@example.com"),
        (440, 'with field "unheard_of": Incorrect field'),
        (440, 'with field "field_name": Incorrect field'),
        (400, "Incorrect request: data: must be an object"),
        (440, 'field "subscriptions.resource_id" is not valid: resource not found'),
        (409, "Already exists: profile email=b1@example.com"),
        (0, "Successful operation"),
    ]
    assert ["profile_id" in one for one in outcomes] == [True, False, False, False, False, False, False, True]
    for nobody in ("b2@example.com", "b3@example.com"):
        assert altcraft.refused("/profiles/get/", db_id=1, email=nobody)[0] == 404


@pytest.mark.parametrize(
    "item",
    [
        {"email": "ann@example.com", "_fname": "Found"},
        {"email": "ann@example.com", "data": {"_fname": "Found"}},
        {"data": {"email": "ann@example.com", "_fname": "Found"}},
        {"phone": "+79000000001", "_fname": "Found"},
        {"phone": "+79000000001", "data": {"_fname": "Found"}},
    ],
)
@pytest.mark.parametrize("path", ["import_batch", "update_batch"])
def test_items_are_profiles_or_hold_them(altcraft: Altcraft, path: str, item: dict[str, Any]) -> None:
    before = profile(altcraft, "ann@example.com")
    assert batch(altcraft, path, [item]) == [SUCCESS | {"profile_id": before["id"]}]
    after = profile(altcraft, "ann@example.com")
    assert (after["_fname"], after["phones"]) == ("Found", before["phones"])


def test_an_email_in_an_item_is_a_field_too_and_others_are_not(altcraft: Altcraft) -> None:
    number = profile(altcraft, "ann@example.com")["id"]
    items = [{"profile_id": number, "email": "anna@example.com"}, {"phone": "+79110000001"}]
    _, made = batch(altcraft, "import_batch", items[:1], matching="profile_id") + batch(
        altcraft, "import_batch", items[1:]
    )
    assert profile(altcraft, "anna@example.com")["id"] == number
    assert altcraft.data("/profiles/get/", db_id=1, profile_id=made["profile_id"])["phones"] == [
        "+79110000001"
    ]


def test_match_values_of_the_request_are_those_of_items_without(altcraft: Altcraft) -> None:
    first, second = batch(
        altcraft, "import_batch",
        [{"_fname": "A", "field_value": 1}, {"_fname": "B", "field_value": 2}],
        matching="custom", field_name="CRM_ID",
    )  # fmt: skip
    items = [{"field_value": 2, "_lname": "X"}, {"data": {"CRM_ID": 1, "_lname": "Y"}}, {"_lname": "Z"}]
    outcomes = batch(altcraft, "update_batch", items, matching="custom", field_name="CRM_ID")
    assert [one.get("profile_id") for one in outcomes] == [second["profile_id"], first["profile_id"], None]
    assert outcomes[2] == {"error": 400, "error_text": "Incorrect request: field_value: Field required"}
    (outcome,) = batch(altcraft, "update_batch", [{"_lname": "W"}], field_name="CRM_ID", field_value=2)
    assert outcome["profile_id"] == second["profile_id"]


def test_an_update_makes_nobody(altcraft: Altcraft) -> None:
    outcomes = batch(altcraft, "update_batch", [{"email": "ann@example.com"}, {"email": "x@example.com"}])
    assert [one["error"] for one in outcomes] == [0, 404]
    assert outcomes[1]["error_text"] == "Object not found: profile email=x@example.com"


def test_an_item_finds_what_those_before_it_have_written(altcraft: Altcraft) -> None:
    items = [
        {"email": "b1@example.com", "CRM_ID": {"action": "incr", "value": 1}},
        {"email": "B1@example.com", "CRM_ID": {"action": "incr", "value": 1}},
        {"email": "b1@example.com", "subscriptions": [subscription("b2@example.com")]},
        {"data": {"CRM_ID": {"action": "incr", "value": 1}}, "email": "b2@example.com"},
        {"data": {"CRM_ID": {"action": "incr", "value": 1}}, "field_name": "CRM_ID", "field_value": 3},
    ]
    outcomes = batch(altcraft, "import_batch", items)
    assert len({one["profile_id"] for one in outcomes}) == 1
    assert profile(altcraft, "b1@example.com")["CRM_ID"] == 4


def test_an_item_does_not_find_what_those_before_it_have_taken_away(altcraft: Altcraft) -> None:
    altcraft.answer("/profiles/add", db_id=1, data={"phones": ["+79110000001", "+79110000002"]})
    first, second = batch(
        altcraft,
        "import_batch",
        [{"phone": "+79110000001", "phones": "+79110000003"}, {"phone": "+79110000002"}],
    )
    assert first["profile_id"] != second["profile_id"]
    shown = altcraft.data("/profiles/get/", db_id=1, phone="+79110000002")
    assert shown["id"] == second["profile_id"]


def test_each_without_an_email_is_somebody_new(altcraft: Altcraft) -> None:
    outcomes = batch(altcraft, "import_batch", [{"email": "localhost"}] * 3)
    assert len({one["profile_id"] for one in outcomes}) == 3


def test_an_email_can_pass_from_one_profile_to_another(altcraft: Altcraft) -> None:
    numbers = {name: profile(altcraft, f"{name}@example.com")["id"] for name in ("ann", "cleo+clicked")}
    items = [
        {"profile_id": numbers["ann"], "email": "new@example.com"},
        {"profile_id": numbers["cleo+clicked"], "email": "ann@example.com"},
    ]
    outcomes = batch(altcraft, "update_batch", items, matching="profile_id")
    assert [one["error"] for one in outcomes] == [0, 0]
    assert profile(altcraft, "ann@example.com")["id"] == numbers["cleo+clicked"]


def test_several_profiles_by_one_value_fail_their_item_alone(altcraft: Altcraft) -> None:
    batch(altcraft, "import_batch", [{"email": f"twin{n}@example.com", "CRM_ID": 5} for n in range(2)])
    items = [{"field_value": 5, "_fname": "Twin"}, {"field_value": 6, "_fname": "Six"}]
    first, second = batch(altcraft, "import_batch", items, field_name="CRM_ID")
    assert first == {"error": 409, "error_text": "More than one profile matches: CRM_ID=5"}
    assert second["error"] == 0


def test_options_hold_for_all_items(altcraft: Altcraft) -> None:
    wrong = {"email": "b1@example.com", "subscriptions": [subscription("x", 9)], "_ip": "192.0.2.1"}
    (outcome,) = batch(
        altcraft,
        "import_batch",
        [wrong],
        skip_invalid_subscriptions=True,
        detect_geo=True,
        skip_triggers=True,
    )
    assert outcome["error"] == 0
    assert profile(altcraft, "b1@example.com")["_country"] == "US"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"data": None}, (400, "Incorrect request: data: Field required")),
        ({"data": "x"}, (400, "Incorrect request: data: Input should be a valid list")),
        ({"db_id": 9}, (404, "Object not found: database 9")),
        ({"resource_id": 9}, (404, "Object not found: resource 9")),
        ({"matching": ["email"]}, (400, "Incorrect request: matching: Input should be a valid string")),
    ],
)
def test_what_is_wrong_with_the_request_fails_it_whole(
    altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    wanted = {"db_id": 1, "data": [{"email": "b1@example.com"}]} | body
    assert altcraft.refused("/profiles/import_batch", **wanted) == refusal
    assert altcraft.refused("/profiles/get/", db_id=1, email="b1@example.com")[0] == 404


def test_a_batch_may_be_empty(altcraft: Altcraft) -> None:
    assert batch(altcraft, "import_batch", []) == []


def test_batches_in_xml(altcraft: Altcraft) -> None:
    item = (
        "<data {}><_fname>Ann</_fname><subscriptions array='true'><channel>email</channel>"
        "<email_data><email>b@example.com</email></email_data><resource_id>1</resource_id></subscriptions></data>"
    )
    one = altcraft.xml("/profiles/add_batch/", "<db_id>1</db_id>" + item.format("array='true'")).text
    assert one.startswith(
        "<xml><error>0</error><error_text>Successful operation</error_text>"
        "<result><error>0</error><error_text>Successful operation</error_text><profile_id>"
    )
    two = altcraft.xml("/profiles/add_batch/", "<db_id>1</db_id>" + item.format("") + "<data/>").text
    assert two.count("<profile_id>") == 2
    wrong = altcraft.xml(
        "/profiles/add_batch/", "<db_id>1</db_id><data><unheard_of>1</unheard_of></data>"
    ).text
    assert "<result><error>440</error><error_text>with field " in wrong


@pytest.mark.slow
def test_ten_thousand_profiles_are_imported_at_once(altcraft: Altcraft) -> None:
    items = [
        {"email": f"b{n}@example.net", "CRM_ID": n, "subscriptions": [subscription(f"b{n}@example.net")]}
        for n in range(10_000)
    ]
    outcomes = batch(altcraft, "import_batch", items)
    assert {one["error"] for one in outcomes} == {0}
    (email, *_) = altcraft.data("/databases/get_counters", id=1, resource_id=1)
    assert email["status"]["all"] == 10_041
    again = batch(altcraft, "update_batch", [item | {"_fname": "Ann"} for item in items])
    assert again == outcomes
    assert members(altcraft, 3) == 2


def test_the_same_batch_again_is_not_executed_again(altcraft: Altcraft) -> None:
    first, second = (altcraft.call("/profiles/add_batch/", db_id=4, data=[{}, {}]) for _ in range(2))
    assert second.json() == first.json()
    assert len({one["profile_id"] for one in first.json()["result"]}) == 2
