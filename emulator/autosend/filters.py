"""Filter criteria, which select the contacts of a segment or of an automation.

https://docs.autosend.com/api-reference/contact-lists/create (fields, operators),
https://docs.autosend.com/automations/branching (values, and names of properties and events, are
case-sensitive). Criteria become an SQL condition, so that a segment of a large project is counted as fast
as a list.

Inferred: `less_than_or_equal` and `greater_than_or_equal`, as the guide compares numbers so. Addresses are
stored in lower case, and so are the values that they are compared with. Conditions on numbers treat a value
that is not a number as missing, and conditions on dates one that is not a date. Dates are equal if they are
on the same day, in UTC; a date without a time means the whole day.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Integer, String, and_, bindparam, case, cast, false, func, or_, true
from sqlmodel import col

from emulator.autosend.complaints import INVALID, complaint, one_of
from emulator.autosend.models import Model
from emulator.autosend.tables.contacts import Contact, ValueType
from emulator.autosend.values import number_in, read_date
from emulator.engine.clock import DAY, millis_of
from emulator.storage.sqlite import json_text

STRING = (
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "is_empty",
    "is_not_empty",
)
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "string": STRING,
    "number": (
        "equals",
        "not_equals",
        "greater_than",
        "greater_than_or_equal",
        "less_than",
        "less_than_or_equal",
        "between",
    ),
    "boolean": ("equals", "not_equals"),
    "date": ("equals", "not_equals", "before", "after", "between", "is_empty", "is_not_empty"),
}
UNARY = frozenset({"is_empty", "is_not_empty"})
MOST_GROUPS = 100
LONGEST_VALUE = 1000

COLUMNS: Mapping[str, Any] = {
    "email": Contact.email,
    "firstName": Contact.first_name,
    "first_name": Contact.first_name,
    "lastName": Contact.last_name,
    "last_name": Contact.last_name,
    "userId": Contact.user_id,
    "mobile": Contact.mobile,
}
MOMENTS: Mapping[str, Any] = {"createdAt": Contact.created_at, "updatedAt": Contact.updated_at}
"""The fields that are stored as instants, in milliseconds."""

CUSTOM = "customFields."
EVENT_NAME, EVENT_PROPERTY = "event.name", "event.properties."


def known_operators(*others: str) -> dict[str, Any]:
    """Return the JSON Schema of a condition: the operators of each type, and which of them need a value."""
    by_type = [
        {
            "if": {
                "properties": {"fieldType": {"const": name}},
                "required": [] if name == "string" else ["fieldType"],
            },
            "then": {"properties": {"operator": {"enum": [*operators, *others]}}},
        }
        for name, operators in OPERATORS.items()
    ]
    needed = {"required": ["value"], "properties": {"value": {"not": {"enum": [None, ""]}}}}
    unary = {"properties": {"operator": {"enum": sorted(UNARY)}}}
    return {"allOf": [*by_type, {"if": unary, "else": needed}]}


class FilterGroup(Model):
    """One condition. Criteria are stored as clients send them, so the fields have AutoSend's names."""

    model_config = ConfigDict(json_schema_extra=known_operators())

    field: str = Field(min_length=1, max_length=200, pattern=r"^[^\x22\\\x00-\x1f]+$")
    fieldType: ValueType = "string"
    operator: str = Field(max_length=50)
    value: Any = None

    @model_validator(mode="after")
    def _has_a_fitting_value(self) -> "FilterGroup":
        if self.operator not in OPERATORS[self.fieldType]:
            raise one_of(OPERATORS[self.fieldType], "operator")
        if self.operator in UNARY:
            return self
        try:
            _operand(self.fieldType, self.operator, self.value)
        except ValueError as error:
            raise complaint(str(error), "value") from None
        return self


class FilterCriteria(Model):
    """Conditions, of which all or any must hold."""

    logicalOperator: Literal["AND", "OR"] = "AND"
    groups: list[FilterGroup] = Field(max_length=MOST_GROUPS)


def condition(criteria: Mapping[str, Any], event: Mapping[str, Any] | None = None) -> ColumnElement[bool]:
    """Return criteria as an SQL condition on contacts; without groups it holds for every contact.

    `event` has the `name` and the `properties` that fields such as `event.name` refer to.
    """
    groups = [_group(group, event or {}) for group in criteria.get("groups", ())]
    if not groups:
        return true()
    return or_(*groups) if criteria.get("logicalOperator") == "OR" else and_(*groups)


def _group(group: Mapping[str, Any], event: Mapping[str, Any]) -> ColumnElement[bool]:
    kind, operator = group.get("fieldType", "string"), group["operator"]
    value = _subject(group["field"], kind, event)
    if operator in UNARY:
        is_empty: ColumnElement[bool] = (
            value.is_(None) | (value == "") if kind == "string" else value.is_(None)
        )
        return is_empty if operator == "is_empty" else ~is_empty
    operand = _operand(kind, operator, group.get("value"))
    if group["field"] == "email" and kind == "string":
        operand = operand.lower()
    holds: ColumnElement[bool] = func.coalesce(CONDITIONS[operator](value, operand, kind), false())
    return ~holds if operator.startswith("not_") else holds


