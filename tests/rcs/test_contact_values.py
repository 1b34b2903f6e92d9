"""Values of contact fields, and errors in contacts: https://bsg.world/documentations/rest-api/contacts/."""

from typing import Any

import pytest

from emulator.rcs.account.contacts import FieldFixture
from tests.rcs.conftest import Rcs

ANN, PHONE = 388000001, 380670000001
NAME, ORDERS, BIRTHDAY = 387001, 387002, 387003
INVALID = ["This value is not valid."]
NOT_AN_INTEGER = ["This value should be of type integer."]
NOT_AN_ARRAY = ["This value should be of type array."]
CHOICE = ["The value you selected is not a valid choice."]


def typed(name: str) -> list[str]:
    return [f"This value should be of type {name}."]


def put(rcs: Rcs, field: int, value: Any) -> Any:
    body = {"phone": PHONE, "fields": [{"id": field, "value": value}]}
    return rcs.call("PUT", f"/contacts/{ANN}", body)


def fits(rcs: Rcs, field: int, operator: str, value: str) -> bool:
    params = {"search[field]": field, "search[operator]": operator, "search[value]": value}
    return ANN in [contact["id"] for contact in rcs.data("GET", "/contacts/search", params=params)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (NAME, "Zoë\n🙂"),
        (NAME, "x" * 1000),
        (ORDERS, "-5.5"),
        (ORDERS, "0"),
        (BIRTHDAY, "1931-02-28"),
        (BIRTHDAY, "2026-03-15 10:00:00"),
        (BIRTHDAY, "2026-03-15T10:00:00.000+03:00"),
        (BIRTHDAY, "2026-03-15T10:00:00Z"),
    ],
)
def test_a_value_is_shown_as_it_was_given(rcs: Rcs, field: int, value: str) -> None:
    assert put(rcs, field, value).json()["data"]["fields"][str(field)] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((ORDERS, value) for value in ("many", "1e5", "0x10", " 12", "12.", "+5", "١٢", "NaN", "9" * 31)),
        *((BIRTHDAY, value) for value in ("20260315", "2026-W11-7", "2026-3-5", "2026-02-30", "15.03.2026")),
        *((BIRTHDAY, f"2026-03-15{time}") for time in ("T10", " 24:00:00", " 10:00:00+0300", " ")),
    ],
)
def test_a_value_that_does_not_suit_its_field(rcs: Rcs, field: int, value: str) -> None:
    refusal = put(rcs, field, value)
    assert (refusal.status_code, refusal.json()["errors"]) == (422, {"fields0value": INVALID})
    assert rcs.data("GET", f"/contacts/{ANN}")["fields"] == {
        str(NAME): "Ann",
        str(ORDERS): "12",
        str(BIRTHDAY): "1990-05-17",
    }


@pytest.mark.parametrize(
    ("given", "operator", "wanted", "found"),
    [
        ("1990-05-17", "=", "1990-05-17 00:00:00", True),
        ("1990-05-17 00:00:00", "<=", "1990-05-17", True),
        ("1990-05-17T18:30:00", "=", "1990-05-17", True),
        ("1990-05-17T18:30:00", "=", "1990-05-17 18:30:00", True),
        ("1990-05-17T18:30:00", ">", "1990-05-17 18:29:59", True),
        ("1990-05-17T01:30:00+03:00", "=", "1990-05-16", True),
        ("1990-05-17T01:30:00+03:00", "=", "1990-05-17", False),
        ("1931-02-28", "<", "1990-01-01", True),
        ("1931-02-28", ">", "1931-02-28", False),
    ],
)
def test_dates_are_compared_in_time_however_they_are_written(
    rcs: Rcs, given: str, operator: str, wanted: str, found: Any
) -> None:
    put(rcs, BIRTHDAY, given)
    assert fits(rcs, BIRTHDAY, operator, wanted) == found


def test_numbers_are_compared_as_numbers(rcs: Rcs) -> None:
    put(rcs, ORDERS, "9.50")
    assert [fits(rcs, ORDERS, *wanted) for wanted in (("=", "9.5"), ("<", "10"), (">", "-10"))] == [True] * 3


@pytest.mark.parametrize("phone", [[], [PHONE], {}, {"number": PHONE}, 1.5, 380671112233.0, True])
@pytest.mark.parametrize("way", [("POST", "/contacts"), ("PUT", f"/contacts/{ANN}")])
def test_a_phone_of_another_type(rcs: Rcs, way: tuple[str, str], phone: Any) -> None:
    assert rcs.refused(*way, {"phone": phone})[2] == {"phone": NOT_AN_INTEGER}


NO_FLAGS: list[Any] = ["yes", "no", "on", "t", "n", " true ", "true\n", "\u0661", 2, -1, 1.0, "1.0"]


@pytest.mark.parametrize("said", [True, 1, "true", "TRUE", "1", False, 0, "false", "0"])
def test_a_flag_may_be_a_digit_or_a_text(rcs: Rcs, said: Any) -> None:
    answer = rcs.call("POST", "/contacts/fields", {"name": "City", "type": "text", "is_visible": said})
    assert answer.json()["data"]["is_visible"] is (str(said).lower() in {"true", "1"})


