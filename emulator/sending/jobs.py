"""Jobs: queues of messages that are sent at a set pace, and that can be held or stopped at any instant.

A job hands its messages over in batches, in the order of their positions. What becomes of a message after
that is its outcome: a list of statuses, each with its time after the hand-over. Each provider defines the
statuses, the outcomes and their effects: see `Sender`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from emulator.engine.clock import Millis, iso_millis
from emulator.engine.engine import Handler, Turn
from emulator.sending.job_table import Job, job_of, leave_running
from emulator.sending.messages import (
    Message,
    NewMessage,
    Selection,
    add_as_left,
    add_messages,
    change_status,
    first_position,
    messages_with,
    number_with,
    outcomes_of,
    reached,
    recipients_of,
    set_outcome,
    take_out,
)
from emulator.sending.outcomes import FORCED, Outcome, script
from emulator.sending.rules import OutcomeRule, deciding_rule, has_rules, rules_of
from emulator.sending.sender import Sender

MOST_TOLD = 100
"""How many messages of one batch are reported to the feed."""


class Made(NamedTuple):
    """The messages of a job that starts now."""

    first_id: int
    leaving: tuple[Selection, Outcome] | None
    """The messages that are handed over already, and their outcome; None if they wait in the queue."""


class JobSender(Sender):
    """Runs the jobs of one provider."""

    plans: ClassVar[tuple[str, ...]] = ()
    """The due events, beside the next batch, that let a queue go on."""

    def events(self) -> dict[str, Handler]:
        """Return the engine's handlers for the due events of this sender's jobs, by event name."""
        return {f"{self.provider}.batch": self._hand_over, f"{self.provider}.step": self._take_step}

    def start(self, turn: Turn, job: Job, after: Millis | None = None) -> None:
        """Set the job running: hand over its first batch in `after` milliseconds, or after one interval."""
        job.state = "running"
        if job.left == job.total:
            self._end(turn, job)
        else:
            self._next_batch(turn, job, job.interval if after is None else after)

    def start_at_once(self, turn: Turn, job: Job) -> None:
        """Set the job running: hand over its first batch now, in this turn, and the others at its pace."""
        job.state = "running"
        if job.left == job.total:
            self._end(turn, job)
        else:
            self._hand_over_up_to(turn, job, min(job.batch, job.window) - 1)

    def make(self, turn: Turn, job: Job, new: Sequence[NewMessage]) -> Made:
        """Store the messages of a job that starts now; as handed over already, if all of them can be."""
        leaving = self._leaving(turn, job, new)
        if leaving is None:
            return Made(add_messages(turn, job.id, job.channel, new, len(new)), None)
        is_sent = leaving[0].status == self.sent
        return Made(add_as_left(turn, leaving[0], new, self.queued, sent=is_sent), leaving)

    def start_made(self, turn: Turn, job: Job, made: Made) -> None:
        """Set a job running whose messages were just made."""
        if made.leaving is None:
            self.start_at_once(turn, job)
            return
        job.state, job.position = "running", job.window
        selection, outcome = made.leaving
        self._tell_change(turn, job, selection, self.queued, job.total)
        self._go_on_from(turn, job, selection, outcome, 0, job.total, turn.now)

    def _leaving(self, turn: Turn, job: Job, new: Sequence[NewMessage]) -> tuple[Selection, Outcome] | None:
        """Return the selection of a new job's messages after the hand-over; None if not all leave at once."""
        if not new:
            return None
        outcome, last = new[0].outcome, len(new) - 1
        if len(new) > job.batch or any(one[2:4] != (outcome, self.queued) for one in new) or has_rules(turn):
            return None
        selection = Selection(job.id, job.channel, 0, last, outcome, self.queued)
        followed = self.script(turn, job, selection)
        step = followed.steps[0]
        if step.after or step.status in self.marks or not self.has_room(turn, job, len(new)):
            return None
        return selection.in_status(step.status), followed

    def go_on(self, turn: Turn, job: Job) -> None:
        """Start the job again if messages are left in its queue, or end it if none are and it was held."""
        if job.left < job.total or job.state == "held":
            self.start(turn, job)

    def hold(self, turn: Turn, job: Job) -> None:
        """Pause the queue until `start` is called."""
        leave_running(turn, job, "held", *self.plans)

    def stop(self, turn: Turn, job: Job) -> None:
        """Drop the queue. Messages that have left it still take the remaining steps of their outcomes."""
        leave_running(turn, job, "stopped", *self.plans)

    def follow(self, turn: Turn, job: Job, selection: Selection, step: int) -> None:
        """Apply step number `step` of their outcome to the selected messages now, and schedule the next."""
        self._apply(turn, job, [selection], self.script(turn, job, selection), step, turn.now)

    def rush(self, turn: Turn, job: Job) -> None:
        """Let all messages leave the queue now, as many as are affordable."""
        turn.cancel(job.subject, f"{self.provider}.batch", *self.plans)
        job.state, job.window = "running", job.total
        self._withhold_up_to(turn, job, job.total - 1)
        self._hand_over_up_to(turn, job, job.total - 1)
        for name in dict.fromkeys(outcomes_of(turn, job.id, job.channel, 0, job.total - 1)):
            self.leave_now(turn, job, name)
        if job.left == job.total and job.state == "running":
            self._end(turn, job)

    def leave_now(self, turn: Turn, job: Job, name: str) -> None:
        """Let the messages of one outcome take the steps that lead out of the queue."""
        if name == FORCED:
            return
        followed = script(self.outcomes, name)
        for number in range(1, followed.leaves + 1):
            before = followed.steps[number - 1].status
            place = Selection(job.id, job.channel, 0, job.total - 1, name, before)
            first = first_position(turn, place)  # messages that are further on in the outcome stand before it
            if first is not None:
                self.follow(turn, job, place._replace(first=first), number)

    def force(
        self, turn: Turn, job: Job, message: Message, statuses: Sequence[str], detail: str | None = None
    ) -> str:
        """Give a message these statuses now, in order, with their effects; no further step follows.

        `detail` is the detail of the last one. Statuses that the message had before are not counted again.
        Returns the outcome that it would have followed.
        """
        if message.status == self.queued and has_rules(turn):
            self._apply_rules(turn, job, message.position, message.position)
            turn.session.refresh(message)
        followed = message.outcome
        had_left = followed == FORCED or message.status not in self.waiting
        known = {message.status, *(status for status, _ in reached(turn.session, message.id))}
        outcome = self.forced_outcome(message, statuses)
        set_outcome(turn, message.id, outcome)
        place, before = message.position, message.status
        for number, status in enumerate(statuses, 1):
            selection = Selection(job.id, message.channel, place, place, outcome, before)
            told = (detail if number == len(statuses) else None) or self.cause(followed, status)
            self._note_change(turn, job, selection, status, told, is_first=status not in known)
            before = status
        if not had_left and message.channel == job.channel:
            self._leave(turn, job, 1)
        return followed

    def _next_batch(self, turn: Turn, job: Job, after: Millis) -> None:
        if job.position < job.window:
            turn.schedule(turn.meant + after, f"{self.provider}.batch", job.subject, rows=job.next_batch)

    def _hand_over(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        job = job_of(turn, subject)
        last = job.position + job.next_batch - 1
        self._withhold_up_to(turn, job, last)
        self._hand_over_up_to(turn, job, last)

    def _withhold_up_to(self, turn: Turn, job: Job, last: int) -> None:
        """Remove messages that must not be sent from the queue; extend the window by as many others."""
        withheld = self.withhold(turn, job, job.position, last)
        if withheld:
            job.window = min(job.total, job.window + withheld)
            self._leave(turn, job, withheld)

    def _hand_over_up_to(self, turn: Turn, job: Job, last: int) -> None:
        first = job.position
        paid = self.affordable(turn, job, first, last)
        job.position += paid
        if paid:
            self._hand_over_range(turn, job, first, first + paid - 1)
        if paid < last - first + 1:
            self.starved(turn, job)
        elif job.state == "running":
            self._next_batch(turn, job, job.interval)
            if job.position == job.window < job.total:
                self.window_closed(turn, job)

    def _hand_over_range(self, turn: Turn, job: Job, first: int, last: int) -> None:
        if has_rules(turn):
            self._apply_rules(turn, job, first, last)
        for name in outcomes_of(turn, job.id, job.channel, first, last, self.queued):
            self.follow(turn, job, Selection(job.id, job.channel, first, last, name, self.queued), 0)

    def _apply_rules(self, turn: Turn, job: Job, first: int, last: int) -> None:
        """Set the outcomes of the messages at these positions by the rules that a test has set."""
        rules = rules_of(turn.session)
        for message_id, recipient in recipients_of(turn, job.id, job.channel, first, last, self.queued):
            name = self.ruled(rules, job, job.channel, recipient)
            if name is not None:
                set_outcome(turn, message_id, name)

    def ruled(self, rules: list[OutcomeRule], job: Job, channel: str, recipient: str) -> str | None:
        """Return the outcome that a rule gives to a message, with the rule's delay; None where none does."""
        rule = deciding_rule(rules, self.family, channel, recipient, job)
        name = self.outcome_named(channel, rule.outcome) if rule else None
        return rule.name(name) if rule and name else None

    def _take_step(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        job = job_of(turn, subject)
        name, step = details["outcome"], details["step"]
        place = Selection(job.id, details["channel"], details["first"], details["last"], name, "")
        followed = self.script(turn, job, place)
        if job.state == "stopped" and step <= followed.leaves:
            return
        coming = [place.in_status(status) for status in followed.before(step, self.skippable)]
        self._apply(turn, job, coming, followed, step, details["handed_over"])

    def _apply(
        self,
        turn: Turn,
        job: Job,
        coming: Sequence[Selection],
        outcome: Outcome,
        number: int,
        handed_over: Millis,
    ) -> None:
        status = outcome.steps[number].status
        if status in self.marks:
            self.act_as_recipients(turn, coming[0], status)
            return
        able = [one for selection in coming for one in self.able(turn, selection, status)]
        changed = sum(self._note_change(turn, job, one, status) for one in able)
        going_on = coming[0].last - coming[0].first + 1 if status in self.skippable else changed
        if going_on:
            self._go_on_from(turn, job, coming[0], outcome, number, going_on, handed_over)

    def _go_on_from(
        self,
        turn: Turn,
        job: Job,
        selection: Selection,
        outcome: Outcome,
        number: int,
        going_on: int,
        handed_over: Millis,
    ) -> None:
        """Schedule the step after step `number` of `going_on` messages; count those that left the queue."""
        place = {"channel": selection.channel, "first": selection.first, "last": selection.last}
        if number + 1 < len(outcome.steps):
            due, name = handed_over + outcome.steps[number + 1].after, f"{self.provider}.step"
            following = {"outcome": selection.outcome, "step": number + 1, "handed_over": handed_over}
            turn.schedule(due, name, job.subject, rows=going_on, **place, **following)
        if number == outcome.leaves and selection.channel == job.channel:
            self._leave(turn, job, going_on)

    def _note_change(
        self,
        turn: Turn,
        job: Job,
        selection: Selection,
        status: str,
        detail: str | None = None,
        *,
        is_first: bool = True,
    ) -> int:
        """Change messages to a status, and apply its effects; return how many changed."""
        detail = detail or self.cause(selection.outcome, status)
        again = 0 if is_first else 1
        if is_first and status in self.noted:
            again = number_with(turn, selection, status)
        changed = change_status(
            turn,
            selection,
            status,
            waiting=status in self.waiting,
            sent=status == self.sent,
            delivered=status == self.delivered,
            detail=detail,
            again=again,
        )
        if changed:
            arrived = selection.in_status(status)
            self._tell_change(turn, job, arrived, selection.status, changed, detail=detail, is_first=is_first)
        return changed

    def _tell_change(
        self,
        turn: Turn,
        job: Job,
        arrived: Selection,
        before: str,
        number: int,
        *,
        detail: str | None = None,
        is_first: bool = True,
    ) -> None:
        """Apply the effects of a status to the messages that reached it."""
        self.settle(turn, job, arrived, before)
        self.announce(turn, arrived, arrived.status, detail)
        if turn.is_heard:
            self._tell(turn, job, arrived.messages(turn.session)[:MOST_TOLD])
        self.changed(turn, job, arrived, number, is_first=is_first)

    def _tell(self, turn: Turn, job: Job, messages: Sequence[Message]) -> None:
        """Report messages that reached a status to the feed."""
        for message in messages:
            turn.say(
                "message",
                id=message.id,
                provider=self.family,
                channel=message.channel,
                job=job.owner or None,
                recipient=message.recipient,
                status=message.status,
                at=iso_millis(turn.now),
            )

    def take_out(self, turn: Turn, job: Job, message_ids: Sequence[int], status: str) -> int:
        """Remove messages from the queue into a status that no client is told of; return how many."""
        if message_ids:
            take_out(turn, job.id, job.channel, message_ids, self.queued, status)
            if turn.is_heard:
                self._tell(turn, job, messages_with(turn.session, message_ids[:MOST_TOLD]))
        return len(message_ids)

    def _leave(self, turn: Turn, job: Job, number: int) -> None:
        """Count messages that left the queue for good; with the last one, end the job if it is running."""
        job.left += number
        if job.left == job.total and job.state == "running":
            self._end(turn, job)

    def _end(self, turn: Turn, job: Job) -> None:
        if job.position < job.window:
            turn.cancel(job.subject, f"{self.provider}.batch")
        job.state = "over"
        self.emptied(turn, job)
