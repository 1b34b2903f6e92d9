"""Captured messages: the sent and the queued ones of all providers and channels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from heapq import nsmallest
from itertools import compress
from typing import Any, NamedTuple

from sqlmodel import Session, and_, case, col, func, literal, or_, select

from emulator.engine.clock import Millis
from emulator.sending.identity import Named
from emulator.sending.jobs import Job, JobSender
from emulator.sending.messages import Message, StatusChange
from emulator.storage.tables import among, contains

MARKS_OF_A_FAMILY = ".%"

MOST_COMPARED = 1000
"""How many messages that miss something are compared by their recipients."""


@dataclass(frozen=True)
class Search:
    """Which messages to find; None matches any."""

    senders: Sequence[JobSender]
    """The senders of all messages: each defines how the status of its messages is shown."""
    provider: str | None = None
    channel: str | None = None
    job: str | None = None
    """The job's name in the control plane."""
    recipient: str | None = None
    """A part of the recipient, in upper or lower case."""
    status: str | None = None
    reached: str | None = None
    """A status that the messages have, or had."""
    since: Millis | None = None
    until: Millis | None = None
    after: int = 0
    """Only messages whose id is greater."""
    named: Named | None = None
    """The messages that an id names."""

    def conditions(self) -> Iterator[Any]:
        if self.after:
            yield col(Message.id) > self.after
        yield from self.criteria().values()

    def criteria(self) -> dict[str, Any]:
        """Return the conditions that a message may miss, by what they are about."""
        return dict(self._criteria())

    def _criteria(self) -> Iterator[tuple[str, Any]]:
        if self.named is not None:
            yield "id", _named(self.named)
        if self.provider is not None:
            yield "provider", _of_provider(self.provider)
        if self.channel is not None:
            yield "channel", Message.channel == self.channel
        if self.job is not None:
            yield "job", Job.owner == self.job
        if self.recipient is not None:
            yield "recipient", contains(Message.recipient, self.recipient)
        if self.status is not None:
            yield "status", self._shown_status() == self.status
        if self.reached is not None:
            had = select(StatusChange.message_id).where(StatusChange.status == self.reached)
            yield "status", or_(self._shown_status() == self.reached, col(Message.id).in_(had))
        if self.since is not None:
            yield "since", col(Message.created_at) >= self.since
        if self.until is not None:
            yield "until", col(Message.created_at) <= self.until

    def _shown_status(self) -> Any:
        """Return the SQL expression for a message's status as its sender shows it."""
        status, is_stopped = col(Message.status), Job.state == "stopped"
        dropped = [
            (and_(is_stopped, Job.provider == one.provider, status == one.queued), one.dropped)
            for one in self.senders
            if one.dropped is not None
        ]
        return case(*dropped, else_=status) if dropped else status


def _named(named: Named) -> Any:
    if named.messages:
        return among(Message.id, named.messages)
    return among(Message.job_id, named.jobs)


def _of_provider(name: str) -> Any:
    return or_(Job.provider == name, col(Job.provider).like(name + MARKS_OF_A_FAMILY))


def find_messages(
    session: Session, search: Search, limit: int, *, newest_first: bool = False
) -> tuple[int, list[Message]]:
    """Return how many messages match, and the first `limit` of them in the order in which they were made.

    With `newest_first`, the order is reversed.
    """
    conditions = list(search.conditions())
    total = session.exec(
        select(func.count()).select_from(Message).join(Job, col(Job.id) == Message.job_id).where(*conditions)
    ).one()
    statement = select(Message).join(Job, col(Job.id) == Message.job_id).where(*conditions)
    order = col(Message.id).desc() if newest_first else col(Message.id)
    return total, list(session.exec(statement.order_by(order).limit(limit)))


class Place(NamedTuple):
    """Where a message stands: what is known of it without looking at it."""

    id: int
    job_id: int
    channel: str
    sender: str
    """What its job names its sender by."""


def places_below(session: Session, search: Search, below: int | None, most: int) -> list[Place]:
    """Return the places of the latest `most` messages that match and have a smaller id than `below`."""
    statement = select(Message.id, Message.job_id, Message.channel, Job.provider)
    statement = statement.join(Job, col(Job.id) == Message.job_id).where(*search.conditions())
    if below is not None:
        statement = statement.where(col(Message.id) < below)
    return [Place(*row) for row in session.exec(statement.order_by(col(Message.id).desc()).limit(most))]


def referred_to(session: Session, reference: str) -> list[int]:
    """Return the ids of the messages that a client gave this id."""
    return list(session.exec(select(Message.id).where(Message.reference == reference)))


def owners_of(session: Session, named: Named) -> set[str]:
    """Return what the jobs of some messages send for; nothing for single messages."""
    of_messages = select(Message.job_id).where(among(Message.id, named.messages))
    owners = select(Job.owner).where(or_(among(Job.id, named.jobs), col(Job.id).in_(of_messages)))
    return set(session.exec(owners.distinct())) - {""}


def near_misses(
    session: Session, search: Search, most: int, *, with_matches: bool = False
) -> list[tuple[Message, list[str]]]:
    """Return up to `most` messages that do not match, and what of the search they miss, the closest first.

    Of those that miss as many, the ones with the most similar recipients come first, then the latest. With
    matches, those that miss nothing come before all others.
    """
    criteria = search.criteria()
    flags = [case((condition, 0), else_=1) for condition in criteria.values()]
    missed = sum(flags, literal(0))
    statement = (
        select(Message, *flags)
        .join(Job, col(Job.id) == Message.job_id)
        .where(col(Message.id) > search.after, missed >= (0 if with_matches else 1))
        .order_by(missed, col(Message.id).desc())
        .limit(MOST_COMPARED)
    )
    rows: Sequence[Any] = session.exec(statement).all()
    found = [(row, list(compress(criteria, missing))) for row, *missing in map(_listed, rows)]
    wanted = SequenceMatcher(b=(search.recipient or "").casefold())
    return nsmallest(most, found, key=lambda pair: (len(pair[1]), -_likeness(wanted, pair[0].recipient)))


def _listed(row: Any) -> Sequence[Any]:
    """Return a row of a statement as a sequence: of one column alone, it is the value."""
    return [row] if isinstance(row, Message) else row


def _likeness(wanted: SequenceMatcher[str], recipient: str) -> float:
    wanted.set_seq1(recipient.casefold())
    return wanted.ratio()


def history_of(session: Session, message: Message) -> list[StatusChange]:
    """Return the history of a message: the statuses that it reached and what its recipient did, in order."""
    changes = select(StatusChange).where(StatusChange.message_id == message.id)
    return list(session.exec(changes.order_by(col(StatusChange.id))))
