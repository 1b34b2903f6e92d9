"""Tells opens by humans from automated ones: https://docs.autosend.com/api-reference/campaigns/analytics."""

from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Turn
from emulator.sending.messages import Message, Selection

AUTOMATED_UNTIL = 10 * SECOND
"""For how long after the delivery an open counts as automated (inferred).

An open before the delivery counts as a human's: the clock was set back.
"""


def opened_by_humans(turn: Turn, selection: Selection) -> int:
    """Return how many of the selected mails, all opened just now, have their first open by a human."""
    since = {"now": turn.now, "automated": AUTOMATED_UNTIL}
    number: int = turn.store.execute(_OPENED_FIRST, selection._asdict() | since).fetchone()[0]
    return number


def is_first_human(now: Millis, message: Message, history: list[tuple[str, Millis]]) -> bool:
    """Return whether an open at `now` is a human's, and the first such open of the mail."""
    delivered = message.delivered_at or 0
    opened = [at for status, at in history if status == "opened"]
    return _is_human(delivered, now) and not any(_is_human(delivered, at) for at in opened)


def _is_human(delivered: Millis, opened: Millis) -> bool:
    return not delivered <= opened < delivered + AUTOMATED_UNTIL


_OPENED_FIRST = """
    SELECT count(*) FROM message
    WHERE job_id = :job_id AND channel = :channel AND position BETWEEN :first AND :last
      AND outcome = :outcome AND status = :status
      AND NOT (delivered_at <= :now AND :now < delivered_at + :automated)
      AND (SELECT count(*) FROM status_change AS opened, (
               SELECT min(at) AS delivered FROM status_change
               WHERE message_id = message.id AND status = 'delivered')
           WHERE message_id = message.id AND opened.status = :status
             AND NOT (delivered <= at AND at < delivered + :automated)) = 1
"""
