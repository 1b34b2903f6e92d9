"""The complaints about invalid fields of a request: the name of each field, and what it has to be."""

from collections.abc import Iterable
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from emulator.control.values import MOMENT
from emulator.engine.clock import NO_SUCH_INSTANT, is_written_as_instant
from emulator.misspelt import reason_within, words_of
from emulator.reasons import plain_reason

BODY = "body"
MOMENTS = {"timezone_aware", "datetime_parsing", "datetime_from_date_parsing"}
"""Pydantic's types of errors in dates and times."""


def complaints(error: RequestValidationError, route: APIRoute | None) -> list[dict[str, str]]:
    """Return the fields of a request that are not valid, with what is wrong with each."""
    return [
        {"field": _field(problem["loc"]), "message": _message(problem, route)} for problem in error.errors()
    ]


def unreadable(error: BaseException | None) -> dict[str, str]:
    """Return the complaint about a body that can not be read as JSON for another reason than its grammar."""
    match error:
        case RecursionError():
            reason = "it is nested too deeply"
        case UnicodeError():
            reason = "it is not in UTF-8"
        case _:
            reason = "it has a number with too many digits"
    return {"field": BODY, "message": f"is not JSON: {reason}"}


def _field(location: Iterable[Any]) -> str:
    source, *place = location
    if place and source == BODY and isinstance(place[0], int):  # a position in a text that is no JSON
        return BODY
    return ".".join(str(part) for part in place) or str(source)


def _message(problem: Any, route: APIRoute | None) -> str:
    if problem["type"] == "extra_forbidden" and route is not None and route.body_field is not None:
        return reason_within(problem, problem["loc"][1:], route.body_field.field_info.annotation)
    if problem["type"] == "literal_error":
        return reason_within(problem, (), None) if words_of(problem) else "must be true"
    if problem["type"] == "json_invalid":
        return f"is not JSON: {problem['ctx']['error']} at character {problem['loc'][-1] + 1}"
    if problem["type"] in MOMENTS:
        return NO_SUCH_INSTANT if is_written_as_instant(str(problem["input"])) else MOMENT
    return plain_reason(problem)
