"""Finds the delivered mails that go to receiving addresses of the account, and lets them arrive there.

emulator/autosend/arrival.py handles the arrival.
"""

from emulator.engine.engine import Turn
from emulator.sending.headers import domain_sql
from emulator.sending.job_table import SUBJECT
from emulator.sending.messages import Selection
from emulator.storage.session import look_up

ARRIVE = "autosend.arrive"
"""The due event of one mail's arrival; its subject is the mail's job."""
ROWS_A_MAIL, BYTES_A_ROW = 20, 1_000
"""The work of writing and reading a mail, in rows: a fixed number, and one row for so many bytes."""


def let_arrive(turn: Turn, selection: Selection) -> None:
    """Schedule the arrival of each selected mail to a domain at which a project receives mails."""
    arriving = look_up(turn.session, _RECEIVED, selection).fetchall()
    if not arriving:
        return
    ((size,),) = look_up(turn.session, _SIZE, (selection.job_id,)).fetchall()
    rows = ROWS_A_MAIL + size // BYTES_A_ROW
    for (message_id,) in arriving:
        turn.schedule(turn.now, ARRIVE, f"{SUBJECT}{selection.job_id}", rows=rows, message=message_id)


_RECEIVED = f"""
    SELECT id FROM message
    WHERE job_id = ? AND channel = ? AND position BETWEEN ? AND ? AND outcome = ? AND status = ?
    AND lower({domain_sql("recipient")}) IN (
        SELECT inbound_domain FROM autosend_project
        UNION SELECT name FROM autosend_domain WHERE inbound_enabled_at IS NOT NULL
    )
    ORDER BY position
"""  # noqa: S608 -- our own expression
_SIZE = """
    SELECT length(mail.html) + length(mail.text) + coalesce(sum(length(file.content)), 0)
    FROM autosend_mail AS mail LEFT JOIN autosend_attachment AS file ON file.job_id = mail.job_id
    WHERE mail.job_id = ?
"""
