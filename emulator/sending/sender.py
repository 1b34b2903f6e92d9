"""The contract of senders: their outcomes, their limits, and the effects of each status change."""

from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from sqlmodel import Session

from emulator.engine.engine import Turn
from emulator.sending.job_table import Job
from emulator.sending.messages import Message, Selection
from emulator.sending.outcomes import FORCED, Outcome, script
from emulator.storage.columns import Digits
from emulator.storage.tables import Table


class Sender(ABC):
    """How one provider sends; `JobSender` runs its jobs by it."""

    provider: ClassVar[str]
    """How its events' names begin: the provider, for a second sender with what it sends: `rcs.single`."""
    contents: ClassVar[type[Table]]
    """The table of what its jobs send: each job has a row there, by its `job_id`."""
    phones: ClassVar[Digits | None] = None
    """What its recipients are if they are phones; None if they may be any text."""
    queued: ClassVar[str]
    """The status of a message that waits in the queue."""
    sent: ClassVar[str]
    """The status that sets a message's `sent_at`."""
    delivered: ClassVar[str]
    """The status that sets a message's `delivered_at`."""
    dropped: ClassVar[str | None] = None
    """The status shown for a queued message of a stopped job; None where it is shown unchanged."""
    outcomes: ClassVar[Mapping[str, Outcome]]
    marks: ClassVar[frozenset[str]] = frozenset()
    """The steps of outcomes that are no statuses, but actions of recipients."""
    skippable: ClassVar[frozenset[str]] = frozenset()
    """The statuses of outcomes that messages with a `barrier` there skip."""
    noted: ClassVar[frozenset[str]] = frozenset()
    """The statuses that may be in the history of a message before its outcome comes to them."""
    others: ClassVar[frozenset[str]] = frozenset()
    """The statuses that no outcome leads to, beside those of the queue."""

    def outcome_named(self, channel: str, word: str) -> str | None:
        """Return the outcome that a word stands for on a channel, None for an unknown word."""
        return word if word in self.outcomes else None

    def scripts(self, message: Message) -> Mapping[str, Outcome]:
        """Return the outcomes that a message can have."""
        return self.outcomes

    def script(self, turn: Turn, job: Job, selection: Selection) -> Outcome:
        """Return the outcome that the selected messages follow."""
        return script(self.outcomes, selection.outcome)

    def shown_status(self, job_state: str, status: str) -> str:
        """Return the status shown to clients and tests. Stopping a job thus changes none of its messages."""
        is_dropped = job_state == "stopped" and status == self.queued
        return self.dropped if is_dropped and self.dropped is not None else status

    def affordable(self, turn: Turn, job: Job, first: int, last: int) -> int:
        """Return how many of the messages at these positions money and other limits allow to be sent."""
        return last - first + 1

    def has_room(self, turn: Turn, job: Job, number: int) -> bool:
        """Return whether any `number` of messages can be sent now."""
        return True

    def withhold(self, turn: Turn, job: Job, first: int, last: int) -> int:
        """Remove from the queue the messages at these positions that must not be sent; return how many."""
        return 0

    def settle(self, turn: Turn, job: Job, selection: Selection, before: str) -> None:
        """Settle the price of messages that went from the status `before` to that of `selection`."""

    def changed(
        self, turn: Turn, job: Job, selection: Selection, number: int, *, is_first: bool = True
    ) -> None:
        """React to `number` messages having reached the status of `selection`; clients have been told.

        Without `is_first`, they have had that status before: a test set it again.
        """

    def cause(self, outcome: str, status: str) -> str | None:
        """Return the detail for the history of messages that came to a status by an outcome."""
        return None

    def forced_outcome(self, message: Message, statuses: Sequence[str]) -> str:
        """Return the outcome of a message that a test takes through statuses: it has no further steps."""
        return FORCED

    def able(self, turn: Turn, selection: Selection, status: str) -> Iterable[Selection]:
        """Return those of the selected messages that can reach a status by their outcome."""
        if status not in self.skippable or self.is_open_to_all(turn.session, selection, status):
            return (selection,)
        return selection.of(turn.session, lambda one: self.barrier(turn.session, one, status) is None)

    def is_open_to_all(self, session: Session, selection: Selection, status: str) -> bool:
        """Return whether it is known, without reading the messages, that none has a barrier."""
        return False

    def barrier(self, session: Session, message: Message, status: str) -> str | None:
        """Return why a message can never come to a status; None if it can."""
        return None

    def announce(self, turn: Turn, selection: Selection, name: str, detail: str | None = None) -> None:
        """Tell clients of messages that reached a status just now."""

    def act_as_recipients(self, turn: Turn, selection: Selection, mark: str) -> None:
        """Perform an action of recipients (`mark`), note it, and tell clients of it."""

    def starved(self, turn: Turn, job: Job) -> None:
        """React to a batch that was cut, as not all of it was affordable."""

    def window_closed(self, turn: Turn, job: Job) -> None:
        """React to a window that is used up while messages are still in the queue."""

    def emptied(self, turn: Turn, job: Job) -> None:
        """React to the last message having left the queue."""

    def statuses_in(self, scripts: Mapping[str, Outcome]) -> set[str]:
        """Return all statuses and marks in the histories of messages with these outcomes."""
        own = {self.queued, *self.others, *filter(None, (self.dropped,))}
        return own | {step.status for one in scripts.values() for step in one.steps}

    @property
    def family(self) -> str:
        """The provider's name alone: `rcs` where `provider` is `rcs.single`."""
        return self.provider.partition(".")[0]

    @cached_property
    def waiting(self) -> frozenset[str]:
        """The statuses of messages that have not left the queue."""
        under_way = (step.status for one in self.outcomes.values() for step in one.steps[: one.leaves])
        return frozenset((self.queued, *under_way))
