"""The complaints about a fixture file that a model refuses: one in plain words for each wrong place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from emulator.misspelt import not_known, reason_within, words_of
from emulator.reasons import reason_of
from emulator.sandbox.fixture_content import Complaint

LENGTHS = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
"""The bounds of lists, in words and in pydantic's errors, whose own text counts only the valid items."""

Problem = Mapping[str, Any]
"""One of pydantic's errors."""

Place = tuple[Any, ...]
Rest = tuple[Place, Problem]
"""The remaining steps to the place of a problem, and the problem."""

KINDS = {
    "string_type": "a text",
    "list_type": "a list",
    "model_type": "fields with values",
    "dict_type": "names with values",
    "int_type": "a number",
    "int_parsing": "a number",
    "float_type": "a number",
    "float_parsing": "a number",
    "literal_error": "",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
"""The kind of value that is asked for, by the type of the problem; a literal has its own words."""


def refused(problems: Iterable[Problem], content: object, model: type[BaseModel]) -> Iterator[Complaint]:
    """Yield the places in a file whose content is refused, and why."""
    return _within([(problem["loc"], problem) for problem in problems], (), content, model)


def _within(found: Sequence[Rest], place: Place, value: Any, model: type[BaseModel]) -> Iterator[Complaint]:
    """Yield the complaints about the value at a place and about its parts.

    A step that the value does not have is pydantic's name for one of several types that the value may have.
    Only the problems with the type that the value is meant to have count.
    """
    inner: dict[Any, list[Rest]] = {}
    types: dict[Any, list[Rest]] = {}
    for rest, problem in found:
        if not rest or (len(rest) == 1 and _is_of_a_name(rest[0], problem)):
            yield _complaint(problem, (*place, *rest), model)
        else:
            steps = inner if _has(value, rest[0]) else types
            steps.setdefault(rest[0], []).append((rest[1:], problem))
    for step, some in inner.items():
        yield from _within(some, (*place, step), value[step], model)
    if types:
        meant = [some for some in types.values() if not any(_is_another_kind(*one) for one in some)]
        if meant or len(types) == 1:
            yield from _within([*meant, *types.values()][0], place, value, model)
        else:
            yield place, _none_of(value, [problem for some in types.values() for _, problem in some])


def _is_of_a_name(name: object, problem: Problem) -> bool:
    """Return whether a problem is about a name in the value: one that it lacks, or that none can be."""
    return problem["type"] in {"missing", "invalid_key"} or name == "[key]"


def _has(value: object, step: object) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int)


def _is_another_kind(rest: Place, problem: Problem) -> bool:
    return not rest and problem["type"] in KINDS


def _none_of(value: object, problems: Sequence[Problem]) -> str:
    """Return the complaint about a value that is of none of several types."""
    types = sorted((problem["type"] for problem in problems), key=list(KINDS).index)
    literals = (problem for problem in problems if problem["type"] == "literal_error")
    words = " or ".join(word for problem in literals for word in words_of(problem))
    *kinds, last = dict.fromkeys(KINDS[one] or words for one in types)
    said = f"must be {', '.join(kinds)}{', ' if ' or ' in last else ' or '}{last}"
    return f"{said}: write dates in quotes" if isinstance(value, date) and "a text" in kinds else said


def _complaint(problem: Problem, place: Place, model: type[BaseModel]) -> Complaint:
    """Return the place and the reason of a problem, which a validator may have found deeper in the value."""
    if problem["type"] == "invalid_key":
        return (*place[:-1], _name(problem["input"])), "a name of a field must be a text"
    if place[-1:] == ("[key]",):
        return (*place[:-2], _name(problem["input"])), f"can not be a name here: {reason_of(problem)}"
    ctx = problem.get("ctx", {})
    within = tuple(int(one) if one.isdecimal() else one for one in ctx.get("at", ()))
    if "known" in ctx and isinstance(word := _at(problem["input"], within), str):
        return (*place, *within), f"{word} {not_known(word, ctx['known'], 'a word here')}"
    return (*place, *within), _reason(problem, model)


def _at(value: Any, within: Place) -> Any:
    """Return what is at a place in a value, None where there is nothing."""
    for step in within:
        value = value[step] if _has(value, step) else None
    return value


def _reason(problem: Problem, model: type[BaseModel]) -> str:
    match problem["type"], problem["input"]:
        case ("model_type" | "dict_type") as kind, _:
            return f"must be {KINDS[kind]}"
        case ("too_short" | "too_long") as kind, _:
            many, bound = LENGTHS[kind]
            number = problem["ctx"][bound]
            return f"must have {many} {number} item{'s' * (number != 1)}"
        case "uuid_parsing", _:
            return "must be a UUID, such as b2f9fd6a-2499-4a63-b592-f15d4e3b6aaa"
        case "string_type", date() | int() | float():
            return "must be a text: write it in quotes"
        case "literal_error", str(word) if words := words_of(problem):
            return f"{word} {not_known(word, words, 'a word here')}"
    return reason_within(problem, problem["loc"], model)


def _name(key: object) -> str:
    return "null" if key is None else str(key)
