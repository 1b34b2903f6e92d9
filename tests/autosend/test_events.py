"""Custom events: https://docs.autosend.com/api-reference/events."""

from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend

ADA = "66c1d2e3f4a5b6c7d8e90001"
UNKNOWN = "000000000000000000000000"
ORDER = "/events/eventName/order_completed"
SIGNED_UP = "/events/eventName/signed_up"
NOT_FOUND = (404, "EVENT_NOT_FOUND", "Event not found")


def create(autosend: AutoSend, name: str = "seen", **fields: Any) -> Any:
    return autosend.data("POST", "/events", {"eventName": name} | fields, 201)


def send(autosend: AutoSend, properties: dict[str, Any] | None = None, **fields: Any) -> Any:
    body = {"eventName": "seen", "contactId": ADA, "eventProperties": properties or {}} | fields
    return autosend.data("POST", "/events/send", body, 201)


def test_an_event_has_what_was_declared(autosend: AutoSend) -> None:
    properties = [{"propertyName": "size", "type": "string", "description": "Of the shirt"}]
    made = create(autosend, description="Looked at", properties=properties)
    assert made.pop("projectId") == "66a0c1d2e3f4a5b6c7d8aaaa"
    assert made == {
        "id": made["id"],
        "eventName": "seen",
        "description": "Looked at",
        "properties": [properties[0] | {"suggestedValues": []}],
        "createdAt": "2026-03-15T14:30:00.000Z",
        "updatedAt": "2026-03-15T14:30:00.000Z",
    }
    assert autosend.data("GET", "/events/eventName/seen") == made


def test_a_description_may_be_missing(autosend: AutoSend) -> None:
    assert create(autosend)["description"] is None
    assert autosend.data("GET", "/events/eventName/seen")["properties"] == []


def test_a_description_of_a_property_is_null_where_none_was_given(autosend: AutoSend) -> None:
    create(autosend, properties=[{"propertyName": "p", "type": "string"}])
    properties = [one for event in autosend.data("GET", "/events")["events"] for one in event["properties"]]
    assert [one["propertyName"] for one in properties] == ["p", "plan", "order_total", "currency"]
    keys = {"propertyName", "type", "description", "suggestedValues"}
    assert all(one.keys() == keys and one["description"] is None for one in properties)


def test_names_are_case_sensitive(autosend: AutoSend) -> None:
    assert create(autosend, "Signed_Up")["eventName"] == "Signed_Up"
    assert autosend.refused("GET", "/events/eventName/SIGNED_UP") == NOT_FOUND
    assert autosend.refused("POST", "/events/send", {"eventName": "SEEN", "contactId": ADA}) == NOT_FOUND
    error = autosend.refused(
        "POST",
        "/events/send",
        {"eventName": "order_completed", "contactId": ADA, "eventProperties": {"Order_total": 1}},
    )
    assert error[1] == "UNKNOWN_PROPERTY"


def test_the_list_has_the_newest_first(autosend: AutoSend) -> None:
    create(autosend)
    names = [event["eventName"] for event in autosend.data("GET", "/events")["events"]]
    assert names == ["seen", "signed_up", "order_completed"]


@pytest.mark.parametrize(
    ("type_", "given", "kept"),
    [
        ("string", ["USD", 5], ["USD", "5"]),
        ("string", "USD, EUR,", ["USD", "EUR"]),
        ("number", "1, 2.5", [1, 2.5]),
        ("boolean", ["true", False], [True, False]),
        ("date", "2026-03-01", ["2026-03-01T00:00:00.000Z"]),
    ],
)
def test_suggested_values_are_taken_as_their_type(
    autosend: AutoSend, type_: str, given: Any, kept: list[Any]
) -> None:
    made = create(autosend, properties=[{"propertyName": "p", "type": type_, "suggestedValues": given}])
    described = {"propertyName": "p", "type": type_, "description": None, "suggestedValues": kept}
    assert made["properties"] == [described]


