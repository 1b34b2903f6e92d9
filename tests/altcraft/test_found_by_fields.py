"""Profiles found by their fields: by several tags, and by values that XML and JSON write differently."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.altcraft.apps import ANN, BLOG
from tests.altcraft.conftest import Altcraft

OPEN = 2
"""A database whose fields need not be declared."""


@contextmanager
def looks(altcraft: Altcraft) -> Iterator[list[str]]:
    """Yield a list to which the queries of profiles' tags are added."""
    connection, seen = altcraft.emulator.world.default.store.connection, list[str]()

    def note(statement: str) -> None:
        if "custom_tags" in statement and "SELECT" in statement:
            seen.append(statement)

    altcraft.emulator.on_the_loop(lambda: connection.set_trace_callback(note))
    yield seen
    altcraft.emulator.on_the_loop(lambda: connection.set_trace_callback(None))


def by_tags(altcraft: Altcraft, *values: Any, path: str = "update_batch") -> list[Any]:
    items = [{"field_value": value, "data": {"occupation": "seen"}} for value in values]
    common = {"db_id": 1, "matching": "custom", "field_name": "custom_tags"}
    return list(altcraft.answer(f"/profiles/{path}", **common, data=items)["result"])


def add(altcraft: Altcraft, db_id: int, **data: Any) -> str:
    return str(altcraft.answer("/profiles/add", db_id=db_id, data=data)["profile_id"])


def test_a_batch_by_tags_finds_who_has_all_of_them(altcraft: Altcraft) -> None:
    both = add(altcraft, 1, custom_tags=["zz2", "zz1"])
    first = add(altcraft, 1, custom_tags=["zz1", "zz3"])
    outcomes = by_tags(altcraft, "zz1, zz2", ["zz3"], "zz2, zz3", "zz1", "zz1, zz9")
    assert [one.get("profile_id") for one in outcomes] == [both, first, None, None, None]
    assert [one["error"] for one in outcomes] == [0, 0, 404, 409, 404]
    assert outcomes[2]["error_text"] == "Object not found: profile custom_tags=zz2, zz3"


def test_a_batch_by_tags_looks_for_all_items_at_once(altcraft: Altcraft) -> None:
    for number in range(20):
        add(altcraft, 1, custom_tags=[f"zz{number}", f"yy{number}"])
    with looks(altcraft) as seen:
        outcomes = by_tags(altcraft, *(f"zz{number}, yy{number}" for number in range(20)))
    assert {one["error"] for one in outcomes} == {0}
    assert len(seen) == 1


def found(altcraft: Altcraft, value: Any) -> Any:
    body = {"db_id": OPEN, "matching": "custom", "field_name": "num", "field_value": value}
    return altcraft.call("/profiles/get", **body).json()


def found_in_xml(altcraft: Altcraft, value: str) -> str:
    whom = f"<db_id>{OPEN}</db_id><matching>custom</matching><field_name>num</field_name>"
    return altcraft.xml("/profiles/get", f"{whom}<field_value>{value}</field_value>").text


@pytest.mark.parametrize(("stored", "written"), [(5, "5"), (1.5, "1.5"), (True, "true"), ("x", "x")])
def test_xml_finds_what_json_has_stored_in_an_open_database(
    altcraft: Altcraft, stored: Any, written: str
) -> None:
    number = add(altcraft, OPEN, num=stored)
    assert f"<id>{number}</id>" in found_in_xml(altcraft, written)


@pytest.mark.parametrize(("written", "sought"), [("5", 5), ("5", 5.0), ("1.5", 1.5), ("true", True)])
def test_json_finds_what_xml_has_stored_in_an_open_database(
    altcraft: Altcraft, written: str, sought: Any
) -> None:
    altcraft.xml("/profiles/add", f"<db_id>{OPEN}</db_id><data><num>{written}</num></data>")
    assert found(altcraft, sought)["data"]["num"] == written


def test_what_is_stored_exactly_so_goes_before_other_spellings(altcraft: Altcraft) -> None:
    number, text = add(altcraft, OPEN, num=5), add(altcraft, OPEN, num="5")
    assert [found(altcraft, value)["data"]["id"] for value in (5, "5")] == [number, text]


def test_an_item_finds_what_another_before_it_has_written_otherwise(altcraft: Altcraft) -> None:
    common = {"db_id": OPEN, "matching": "custom", "field_name": "num"}
    items = [{"field_value": value, "data": {"email": f"{value!r}@x.org"}} for value in (6, "6")]
    outcomes = altcraft.answer("/profiles/import_batch", **common, data=items)["result"]
    assert outcomes[0]["profile_id"] == outcomes[1]["profile_id"]


