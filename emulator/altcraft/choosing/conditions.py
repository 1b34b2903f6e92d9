"""Conditions on profiles as SQL. Queries in MongoDB's syntax and rules of segments are compiled to them.

A condition is the text of a SQL expression about a row of `altcraft_profile AS profile`. Clients' values are
kept in a `Parameters`, never in the text. A field that a profile does not have differs from everything, and
is neither smaller nor greater than anything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.altcraft.choosing.selected import Selected
from emulator.altcraft.people.fields import Field
from emulator.altcraft.people.matching import json_path
from emulator.storage.sqlite import json_text

Condition = str

ALWAYS: Condition = "1"
NEVER: Condition = "0"

LISTS = frozenset({"tags", "phones", "cats", "arr_object"})
"""The types whose values are lists: a comparison holds if it holds for any item."""

KINDS = ("text", "integer", "real", "true", "false")
"""SQLite's names for the JSON types of single values."""

COLUMNS = {
    "email": "profile.email",
    "phones": "nullif(profile.phones, '[]')",
    "_status": "profile.status",
    "_is_test": "profile.is_test",
    "_id": "profile.id",
    "_xxh": "profile.xxh",
    "_createtime": "profile.created_at",
    "_updatetime": "profile.updated_at",
}
"""The fields that have a column of their own. The times are milliseconds, and no phones are no field."""


class Parameters:
    """The values of a statement, by their names in its text."""

    def __init__(self, prefix: str = "c") -> None:
        self._prefix = prefix
        self._tables = 0
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        """Store a value; return its placeholder: `:c0`."""
        name = f"{self._prefix}{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def next_table(self) -> int:
        """Return a number for a new table name in the statement."""
        self._tables += 1
        return self._tables


@dataclass(frozen=True)
class Operand:
    """The value of a field, as SQL has it."""

    sql: str
    """The value; lists and objects as JSON."""
    known: Condition
    """The condition that there is a value, which may be empty."""
    is_list: bool = False
    kind: str = ""
    """The JSON type of the value, as SQL, if no list of fields declares the field."""
    kinds: tuple[str, ...] = ()
    """The JSON types that comparisons look at; empty for all."""
    within: Callable[[Condition], Condition] = str
    """Turns a condition on one value into one on the profile, if a profile has many such values."""
    stored: str = ""
    """The value as it is stored, where `sql` reads it as one of another type."""

    def any(self, condition: Callable[[str], Condition]) -> Condition:
        """Return the condition that the value, or any item of a list, fulfils a condition."""
        if self.kind:
            items = f"json_each(CASE {self.kind} WHEN 'array' THEN {self.sql} ELSE '[]' END) AS item"
            own = self._as_kinds(self.kind, condition(self.sql))
            held = self._as_kinds("item.type", condition("item.value"))
            return self.within(f"({own} OR EXISTS (SELECT 1 FROM {items} WHERE {held}))")
        if not self.is_list:
            return self.within(f"({condition(self.sql)})")
        return self.within(
            f"EXISTS (SELECT 1 FROM json_each({self.sql}) AS item WHERE {condition('item.value')})"
        )

    def of(self, *kinds: str) -> "Operand":
        """Return the operand limited to values of these JSON types, for a field that is not declared."""
        return replace(self, kinds=kinds)

    def _as_kinds(self, kind: str, condition: Condition) -> Condition:
        listed = ", ".join(f"'{one}'" for one in self.kinds or KINDS)
        return f"{kind} IN ({listed}) AND {condition}"


def of_profile(field: Field, parameters: Parameters, place: Sequence[str] = ()) -> Operand:
    """Return the operand of a profile's field, or of the property at `place` within it."""
    column = COLUMNS.get(field.name)
    if column:
        return Operand(column, f"{column} IS NOT NULL", is_list=field.type in LISTS)
    return in_json("profile.fields", field, parameters, place)


def in_json(column: str, field: Field, parameters: Parameters, place: Sequence[str] = ()) -> Operand:
    """Return the operand of a field in a JSON column, such as `subscription.fields`."""
    if place:
        return nested(column, [field.name, *place], parameters)
    path = parameters.add(json_path(field.name))
    value, kind = f"json_extract({column}, {path})", f"json_type({column}, {path})"
    return Operand(value, f"{kind} IS NOT NULL", is_list=field.type in LISTS)


