"""The health of an account: too many bounces or complaints suspend it.

https://docs.autosend.com/wiki/account-health: their shares are measured over all projects, and over
transactional and marketing mails together. No page names a least number of mails, and one bounce of ten mails
would be too many: so an account is suspended only if a test turns that on.
"""

from emulator.autosend.tables.account import Organization, Project
from emulator.engine.engine import Turn
from emulator.storage.session import look_up

BOUNCES, COMPLAINTS = 0.06, 0.001
"""The shares of the sent mails above which an account is suspended."""


def check_health(turn: Turn, project_id: str) -> None:
    """Suspend the account of a project if its health is watched, and a share is too high."""
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
