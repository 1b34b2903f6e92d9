"""Virtual time. The only module that reads the machine's clock.

Instants are integers: milliseconds since 1970-01-01T00:00:00Z. Providers convert them
to their own formats in requests and responses.
"""

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

Millis: TypeAlias = Annotated[int, "milliseconds"]
"""An instant, or a length of time; the mark tells columns of them from others (sandbox/inspection.py)."""

SECOND: Millis = 1000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FROZEN_START: Millis = 1_773_585_000_000
"""2026-03-15T14:30:00Z, the time of a clock that begins frozen."""

MAX_SPEED = 1_000_000.0

EARLIEST: Millis = 0
LATEST: Millis = 253_402_300_799_000
"""9999-12-31T23:59:59Z: no provider's date format can hold a later time."""


def machine_millis() -> Millis:
    """Return the machine's time."""
    return time.time_ns() // 1_000_000


async def machine_pause(seconds: float) -> None:
    """Wait in the machine's time, not in a sandbox's."""
    await asyncio.sleep(seconds)


async def machine_wait(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, but no longer than `seconds` of the machine's time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Slices:
    """Long work in slices: `await slices.next()` lets others go on whenever a slice has taken its time."""

    LENGTH: Millis = 20
    BREAK = 0.001
    """In seconds: a request of somebody else takes the loop more than one round."""

    def __init__(self) -> None:
        self._begun = machine_millis()

    async def next(self) -> None:
        if machine_millis() - self._begun >= self.LENGTH:
            await asyncio.sleep(self.BREAK)
            self._begun = machine_millis()


async def machine_wait_for(tasks: Collection[asyncio.Task[None]], seconds: float) -> float:
    """Wait until tasks end, but no longer than `seconds` of the machine's time; return how long it took."""
    begun = time.monotonic()
    await asyncio.wait(tasks, timeout=seconds)
    return time.monotonic() - begun


def to_datetime(instant: Millis) -> datetime:
    return EPOCH + timedelta(milliseconds=min(instant, LATEST))


def from_datetime(moment: datetime) -> Millis:
    """Return the instant of `moment`; one without a zone is taken as UTC.

    Raises OverflowError for a moment outside of EARLIEST..LATEST.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    instant = round(aware.timestamp() * SECOND)
    if not EARLIEST <= instant <= LATEST:
        raise OverflowError(f"{moment.isoformat()} is outside of the years 1970 to 9999")
    return instant


@lru_cache(maxsize=4096)  # a response shows the same instants as the one before
def iso_millis(instant: Millis) -> str:
    """Return an instant as text: `2026-03-15T14:30:00.000Z`."""
    return to_datetime(instant).isoformat(timespec="milliseconds")[:-6] + "Z"


def is_time_zone(name: str) -> bool:
    """Return whether `name` is an IANA time zone; `localtime` is none, as it differs between machines."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return name != "localtime"


@dataclass(frozen=True)
class Clock:
    """A clock that shows `virtual` at the machine's time `machine`, and runs at `speed`; 0 means frozen."""

    virtual: Millis
    machine: Millis
    speed: float

    @classmethod
    def real(cls) -> "Clock":
        now = machine_millis()
        return cls(now, now, 1.0)

    @classmethod
    def frozen(cls, at: Millis = FROZEN_START) -> "Clock":
        return cls(at, machine_millis(), 0.0)

    @classmethod
    def named(cls, setting: str) -> "Clock":
        """Return the clock for `real`, `frozen` or a speed factor (`10`, `0.5`). Raises ValueError."""
        if setting == "real":
            return cls.real()
        if setting == "frozen":
            return cls.frozen()
        try:
            speed = float(setting)
        except ValueError:
            speed = -1.0
        if not 0 < speed <= MAX_SPEED:
            raise ValueError(f"clock must be real, frozen or a speed factor above 0 and up to {MAX_SPEED:g}")
        return cls.real().at_speed(speed)

    @property
    def mode(self) -> str:
        if self.speed == 0:
            return "frozen"
        return "real" if self.speed == 1 and self.virtual == self.machine else "speed"

    def now(self) -> Millis:
        if self.speed == 0:
            return self.virtual
        elapsed = machine_millis() - self.machine
        return min(self.virtual + int(elapsed * self.speed), LATEST)

    def at_speed(self, speed: float) -> "Clock":
        return Clock(self.now(), machine_millis(), speed)

    def set_to(self, instant: Millis) -> "Clock":
        return Clock(instant, machine_millis(), self.speed)
