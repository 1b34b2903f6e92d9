"""The queue of due events in a sandbox's database, and the turns in which they and requests run.

Nothing depends on how often the queue is checked: events run in the order of the times at which
they are due, and each sees its own time as the current one, whenever the next check comes.
"""

import json
import logging
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

from sqlmodel import Session

from emulator.engine.clock import EARLIEST, LATEST, Millis
from emulator.engine.due import FailedEvent
from emulator.engine.firing import Fired, Firing, Kind
from emulator.misspelt import not_known
from emulator.storage.failures import is_of_storage
from emulator.storage.ids import Identifiers
from emulator.storage.sqlite import json_text
from emulator.storage.store import Store


class UnknownEventError(Exception):
    """There is no handler for a due event: its name is wrong, or of another version of the emulator."""


class Audience(Protocol):
    """The part of a sandbox's feed that the engine uses."""

    @property
    def has_listeners(self) -> bool: ...


@dataclass
class Turn:
    """One transaction of a sandbox: a request, or a due event.

    `now` stays the same throughout. Either all of its changes are kept, or none.
    """

    store: Store
    ids: Identifiers
    now: Millis
    early: Millis = 0
    """How much sooner an event is due than it was scheduled for: see `meant`."""
    earliest: Millis | None = None
    """The earliest time at which one of the events that the turn has scheduled is due."""
    cancelled: bool = False
    """Whether the turn has cancelled events that were scheduled."""
    grain: Millis = 1
    """See `Clock.grain`."""
    handled: Collection[str] | None = None
    """The names of the events that have a handler; None where that is not checked."""
    past_until: Millis | None = None
    """While a fixture's past is replayed, the instant at which it ends and the sandbox begins."""
    posts: list[int] = field(default_factory=list)
    """The ids of webhook deliveries to hand to the courier once the turn is committed."""
    is_heard: bool = False
    """Whether the feed has listeners; without any, nothing needs to be looked up for it."""
    said: list[tuple[Kind, dict[str, Any]]] = field(default_factory=list)
    """The happenings for the feed, published once the turn is committed."""

    @property
    def session(self) -> Session:
        return self.store.session

    @property
    def is_past(self) -> bool:
        """Whether it is in the past of a fixture, before any sandbox begins."""
        return self.past_until is not None

    @property
    def meant(self) -> Millis:
        """The time that an event was scheduled for, up to 20 ms after `now` where the clock runs.

        Rows are dated with `now`. Ends and beginnings are compared with `meant`: otherwise an event that was
        scheduled for the end of something would find that it is not over.
        """
        return self.now + self.early

    def say(self, kind: Kind, **data: Any) -> None:
        """Note a happening for the feed, which publishes it once the turn is committed."""
        if self.is_heard:
            self.said.append((kind, data))

    def schedule(self, due: Millis, name: str, subject: str, *, rows: int = 1, **details: Any) -> None:
        """Schedule the event `name` about `subject` for the time `due`; say about how many rows it changes.

        Where the clock runs, it is due up to 20 ms earlier, so that events run together and never come late.
        What is overdue happens now, but for the past of a fixture; what is due after LATEST never happens.
        Raises UnknownEventError for a name without a handler.
        """
        self._schedule(due, name, subject, rows, details, is_dated=False)

    def schedule_dated(self, due: Millis, name: str, subject: str, *, rows: int = 1, **details: Any) -> None:
        """Schedule an event as `schedule` does, at a moment of the calendar, such as a midnight.

        It is due at that moment in every sandbox that is copied from a template. All other events are due as
        long after the sandbox begins as they were after the template was made.
        """
        self._schedule(due, name, subject, rows, details, is_dated=True)

    def _schedule(
        self, due: Millis, name: str, subject: str, rows: int, details: Mapping[str, Any], *, is_dated: bool
    ) -> None:
        if self.handled is not None and name not in self.handled:
            said = not_known(name, sorted(self.handled), "one of the `events` of a provider")
            raise UnknownEventError(f"{name!r} {said}")
        due = due if self.is_past else max(due, self.now)
        early = self.early  # for an event that is due at once, in the same instant
        if due > self.now:
            together = due - due % self.grain
            early = due - together if together > self.now else 0
            due -= early
        if due <= LATEST:
            self.earliest = due if self.earliest is None else min(due, self.earliest)
        self.store.execute(_SCHEDULE, (due, name, subject, json_text(details), rows, is_dated, early or None))

    def cancel(self, subject: str, *names: str) -> None:
        """Remove the due events about `subject`: those with these names, or all of them."""
        named = f" AND name IN ({', '.join('?' * len(names))})" if names else ""
        self.cancelled |= self.store.execute(_CANCEL + named, (subject, *names)).rowcount > 0


