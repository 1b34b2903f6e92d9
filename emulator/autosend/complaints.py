"""What AutoSend says about invalid fields: the messages in the `details` of ValidationFailed.

https://docs.autosend.com/api-reference/errors. Some of the messages are documented: `Invalid email format`,
`Invalid value`, `List name is required`, `Property "…" must be a number`. The others are inferred from these.
Messages of pydantic itself never reach a client.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

INVALID = "Invalid value"
"""The message for an error that has no other one."""

WORDS: Mapping[str, str] = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_from_float": "must be an integer",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be a boolean",
    "bool_parsing": "must be a boolean",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be an array",
    "literal_error": "must be one of: {expected}",
    "string_too_long": "must be at most {max_length} characters",
    "string_too_short": "must be at least {min_length} characters",
    "too_long": "must contain at most {max_length} items",
    "too_short": "must contain at least {min_length} items",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
"""The messages by the type of pydantic's error; the name of the field precedes them."""

LENGTHS = frozenset({"too_long", "too_short"})


def complaint(text: str, *at: str) -> PydanticCustomError:
    """Return an error for validators to raise.

    Args:
        text: The message. One that begins in lower case follows the name of the field.
        at: The path from the validated value to the field that it is about.
    """
    return PydanticCustomError("complaint", "{text}", {"text": text, "at": at})


def one_of(words: Sequence[str], *at: str) -> PydanticCustomError:
    """Return an error for a value that is none of `words`; its context has them as `known`."""
    known = ", ".join(words)
    text = f"must be one of: {known}"
    return PydanticCustomError("complaint", "{text}", {"text": text, "at": at, "known": tuple(words)})


def retold(error: ValidationError) -> PydanticCustomError:
    """Return the first error of a model that a validator validates itself, for that validator to raise."""
    first = error.errors()[0]
    ctx = _ctx(first)
    at = (*map(str, first["loc"]), *ctx.get("at", ()))
    return one_of(ctx["known"], *at) if "known" in ctx else complaint(_message(first), *at)


def problem_details(problems: Iterable[Any], *inside: str) -> list[tuple[str, str]]:
    """Return (field, message) of the first error in each field; `inside` precedes the path of the field."""
    details: dict[str, str] = {}
    for problem in problems:
        field = _field([*inside, *problem["loc"], *_ctx(problem).get("at", ())])
        details.setdefault(field, about(field, _message(problem)))
    return list(details.items())


def about(field: str, message: str) -> str:
    """Return a message about a field, with the field's name in front if it begins in lower case."""
    return f"{field} {message}" if message[:1].islower() else message


def _field(loc: Iterable[object]) -> str:
    """Return the path of a field as clients write it; `body` or `query` for an error without a field."""
    source, *place = map(str, loc)
    return ".".join(part for part in place if not _BRANCH.fullmatch(part)) or source


_BRANCH = re.compile(r"constrained-\w+|(function-\w+|literal|list|dict|nullable)\[.*\]")
"""How pydantic names the types in a union in the location of an error."""


def _message(problem: Mapping[str, Any]) -> str:
    ctx = _ctx(problem)
    match problem.get("type"):
        case None:  # an error from before any field was read; zlib's words follow the colon
            return str(problem["msg"]).partition(":")[0]
        case "complaint":
            return str(ctx["text"])
        case "value_error":
            return str(ctx["error"])
    kind = problem["type"]
    if kind in LENGTHS and isinstance(problem.get("input"), str):
        kind = f"string_{kind}"  # pydantic's type if it checks the length of a text after other validators
    if kind == "string_too_short" and ctx["min_length"] == 1:
        return WORDS["missing"]
    listed = {"expected": _listed(str(ctx.get("expected", "")))}
    return WORDS.get(kind, INVALID).format(**ctx | listed)


def _ctx(problem: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = problem.get("ctx", {})
    return found


def _listed(expected: str) -> str:
    """Return the values of an enumeration, which pydantic joins with `or`, separated by commas."""
    return ", ".join(re.findall("'([^']*)'", expected))