@pytest.mark.parametrize(
    ("name", "value", "shown"), [("is_member", True, "true"), ("CRM_ID", 12, "12"), ("rating", 1.5, "1.5")]
)
def test_a_refusal_spells_values_as_json_does(altcraft: Altcraft, name: str, value: Any, shown: str) -> None:
    whom = {"db_id": 1, "matching": "custom", "field_name": name, "field_value": value}
    refusal = (404, f"Object not found: profile {name}={shown}")
    assert altcraft.refused("/profiles/get", **whom) == refusal


ANNS_PHONE = "+7 900 000-00-01"


@pytest.mark.parametrize(
    ("matching", "data"),
    [
        ("email", {"email": "ann@example.com", "phones": ["+79110000001"]}),
        ("email_profile", {"email": "ann@example.com"}),
        ("phone", {"email": "ann@new.example", "phones": [ANNS_PHONE]}),
        ("phone", {"phones": {"action": "set", "value": [ANNS_PHONE]}}),
    ],
)
def test_an_import_goes_by_the_address_in_its_data_also_where_its_mode_is_said(
    altcraft: Altcraft, matching: str, data: dict[str, Any]
) -> None:
    ann = altcraft.data("/profiles/get", db_id=1, email="ann@example.com")["id"]
    answer = altcraft.answer("/profiles/import", db_id=1, matching=matching, data=data)
    assert answer["profile_id"] == ann
    listed = altcraft.answer("/profiles/import_batch", db_id=1, matching=matching, data=[{"data": data}])
    assert [row["profile_id"] for row in listed["result"]] == [ann]


@pytest.mark.parametrize(
    ("matching", "data", "refusal"),
    [
        ("phone", {"email": "ann@example.com"}, (400, "Incorrect request: phone: Field required")),
        ("email_profile", {"phones": [ANNS_PHONE]}, (400, "Incorrect request: email: Field required")),
        ("phone", {"phones": ["1"]}, (440, 'with field "phones": Incorrect field')),
        ("email_sub", {"email": "ann@example.com"}, (400, "Incorrect request: email: Field required")),
    ],
)
def test_a_mode_goes_by_its_own_address_alone(
    altcraft: Altcraft, matching: str, data: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/profiles/import", db_id=1, matching=matching, data=data) == refusal


IN_YEAR = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
PUSH = {"resource_id": 1, "channel": "push", "provider": "android-firebase", "subscription_id": "dev-1"}
BY_ID = [
    ("/profiles/get", {}),
    ("/profiles/update", {"data": {}}),
    ("/profiles/segstatic/add", {"segment_id": 13}),
    ("/subscriptions/list", {}),
    ("/subscriptions/set", PUSH),
    ("/subscribers/history_get", {"list_id": 1, **IN_YEAR}),
    ("/goals/register", {"pixel_id": 1, "goal": "buy"}),
    ("/loyalty/register_member", {"loyalty_program_id": 12, "matching": "profile_id"}),
    ("/profiles/delete", {}),
]


@pytest.mark.parametrize(("path", "body"), BY_ID)
def test_a_profile_is_known_by_its_id_in_any_case(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    answer = altcraft.answer(path, db_id=1, profile_id=ANN.upper(), **body)
    assert answer.get("profile_id", ANN) == ANN


@pytest.mark.parametrize("query", [ANN.upper(), {"$in": [ANN.upper()]}])
def test_a_query_knows_a_profile_by_its_id_in_any_case(altcraft: Altcraft, query: Any) -> None:
    (found,) = altcraft.data("/profiles/list", db_id=1, query={"_id": query})
    assert found["id"] == ANN


def test_an_app_knows_a_profile_by_its_id_in_any_case(altcraft: Altcraft) -> None:
    device = {"provider": "android-firebase", "subscription_id": "dev-1"}
    body = {"resource_token": BLOG, "db_ids": [1], "id": ANN.upper(), "subscriptions": [device]}
    answer = altcraft.emulator.http.post("/push_subscribe", json=body).json()
    assert answer["result"] == [{"db_id": 1, "profile_id": ANN}]


def test_a_batch_knows_a_profile_by_its_id_in_any_case(altcraft: Altcraft) -> None:
    names = [{"_fname": "Anna"}, {"_lname": "Lee"}]
    items = [{"profile_id": one, "data": data} for one, data in zip((ANN, ANN.upper()), names, strict=True)]
    outcomes = altcraft.answer("/profiles/update_batch", db_id=1, data=items)["result"]
    assert [one["profile_id"] for one in outcomes] == [ANN, ANN]
    shown = altcraft.data("/profiles/get", db_id=1, profile_id=ANN)
    assert (shown["_fname"], shown["_lname"]) == ("Anna", "Lee")
