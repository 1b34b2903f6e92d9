"""Virtual time."""

from datetime import UTC, datetime

import pytest

from emulator.engine.clock import (
    DAY,
    FROZEN_START,
    LATEST,
    Clock,
    from_datetime,
    is_time_zone,
    iso_millis,
    machine_millis,
    to_datetime,
)


def test_a_frozen_clock_stands_where_clocks_begin() -> None:
    assert iso_millis(Clock.frozen().now()) == "2026-03-15T14:30:00.000Z"


def test_a_real_clock_is_the_machines() -> None:
    before = machine_millis()
    assert before <= Clock.real().now() <= machine_millis()
    assert Clock.real().mode == "real"


def test_a_clock_at_speed_runs_as_many_times_faster() -> None:
    ran_for = 60_000
    clock = Clock(FROZEN_START, machine_millis() - ran_for, 10.0)
    assert 0 <= clock.now() - FROZEN_START - 10 * ran_for < 10_000
    assert clock.mode == "speed"


def test_setting_a_frozen_clock_leaves_it_frozen() -> None:
    clock = Clock.frozen().set_to(FROZEN_START + DAY)
    assert (clock.now(), clock.mode) == (FROZEN_START + DAY, "frozen")


def test_no_clock_passes_the_year_9999() -> None:
    assert Clock(LATEST - 1, machine_millis() - DAY, 1.0).now() == LATEST


@pytest.mark.parametrize("setting", ["", "fast", "0", "-1", "nan", "inf", "1e9"])
def test_a_wrong_clock_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="real, frozen, or a speed factor"):
        Clock.named(setting)


@pytest.mark.parametrize("microseconds", [999_000, 999_500, 999_999])
def test_the_last_instant_of_a_day_is_on_that_day_however_exactly_it_is_written(microseconds: int) -> None:
    moment = datetime(2026, 3, 15, 23, 59, 59, microseconds, UTC)
    assert iso_millis(from_datetime(moment)) == "2026-03-15T23:59:59.999Z"


@pytest.mark.parametrize("instant", [0, 1, 999, FROZEN_START + 7, LATEST])
def test_instants_survive_the_way_to_datetime_and_back(instant: int) -> None:
    assert from_datetime(to_datetime(instant)) == instant


def test_a_moment_before_1970_is_refused() -> None:
    with pytest.raises(OverflowError):
        from_datetime(datetime(1969, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Berlin", True),
        ("UTC", True),
        ("Mars/Olympus", False),
        ("localtime", False),
        ("../zone", False),
    ],
)
def test_time_zones_are_those_of_iana(name: str, known: bool) -> None:  # noqa: FBT001 -- a table's column
    assert is_time_zone(name) is known
