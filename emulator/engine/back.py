"""A clock that is set back: what is due later, and what was remembered, as it has to be from then on.

What was promised for an instant stays due then. What comes again and again comes at its next time after the
new one, and nobody waits for it until the clock has come there again
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
    for name in names:
        where = {"latest": latest, "name": name, "subject": subject, "only_dated": only_dated}
        moved = turn.store.execute(_BRING_FORWARD, where)
        turn.cancelled = turn.cancelled or moved.rowcount > 0


_BRING_FORWARD = """
    UPDATE due_event SET due = :latest, early = NULL
    WHERE name = :name AND (:subject IS NULL OR subject = :subject) AND due > :latest
    AND (is_dated OR NOT :only_dated)
"""
