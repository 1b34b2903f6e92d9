"""The pace at which providers and jobs send, for tests to look at and to change past the providers' APIs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from emulator.engine.back import bring_forward
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job
from emulator.sending.jobs import JobSender
from emulator.storage.session import look_up
from emulator.storage.tables import insertion_order

UNDER_WAY = ("waiting", "running", "held")
"""The states of jobs that still have messages to send."""


@dataclass(frozen=True)
class Pacing:
    """The tables in which a provider keeps its pace, in messages a second, in a column `pace`."""

    accounts: type[Any]
    """The table of accounts, whose pace is that of jobs to come."""
    campaigns: type[Any] | None = None
    """The table of campaigns that can have a pace of their own; None if none can."""

    def __post_init__(self) -> None:
        for table in (self.accounts, self.campaigns):
            if table is not None and "pace" not in table.model_fields:
                raise TypeError(f"{table.__name__} has no column `pace`: how many messages a second it sends")


def pace_of(session: Session, pacing: Pacing) -> float:
    """Return the pace of a provider: that of its first account."""
    found = session.exec(select(pacing.accounts).order_by(insertion_order(pacing.accounts))).first()
    assert found is not None
    pace: float = found.pace
    return pace


def set_provider_pace(turn: Turn, pacing: Pacing, senders: Iterable[JobSender], pace: float) -> None:
    """Set the pace of all that a provider sends from now on: jobs under way, and those to come.

    Campaigns with a pace of their own lose it.
    """
    for account in turn.session.exec(select(pacing.accounts)):
        account.pace = pace
    if pacing.campaigns is not None:
        for campaign in turn.session.exec(select(pacing.campaigns)):
            campaign.pace = None
    for sender in senders:
        under_way = select(Job).where(Job.provider == sender.provider, col(Job.state).in_(UNDER_WAY))
        for job in turn.session.exec(under_way).all():
            set_job_pace(turn, sender, job, pace)


def set_job_pace(turn: Turn, sender: JobSender, job: Job, pace: float) -> None:
    """Set the pace of a job; its next batch leaves as planned, or sooner by the new pace.

    A single mail that is scheduled still leaves at its time.
    """
    job.pace = pace
    if _is_to_begin(job):
        return
    event, soonest = f"{sender.provider}.batch", turn.now + job.interval
    planned = look_up(turn.session, _PLANNED, (job.subject, event)).fetchone()
    if planned is not None and planned[0] > soonest:
        turn.cancel(job.subject, event)
        turn.schedule(soonest, event, job.subject, rows=job.next_batch)


def go_back(turn: Turn, was: Millis) -> None:
    """After the clock was set back, let queues go on at their pace, and those that wait for a day try again.

    A single mail that is scheduled still leaves at its time.
    """
    waiting = select(Job).where(Job.state == "running", col(Job.position) < Job.window)
    for job in turn.session.exec(waiting).all():
        latest, name = turn.now + job.interval, f"{job.provider}.batch"
        bring_forward(turn, latest, [name], subject=job.subject, only_dated=_is_to_begin(job))


def _is_to_begin(job: Job) -> bool:
    """Return whether a job has single mails of which none has left: they may be scheduled."""
    return job.position == 0 and not job.owner


_PLANNED = "SELECT due FROM due_event WHERE subject = ? AND name = ?"
