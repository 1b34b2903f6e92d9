"""The kinds of values that the RCS provider's requests and responses have."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, GetPydanticSchema, StringConstraints, WithJsonSchema
from pydantic_core.core_schema import no_info_after_validator_function

from emulator import spelling
from emulator.engine.clock import HOUR, Millis, nearest_instant, to_datetime
from emulator.rcs.countries import COUNTRIES
from emulator.rcs.prices import UNIT, decimal, utf16_length
from emulator.rcs.tables.contacts import PHONE
from emulator.rcs.violations import (
    BLANK,
    NOT_A_BOOLEAN,
    NOT_A_CHOICE,
    NOT_A_DATE,
    NOT_A_URL,
    NOT_AN_INTEGER,
    NOT_OURS,
    NOT_UNIQUE,
    complaint,
    not_between,
    too_long,
)
from emulator.webhooks.addresses import OwnAddressError, check_form, check_url

MAX_ID = 2**63 - 1
MOST_DIGITS = 18


def whole_number(text: str) -> int | None:
    """Return the number in a text of up to 18 digits; None for any other text."""
    is_one = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_one else None


def between(low: int, high: int) -> GetPydanticSchema:
    """Make a validator of a number's range; the OpenAPI document shows the range."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise complaint(not_between(low, high))
        return value

    return checked(check, {"minimum": low, "maximum": high})


def text_up_to(limit: int) -> GetPydanticSchema:
    """Make a validator of a text's length in UTF-16 units; the OpenAPI document shows the limit."""

    def check(value: str) -> str:
        if utf16_length(value) > limit:
            raise complaint(too_long(limit))
        return value

    return checked(check, {"maxLength": limit})


def one_of(choices: Sequence[int]) -> GetPydanticSchema:
    """Make a validator of a number that is one of a few; the OpenAPI document shows them."""

    def check(value: int) -> int:
        if value not in choices:
            raise complaint(NOT_A_CHOICE)
        return value

    return checked(check, {"enum": [*choices]})


def checked(check: Callable[[Any], Any], said: Mapping[str, Any]) -> GetPydanticSchema:
    """Make a validator of a function; `said` is added to the schema in the OpenAPI document."""
    return GetPydanticSchema(
        lambda source, handler: no_info_after_validator_function(check, handler(source)),
        lambda schema, handler: {**handler(schema), **said},
    )


def _integer(value: object) -> object:
    is_text = isinstance(value, str) and re.fullmatch("-?[0-9]+", value) is not None
    if not is_text and (isinstance(value, bool) or not isinstance(value, int)):
        raise complaint(NOT_AN_INTEGER)
    return value


Integer = Annotated[int, BeforeValidator(_integer)]


def _filled(value: object) -> object:
    if value == []:
        raise complaint(BLANK)
    return value


Filled = BeforeValidator(_filled)
"""A validator that refuses an empty list as a missing one."""


def _different(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise complaint(NOT_UNIQUE)
    return values


DIFFERENT = checked(_different, {"uniqueItems": True})
"""A validator that refuses a list with repeated values."""


def digits(value: object) -> object:
    """Return the text of a whole number, and any other value unchanged."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _web_address(value: str) -> str:
    try:
        return check_form(value)
    except ValueError:
        raise complaint(NOT_A_URL) from None


def _not_our_own(value: str) -> str:
    try:
        check_url(value)
    except OwnAddressError:
        raise complaint(NOT_OURS) from None
    except ValueError:
        """Other forbidden addresses are found at the delivery."""
    return value


MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _moment(value: object) -> Millis:
    found = MOMENT.fullmatch(value.upper()) if isinstance(value, str) else None
    try:
        if found:
            return nearest_instant(spelling.moment(found[1] + (found[2] or "")))
    except ValueError:
        pass
    raise complaint(NOT_A_DATE)


def _midnight(value: object) -> object:
    return f"{value} 00:00:00" if isinstance(value, str) and DAY.fullmatch(value) else value


PhoneNumber = Annotated[
    str,
    StringConstraints(min_length=PHONE.fewest, max_length=PHONE.most, pattern="^[1-9][0-9]*$"),
    BeforeValidator(digits),
]
"""A phone with its country code, as a string or as a number."""

Url = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_web_address)]

LongUrl = Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_web_address)]

CallbackUrl = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100),
    AfterValidator(_web_address),
    AfterValidator(_not_our_own),
]

Moment = Annotated[
    Millis, BeforeValidator(_moment), WithJsonSchema({"type": "string", "examples": ["2026-03-16 09:00:00"]})
]
"""A whole second, written `YYYY-MM-DD hh:mm:ss`, or in ISO 8601, whose fractions are cut off.

UTC if no offset is given. One beyond all clocks becomes the first or the last instant: it means no bound.
"""


MomentOrDay = Annotated[
    Moment,
    BeforeValidator(_midnight),
    WithJsonSchema({"type": "string", "description": "`2026-03-16 09:00:00`"}),
]
"""A Moment in a filter, where a day stands for its midnight. Without examples: Swagger UI fills them in."""


@lru_cache(maxsize=4096)  # a response shows the same instants as the one before
def stamp(instant: Millis) -> str:
    """Format as `2026-03-15 14:30:00`, in UTC."""
    return f"{to_datetime(instant):%Y-%m-%d %H:%M:%S}"


def stamp_or_none(instant: Millis | None) -> str | None:
    return None if instant is None else stamp(instant)


Stamp = Annotated[str, BeforeValidator(stamp)]
"""An instant in a response, from milliseconds: `2026-03-15 14:30:00`."""

MaybeStamp = Annotated[str | None, BeforeValidator(stamp_or_none)]

InHours = Annotated[int, BeforeValidator(lambda lifetime: -(-lifetime // HOUR))]
"""A validity in a response, from milliseconds to hours, rounded up."""

Money = Annotated[float, BeforeValidator(lambda amount: amount / UNIT)]
"""Money in a response, from ten-millionths, as a number."""

DecimalText = Annotated[str, BeforeValidator(decimal)]
"""Money in a response, from ten-millionths, as a text with seven decimals."""


def of_a_country(code: str) -> str:
    """Check that a code is one of a country; a validator."""
    if code not in COUNTRIES:
        raise complaint("This value is not a valid country.")
    return code


CountryCode = Annotated[str, AfterValidator(of_a_country)]
"""The code of a country in ISO 3166-1 alpha-2, in upper case."""


def _flag(value: object) -> object:
    is_number = isinstance(value, int) and value in {0, 1}
    is_text = isinstance(value, str) and value.lower() in {"true", "false", "1", "0"}
    if not is_number and not is_text:
        raise complaint(NOT_A_BOOLEAN)
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""A flag, also as 1 and 0, or as a text, as the pages of single operations show it."""

On = Annotated[Flag, BeforeValidator(lambda said: True if said is None else said)]
Off = Annotated[Flag, BeforeValidator(lambda said: False if said is None else said)]
"""Flags; `On` is true and `Off` false if a request has none, or null."""
