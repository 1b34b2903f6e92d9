"""The periods that lists cover."""

from calendar import monthrange

from emulator.engine.clock import DAY, EPOCH, LATEST, SECOND, Millis, to_datetime
from emulator.rcs import refusals
from emulator.rcs.values import stamp
from emulator.rcs.violations import at_least, at_most

REST_OF_A_SECOND = SECOND - 1
"""A period ends with the whole second that its end names, as times are written in seconds."""

MONTHS = 3
"""The longest period of a list, in months, which is also the default."""


def period(since: Millis | None, until: Millis | None, now: Millis) -> tuple[Millis, Millis]:
    """Return the period of a list. Raises GivenDataInvalid if it is reversed or too long."""
    end = now if until is None else until + REST_OF_A_SECOND
    earliest = months_before(now if until is None else until, MONTHS)
    begin = earliest if since is None else since
    if begin > end:
        raise refusals.GivenDataInvalid({"filterfrom": [at_most(stamp(end))]})
    if begin < earliest:
        raise refusals.GivenDataInvalid({"filterfrom": [at_least(stamp(earliest))]})
    return begin, _open(end, now)


def whole_days(since: Millis, until: Millis, now: Millis) -> tuple[Millis, Millis]:
    """Return the period from the day of one instant to the day of another, both included."""
    return since - since % DAY, _open(until - until % DAY + DAY - 1, now)


def _open(end: Millis, now: Millis) -> Millis:
    """Return the end of a period; LATEST if it lasts until now.

    After the clock was set back, things that are dated later count as made just now.
    """
    return end if end < now else LATEST


def months_before(instant: Millis, months: int) -> Millis:
    """Return the same time so many calendar months earlier, at the latest on that month's last day."""
    moment = to_datetime(instant)
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return round((moment.replace(year=year, month=month + 1, day=day) - EPOCH).total_seconds() * SECOND)
