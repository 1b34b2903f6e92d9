"""Rewording of FastAPI's OpenAPI documents: keywords of pydantic become those of OpenAPI."""

from collections.abc import Callable
from typing import Any

LITERAL = frozenset({"const", "default", "enum", "example", "value"})
"""The keys whose values are data of the API, which is not reworded."""

BY_NAME = frozenset({"content", "headers", "paths", "properties", "responses", "schemas", "securitySchemes"})
"""The keys whose values are objects with names of the API as keys."""

PYDANTICS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
"""OpenAPI's keywords for bounds, by those that pydantic writes where a function validates the value first."""

LEAST, MOST = -(2**63), 2**63 - 1
"""The bounds that `format: int64` stands for."""

Reword = Callable[[dict[str, Any]], dict[str, Any]]
"""A function that returns an object of a document reworded; the parts of the object are reworded already."""


def reworded(part: Any, reword: Reword) -> Any:
    """Return a copy of a part of a document in which all objects are reworded, but for data of the API."""
    if isinstance(part, list):
        return [reworded(one, reword) for one in part]
    if not isinstance(part, dict):
        return part
    return reword({key: _content(key, value, reword) for key, value in part.items()})


def _content(key: str, value: Any, reword: Reword) -> Any:
    if key in LITERAL or key.startswith("x-") or (key == "examples" and isinstance(value, list)):
        return value
    if key in BY_NAME:
        return {name: reworded(one, reword) for name, one in value.items()}
    return reworded(value, reword)


def in_words_of_openapi(part: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with OpenAPI's keywords for bounds, and without a default that it refuses itself.

    Conditions are left out: generators of clients do not read them, and the version 3.0 has none.
    """
    if any("if" in one for one in part.get("allOf", ())):
        part["allOf"] = [one for one in part["allOf"] if "if" not in one]
        if not part["allOf"]:
            del part["allOf"]
    for own, name in PYDANTICS.items():
        bound = part.pop(own) if isinstance(part.get(own), int | float) else part.get(name)
        if isinstance(bound, int | float):
            part[name] = int(bound) if bound == int(bound) else bound
    if part.get("maximum") in {MOST, int(float(MOST))}:  # FastAPI writes bounds with a decimal point
        del part["maximum"]
        part["format"] = "int64"
    if part.get("minimum") == LEAST:
        del part["minimum"]
    if part.get("default") == "" and part.get("minLength"):
        del part["default"]
    return part
