"""The complaints about invalid fields of a request: the name of each field, and what it has to be."""

import re
from collections.abc import Iterable
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from emulator.control.values import MOMENT
from emulator.engine.clock import NO_SUCH_INSTANT, is_written_as_instant
from emulator.misspelt import reason_within, words_of
from emulator.reasons import reason_of

BODY = "body"
OBJECT = "must be an object of fields"
INTEGER = "must be a whole number"
NUMBER = "must be a number"
TRUTH = "must be true or false"
MOMENTS = {"timezone_aware", "datetime_parsing", "datetime_from_date_parsing"}
"""Pydantic's types of errors in dates and times."""

SAID = {
    "model_attributes_type": OBJECT,
    "model_type": OBJECT,
    "dict_type": OBJECT,
    "list_type": "must be a list",
    "string_type": "must be a text",
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "int_type": INTEGER,
    "int_parsing": INTEGER,
    "int_from_float": INTEGER,
    "int_parsing_size": "has too many digits",
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "literal_error": "must be true",
}
"""The messages that replace pydantic's, by its types of errors; a literal that is no word is `true`."""

SHOULD = re.compile(r"^\w+ should ")
"""The beginning of pydantic's messages about what a value has to be."""


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
    if problem["type"] == "literal_error" and words_of(problem):
        return reason_within(problem, (), None)
    if problem["type"] == "json_invalid":
        return f"is not JSON: {problem['ctx']['error']} at character {problem['loc'][-1] + 1}"
    if problem["type"] in MOMENTS:
        return NO_SUCH_INSTANT if is_written_as_instant(str(problem["input"])) else MOMENT
    said = SHOULD.sub("must ", reason_of(problem))
    return SAID.get(problem["type"]) or said.partition(" after validation")[0]