def test_null_is_as_good_as_left_out(autosend: AutoSend) -> None:
    made = create(autosend, properties=[{"propertyName": "p", "type": "string", "suggestedValues": None}])
    assert made["properties"][0]["suggestedValues"] == []
    assert send(autosend, eventProperties=None)["properties"] == {}


BAD_FIELDS = [
    ({"eventName": "n" * 65}, "eventName"),
    ({"eventName": ""}, "eventName"),
    ({"eventName": None}, "eventName"),
    ({"description": "d" * 1001}, "description"),
    ({"properties": [{"propertyName": "p", "type": "money"}]}, "properties.0.type"),
    ({"properties": [{"propertyName": "p"}]}, "properties.0.type"),
    ({"properties": [{"propertyName": "a-b", "type": "string"}]}, "properties.0.propertyName"),
    ({"properties": [{"propertyName": "p" * 65, "type": "string"}]}, "properties.0.propertyName"),
    ({"properties": [{"type": "string"}]}, "properties.0.propertyName"),
    ({"properties": [{"propertyName": "p", "type": "string"}] * 2}, "properties"),
    ({"properties": [{"propertyName": f"p{n}", "type": "string"} for n in range(51)]}, "properties"),
    (
        {"properties": [{"propertyName": "p", "type": "number", "suggestedValues": ["x"]}]},
        "properties.0.suggestedValues",
    ),
    (
        {"properties": [{"propertyName": "p", "type": "string", "suggestedValues": [{}]}]},
        "properties.0.suggestedValues",
    ),
]


@pytest.mark.parametrize(("change", "field"), BAD_FIELDS)
def test_a_wrong_field_is_named(autosend: AutoSend, change: dict[str, Any], field: str) -> None:
    answer = autosend.call("POST", "/events", {"eventName": "seen"} | change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert autosend.call("GET", "/events/eventName/seen").status_code == 404


@pytest.mark.parametrize("name", ["order-completed", "order completed", "größe", "a\n"])
def test_a_name_has_letters_digits_and_underscores(autosend: AutoSend, name: str) -> None:
    answer = autosend.call("POST", "/events", {"eventName": name})
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {
            "message": "Event name can only contain ASCII letters (a-z, A-Z), numbers (0-9), "
            "and underscores (_).",
            "code": "INVALID_EVENT_NAME_CHARACTERS",
        },
    }


def test_a_name_is_there_once(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/events", {"eventName": "order_completed"})
    assert answer.status_code == 409
    assert answer.json() == {
        "success": False,
        "error": {
            "message": "Event with this name already exists in the project",
            "code": "EVENT_ALREADY_EXISTS",
        },
    }


@pytest.mark.slow
def test_a_project_has_at_most_100_events(autosend: AutoSend) -> None:
    for number in range(98):
        create(autosend, f"event_{number}")
    answer = autosend.call("POST", "/events", {"eventName": "one_more"})
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {
            "message": "Maximum number of events (100) reached for this project.",
            "code": "MAX_EVENTS_REACHED",
        },
    }
    autosend.call("DELETE", ORDER)
    create(autosend, "one_more")


def test_an_update_replaces_the_properties_and_keeps_the_name(autosend: AutoSend) -> None:
    autosend.advance("1h")
    properties: list[dict[str, Any]] = [
        {"propertyName": "order_total", "type": "string", "description": None, "suggestedValues": []}
    ]
    after = autosend.data("PATCH", ORDER, {"properties": properties, "eventName": "other"})
    assert (after["eventName"], after["description"]) == ("order_completed", "Checkout done")
    assert after["properties"] == properties
    assert (after["createdAt"], after["updatedAt"]) == (
        "2026-01-15T10:30:00.000Z",
        "2026-03-15T15:30:00.000Z",
    )


def test_an_update_changes_the_description_alone(autosend: AutoSend) -> None:
    after = autosend.data("PATCH", ORDER, {"description": "After payment"})
    assert after["description"] == "After payment"
    assert [one["propertyName"] for one in after["properties"]] == ["order_total", "currency"]
    assert autosend.data("PATCH", ORDER, {"description": ""})["description"] == ""


