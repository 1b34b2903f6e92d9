"""The health of an account: too many bounces or complaints suspend it.

https://docs.autosend.com/wiki/account-health: they are measured over all projects, and over transactional and
marketing mails together. No page says from how many mails on, so that nothing is suspended unless a test
wants it: one bounce of ten mails would be too many.
"""

from emulator.autosend.tables.account import Organization, Project
from emulator.engine.engine import Turn
from emulator.storage.session import look_up

BOUNCES, COMPLAINTS = 0.06, 0.001
"""The shares of what was sent above which an account is suspended."""


def check_health(turn: Turn, project_id: str) -> None:
    """Suspend the account of a project, if its health is watched and a mail was one too many."""
    project = turn.session.get_one(Project, project_id)
    organization = turn.session.get_one(Organization, project.organization_id)
    if not organization.watches_health:
        return
    sent, bounced, complained = look_up(turn.session, _COUNTS, ()).fetchone()
    if bounced > BOUNCES * sent or complained > COMPLAINTS * sent:
        organization.status = "suspended"


_COUNTS = """
    SELECT coalesce(sum(ever) FILTER (WHERE status = 'sent'), 0),
           coalesce(sum(ever) FILTER (WHERE status = 'bounced'), 0),
           coalesce(sum(ever) FILTER (WHERE status = 'complained'), 0)
    FROM status_count WHERE job_id IN (SELECT job_id FROM autosend_mail WHERE project_id <> '')
"""
