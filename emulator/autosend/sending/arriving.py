"""Which of the mails that are delivered go to receiving addresses of the account, where they arrive.

What happens then is in emulator/autosend/arrival.py.
"""

from emulator.engine.engine import Turn
from emulator.sending.job_table import SUBJECT
from emulator.sending.messages import Selection
from emulator.storage.session import look_up

ARRIVE = "autosend.arrive"
"""The due event of one mail, about its job."""


def let_arrive(turn: Turn, selection: Selection) -> None:
    """Let those of the selected mails arrive, one by one, whose domain receives mails for a project."""
    for (message_id,) in look_up(turn.session, _RECEIVED, selection).fetchall():
        turn.schedule(turn.now, ARRIVE, f"{SUBJECT}{selection.job_id}", message=message_id)


_RECEIVED = """
    SELECT id FROM message
    WHERE job_id = ? AND channel = ? AND position BETWEEN ? AND ? AND outcome = ? AND status = ?
    AND lower(substr(recipient, instr(recipient, '@') + 1)) IN (
        SELECT inbound_domain FROM autosend_project
        UNION SELECT name FROM autosend_domain WHERE inbound_enabled_at IS NOT NULL
    )
    ORDER BY position
"""
