"""Rows that are kept for a time of the sandbox's clock, and deleted then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.engine.back import bring_forward
from emulator.engine.clock import HOUR, Millis
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.storage.tables import Table


@dataclass(frozen=True)
class Expiry:
    """How long the rows of a table are kept. The table has a column `at`, and `KEPT = False`."""

    table: type[Table]
    after: Millis
    with_them: str = ""
    """A statement that deletes the rows of other tables that belong to deleted ones; empty for none."""
    forgets_later: bool = False
    """Whether setting the clock back deletes the rows that were made after the new time."""

    def is_over(self, at: Millis, now: Millis) -> bool:
        """Return whether a row dated `at` counts as deleted, although it may still be in the table."""
        return at + self.after <= now

    def plan(self, turn: Turn) -> None:
        """Schedule the deletion of a row that is added now, unless the event waits already."""
        waits = turn.store.execute("SELECT 1 FROM due_event WHERE subject = ? LIMIT 1", (self._subject,))
        if waits.fetchone() is None:
            turn.schedule(turn.now + self.after, self._event, self._subject, rows=MANY_ROWS)

    def go_back(self, turn: Turn, was: Millis) -> None:
        """After the clock was set back, delete expired rows no later than when a row made now expires."""
        if self.forgets_later:
            name = self.table.__tablename__
            turn.store.execute(f"DELETE FROM {name} WHERE at > ?", (turn.now,))  # noqa: S608 -- our own table
        bring_forward(turn, turn.now + self.after, [self._event])

    def events(self) -> dict[str, Handler]:
        """Return the handler of the due event that deletes rows."""
        return {self._event: self._expire}

    @property
    def _event(self) -> str:
        return f"expire.{self.table.__tablename__}"

    @property
    def _subject(self) -> str:
        return f"rows:{self.table.__tablename__}"

    def _expire(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        """Delete expired rows; schedule the next deletion for the oldest one, in an hour at the earliest."""
        name = self.table.__tablename__
        turn.store.execute(f"DELETE FROM {name} WHERE at <= ?", (turn.meant - self.after,))  # noqa: S608 -- our own table
        if self.with_them:
            turn.store.execute(self.with_them)
        oldest = turn.store.execute(f"SELECT min(at) FROM {name}").fetchone()[0]  # noqa: S608 -- the same
        if oldest is not None:
            due = max(oldest + self.after, turn.now + HOUR)
            turn.schedule(due, self._event, self._subject, rows=MANY_ROWS)
