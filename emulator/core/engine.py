"""What happens by itself: a queue of due events in the sandbox's database.

Nothing depends on how often anybody looks: an event runs with the time it was due at,
and in the order of those times, whenever the next look comes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text, update
from sqlmodel import JSON, Column, Field, Session, SQLModel, col, select

from emulator.core.clock import Millis
from emulator.core.rng import Identifiers
from emulator.core.store import Store


class DueEvent(SQLModel, table=True):
    """Something that will happen at `due` unless it is cancelled."""

    __tablename__ = "due_event"

    id: int | None = Field(default=None, primary_key=True)
    due: Millis = Field(index=True)
    name: str
    subject: str = Field(index=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


@dataclass
class Turn:
    """One indivisible piece of work on a sandbox: a request, or an event.

    `now` is fixed for its whole length. All of its changes are kept, or none.
    """

    session: Session
    ids: Identifiers
    now: Millis
    rescheduled: bool = False
    """Whether the queue of due events changed."""

    def schedule(self, due: Millis, name: str, subject: str, **details: Any) -> None:
        """Let event `name` happen to `subject` at `due`."""
        self.rescheduled = True
        self.session.add(DueEvent(due=due, name=name, subject=subject, details=details))

    def cancel(self, subject: str, name: str | None = None) -> None:
        """Forget the events of `subject`: those called `name`, or all of them."""
        self.rescheduled = True
        self.session.flush()
        self.session.connection().execute(_CANCEL, {"subject": subject, "name": name})


Handler = Callable[[Turn, str, Mapping[str, Any]], None]
"""Called with the turn, the event's subject and its details."""


class Engine:
    """Runs the due events of one store."""

    def __init__(self, store: Store, handlers: Mapping[str, Handler], seed: int) -> None:
        self._store = store
        self._handlers = handlers
        self._seed = seed

    def turn(self, now: Millis) -> Turn:
        session = self._store.session
        return Turn(session, Identifiers(session, self._seed), now)

    def next_due(self) -> Millis | None:
        """Answer when the next event is due, or None where nothing waits."""
        earliest: Millis | None = self._store.session.connection().execute(_EARLIEST).scalar_one()
        return earliest

    def run_until(self, now: Millis) -> int:
        """Run every event that is due by `now`, each in a transaction of its own; answer how many ran."""
        ran = 0
        while (event := self._due_by(now)) is not None:
            with self._store.transaction() as session:
                session.delete(event)
                self._handlers[event.name](self.turn(event.due), event.subject, event.details)
            ran += 1
        return ran

    def shift(self, by: Millis) -> None:
        """Move every waiting event by `by`: a copy of a template starts its waits at the copy's time."""
        with self._store.transaction() as session:
            session.execute(update(DueEvent).values(due=DueEvent.due + by))

    def _due_by(self, now: Millis) -> DueEvent | None:
        return self._store.session.exec(_DUE, params={"now": now}).first()


_EARLIEST = text("SELECT min(due) FROM due_event")
_CANCEL = text("DELETE FROM due_event WHERE subject = :subject AND (:name IS NULL OR name = :name)")
_DUE = (
    select(DueEvent)
    .where(col(DueEvent.due) <= bindparam("now"))
    .order_by(col(DueEvent.due), col(DueEvent.id))
    .limit(1)
)