@pytest.mark.parametrize("path", [ORDER, "/events/eventName/unknown"])
@pytest.mark.parametrize("body", [{}, {"eventName": "other"}, {"description": None, "properties": None}])
def test_an_update_of_nothing_is_refused(autosend: AutoSend, path: str, body: dict[str, Any]) -> None:
    answer = autosend.call("PATCH", path, body)
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {"message": "No data to update", "code": "NO_DATA_TO_UPDATE"},
    }


def test_a_sent_event_is_recorded(autosend: AutoSend) -> None:
    body = {"eventName": "order_completed", "email": "ADA@example.com", "eventProperties": {"order_total": 1}}
    sent = autosend.data("POST", "/events/send", body, 201)
    assert sent == {
        "id": sent["id"],
        "eventName": "order_completed",
        "contactId": ADA,
        "properties": {"order_total": 1},
        "createdAt": "2026-03-15T14:30:00.000Z",
    }


def test_the_id_of_a_contact_wins_over_the_address(autosend: AutoSend) -> None:
    create(autosend)
    assert send(autosend, email="ann@example.com")["contactId"] == ADA
    for email in ("", "nobody", f"{'a' * 400}@example.com", None):
        assert send(autosend, email=email)["contactId"] == ADA
    body = {"eventName": "seen", "contactId": UNKNOWN, "email": "ada@example.com"}
    assert autosend.refused("POST", "/events/send", body)[1] == "CONTACT_NOT_FOUND_FOR_EVENT"


COERCED = [
    ("string", 5, "5"),
    ("string", 1.5, "1.5"),
    ("string", 5.0, "5"),
    ("string", 0.00001, "0.00001"),
    ("string", 1e21, "1e+21"),
    ("string", -0.0, "0"),
    ("string", True, "true"),
    ("number", "12.50", 12.5),
    ("number", "-3", -3),
    ("number", 7, 7),
    ("boolean", "TRUE", True),
    ("boolean", 0, False),
    ("boolean", 1.0, True),
    ("boolean", False, False),
    ("date", "2026-03-01", "2026-03-01T00:00:00.000Z"),
    ("date", "2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z"),
    ("date", 1_773_585_000_000, "2026-03-15T14:30:00.000Z"),
    ("date", 1_773_585_000_000.0, "2026-03-15T14:30:00.000Z"),
    ("date", "1965-04-01", "1965-04-01T00:00:00.000Z"),
    ("date", "0001-01-01", "0001-01-01T00:00:00.000Z"),
    ("date", -1, "1969-12-31T23:59:59.999Z"),
    ("number", None, None),
]


@pytest.mark.parametrize(("type_", "given", "kept"), COERCED)
def test_values_are_taken_as_the_declared_type(autosend: AutoSend, type_: str, given: Any, kept: Any) -> None:
    create(autosend, properties=[{"propertyName": "p", "type": type_}])
    value = send(autosend, {"p": given})["properties"]["p"]
    assert value == kept
    assert type(value) is type(kept)


NOT_COERCED = [
    ("string", {}),
    ("string", ["a"]),
    ("number", "many"),
    ("number", ""),
    ("number", True),
    ("number", "1e999"),
    ("number", 10**400),
    ("boolean", "yes"),
    ("boolean", 2),
    ("boolean", 1.5),
    ("date", "soon"),
    ("date", 10**20),
    ("date", 1e20),
    ("date", 1.5),
    ("date", -(10**20)),
    ("date", "0001-01-01T00:00:00+01:00"),
    ("date", "9999-12-31T23:59:59-01:00"),
    ("date", True),
]


@pytest.mark.parametrize(("type_", "given"), NOT_COERCED)
def test_a_value_of_another_type_is_refused(autosend: AutoSend, type_: str, given: Any) -> None:
    create(autosend, properties=[{"propertyName": "order_total", "type": type_}])
    body = {"eventName": "seen", "contactId": ADA, "eventProperties": {"order_total": given}}
    answer = autosend.call("POST", "/events/send", body)
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {"message": f'Property "order_total" must be a {type_}', "code": "INVALID_PROPERTY_VALUE"},
    }


