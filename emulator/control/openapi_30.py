"""OpenAPI documents in the version 3.0, which Swagger UI opens faster, and which more generators read.

FastAPI writes the version 3.1; see docs/decisions/0052-openapi-30.md.
"""

from typing import Any

from emulator.gateway.schema_words import reworded

VERSION = "3.0.4"

BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}

KINDS = frozenset({"type", "anyOf", "allOf"})
"""The keys that only schemas have. Their titles, which pydantic makes of the names, are left out."""

NOTHING = {"nullable": True, "enum": [None]}
"""The schema of null alone."""


def in_version_30(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of the version 3.1 in the version 3.0. The given document is not changed."""
    converted: dict[str, Any] = reworded(document, _in_words_of_30)
    return converted | {"openapi": VERSION}


def _in_words_of_30(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") == "null":
        return {**{key: value for key, value in part.items() if key != "type"}, **NOTHING}
    part.pop("propertyNames", None)
    if not KINDS.isdisjoint(part) and part.get("type") != "object":
        part.pop("title", None)
    if isinstance(part.get("type"), list):
        part["anyOf"] = [_of_type(kind) for kind in part.pop("type")]
    if "const" in part and not isinstance(value := part.pop("const"), bool):  # generators refuse it as enum
        part["enum"] = [value]
    for exclusive, bound in BOUNDS.items():
        if exclusive in part:
            part |= {bound: part[exclusive], exclusive: True}
    if isinstance(part.get("examples"), list):
        part["example"] = part.pop("examples")[0]
    if "$ref" in part and len(part) > 1:  # 3.0 reads nothing beside a reference
        part.pop("default", None)  # an object, which generators refuse there
        part = {"allOf": [{"$ref": part.pop("$ref")}], **part}
    return _nullable(part) if NOTHING in part.get("anyOf", ()) else part


def _of_type(kind: str) -> dict[str, Any]:
    if kind == "null":
        return NOTHING
    return {"type": kind, "items": {}} if kind == "array" else {"type": kind}


def _nullable(part: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that may also be null."""
    others = [one for one in part.pop("anyOf") if one != NOTHING]
    if len(others) > 1:
        return {**part, "anyOf": others, "nullable": True}
    (other,) = others
    return {**({"allOf": [other]} if "$ref" in other else other), **part, "nullable": True}
