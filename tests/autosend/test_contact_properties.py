"""Contact properties, and custom fields: https://docs.autosend.com/api-reference/contact-properties."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend

ADA = "66c1d2e3f4a5b6c7d8e90001"
DECLARED = ["plan", "company", "seats", "isPremium", "renewal"]
BUILT_IN = ["email", "firstName", "lastName", "createdAt", "userId"]
RESERVED = [
    *("firstName", "first_name", "lastName", "last_name", "email", "mobile", "userId", "externalId"),
    *("unsubscribed", "unsubscribe", "unsubscribe_groups", "unsubscribe_preferences"),
    *("createdAt", "updatedAt", "contactLists"),
    *("address", "address_line_1", "address_line_2", "city", "state", "zip", "country"),
]


@dataclass(frozen=True)
class Api:
    """One of the two APIs of properties, with its names of paths and fields."""

    path: str
    by_name: str
    wrapper: str
    name: str
    type: str
    thing: str
    code: str


NEW = Api(
    path="/contact-properties",
    by_name="/contact-properties/name",
    wrapper="contactProperties",
    name="name",
    type="type",
    thing="Contact property",
    code="CONTACT_PROPERTY",
)
OLD = Api(
    path="/custom-fields",
    by_name="/custom-fields/fieldName",
    wrapper="customFields",
    name="fieldName",
    type="fieldType",
    thing="Custom field",
    code="CUSTOM_FIELD",
)

each_api = pytest.mark.parametrize("api", [NEW, OLD], ids=["properties", "custom fields"])


def names(autosend: AutoSend, api: Api, query: str = "?includeReservedFields=false") -> list[str]:
    return [one[api.name] for one in autosend.data("GET", api.path + query)[api.wrapper]]


def fields_of(autosend: AutoSend, contact: str = ADA) -> dict[str, Any]:
    fields: dict[str, Any] = autosend.data("GET", f"/contacts/{contact}")["customFields"]
    return fields


@each_api
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", BUILT_IN + DECLARED),
        ("?includeReservedFields=true", BUILT_IN + DECLARED),
        ("?includeReservedFields=false", DECLARED),
    ],
)
def test_a_list_shows_built_in_fields_unless_told_not_to(
    autosend: AutoSend, api: Api, query: str, expected: list[str]
) -> None:
    assert names(autosend, api, query) == expected


def test_a_built_in_field_looks_like_a_property(autosend: AutoSend) -> None:
    assert autosend.data("GET", "/contact-properties")["contactProperties"][3] == {
        "id": "createdAt",
        "name": "createdAt",
        "type": "date",
        "fieldName": "createdAt",
        "fieldType": "date",
        "createdAt": "2026-01-15T10:30:00.000Z",
        "updatedAt": "2026-01-15T10:30:00.000Z",
    }


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/contact-properties", "Contact properties retrieved successfully"),
        ("/custom-fields", "Custom fields retrieved successfully"),
    ],
)
def test_a_list_says_what_it_is(autosend: AutoSend, path: str, message: str) -> None:
    assert autosend.call("GET", path).json()["message"] == message


@each_api
def test_a_list_wants_true_or_false(autosend: AutoSend, api: Api) -> None:
    assert autosend.refused("GET", f"{api.path}?includeReservedFields=maybe")[0] == 400


def test_a_property_has_both_of_its_names(autosend: AutoSend) -> None:
    assert autosend.call("GET", "/contact-properties/name/seats").json() == {
        "success": True,
        "message": "Contact property retrieved successfully",
        "data": {
            "id": "66d1e2f3a4b5c6d7e8f90003",
            "name": "seats",
            "type": "number",
            "fieldName": "seats",
            "fieldType": "number",
            "createdAt": "2026-01-15T10:30:00.000Z",
            "updatedAt": "2026-01-15T10:30:00.000Z",
        },
    }


def test_a_custom_field_has_its_names_of_old(autosend: AutoSend) -> None:
    assert autosend.call("GET", "/custom-fields/fieldName/seats").json() == {
        "success": True,
        "message": "Custom field retrieved successfully",
        "data": {
            "id": "66d1e2f3a4b5c6d7e8f90003",
            "fieldName": "seats",
            "fieldType": "number",
            "createdAt": "2026-01-15T10:30:00.000Z",
            "updatedAt": "2026-01-15T10:30:00.000Z",
        },
    }


@pytest.mark.parametrize(
    "body",
    [
        {"name": "tier", "type": "number"},
        {"fieldName": "tier", "fieldType": "number"},
        {"name": "tier", "fieldType": "number"},
        {"name": "tier", "fieldName": "other", "type": "number", "fieldType": "string"},
    ],
)
def test_a_property_can_be_made_with_names_of_old(autosend: AutoSend, body: dict[str, str]) -> None:
    answer = autosend.call("POST", "/contact-properties", body).json()
    assert answer["message"] == "Contact property created successfully"
    assert answer["data"] == {
        "id": answer["data"]["id"],
        "name": "tier",
        "type": "number",
        "fieldName": "tier",
        "fieldType": "number",
        "createdAt": "2026-03-15T14:30:00.000Z",
        "updatedAt": "2026-03-15T14:30:00.000Z",
    }


def test_only_a_new_custom_field_shows_its_project(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/custom-fields", {"fieldName": "tier", "fieldType": "date"}).json()
    assert answer["message"] == "Custom field created successfully"
    assert answer["data"] == {
        "id": answer["data"]["id"],
        "fieldName": "tier",
        "fieldType": "date",
        "createdAt": "2026-03-15T14:30:00.000Z",
        "updatedAt": "2026-03-15T14:30:00.000Z",
        "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
    }
    assert autosend.refused("POST", "/custom-fields", {"name": "more", "type": "date"})[0] == 400


@each_api
@pytest.mark.parametrize("type_", ["string", "number", "boolean", "date"])
def test_what_one_api_makes_the_other_shows(autosend: AutoSend, api: Api, type_: str) -> None:
    autosend.data("POST", api.path, {api.name: "tier", api.type: type_})
    for other in (NEW, OLD):
        assert names(autosend, other) == [*DECLARED, "tier"]
        assert autosend.data("GET", f"{other.by_name}/tier")[other.type] == type_


@each_api
@pytest.mark.parametrize("name", RESERVED)
def test_reserved_names_are_refused(autosend: AutoSend, api: Api, name: str) -> None:
    answer = autosend.call("POST", api.path, {api.name: name, api.type: "string"})
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "message": "Validation failed",
        "code": "VALIDATION_FAILED",
        "details": [{"field": api.name, "message": f'"{name}" is a reserved name'}],
    }


def test_a_refusal_names_the_field_that_was_sent(autosend: AutoSend) -> None:
    body = {"fieldName": "email", "fieldType": "string"}
    details = autosend.call("POST", NEW.path, body).json()["error"]["details"]
    assert details == [{"field": "fieldName", "message": '"email" is a reserved name'}]


@each_api
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": " x"}, "name"),
        ({"name": 5}, "name"),
        ({"name": 'a"b'}, "name"),
        ({"name": "a\\b"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"type": "text"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["string"]}, "type"),
        ({"description": 5}, "description"),
        ({"description": "d" * 1001}, "description"),
        ({"defaultValue": 5}, "defaultValue"),
        ({"defaultValue": "v" * 5001}, "defaultValue"),
    ],
)
def test_a_wrong_field_is_named(autosend: AutoSend, api: Api, change: dict[str, Any], field: str) -> None:
    body = {"name": "tier", "type": "string"} | change
    body[api.name], body[api.type] = body.pop("name"), body.pop("type")
    answer = autosend.call("POST", api.path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    expected = {"name": api.name, "type": api.type}.get(field, field)
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [expected]
    assert names(autosend, api) == DECLARED


@each_api
def test_names_are_unique(autosend: AutoSend, api: Api) -> None:
    answer = autosend.call("POST", api.path, {api.name: "plan", api.type: "number"})
    assert answer.status_code == 409
    assert answer.json() == {
        "success": False,
        "error": {
            "message": f"{api.thing} with this name already exists",
            "code": f"{api.code}_ALREADY_EXISTS",
        },
    }


@each_api
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_field_is_found_as_it_is_listed(autosend: AutoSend, api: Api, name: str) -> None:
    listed = {one[api.name]: one for one in autosend.data("GET", api.path)[api.wrapper]}
    assert autosend.data("GET", f"{api.by_name}/{name}") == listed[name]


@each_api
@pytest.mark.parametrize(
    ("method", "name"),
    [(method, name) for method in ("GET", "DELETE") for name in ("nothing", "mobile", "Plan", "é", "a%22b")]
    + [("DELETE", name) for name in BUILT_IN],
)
def test_an_unknown_name(autosend: AutoSend, api: Api, method: str, name: str) -> None:
    answer = autosend.call(method, f"{api.by_name}/{name}")
    assert answer.status_code == 404
    assert answer.json() == {
        "success": False,
        "error": {"message": f"{api.thing} not found", "code": f"{api.code}_NOT_FOUND", "status": 404},
    }


@each_api
def test_deletion_takes_the_value_from_all_contacts(autosend: AutoSend, api: Api) -> None:
    assert fields_of(autosend) == {"company": "Engines Ltd", "seats": 4, "isPremium": True}
    made = autosend.data("POST", "/contacts", {"email": "new@example.com", "customFields": {"seats": 9}})
    answer = autosend.call("DELETE", f"{api.by_name}/seats")
    assert answer.json() == {"success": True, "message": f"{api.thing} deleted successfully"}
    assert fields_of(autosend) == {"company": "Engines Ltd", "isPremium": True}
    assert fields_of(autosend, made["id"]) == {}
    assert "seats" not in names(autosend, api)
    assert autosend.call("DELETE", f"{api.by_name}/seats").status_code == 404


@pytest.mark.parametrize("name", ["Größe", "shoe size", "a.b", "a[0]", "$", "it's", "😀"])
def test_deletion_finds_the_value_whatever_its_name(autosend: AutoSend, name: str) -> None:
    autosend.data("POST", "/contact-properties", {"name": name, "type": "string"})
    fields = {"customFields": {name: "x", "kept": "y"}}
    made = autosend.data("POST", "/contacts", {"email": "new@example.com"} | fields)
    autosend.call("DELETE", f"/contact-properties/name/{name}")
    assert fields_of(autosend, made["id"]) == {"kept": "y"}


def test_a_deleted_property_can_be_made_again(autosend: AutoSend) -> None:
    autosend.call("DELETE", "/contact-properties/name/seats")
    autosend.data("POST", "/contact-properties", {"name": "seats", "type": "string"})
    change = {"email": "ada@example.com", "customFields": {"seats": "front row"}}
    assert autosend.data("POST", "/contacts/email", change)["customFields"]["seats"] == "front row"


def test_values_of_contacts_are_of_the_type_of_their_property(autosend: AutoSend) -> None:
    autosend.data("POST", "/contact-properties", {"name": "age", "type": "number"})
    assert (
        autosend.refused("POST", "/contacts", {"email": "n@example.com", "customFields": {"age": "x"}})[0]
        == 400
    )


def test_a_default_stands_in_mails_for_contacts_without_a_value(autosend: AutoSend) -> None:
    tier = {"name": "tier", "type": "string", "description": "How good", "defaultValue": "bronze"}
    autosend.data("POST", "/contact-properties", tier)
    autosend.data("POST", "/contacts/email", {"email": "ann@example.com", "customFields": {"tier": "gold"}})
    draft = {"name": "n", "subject": "{{tier}}", "htmlTemplate": "h", "toLists": ["66a0c1d2e3f4a5b6c7d8dd01"]}
    campaign = autosend.data("POST", "/campaigns", draft | {"publish": True, "sendNow": True})["id"]
    autosend.advance("5m")
    mails = [*autosend.messages("ann@example.com"), *autosend.messages("eve@example.com")]
    own = [mail["subject"] for mail in mails if mail["job"] == f"autosend/campaign/{campaign}"]
    assert own == ["gold", "bronze"]


@each_api
def test_names_are_case_sensitive(autosend: AutoSend, api: Api) -> None:
    made = autosend.data("POST", api.path, {api.name: "Plan", api.type: "number"})
    assert made[api.name] == "Plan"
    assert autosend.data("GET", f"{api.by_name}/plan")[api.type] == "string"
    contact = {"email": "ada@example.com", "customFields": {"Plan": 3}}
    autosend.data("POST", "/contacts/email", contact)
    assert fields_of(autosend)["Plan"] == 3
    assert "plan" not in fields_of(autosend)


def test_properties_fill_transactional_mail_too(autosend: AutoSend) -> None:
    autosend.data("POST", "/contacts/email", {"email": "ada@example.com", "customFields": {"company": "Ltd"}})
    mail = {
        "to": {"email": "ada@example.com"},
        "from": {"email": "hello@example.com"},
        "subject": "For {{company}}, not {{Company}}",
        "html": "<p>Hello</p>",
    }
    autosend.data("POST", "/mails/send", mail)
    autosend.advance("1m")
    assert autosend.messages("ada@example.com")[0]["subject"].startswith("For Ltd, not ")


@each_api
def test_properties_of_another_project_do_not_exist(autosend: AutoSend, api: Api) -> None:
    assert autosend.call("GET", f"{api.by_name}/plan", headers=OTHER_PROJECT).status_code == 404
    assert autosend.call("DELETE", f"{api.by_name}/plan", headers=OTHER_PROJECT).status_code == 404
    body = {api.name: "seats", api.type: "string"}
    assert autosend.call("POST", api.path, body, headers=OTHER_PROJECT).is_success
    assert autosend.call("DELETE", f"{api.by_name}/seats", headers=OTHER_PROJECT).is_success
    assert fields_of(autosend)["seats"] == 4
