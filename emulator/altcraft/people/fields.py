"""The lists of fields that databases and resources have, and the values that clients send for them.

https://guides.altcraft.com/en/developer-guide/objects/Profile-data-object_3116008 (profiles) and
…/developer-guide/resources/2195591 (subscriptions). A value may be an object with an `action` that says how
to change the field: https://guides.altcraft.com/en/developer-guide/profiles/3113720.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from emulator.altcraft.people.values import KEEPS_EMPTY, READERS, Reader, enum_reader, type_of
from emulator.altcraft.refusals import IncorrectField
from emulator.altcraft.tables.people import Database, Resource

ACTIONS = frozenset({"set", "unset", "incr", "add", "delete", "upsert"})

UNDECLARED = re.compile(r'(?!id$)[^_$"\\\x00-\x1f][^"\\\x00-\x1f]*')
"""The names that undeclared fields of an open database may have, since JSON paths can hold them.

`id` is excluded: profiles show their own id under this name.
"""

LISTS = frozenset({"tags", "arr_object"})
NUMBERS = frozenset({"int", "float"})
DEEPEST = 32
"""The most parts of the path to a property that `upsert` changes."""


class Field(NamedTuple):
    """One field of a list."""

    name: str
    type: str
    title: str
    category: str = "system"
    dictionary: str | None = None
    values: Mapping[str, int] | None = None
    """The names of an enum's values, with their numbers."""

    @property
    def shown_type(self) -> str:
        """The type as lists of fields name it."""
        return "enum" if self.type in {"sex", "status"} else self.type

    def read(self, value: Any) -> Any:
        """Return the stored form of a value. Raises IncorrectField."""
        if value == "" and self.type not in KEEPS_EMPTY:
            return None
        try:
            return self.reader(value)
        except (ValueError, OverflowError) as problem:
            raise IncorrectField(self.name) from problem

    @property
    def reader(self) -> Reader:
        return enum_reader(self.values or {}) if self.type == "enum" else READERS[self.type]


def _standard(*rows: tuple[str, ...]) -> dict[str, Field]:
    return {
        name: Field(name, type_, title, dictionary=dictionary[0] if dictionary else None)
        for name, type_, title, *dictionary in rows
    }


OF_PROFILES = _standard(
    ("_fname", "unicode", "First name"),
    ("_lname", "unicode", "Last name"),
    ("_bdate", "date", "Date of birth"),
    ("_sex", "sex", "Gender"),
    ("_tz", "unicode", "Time zone", "tz"),
    ("_vendor", "unicode", "Source"),
    ("_browser", "unicode", "Browser", "browsers"),
    ("_ip", "ip", "IP address"),
    ("_city", "unicode", "City"),
    ("_region", "unicode", "Region"),
    ("_country", "unicode", "Country"),
    ("_postal_code", "unicode", "Postal code"),
    ("_lat", "float", "Latitude"),
    ("_lon", "float", "Longitude"),
    ("_regdate", "date", "Registration date"),
    ("_regip", "ip", "Registration IP address"),
    ("_regcity", "unicode", "Registration city"),
    ("_regcountry", "unicode", "Registration country"),
    ("_regurl", "unicode", "Registration URL"),
)
"""The standard fields of every database that have no column."""

WITH_COLUMNS = _standard(
    ("email", "email", "Email"),
    ("phones", "phones", "Phones"),
    ("_status", "status", "Status"),
    ("_is_test", "bool", "Test profile"),
)
"""The standard fields that are columns of the table."""

