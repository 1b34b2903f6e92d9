"""The types of values in AutoSend's requests and responses."""

import re
from datetime import datetime, time, timedelta
from math import isfinite
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from emulator import spelling
from emulator.autosend import refusals
from emulator.autosend.complaints import INVALID, complaint
from emulator.engine.clock import Millis, is_time_zone, iso_millis, millis_of, nearest_instant
from emulator.sending.headers import is_address, is_one_line


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError("Invalid email format")
    return value.lower()


Email = Annotated[
    str,
    StringConstraints(max_length=320),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 320}),
]
"""An e-mail address; AutoSend stores addresses in lower case."""


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError(INVALID)
    return value


ONE_LINE = AfterValidator(_one_line)
"""An annotation, after the lengths, for texts that become headers of mails: refuses line breaks."""
OneLine = Annotated[str, ONE_LINE]


def _filled(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise complaint("is required")
    return value


FILLED = BeforeValidator(_filled)
"""An annotation of texts, the last one: refuses blank texts like missing ones."""
Filled = Annotated[str, StringConstraints(min_length=1), FILLED]
"""A text that is not blank."""

MAX_SUBJECT = 998
Subject = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SUBJECT), ONE_LINE, FILLED]


def none_for_blank(value: Any) -> Any:
    """Return None for a text of blanks alone, and any other value unchanged."""
    return None if isinstance(value, str) and not value.strip() else value


MaybeSubject = Annotated[
    Annotated[str, StringConstraints(max_length=MAX_SUBJECT), ONE_LINE] | None,
    BeforeValidator(none_for_blank),
]
"""A subject that may be left out; a blank one counts as left out."""

_EMAIL = TypeAdapter(Email)


def is_email(value: str) -> bool:
    """Return whether a text is an e-mail address."""
    try:
        _EMAIL.validate_python(value)
    except ValidationError:
        return False
    return True


ID = re.compile("[0-9a-f]{24}")
Id = Annotated[str, StringConstraints(max_length=64)]
"""An id in a request."""


def none_for_empty(value: Any) -> Any:
    return None if value == "" else value


MaybeId = Annotated[Id | None, BeforeValidator(none_for_empty)]
"""An id that may be left out; an empty one, as responses have it for none, counts as left out."""


def check_id(field: str, value: str) -> None:
    """Raise ValidationFailed about `field` unless a value has the form of an id: 24 hex digits."""
    if not ID.fullmatch(value):
        raise refusals.ValidationFailed((field, INVALID))


def _flag(value: object) -> object:
    if value not in {"true", "false", "1", "0"}:
        raise ValueError("must be a boolean")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""A boolean in a query, as express-validator reads it (inferred: the pages show words of that library)."""


def whole(value: Any) -> Any:
    """Return 5 for 5.0, because JSON does not distinguish them, and any other value unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def number_in(text: str) -> float | None:
    """Return the number that a text spells, None for none and for one that no double holds."""
    number = spelling.decimal(text)
    return None if number is None else whole(number)


Number = Annotated[float, PlainSerializer(whole)]
"""A number in a response; whole ones have no point, as JavaScript writes them."""
Whole = Annotated[int, BeforeValidator(whole)]
"""A whole number in a body; `20.0` is one, too."""


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    if len(fields) > MOST_CUSTOM_FIELDS:
        raise ValueError(f"must contain at most {MOST_CUSTOM_FIELDS} items")
    for name, value in fields.items():
        if isinstance(value, dict | list) or (isinstance(value, float) and not isfinite(value)):
            raise complaint(INVALID, name)
    return {name: whole(value) for name, value in fields.items()}


MOST_CUSTOM_FIELDS = 1000
MOST_MAILS = 1_000_000_000
"""The largest quota of an account."""
CustomFields = Annotated[dict[str, Any], AfterValidator(_plain)]
"""The values of properties by name."""


_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ](?P<hour>\d\d):\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)


def read_date(text: str) -> datetime:
    """Return a date, with or without a time, as JavaScript reads it in ISO 8601. Raises ValueError."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(INVALID)
    if found["hour"] != "24":
        return spelling.moment(text.upper())
    midnight = spelling.moment(f"{text[:11]}00{text[13:].upper()}")
    if midnight.time() != time():
        raise ValueError(INVALID)
    return midnight + timedelta(days=1)


def _read(value: object) -> datetime:
    try:
        return read_date(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(INVALID) from None


def _date_time(value: object) -> datetime:
    moment = _read(value)
    if nearest_instant(moment) != millis_of(moment):
        raise ValueError(INVALID)
    return moment


def _moment(value: object) -> Millis:
    return nearest_instant(_read(value))


_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})

DateTime = Annotated[datetime, BeforeValidator(_date_time), _SCHEMA]
"""A date and time in ISO 8601, with or without an offset."""

Moment = Annotated[Millis, BeforeValidator(_moment), _SCHEMA]
"""An instant in ISO 8601; UTC if it has no offset. One before 1970 becomes the first of 1970."""


def _zone_name(name: str) -> str:
    if not is_time_zone(name):
        raise ValueError(INVALID)
    return name


TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone_name)]
"""The name of a time zone in the IANA database."""


def instant(value: Millis | str | None) -> str | None:
    """Return milliseconds as `2026-03-01T10:00:00.000Z`, and any other value unchanged."""
    return iso_millis(value) if isinstance(value, int) else value


Instant = Annotated[str, BeforeValidator(instant)]
"""An instant in a response: milliseconds that are written as `2026-03-01T10:00:00.000Z`."""

MaybeInstant = Annotated[str | None, BeforeValidator(instant)]

OrEmpty = Annotated[str, BeforeValidator(lambda value: value or "")]
"""A text in a response; empty if there is none."""


def is_none(value: object) -> bool:
    """Return whether a field is None. `exclude_if=is_none` leaves it out of a response."""
    return value is None
