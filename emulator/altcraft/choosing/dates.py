"""Dates in the arguments of rules: a day alone is the whole day."""

from datetime import datetime, timedelta
from typing import Any

from emulator.altcraft.choosing.saying import Said
from emulator.altcraft.people.values import read_date
from emulator.engine.clock import DAY, EPOCH, LATEST, Millis, nearest_instant

MOST_DAYS = 36_500

DAY_LENGTH = len("2026-03-15")

FIRST_DATE, LAST_DATE = "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"


def read_bound(value: Any) -> str:
    """Return a date that others are compared with, as dates are stored. Raises ValueError.

    One that its zone moves out of the years that dates have is the first, or the last, of them.
    """
    try:
        return read_date(value)
    except OverflowError:
        return FIRST_DATE if value.strip().startswith("0001") else LAST_DATE


def date_text(instant: Millis) -> str:
    """Return an instant as dates are stored."""
    moment = EPOCH + timedelta(milliseconds=min(instant, LATEST))
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def date_millis(date: str) -> Millis:
    """Return the instant of a stored date; of one outside of our years, the nearest."""
    return nearest_instant(datetime.fromisoformat(date))


def period(said: Said, name: str, value: Any) -> tuple[str, str]:
    """Return the first and the last date of a day, or a date twice. Raises IncorrectRequest."""
    date: str = said.read(name, read_bound, value)
    is_day = len(value.strip()) == DAY_LENGTH
    return date, date.replace("T00:00:00.000Z", "T23:59:59.999Z") if is_day else date


def bound(said: Said, name: str) -> str | None:
    """Return the date of an argument, the last of its day or second where it ends a period.

    Raises IncorrectRequest.
    """
    value = said.value(name)
    if value is None or value == "":
        return None
    first, last = period(said, name, value)
    return last.replace(".000Z", ".999Z") if name.endswith("to") else first


def days(said: Said, name: str) -> Millis | None:
    """Return the length of time of an argument in days. Raises IncorrectRequest."""
    number = said.number_or_none(name)
    if number is None:
        return None
    if not 0 <= number <= MOST_DAYS:
        raise said.refusal(f"value.{name}", f"must be from 0 to {MOST_DAYS}")
    return int(number) * DAY
