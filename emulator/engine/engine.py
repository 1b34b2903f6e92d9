"""The queue of due events in a sandbox's database, and the turns in which they and requests run.

Nothing depends on how often the queue is checked: events run in the order of the times at which
they are due, and each sees its own time as the current one, whenever the next check comes.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

from sqlmodel import Field, Session

from emulator.engine.clock import Millis
from emulator.storage.ids import Identifiers
from emulator.storage.sqlite import json_text
from emulator.storage.store import Store
from emulator.storage.tables import Table


class DueEvent(Table, table=True):
    """Something that will happen at `due` unless it is cancelled."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "due_event"

    id: int | None = Field(default=None, primary_key=True)
    due: Millis = Field(index=True)
    name: str
    subject: str = Field(index=True)
    details: str
    """A JSON object."""


Kind: TypeAlias = Literal["request", "transition", "message", "delivery"]
"""The kinds of happenings that the feed reports."""


class Audience(Protocol):
    """The part of a sandbox's feed that the engine uses."""

    @property
    def has_listeners(self) -> bool: ...

    def publish_all(self, said: Iterable[tuple[Kind, Mapping[str, Any]]]) -> None: ...


@dataclass
class Turn:
    """One transaction of a sandbox: a request, or a due event.

    `now` stays the same throughout. Either all of its changes are kept, or none.
    """

    store: Store
    ids: Identifiers
    now: Millis
    earliest: Millis | None = None
    """The earliest time at which one of the events that the turn has scheduled is due."""
    cancelled: bool = False
    """Whether the turn has cancelled events."""
    posts: list[int] = field(default_factory=list)
    """The ids of webhook deliveries to hand to the courier once the turn is committed."""
    is_heard: bool = False
    """Whether the feed has listeners; without any, nothing needs to be looked up for it."""
    said: list[tuple[Kind, dict[str, Any]]] = field(default_factory=list)
    """The happenings for the feed, published once the turn is committed."""

    @property
    def session(self) -> Session:
        return self.store.session

    def say(self, kind: Kind, **data: Any) -> None:
        """Note a happening for the feed, which publishes it once the turn is committed."""
        if self.is_heard:
            self.said.append((kind, data))

    def schedule(self, due: Millis, name: str, subject: str, **details: Any) -> None:
        """Schedule the event `name` about `subject` for the time `due`."""
        self.earliest = due if self.earliest is None else min(due, self.earliest)
        self.store.execute(_SCHEDULE, (due, name, subject, json_text(details)))

    def cancel(self, subject: str, name: str | None = None) -> None:
        """Remove the due events about `subject`: those called `name`, or all of them."""
        self.cancelled = True
        self.store.execute(_CANCEL, (subject, name, name))


Telling = Callable[[Turn, Any], None]
"""A function that is called with the turn and each row that it changes, while the feed has listeners."""

Handler = Callable[[Turn, str, Mapping[str, Any]], None]
"""A function that performs a due event: called with the turn, the event's subject and its details."""


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

    def add(self, event: Fired) -> None:
        self.number += 1
        if len(self.events) < LISTED:
            self.events.append(event)

    def extend(self, other: "Firing") -> None:
        """Add the events that ran after these; `posts` stay."""
        self.number += other.number
        self.events += other.events[: LISTED - len(self.events)]


LISTED = 1000


class Engine:
    """Makes the turns of one store, and runs its due events."""

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        seed: int,
        audience: Audience | None = None,
        tell: Telling | None = None,
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._seed = seed
        self._audience = audience
        self._tell = tell

    def turn(self, now: Millis) -> Turn:
        ids = Identifiers(self._store.session.numbers, self._seed)
        is_heard = self._audience is not None and self._audience.has_listeners
        turn = Turn(self._store, ids, now, is_heard=is_heard)
        tell = self._tell if turn.is_heard else None
        self._store.session.on_change = partial(tell, turn) if tell is not None else None
        return turn

    def next_due(self) -> Millis | None:
        """Return the time at which the next event is due, or None where no event waits."""
        earliest: Millis | None = self._store.execute(_EARLIEST).fetchone()[0]
        return earliest

    def run_until(self, now: Millis) -> Firing:
        """Run every event that is due by `now`, each in a transaction of its own; return those that ran."""
        ran = Firing()
        while (event := self._store.execute(_DUE, (now,)).fetchone()) is not None:
            number, due, name, subject, details = event
            turn = self.turn(due)
            with self._store.transaction():
                self._store.execute(_DONE, (number,))
                self._handlers[name](turn, subject, json.loads(details))
            if self._audience is not None:
                self._audience.publish_all(turn.said)
            ran.add(Fired(due, name, subject))
            ran.posts += turn.posts
        return ran


_SCHEDULE = "INSERT INTO due_event (due, name, subject, details) VALUES (?, ?, ?, ?)"
_CANCEL = "DELETE FROM due_event WHERE subject = ? AND (? IS NULL OR name = ?)"
_EARLIEST = "SELECT min(due) FROM due_event"
_DUE = "SELECT id, due, name, subject, details FROM due_event WHERE due <= ? ORDER BY due, id LIMIT 1"
_DONE = "DELETE FROM due_event WHERE id = ?"
