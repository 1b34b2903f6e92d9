"""Virtual time. The only module that reads the machine's clock.

Instants are integers: milliseconds since 1970-01-01T00:00:00Z. Providers convert them
to their own formats in requests and responses.
"""

import asyncio
import re
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from emulator import spelling

Millis: TypeAlias = Annotated[int, "milliseconds"]
"""An instant or a length of time in milliseconds; the mark tells such columns (storage/columns.py)."""

PLANNED = "planned"
Planned: TypeAlias = Annotated[Millis, PLANNED]
"""The instant of something that a fixture plans for a time after the sandbox begins: such columns are shifted
together with the due events of a template (sandbox/template.py)."""

Mode: TypeAlias = Literal["real", "frozen", "speed"]
"""How a clock goes: as the machine's, not at all, or at a speed or an offset of its own."""

SECOND: Millis = 1000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

FROZEN_START: Millis = 1_773_585_000_000
"""2026-03-15T14:30:00Z, the epoch: where a frozen clock begins by default."""

MAX_SPEED = 1_000_000.0
NO_CLOCK = f"must be real, frozen, or a speed factor above 0 and up to {MAX_SPEED:.0f}"

GRAIN: Millis = 20
"""On a running clock, events are due at multiples of it (docs/decisions/0046-due-with-the-turn.md)."""

EARLIEST: Millis = 0
LATEST: Millis = 253_402_300_799_000
"""9999-12-31T23:59:59Z: no provider's date format can hold a later time."""

EARLIEST_BEGINNING = 2000
"""The earliest year in which a clock begins: fixtures say what happened days and months before."""


def machine_millis() -> Millis:
    """Return the machine's time."""
    return time.time_ns() // 1_000_000


def machine_seconds() -> float:
    """Return the machine's time in seconds since some instant, to measure how long something takes."""
    return time.perf_counter()


def millis_since(begun: float) -> Millis:
    """Return how long ago `machine_seconds` was `begun`, also if the machine's clock was set meanwhile."""
    return round((machine_seconds() - begun) * SECOND)


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
    """The pause between slices, in seconds: another client's request takes several rounds of the loop."""

    def __init__(self) -> None:
        self._begun = machine_seconds()

    @property
    def is_over(self) -> bool:
        """Whether the slice has taken its time."""
        return millis_since(self._begun) >= self.LENGTH

    async def next(self) -> None:
        if self.is_over:
            await asyncio.sleep(self.BREAK)
            self._begun = machine_seconds()


async def machine_wait_for(tasks: Collection[asyncio.Future[None]], seconds: float) -> float:
    """Wait until tasks end, but no longer than `seconds` of the machine's time; return how long it took."""
    begun = time.monotonic()
    await asyncio.wait(tasks, timeout=seconds)
    return time.monotonic() - begun


def to_datetime(instant: Millis) -> datetime:
    return EPOCH + timedelta(milliseconds=min(instant, LATEST))


def from_datetime(moment: datetime) -> Millis:
    """Return the instant of `moment`, cut off to milliseconds; one without a zone is taken as UTC.

    Raises OverflowError for a moment outside of EARLIEST..LATEST.
    """
    instant = nearest_instant(moment)
    if instant != millis_of(moment):
        raise OverflowError(f"{moment.isoformat()} is not within {_SPAN}")
    return instant


def nearest_instant(moment: datetime) -> Millis:
    """Return the instant of `moment`, moved into EARLIEST..LATEST if it is outside.

    Clients send a year far away where they mean that there is no bound.
    """
    return min(max(millis_of(moment), EARLIEST), LATEST)


def millis_of(moment: datetime) -> int:
    """Return the milliseconds from 1970 to any `moment`, below 0 before; without a zone it is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // _MILLISECOND


@lru_cache(maxsize=4096)  # a response shows the same instants as the one before
def iso_millis(instant: Millis) -> str:
    """Return an instant as text: `2026-03-15T14:30:00.000Z`."""
    return to_datetime(instant).isoformat(timespec="milliseconds")[:-6] + "Z"


_SPAN = f"{iso_millis(EARLIEST)} and {iso_millis(LATEST)}"

NO_SUCH_INSTANT = "there is no such date or time of day"
"""The message for a text that looks like an instant and is none, such as 29 February of most years."""


def is_written_as_instant(text: str) -> bool:
    """Return whether a text has the form of a date and time with its zone, even if there is no such date."""
    return _WRITTEN.fullmatch(text) is not None


_WRITTEN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})",
    re.IGNORECASE,
)


def is_time_zone(name: str) -> bool:
    """Return whether `name` is an IANA time zone; `localtime` is none, as it differs between machines."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return name != "localtime"


NO_BEGINNING = "must be now, epoch, or an instant with its zone, such as 2026-05-01T00:00:00Z"


class BeginningError(ValueError):
    """A clock can not begin there. The text says why."""


def beginning(clock: str, at: str | None, now: Millis) -> Millis | None:
    """Return the instant at which a clock begins; None for one that begins at the machine's time.

    `clock` is as for `Clock.named`; `at` is `now`, `epoch`, or an instant in ISO 8601 with its zone. Without
    it a frozen clock begins at the epoch. Raises BeginningError.
    """
    if clock == "real" and at not in {None, "now"}:
        raise BeginningError("a real clock shows the machine's time: choose frozen or a speed")
    if clock == "real" or (at is None and clock != "frozen"):
        return None
    if at == "now":
        return now
    return FROZEN_START if at in {None, "epoch"} else _instant(str(at))


def _instant(text: str) -> Millis:
    try:
        moment = spelling.instant(text)
    except ValueError:
        raise BeginningError(NO_SUCH_INSTANT if is_written_as_instant(text) else NO_BEGINNING) from None
    if moment.year < EARLIEST_BEGINNING:
        raise BeginningError(f"must be in {EARLIEST_BEGINNING} or later: accounts have a history before it")
    try:
        return from_datetime(moment)
    except OverflowError as error:
        raise BeginningError(str(error)) from error


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
    def named(cls, setting: str, begins_at: Millis | None = None) -> "Clock":
        """Return the clock for `real`, `frozen` or a speed factor (`10`, `0.5`). Raises ValueError.

        One that is not real begins at `begins_at`; without it, at the machine's time, or frozen at the epoch.
        """
        if setting == "real":
            return cls.real()
        if setting == "frozen":
            return cls.frozen(FROZEN_START if begins_at is None else begins_at)
        speed = spelling.decimal(setting)
        if speed is None or not 0 < speed <= MAX_SPEED:
            raise ValueError(NO_CLOCK)
        clock = cls.real().at_speed(speed)
        return clock if begins_at is None else clock.set_to(begins_at)

    @property
    def mode(self) -> Mode:
        if self.speed == 0:
            return "frozen"
        return "real" if self.speed == 1 and self.virtual == self.machine else "speed"

    @property
    def grain(self) -> Millis:
        """Events that are scheduled for later are due at multiples of this."""
        return 1 if self.speed == 0 else GRAIN

    def now(self) -> Millis:
        if self.speed == 0:
            return self.virtual
        elapsed = machine_millis() - self.machine
        return min(self.virtual + int(elapsed * self.speed), LATEST)

    def at_speed(self, speed: float) -> "Clock":
        return Clock(self.now(), machine_millis(), speed)

    def set_to(self, instant: Millis) -> "Clock":
        return Clock(instant, machine_millis(), self.speed)
