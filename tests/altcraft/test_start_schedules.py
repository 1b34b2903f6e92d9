"""The minutes at which a start schedule starts a mailing.

https://guides.altcraft.com/en/developer-guide/objects/Start-schedule-object_2195802
"""

import pytest

from emulator.altcraft.schedule import go_duration
from emulator.engine.clock import DAY, HOUR, MINUTE, SECOND, Millis
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_regulars import made


def starts(altcraft: Altcraft, begins: str, length: str, **schedule: object) -> list[str]:
    """Return the times at which a regular mailing with a schedule starts within a length of time."""
    http = altcraft.emulator.http
    http.post("/_emulator/clock", json={"set": begins})
    made(altcraft, is_active=True, start_schedule=schedule)
    events = http.post("/_emulator/clock", json={"advance": length}).json()["events"]
    return [event["at"][11:16] for event in events if event["event"] == "altcraft.start"]


@pytest.mark.parametrize(
    ("schedule", "start"),
    [
        ({"start_years": [2040, 2039]}, "2039-01-01"),
        ({"start_years": [9999], "start_months": [12, 11], "start_mdays": [30, 31]}, "9999-11-30"),
        ({"start_months": [2], "start_mdays": [29], "start_wdays": ["Mo"]}, "2044-02-29"),
        ({"start_months": [2], "start_mdays": [31]}, None),
        ({"start_years": [2025, 1970]}, None),
    ],
)
def test_a_schedule_starts_a_mailing_however_far_ahead(
    altcraft: Altcraft, schedule: dict[str, object], start: str | None
) -> None:
    altcraft.emulator.query("DELETE FROM due_event")
    altcraft.advance("1ms")
    made(altcraft, is_active=True, start_schedule={"start_hours": [0], "start_mins": [0]} | schedule)
    due = altcraft.emulator.http.get("/_emulator/clock").json()["next_event"]
    assert due == (start and f"{start}T00:00:00.000Z")


NEW_YORK = {"tz": "America/New_York"}
LORD_HOWE = {"tz": "Australia/Lord_Howe"}
HALVES = {"start_mins": [0, 30]}
LATE = {"start_hours": [2], "start_mins": [15, 40]}


@pytest.mark.parametrize(
    ("begins", "schedule", "wanted"),
    [
        ("2026-11-01T05:00:00Z", NEW_YORK | HALVES, ["05:30", "06:00", "06:30", "07:00"]),
        ("2026-11-01T05:00:00Z", NEW_YORK | HALVES | {"start_hours": [1]}, ["05:30"]),
        ("2026-03-08T06:00:00Z", NEW_YORK | HALVES, ["06:30", "07:00", "07:30", "08:00"]),
        ("2026-03-08T06:00:00Z", NEW_YORK | HALVES | {"start_hours": [2]}, ["07:00", "07:30"]),
        ("2026-04-04T14:00:00Z", LORD_HOWE | {"start_mins": [45]}, ["14:45", "15:15"]),
        ("2026-10-03T15:15:00Z", LORD_HOWE | LATE, ["15:40", "15:45"]),
        ("1970-01-01T00:00:00Z", NEW_YORK | {"start_mins": [0]}, ["01:00", "02:00"]),
    ],
)
def test_a_schedule_starts_a_mailing_in_its_zone(
    altcraft: Altcraft, begins: str, schedule: dict[str, object], wanted: list[str]
) -> None:
    assert starts(altcraft, begins, "2h", **schedule) == wanted


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (0, "0s"),
        (1, "1ms"),
        (987, "987ms"),
        (SECOND, "1s"),
        (1_500, "1.5s"),
        (59_900, "59.9s"),
        (59_999, "59.999s"),
        (MINUTE, "1m0s"),
        (61_001, "1m1.001s"),
        (HOUR - 1, "59m59.999s"),
        (HOUR, "1h0m0s"),
        (HOUR + 30 * SECOND, "1h0m30s"),
        (3 * DAY + MINUTE, "72h1m0s"),
    ],
)
def test_how_long_a_run_took_is_written_as_go_does(length: Millis, written: str) -> None:
    """As `138.351985ms` in the documentation's log; no unit is larger than an hour."""
    assert go_duration(length) == written
