"""The quota of an account: how many mails it may still send, and the mails to its admins near the end.

https://docs.autosend.com/others/account/usage: all projects share the mails of the plan and its credits.
Admins get a mail at 90 % and at 100 %; at the limit, mails of every kind wait.
"""

from sqlmodel import Session

from emulator.autosend.sending.notices import tell_admins
from emulator.autosend.tables.account import Organization, Project
from emulator.engine.engine import Turn

TOLD_AT = (90, 100)
"""The percentages of a quota at which the admins are told."""


def room(session: Session, project_id: str) -> int | None:
    """Return how many mails a project may send now, None for any number."""
    project = session.get_one(Project, project_id)
    organization = session.get_one(Organization, project.organization_id)
    if project.status != "active" or organization.status != "active" or organization.invoice == "overdue":
        return 0
    return None if organization.quota is None else max(0, organization.quota - organization.used)


def count_sent(turn: Turn, project_id: str, number: int) -> None:
    """Count sent mails towards the quota, and tell the admins of each percentage that they reach."""
    project = turn.session.get_one(Project, project_id)
    organization = turn.session.get_one(Organization, project.organization_id)
    if organization.quota is None:
        return
    before, organization.used = organization.used, organization.used + number
    for percent in TOLD_AT:
        if 100 * before < percent * organization.quota <= 100 * organization.used:
            tell_admins(
                turn, organization, f"You have used {percent}% of your email quota", _usage(organization)
            )


def _usage(organization: Organization) -> str:
    said = f"Your account has sent {organization.used} of its {organization.quota} emails."
    return f"{said} At the limit, emails and automations wait until there is capacity again."
