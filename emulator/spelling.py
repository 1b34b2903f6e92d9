"""Numbers, flags, dates and UUIDs that are written as texts, as clients send them in XML and queries."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?")
LARGEST = 2**63
UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
HOUR_24 = re.compile("[Tt ]24")
DATE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt](?P<hour>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2})?(?P<fraction>\.[0-9]+)?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)


def integer(text: str) -> int | None:
    """Return the integer that a text spells, None for none and for one that SQLite can not hold."""
    number = int(text) if INTEGER.fullmatch(text.strip()) else LARGEST
    return number if -LARGEST <= number < LARGEST else None


def decimal(text: str) -> float | None:
    """Return the number that a text spells, None for none and for one that no double holds."""
    number = float(text) if DECIMAL.fullmatch(text.strip()) else float("inf")
    return None if number in {float("inf"), float("-inf")} else number


def flag(text: str) -> bool | None:
    """Return the flag that a text spells, None for none."""
    return {"true": True, "false": False}.get(text.strip().lower())


def uuid(text: str) -> str | None:
    """Return the UUID that a text spells, in small letters, None for none."""
    return text.lower() if UUID.fullmatch(text) else None


def moment(text: str) -> datetime:
    """Return a date and time in ISO 8601. Raises ValueError, for the hour 24 too: Python 3.14 takes it."""
    if HOUR_24.search(text):
        raise ValueError("hour must be in 0..23")
    return datetime.fromisoformat(text)


def instant(text: str) -> datetime:
    """Return a date and time with its zone, in any format of ISO 8601. Raises ValueError.

    Python passes over a zero at the end, and reads digits of other scripts.
    """
    found = moment(text.upper())
    if found.tzinfo is None or not (text.isascii() and text.isprintable()):
        raise ValueError("is no date and time with its zone")
    return found


def date(text: str) -> str | None:
    """Return the instant that a text spells, as it is stored: `2004-06-26T00:00:00.000Z`; None for none.

    A day alone stands for its midnight in UTC; a day that does not exist gives None. Raises OverflowError
    for a date that its zone moves out of the years 1 to 9999.
    """
    found = DATE.fullmatch(text.strip())
    if found is None:
        return None
    time = "T00:00Z"
    if found["hour"] is not None:
        fraction, second = (found["fraction"] or "")[:7], found["second"] or ":00"
        time = f"T{found['hour']}{second}{fraction}{found['zone'].upper()}"
    try:
        read = moment(found["day"] + time)
    except ValueError:
        return None
    return f"{read.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


SPELLED: Mapping[str, Callable[[str], int | float | str | None]] = {
    "int": integer,
    "float": decimal,
    "date": date,
}
"""The function that reads a text, by the type of value that is looked for."""


def spelled(type_: str, text: str) -> int | float | str | None:
    """Return the value of a type that a text spells, None for none."""
    try:
        return SPELLED[type_](text)
    except OverflowError:
        return None


def is_spelled(value: Any, said: Any) -> bool:
    """Return whether a JSON value equals `said`, in which every single value is written as a text.

    An empty text stands for null, an empty list and an empty object, too.
    """
    if said == "":
        return value is None or value in ("", [], {})
    if isinstance(said, dict):
        has_same_names = isinstance(value, dict) and list(value) == list(said)
        return has_same_names and all(is_spelled(value[name], one) for name, one in said.items())
    if isinstance(said, list):
        is_as_long = isinstance(value, list) and len(value) == len(said)
        return is_as_long and all(map(is_spelled, value, said))
    if isinstance(value, bool):
        return flag(said) is value
    if isinstance(value, int | float):
        return said == str(value) or decimal(said) == value
    return bool(value == said)
