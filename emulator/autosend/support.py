"""What only AutoSend's operators and systems can do, and tests do through the control plane.

https://docs.autosend.com/wiki/account-health (suspension), https://docs.autosend.com/domain (domains whose
records are gone), https://docs.autosend.com/migration/resend (imports that fail),
https://docs.autosend.com/api-keys.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, select

from emulator.autosend import migration
from emulator.autosend.domains import be_verified
from emulator.autosend.sending.delivery import CHANNEL
from emulator.autosend.sending.holding import go_on
from emulator.autosend.sending.notices import tell_admins
from emulator.autosend.tables.account import (
    COMPLAINT_LIMIT,
    DOMAIN,
    KEY,
    PROJECT,
    ApiKey,
    Domain,
    Organization,
    Project,
)
from emulator.autosend.tables.migrations import MIGRATION, Migration, Phase
from emulator.engine.engine import Turn
from emulator.sending.steering import Action, JobKind, JobView, MoveRefusedError


class ProjectSettings(BaseModel):
    """The settings of a project that only the dashboard and the system can change."""

    model_config = ConfigDict(extra="forbid")

    tracking_open: bool = True
    tracking_click: bool = True
    complaint_limit: Annotated[float, Field(ge=0, le=1)] = COMPLAINT_LIMIT


def _suspend(turn: Turn, project: Project) -> None:
    project.status = "suspended"


def _reinstate(turn: Turn, project: Project) -> None:
    project.status = "active"
    go_on(turn, [project.id])


class Projects(JobKind[Project]):
    """Projects, steered like jobs: a suspended one holds back its mails."""

    provider = "autosend"
    kind = "project"
    is_sending = False
    entity = Project
    lives = (PROJECT,)
    settings_model = ProjectSettings
    actions: ClassVar[Mapping[str, Action[Project]]] = {
        "suspend": _suspend,
        "reinstate": _reinstate,
    }

    def view(self, session: Session, row: Project) -> JobView:
        return JobView(row.id, row.name, row.status, CHANNEL, (), {"projectId": row.id})

    def put(self, turn: Turn, row: Project, state: str) -> None:
        self.actions["suspend" if state == "suspended" else "reinstate"](turn, row)


class MigrationSettings(BaseModel):
    """The settings of an import that has not ended."""

    model_config = ConfigDict(extra="forbid")

    fails_at: Phase | None = None


class Migrations(JobKind[Migration]):
    """Imports from other providers, which no operation shows."""

    provider = "autosend"
    kind = "migration"
    is_sending = False
    entity = Migration
    lives = (MIGRATION,)
    settings_model = MigrationSettings
    actions: ClassVar[Mapping[str, Action[Migration]]] = {
        "finish": migration.finish,
        "fail": migration.fail,
    }

    def view(self, session: Session, row: Migration) -> JobView:
        return JobView(row.id, migration.summary(row), row.status, CHANNEL, (), {"bulkOperationId": row.id})

    def set(self, turn: Turn, row: Migration, settings: Mapping[str, Any]) -> None:
        phase, coming = settings.get("fails_at"), migration.phases_to_come(row)
        if phase is not None and phase not in coming:
            known = ", ".join(coming)
            raise MoveRefusedError(f"The import has no phase {phase} to come; there are {known}.")
        super().set(turn, row, settings)

    def put(self, turn: Turn, row: Migration, state: str) -> None:
        migration.put(turn, row, state)


def _put_domain(turn: Turn, domain: Domain, state: str) -> None:
    """Set the state of a domain, and mark the records that it needs as right; no record becomes wrong."""
    domain.last_checked_at = turn.now
    domain.ownership_verified |= state != "PENDING_CONFIGURATION"
    if state == "VERIFIED":
        be_verified(domain, turn.now)
        return
    if domain.status == "VERIFIED":
        _tell_of_fall(turn, domain)
    domain.status, domain.verified_at = state, None


def _tell_of_fall(turn: Turn, domain: Domain) -> None:
    project = turn.session.get_one(Project, domain.project_id)
    organization = turn.session.get_one(Organization, project.organization_id)
    said = f"The DNS records of {domain.name} in the project {project.name} were not found."
    tell_admins(turn, organization, f"{domain.name} is not verified any more", said)


class Domains(JobKind[Domain]):
    """Domains, steered like jobs: a test verifies them, or lets them fall back as if records were gone."""

    provider = "autosend"
    kind = "domain"
    is_sending = False
    entity = Domain
    lives = (DOMAIN,)
    actions: ClassVar[Mapping[str, Action[Domain]]] = {
        "find ownership": partial(_put_domain, state="PENDING"),
        "verify": partial(_put_domain, state="VERIFIED"),
        "fall back": partial(_put_domain, state="PENDING"),
    }

    def view(self, session: Session, row: Domain) -> JobView:
        return JobView(row.id, row.name, row.status, CHANNEL, (), {"domainId": row.id})

    def put(self, turn: Turn, row: Domain, state: str) -> None:
        _put_domain(turn, row, state)


def _put_key(_: Turn, key: ApiKey, state: str) -> None:
    key.status = state


class Keys(JobKind[ApiKey]):
    """Keys, steered like jobs: a test lets them expire, or deletes them. Ids and names tell no secret."""

    provider = "autosend"
    kind = "key"
    is_sending = False
    entity = ApiKey
    lives = (KEY,)
    actions: ClassVar[Mapping[str, Action[ApiKey]]] = {
        "expire": partial(_put_key, state="expired"),
        "delete": partial(_put_key, state="deleted"),
    }

    def find(self, session: Session, key: str) -> ApiKey | None:
        return session.exec(select(ApiKey).where(ApiKey.id == key)).one_or_none()

    def view(self, session: Session, row: ApiKey) -> JobView:
        project = session.get(Project, row.project_id) if row.project_id else None
        kind = "SMTP" if row.is_smtp else "API"
        name = (
            "Account key" if row.project_id is None else f"{kind} key of {project.name if project else '-'}"
        )
        return JobView(row.id, name, row.status, CHANNEL, (), {"keyId": row.id})

    def put(self, turn: Turn, row: ApiKey, state: str) -> None:
        _put_key(turn, row, state)