def nested(
    json: str, place: Sequence[str], parameters: Parameters, within: Callable[[Condition], Condition] = str
) -> Operand:
    """Return the operand of all values at a place in a JSON object, also within the items of lists.

    The values have no declared type.
    """
    tables: list[str] = []
    conditions: list[Condition] = []
    value, kind = "", ""
    for part in place:
        number = parameters.next_table()
        if tables:
            one = f"WHEN 'object' THEN json_array(json({value}))"
            tables.append(
                f"json_each(CASE {kind} WHEN 'array' THEN {value} {one} ELSE '[]' END) AS each{number}"
            )
            json = f"CASE each{number}.type WHEN 'object' THEN each{number}.value ELSE '{{}}' END"
        tables.append(f"json_each({json}) AS member{number}")
        conditions.append(f"member{number}.key = {parameters.add(part)}")
        value, kind = f"member{number}.value", f"member{number}.type"
    found = f"SELECT 1 FROM {', '.join(tables)} WHERE {' AND '.join(conditions)}"

    def inside(condition: Condition) -> Condition:
        return within(f"EXISTS ({found} AND {condition})")

    return Operand(value, inside(f"{kind} <> 'null'"), kind=kind, within=inside)


def compared(operand: Operand, operator: str, value: Any, parameters: Parameters) -> Condition:
    """Return the condition of a comparison with a value by `=`, `<`, `<=`, `>` or `>=`."""
    other = parameters.add(value)
    return operand.any(lambda one: f"{one} {operator} {other}")


def among(operand: Operand, values: Iterable[Any], parameters: Parameters) -> Condition:
    """Return the condition that the operand is one of many values."""
    listed = parameters.add(json_text(list(values)))
    return operand.any(lambda one: f"{one} IN (SELECT value FROM json_each({listed}))")


def within(operand: Operand, periods: Iterable[tuple[Any, Any]], parameters: Parameters) -> Condition:
    """Return the condition that the operand is in one of some periods, pairs of a first and a last value."""
    listed = parameters.add(json_text(list(periods)))
    ends = "json_extract(period.value, '$[0]') AND json_extract(period.value, '$[1]')"
    return operand.any(
        lambda one: f"EXISTS (SELECT 1 FROM json_each({listed}) AS period WHERE {one} BETWEEN {ends})"
    )


def containing(operand: Operand, part: str, parameters: Parameters) -> Condition:
    """Return the condition that a text contains a part, without regard to case."""
    other = parameters.add(part.casefold())
    return operand.any(lambda one: f"instr(casefold(CAST({one} AS TEXT)), {other}) > 0")


def beginning(operand: Operand, part: str, parameters: Parameters) -> Condition:
    """Return the condition that a text begins with a part, without regard to case."""
    other = parameters.add(part.casefold())
    return operand.any(lambda one: f"instr(casefold(CAST({one} AS TEXT)), {other}) = 1")


def empty(operand: Operand) -> Condition:
    """Return the condition that there is an empty value: null, or an empty text, list or object."""
    return f"({operand.known} AND coalesce({operand.stored or operand.sql}, '') IN ('', '[]', '{{}}'))"


def negated(condition: Condition) -> Condition:
    """Return the condition that another one is false or, as SQL says, unknown."""
    return f"({condition}) IS NOT TRUE"


def joined(conditions: Sequence[Condition], word: str) -> Condition:
    """Return the condition that all (`and`) or any (`or`) of some hold. Without any, only `and` holds."""
    if not conditions:
        return ALWAYS if word == "and" else NEVER
    if len(conditions) == 1:
        return conditions[0]
    return "(" + f" {word.upper()} ".join(conditions) + ")"


def selected(database_id: int, condition: Condition, parameters: Parameters) -> Selected:
    """Return the profiles of a database that a condition holds for."""
    database = parameters.add(database_id)
    return Selected(
        f"SELECT profile.id AS id FROM altcraft_profile AS profile"
        f" WHERE profile.database_id = {database} AND {condition}",
        parameters.values,
    )