Telling = Callable[[Turn, Any], None]
"""A function that is called with the turn and each row that it changes, while the feed has listeners."""

Handler = Callable[[Turn, str, Mapping[str, Any]], None]
"""A function that performs a due event: called with the turn, the event's subject and its details."""


TOGETHER = 50
"""How many due events run in one transaction at most."""

MANY = 200
"""So many due events are long work, which runs on another thread, however short each is."""

MANY_ROWS = 2000
"""Due events that change so many rows are long work; one that may take long is scheduled with it."""


@dataclass(frozen=True)
class Stops:
    """Where the engine stops after an instant, and what it does with each instant that it comes to."""

    is_over: Callable[[bool], bool]
    """Returns whether to stop: called after each instant, with whether deliveries wait to be attempted."""
    come_to: Callable[[Millis], None]
    """Called with the last instant of each transaction, before it is committed."""


NOWHERE = Stops(lambda _: False, lambda _: None)


class Engine:
    """Makes the turns of one store, and runs its due events."""

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        seed: int,
        audience: Audience | None = None,
        tell: Telling | None = None,
        grain: Callable[[], Millis] = lambda: 1,
        *,
        past_until: Millis | None = None,
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._ids = Identifiers(store.session.numbers, seed)
        self._audience = audience
        self._tell = tell
        self._grain = grain
        self._past_until = past_until

    def turn(self, now: Millis, early: Millis = 0) -> Turn:
        is_heard = self._audience is not None and self._audience.has_listeners
        turn = Turn(
            self._store,
            self._ids,
            now,
            early,
            grain=self._grain(),
            handled=self._handlers.keys(),
            past_until=self._past_until,
            is_heard=is_heard,
        )
        self._store.session.on_change = partial(self._tell, turn) if self._tell and is_heard else None
        return turn

    def next_due(self) -> Millis | None:
        """Return the time at which the next event is due, or None where none will be before time ends."""
        earliest: Millis | None = self._store.execute(_EARLIEST, (LATEST,)).fetchone()[0]
        return earliest

    def has_long_work(self, until: Millis) -> bool:
        """Return whether the events that are due by `until` may take long, or are many."""
        number, rows = self._store.execute(_LONG_WORK, (until, MANY)).fetchone()
        return bool(number == MANY or (rows or 0) >= MANY_ROWS)

    def run_until(self, now: Millis, stops: Stops = NOWHERE, ran: Firing | None = None) -> Firing:
        """Run the events that are due by `now`, in the order of their times; return those that ran.

        Several share a transaction, as one for each would cost more than most events do. One that crashes
        changes nothing: it is set aside as a FailedEvent, and the others go on. Where the file fails, `ran`
        has what was committed before.
        """
        ran, alone = Firing() if ran is None else ran, 0
        while events := self._due(now, 1 if alone else TOGETHER):
            if self._stops(ran, events[0].due, stops):
                return ran
            alone = max(0, alone - 1) + self._run_together(events, stops, ran)
        self._stops(ran, None, stops)
        return ran

    def run_along(self, now: Millis) -> Firing | None:
        """Run the events that are due by `now` in the caller's transaction: a commit of their own is slow.

        Returns None and changes nothing where there are many or one crashes: `run_until` has to run them.
        """
        ran, events = Firing(), self._due(now, TOGETHER)
        if len(events) == TOGETHER:
            return None
        try:
            while events:
                self._run_in_order(events, NOWHERE, ran, ran, [])
                events = self._due(now, TOGETHER)
        except Exception:  # noqa: BLE001 -- `run_until` meets it again and sets it aside
            self._store.undo()
            return None
        return ran

    def _stops(self, ran: Firing, following: Millis | None, stops: Stops) -> bool:
        """Note and return whether to stop after the last instant; the next event is due at `following`."""
        if ran.reached is not None and following != ran.reached:
            ran.has_stopped = stops.is_over(bool(ran.posts))
        return ran.has_stopped

    def _due(self, now: Millis, most: int) -> list["_Waiting"]:
        return [_Waiting(*found) for found in self._store.execute(_DUE, (now, most))]

    def _run_together(self, events: Sequence["_Waiting"], stops: Stops, ran: Firing) -> int:
        """Run the first of some events in one transaction; return how many are to be run alone instead."""
        begun, own = list[_Waiting](), Firing()
        try:
            with self._store.transaction():
                self._run_in_order(events, stops, ran, own, begun)
                stops.come_to(begun[-1].due)
        except Exception as error:
            if is_of_storage(error):
                raise
            if len(begun) > 1:
                return len(begun)
            self._set_aside(events[0], error)
            own = Firing(failed=1)
        ran.extend(own)
        ran.posts += own.posts
        ran.said += own.said
        ran.reached = begun[-1].due
        return 0

    def _run_in_order(
        self, events: Sequence["_Waiting"], stops: Stops, before: Firing, own: Firing, begun: list["_Waiting"]
    ) -> None:
        """Run events of one transaction in order, until one may not be the next to run any more.

        `before` ran in earlier transactions. Events are added to `begun` as they begin, then to `own`.
        """
        earliest = LATEST
        for event in events:
            if begun and (earliest < event.due or _is_over(begun[-1], event, stops, before, own)):
                return
            begun.append(event)
            turn = self.turn(event.due, event.early)
            self._run_event(event, turn)
            own.add(Fired(event.due, event.name, event.subject))
            own.posts += turn.posts
            own.said += turn.said
            # after the event has cancelled or scheduled others, the next one found may not be the next to run
            earliest = EARLIEST if turn.cancelled else min(earliest, turn.earliest or LATEST)

    def _run_event(self, event: "_Waiting", turn: Turn) -> None:
        self._store.execute(_DONE, (event.id,))
        self._handle(turn, event.name, event.subject, event.details)
        if turn.is_heard:
            self._store.session.flush()  # the feed gets its changes at its own instant

    def retry(self, number: int, now: Millis) -> Firing:
        """Run a failed event now. If it crashes again, it stays set aside, and its exception is raised."""
        event = self._store.session.get_one(FailedEvent, number)
        turn = self.turn(now)
        try:
            with self._store.transaction():
                self._store.execute("DELETE FROM failed_event WHERE id = ?", (number,))
                self._handle(turn, event.name, event.subject, event.details)
        except Exception as error:
            with self._store.transaction():
                self._store.execute(_FAILED_AGAIN, (now, *_described(error), number))
            raise
        ran = Firing(posts=turn.posts, said=turn.said)
        ran.add(Fired(now, event.name, event.subject))
        return ran

    def _handle(self, turn: Turn, name: str, subject: str, details: str) -> None:
        handler = self._handlers.get(name)
        if handler is None:
            raise UnknownEventError(f"this version of the emulator has no event {name!r}")
        handler(turn, subject, json.loads(details))

    def _set_aside(self, event: "_Waiting", error: Exception) -> None:
        if self._past_until is None:  # else the building of the template reports it
            logger.error("%s of %s crashed, and is set aside", event.name, event.subject, exc_info=error)
        with self._store.transaction():
            self._store.execute(_DONE, (event.id,))
            self._store.execute(_SET_ASIDE, (*event[1:5], event.due, *_described(error)))


