"""Conditions on profiles as SQL: what queries in MongoDB's syntax and the rules of segments are compiled to.

A condition is the text of a SQL expression about a row of `altcraft_profile AS profile`. Its values stand
in a `Parameters`, never in the text. A field that a profile does not have differs from everything, and is
neither smaller nor greater than anything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.altcraft.choosing.selections import Selected
from emulator.altcraft.people.fields import Field
from emulator.altcraft.people.matching import json_path
from emulator.storage.sqlite import json_text

Condition = str

ALWAYS: Condition = "1"
NEVER: Condition = "0"

LISTS = frozenset({"tags", "phones", "cats", "arr_object"})
"""The types whose values are lists: a comparison holds if it holds for any item."""

COLUMNS = {
    "email": "profile.email",
    "phones": "profile.phones",
    "_status": "profile.status",
    "_is_test": "profile.is_test",
    "_id": "profile.id",
    "_xxh": "profile.xxh",
    "_createtime": "profile.created_at",
    "_updatetime": "profile.updated_at",
}
"""The fields that have a column of their own. The times are milliseconds."""


class Parameters:
    """The values of a statement, by the names that stand for them in its text."""

    def __init__(self, prefix: str = "c") -> None:
        self._prefix = prefix
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        """Return what stands for a value: `:c0`."""
        name = f"{self._prefix}{len(self.values)}"
        self.values[name] = value
        return f":{name}"


@dataclass(frozen=True)
class Operand:
    """The value of a field, as SQL has it."""

    sql: str
    """The value; of a list or an object, its JSON."""
    known: Condition
    """That there is a value, be it empty."""
    is_list: bool = False

    def any(self, condition: Callable[[str], Condition]) -> Condition:
        """Return that a condition holds for the value, or for any item of a list."""
        if not self.is_list:
            return f"({condition(self.sql)})"
        return f"EXISTS (SELECT 1 FROM json_each({self.sql}) AS item WHERE {condition('item.value')})"


def of_profile(field: Field, parameters: Parameters, place: Sequence[str] = ()) -> Operand:
    """Return the value of a profile's field, or of a property within an object at `place`."""
    column = COLUMNS.get(field.name)
    if column:
        return Operand(column, f"{column} IS NOT NULL", is_list=field.type in LISTS)
    return in_json("profile.fields", field, parameters, place)


def in_json(column: str, field: Field, parameters: Parameters, place: Sequence[str] = ()) -> Operand:
    """Return the value of a field that stands in a JSON column, such as `subscription.fields`."""
    path = parameters.add(json_path(field.name) + "".join(json_path(part)[1:] for part in place))
    value, kind = f"json_extract({column}, {path})", f"json_type({column}, {path})"
    if place and field.type != "arr_object":
        # What is in an object has no declared type: a list is one by its value.
        value = f"CASE {kind} WHEN 'array' THEN {value} ELSE json_array({value}) END"
        return Operand(value, f"{kind} IS NOT NULL", is_list=True)
    return Operand(value, f"{kind} IS NOT NULL", is_list=field.type in LISTS)


def compared(operand: Operand, operator: str, value: Any, parameters: Parameters) -> Condition:
    """Return that a value compares so to another: `=`, `<`, `<=`, `>`, `>=`."""
    other = parameters.add(value)
    return operand.any(lambda one: f"{one} {operator} {other}")


def among(operand: Operand, values: Iterable[Any], parameters: Parameters) -> Condition:
    """Return that a value is one of many."""
    listed = parameters.add(json_text(list(values)))
    return operand.any(lambda one: f"{one} IN (SELECT value FROM json_each({listed}))")


def containing(operand: Operand, part: str, parameters: Parameters) -> Condition:
    """Return that a text has a part, in whatever case."""
    other = parameters.add(part.casefold())
    return operand.any(lambda one: f"instr(casefold(CAST({one} AS TEXT)), {other}) > 0")


def beginning(operand: Operand, part: str, parameters: Parameters) -> Condition:
    """Return that a text begins with a part, in whatever case."""
    other = parameters.add(part.casefold())
    return operand.any(lambda one: f"instr(casefold(CAST({one} AS TEXT)), {other}) = 1")


def empty(operand: Operand) -> Condition:
    """Return that there is a value which holds nothing: no text, no item, nothing at all."""
    return f"({operand.known} AND coalesce({operand.sql}, '') IN ('', '[]', '{{}}'))"


def negated(condition: Condition) -> Condition:
    """Return that a condition does not hold; what is unknown does not."""
    return f"NOT coalesce({condition}, 0)"


def joined(conditions: Sequence[Condition], word: str) -> Condition:
    """Return that all (`and`) or any (`or`) of some conditions hold; of none, all do and none does."""
    if not conditions:
        return ALWAYS if word == "and" else NEVER
    return "(" + f" {word.upper()} ".join(conditions) + ")"


def selected(database_id: int, condition: Condition, parameters: Parameters) -> Selected:
    """Return the profiles of a database that a condition holds for."""
    database = parameters.add(database_id)
    return Selected(
        f"SELECT profile.id FROM altcraft_profile AS profile"
        f" WHERE profile.database_id = {database} AND coalesce({condition}, 0)",
        parameters.values,
    )
