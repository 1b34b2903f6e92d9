"""Decoding of the JSON that clients send."""

from typing import Any

from pydantic_core import from_json, to_json


def decoded(text: str | bytes) -> Any:
    """Return what JSON says. Raises ValueError, also for a number that no double holds."""
    content = from_json(text, allow_inf_nan=False)
    # Writing it again takes a fraction of the time that looking at each value, or for patterns, would.
    if b"Infinity" in to_json(content, inf_nan_mode="constants") and _has_infinite(content):
        raise ValueError("number out of range")
    return content


def _has_infinite(value: Any) -> bool:
    """Return whether a value is a number out of range, or has one in it."""
    if isinstance(value, dict):
        return any(map(_has_infinite, value.values()))
    if isinstance(value, list):
        return any(map(_has_infinite, value))
    return isinstance(value, float) and abs(value) == float("inf")