def _subject(field: str, kind: str, event: Mapping[str, Any]) -> Any:
    """Return a field's value as SQL, in the form for comparisons of this kind; NULL for other kinds."""
    if field in MOMENTS:
        if kind == "date":
            return MOMENTS[field]
        raw: Any = func.strftime("%Y-%m-%dT%H:%M:%fZ", MOMENTS[field] / 1000.0, "unixepoch")
    elif field in COLUMNS:
        raw = col(COLUMNS[field])
    else:
        raw = _from_json(field, kind, event)
    match kind:
        case "number":
            return case((func.typeof(raw).in_(("integer", "real")), raw))
        case "date":
            return case((raw.op("GLOB")(DATE), _millis(raw)))
        case "string":
            return cast(raw, String)
    return raw


DATE = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
"""The pattern of a date's beginning. SQLite also reads other texts as times: `now`, for example."""


def _millis(text: Any) -> ColumnElement[int]:
    seconds = cast(func.strftime("%s", text), Integer)
    return seconds * 1000 + cast(func.substr(func.strftime("%f", text), 4), Integer)


def _from_json(field: str, kind: str, event: Mapping[str, Any]) -> Any:
    """Return a custom field of the contact, or a value of the event, as SQL.

    SQLite extracts true as 1, so `kind` decides whether a value counts as a boolean or as a number.
    """
    if field == EVENT_NAME:
        return bindparam(None, event.get("name"))
    if field.startswith(EVENT_PROPERTY):
        source: Any = bindparam(None, json_text(event.get("properties", {})))
        place = f'$."{field.removeprefix(EVENT_PROPERTY)}"'
    else:
        source, place = Contact.custom_fields, f'$."{field.removeprefix(CUSTOM)}"'
    value, type_ = func.json_extract(source, place), func.json_type(source, place)
    is_boolean = type_.in_(("true", "false"))
    match kind:
        case "boolean":
            return case((is_boolean, value))
        case "string":
            return case((is_boolean, type_), else_=value)
    return case((~is_boolean, value))


def _same(value: Any, operand: Any, kind: str) -> Any:
    if kind == "date":
        return func.date(value / 1000, "unixepoch") == func.date(operand / 1000, "unixepoch")
    return value == operand


CONDITIONS: Mapping[str, Callable[[Any, Any, str], Any]] = {
    "equals": _same,
    "not_equals": _same,
    "contains": lambda value, operand, _: func.instr(value, operand) > 0,
    "not_contains": lambda value, operand, _: func.instr(value, operand) > 0,
    "starts_with": lambda value, operand, _: func.substr(value, 1, len(operand)) == operand,
    "ends_with": lambda value, operand, _: func.substr(value, -len(operand)) == operand,
    "greater_than": lambda value, operand, _: value > operand,
    "greater_than_or_equal": lambda value, operand, _: value >= operand,
    "less_than": lambda value, operand, _: value < operand,
    "less_than_or_equal": lambda value, operand, _: value <= operand,
    "before": lambda value, operand, _: value < operand,
    "after": lambda value, operand, _: value > operand,
    "between": lambda value, operand, _: value.between(*operand),
}


def _operand(kind: str, operator: str, value: Any) -> Any:
    """Return the value that a condition compares a field with. Raises ValueError if it is not of the kind."""
    if operator != "between":
        return _read(kind, value, is_end=operator == "after")
    if isinstance(value, dict):
        value = [value.get("from", value.get("min")), value.get("to", value.get("max"))]
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 -- both ends
        raise ValueError(INVALID)
    return [_read(kind, value[0]), _read(kind, value[1], is_end=True)]


def _read(kind: str, value: Any, *, is_end: bool = False) -> Any:
    match kind, value:
        case _, None | "":
            raise ValueError("is required")
        case "string", str():
            if len(value) > LONGEST_VALUE:
                raise ValueError(f"must be at most {LONGEST_VALUE} characters")
            return value
        case "number", int() | float() if not isinstance(value, bool) and _is_finite(value):
            return float(value)
        case "number", str() if (number := number_in(value)) is not None:
            return float(number)
        case "boolean", bool():
            return int(value)
        case "boolean", "true" | "false":
            return int(value == "true")
        case "date", str():
            return _instant(value, is_end=is_end)
    raise ValueError(f"must be a {kind}")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _instant(value: str, *, is_end: bool) -> int:
    """Return the instant of a date and time; for a date alone, the first or the last instant of its day.

    Raises ValueError.
    """
    try:
        instant = millis_of(read_date(value))
    except (ValueError, OverflowError):
        raise ValueError(INVALID) from None
    return instant + DAY - 1 if is_end and len(value) == len("2026-03-01") else instant
