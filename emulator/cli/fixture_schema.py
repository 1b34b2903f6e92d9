"""The JSON Schema of fixture files. It is that of their models, but as strict as the reading of files."""

from typing import Any

from pydantic import BaseModel

from emulator.gateway.schema_words import PYDANTICS, reworded


def fixture_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a provider's `account.yaml`, whose model is `model`."""
    schema: dict[str, Any] = reworded(model.model_json_schema(), _as_read)
    return schema


def _as_read(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the schema that refuses unknown fields, and has JSON Schema's names for bounds."""
    for own, name in PYDANTICS.items():
        if isinstance(part.get(own), int | float):
            part[name] = part.pop(own)
    if part.get("type") == "object" and "properties" in part:
        part.setdefault("additionalProperties", False)
    return part
