"""What is said of the fields of a request that are not valid: each by its name, with what it has to be."""

from collections.abc import Iterable
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from emulator.control.values import MOMENT
from emulator.engine.clock import NO_SUCH_INSTANT, is_written_as_instant
from emulator.misspelt import reason_within
from emulator.reasons import reason_of

OBJECT = "must be an object of fields"
MOMENTS = {"timezone_aware", "datetime_parsing", "datetime_from_date_parsing"}
"""Pydantic's types of errors in dates and times."""

SAID = {
    "model_attributes_type": OBJECT,
    "model_type": OBJECT,
    "dict_type": OBJECT,
}
"""What is said in place of pydantic's words, by its types of errors."""


def complaints(error: RequestValidationError, route: APIRoute | None) -> list[dict[str, str]]:
    """Return the fields of a request that are not valid, with what is wrong with each."""
    return [
        {"field": _field(problem["loc"]), "message": _message(problem, route)} for problem in error.errors()
    ]


def _field(location: Iterable[Any]) -> str:
    source, *place = location
    return ".".join(str(part) for part in place) or str(source)


def _message(problem: Any, route: APIRoute | None) -> str:
    if problem["type"] == "extra_forbidden" and route is not None and route.body_field is not None:
        return reason_within(problem, problem["loc"][1:], route.body_field.field_info.annotation)
    if problem["type"] == "literal_error":
        return reason_within(problem, (), None)
    if problem["type"] in MOMENTS:
        return NO_SUCH_INSTANT if is_written_as_instant(str(problem["input"])) else MOMENT
    return SAID.get(problem["type"], reason_of(problem))
