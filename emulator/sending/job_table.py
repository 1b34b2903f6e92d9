"""The table of jobs: queues of messages that are sent at a set pace."""

from typing import Annotated, Any

import pydantic
from sqlmodel import Field, Index, Session, and_, or_, text

from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Turn
from emulator.storage.columns import OneOf
from emulator.storage.session import look_up
from emulator.storage.tables import Table

SUBJECT = "job:"
"""The beginning of the subjects of events about a job; its number follows."""


Pace = Annotated[float, pydantic.Field(ge=1e-6, le=1e6, allow_inf_nan=False)]
"""Messages a second."""


class Job(Table, table=True):
    """One sending: a mailing's run, a campaign, a single message."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_cause", "cause", sqlite_where=text("cause != ''")),)

    id: int = Field(primary_key=True)
    provider: str
    channel: str
    owner: str = Field(default="", index=True)
    """What it sends for, as the control plane names it: `autosend/campaign/60d5…`; empty for a message."""
    cause: str = ""
    """What made its owner send, as the control plane names it: `altcraft/scenario/4`; empty if not known."""
    state: Annotated[str, OneOf("waiting", "running", "held", "stopped", "over")] = "waiting"
    """The queue is dropped where it is `stopped`, and empty where it is `over`."""
    pace: Pace
    total: int
    position: int = 0
    """The position of the next message to hand over."""
    window: int
    """Messages at positions below it may be handed over now; the provider moves it on."""
    left: int = 0
    """How many messages are out of the queue for good: sent, failed or skipped."""

    @property
    def subject(self) -> str:
        return f"{SUBJECT}{self.id}"

    @property
    def names(self) -> tuple[str, str]:
        """The names in the control plane under which its messages are found."""
        return self.owner, self.cause

    @property
    def interval(self) -> Millis:
        """The time between two batches."""
        return SECOND if self.pace >= 1 else round(SECOND / self.pace)

    @property
    def batch(self) -> int:
        return max(1, round(self.pace))

    @property
    def next_batch(self) -> int:
        """How many messages the next batch has."""
        return min(self.batch, self.window - self.position)


def sends_for(name: str) -> Any:
    """Return the condition that a job's owner or cause has this name in the control plane."""
    return or_(Job.owner == name, and_(Job.cause == name, Job.cause != ""))


def job_ids_of(session: Session, owner: str) -> tuple[int, ...]:
    """Return the ids of the jobs that send for an owner, the latest last."""
    return tuple(number for (number,) in look_up(session, _OF_OWNER, (owner,)))


_OF_OWNER = "SELECT id FROM job WHERE owner = ? ORDER BY id"


def new_job(
    turn: Turn,
    provider: str,
    channel: str,
    *,
    total: int,
    pace: float,
    owner: str = "",
    cause: str = "",
    skipped: int = 0,
) -> Job:
    """Store a job whose messages are still to be added; `skipped` of them never enter the queue."""
    job = Job(
        id=turn.ids.number("job"),
        provider=provider,
        channel=channel,
        owner=owner,
        cause=cause,
        pace=pace,
        total=total,
        window=total,
        left=skipped,
    )
    turn.session.add(job)
    return job


def leave_running(turn: Turn, job: Job, state: str, *plans: str) -> None:
    """Bring a job to the state `held` or `stopped`: it hands nothing over any more.

    `plans` are the names of the due events, beside the next batch, that would let its queue go on.
    """
    job.state = state
    turn.cancel(job.subject, f"{job.provider}.batch", *plans)


def job_of(turn: Turn, subject: str) -> Job:
    """Return the job that an event's subject names."""
    return turn.session.get_one(Job, int(subject.removeprefix(SUBJECT)))