SENT = {"eventName": "order_completed", "email": "ada@example.com"}
REFUSED = [
    (
        {"email": None},
        (400, "EMAIL_OR_CONTACT_ID_REQUIRED", "Either email or contactId is required"),
    ),
    (
        {"email": ""},
        (400, "EMAIL_OR_CONTACT_ID_REQUIRED", "Either email or contactId is required"),
    ),
    (
        {"email": "", "contactId": ""},
        (400, "EMAIL_OR_CONTACT_ID_REQUIRED", "Either email or contactId is required"),
    ),
    (
        {"email": "nobody"},
        (404, "CONTACT_NOT_FOUND_FOR_EVENT", "Contact not found for the provided email or contactId"),
    ),
    (
        {"email": "nobody@example.com"},
        (404, "CONTACT_NOT_FOUND_FOR_EVENT", "Contact not found for the provided email or contactId"),
    ),
    (
        {"contactId": "nonsense"},
        (404, "CONTACT_NOT_FOUND_FOR_EVENT", "Contact not found for the provided email or contactId"),
    ),
    ({"eventName": "unknown"}, NOT_FOUND),
    (
        {"eventProperties": {"foo": 1}},
        (400, "UNKNOWN_PROPERTY", 'Property "foo" is not declared on event "order_completed"'),
    ),
    ({"email": 5}, (400, "VALIDATION_FAILED", "Validation failed")),
    ({"eventProperties": []}, (400, "VALIDATION_FAILED", "Validation failed")),
    ({"eventName": None}, (400, "VALIDATION_FAILED", "Validation failed")),
]


@pytest.mark.parametrize(("change", "refusal"), REFUSED)
def test_what_can_not_be_sent(
    autosend: AutoSend, change: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    answer = autosend.call("POST", "/events/send", SENT | change)
    error = answer.json()["error"]
    error.pop("details", None)
    assert (answer.status_code, error) == (refusal[0], {"code": refusal[1], "message": refusal[2]})
    assert autosend.emulator.query("SELECT count(*) FROM autosend_event_log") == [(0,)]


def test_an_unknown_address_makes_no_contact(autosend: AutoSend) -> None:
    autosend.call("POST", "/events/send", SENT | {"email": "nobody@example.com"})
    found = autosend.data("POST", "/contacts/search/emails", {"emails": ["nobody@example.com"]})
    assert found == {"contacts": []}


def test_a_deleted_event_is_gone_and_its_log_stays(autosend: AutoSend) -> None:
    autosend.data("POST", "/events/send", SENT, 201)
    answer = autosend.call("DELETE", ORDER)
    assert answer.json() == {"success": True, "message": "Event deleted successfully"}
    assert autosend.refused("GET", ORDER) == NOT_FOUND
    assert autosend.refused("POST", "/events/send", SENT) == NOT_FOUND
    assert [one["eventName"] for one in autosend.data("GET", "/events")["events"]] == ["signed_up"]
    assert autosend.emulator.query("SELECT event_name FROM autosend_event_log") == [("order_completed",)]
    assert create(autosend, "order_completed")["properties"] == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("name", ["unknown", "%00", "n" * 500])
def test_an_unknown_event_is_not_found(autosend: AutoSend, method: str, name: str) -> None:
    answer = autosend.call(method, f"/events/eventName/{name}", {"description": "d"})
    assert answer.status_code == 404
    assert answer.json() == {
        "success": False,
        "error": {"message": "Event not found", "code": "EVENT_NOT_FOUND"},
    }


def test_the_events_of_another_project_are_none(autosend: AutoSend) -> None:
    assert autosend.call("GET", ORDER, headers=OTHER_PROJECT).status_code == 404
    assert autosend.call("GET", "/events", headers=OTHER_PROJECT).json()["data"] == {"events": []}
    made = autosend.call("POST", "/events", {"eventName": "order_completed"}, headers=OTHER_PROJECT)
    assert made.status_code == 201
    sent = autosend.call("POST", "/events/send", SENT | {"contactId": ADA}, headers=OTHER_PROJECT)
    assert sent.json()["error"]["code"] == "CONTACT_NOT_FOUND_FOR_EVENT"
