"""Dates in the arguments of rules: a day alone is the whole day."""

from datetime import timedelta
from typing import Any

from emulator import spelling
from emulator.altcraft.choosing.saying import Said
from emulator.altcraft.people.values import read_date
from emulator.engine.clock import DAY, EPOCH, LATEST, Millis, nearest_instant

MOST_DAYS = 36_500

DAY_LENGTH = len("2026-03-15")

FIRST_DATE, LAST_DATE = "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"


def read_bound(value: Any) -> str:
    """Return a date to compare with, in the stored form. Raises ValueError.

    A date that its time zone moves before the year 1 or past 9999 becomes the first or the last date.
    """
    try:
        return read_date(value)
    except OverflowError:
        return FIRST_DATE if value.strip().startswith("0001") else LAST_DATE


def date_text(instant: Millis) -> str:
    """Return an instant in the stored form of dates."""
    moment = EPOCH + timedelta(milliseconds=min(instant, LATEST))
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def date_millis(date: str) -> Millis:
    """Return the instant of a stored date, or the nearest instant that the clock can have."""
    return nearest_instant(spelling.moment(date))


def period(said: Said, name: str, value: Any) -> tuple[str, str]:
    """Return the first and the last millisecond of a day; an instant twice. Raises IncorrectRequest."""
    date: str = said.read(name, read_bound, value)
    is_day = len(value.strip()) == DAY_LENGTH
    return date, date.replace("T00:00:00.000Z", "T23:59:59.999Z") if is_day else date


def bound(said: Said, name: str) -> str | None:
    """Return the date of an argument; for the end of a period, the last millisecond of its day or second.

    Raises IncorrectRequest.
    """
    value = said.value(name)
    if value is None or value == "":
        return None
    first, last = period(said, name, value)
    return last.replace(".000Z", ".999Z") if name.endswith("to") else first


def days(said: Said, name: str) -> Millis | None:
    """Return the length of an argument that is in days, in milliseconds. Raises IncorrectRequest."""
    number = said.number_or_none(name)
    if number is None:
        return None
    if not 0 <= number <= MOST_DAYS:
        raise said.refusal(f"value.{name}", f"must be from 0 to {MOST_DAYS}")
    return int(number) * DAY
