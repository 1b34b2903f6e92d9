"""The periods that lists cover."""

from calendar import monthrange

from emulator.engine.clock import DAY, EPOCH, LATEST, SECOND, Millis, to_datetime
from emulator.rcs import refusals
from emulator.rcs.values import stamp
from emulator.rcs.violations import at_least, at_most

REST_OF_A_SECOND = SECOND - 1
"""Times are written in whole seconds: one that ends a period ends it with the whole second."""

MONTHS = 3
"""How much a list covers at most, and where nothing is said."""


def period(since: Millis | None, until: Millis | None, now: Millis) -> tuple[Millis, Millis]:
    """Return the period that a list covers. Raises GivenDataInvalid where it is reversed or too long."""
    end = now if until is None else until + REST_OF_A_SECOND
    earliest = months_before(now if until is None else until, MONTHS)
    begin = earliest if since is None else since
    if begin > end:
        raise refusals.GivenDataInvalid({"filterfrom": [at_most(stamp(end))]})
    if begin < earliest:
        raise refusals.GivenDataInvalid({"filterfrom": [at_least(stamp(earliest))]})
    return begin, _open(end, now)


def whole_days(since: Millis, until: Millis, now: Millis) -> tuple[Millis, Millis]:
    """Return the period from the day of one instant to that of another, both of them whole."""
    return since - since % DAY, _open(until - until % DAY + DAY - 1, now)


def _open(end: Millis, now: Millis) -> Millis:
    """Return the end of a period, the end of time for one that lasts until now.

    Where the clock was set back, what is dated later has happened just now.
    """
    return end if end < now else LATEST


def months_before(instant: Millis, months: int) -> Millis:
    """Return the same time of day so many calendar months earlier, or the last day that month has."""
    moment = to_datetime(instant)
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return round((moment.replace(year=year, month=month + 1, day=day) - EPOCH).total_seconds() * SECOND)
