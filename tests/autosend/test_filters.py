"""The conditions of segments: https://docs.autosend.com/api-reference/contact-lists/create."""

from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.conftest import Emulator

PEOPLE: list[dict[str, Any]] = [
    {
        "email": "ann@f.test",
        "firstName": "Ann",
        "lastName": "Moss",
        "mobile": "+14155550123",
        "customFields": {"town": "Paris", "seats": 4, "vip": True, "renews": "2026-03-10", "größe": "XL"},
    },
    {
        "email": "bob@f.test",
        "firstName": "bob",
        "userId": "U-7",
        "customFields": {"town": "PARIS 2", "seats": 10, "vip": False, "renews": "2026-03-12T23:30:00.500Z"},
    },
    {
        "email": "cleo@f.test",
        "firstName": "Zoë",
        "customFields": {"town": 75, "seats": 2.5, "vip": "true", "renews": "now", "a.b[0]": "odd"},
    },
    {"email": "dan@f.test"},
]
EVERYBODY = "abcd"


@pytest.fixture
def people(empty_emulator: Emulator) -> AutoSend:
    autosend = AutoSend(empty_emulator)
    for person in PEOPLE:
        autosend.data("POST", "/contacts/email", person)
        autosend.advance("1d")
    return autosend


def segment(autosend: AutoSend, *groups: dict[str, Any], together: str = "AND") -> str:
    criteria = {"logicalOperator": together, "groups": list(groups)}
    body = {"name": "Some", "type": "segment", "filterCriteria": criteria}
    return str(autosend.data("POST", "/contact-lists", body)["id"])


def who(autosend: AutoSend, *groups: dict[str, Any], together: str = "AND") -> str:
    """Return the first letters of the PEOPLE that match the filter."""
    list_id = segment(autosend, *groups, together=together)
    body = {"contactListId": list_id, "limit": 100, "email": "@f.test"}
    found = autosend.data("POST", "/contact-lists/contacts/search", body)["contacts"]
    return "".join(one["email"][0] for one in found)


