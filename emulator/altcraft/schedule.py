"""When a mailing starts by itself, and how long it took.

https://guides.altcraft.com/en/developer-guide/objects/Start-schedule-object_2195802
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from emulator.engine.clock import HOUR, MINUTE, SECOND, Millis, from_datetime, to_datetime

WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""The days of a week by the two letters that their names begin with."""

LISTS = ("start_mins", "start_hours", "start_mdays", "start_wdays", "start_months", "start_years")

HORIZON_DAYS = 12 * 366
"""How far ahead a start is looked for: 29 February comes within these days."""


def next_start(schedule: Mapping[str, Any], after: Millis) -> Millis | None:
    """Return the first minute later than `after` that a schedule names.

    An empty list allows any value; a schedule of nothing but empty lists names no minute.
    """
    if not any(schedule.get(name) for name in LISTS):
        return None
    zone = ZoneInfo(schedule["tz"]) if schedule.get("tz") else UTC
    try:
        today = to_datetime(after).astimezone(zone).date()
        days = (today + timedelta(days=number) for number in range(HORIZON_DAYS))
        starts = (start for day in days if _allows(schedule, day) for start in _minutes(schedule, day, zone))
        return next((start for start in starts if start > after), None)
    except OverflowError:
        return None


def _allows(schedule: Mapping[str, Any], day: date) -> bool:
    weekdays = {str(name)[:2].lower() for name in schedule["start_wdays"]}
    return (
        day.day in (schedule["start_mdays"] or [day.day])
        and day.month in (schedule["start_months"] or [day.month])
        and day.year in (schedule["start_years"] or [day.year])
        and (not weekdays or WEEKDAYS[day.weekday()] in weekdays)
    )


def _minutes(schedule: Mapping[str, Any], day: date, zone: tzinfo) -> list[Millis]:
    """Return the minutes of a day that a schedule names."""
    hours = sorted(set(schedule["start_hours"])) or range(24)
    minutes = sorted(set(schedule["start_mins"])) or range(60)
    return [
        from_datetime(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone))
        for hour in hours
        for minute in minutes
    ]


def go_duration(length: Millis) -> str:
    """Format a length of time as Go does: `138ms`, `2.5s`, `1h0m30s`."""
    if 0 < length < SECOND:
        return f"{length}ms"
    hours, minutes = length // HOUR, length % HOUR // MINUTE
    seconds = f"{length % MINUTE / SECOND:g}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
