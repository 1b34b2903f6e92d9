"""The health of an account: too many bounces or complaints suspend it.

https://docs.autosend.com/wiki/account-health: they are measured over all projects, and over transactional and
marketing mails together. No page says from how many mails on, so that nothing is suspended unless a test
wants it: one bounce of ten mails would be too many.
"""

from sqlmodel import select

from emulator.autosend.tables.account import Project
from emulator.engine.engine import Turn
from emulator.storage.session import look_up

BOUNCES, COMPLAINTS = 0.06, 0.001
"""The shares of what was sent above which an account is suspended."""


def check_health(turn: Turn, project_id: str) -> None:
    """Suspend all projects of an account if a mail of a project whose health is watched was one too many."""
    project = turn.session.get_one(Project, project_id)
    if not project.watches_health:
        return
    sent, bounced, complained = look_up(turn.session, _COUNTS, ()).fetchone()
    if bounced > BOUNCES * sent or complained > COMPLAINTS * sent:
        for one in turn.session.exec(select(Project)).all():
            one.status = "suspended"


_COUNTS = """
    SELECT coalesce(sum(ever) FILTER (WHERE status = 'sent'), 0),
           coalesce(sum(ever) FILTER (WHERE status = 'bounced'), 0),
           coalesce(sum(ever) FILTER (WHERE status = 'complained'), 0)
    FROM status_count WHERE job_id IN (SELECT job_id FROM autosend_mail)
"""
