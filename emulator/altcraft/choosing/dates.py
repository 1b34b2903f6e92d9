"""Dates in the arguments of rules: a day alone at the end of a period is the whole day."""

from datetime import datetime, timedelta

from emulator.altcraft.choosing.saying import Said
from emulator.altcraft.people.values import DATE, read_date
from emulator.engine.clock import DAY, EPOCH, LATEST, Millis, from_datetime

MOST_DAYS = 36_500

DAY_LENGTH = len("2026-03-15")


def date_text(instant: Millis) -> str:
    """Return an instant as dates are stored."""
    moment = EPOCH + timedelta(milliseconds=min(instant, LATEST))
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def date_millis(date: str) -> Millis:
    """Return the instant of a stored date."""
    return from_datetime(datetime.fromisoformat(date))


def bound(said: Said, name: str) -> str | None:
    """Return the date of an argument, the last of its day where it ends a period. Raises IncorrectRequest."""
    value = said.value(name)
    if value is None or value == "":
        return None
    date: str = said.read(name, read_date, value)
    is_day = isinstance(value, str) and len(value.strip()) == DAY_LENGTH and DATE.fullmatch(value.strip())
    return date.replace("T00:00:00.000Z", "T23:59:59.999Z") if name.endswith("to") and is_day else date


def days(said: Said, name: str) -> Millis | None:
    """Return the length of time of an argument in days. Raises IncorrectRequest."""
    number = said.number_or_none(name)
    if number is None:
        return None
    if not 0 <= number <= MOST_DAYS:
        raise said.refusal(f"value.{name}", f"must be from 0 to {MOST_DAYS}")
    return int(number) * DAY
