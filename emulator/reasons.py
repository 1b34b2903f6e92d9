"""The reasons of pydantic's and the operating system's errors, in words for people."""

from collections.abc import Mapping
from typing import Any


def reason_of(problem: Mapping[str, Any]) -> str:
    """Return the reason of one of pydantic's errors, without the prefix that it gives to our validators'."""
    return str(problem["msg"]).removeprefix("Value error, ")


def reason_of_failure(error: BaseException) -> str:
    """Return the message of an error; of the operating system's, file and reason without the number."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