class _Waiting(NamedTuple):
    id: int
    due: Millis
    name: str
    subject: str
    details: str
    early: Millis


def _is_over(last: _Waiting, following: _Waiting, stops: Stops, ran: Firing, own: Firing) -> bool:
    """Return whether to stop between two events, if the second is due later."""
    return following.due > last.due and stops.is_over(bool(ran.posts or own.posts))


def _described(error: Exception) -> tuple[str, str]:
    """Return the columns `error` and `trace` for an exception."""
    lines = traceback.format_exception(error)
    texts = lines[-1].strip(), "".join(lines)[-LONGEST_TRACE:]
    return texts[0].encode(errors="replace").decode(), texts[1].encode(errors="replace").decode()


LONGEST_TRACE = 10_000

logger = logging.getLogger("emulator")

_SCHEDULE = """
    INSERT INTO due_event (due, name, subject, details, rows, is_dated, early) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_LONG_WORK = """
    SELECT count(*), sum(rows) FROM (SELECT rows FROM due_event WHERE due <= ? ORDER BY due LIMIT ?)
"""
_CANCEL = "DELETE FROM due_event WHERE subject = ?"
_EARLIEST = "SELECT min(due) FROM due_event WHERE due <= ?"
_DUE = """
    SELECT id, due, name, subject, details, coalesce(early, 0) FROM due_event
    WHERE due <= ? ORDER BY due, id LIMIT ?
"""
_DONE = "DELETE FROM due_event WHERE id = ?"
_SET_ASIDE = """
    INSERT INTO failed_event (due, name, subject, details, failed_at, error, trace)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_FAILED_AGAIN = "UPDATE failed_event SET failed_at = ?, error = ?, trace = ? WHERE id = ?"
