"""The reasons of pydantic's and the operating system's errors, in words for people."""

import re
from collections.abc import Mapping
from typing import Any

OBJECT = "must be an object of fields"
INTEGER = "must be a whole number"
NUMBER = "must be a number"
TRUTH = "must be true or false"

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
}
"""The messages that replace pydantic's, by its types of errors."""

SHOULD = re.compile(r"^\w+ should ")
"""The beginning of pydantic's messages about what a value has to be."""


def reason_of(problem: Mapping[str, Any]) -> str:
    """Return the reason of one of pydantic's errors, without the prefix that it gives to our validators'."""
    return str(problem["msg"]).removeprefix("Value error, ")


def plain_reason(problem: Mapping[str, Any]) -> str:
    """Return the reason of one of pydantic's errors in plain words: what the value has to be."""
    said = SHOULD.sub("must ", reason_of(problem))
    return SAID.get(problem["type"]) or said.partition(" after validation")[0]


def reason_of_failure(error: BaseException) -> str:
    """Return the message of an error; of the operating system's, file and reason without the number."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
