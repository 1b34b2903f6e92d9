"""The documents that Swagger UI shows: refusals as each operation returns them, and files as files."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from tests.conftest import Emulator


def responses(emulator: Emulator, provider: str, method: str, path: str) -> Any:
    document = emulator.http.get(f"/openapi/{provider}.json").json()
    return document["paths"][path][method]["responses"]


@pytest.mark.slow
def test_a_refusal_is_shown_as_the_operation_makes_it(emulator: Emulator) -> None:
    shown = responses(emulator, "autosend", "get", "/v1/webhooks/{id}/logs")["400"]["content"]
    real = emulator.http.get(
        "/v1/webhooks/none/logs?page=x", headers={"Authorization": "Bearer AS_emulator000000000000"}
    ).json()
    example = shown["application/json"]["examples"]["ValidationFailed"]["value"]
    assert example["error"]["code"] == real["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["altcraft", "rcs", "autosend"])
def test_refusals_that_are_shown_fit_their_schemas(emulator: Emulator, provider: str) -> None:
    document = emulator.http.get(f"/openapi/{provider}.json").json()

    @cache
    def fits(schema: str) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(
            {**json.loads(schema), "components": document["components"]}
        )

    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json", {})
                schema = json.dumps(content.get("schema", {}))
                for name, example in content.get("examples", {}).items():
                    if name != "documented":
                        assert fits(schema).is_valid(example["value"]), (path, status, name)


@pytest.mark.slow
def test_a_file_is_shown_as_a_file_and_its_refusals_under_their_statuses(emulator: Emulator) -> None:
    shown = responses(emulator, "altcraft", "get", "/api/download/suppress/{uuid}/{file}")
    assert shown["200"]["content"] == {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    assert list(shown["404"]["content"]["application/json"]["examples"]) == ["ObjectNotFound"]


@pytest.mark.slow
@pytest.mark.parametrize("document", ["rcs", "control"])
def test_a_response_without_a_body_is_shown_without_one(emulator: Emulator, document: str) -> None:
    paths = emulator.http.get(f"/openapi/{document}.json").json()["paths"]
    answers = [
        one["responses"]["204"]
        for verbs in paths.values()
        for one in verbs.values()
        if "204" in one["responses"]
    ]
    assert answers
    assert answers == [{"description": "Successful Response"}] * len(answers)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "method", "path"),
    [
        ("autosend", "get", "/v1/jwks.json"),
        ("rcs", "post", "/api/auth/login"),
        ("altcraft", "post", "/push_subscribe"),
    ],
)
def test_an_operation_says_that_it_needs_no_credential_in_a_header(
    emulator: Emulator, document: str, method: str, path: str
) -> None:
    paths = emulator.http.get(f"/openapi/{document}.json").json()["paths"]
    assert paths[path][method]["security"] == []


@pytest.mark.slow
def test_bounds_have_the_names_that_openapi_gives_them(emulator: Emulator) -> None:
    document = emulator.http.get("/openapi/altcraft.json").json()
    hours = document["components"]["schemas"]["StartSchedule"]["properties"]["start_hours"]
    assert hours["items"] == {"type": "integer", "minimum": 0, "maximum": 23}
    document = emulator.http.get("/openapi/rcs.json").json()
    parameters = {
        one["name"]: one["schema"] for one in document["paths"]["/api/campaigns"]["get"]["parameters"]
    }
    offset = parameters["page[offset]"]
    assert (offset["type"], offset["format"], offset["minimum"]) == ("integer", "int64", 0)


@pytest.mark.slow
@pytest.mark.parametrize("document", ["altcraft", "rcs", "autosend", "control"])
def test_generators_of_clients_can_name_all_parameters(emulator: Emulator, document: str) -> None:
    paths = emulator.http.get(f"/openapi/{document}.json").json()["paths"]
    operations = [one for path in paths.values() for one in path.values() if isinstance(one, dict)]
    names = {shown["name"] for one in operations for shown in one.get("parameters", ())}
    assert [name for name in names if not re.match("_?[a-zA-Z]", name)] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "schema", "field", "bounds"),
    [
        ("autosend", "SearchContactList", "limit", {"minimum": 1, "maximum": 100}),
        ("rcs", "UniversalCampaign", "channels", {"uniqueItems": True}),
        ("control", "FaultRule", "after", {"minimum": 0, "format": "int64"}),
    ],
)
def test_what_a_field_is_checked_for_is_shown(
    emulator: Emulator, document: str, schema: str, field: str, bounds: Any
) -> None:
    shown = emulator.http.get(f"/openapi/{document}.json").json()["components"]["schemas"]
    assert shown[schema]["properties"][field].items() >= bounds.items()
    assert "." not in json.dumps([shown[schema]["properties"][field].get(name) for name in bounds])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "field", "limits"),
    [
        ("SendToPhones", "validity", {"minimum": 1, "maximum": 72}),
        ("SendToPhones", "validity_seconds", {"minimum": 30, "maximum": 86400}),
        ("Options", "text", {"minLength": 1, "maxLength": 160}),
        ("AlternativeSms", "text", {"minLength": 1, "maxLength": 765}),
        ("NewCode", "code_digits", {"minimum": 3, "maximum": 9}),
        ("EnteredCode", "access_code", {"pattern": "^[0-9]{3,9}$"}),
        ("NewPlainMail", "to", {"minItems": 1, "maxItems": 50, "uniqueItems": True}),
    ],
)
def test_limits_that_rcs_refuses_in_words_of_its_own_are_shown(
    emulator: Emulator, name: str, field: str, limits: dict[str, Any]
) -> None:
    document = emulator.http.get("/openapi/rcs.json").json()
    found = document["components"]["schemas"][name]["properties"][field]
    schema = found["anyOf"][0] if "anyOf" in found else found
    assert {word: schema.get(word) for word in limits} == limits


@pytest.mark.slow
def test_what_a_list_of_rcs_needs_and_how_long_it_may_be_is_shown(emulator: Emulator) -> None:
    paths = emulator.http.get("/openapi/rcs.json").json()["paths"]
    [wanted] = paths["/api/senders"]["get"]["parameters"]
    assert (wanted["name"], wanted["required"]) == ("type", True)

    def shown(path: str, name: str) -> Any:
        return next(one["schema"] for one in paths[path]["get"]["parameters"] if one["name"] == name)

    limit = shown("/api/contacts", "page[limit]")
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (15, 500, 20)
    assert shown("/api/short-url/links", "per_page")["enum"] == [10, 20, 50, 100, 200, 500]


@pytest.mark.slow
@pytest.mark.parametrize("document", ["altcraft", "rcs", "autosend"])
def test_no_two_names_are_one_in_generated_clients(emulator: Emulator, document: str) -> None:
    shown = emulator.http.get(f"/openapi/{document}.json").json()
    operations = [operation for verbs in shown["paths"].values() for operation in verbs.values()]
    named = [[one["name"] for one in operation.get("parameters", [])] for operation in operations]
    named += [[*schema.get("properties", ())] for schema in shown["components"]["schemas"].values()]
    words = [[re.sub("[^a-z0-9]", "", name.lower()) for name in names] for names in named]
    assert [names for names in words if len(set(names)) < len(names)] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "schema", "fields"),
    [
        ("autosend", "CreateAutomation", ["name"]),
        ("autosend", "CreateContactList", ["name"]),
        ("autosend", "CreateWebhook", ["url", "events"]),
        ("autosend", "ReplyToMessage", ["from"]),
        ("autosend", "ReplyFrom", ["email"]),
        ("altcraft", "ImportAndStart", ["trigger_id", "data"]),
    ],
)
def test_a_field_with_a_refusal_of_its_own_is_shown_as_required(
    emulator: Emulator, document: str, schema: str, fields: list[str]
) -> None:
    shown = emulator.http.get(f"/openapi/{document}.json").json()["components"]["schemas"]
    assert {*shown[schema]["required"]} >= {*fields}
