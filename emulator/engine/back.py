"""A clock that is set back: what is due later, and what was remembered, as it has to be from then on.

What was promised for an instant stays due then. What comes again and again comes at its next time after the
new one, what is done in the background takes what was left of its time, and nobody waits for either until the
clock has come there again
(docs/decisions/0017-time-moves-event-by-event.md).
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn

GoingBack: TypeAlias = Callable[[Turn, Millis], None]
"""What a part does where the clock is set back: called at its new time, with the one before."""


def bring_forward(
    turn: Turn, latest: Millis, names: Iterable[str], *, subject: str | None = None, only_dated: bool = False
) -> None:
    """Let events of these names, about `subject` if it is given, be due at `latest` where they are due later.

    With `only_dated`, only those that wait for a moment of the calendar.
    """
    statement, about = (_OF_ALL, ()) if subject is None else (_OF_SUBJECT, (subject,))
    for name in names:
        moved = turn.store.execute(statement, (latest, name, latest, only_dated, *about))
        turn.cancelled = turn.cancelled or moved.rowcount > 0


def go_on(turn: Turn, was: Millis, names: Iterable[str]) -> None:
    """Let events of these names, which waited at the time `was`, be as far away as they were then."""
    for name in names:
        moved = turn.store.execute(_AS_FAR, (was - turn.now, name, was))
        turn.cancelled = turn.cancelled or moved.rowcount > 0


_AS_FAR = """
    UPDATE due_event SET due = due + coalesce(early, 0) - ?1, early = NULL WHERE name = ?2 AND due > ?3
"""
_OF_ALL = "UPDATE due_event SET due = ?, early = NULL WHERE name = ? AND due > ? AND (is_dated OR NOT ?)"
_OF_SUBJECT = f"{_OF_ALL.replace(' due >', ' +due >')} AND subject = ?"
"""Thousands of jobs may wait. The + keeps the index of all that is due later from being used for each."""
