"""Why pydantic refuses a value, in words for people."""

from collections.abc import Mapping
from typing import Any


def reason_of(problem: Mapping[str, Any]) -> str:
    """Return the reason of one of pydantic's errors, without what it puts before those of our validators."""
    return str(problem["msg"]).removeprefix("Value error, ")
