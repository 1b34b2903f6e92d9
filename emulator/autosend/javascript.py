"""Writes values as JavaScript does: AutoSend and its clients are written in it. All numbers are doubles."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from math import inf, isinf, isnan
from typing import Any

MOST_FIGURES, MOST_LEADING_ZEROS = 21, 6
"""The limits of digits before the point, and of zeros after it, beyond which numbers have an exponent."""

EXACT = 2**53
"""The number from which on doubles can not hold every whole number."""

WHITE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""The characters that a regular expression takes for white space."""

NO_INDEX = 2**32 - 1
"""The smallest number that can not be an index of an array."""


def number_text(value: float) -> str:
    """Return a number as JavaScript's `String` writes it."""
    if -EXACT < value < EXACT and value == int(value):
        return str(int(value))
    number = _double(value)
    sign = "-" if number < 0 else ""
    if isinf(number):
        return f"{sign}Infinity"
    figures, exponent = _figures(abs(number))
    place = len(figures) + exponent
    if -MOST_LEADING_ZEROS < place <= 0:
        return f"{sign}0.{'0' * -place}{figures}"
    if 0 < place <= MOST_FIGURES:
        whole, part = figures[:place].ljust(place, "0"), figures[place:]
        return f"{sign}{whole}.{part}" if part else sign + whole
    first, rest = figures[0], figures[1:]
    return f"{sign}{first}{'.' if rest else ''}{rest}e{place - 1:+d}"


def text_of(value: Any) -> str:
    """Return a text, boolean or number as JavaScript's `String` writes it. Raises TypeError for others."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
    raise TypeError


def stringified(value: Any) -> str:
    """Return a value as `JSON.stringify` writes it; infinite numbers become null."""
    match value:
        case Mapping():
            members = (f"{stringified(name)}:{stringified(value[name])}" for name in sorted(value, key=rank))
            return f"{{{','.join(members)}}}"
        case list():
            return f"[{','.join(map(stringified, value))}]"
        case int() | float() if not isinstance(value, bool):
            number = _double(value)
            return "null" if isinf(number) or isnan(number) else number_text(number)
    return json.dumps(value, ensure_ascii=False)


def rank(name: str) -> int:
    """Return the sort key of a name in an object: possible indexes come first, others keep their order."""
    is_index = re.fullmatch("0|[1-9][0-9]{0,9}", name) and int(name) < NO_INDEX
    return int(name) if is_index else NO_INDEX


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _figures(number: float) -> tuple[str, int]:
    """Return the shortest digits that identify a double, and the power of ten of the last digit."""
    parts = Decimal(repr(number)).normalize().as_tuple()
    return "".join(map(str, parts.digits)), int(parts.exponent)
