"""Decoding of the JSON that clients send."""

from collections.abc import Iterator
from math import inf
from typing import Any

from pydantic_core import from_json, to_json

MAX_VALUES = 600_000
"""How many values a body may hold: 10,000 profiles of 50 fields, and the criteria that find each profile.

The decoder blocks all threads while it runs (docs/decisions/0034-long-work.md).
"""

MAX_NAMES = 50_000
"""How many different names of fields a body may have: a new one takes the decoder five times as long."""

CACHED_NAMES = 12_000
"""Up to how many different names a cache of names makes the decoder quicker: it has room for 16,384."""

BEFORE_VALUES = b"[{,"
"""The bytes of which one precedes each value but the first. Those inside of texts are counted, too."""

SPACES = b" \t\r\n"

PIECE = 1024 * 1024
"""How many bytes are looked at in one step, in which no other thread runs."""


class TooManyValuesError(ValueError):
    """A body holds more values than `MAX_VALUES`, or more names than `MAX_NAMES`."""


def parsed(text: str | bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError, and TooManyValuesError before it is decoded."""
    are_names_few = True
    if len(text) > MAX_NAMES:
        raw = text.encode() if isinstance(text, str) else text
        if len(raw) > MAX_VALUES:
            _check_number(raw)
        are_names_few = _number_of_names(raw) <= CACHED_NAMES
    # A cache of all texts, and not just of names, takes several times as long.
    return from_json(text, allow_inf_nan=False, cache_strings="keys" if are_names_few else "none")


def decoded(text: str | bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError as `parsed` does, and for a number out of range."""
    content = parsed(text)
    # To encode the value again is much faster than to look at each number, but blocks all threads.
    may_have = len(text) > PIECE or b"Infinity" in to_json(content, inf_nan_mode="constants")
    if may_have and _has_infinite(content):
        raise ValueError("number out of range")
    return content


def _check_number(text: bytes) -> None:
    """Raise TooManyValuesError if a JSON text may hold too many values."""
    if sum(len(piece) - len(piece.translate(None, BEFORE_VALUES)) for piece in _pieces(text)) > MAX_VALUES:
        raise TooManyValuesError(f"there are more than {MAX_VALUES} values, or commas and brackets in texts")


def _number_of_names(text: bytes) -> int:
    """Return how many different names there are, 0 if there are few colons. Other threads run meanwhile.

    A text in quotes before a colon is counted as a name, also inside of a text that holds JSON.
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
    kinds = set(map(type, held))  # most lists and objects hold neither fractions nor other lists and objects
    if float in kinds and (inf in held or -inf in held):
        return True
    return not kinds.isdisjoint({dict, list}) and any(map(_has_infinite, held))