OF_SUBSCRIPTIONS = _standard(
    ("_device_type", "unicode", "Device type", "devices"),
    ("_device_model", "unicode", "Device model"),
    ("_device_name", "unicode", "Device name"),
    ("_os", "unicode", "Platform", "oses"),
    ("_os_ver", "version", "Platform version"),
    ("_os_tz", "unicode", "Platform time zone", "tz"),
    ("_os_language", "unicode", "Platform language", "languages"),
    ("_ad_track", "bool", "Ad tracking allowed"),
    ("_ad_id", "unicode", "Ad identifier"),
    ("_app_id", "unicode", "Application ID"),
    ("_app_iid", "unicode", "Application installation ID"),
    ("_app_ver", "version", "Application version"),
    ("_browser_name", "unicode", "Browser", "browsers"),
)
"""The standard fields of subscriptions; the documentation's list ends with `_app_iid`."""


def action_of(value: Mapping[str, Any]) -> str:
    """Return the action of a value that says how to change its field, an empty text for a plain object."""
    action = value.get("action")
    return action if isinstance(action, str) and action in ACTIONS else ""


class FieldChange(NamedTuple):
    """A change of a field other than a plain value."""

    field: Field
    action: str
    value: Any = None
    place: str = ""
    """The path of the property of an object, with dots."""


class FieldList:
    """The fields that the values of a database or a resource may have."""

    def __init__(
        self, standard: Mapping[str, Field], own: Sequence[Mapping[str, Any]], *, is_open: bool
    ) -> None:
        customs = (
            Field(
                row["name"], row["type"], row.get("title") or row["name"], "custom", values=row.get("values")
            )
            for row in own
        )
        self.fields: dict[str, Field] = {**standard, **{field.name: field for field in customs}}
        self._is_open = is_open

    @cached_property
    def _readers(self) -> dict[str, tuple[Field, Reader]]:
        return {name: (field, field.reader) for name, field in self.fields.items()}

    def get(self, name: str, value: Any = "") -> Field | None:
        """Return the field of a name. In an open database, all others have the type of the value."""
        known = self.fields.get(name)
        if known is None and self._is_open and UNDECLARED.fullmatch(name):
            return Field(name, type_of(value), name, "custom")
        return known

    def undeclared(self, name: str, type_: str) -> Field | None:
        """Return the field of a name that only an open database has, as one of a type; None for others."""
        is_one = self._is_open and name not in self.fields and UNDECLARED.fullmatch(name) is not None
        return Field(name, type_, name, "custom") if is_one else None

    def read(
        self, said: Mapping[str, Any], reserved: frozenset[str]
    ) -> tuple[dict[str, Any], list[FieldChange]]:
        """Return the values to set, and other changes, by a client's data. Raises IncorrectField.

        Names in `reserved` are left to the caller, and null values are ignored.
        """
        values: dict[str, Any] = {}
        changes: list[FieldChange] = []
        readers = self._readers
        for name, value in said.items():
            if value is None or name in reserved:
                continue
            known = readers.get(name)
            if known is None:
                known = self._unknown(name, value)
            field, read = known
            if type(value) is dict and action_of(value):
                changes.append(self._change(field, value))
            elif value == "":
                values[name] = field.read(value)
            else:
                try:
                    values[name] = read(value)
                except (ValueError, OverflowError) as problem:
                    raise IncorrectField(name) from problem
        return values, changes

    def _unknown(self, name: str, value: Any) -> tuple[Field, Reader]:
        if not self._is_open or UNDECLARED.fullmatch(name) is None:
            raise IncorrectField(name)
        field = Field(name, type_of(_meant(value)), name, "custom")
        return field, field.reader

    def _change(self, field: Field, said: Mapping[str, Any]) -> FieldChange:
        action, value = said["action"], said.get("value")
        match action:
            case "unset":
                return FieldChange(field, action)
            case "set":
                return FieldChange(field, action, field.read("" if value is None else value))
            case "incr" if field.type in NUMBERS and value != "":
                return FieldChange(field, action, field.read(value))
            case "add" | "delete" if field.type in LISTS:
                return FieldChange(field, action, field.read(value))
            case "upsert" if field.type in {"object", "arr_object"}:
                place = said.get("submatch")
                parts = place.split(".") if isinstance(place, str) else [""]
                if all(parts) and len(parts) <= DEEPEST and "value" in said:
                    return FieldChange(field, action, value, str(place))
        raise IncorrectField(field.name)


