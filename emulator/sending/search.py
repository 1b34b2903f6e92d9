"""Searches for messages, as SQL conditions on messages and on the counters of jobs.

Conditions on messages look up the job by its key and join nothing, so that every search reads messages in the
order of their ids, from the first that can match (outline.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import and_, case, col, or_, select

from emulator.engine.clock import Millis
from emulator.sending.identity import Named
from emulator.sending.job_table import Job, sends_for
from emulator.sending.jobs import JobSender
from emulator.sending.messages import Message, StatusChange, StatusCount
from emulator.storage.tables import among, contains

MARKS_OF_A_FAMILY = ".%"


@dataclass(frozen=True)
class Search:
    """The criteria of a search for messages; None matches any."""

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
    """A status that the messages have or once had."""
    since: Millis | None = None
    until: Millis | None = None
    after: int = 0
    """Only messages whose id is greater."""
    named: Named | None = None
    """The messages that an id of the provider refers to."""

    @property
    def is_of_jobs(self) -> bool:
        """Whether the counters of jobs tell how many messages match, if `after` is not heeded."""
        told_by_messages = self.recipient, self.reached, self.since, self.until
        names_messages = self.named is not None and bool(self.named.messages)
        return not names_messages and all(value is None for value in told_by_messages)

    @property
    def is_outlined(self) -> bool:
        """Whether an outline tells where messages can match."""
        told = self.recipient, self.since, self.until, self.job, self.provider
        return any(value is not None for value in told)

    @property
    def is_of_places(self) -> bool:
        """Whether the search asks for recipients, times and ids alone."""
        others = self.provider, self.channel, self.job, self.status, self.reached, self.named
        return all(value is None for value in others)

    def conditions(self) -> list[Any]:
        return list(self.criteria().values())

    def criteria(self) -> dict[str, Any]:
        """Return the conditions that a message may miss, by the names of the criteria."""
        return dict(self._criteria())

    def _criteria(self) -> Iterator[tuple[str, Any]]:
        if self.named is not None:
            yield "id", _named(self.named)
        if self.provider is not None:
            yield "provider", _of_job(of_provider(self.provider))
        if self.channel is not None:
            yield "channel", Message.channel == self.channel
        if self.job is not None:
            yield "job", _of_job(sends_for(self.job))
        if self.recipient is not None:
            yield "recipient", contains(Message.recipient, self.recipient)
        if self.status is not None:
            yield "status", self._shown_status() == self.status
        if self.reached is not None:
            yield "status", or_(self._shown_status() == self.reached, *self._were(self.reached))
        if self.since is not None:
            yield "since", col(Message.created_at) >= self.since
        if self.until is not None:
            yield "until", col(Message.created_at) <= self.until

    def conditions_of_jobs(self) -> list[Any]:
        """Return the conditions for the jobs whose messages can match."""
        wanted = list[Any]()
        if self.named is not None and not self.named.messages:
            wanted.append(among(Job.id, self.named.jobs))
        if self.provider is not None:
            wanted.append(of_provider(self.provider))
        if self.job is not None:
            wanted.append(sends_for(self.job))
        return wanted

    def conditions_of_counts(self) -> list[Any]:
        """Return the conditions for counters, joined with their jobs, for a search that `is_of_jobs`."""
        wanted = self.conditions_of_jobs()
        if self.channel is not None:
            wanted.append(StatusCount.channel == self.channel)
        if self.status is not None:
            status = col(StatusCount.status)
            dropped = [(and_(status == one.queued, *_stopped(one)), one.dropped) for one in self._droppers()]
            wanted.append((case(*dropped, else_=status) if dropped else status) == self.status)
        return wanted

    def _shown_status(self) -> Any:
        """Return the SQL expression for a message's status as its sender shows it."""
        status = col(Message.status)
        dropped = [
            (and_(status == one.queued, _of_job(*_stopped(one))), one.dropped) for one in self._droppers()
        ]
        return case(*dropped, else_=status) if dropped else status

    def _were(self, status: str) -> Iterator[Any]:
        """Yield conditions that messages were in a status once: by their history, or in the queue."""
        yield _had(status)
        senders = [one.provider for one in self.senders if one.queued == status]
        if senders:
            left = or_(Message.status == status, _has_history())
            yield and_(left, _of_job(col(Job.provider).in_(senders)))

    def _droppers(self) -> list[JobSender]:
        return [one for one in self.senders if one.dropped is not None]


def of_provider(name: str) -> Any:
    return or_(Job.provider == name, col(Job.provider).like(name + MARKS_OF_A_FAMILY))


def _named(named: Named) -> Any:
    if named.messages:
        return among(Message.id, named.messages)
    # "+ 0" keeps the index on jobs from being used: a million messages of a job would have to be sorted
    return among(col(Message.job_id) + 0, named.jobs)


def _of_job(*conditions: Any) -> Any:
    """Return the condition that a message's job meets the conditions."""
    return select(Job.id).where(Job.id == Message.job_id, *conditions).exists()


def _stopped(sender: JobSender) -> tuple[Any, Any]:
    return Job.state == "stopped", Job.provider == sender.provider


def _had(status: str) -> Any:
    """Return the condition that a message's history has a status."""
    return _has_history(StatusChange.status == status)


def _has_history(*conditions: Any) -> Any:
    """Return the condition that a message's history has an entry that meets the conditions."""
    return select(StatusChange.id).where(StatusChange.message_id == Message.id, *conditions).exists()
