"""Captured messages: what left, or waits to leave, over all providers and channels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, and_, case, col, func, or_, select

from emulator.engine.clock import Millis
from emulator.sending.jobs import Job, Sender
from emulator.sending.messages import Message, StatusChange
from emulator.storage.tables import contains

MARKS_OF_A_FAMILY = ".%"


@dataclass(frozen=True)
class Search:
    """Which messages are meant; None stands for any."""

    senders: Sequence[Sender]
    """Those whose messages are looked through: they know what statuses look like."""
    provider: str | None = None
    channel: str | None = None
    job: str | None = None
    """As the control plane names jobs."""
    recipient: str | None = None
    """A part of it, in whatever case."""
    status: str | None = None
    reached: str | None = None
    """A status that they have, or had."""
    since: Millis | None = None
    until: Millis | None = None
    after: int = 0
    """Only messages whose id is greater."""

    def conditions(self) -> Iterator[Any]:
        yield col(Message.id) > self.after
        if self.provider is not None:
            yield _of_provider(self.provider)
        if self.channel is not None:
            yield Message.channel == self.channel
        if self.job is not None:
            yield Job.owner == self.job
        if self.recipient is not None:
            yield contains(Message.recipient, self.recipient)
        if self.status is not None:
            yield self._shown_status() == self.status
        if self.reached is not None:
            had = select(StatusChange.message_id).where(StatusChange.status == self.reached)
            yield or_(self._shown_status() == self.reached, col(Message.id).in_(had))
        if self.since is not None:
            yield col(Message.created_at) >= self.since
        if self.until is not None:
            yield col(Message.created_at) <= self.until

    def _shown_status(self) -> Any:
        """Return a message's status as its sender shows it."""
        status, is_stopped = col(Message.status), Job.state == "stopped"
        dropped = [
            (and_(is_stopped, Job.provider == one.provider, status == one.queued), one.dropped)
            for one in self.senders
            if one.dropped is not None
        ]
        return case(*dropped, else_=status) if dropped else status


def _of_provider(name: str) -> Any:
    return or_(Job.provider == name, col(Job.provider).like(name + MARKS_OF_A_FAMILY))


def find_messages(
    session: Session, search: Search, limit: int, *, newest_first: bool = False
) -> tuple[int, list[Message]]:
    """Return how many messages are meant, and the first of them in the order in which they were made.

    With `newest_first`, the other way round.
    """
    conditions = list(search.conditions())
    total = session.exec(
        select(func.count()).select_from(Message).join(Job, col(Job.id) == Message.job_id).where(*conditions)
    ).one()
    statement = select(Message).join(Job, col(Job.id) == Message.job_id).where(*conditions)
    order = col(Message.id).desc() if newest_first else col(Message.id)
    return total, list(session.exec(statement.order_by(order).limit(limit)))


def history_of(session: Session, message: Message) -> list[StatusChange]:
    """Return the statuses that a message reached, in order."""
    changes = select(StatusChange).where(StatusChange.message_id == message.id)
    return list(session.exec(changes.order_by(col(StatusChange.id))))
