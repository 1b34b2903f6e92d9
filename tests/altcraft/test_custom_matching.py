"""Matching by a field of the database: the possible values, and how they are read."""

from typing import Any

import pytest

from emulator.altcraft.people.fields import FieldList, of_database
from emulator.altcraft.people.matching import Match, match_of
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.people import Database

OWN = [
    {"name": "CRM_ID", "type": "int"},
    {"name": "rating", "type": "float"},
    {"name": "interests", "type": "tags"},
    {"name": "address", "type": "object"},
    {"name": "orders", "type": "arr_object"},
]

HUGE = 10**5000


def fields_of(*, is_open: bool = False) -> FieldList:
    return of_database(Database(id=1, name="Customers", fields=OWN, is_open=is_open))


def match(name: Any, value: Any, *, is_open: bool = False) -> Match:
    said = {"matching": "custom", "field_name": name, "field_value": value}
    return match_of(said, fields_of(is_open=is_open))


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("CRM_ID", "12", 12),
        ("rating", 4, 4.0),
        ("interests", "cars, cats", ("cars", "cats")),
        ("_fname", "Ann", "Ann"),
    ],
)
def test_a_value_becomes_the_type_of_its_field(name: str, value: Any, read: Any) -> None:
    assert match(name, value).value == read


@pytest.mark.parametrize("value", [12, 1.5, True, "12"])
def test_a_field_of_an_open_database_has_the_type_of_the_value(value: Any) -> None:
    assert match("anything", value, is_open=True).value is value


@pytest.mark.parametrize("name", ["nothing", 'a"', "a\0b", "address", "orders", {"a": 1}, ["CRM_ID"], ""])
def test_other_fields_find_nobody(name: Any) -> None:
    with pytest.raises(IncorrectRequest, match="Incorrect request: field_name: "):
        match(name, {"city": "Omsk"})


@pytest.mark.parametrize("name", ['a"', "a\0b", "a\\", "\x1f"])
def test_names_that_no_query_can_hold_are_refused_in_an_open_database(name: str) -> None:
    with pytest.raises(IncorrectRequest, match="field_name: is no field of the database"):
        match(name, "x", is_open=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("CRM_ID", 2**63), ("rating", HUGE), ("rating", "1e999"), ("_fname", HUGE), ("CRM_ID", [1])],
    ids=["large", "huge", "infinite", "huge text", "list"],
)
def test_values_that_do_not_fit_are_refused(name: str, value: Any) -> None:
    with pytest.raises(IncorrectRequest, match="Incorrect request: field_value: "):
        match(name, value)


@pytest.mark.parametrize("value", [{"a": 1}, [{"a": 1}], [[1]]])
def test_objects_match_nothing_in_an_open_database(value: Any) -> None:
    with pytest.raises(IncorrectRequest, match="Incorrect request: field_value: "):
        match("anything", value, is_open=True)
