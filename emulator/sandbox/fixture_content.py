"""Checks of a fixture file's content: what can not be stored, and what pydantic reads as something else."""

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel

from emulator.sandbox.fixture_text import MAX_DEPTH

Complaint = tuple[tuple[int | str, ...], str]
"""A place in a file, and what is wrong there."""

MOST_PARTS = 1_000_000
"""How many parts a file may have with those that anchors stand for; a longer file, as many as letters."""


def endless(content: object, length: int) -> Complaint | None:
    """Return where anchors make a file of that length endless, too deep or too large; None if nowhere."""
    parts: list[tuple[tuple[int | str, ...], object, frozenset[int]]] = [((), content, frozenset())]
    for _ in range(max(MOST_PARTS, length)):
        if not parts:
            return None
        place, part, around = parts.pop()
        if id(part) in around:
            return place, "contains itself"
        if len(place) > MAX_DEPTH:
            return place, f"is nested deeper than {MAX_DEPTH} levels"
        if isinstance(part, dict | list):
            inner = around | {id(part)}
            parts += (((*place, name), one, inner) for name, one in _within(part))
    return (), f"has more than {MOST_PARTS:,} parts with what its anchors stand for"


def untrue(content: object, read: object, place: tuple[int | str, ...] = ()) -> Iterator[Complaint]:
    """Yield where a file says true or false and a number was read: pydantic takes them for 1 and 0.

    Only the booleans of the file are looked at, so that numbers cost nothing. A part that was read unchanged
    has none.
    """
    if isinstance(content, bool):
        if isinstance(read, int | float) and not isinstance(read, bool):
            yield place, "must be a number, not true or false"
    elif isinstance(content, dict | list) and read is not content:
        for name, value in _within(content):
            if isinstance(value, bool | dict | list):
                yield from untrue(value, _part(read, name), (*place, name))


def unstorable(value: object, place: tuple[int | str, ...]) -> Iterator[Complaint]:
    """Yield the values at and below a place that can not be stored: some numbers, and types of YAML alone."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield place, "is too large a number"
    if isinstance(value, float) and not math.isfinite(value):
        yield place, "must be a finite number"
    if isinstance(value, date):
        yield place, "must be a text: write dates in quotes"
    if isinstance(value, bytes | set | tuple):
        yield place, "must be a text, a number, true or false, a list or fields"
    for name, one in _within(value):
        if not isinstance(name, str) and isinstance(value, dict):
            yield (*place, str(name)), "a name of a field must be a text: write it in quotes"
        yield from unstorable(one, (*place, name))


def _within(part: object) -> Iterator[tuple[Any, object]]:
    """Return the parts of a mapping, or of a model, by their names in the file; those of a list by number."""
    if isinstance(part, BaseModel):
        fields = type(part).model_fields.items()
        return ((field.alias or name, getattr(part, name)) for name, field in fields)
    return iter(part.items() if isinstance(part, dict) else enumerate(part if isinstance(part, list) else []))


def _part(read: object, name: Any) -> object:
    """Return the part of what was read that has this name in the file; None if there is none."""
    if isinstance(read, BaseModel):
        fields = type(read).model_fields.items()
        return next((getattr(read, own) for own, field in fields if (field.alias or own) == name), None)
    if isinstance(read, dict):
        return read.get(name)
    return read[name] if isinstance(read, list) and isinstance(name, int) and name < len(read) else None