def _meant(value: Any) -> Any:
    """Return the value that gives an undeclared field its type: of a change, the value that it stores."""
    action = action_of(value) if isinstance(value, dict) else ""
    if not action:
        return value
    said = value.get("value")
    if action == "upsert":
        return {}
    if action == "incr":
        return _number(said)
    if action in {"add", "delete"}:
        return said if isinstance(said, list) else [said]
    return "" if said is None else said


def _number(value: Any) -> Any:
    """Return the number that a text from XML spells; return other values unchanged."""
    for read in (READERS["int"], READERS["float"]) if isinstance(value, str) else ():
        with suppress(ValueError):
            return read(value)
    return value


def of_database(database: Database) -> FieldList:
    return FieldList(OF_PROFILES, database.fields, is_open=database.is_open)


def of_resource(resource: Resource) -> FieldList:
    return FieldList(OF_SUBSCRIPTIONS, resource.fields, is_open=False)


def apply(stored: dict[str, Any], values: Mapping[str, Any], changes: Sequence[FieldChange]) -> set[str]:
    """Change stored values in place; return the names of the fields that differ afterwards."""
    before = {name: stored.get(name, ...) for name in [*values, *(one.field.name for one in changes)]}
    stored.update(values)
    for change in changes:
        _apply(stored, change)
    return {name for name, value in before.items() if stored.get(name, ...) != value}


def check(stored: Mapping[str, Any], changes: Sequence[FieldChange]) -> None:
    """Raise IncorrectField for a change that the stored value does not allow."""
    for change in changes:
        _apply(dict(stored), change)


def _apply(stored: dict[str, Any], change: FieldChange) -> None:
    name, old = change.field.name, stored.get(change.field.name)
    match change.action:
        case "unset":
            stored.pop(name, None)
        case "set":
            stored[name] = change.value
        case "incr":
            total = _old(change, _number(old), 0, int, float) + change.value
            stored[name] = change.field._replace(type=type_of(total)).read(total)
        case "add":
            listed = _old(change, old, [], list)
            stored[name] = [*listed, *(one for one in change.value if one not in listed)]
        case "delete" if old is not None:
            stored[name] = [one for one in _old(change, old, [], list) if one not in change.value]
        case "upsert" if old is not None or change.field.type == "object":
            stored[name] = _with_property(change, old)


def _old(change: FieldChange, old: Any, none: Any, *types: type) -> Any:
    """Return the value of a field, `none` if it is empty. Raises IncorrectField for another type."""
    if old is None or old == "":
        return none
    if isinstance(old, bool) or not isinstance(old, types):
        raise IncorrectField(change.field.name)
    return old


def _with_property(change: FieldChange, old: Any) -> Any:
    """Return an object, or an array of objects, with the new value of a property. Raises IncorrectField."""
    place = change.place.split(".")
    if change.field.type == "arr_object" or isinstance(old, list):
        listed = _old(change, old, [], list)
        if not all(isinstance(one, dict) for one in listed):
            raise IncorrectField(change.field.name)
        return [_upserted(change, one, place) for one in listed]
    return _with(change, old, place)


def _with(change: FieldChange, old: Any, place: Sequence[str]) -> dict[str, Any]:
    """Return an object with a new value at a place, which is made where missing. Raises IncorrectField."""
    first, *rest = place
    stored: dict[str, Any] = _old(change, old, {}, dict)
    return {**stored, first: _with(change, stored.get(first), rest) if rest else change.value}


def _upserted(change: FieldChange, stored: dict[str, Any], place: Sequence[str]) -> dict[str, Any]:
    """Return an object of an array, with the new value if it has the property already."""
    node: Any = stored
    for part in place:
        if not isinstance(node, dict) or part not in node:
            return stored
        node = node[part]
    return _with(change, stored, place)
