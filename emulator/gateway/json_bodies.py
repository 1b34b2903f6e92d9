"""Decoding of the JSON that clients send."""

from collections.abc import Iterator
from math import inf
from typing import Any

from pydantic_core import from_json, to_json

MAX_VALUES = 600_000
"""How many values a body may hold: 10,000 profiles of 50 fields, with what each is looked for by.

A decoder holds all threads for as long as it takes (docs/decisions/0034-long-work.md).
"""

MAX_NAMES = 50_000
"""How many names a body may have that differ: a decoder takes five times as long for a new one."""

CACHED_NAMES = 12_000
"""Up to how many different names a decoder is quicker that remembers them: it has room for 16,384."""

BEFORE_VALUES = b"[{,"
"""One of these stands before each value but the first; those in texts are counted as well."""

SPACES = b" \t\r\n"

PIECE = 1024 * 1024
"""How many bytes are looked at in one step, in which no other thread runs."""


class TooManyValuesError(ValueError):
    """A body holds more values than `MAX_VALUES`, or more names than `MAX_NAMES`."""


def parsed(text: str | bytes) -> Any:
    """Return what JSON says. Raises ValueError, and TooManyValuesError before anything is decoded."""
    are_names_few = True
    if len(text) > MAX_NAMES:
        raw = text.encode() if isinstance(text, str) else text
        if len(raw) > MAX_VALUES:
            _check_number(raw)
        are_names_few = _number_of_names(raw) <= CACHED_NAMES
    # Looking whether each text has come before, and not just each name, takes several times as long.
    return from_json(text, allow_inf_nan=False, cache_strings="keys" if are_names_few else "none")


def decoded(text: str | bytes) -> Any:
    """Return what JSON says. Raises ValueError as `parsed` does, and for a number that no double holds."""
    content = parsed(text)
    # Writing it again takes a fraction of the time that looking at each value does, but it is one step.
    may_have = len(text) > PIECE or b"Infinity" in to_json(content, inf_nan_mode="constants")
    if may_have and _has_infinite(content):
        raise ValueError("number out of range")
    return content


def _check_number(text: bytes) -> None:
    """Raise TooManyValuesError where there may be too many values."""
    if sum(len(piece) - len(piece.translate(None, BEFORE_VALUES)) for piece in _pieces(text)) > MAX_VALUES:
        raise TooManyValuesError(f"there are more than {MAX_VALUES} values, or commas and brackets in texts")


def _number_of_names(text: bytes) -> int:
    """Return how many names differ, 0 where there are few colons. Others run meanwhile.

    What stands in quotes before a colon is a name; those in JSON that is a text are counted as well.
    Raises TooManyValuesError.
    """
    if sum(piece.count(b":") for piece in _pieces(text)) <= MAX_NAMES:
        return 0
    names = set[bytes]()
    for piece in _pieces(text):
        parts = piece.translate(None, SPACES).split(b'":')
        names.update(part[part.rfind(b'"') :] for part in parts)
        if len(names) > MAX_NAMES:
            raise TooManyValuesError(f"there are more than {MAX_NAMES} different names")
    return len(names)


def _pieces(text: bytes) -> Iterator[bytes]:
    return (text[begin : begin + PIECE] for begin in range(0, len(text), PIECE))


def _has_infinite(value: Any) -> bool:
    """Return whether a value is a number out of range, or has one in it."""
    if not isinstance(value, dict | list):
        return isinstance(value, float) and abs(value) == inf
    held = value.values() if isinstance(value, dict) else value
    kinds = set(map(type, held))  # most lists and objects hold neither fractions nor others
    if float in kinds and (inf in held or -inf in held):
        return True
    return not kinds.isdisjoint({dict, list}) and any(map(_has_infinite, held))
