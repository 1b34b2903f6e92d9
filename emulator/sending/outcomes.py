"""What becomes of a message: a script of statuses, chosen by its recipient or by a rule.

The recipient decides, in the same words for all providers that send mails; a test can set
rules that decide before it (rules.py). There are no dice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from emulator.engine.clock import Millis


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
        """Return the same, with all that follows on leaving the queue so much later."""
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
    """Return the script of an outcome by the name that a message has: `bounced`, `bounced~60000`."""
    base, _, delay = name.partition(DELAYED)
    return outcomes[base].later_by(int(delay)) if delay else outcomes[base]


def moves(outcomes: Mapping[str, Outcome], queued: str) -> Iterator[tuple[str, str]]:
    """Yield each pair of statuses of which one can follow on the other; the first is that in the queue."""
    for one in outcomes.values():
        statuses = [queued, *(step.status for step in one.steps)]
        yield from pairwise(statuses)


def route(outcomes: Mapping[str, Outcome], queued: str, status: str, target: str) -> list[str] | None:
    """Return the statuses by which a message comes from one to another, None where none lead there."""
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


@dataclass(frozen=True)
class Magic:
    """Recipients whose messages all have the same outcome."""

    recipient: str
    """What they look like."""
    channel: str
    outcome: str
    """The word for it, which rules take too."""
    meaning: str
