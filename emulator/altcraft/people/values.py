"""The types of fields: how clients' values become stored values, which are plain JSON.

https://guides.altcraft.com/user-guide/profiles-and-databases/types-of-db-fields. Dates are stored as
`2004-06-26T00:00:00.000Z`, so they sort as texts; genders and enums as numbers. In XML everything is text, so
a text becomes the type of its field.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address
from typing import Any

from emulator import spelling
from emulator.altcraft.tables.people import STATUSES
from emulator.spelling import LARGEST

NO_EMAIL = "localhost"
"""The e-mail that stands for having none."""

FEWEST_DIGITS, MOST_DIGITS = 5, 15
MALE, FEMALE = 1, 2
SEXES: Mapping[str, int] = {
    **dict.fromkeys(
        ("male", "1", "masculine", "m", "man", "♂", "м", "муж", "мужск", "мужской", "мужчина"), MALE
    ),
    **dict.fromkeys(
        ("female", "2", "fem", "feminine", "f", "woman", "w", "♀", "ж", "жен", "женск", "женский", "женщина"),
        FEMALE,
    ),
    "0": 0,
    "unknown": 0,
}
"""https://guides.altcraft.com/en/developer-guide/miscellaneous/9405775; 0 is unknown."""

SUBSCRIBED, UNSUBSCRIBED, COMPLAINED, HARDBOUNCED, UNCONFIRMED, SUSPENDED, INVALID = range(len(STATUSES))

NUMBERS: Mapping[str, int] = {
    **{name: number for number, name in enumerate(STATUSES)},
    **{str(number): number for number in range(len(STATUSES))},
}

Reader = Callable[[Any], Any]
"""Returns the stored form of a value. Raises ValueError for one that does not fit."""


def is_said(value: Any) -> bool:
    """Return whether a value is given: null and an empty text count as left out."""
    return value is not None and value != ""


def whole(value: Any) -> Any:
    """Return a value, but a float without a fraction as an integer: JSON may write `1.0` for 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_id(text: str) -> str:
    """Return the id of a profile as it is stored: hexadecimal, with small letters."""
    return text.lower()


def read_email(value: Any) -> str | None:
    """Return an e-mail in lower case, None for `localhost`, which stands for none. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("is no text")  # noqa: TRY004 -- the contract's error
    email = value.strip().lower()
    if email == NO_EMAIL:
        return None
    local, at, domain = email.partition("@")
    if not (local and at and domain) or len(email.split()) != 1 or "\0" in email:
        raise ValueError("is no e-mail address")
    return email


def read_domain(value: Any) -> str:
    """Return the domain of an e-mail in lower case, as e-mails are stored. Raises ValueError."""
    return _text(value).strip().lower()


def read_phone(value: Any) -> str:
    """Return a phone as `+` and its digits. Raises ValueError."""
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("is no text")  # noqa: TRY004 -- the contract's error
    digits = re.sub("[^0-9]", "", str(value))
    if not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        raise ValueError("is no phone number")
    return f"+{digits}"


def read_part_of_phone(value: Any) -> str:
    """Return the digits of a part of a phone, behind `+` if it begins with that. Raises ValueError."""
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("is no text")  # noqa: TRY004 -- the contract's error
    text = str(value).strip()
    digits = re.sub("[^0-9]", "", text)
    if not digits:
        raise ValueError("has no digits")
    return f"+{digits}" if text.startswith("+") else digits


def read_phones(value: Any) -> list[str]:
    """Return phones, each once; a single one counts as a list of one. Raises ValueError."""
    listed = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(read_phone(one) for one in listed if one != ""))


def _number_in(numbers: Mapping[str, int], kind: str, value: Any) -> int:
    """Return the number for a name or a number. Raises ValueError."""
    value = whole(value)
    number = numbers.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if number is None or isinstance(value, bool):
        raise ValueError(f"is no {kind}")
    return number


def read_status(value: Any) -> int:
    """Return the number of a status, which is given by name or number. Raises ValueError."""
    return _number_in(NUMBERS, "status", value)


def read_date(value: Any) -> str:
    """Return a date in its stored form; a day alone is its midnight in UTC. Raises ValueError."""
    instant = spelling.date(value) if isinstance(value, str) else None
    if instant is None:
        raise ValueError("is no date")
    return instant


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("is no text")


def _version(value: Any) -> str:
    return _text(value.get("raw") if isinstance(value, dict) else value)


def _int(value: Any) -> int:
    value = spelling.integer(value) if isinstance(value, str) else whole(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -LARGEST <= value < LARGEST:
        raise ValueError("is no integer")
    return value


def _float(value: Any) -> float:
    if isinstance(value, str):
        value = spelling.decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is no number")  # noqa: TRY004 -- the contract's error
    number = float(value)
    if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 -- NaN is not itself
        raise ValueError("is no number")
    return number


def _bool(value: Any) -> bool:
    found = spelling.flag(value) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("is neither true nor false")  # noqa: TRY004 -- the contract's error
    return found


def _ip(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no IP address")  # noqa: TRY004 -- the contract's error
    return str(ip_address(value.strip()))


def _tags(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(_text(tag) for tag in listed if tag != ""))


def _object(value: Any) -> dict[str, Any]:
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise ValueError("is no object")  # noqa: TRY004 -- the contract's error
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    if value == "":
        return []
    return [_object(one) for one in (value if isinstance(value, list) else [value])]


READERS: Mapping[str, Reader] = {
    "unicode": _text,
    "version": _version,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "date": read_date,
    "ip": _ip,
    "tags": _tags,
    "object": _object,
    "arr_object": _objects,
    "sex": partial(_number_in, SEXES, "gender"),
    "status": read_status,
}
"""The reader of each type's values; `enum_reader` makes those of enums."""

KEEPS_EMPTY = frozenset({"unicode", "version", "tags", "object", "arr_object"})
"""The types that store empty values. An empty text for another type is stored as None."""


def enum_reader(values: Mapping[str, int]) -> Reader:
    """Return the reader of an enum: its names or their numbers, read as numbers."""
    numbers = set(values.values())

    def read(value: Any) -> int:
        number = values.get(value) if isinstance(value, str) else None
        number = _int(value) if number is None else number
        if number not in numbers:
            raise ValueError("is no value of the list")
        return number

    return read


def type_of(value: Any) -> str:
    """Return the type that an undeclared field gets from its value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, list):
        return "tags" if all(isinstance(one, str) for one in value) else "arr_object"
    names: Mapping[type, str] = {int: "int", float: "float", dict: "object"}
    return names.get(type(value), "unicode")
