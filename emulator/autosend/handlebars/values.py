"""Values from JSON as JavaScript sees them: what is true, what is equal, and what they are as text."""

import re
from collections.abc import Iterator
from typing import Any

from emulator.autosend.handlebars.budget import Budget, TemplateError
from emulator.autosend.javascript import WHITE, number_text, rank

_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#x27;",
    "`": "&#x60;",
    "=": "&#x3D;",
}
"""The ampersand comes first, because the other escapes contain it."""
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")


OBJECTS = (list, dict)


def escaped(text: str) -> str:
    """Return text escaped for HTML."""
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return text


def is_true(value: Any) -> bool:
    """Return whether JavaScript takes a value for true; lists and objects always are."""
    return isinstance(value, OBJECTS) or bool(value)


def is_empty(value: Any) -> bool:
    """Return whether `if` and `with` take a value for empty; zero is not."""
    is_zero = value == 0 and not isinstance(value, bool)
    return not value and not is_zero and not isinstance(value, dict)


def is_same(one: Any, other: Any) -> bool:
    """Return whether two contexts are equal by JavaScript's `==`; if so, `..` skips the inner one."""
    if one is other:
        return True
    if isinstance(one, dict) or isinstance(other, dict):
        return False
    one, other = _alone(one, other), _alone(other, one)
    if one is None or other is None or isinstance(one, OBJECTS) or isinstance(other, OBJECTS):
        return False
    if isinstance(one, str) != isinstance(other, str):
        text, number = (one, other) if isinstance(one, str) else (other, one)
        return bool(_number(text) == number)
    return bool(one == other)


def _alone(value: Any, other: Any) -> Any:
    """Return the only item of a list that is compared with a plain value: both have the same text."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(other, OBJECTS):
        return value[0]
    return value


def _number(text: str) -> float | None:
    """Return the number that JavaScript converts a text to, None if there is none."""
    bare = text.strip(WHITE)
    if bare and not _DECIMAL.fullmatch(bare):
        return None
    return float(bare or 0)


def members(subject: "list[Any] | dict[str, Any]") -> Iterator[tuple[int | str, Any]]:
    """Yield keys and values of a list, or of an object in JavaScript's order."""
    if isinstance(subject, list):
        yield from enumerate(subject)
    else:
        yield from ((name, subject[name]) for name in sorted(subject, key=rank))


def property_of(value: Any, name: str, budget: Budget) -> Any:
    """Return a property of a value, None if it has none; nothing is inherited."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, str) and not value.isascii():
        budget.write(len(value))
        return _property_of_units(value.encode("utf-16-le", "surrogatepass"), name)
    if not isinstance(value, (str, list)):
        return None
    if name == "length":
        return len(value)
    return value[int(name)] if _INDEX.fullmatch(name) and int(name) < len(value) else None


def _property_of_units(raw: bytes, name: str) -> int | str | None:
    """Return a property of a text of UTF-16 code units, of which JavaScript's strings consist."""
    if name == "length":
        return len(raw) // 2
    place = 2 * int(name) if _INDEX.fullmatch(name) else len(raw)
    return raw[place : place + 2].decode("utf-16-le", "surrogatepass") if place < len(raw) else None


def text_of(value: Any, budget: Budget) -> str:
    """Return a value as the text that JavaScript converts it to; null is empty. Raises TemplateError."""
    if not isinstance(value, list):
        return _plain(value)
    pieces: list[str] = []
    inside = [iter(value)]
    is_first = True
    while inside:
        for item in inside[-1]:
            budget.step()
            if not is_first:
                pieces.append(",")
            is_first = isinstance(item, list)
            if isinstance(item, list):
                inside.append(iter(item))
                break
            pieces.append(_plain(item))
        else:
            inside.pop()
            is_first = False
    text = "".join(pieces)
    budget.write(len(text))
    return text


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case dict() if "toString" in value:
            raise TemplateError("an object with toString can not be converted to text")
        case dict():
            return "[object Object]"
    return str(value)
