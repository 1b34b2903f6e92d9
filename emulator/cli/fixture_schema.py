"""The JSON Schema of fixture files: that of their models, as strict as files are read."""

from typing import Any

from pydantic import BaseModel

from emulator.gateway.schema_words import PYDANTICS, reworded


def fixture_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return what JSON Schema says of a provider's `account.yaml`."""
    schema: dict[str, Any] = reworded(model.model_json_schema(), _as_read)
    return schema


def _as_read(part: dict[str, Any]) -> dict[str, Any]:
    """Refuse names that no part has, as reading does, and name bounds as JSON Schema does."""
    for own, name in PYDANTICS.items():
        if isinstance(part.get(own), int | float):
            part[name] = part.pop(own)
    if part.get("type") == "object" and "properties" in part:
        part.setdefault("additionalProperties", False)
    return part
