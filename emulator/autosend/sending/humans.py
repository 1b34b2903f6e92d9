"""Which opens of mails are taken for those of humans: https://docs.autosend.com/api-reference/campaigns/analytics."""

from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Turn
from emulator.sending.messages import Message, Selection

AUTOMATED_UNTIL = 10 * SECOND
"""Until how long after the delivery an open is taken for that of a machine (inferred)."""


def opened_by_humans(turn: Turn, selection: Selection) -> int:
    """Return how many of the selected mails, opened just now, no human opened before."""
    since = {"latest": turn.now - AUTOMATED_UNTIL, "automated": AUTOMATED_UNTIL}
    number: int = turn.store.execute(_OPENED_FIRST, selection._asdict() | since).fetchone()[0]
    return number


def is_first_human(now: Millis, message: Message, history: list[tuple[str, Millis]]) -> bool:
    """Return whether an open is a human's, and no earlier one was."""
    begins = (message.delivered_at or 0) + AUTOMATED_UNTIL
    return now >= begins and not any(status == "opened" and at >= begins for status, at in history)


_OPENED_FIRST = """
    SELECT count(*) FROM message
    WHERE job_id = :job_id AND channel = :channel AND position BETWEEN :first AND :last
      AND outcome = :outcome AND status = :status AND delivered_at <= :latest
      AND (SELECT count(*) FROM status_change AS opened
           WHERE message_id = message.id AND opened.status = :status AND at >= :automated + (
               SELECT min(at) FROM status_change WHERE message_id = message.id AND status = 'delivered')) = 1
"""
