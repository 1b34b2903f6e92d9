"""What becomes of a message: a script of statuses, chosen by its recipient or by a rule.

The recipient decides, in the same words for all providers that send mails; a test can set
rules that decide before it (rules.py). There are no dice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from emulator.core.clock import MINUTE, SECOND, Millis


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

    def later_by(self, delay: Millis) -> "Outcome":
        """Answer the same, with all that follows on leaving the queue so much later."""
        steps = (
            replace(step, after=step.after + delay) if number > self.leaves else step
            for number, step in enumerate(self.steps)
        )
        return replace(self, steps=tuple(steps))


def outcome(*steps: tuple[Millis, str], leaves: int = 0) -> Outcome:
    return Outcome(tuple(Step(after, status) for after, status in steps), leaves)


FORCED = "forced"
"""The outcome of a message whose status a test set: nothing follows by itself."""

DELAYED = "~"
"""Stands between the name of an outcome and the delay that a rule gave it, in milliseconds."""


def script(outcomes: Mapping[str, Outcome], name: str) -> Outcome:
    """Answer the script of an outcome by the name that a message has: `bounced`, `bounced~60000`."""
    base, _, delay = name.partition(DELAYED)
    return outcomes[base].later_by(int(delay)) if delay else outcomes[base]


def moves(outcomes: Mapping[str, Outcome], queued: str) -> Iterator[tuple[str, str]]:
    """Yield each pair of statuses of which one can follow on the other; the first is that in the queue."""
    for one in outcomes.values():
        statuses = [queued, *(step.status for step in one.steps)]
        yield from pairwise(statuses)


def route(outcomes: Mapping[str, Outcome], queued: str, status: str, target: str) -> list[str] | None:
    """Answer the statuses by which a message comes from one to another, None where none lead there."""
    following = list(dict.fromkeys(moves(outcomes, queued)))
    routes: dict[str, list[str]] = {status: []}
    waiting = [status]
    while waiting:
        here = waiting.pop(0)
        for before, after in following:
            if before == here and after == target:
                return [*routes[here], after]
            if before == here and after not in routes:
                routes[after] = [*routes[here], after]
                waiting.append(after)
    return None


DELIVERED_LATE_AFTER = 15 * MINUTE

MAIL_OUTCOMES: Mapping[str, Outcome] = {
    "delivered": outcome((0, "sent"), (2 * SECOND, "delivered")),
    "delayed": outcome((0, "sent"), (2 * SECOND, "deferred"), (DELIVERED_LATE_AFTER, "delivered")),
    "opened": outcome((0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened")),
    "clicked": outcome((0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened"), (90 * SECOND, "clicked")),
    "unsubscribed": outcome(
        (0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened"), (2 * MINUTE, "unsubscribed")
    ),
    "complained": outcome((0, "sent"), (2 * SECOND, "delivered"), (2 * MINUTE, "complained")),
    "bounced": outcome((0, "sent"), (2 * SECOND, "bounced")),
    "soft-bounced": outcome((0, "sent"), (2 * SECOND, "deferred"), (4 * MINUTE, "bounced")),
    "failed": outcome((0, "failed")),
}
"""The statuses that a mail goes through, by the word that stands for them."""


@dataclass(frozen=True)
class Magic:
    """Recipients whose messages all have the same outcome."""

    recipient: str
    """What they look like."""
    channel: str
    outcome: str
    """The word for it, which rules take too."""
    meaning: str


MAIL_MAGIC = (
    Magic("any other address", "email", "delivered", "delivered after 2 seconds"),
    Magic("delayed@…", "email", "delayed", "deferred, delivered after 15 minutes"),
    Magic("opened@…", "email", "opened", "delivered, opened after a minute"),
    Magic("clicked@…", "email", "clicked", "opened, and a link clicked after 90 seconds"),
    Magic("unsubscribed@…", "email", "unsubscribed", "opened, unsubscribed after 2 minutes"),
    Magic("complained@…", "email", "complained", "delivered, reported as spam after 2 minutes"),
    Magic("bounced@…", "email", "bounced", "bounced hard: no such mailbox"),
    Magic("soft-bounced@…", "email", "soft-bounced", "deferred, bounced softly after 4 minutes"),
    Magic("failed@…", "email", "failed", "not sent at all"),
)
"""The same words after a plus sign (`ann+bounced@…`) do the same."""


def mail_outcome(address: str | None) -> str:
    """Answer the word that an address holds, as `bounced@…` and `ann+bounced@…` do; else `delivered`."""
    word = (address or "").partition("@")[0].rpartition("+")[2]
    return word if word in MAIL_OUTCOMES else "delivered"
