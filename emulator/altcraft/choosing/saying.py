"""A rule of a segment while it is compiled: its scope, its arguments, and refusals about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from emulator.altcraft.choosing.conditions import Parameters
from emulator.altcraft.choosing.items import Argument, Rule
from emulator.altcraft.people.fields import OF_SUBSCRIPTIONS, Field, FieldList, of_resource
from emulator.altcraft.people.values import READERS, Reader, is_said
from emulator.altcraft.refusals import AltcraftError, IncorrectRequest, ObjectNotFound
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.tables.scenarios import Scenario
from emulator.engine.clock import Millis

Named = TypeVar("Named", Database, Resource, Scenario, Segment)

Sees = Callable[[list[int]], bool]
"""Returns whether the client's token sees an object in these groups."""


@dataclass(frozen=True)
class Scope:
    """The profiles that the rules of an item choose from: those of a database, at an instant."""

    session: Session
    database_id: int
    fields: FieldList
    now: Millis
    parameters: Parameters
    include: Callable[[Segment], str] | None = None
    """Returns the name of a segment's people in the statement; None while rules are only checked."""
    sees: Sees | None = None
    """Returns whether the client's token sees an object that a rule names; None unless rules are checked."""

    def find(self, table: type[Named], number: int, kind: str) -> Named | None:
        """Return the object that a rule names. Raises ObjectNotFound while rules are checked."""
        row: Named | None = self.session.get(table, number)
        if self.sees is not None and (row is None or not self.sees(row.groups)):
            raise ObjectNotFound(kind, number)
        return row

    def subscription_field(self, name: str, resource: Resource | None) -> Field | None:
        """Return the field of this name in the subscriptions of a resource, or of any if none is given."""
        if name in OF_SUBSCRIPTIONS:
            return OF_SUBSCRIPTIONS[name]
        resources = [resource] if resource else self.session.exec(select(Resource).order_by(col(Resource.id)))
        found = (of_resource(one).get(name) for one in resources)
        return next((field for field in found if field is not None), None)


@dataclass(frozen=True)
class Said:
    """A rule, and where it stands in the request: `segment.0.queries.1`."""

    rule: Rule
    place: str
    _read: set[str] = field(default_factory=set)
    """The names of the arguments that were read."""

    def refusal(self, name: str, reason: str) -> AltcraftError:
        return IncorrectRequest(f"{self.place}.{name}", reason)

    def unknown_operator(self) -> AltcraftError:
        return self.refusal("operator", f"unknown operator {self.rule.operator!r} of {self.rule.type!r}")

    def values(self, name: str) -> list[Any]:
        """Return all values of an argument, which may be a list, or be there several times."""
        self._read.add(name)
        found: list[Any] = []
        for argument in self._arguments(name):
            found += argument.value if isinstance(argument.value, list) else [argument.value]
        return found

    def value(self, name: str) -> Any:
        """Return the value of an argument; None where it is left out. Raises IncorrectRequest."""
        self._read.add(name)
        arguments = self._arguments(name)
        if len(arguments) > 1:
            raise self.refusal(f"value.{name}", "is there more than once")
        return arguments[0].value if arguments else None

    def needed(self, name: str) -> Any:
        value = self.value(name)
        if value is None:
            raise self.refusal(f"value.{name}", "Field required")
        return value

    def read(self, name: str, reader: Reader, value: Any) -> Any:
        """Return the stored form of a value. Raises IncorrectRequest."""
        try:
            return reader(value)
        except (ValueError, OverflowError) as problem:
            raise self.refusal(f"value.{name}", str(problem)) from problem

    def number(self, name: str) -> int:
        return int(self.read(name, READERS["int"], self.needed(name)))

    def number_or_none(self, name: str, kind: str = "int") -> Any:
        value = self.value(name)
        return None if value is None or value == "" else self.read(name, READERS[kind], value)

    def numbers(self, name: str) -> list[int]:
        return [int(self.read(name, READERS["int"], value)) for value in self.values(name) if value != ""]

    def refuse_others(self) -> None:
        """Raise IncorrectRequest for an argument that is not empty and was not read."""
        for argument in self.rule.value:
            if argument.name not in self._read and is_said(argument.value):
                raise self.refusal("value", f"unknown argument {argument.name!r} of {self.rule.operator!r}")

    def _arguments(self, name: str) -> Sequence[Argument]:
        return [one for one in self.rule.value if one.name == name]
