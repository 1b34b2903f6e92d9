"""Start schedules of mailings, and the format of lengths of time.

https://guides.altcraft.com/en/developer-guide/objects/Start-schedule-object_2195802
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, UTC, date, datetime, timedelta, tzinfo
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from emulator.engine.clock import HOUR, LATEST, MINUTE, SECOND, Millis, nearest_instant, to_datetime

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

SHORTEST_DAY = 2
"""The fewest letters of a weekday's name, which tell all days apart."""

LISTS = ("start_mins", "start_hours", "start_mdays", "start_wdays", "start_months", "start_years")


def is_weekday(name: str) -> bool:
    """Return whether a text is the name of a day of a week, or how it begins."""
    return len(name) >= SHORTEST_DAY and any(day.startswith(name.lower()) for day in WEEKDAYS)


def next_start(schedule: Mapping[str, Any], after: Millis) -> Millis | None:
    """Return the first minute later than `after` that a schedule names; None if there is none.

    An empty list allows any value, but a schedule with only empty lists names no minute.
    """
    if not any(schedule.get(name) for name in LISTS):
        return None
    zone = ZoneInfo(schedule["tz"]) if schedule.get("tz") else UTC
    try:
        today = to_datetime(after).astimezone(zone).date()
    except OverflowError:  # in the zone, it is the year 10000
        return None
    starts = (start for day in _days(schedule, today) for start in _minutes(schedule, day, zone))
    return next((start for start in starts if after < start < LATEST), None)


def starts_between(schedule: Mapping[str, Any], after: Millis, end: Millis) -> Iterator[Millis]:
    """Yield the minutes later than `after`, and up to `end`, that a schedule names, the latest first."""
    zone = ZoneInfo(schedule["tz"]) if schedule.get("tz") else UTC
    first, day = (to_datetime(instant).astimezone(zone).date() for instant in (after, end))
    while day >= first:
        if _names(schedule, day):
            starts = reversed(_minutes(schedule, day, zone))
            yield from (start for start in starts if after < start <= end)
        day -= timedelta(days=1)


def _names(schedule: Mapping[str, Any], day: date) -> bool:
    """Return whether a schedule names a day. An empty list allows any."""
    numbers = {"start_years": day.year, "start_months": day.month, "start_mdays": day.day}
    is_listed = (not schedule[name] or number in schedule[name] for name, number in numbers.items())
    return all(is_listed) and day.weekday() in _weekdays(schedule)


def _weekdays(schedule: Mapping[str, Any]) -> set[int]:
    """Return the days of a week that a schedule names, Monday as 0. An empty list allows any."""
    named = {str(name)[:SHORTEST_DAY].lower() for name in schedule["start_wdays"]}
    return {number for number, day in enumerate(WEEKDAYS) if not named or day[:SHORTEST_DAY] in named}


def _days(schedule: Mapping[str, Any], today: date) -> Iterator[date]:
    """Yield the days from today on that a schedule names, in order."""
    weekdays = _weekdays(schedule)
    years = sorted(set(schedule["start_years"])) or range(today.year, MAXYEAR + 1)
    months = sorted(set(schedule["start_months"])) or range(1, 13)
    numbers = sorted(set(schedule["start_mdays"])) or range(1, 32)
    for year, month in product(years, months):
        if (year, month) >= (today.year, today.month):
            last = monthrange(year, month)[1]
            days = (date(year, month, number) for number in numbers if number <= last)
            yield from (day for day in days if day >= today and day.weekday() in weekdays)


def _minutes(schedule: Mapping[str, Any], day: date, zone: tzinfo) -> list[Millis]:
    """Return the minutes of a day that a schedule names, in order.

    In an hour that comes twice, where clocks are put back, a schedule starts twice unless it names the hour.
    """
    hours = sorted(set(schedule["start_hours"])) or range(24)
    minutes = sorted(set(schedule["start_mins"])) or range(60)
    times = [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        for hour, minute in product(hours, minutes)
    ]
    if not schedule["start_hours"]:
        times += [time.replace(fold=1) for time in times if _comes_twice(time)]
    return sorted({nearest_instant(time) for time in times})


def _comes_twice(time: datetime) -> bool:
    first, second = time.utcoffset(), time.replace(fold=1).utcoffset()
    return first is not None and second is not None and second < first


def go_duration(length: Millis) -> str:
    """Format a length of time as Go does: `138ms`, `2.5s`, `1h0m30s`."""
    if 0 < length < SECOND:
        return f"{length}ms"
    hours, minutes = length // HOUR, length % HOUR // MINUTE
    seconds = f"{length % MINUTE / SECOND:g}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
