"""What happened while due events ran: those that ran, and what they leave to be done and told."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from emulator.engine.clock import Millis

LISTED = 1000

Kind: TypeAlias = Literal["request", "transition", "message", "delivery"]
"""The kinds of happenings that the feed reports."""


@dataclass(frozen=True)
class Fired:
    """A due event that ran."""

    at: Millis
    name: str
    subject: str


@dataclass
class Firing:
    """The events that ran at one call: how many, and the first LISTED of them."""

    number: int = 0
    events: list[Fired] = field(default_factory=list)
    posts: list[int] = field(default_factory=list)
    """The ids of webhook deliveries to hand to the courier."""
    said: list[tuple[Kind, dict[str, Any]]] = field(default_factory=list)
    """The happenings for the feed."""
    failed: int = 0
    """How many events crashed and were set aside; they are not among those that ran."""
    reached: Millis | None = None
    """When the last event was due that ran or crashed."""
    has_stopped: bool = False
    """Whether `Stops` ended the run, so that further events may be due."""

    def add(self, event: Fired) -> None:
        self.number += 1
        if len(self.events) < LISTED:
            self.events.append(event)

    def extend(self, other: "Firing") -> None:
        """Add the events that ran after these; `posts` and `said` stay."""
        self.number += other.number
        self.failed += other.failed
        self.events += other.events[: LISTED - len(self.events)]
