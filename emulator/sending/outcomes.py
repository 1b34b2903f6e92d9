"""Outcomes: what becomes of a message, as a script of statuses that its recipient or a rule chooses.

The recipient chooses by words that are the same for all providers that send mails; the rules that
a test sets take precedence (rules.py). Nothing is random.
"""

import re
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from emulator.engine.clock import Millis


@dataclass(frozen=True)
class Step:
    """One step of an outcome: the message reaches `status`, `after` milliseconds from its hand-over."""

    after: Millis
    status: str


@dataclass(frozen=True)
class Outcome:
    """A script of steps for a message, which leaves the queue with step number `leaves`, from 0."""

    steps: tuple[Step, ...]
    leaves: int = 0

    def later_by(self, delay: Millis) -> "Outcome":
        """Return the same outcome with every step after the one that leaves the queue delayed by `delay`."""
        steps = (
            replace(step, after=step.after + delay) if number > self.leaves else step
            for number, step in enumerate(self.steps)
        )
        return replace(self, steps=tuple(steps))

    def before(self, number: int, skippable: Collection[str]) -> Iterator[str]:
        """Yield the statuses from which messages come to a step: the one before, and skipped ones."""
        for step in reversed(self.steps[:number]):
            yield step.status
            if step.status not in skippable:
                break

    def within(self, lifetime: Millis, *, arrived: str, expired: str) -> "Outcome":
        """Return the same outcome, ended by `expired` if it has not `arrived` when `lifetime` is over."""
        for number, step in enumerate(self.steps):
            is_late = step.after > lifetime or (step.after == lifetime and step.status != arrived)
            if number > self.leaves and is_late:
                return replace(self, steps=(*self.steps[:number], Step(lifetime, expired)))
            if step.status == arrived:
                break
        return self


def outcome(*steps: tuple[Millis, str]) -> Outcome:
    return Outcome(tuple(Step(after, status) for after, status in steps))


FORCED = "forced"
"""The outcome of a message whose status a test set: no further step follows."""

GROUP = "@"
"""The separator before the number of a group of messages that take their steps together.

Messages that are not handed over in batches have it in the name of their outcome: other messages between
their positions may have the same outcome, but have left at another time.
"""

DELAYED = "~"
"""The separator between the name of an outcome and the delay that a rule gave it, in milliseconds."""

DELAY = re.compile("[0-9]{1,15}")

BECAUSE = "="
"""The separator between the name of an outcome and the reason that a rule gave it: a sub-type of a bounce."""


def script(outcomes: Mapping[str, Outcome], name: str) -> Outcome:
    """Return the outcome for a name as messages store it: `bounced`, `bounced~60000`, `bounced=NoEmail`."""
    if name in outcomes:
        return outcomes[name]
    found, delay = outcomes[word_of(name)], without_group(name).partition(DELAYED)[2]
    return found.later_by(int(delay)) if delay else found


def is_outcome(outcomes: Container[str], name: str) -> bool:
    """Return whether a name, with or without group, is one that messages store and `script` finds."""
    delay = without_group(name).partition(DELAYED)
    is_delayed = DELAY.fullmatch(delay[2]) is not None
    return name in outcomes or (word_of(name) in outcomes and bool(delay[1]) == is_delayed)


def word_of(name: str) -> str:
    """Return the word for the outcome that a message stores, without group, delay and reason."""
    return without_delay(name).partition(BECAUSE)[0]


def reason_in(name: str) -> str | None:
    """Return the reason in the name of an outcome, None where it has none."""
    return without_delay(name).partition(BECAUSE)[2] or None


def without_delay(name: str) -> str:
    """Return the name of an outcome without delay and group."""
    return without_group(name).partition(DELAYED)[0]


def without_group(name: str) -> str:
    """Return the name of an outcome without the number of the group."""
    return name.partition(GROUP)[0]


def moves(outcomes: Mapping[str, Outcome], queued: str) -> Iterator[tuple[str, str]]:
    """Yield each status of an outcome with the next one; every outcome begins with `queued`."""
    for one in outcomes.values():
        statuses = [queued, *(step.status for step in one.steps)]
        yield from pairwise(statuses)


def route(outcomes: Mapping[str, Outcome], queued: str, status: str, target: str) -> list[str] | None:
    """Return the statuses that lead from `status` to `target`, by the shortest way; None if there is none."""
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
    """The pattern of these recipients, for people to read: `bounced@…`."""
    channel: str
    outcome: str
    """The word for the outcome, which rules accept too."""
    meaning: str