@pytest.mark.parametrize(
    ("path", "field", "values", "text"),
    [
        ("/contacts", "groups", ["1860001", 1860001, {"id": 1860001}, True], NOT_AN_ARRAY),
        ("/contacts", "fields", ["x", 1, {"387001": "Jo"}], NOT_AN_ARRAY),
        ("/contacts/fields", "name", [5, ["City"], {}], typed("string")),
        ("/contacts/fields", "type", [1, ["text"], {}, "colour"], CHOICE),
        ("/contacts/fields", "description", [5, ["x"], {}], typed("string")),
        ("/contacts/fields", "is_visible", ["perhaps", [True], {}, *NO_FLAGS], typed("boolean")),
        ("/contacts/fields/delete", "ids", [387001, "387001", {}], NOT_AN_ARRAY),
        ("/groups", "name", [5, ["June"], {}], typed("string")),
        ("/groups", "description", [5, ["x"], {}], typed("string")),
        ("/groups", "default", ["perhaps", [True], {}, *NO_FLAGS], typed("boolean")),
        ("/groups/attach", "contacts", [ANN, str(ANN), {}], NOT_AN_ARRAY),
        ("/groups/attach", "groups", [1860001, {}], NOT_AN_ARRAY),
        ("/groups/detach", "contacts", [ANN, "Ann", {}], NOT_AN_ARRAY),
        ("/stoplist/attach", "phones", [PHONE, str(PHONE), {}], NOT_AN_ARRAY),
        ("/stoplist/attach", "types", ["sms", 1, {}], NOT_AN_ARRAY),
        ("/stoplist/detach", "ids", [9392001, "9392001", {}], NOT_AN_ARRAY),
        ("/stoplist/detach", "types", ["sms", 1, {}], NOT_AN_ARRAY),
    ],
)
def test_a_field_of_another_type(rcs: Rcs, path: str, field: str, values: list[Any], text: Any) -> None:
    for value in values:
        assert rcs.wrong(path, RIGHT[path] | {field: value}) == {field: text}


RIGHT: dict[str, dict[str, Any]] = {
    "/contacts": {"phone": 380671112233},
    "/contacts/fields": {"name": "City", "type": "text"},
    "/contacts/fields/delete": {"ids": [NAME]},
    "/groups": {"name": "June"},
    "/groups/attach": {"contacts": [ANN], "groups": [1860003]},
    "/groups/detach": {"contacts": [ANN], "groups": [1860001]},
    "/stoplist/attach": {"phones": [PHONE], "types": ["sms"]},
    "/stoplist/detach": {"ids": [9392001], "types": ["rcs"]},
}


@pytest.mark.parametrize("path", RIGHT)
def test_null_is_blank_where_a_value_is_needed(rcs: Rcs, path: str) -> None:
    for field in RIGHT[path]:
        assert rcs.wrong(path, RIGHT[path] | {field: None}) == {field: ["This value should not be blank."]}


@pytest.mark.parametrize("path", RIGHT)
def test_a_body_that_is_no_object(rcs: Rcs, path: str) -> None:
    for body in ([], "x", 5, [RIGHT[path]]):
        assert rcs.refused("POST", path, body)[0] == 422


GUARDED = [path for path in RIGHT if not path.startswith("/contacts/") or path == "/contacts/fields"]


@pytest.mark.parametrize("path", GUARDED)
def test_what_is_asked_twice_within_ten_seconds(rcs: Rcs, path: str) -> None:
    rcs.call("POST", path, RIGHT[path])
    answer = rcs.call("POST", path, RIGHT[path])
    assert (answer.status_code, answer.json()) == (429, {"message": "Too many duplicate request detected"})


def test_fields_may_be_deleted_twice(rcs: Rcs) -> None:
    answers = [rcs.call("POST", "/contacts/fields/delete", {"ids": [NAME]}).status_code for _ in range(2)]
    assert answers == [204, 204]


def test_a_field_whose_visibility_is_null_is_visible(rcs: Rcs) -> None:
    body = {"name": "City", "type": "text", "description": None, "is_visible": None}
    assert rcs.call("POST", "/contacts/fields", body).json()["data"]["is_visible"] is True


def test_null_for_lists_and_values_is_as_if_they_were_absent(rcs: Rcs) -> None:
    contact = rcs.data("PUT", f"/contacts/{ANN}", {"phone": PHONE, "groups": None, "fields": None})
    assert (len(contact["groups"]), len(contact["fields"])) == (2, 3)


@pytest.mark.parametrize(("field_type", "value"), [("number", "many"), ("date", "20260315")])
def test_a_fixture_with_a_value_that_does_not_suit_its_field(field_type: str, value: str) -> None:
    field = FieldFixture(id=1, name="Field", type=field_type, values={str(PHONE): value})
    assert list(field.contradictions()) == [(("values", str(PHONE)), f"must be a {field_type}")]
