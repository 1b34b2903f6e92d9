"""Queries in MongoDB's syntax, of lists of profiles and launches of triggers, compiled to SQL.

https://guides.altcraft.com/en/developer-guide/profiles/37847989. A part of
https://www.mongodb.com/docs/manual/reference/operator/query is supported: a comparison with a list holds if
it holds for any item; a negated comparison also holds for a field that does not exist. Values are converted
to the field's type; a field that is in no list of fields is compared with values of their own JSON type
alone.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from emulator.altcraft.choosing.conditions import (
    NEVER,
    Condition,
    Operand,
    Parameters,
    among,
    compared,
    joined,
    negated,
    selected,
)
from emulator.altcraft.choosing.places import MOST_PARTS, Items, Names, OfProfiles, Place, Subscriptions
from emulator.altcraft.choosing.selected import Selected
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import OBJECTS, spellings
from emulator.altcraft.people.values import READERS
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.people import Database
from emulator.patterns import TooMuchWorkError, UnusablePatternError, effort, is_exhausted, pattern
from emulator.storage.sqlite import json_text

DEEPEST = 12
"""The most levels of objects in a query: deeper ones become expressions that SQLite refuses."""

OF_AN_ELEMENT = 3
"""How many levels more `$elemMatch` counts as."""

MOST_CONDITIONS = 200
LONGEST_NAME = 100
"""How much of a name a refusal repeats."""

LARGEST = 2**63

NO_TYPES: Mapping[str, str] = {}

ORDERS: Mapping[str, str] = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}

WITHOUT_TEXT = frozenset(
    {"int", "float", "bool", "enum", "sex", "status", "date", "moment", "object", "arr_object"}
)
"""The types whose values regular expressions can not be matched with."""


class QueryError(Exception):
    """A query is wrong, or uses a part of the syntax that is not supported."""

    def __init__(self, place: tuple[str, ...], reason: str) -> None:
        super().__init__(reason)
        self.place, self.reason = place, reason


def query_of(
    database: Database,
    query: Mapping[str, Any],
    *,
    named: str = "query",
    resources: list[int] | None = None,
    is_all_text: bool = False,
    types: Mapping[str, str] = NO_TYPES,
) -> Selected:
    """Return the set of a database's profiles that a query selects. Raises IncorrectRequest.

    Run its statement within `bounded`.

    Args:
        database: Its list of fields has the types of values.
        query: The query as the client sent it, in JSON.
        named: The request's parameter that has the query.
        resources: The resources whose subscriptions are looked at; None for all.
        is_all_text: Whether it was sent in XML, where a text may stand for a number or a flag.
        types: The types that undeclared fields are converted to.
    """
    parameters = Parameters(f"query{database.id}_")
    condition = condition_of(
        database,
        query,
        parameters,
        named=named,
        resources=resources,
        is_all_text=is_all_text,
        types=types,
    )
    return selected(database.id, condition, parameters)


def condition_of(
    database: Database,
    query: Mapping[str, Any],
    parameters: Parameters,
    *,
    named: str = "query",
    resources: list[int] | None = None,
    is_all_text: bool = False,
    types: Mapping[str, str] = NO_TYPES,
) -> Condition:
    """Return the condition of a query; the parameters are those of `query_of`. Raises IncorrectRequest."""
    names = OfProfiles(of_database(database), parameters, resources, types)
    try:
        with effort():
            return _Reading(parameters, is_all_text=is_all_text).document(names, query, ())
    except QueryError as problem:
        place = ".".join(part[:LONGEST_NAME] for part in (named, *problem.place))
        raise IncorrectRequest(place, problem.reason) from problem
    except TooMuchWorkError as problem:
        raise IncorrectRequest(named, str(problem)) from problem


@contextmanager
def bounded(named: str = "query") -> Iterator[None]:
    """Bound the work of regular expressions within a block. Raises IncorrectRequest if it is exceeded."""
    with effort():
        try:
            yield
        except sqlite3.OperationalError as problem:
            if not is_exhausted():
                raise
            raise IncorrectRequest(named, str(TooMuchWorkError())) from problem


class _Reading:
    """Compiles one query to a condition."""

    def __init__(self, parameters: Parameters, *, is_all_text: bool) -> None:
        self._parameters = parameters
        self._is_all_text = is_all_text
        self._number = 0
        self._depth = 0
        self._operators: Mapping[str, Callable[[Place, Any, tuple[str, ...]], Condition]] = {
            "$eq": self._equal,
            "$ne": lambda *said: negated(self._equal(*said)),
            "$in": self._in,
            "$nin": lambda *said: negated(self._in(*said)),
            "$all": self._all,
            "$regex": self._fitting,
            **{operator: self._ordered(sign) for operator, sign in ORDERS.items()},
        }
        self._known = sorted(
            {*self._operators, "$and", "$or", "$nor", "$not", "$exists", "$size", "$elemMatch", "$options"}
        )

    def document(self, names: Names, query: Any, place: tuple[str, ...]) -> Condition:
        """Return the condition that all members of a query's object hold."""
        self._go_down(query, place)
        conditions = [self._member(names, name, said, (*place, name)) for name, said in query.items()]
        self._depth -= 1
        return joined(conditions, "and")

    def _go_down(self, query: Any, place: tuple[str, ...]) -> None:
        if not isinstance(query, dict):
            raise QueryError(place, "must be an object")
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(place, f"is nested deeper than {DEEPEST} levels")

    def _member(self, names: Names, name: str, said: Any, place: tuple[str, ...]) -> Condition:
        if name in {"$and", "$or", "$nor"}:
            if not isinstance(said, list) or not said:
                raise QueryError(place, "must be an array of conditions")
            each = [self.document(names, one, (*place, str(number))) for number, one in enumerate(said)]
            return joined(each, "and") if name == "$and" else self._any(each, is_negated=name == "$nor")
        if name.startswith("$"):
            raise self._unknown(name, place)
        found = names.find(name) if len(name.split(".")) <= MOST_PARTS else None
        if found is None:
            raise QueryError(place, "is no field of the database")
        return self._value(found, said, place)

    @staticmethod
    def _any(each: list[Condition], *, is_negated: bool) -> Condition:
        condition = joined(each, "or")
        return negated(condition) if is_negated else condition

    def _unknown(self, name: str, place: tuple[str, ...]) -> QueryError:
        if name in self._known:
            return QueryError(place, "the operator can not stand here")
        return QueryError(place, f"is no operator of queries; they have {', '.join(self._known)}")

    def _value(self, found: Place | Subscriptions, said: Any, place: tuple[str, ...]) -> Condition:
        """Return the condition on a name: by an object of operators, or by a value that it has to equal."""
        if not isinstance(said, dict) or not any(name.startswith("$") for name in said):
            return self._operator(found, "$eq", said, place)
        self._go_down(said, place)
        each = []
        for name, value in said.items():
            if name != "$options" or "$regex" not in said:
                meant = (value, said.get("$options")) if name == "$regex" else value
                each.append(self._operator(found, name, meant, (*place, name)))
        self._depth -= 1
        return joined(each, "and")

    def _operator(
        self, found: Place | Subscriptions, name: str, value: Any, place: tuple[str, ...]
    ) -> Condition:
        self._number += 1
        if self._number > MOST_CONDITIONS:
            raise QueryError((), f"has more than {MOST_CONDITIONS} conditions")
        match name:
            case "$not":
                if not isinstance(value, dict) or not value or not all(one.startswith("$") for one in value):
                    raise QueryError(place, "must be an object of operators")
                return negated(self._value(found, value, place))
            case "$exists":
                return found.exists if self._flag(value, place) else negated(found.exists)
            case "$size":
                return found.sized(self._parameters.add(self._count(value, place)))
            case "$elemMatch":
                return self._element(found.items(self._parameters), value, place)
        if name not in self._operators:
            raise self._unknown(name, place)
        if isinstance(found, Subscriptions):
            raise QueryError(place, "subscriptions are compared by $elemMatch, $size and $exists")
        return self._operators[name](found, value, place)

    @staticmethod
    def _flag(value: Any, place: tuple[str, ...]) -> bool:
        try:
            return bool(READERS["bool"](value))
        except ValueError as problem:
            raise QueryError(place, str(problem)) from problem

    @staticmethod
    def _count(value: Any, place: tuple[str, ...]) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST:
            raise QueryError(place, "must be a number of items")
        return value

    def _element(self, items: Items | None, value: Any, place: tuple[str, ...]) -> Condition:
        """Return the condition of `$elemMatch`: that one item of a list fulfils all of it."""
        logical = {"$and", "$or", "$nor"}
        if (
            isinstance(value, dict)
            and value
            and all(name.startswith("$") and name not in logical for name in value)
        ):
            if items is None:
                return NEVER
            if items.itself is None:
                raise self._unknown(next(iter(value)), place)
            return items.within(self._value(items.itself, value, place))
        if items is None:
            self._go_down(value, place)
            self._depth -= 1
            return NEVER
        self._depth += OF_AN_ELEMENT
        held = self.document(items.names, value, place)
        self._depth -= OF_AN_ELEMENT
        return items.within(joined([items.is_object, held], "and"))

    def _equal(self, found: Place, value: Any, place: tuple[str, ...]) -> Condition:
        if value is None:
            return negated(found.exists)
        if self._is_all_text and (found.read is None or (isinstance(value, dict) and found.type in OBJECTS)):
            return self._spelled(found, value, place)
        if isinstance(value, list) and found.listed:
            return self._whole(found, value, place)
        if found.read is None:
            operand, value = _as_its_kind(found.operand, value, place)
            return compared(operand, "=", value, self._parameters)
        return compared(found.operand, "=", _read(found, value, place), self._parameters)

    def _spelled(self, found: Place, value: Any, place: tuple[str, ...]) -> Condition:
        """Return the condition that a value equals a text from XML, or the value that the text spells."""
        if isinstance(value, dict | list):
            operand = found.operand.of("object" if isinstance(value, dict) else "array")
            name = self._parameters.add(json_text(value))
            return operand.any(lambda one: f"is_spelled({one}, {name})")
        meant = (_as_its_kind(found.operand, one, place) for one in spellings(value))
        each = [compared(operand, "=", one, self._parameters) for operand, one in meant]
        if value == "":
            each.append(found.operand.of("array", "object").any(lambda one: f"{one} IN ('[]', '{{}}')"))
        return joined(each, "or")

    def _whole(self, found: Place, value: list[Any], place: tuple[str, ...]) -> Condition:
        """Return the condition that a list equals another one, or has it as an item."""
        operand = found.operand
        if found.read is None:
            operand = operand.of("array")
            return compared(operand, "=", json_text(value), self._parameters)
        if found.type != "arr_object":
            value = [_read(found, one, place) for one in value]
        return operand.within(f"{operand.sql} = {self._parameters.add(json_text(value))}")

    def _in(self, found: Place, values: Any, place: tuple[str, ...]) -> Condition:
        if not isinstance(values, list):
            raise QueryError(place, "must be an array")
        plain = [one for one in values if _is_plain(one)]
        each = [self._operator(found, "$eq", one, place) for one in values if not _is_plain(one)]
        if found.read is not None:
            each.append(among(found.operand, [_read(found, one, place) for one in plain], self._parameters))
            return joined(each, "or")
        kinds: dict[tuple[str, ...], list[Any]] = {}
        for one in plain:
            operand, value = _as_its_kind(found.operand, one, place)
            kinds.setdefault(operand.kinds, []).append(value)
        each += [among(found.operand.of(*kind), same, self._parameters) for kind, same in kinds.items()]
        return joined(each, "or")

    def _all(self, found: Place, values: Any, place: tuple[str, ...]) -> Condition:
        if not isinstance(values, list):
            raise QueryError(place, "must be an array")
        if not values:
            return NEVER
        return joined([self._operator(found, "$eq", one, place) for one in values], "and")

    def _ordered(self, sign: str) -> Callable[[Place, Any, tuple[str, ...]], Condition]:
        def compare(found: Place, value: Any, place: tuple[str, ...]) -> Condition:
            if not _is_plain(value):
                raise QueryError(place, "must be a text, a number or a date")
            if found.read is not None:
                return compared(found.operand, sign, _read(found, value, place), self._parameters)
            operand, value = _as_its_kind(found.operand, value, place)
            if isinstance(value, bool):
                operand = operand.of("true", "false")
            return compared(operand, sign, value, self._parameters)

        return compare

    def _fitting(self, found: Place, said: Any, place: tuple[str, ...]) -> Condition:
        """Return the condition that a text matches a regular expression."""
        if found.type in WITHOUT_TEXT:
            raise QueryError(place, "is for texts, which the field does not hold")
        text = _expression(said[0], said[1], place)
        try:
            pattern(text)
        except UnusablePatternError as problem:
            raise QueryError(place, str(problem)) from problem
        name = self._parameters.add(text)
        operand = found.operand.of("text") if found.read is None else found.operand
        return operand.any(lambda one: f"fits({name}, {one})")


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool | int | float)


