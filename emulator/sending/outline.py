"""The outline of a sandbox's messages, which tells a search which messages it need not read.

For each 1,024 messages it has the times when they were made, their jobs, and their recipients as one text.
These never change, and messages are never deleted, so an outline only grows. It costs a send nothing: the
first search reads all messages, each further one those that were added. See docs/decisions/0042-search.md.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from emulator.engine.clock import Millis, Slices
from emulator.storage.session import look_up

IN_A_PART = 1024
"""How many ids a part of an outline spans."""
LAST_ID = 2**63 - 1

IdRange = tuple[int, int]


class Part(NamedTuple):
    """The outline of messages with consecutive ids."""

    first: int
    last: int
    number: int
    earliest: Millis
    latest: Millis
    lowest_job: int
    highest_job: int
    recipients: str
    """All recipients, one a line, casefolded."""

    def number_with(self, text: str) -> int | None:
        """Return how many recipients contain a text; None if not known, as a recipient has several lines."""
        lines = self.recipients.split("\n")
        return sum(text in line for line in lines) if len(lines) == self.number else None


@dataclass(frozen=True)
class Bounds:
    """The criteria of a search that an outline can check; None allows any."""

    after: int = 0
    since: Millis | None = None
    until: Millis | None = None
    jobs: Sequence[int] | None = None
    """The ids of the jobs that messages can belong to, sorted."""
    recipient: str | None = None

    def may_hold(self, part: Part) -> bool:
        """Return whether a message of a part can be within the bounds."""
        return (
            part.last > self.after
            and (self.since is None or part.latest >= self.since)
            and (self.until is None or part.earliest <= self.until)
            and (self.jobs is None or _is_between(self.jobs, part.lowest_job, part.highest_job))
            and (self.recipient is None or self.recipient.casefold() in part.recipients)
        )

    def number_in(self, part: Part) -> int | None:
        """Return how many messages of a part are within the bounds, without `jobs`; None if not known."""
        is_between = (
            part.first > self.after
            and (self.since is None or part.earliest >= self.since)
            and (self.until is None or part.latest <= self.until)
        )
        if not is_between:
            return None
        return part.number if self.recipient is None else part.number_with(self.recipient.casefold())


class Outline:
    """The outline of the messages of one store, as far as they were read."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._end = 0
        """The last id that was read."""

    def read_on(self, session: Session, slices: Slices) -> bool:
        """Read messages that were added, for one slice; return whether the outline has all now."""
        (newest,) = look_up(session, _NEWEST, ()).fetchone()
        while newest is not None and newest - self._end >= IN_A_PART:
            (first,) = look_up(session, _NEXT, (self._end,)).fetchone()
            last = first + IN_A_PART - 1
            if last > newest:
                break
            part = Part(first, last, *look_up(session, _PART, (first, last)).fetchone())
            self._parts.append(part._replace(recipients=part.recipients.casefold()))
            self._end = last
            if slices.is_over:
                return False
        return True

    def within(self, bounds: Bounds) -> "Region":
        """Return the region in which messages can be within the bounds."""
        rest = min(max(self._end, bounds.after), LAST_ID - 1) + 1, LAST_ID
        return Region(bounds, list(filter(bounds.may_hold, self._parts)), rest)


@dataclass(frozen=True)
class Region:
    """The parts of an outline, and the ids behind it, in which messages can be within bounds."""

    bounds: Bounds
    parts: Sequence[Part]
    rest: IdRange
    """The ids that the outline does not have yet."""

    def ranges(self) -> list[IdRange]:
        """Return the ranges of ids, in order, that have all messages within the bounds."""
        return self._ranges(self.parts)

    def parted(self) -> tuple[int, list[IdRange]]:
        """Return how many messages are known to be within the bounds, and the ranges of ids to look at."""
        known, unknown = 0, list[Part]()
        for part in self.parts:
            number = self.bounds.number_in(part)
            if number is None:
                unknown.append(part)
            else:
                known += number
        return known, self._ranges(unknown)

    def _ranges(self, parts: Iterable[Part]) -> list[IdRange]:
        """Return the ids of some parts and of the rest as ranges, in order, joined where they meet."""
        ranges, end = list[IdRange](), 0
        for part in parts:
            if ranges and end + 1 == part.first:
                ranges[-1] = ranges[-1][0], part.last
            else:
                ranges.append((max(part.first, self.bounds.after + 1), part.last))
            end = part.last
        return [*ranges, self.rest]


def outline_of(session: Session) -> Outline:
    """Return the outline of the messages that a session reads."""
    found: Outline = session.info.setdefault(Outline, Outline())
    return found


def _is_between(numbers: Sequence[int], lowest: int, highest: int) -> bool:
    """Return whether one of the sorted numbers is between two."""
    place = bisect_left(numbers, lowest)
    return place < len(numbers) and numbers[place] <= highest


_NEWEST = "SELECT max(id) FROM message"

_NEXT = "SELECT min(id) FROM message WHERE id > ?"

_PART = """
    SELECT count(*), min(created_at), max(created_at), min(job_id), max(job_id),
           group_concat(recipient, char(10))
    FROM message WHERE id BETWEEN ? AND ?
"""
