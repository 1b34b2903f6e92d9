"""Why pydantic refuses a value, and why the machine refuses something, in words for people."""

from collections.abc import Mapping
from typing import Any


def reason_of(problem: Mapping[str, Any]) -> str:
    """Return the reason of one of pydantic's errors, without what it puts before those of our validators."""
    return str(problem["msg"]).removeprefix("Value error, ")


def reason_of_failure(error: BaseException) -> str:
    """Return what an error says: of the machine's, file and reason without their number."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
