"""Projects: creating one, and deleting one with everything in it.

https://docs.autosend.com/api-reference/projects. All data of a deleted project is deleted, queued and sent
mails included. Only its keys are kept, so that no other project gets the same ones; they are refused (see
`AutoSendDialect.authorise`).
"""

from collections.abc import Sequence

from sqlmodel import Session, SQLModel, select

from emulator.autosend.suppression import new_group
from emulator.autosend.tables.account import ApiKey, Project
from emulator.autosend.webhooks import HOOKS
from emulator.engine.engine import Turn
from emulator.storage.tables import insertion_order
from emulator.webhooks.events import DROPPED, GATHERING, HELD, WAITING

KEPT = frozenset({Project.__tablename__, ApiKey.__tablename__})

_JOBS = "SELECT job_id FROM autosend_mail WHERE project_id = :project"
_MESSAGES = f"SELECT id FROM message WHERE job_id IN ({_JOBS})"  # noqa: S608 -- our own tables
_AUTOMATIONS = "SELECT id FROM autosend_automation WHERE project_id = :project"
_INBOUND = "SELECT id FROM autosend_inbound_mail WHERE project_id = :project"
_TARGETS = "SELECT id FROM webhook_target WHERE provider = :provider AND scope = :project"
_HAPPENINGS = "SELECT change_id FROM webhook_happening WHERE provider = :provider AND scope = :project"

PARTS = {
    "autosend_list_member": "list_id IN (SELECT id FROM autosend_contact_list WHERE project_id = :project)",
    "autosend_domain_day": "domain_id IN (SELECT id FROM autosend_domain WHERE project_id = :project)",
    "autosend_automation_run": f"automation_id IN ({_AUTOMATIONS})",
    "autosend_inbound_recipient": f"mail_id IN ({_INBOUND})",
    "autosend_inbound_source": f"mail_id IN ({_INBOUND})",
    "autosend_idempotent_answer": "key LIKE :project || ' %'",
    "autosend_recipient": f"message_id IN ({_MESSAGES})",
    "autosend_attachment": f"job_id IN ({_JOBS})",
    "status_change": f"message_id IN ({_MESSAGES}) OR id IN ({_HAPPENINGS})",
    "webhook_happening": f"change_id IN ({_HAPPENINGS})",
    "message": f"job_id IN ({_JOBS})",
    "status_count": f"job_id IN ({_JOBS})",
    "job": f"id IN ({_JOBS})",
    "webhook_target": f"id IN ({_TARGETS})",
}
"""The tables without a column `project_id`, each with the SQL condition that finds the rows of a project."""

SUBJECTS = (
    f"SELECT 'job:' || job_id FROM ({_JOBS})",  # noqa: S608 -- our own tables
    "SELECT 'autosend.campaign:' || id FROM autosend_campaign WHERE project_id = :project",
    "SELECT 'autosend.analytics:' || id FROM autosend_campaign WHERE project_id = :project",
    "SELECT 'autosend.domain:' || id FROM autosend_domain WHERE project_id = :project",
    f"SELECT 'autosend.run:' || id FROM autosend_automation_run WHERE automation_id IN ({_AUTOMATIONS})",  # noqa: S608 -- our own words
    "SELECT 'autosend.migration:' || id FROM autosend_migration WHERE project_id = :project",
    f"SELECT 'autosend.inbound:' || id FROM ({_INBOUND})",  # noqa: S608 -- the same
    f"SELECT 'webhook:' || id FROM webhook_delivery WHERE target_id IN ({_TARGETS})",  # noqa: S608 -- the same
)
"""Queries for the subjects of a project's due events."""


def projects_of(session: Session, organization: str) -> Sequence[Project]:
    """Return the projects of an organisation, the oldest first."""
    statement = select(Project).where(Project.organization_id == organization)
    return session.exec(statement.order_by(insertion_order(Project))).all()


def create(
    turn: Turn, organization: str, name: str, domain: str | None = None, region: str | None = None
) -> Project:
    """Create a project with its default suppression group. Owner and pace are those of the oldest project."""
    oldest = projects_of(turn.session, organization)[0]
    project = Project(
        id=turn.ids.hex("autosend.project"),
        organization_id=organization,
        name=name,
        owner_id=oldest.owner_id,
        pace=oldest.pace,
        domain=domain,
        region_key=region,
        tracking_open=False,
        tracking_click=False,
        inbound_domain=f"{turn.ids.hex('autosend.inbound', 8)}.autosend.email",
        created_at=turn.now,
    )
    turn.session.add(project)
    new_group(turn, project.id, "Unsubs", "All unsubs land here", is_default=True)
    return project


def delete(turn: Turn, project: Project) -> None:
    """Delete a project with everything in it, and cancel its due events."""
    place: dict[str, object] = {"project": project.id, "provider": HOOKS.provider}
    turn.session.delete(project)
    turn.store.execute(_FORGET, place)
    turn.cancelled = True
    turn.store.rewrite(_DROP, place)
    for table, condition in PARTS.items():
        turn.store.rewrite(f"DELETE FROM {table} WHERE {condition}", place)  # noqa: S608 -- our own tables
    for table in project_tables():
        turn.store.rewrite(f"DELETE FROM {table} WHERE project_id = :project", place)  # noqa: S608 -- the same


def project_tables() -> list[str]:
    """Return the names of the tables from which a project's rows are deleted by their `project_id`."""
    return [
        table.name
        for table in SQLModel.metadata.sorted_tables
        if table.name.startswith("autosend_") and "project_id" in table.columns and table.name not in KEPT
    ]


_FORGET = f"DELETE FROM due_event WHERE subject IN ({' UNION ALL '.join(SUBJECTS)})"  # noqa: S608 -- the same
_DROP = f"""
    UPDATE webhook_delivery SET state = '{DROPPED}', next_attempt_at = NULL
    WHERE target_id IN ({_TARGETS}) AND state IN ('{WAITING}', '{GATHERING}', '{HELD}')
"""  # noqa: S608 -- the same
