"""Complaints about a request's fields, in the words of the Symfony validator.

The documentation shows two of its texts, `This value is too long. It should have 15 characters
or less.` and `The value you selected is not a valid choice.`; the others are inferred from it. A
field is named by its path without dots and brackets: `messages[0].phone` is `messages0phone`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

BLANK = "This value should not be blank."
NOT_BLANK = "This value should be blank."
INVALID = "This value is not valid."
NOT_A_BOOLEAN = "This value should be of type boolean."
NOT_A_CHOICE = "The value you selected is not a valid choice."
NOT_A_URL = "This value is not a valid URL."
NOT_OURS = "This value should not be the address of the emulator itself."
NOT_AN_INTEGER = "This value should be of type integer."
NOT_A_DATE = "This value is not a valid datetime."
ALREADY_USED = "This value is already used."
NOT_UNIQUE = "This collection should contain only unique elements."

Violations = dict[str, list[str]]


def complaint(text: str, place: str = "") -> PydanticCustomError:
    """Make the error that a validator raises, about the value itself or about its part `place`."""
    return PydanticCustomError("complaint", "{text}", {"text": text, "place": place})


def too_long(limit: int) -> str:
    return f"This value is too long. It should have {_counted(limit, 'character')} or less."


def too_short(limit: int) -> str:
    return f"This value is too short. It should have {_counted(limit, 'character')} or more."


def too_many(limit: int) -> str:
    return f"This collection should contain {_counted(limit, 'element')} or less."


def too_many_contacts(limit: int, where: str = "lists") -> str:
    return f"These {where} should contain {_counted(limit, 'contact')} or less."


def too_few(limit: int) -> str:
    return f"This collection should contain {_counted(limit, 'element')} or more."


def not_between(low: int, high: int) -> str:
    return f"This value should be between {low} and {high}."


def at_least(limit: object) -> str:
    return f"This value should be greater than or equal to {limit}."


def at_most(limit: object) -> str:
    return f"This value should be less than or equal to {limit}."


def violations(problems: Sequence[Any]) -> Violations:
    """Translate pydantic's errors."""
    found: Violations = {}
    for problem in problems:
        found.setdefault(_key(problem), []).append(_text(problem))
    return found


def flattened(place: str) -> str:
    """Write a property path without dots and brackets."""
    return place.translate(_DROPPED)


_DROPPED = str.maketrans("", "", ".[]")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _key(problem: Any) -> str:
    parts = [str(part) for part in problem["loc"][1:]]
    parts.append(str(problem.get("ctx", {}).get("place", "")))
    return flattened("".join(parts)) or str(problem["loc"][0])


def _text(problem: Any) -> str:
    if problem["input"] in ("", None):
        return BLANK
    translate = _TEXTS.get(problem["type"])
    return translate(problem.get("ctx", {})) if translate else INVALID


def _type(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: f"This value should be of type {name}."


_TEXTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "complaint": lambda context: str(context["text"]),
    "missing": lambda _: BLANK,
    "string_too_long": lambda context: too_long(context["max_length"]),
    "string_too_short": lambda context: too_short(context["min_length"]),
    "too_long": lambda context: too_many(context["max_length"]),
    "too_short": lambda context: too_few(context["min_length"]),
    "greater_than_equal": lambda context: at_least(context["ge"]),
    "less_than_equal": lambda context: at_most(context["le"]),
    "literal_error": lambda _: NOT_A_CHOICE,
    "string_type": _type("string"),
    "int_type": _type("integer"),
    "int_parsing": _type("integer"),
    "int_parsing_size": _type("integer"),
    "int_from_float": _type("integer"),
    "list_type": _type("array"),
    "bytes_type": _type("string"),
    "dict_type": _type("object"),
    "model_type": _type("object"),
    "model_attributes_type": _type("object"),
}
