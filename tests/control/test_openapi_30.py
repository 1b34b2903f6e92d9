"""OpenAPI documents in version 3.0: valid, and with the same meaning."""

import re
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from emulator.control.openapi_30 import in_version_30
from tests.conftest import Emulator

VALIDATORS = {"3.1": OpenAPIV31SpecValidator, "3.0": OpenAPIV30SpecValidator}
DOCUMENTS = ["altcraft", "rcs", "autosend", "control"]
REFERENCE = {"$ref": "#/components/schemas/Part"}


@pytest.mark.slow
@pytest.mark.parametrize("version", VALIDATORS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid(emulator: Emulator, name: str, version: str) -> None:
    document = emulator.http.get(f"/openapi/{name}.json", params={"version": version}).json()
    assert document["openapi"].startswith(version)
    assert [str(error)[:500] for error in VALIDATORS[version](document).iter_errors()] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_generators_can_name_classes_and_modules(emulator: Emulator, name: str) -> None:
    answer = emulator.http.get(f"/openapi/{name}.json")
    document = answer.json()
    titles = Counter(schema.get("title") for schema in document["components"]["schemas"].values())
    assert {title for title, count in titles.items() if title and count > 1} == set()
    operations = (one for path in document["paths"].values() for one in path.values())
    assert [tag for one in operations for tag in one["tags"] if not tag[0].isalpha()] == []
    assert re.findall(r'"pattern": ?"(?:[^"\\]|\\[^"])*\\"', answer.text) == []


@pytest.mark.slow
def test_a_document_has_the_same_operations_and_examples_in_both(emulator: Emulator) -> None:
    new, old = (emulator.http.get("/openapi/rcs.json", params={"version": one}).json() for one in VALIDATORS)
    assert {path: list(verbs) for path, verbs in old["paths"].items()} == {
        path: list(verbs) for path, verbs in new["paths"].items()
    }
    example = [
        "paths",
        "/api/campaigns/send",
        "post",
        "requestBody",
        "content",
        "application/json",
        "example",
    ]
    assert at(old, example) == at(new, example)
    assert old["x-emulator-credentials"] == new["x-emulator-credentials"]


@pytest.mark.slow
def test_without_a_version_it_is_3_1(emulator: Emulator) -> None:
    assert emulator.http.get("/openapi/control.json").json()["openapi"].startswith("3.1")


def test_other_versions_are_refused(emulator: Emulator) -> None:
    answer = emulator.http.get("/openapi/control.json", params={"version": "2.0"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def at(document: Any, place: list[str]) -> Any:
    for key in place:
        document = document[key]
    return document


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        ({"anyOf": [REFERENCE, {"type": "null"}]}, {"allOf": [REFERENCE], "nullable": True}),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"type": ["array", "null"]}, {"type": "array", "items": {}, "nullable": True}),
        ({"type": "null"}, {"nullable": True, "enum": [None]}),
        ({"const": "rcs", "type": "string"}, {"enum": ["rcs"], "type": "string"}),
        ({"const": True, "type": "boolean"}, {"type": "boolean"}),
        (
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        ),
        (
            {"anyOf": [{"type": "number", "exclusiveMaximum": 9}, {"type": "null"}]},
            {"type": "number", "maximum": 9, "exclusiveMaximum": True, "nullable": True},
        ),
        ({"type": "string", "examples": ["1d", "2h"]}, {"type": "string", "example": "1d"}),
        ({**REFERENCE, "description": "One"}, {"allOf": [REFERENCE], "description": "One"}),
        ({**REFERENCE, "default": {"redeem": ""}}, {"allOf": [REFERENCE]}),
        ({"type": "object", "propertyNames": {"type": "string"}}, {"type": "object"}),
        ({"type": "string", "title": "Start At"}, {"type": "string"}),
        ({"type": "object", "title": "Part"}, {"type": "object", "title": "Part"}),
        ({"type": "object", "example": {"type": "null"}}, {"type": "object", "example": {"type": "null"}}),
        (
            {"type": "object", "properties": {"const": {"const": 1}, "title": {"type": "null"}}},
            {
                "type": "object",
                "properties": {"const": {"enum": [1]}, "title": {"nullable": True, "enum": [None]}},
            },
        ),
    ],
)
def test_a_schema_in_the_words_of_3_0(new: Any, old: Any) -> None:
    document = {"openapi": "3.1.0", "components": {"schemas": {"Thing": new}}}
    assert in_version_30(document)["components"]["schemas"]["Thing"] == old
    assert document["openapi"] == "3.1.0"
