"""Setting a clock back: how due events and remembered times follow it to the earlier time.

An event that was promised for an instant stays due at that instant. A repeated event is due at its next time
after the new one, and work in the background takes the time that it had left: neither waits until the clock
has come to its old time again (docs/decisions/0017-time-moves-event-by-event.md).
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn

GoingBack: TypeAlias = Callable[[Turn, Millis], None]
"""A function that adapts a part to a clock set back: called at the new time, with the time before it."""


def bring_forward(
    turn: Turn, latest: Millis, names: Iterable[str], *, subject: str | None = None, only_dated: bool = False
) -> None:
    """Move events of these names that are due later than `latest` to that time, all or those about `subject`.

    With `only_dated`, only those that wait for a moment of the calendar.
    """
    statement, about = (_OF_ALL, ()) if subject is None else (_OF_SUBJECT, (subject,))
    for name in names:
        moved = turn.store.execute(statement, (latest, name, latest, only_dated, *about))
        turn.cancelled = turn.cancelled or moved.rowcount > 0


def go_on(turn: Turn, was: Millis, names: Iterable[str]) -> None:
    """Move events of these names back with the clock: each has as much time left as it had at `was`."""
    for name in names:
        moved = turn.store.execute(_AS_FAR, (was - turn.now, name, was))
        turn.cancelled = turn.cancelled or moved.rowcount > 0


_AS_FAR = """
    UPDATE due_event SET due = due + coalesce(early, 0) - ?1, early = NULL WHERE name = ?2 AND due > ?3
"""
_OF_ALL = "UPDATE due_event SET due = ?, early = NULL WHERE name = ? AND due > ? AND (is_dated OR NOT ?)"
_OF_SUBJECT = f"{_OF_ALL.replace(' due >', ' +due >')} AND subject = ?"
"""The + makes SQLite find events by their subject, not by when they are due: thousands of jobs may wait."""