def of(kind: str, field: str, operator: str, value: Any = None) -> dict[str, Any]:
    group = {"field": field, "fieldType": kind, "operator": operator}
    return group if value is None else group | {"value": value}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("firstName", "equals", "Ann", "a"),
        ("firstName", "equals", "ann", ""),
        ("first_name", "equals", "BOB", ""),
        ("first_name", "equals", "bob", "b"),
        ("firstName", "equals", "Zoë", "c"),
        ("firstName", "equals", "ZOË", ""),
        ("firstName", "not_equals", "Ann", "bcd"),
        ("firstName", "not_equals", "ann", EVERYBODY),
        ("town", "contains", "aris", "a"),
        ("town", "contains", "paris", ""),
        ("customFields.town", "contains", "ARIS", "b"),
        ("town", "not_contains", "PARIS", "acd"),
        ("town", "starts_with", "Par", "a"),
        ("town", "starts_with", "par", ""),
        ("town", "ends_with", "is", "a"),
        ("town", "ends_with", "IS", ""),
        ("Town", "is_empty", None, EVERYBODY),
        ("town", "ends_with", "a longer text than any town", ""),
        ("town", "is_empty", None, "d"),
        ("town", "is_not_empty", None, "abc"),
        ("town", "equals", "75", "c"),
        ("userId", "is_empty", None, "acd"),
        ("userId", "equals", "U-7", "b"),
        ("userId", "equals", "u-7", ""),
        ("lastName", "equals", "Moss", "a"),
        ("last_name", "is_not_empty", None, "a"),
        ("mobile", "starts_with", "+1415", "a"),
        ("email", "starts_with", "D", "d"),
        ("email", "equals", "Ann@F.test", "a"),
        ("größe", "equals", "XL", "a"),
        ("größe", "equals", "xl", ""),
        ("customFields.größe", "is_empty", None, "bcd"),
        ("a.b[0]", "equals", "odd", "c"),
        ("customFields.", "equals", "x", ""),
        ("nobody has this", "equals", "x", ""),
        ("nobody has this", "not_equals", "x", EVERYBODY),
        ("email", "contains", "%", ""),
        ("email", "contains", "'; DROP TABLE contact; --", ""),
        ("seats", "contains", "1", "b"),
        ("createdAt", "starts_with", "2026-03-16", "b"),
    ],
)
def test_texts(people: AutoSend, field: str, operator: str, value: object, expected: str) -> None:
    assert who(people, of("string", field, operator, value)) == expected


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("seats", "equals", 4, "a"),
        ("seats", "equals", "4", "a"),
        ("seats", "equals", 2.5, "c"),
        ("seats", "not_equals", 4, "bcd"),
        ("seats", "greater_than", 4, "b"),
        ("seats", "less_than", 4, "c"),
        ("seats", "less_than_or_equal", 4, "ac"),
        ("seats", "greater_than_or_equal", "4", "ab"),
        ("town", "greater_than_or_equal", 0, "c"),
        ("seats", "between", [2.5, 4], "ac"),
        ("seats", "between", {"from": 3, "to": 10}, "ab"),
        ("seats", "between", {"min": 3, "max": "9"}, "a"),
        ("seats", "between", [9, 3], ""),
        ("town", "equals", 75, "c"),
        ("town", "less_than", 1, ""),
        ("firstName", "equals", 0, ""),
        ("createdAt", "greater_than", 0, ""),
    ],
)
def test_numbers(people: AutoSend, field: str, operator: str, value: object, expected: str) -> None:
    assert who(people, of("number", field, operator, value)) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("equals", True, "a"),
        ("equals", "true", "a"),
        ("equals", False, "b"),
        ("not_equals", True, "bcd"),
        ("not_equals", "false", "acd"),
    ],
)
def test_booleans(people: AutoSend, operator: str, value: object, expected: str) -> None:
    assert who(people, of("boolean", "vip", operator, value)) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (of("number", "vip", "equals", 1), ""),
        (of("string", "vip", "equals", "1"), ""),
        (of("string", "vip", "equals", "true"), "ac"),
        (of("boolean", "seats", "not_equals", False), EVERYBODY),
    ],
)
def test_a_boolean_is_no_number_and_reads_as_its_name(
    people: AutoSend, group: dict[str, Any], expected: str
) -> None:
    assert who(people, group) == expected


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("renews", "equals", "2026-03-12", "b"),
        ("renews", "equals", "2026-03-12T04:00:00Z", "b"),
        ("renews", "not_equals", "2026-03-12", "acd"),
        ("renews", "before", "2026-03-12", "a"),
        ("renews", "before", "2026-03-12T23:30:00.501Z", "ab"),
        ("renews", "before", "2026-03-12T23:30:00.500Z", "a"),
        ("renews", "after", "2026-03-10", "b"),
        ("renews", "after", "2026-03-09T23:59:59Z", "ab"),
        ("renews", "after", "2026-03-12", ""),
        ("renews", "between", ["2026-03-10", "2026-03-12"], "ab"),
        ("renews", "between", {"from": "2026-03-11", "to": "2026-03-13T00:00:00Z"}, "b"),
        ("renews", "is_empty", None, "cd"),
        ("renews", "is_not_empty", None, "ab"),
        ("createdAt", "equals", "2026-03-16", "b"),
        ("createdAt", "after", "2026-03-16T00:00:00Z", "bcd"),
        ("createdAt", "before", "2026-03-16T14:30:00Z", "a"),
        ("updatedAt", "between", ["2026-03-15", "2026-03-16"], "ab"),
        ("createdAt", "is_empty", None, ""),
    ],
)
def test_dates(people: AutoSend, field: str, operator: str, value: object, expected: str) -> None:
    assert who(people, of("date", field, operator, value)) == expected


@pytest.mark.parametrize(("together", "expected"), [("AND", "a"), ("OR", "ac")])
def test_conditions_hold_all_or_any(people: AutoSend, together: str, expected: str) -> None:
    groups = of("string", "town", "contains", "ris"), of("number", "seats", "less_than", 5)
    assert who(people, *groups, together=together) == expected


