"""Jobs: a queue of messages that leaves at a pace, and can be held or stopped at any instant.

A job hands its messages over in batches, in the order of their positions. What becomes
of a message after that is its outcome: a list of statuses with the time between. The
words, the outcomes and the consequences are the provider's: see `Sender`.
"""

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlmodel import Field

from emulator.core.clock import SECOND, Millis
from emulator.core.engine import Handler, Turn
from emulator.core.messages import Selection, change_status, outcomes_of
from emulator.core.store import Table


class Job(Table, table=True):
    """One sending: a mailing's run, a campaign, a single message."""

    __tablename__ = "job"

    id: int = Field(primary_key=True)
    provider: str
    channel: str
    state: str = "waiting"
    """`waiting`, `running`, `held`, `stopped` (its queue is dropped) or `over` (its queue is empty)."""
    pace: float
    """Messages a second."""
    total: int
    position: int = 0
    """The next position to hand over."""
    window: int
    """Positions below it may go now; the provider moves it on."""
    left: int = 0
    """How many are out of the queue for good: gone, failed or skipped."""

    @property
    def subject(self) -> str:
        return f"job:{self.id}"

    @property
    def interval(self) -> Millis:
        """The time between two batches."""
        return SECOND if self.pace >= 1 else round(SECOND / self.pace)

    @property
    def batch(self) -> int:
        return max(1, round(self.pace))


@dataclass(frozen=True)
class Step:
    """A message reaches `status`, `after` the instant at which it was handed over."""

    after: Millis
    status: str


@dataclass(frozen=True)
class Outcome:
    """What becomes of a message. It is out of the queue with step number `leaves`."""

    steps: tuple[Step, ...]
    leaves: int = 0


def outcome(*steps: tuple[Millis, str], leaves: int = 0) -> Outcome:
    return Outcome(tuple(Step(after, status) for after, status in steps), leaves)


class Sender(ABC):
    """How one provider sends: its outcomes, and what follows from each change."""

    provider: ClassVar[str]
    queued: ClassVar[str]
    """The status of a message that waits in the queue."""
    sent: ClassVar[str]
    """The status that stamps a message's `sent_at`."""
    delivered: ClassVar[str]
    """The status that stamps a message's `delivered_at`."""
    outcomes: ClassVar[Mapping[str, Outcome]]

    def affordable(self, turn: Turn, job: Job, first: int, last: int) -> int:
        """Answer how many of the messages at these positions can be paid for."""
        return last - first + 1

    def delay(self, turn: Turn, job: Job, step: Step) -> Millis:
        """Answer how long after the hand-over `step` happens."""
        return step.after

    def changed(self, turn: Turn, job: Job, selection: Selection, number: int) -> None:
        """React to `number` messages having come to the status that `selection` names."""

    def starved(self, turn: Turn, job: Job) -> None:
        """React to a batch that was cut because it could not be paid for."""

    def window_closed(self, turn: Turn, job: Job) -> None:
        """React to the window being used up before the queue is."""

    def emptied(self, turn: Turn, job: Job) -> None:
        """React to the last message having left the queue."""

    def events(self) -> dict[str, Handler]:
        """Answer the engine's handlers of this provider's jobs."""
        return {f"{self.provider}.batch": self._hand_over, f"{self.provider}.step": self._take_step}

    def start(self, turn: Turn, job: Job, after: Millis | None = None) -> None:
        """Let the job's batches leave from now on: the first `after` this long, or after one interval."""
        job.state = "running"
        turn.session.add(job)
        self._next_batch(turn, job, job.interval if after is None else after)
        if job.left == job.total:
            self._end(turn, job)

    def hold(self, turn: Turn, job: Job) -> None:
        """Keep the queue where it is until `start`."""
        self._leave_running(turn, job, "held")

    def stop(self, turn: Turn, job: Job) -> None:
        """Drop the queue. What was handed over stays, and its reports still come."""
        self._leave_running(turn, job, "stopped")

    def follow(self, turn: Turn, job: Job, selection: Selection, step: int) -> None:
        """Take the selected messages to step number `step` of their outcome now, and on from there."""
        self._apply(turn, job, selection, step, turn.now)

    def _leave_running(self, turn: Turn, job: Job, state: str) -> None:
        job.state = state
        turn.session.add(job)
        turn.cancel(job.subject, f"{self.provider}.batch")

    def _next_batch(self, turn: Turn, job: Job, after: Millis) -> None:
        if job.position < job.window:
            turn.schedule(turn.now + after, f"{self.provider}.batch", job.subject)

    def _hand_over(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        job = job_of(turn, subject)
        first = job.position
        last = min(first + job.batch, job.window) - 1
        paid = self.affordable(turn, job, first, last)
        job.position += paid
        turn.session.add(job)
        if paid:
            self._hand_over_range(turn, job, first, first + paid - 1)
        if paid < last - first + 1:
            self.starved(turn, job)
        elif job.state == "running":
            self._next_batch(turn, job, job.interval)
            if job.position == job.window < job.total:
                self.window_closed(turn, job)

    def _hand_over_range(self, turn: Turn, job: Job, first: int, last: int) -> None:
        for name in outcomes_of(turn, job.id, job.channel, first, last, self.queued):
            selection = Selection(job.id, job.channel, first, last, name, self.queued)
            self._apply(turn, job, selection, 0, turn.now)

    def _take_step(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        job = job_of(turn, subject)
        name, step = details["outcome"], details["step"]
        still_queued = step <= self.outcomes[name].leaves
        if job.state == "stopped" and still_queued:
            return
        before = self.outcomes[name].steps[step - 1].status
        selection = Selection(job.id, details["channel"], details["first"], details["last"], name, before)
        self._apply(turn, job, selection, step, details["handed_over"])

    def _apply(self, turn: Turn, job: Job, selection: Selection, number: int, handed_over: Millis) -> None:
        outcome = self.outcomes[selection.outcome]
        status = outcome.steps[number].status
        changed = change_status(
            turn, selection, status, sent=status == self.sent, delivered=status == self.delivered
        )
        if not changed:
            return
        place = {"channel": selection.channel, "first": selection.first, "last": selection.last}
        if number + 1 < len(outcome.steps):
            due = handed_over + self.delay(turn, job, outcome.steps[number + 1])
            following = {"outcome": selection.outcome, "step": number + 1, "handed_over": handed_over}
            turn.schedule(due, f"{self.provider}.step", job.subject, **place, **following)
        arrived = Selection(job.id, outcome=selection.outcome, status=status, **place)  # type: ignore[arg-type]
        self.changed(turn, job, arrived, changed)
        if number == outcome.leaves and selection.channel == job.channel:
            job.left += changed
            if job.left == job.total and job.state != "stopped":
                self._end(turn, job)

    def _end(self, turn: Turn, job: Job) -> None:
        job.state = "over"
        turn.session.add(job)
        self.emptied(turn, job)


def new_job(turn: Turn, provider: str, channel: str, *, total: int, pace: float, skipped: int = 0) -> Job:
    """Store a job whose messages are still to be added; `skipped` of them never enter the queue."""
    job = Job(
        id=turn.ids.number("job"),
        provider=provider,
        channel=channel,
        pace=pace,
        total=total,
        window=total,
        left=skipped,
    )
    turn.session.add(job)
    return job


def job_of(turn: Turn, subject: str) -> Job:
    """Answer the job that an event is about."""
    return turn.session.get_one(Job, int(subject.removeprefix("job:")))
