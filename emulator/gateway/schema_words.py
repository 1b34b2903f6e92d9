"""What FastAPI's OpenAPI documents say in words of their own, said in those of OpenAPI."""

from collections.abc import Callable
from typing import Any

LITERAL = frozenset({"const", "default", "enum", "example", "value"})
"""The keys whose values are data of the API, and no part of the description."""

BY_NAME = frozenset({"content", "headers", "paths", "properties", "responses", "schemas", "securitySchemes"})
"""The keys whose values have names of the API as their keys."""

PYDANTICS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
"""The bounds that pydantic writes under its own names where a function looks at the value first."""

LEAST, MOST = -(2**63), 2**63 - 1
"""What `format: int64` says."""

Reword = Callable[[dict[str, Any]], dict[str, Any]]
"""Returns an object of a description, whose parts are reworded already, in other words."""


def reworded(part: Any, reword: Reword) -> Any:
    """Return a part of a document with all objects of its description reworded; it stays as it is itself."""
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
    """Return a schema with its bounds as OpenAPI names them, and without a default that it refuses itself.

    Conditions go: generators of clients do not read them, and the version 3.0 has none.
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
