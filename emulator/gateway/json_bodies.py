"""Decoding of the JSON that clients send."""

import re
from typing import Any

from pydantic_core import from_json

LARGE = re.compile(r"[0-9.][eE]\+?[0-9]{3}|[0-9]{309}")
LARGE_IN_BYTES = re.compile(LARGE.pattern.encode())
"""What a number looks like that may be larger than any a double holds."""


def decoded(text: str | bytes) -> Any:
    """Return what JSON says. Raises ValueError, also for a number that no double holds."""
    content = from_json(text, allow_inf_nan=False)
    may_be_large = LARGE.search(text) if isinstance(text, str) else LARGE_IN_BYTES.search(text)
    if may_be_large is not None and _is_too_large(content):
        raise ValueError("number out of range")
    return content


def _is_too_large(value: Any) -> bool:
    """Return whether a value is a number out of range, or has one in it."""
    if isinstance(value, dict):
        return any(map(_is_too_large, value.values()))
    if isinstance(value, list):
        return any(map(_is_too_large, value))
    return isinstance(value, float) and abs(value) == float("inf")