def _read(found: Place, value: Any, place: tuple[str, ...]) -> Any:
    assert found.read is not None
    try:
        return found.read(value)
    except (ValueError, OverflowError) as problem:
        reason = str(problem) if isinstance(problem, ValueError) else "is out of range"
        raise QueryError(place, reason) from problem


def _as_its_kind(operand: Operand, value: Any, place: tuple[str, ...]) -> tuple[Operand, Any]:
    """Return the operand limited to the JSON type of a value, and the value in the form to compare with."""
    if isinstance(value, bool):
        return operand.of("true" if value else "false"), value
    if isinstance(value, str):
        return operand.of("text"), value
    if isinstance(value, dict):
        return operand.of("object"), json_text(value)
    if isinstance(value, list):
        return operand.of("array"), json_text(value)
    if not -LARGEST <= value < LARGEST:
        try:
            value = float(value)
        except OverflowError as problem:
            raise QueryError(place, "is out of range") from problem
    return operand.of("integer", "real"), value


PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\s+|#[^\n]*|.", re.DOTALL)


def _expression(text: Any, options: Any, place: tuple[str, ...]) -> str:
    """Return a regular expression with its options written into it. Raises QueryError."""
    if not isinstance(text, str) or not isinstance(options, str | None):
        raise QueryError(place, "must be a text")
    flags = set(options or "")
    if not flags <= set("imsx"):
        raise QueryError((*place[:-1], "$options"), "must be of the letters i, m, s and x")
    if "x" in flags:
        pieces = PIECE.findall(text)
        text = "".join(one for one in pieces if not one[0].isspace() and not one.startswith("#"))
    kept = "".join(sorted(flags - {"x"}))
    return f"(?{kept}){text}" if kept else text