def test_a_segment_is_live(people: AutoSend) -> None:
    paris = segment(people, of("string", "town", "starts_with", "Paris"))
    assert people.data("GET", f"/contact-lists/{paris}")["contactCount"] == 1
    people.data("POST", "/contacts/email", {"email": "dan@f.test", "customFields": {"town": "Paris"}})
    assert people.data("GET", f"/contact-lists/{paris}")["contactCount"] == 2
    people.data("POST", "/contacts/email", {"email": "ann@f.test", "customFields": {"town": "Rome"}})
    assert people.data("GET", f"/contact-lists/{paris}")["contactCount"] == 1


def test_a_number_of_any_length_can_be_compared(people: AutoSend) -> None:
    people.data("POST", "/contacts/email", {"email": "dan@f.test", "customFields": {"seats": HUGE}})
    assert who(people, of("number", "seats", "greater_than", 1e300)) == "d"


NUMBER_OPERATORS = (
    *("equals", "not_equals", "greater_than", "greater_than_or_equal"),
    *("less_than", "less_than_or_equal", "between"),
)


@pytest.mark.parametrize(
    ("group", "text"),
    [
        (
            of("number", "seats", "contains", 1),
            f"operator must be one of: {', '.join(NUMBER_OPERATORS)}",
        ),
        (of("string", "town", "equals"), "value is required"),
        (of("string", "town", "equals", ""), "value is required"),
        (of("string", "town", "equals", 5), "value must be a string"),
        (of("string", "town", "equals", "x" * 1001), "value must be at most 1000 characters"),
        (of("number", "seats", "equals", "many"), "value must be a number"),
        (of("boolean", "vip", "equals", "yes"), "value must be a boolean"),
        (of("date", "renews", "equals", "soon"), "Invalid value"),
        (of("number", "seats", "between", [1]), "Invalid value"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_in_words(
    autosend: AutoSend, group: dict[str, Any], text: str
) -> None:
    criteria = {"logicalOperator": "AND", "groups": [group]}
    answer = autosend.call(
        "POST", "/contact-lists", {"name": "Some", "type": "segment", "filterCriteria": criteria}
    )
    (detail,) = answer.json()["error"]["details"]
    assert detail["message"].removeprefix(f"{GROUPS}.") == text


GROUPS = "filterCriteria.groups.0"
HUGE = 10**400


@pytest.mark.parametrize(
    ("group", "field"),
    [
        ({}, f"{GROUPS}.field"),
        ({"field": "", "fieldType": "string", "operator": "equals", "value": "x"}, f"{GROUPS}.field"),
        (of("string", 'a"b', "equals", "x"), f"{GROUPS}.field"),
        (of("string", "a\\b", "equals", "x"), f"{GROUPS}.field"),
        (of("string", "a\0b", "equals", "x"), f"{GROUPS}.field"),
        (of("string", "f" * 201, "equals", "x"), f"{GROUPS}.field"),
        ({"field": "town", "operator": "equals", "value": "x"}, f"{GROUPS}.fieldType"),
        (of("text", "town", "equals", "x"), f"{GROUPS}.fieldType"),
        (of("string", "town", "greater_than", "x"), f"{GROUPS}.operator"),
        (of("number", "seats", "contains", 1), f"{GROUPS}.operator"),
        (of("string", "town", "less_than_or_equal", "x"), f"{GROUPS}.operator"),
        (of("date", "renews", "greater_than_or_equal", "2026-03-01"), f"{GROUPS}.operator"),
        (of("number", "seats", "less_than_or_equal", "few"), f"{GROUPS}.value"),
        (of("boolean", "vip", "is_empty"), f"{GROUPS}.operator"),
        (of("date", "renews", "less_than", "2026-03-01"), f"{GROUPS}.operator"),
        (of("string", "town", "equals"), f"{GROUPS}.value"),
        (of("string", "town", "equals", 5), f"{GROUPS}.value"),
        (of("string", "town", "equals", ""), f"{GROUPS}.value"),
        (of("string", "town", "equals", "x" * 1001), f"{GROUPS}.value"),
        (of("number", "seats", "equals", "many"), f"{GROUPS}.value"),
        (of("number", "seats", "equals", True), f"{GROUPS}.value"),
        (of("number", "seats", "equals", HUGE), f"{GROUPS}.value"),
        (of("number", "seats", "between", 5), f"{GROUPS}.value"),
        (of("number", "seats", "between", [1]), f"{GROUPS}.value"),
        (of("number", "seats", "between", [1, 2, 3]), f"{GROUPS}.value"),
        (of("number", "seats", "between", {"from": 1}), f"{GROUPS}.value"),
        (of("boolean", "vip", "equals", "yes"), f"{GROUPS}.value"),
        (of("boolean", "vip", "equals", 1), f"{GROUPS}.value"),
        (of("date", "renews", "equals", "soon"), f"{GROUPS}.value"),
        (of("date", "renews", "equals", 20260301), f"{GROUPS}.value"),
        (of("date", "renews", "before", "10000-01-01"), f"{GROUPS}.value"),
    ],
)
def test_a_condition_that_can_not_be_is_refused(
    autosend: AutoSend, group: dict[str, Any], field: str
) -> None:
    criteria = {"logicalOperator": "AND", "groups": [group]}
    body = {"name": "Some", "type": "segment", "filterCriteria": criteria}
    answer = autosend.call("POST", "/contact-lists", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert field in [detail["field"] for detail in answer.json()["error"]["details"]]


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        (None, "filterCriteria"),
        ([], "filterCriteria"),
        ({"groups": [of("string", "town", "is_empty")]}, "filterCriteria.logicalOperator"),
        (
            {"logicalOperator": "XOR", "groups": [of("string", "town", "is_empty")]},
            "filterCriteria.logicalOperator",
        ),
        ({"logicalOperator": "AND"}, "filterCriteria.groups"),
        ({"logicalOperator": "AND", "groups": []}, "filterCriteria.groups"),
        (
            {"logicalOperator": "AND", "groups": [of("string", "a", "is_empty")] * 101},
            "filterCriteria.groups",
        ),
    ],
)
def test_criteria_have_an_operator_and_conditions(autosend: AutoSend, criteria: object, field: str) -> None:
    body = {"name": "Some", "type": "segment", "filterCriteria": criteria}
    answer = autosend.call("POST", "/contact-lists", body)
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]


@pytest.mark.parametrize(
    "path", ["/contacts/email", "/contacts/email/ann@f.test/custom-fields", "/contacts/bulk-update"]
)
def test_a_whole_number_with_a_point_is_one_without(autosend: AutoSend, path: str) -> None:
    person = {"email": "ann@f.test", "customFields": {"seats": 5.0}}
    autosend.data("POST", "/contacts/email", {"email": "ann@f.test"})
    body = {"contacts": [person]} if path.endswith("bulk-update") else person
    autosend.data("PATCH" if path.endswith("fields") else "POST", path, body)
    assert who(autosend, of("string", "seats", "equals", "5")) == "a"
    found = autosend.call("POST", "/contacts/search/emails", {"emails": ["ann@f.test"]})
    assert '"seats":5}' in found.text


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("before", "1970-01-01", "ab"),
        ("before", "0001-01-01T00:00:00+14:00", ""),
        ("after", "1965-04-01", "bc"),
        ("equals", "1969-12-31", "b"),
        ("equals", "1965-04-01T12:00:00Z", "a"),
        ("not_equals", "1970-01-01", "ab"),
        ("between", ["1900-01-01", "1969-12-31"], "ab"),
    ],
)
def test_days_of_birth_may_be_before_1970(
    autosend: AutoSend, operator: str, value: object, expected: str
) -> None:
    for name, born in (("a", "1965-04-01"), ("b", "1969-12-31T23:59:59.999Z"), ("c", "1970-01-01")):
        autosend.data("POST", "/contacts/email", {"email": f"{name}@f.test", "customFields": {"born": born}})
    found = who(autosend, of("date", "born", operator, value), of("string", "born", "is_not_empty"))
    assert found == expected
