"""Custom fields of products, SKUs, orders and order lines: they are typed, and some are required.

https://guides.altcraft.com/en/developer-guide/market/market-objects/Custom-fields-array_56249775
"""

from collections.abc import Mapping
from typing import Any

from emulator.altcraft.people.values import READERS, Reader, enum_reader, is_said
from emulator.altcraft.refusals import IncorrectRequest, ObjectNotFound
from emulator.altcraft.tables.market import CustomField

FieldsById = Mapping[str, CustomField]

WANTED: Mapping[str, str] = {
    "unicode": "must be a text",
    "int": "must be an integer",
    "float": "must be a number",
    "bool": "must be true or false",
    "enum": "must be a value of the list",
    "date": "must be a date",
}
"""The reason for refusing a wrong value, by the type of its field."""


def read_value(field: CustomField, value: Any, place: str) -> Any:
    """Return the stored form of a value of a field. Raises IncorrectRequest, which names the place."""
    try:
        return _reader(field)(value)
    except (ValueError, OverflowError) as problem:
        raise IncorrectRequest(place, WANTED[field.value_type]) from problem


def _reader(field: CustomField) -> Reader:
    return enum_reader(field.enum_values) if field.value_type == "enum" else READERS[field.value_type]


def read_said(fields: FieldsById, said: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Return the given custom fields in their stored form; null and an empty text count as left out.

    Raises ObjectNotFound for an unknown field, IncorrectRequest for a wrong value.
    """
    values = {}
    for name, value in said.items():
        field = fields.get(name)
        if field is None:
            raise ObjectNotFound("custom field", name)
        if is_said(value):
            values[name] = read_value(field, value, f"{place}custom_fields.{name}")
    return values


def read_all(fields: FieldsById, said: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Return custom fields as `read_said` does, with the defaults of those that are left out.

    Raises the same, and IncorrectRequest for a required field that is left out.
    """
    values = read_said(fields, said, place)
    for name, field in fields.items():
        if name in values:
            continue
        if field.required:
            raise IncorrectRequest(f"{place}custom_fields.{name}", "Field required")
        if field.default:
            values[name] = field.default[0]
    return values
