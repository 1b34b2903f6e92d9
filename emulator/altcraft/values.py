"""The types of values in Altcraft's requests and responses, with the spellings of XML and of clients.

https://guides.altcraft.com/en/developer-guide/api-interaction
"""

import re
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    FailFast,
    Field,
    JsonValue,
    PlainSerializer,
    model_validator,
)

from emulator import spelling
from emulator.altcraft.data_urls import read_content, read_data_url
from emulator.altcraft.formats import EmptyElement
from emulator.engine.clock import SECOND, Millis, iso_millis, nearest_instant
from emulator.gateway.rows import RowModel
from emulator.sending.headers import is_address, is_one_line
from emulator.webhooks.addresses import check_url

T = TypeVar("T")


def _integer(value: object) -> object:
    """Return the value if it is an integer, or the text of one. Raises ValueError."""
    if isinstance(value, bool | float) or (isinstance(value, str) and not re.fullmatch("-?[0-9]+", value)):
        raise ValueError("Input should be a valid integer")
    return value


def _flag(value: object) -> object:
    """Return the value if it is a boolean, or the text `true` or `false`. Raises ValueError."""
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in {"true", "false"}):
        return value
    raise ValueError("Input should be a valid boolean")


def _number(value: object) -> object:
    """Return the value if it may be a number, or the number that a text spells. Raises ValueError."""
    found = spelling.decimal(value) if isinstance(value, str) else value
    if found is None or isinstance(found, bool):
        raise ValueError("Input should be a valid number")
    return found


class Part(RowModel):
    """A part of a request that is stored. Null and an empty text are the same as leaving a field out."""

    @model_validator(mode="before")
    @classmethod
    def _without_unset(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        return {name: value for name, value in content.items() if value is not None and value != ""}


Integer = Annotated[int, BeforeValidator(_integer)]
Int64 = Annotated[Integer, Field(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[Integer, Field(ge=0, le=2**63 - 1)]
Limit = Annotated[Integer, Field(ge=1, le=2**31 - 1)]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Share = Annotated[Number, Field(ge=0)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Name = Annotated[str, Field(min_length=1, max_length=1000)]
Text = Annotated[str, Field(max_length=10_000)]


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError("must be one line")
    return value


def _address(value: str) -> str:
    if not is_address(value, is_local=True):
        raise ValueError("must be an e-mail address")
    return value


OneLine = Annotated[Name, AfterValidator(_one_line)]
"""A name without line breaks."""

HeaderText = Annotated[Text, AfterValidator(_one_line)]
"""A text that becomes a header of a message: it has no line breaks."""

Words = Annotated[str, Field(max_length=10_000, coerce_numbers_to_str=True)]
"""A text, which may be sent as a number: a phone, or an id of the client's."""

Address = Annotated[str, Field(max_length=320), AfterValidator(_address)]
"""An e-mail address. Its domain may have no dot, for the account's own mail servers."""

Percent = Annotated[float, PlainSerializer(lambda value: int(value) if value.is_integer() else value)]
"""A number that is written without a fraction where it has none."""


def _not_empty(value: object) -> object:
    return None if value == "" else value


Form = Annotated[Literal["json", "xml"] | None, BeforeValidator(_not_empty)]
FormOrTable = Annotated[Literal["json", "xml", "csv"] | None, BeforeValidator(_not_empty)]


def _as_list(value: object) -> object:
    if value is None or isinstance(value, EmptyElement):
        return []
    return value if isinstance(value, list) else [value]


def is_none(value: object) -> bool:
    """Return whether a field of a response is to be left out."""
    return value is None


Listed: TypeAlias = Annotated[list[T], Field(max_length=1000), BeforeValidator(_as_list)]
"""An array of up to 1,000 items; a single value counts as an array, as in XML."""

Many: TypeAlias = Annotated[list[T], FailFast(), BeforeValidator(_as_list)]
"""An array of any length. Validation ends at the first wrong item."""

MOST_ITEMS = 50_000
"""The most items with own outcomes in a request. Inferred: the documentation recommends up to 10,000.

More items would take steps that other requests wait for (docs/decisions/0034-long-work.md).
"""


def not_endless(value: object) -> object:
    """Return a list of items. Raises ValueError for more than MOST_ITEMS."""
    if isinstance(value, list) and len(value) > MOST_ITEMS:
        raise ValueError(f"has more than {MOST_ITEMS} items")
    return value


Rows: TypeAlias = Annotated[list[T], FailFast(), BeforeValidator(_as_list), BeforeValidator(not_endless)]
"""Rows of an import, each with an outcome of its own."""


def check_file(file: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a file with names of one line, and `data` that can be read. Raises ValueError.

    That is a data URL, as documented, or Base64 alone (inferred).
    """
    for name in ("name", "file_name", "filename", "type", "content_type"):
        value = file.get(name)
        if isinstance(value, str) and not is_one_line(value):
            raise ValueError(f"{name} must be one line")
    data = file.get("data") or ""
    try:
        if isinstance(data, str) and data.startswith("data:"):
            read_data_url(data)
        else:
            read_content(str(data))
    except ValueError as problem:
        raise ValueError(f"data: {problem}") from problem
    return file


GivenFile = Annotated[dict[str, JsonValue], AfterValidator(check_file)]
"""A file of `attach`. Which further fields it has is not documented."""


def _web_address(value: str) -> str:
    check_url(value)
    return value


WebAddress = Annotated[str, Field(max_length=2048), AfterValidator(_web_address)]
"""An address that the platform sends requests to."""

RFC_3339 = re.compile(
    r"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?P<fraction>\.[0-9]+)?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})"
)


def read_moment(value: object) -> Millis:
    """Return an instant; of one before 1970 or after 9999, the nearest. Raises ValueError."""
    moment = _datetime(value) if isinstance(value, str) else None
    if moment is None:
        raise ValueError("must be an RFC 3339 date-time such as 2026-03-01T10:00:00Z")
    return nearest_instant(moment)


def _datetime(text: str) -> datetime | None:
    found = RFC_3339.fullmatch(text.upper())
    if found is None:
        return None
    fraction = (found["fraction"] or "")[:7]
    try:
        return spelling.moment(f"{found['time']}{fraction}{found['zone']}")
    except ValueError:
        return None


def _day(value: object) -> Millis:
    if isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        with suppress(ValueError):
            return nearest_instant(spelling.moment(value))
    raise ValueError("must be a date such as 2026-03-01")


Day = Annotated[Millis, BeforeValidator(_day, json_schema_input_type=str)]
"""The first instant of a day in UTC; a day before 1970 counts as the first of 1970."""

Moment = Annotated[Millis, BeforeValidator(read_moment, json_schema_input_type=str)]
"""An instant in the format of RFC 3339; one before 1970 becomes the beginning of 1970."""

LastMoment = Annotated[Moment, AfterValidator(lambda at: at if at % SECOND else at + SECOND - 1)]
"""The end of a period. A whole second includes all of it, as responses show whole seconds."""

MaybeMoment = Annotated[Moment | None, BeforeValidator(_not_empty)]
"""An instant or null, also sent as an empty text."""

Instant = Annotated[str, BeforeValidator(iso_millis)]
"""An instant in a response: made of milliseconds, written `2026-03-15T14:30:00.000Z`."""


def to_the_second(instant: Millis | None) -> str:
    """Return an instant as `2026-03-15T14:30:00Z`, None as an empty text."""
    return "" if instant is None else f"{iso_millis(instant)[:-5]}Z"


MaybeSecond = Annotated[str, BeforeValidator(to_the_second)]
"""An instant in a response, in whole seconds: `2026-03-15T14:30:00Z`; an empty text for None."""
