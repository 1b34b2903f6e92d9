"""Projects of the organisation. Only account keys can use these operations.

https://docs.autosend.com/api-reference/projects
"""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import select

from emulator.autosend import projects
from emulator.autosend.dialect import Call, Policy
from emulator.autosend.domains import DomainName, Region
from emulator.autosend.limits import LONGEST_PROJECT_NAME, MOST_PROJECTS
from emulator.autosend.models import Body, Done, Model, Reply
from emulator.autosend.refusals import AccountKeyRequired, AutoSendError, ValidationFailed, refusal
from emulator.autosend.tables.account import Domain, Project
from emulator.autosend.values import ID, Filled, Instant
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/account/projects", tags=["Projects"], route_class=OperationRoute)

ProjectLimitReached = refusal(403, "", "Plan upgrade required", name="ProjectLimitReached")
InvalidProjectId = refusal(400, "VALIDATION_ERROR", "Invalid project ID", name="InvalidProjectId")
ProjectNotFound = refusal(404, "PROJECT_NOT_FOUND", "Project not found")
# The same as InvalidProjectId, in the form that the page of deletion shows.
InvalidIdOfDeletedProject = refusal(
    400, "", "Invalid project ID", form="list", name="InvalidIdOfDeletedProject"
)
# The same as ProjectNotFound, in the form that the page of deletion shows.
DeletedProjectNotFound = refusal(404, "", "Project not found", name="DeletedProjectNotFound")
LastProjectCannotBeDeleted = refusal(
    400,
    "LAST_PROJECT_CANNOT_BE_DELETED",
    "Cannot delete the last project in the organization. At least one project must exist.",
    form="status",
)

AccountCall = Annotated[Call, Policy(key="account")]
DeletingCall = Annotated[Call, Policy(key="account", is_long=True)]

ProjectId = Annotated[str, Path(alias="projectId", description="Project id, 24 hex digits.")]


class ProjectDomain(Model):
    id: str
    name: str = Field(serialization_alias="domainName")
    status: str = Field(serialization_alias="verificationStatus")
    region_key: str


class ProjectAnswer(Model):
    id: str
    name: str
    domain: str | None
    domains: list[ProjectDomain]
    tracking_open: bool
    tracking_click: bool


class WholeProject(ProjectAnswer):
    created_at: Instant
    inbound_domain: str | None = Field(serialization_alias="inboundEmailDomain")


class CreatedProject(ProjectAnswer):
    region_key: str | None


def _domains(call: Call, project: Project) -> list[ProjectDomain]:
    rows = call.db.exec(
        select(Domain).where(Domain.project_id == project.id).order_by(insertion_order(Domain))
    )
    return [ProjectDomain.of(row) for row in rows]


def _find(call: Call, project_id: str, invalid: type[AutoSendError], missing: type[AutoSendError]) -> Project:
    """Return a project of the organisation. Raises `invalid` for malformed ids, `missing` for unknown ids."""
    if not ID.fullmatch(project_id):
        raise invalid
    project = call.db.get(Project, project_id)
    if project is None or project.organization_id != call.grant.organization_id:
        raise missing
    return project


class Projects(Model):
    projects: list[ProjectAnswer]


@router.get("", responses=refuses(AccountKeyRequired))
async def list_projects(call: AccountCall) -> Reply[Projects]:
    """Return all projects of the organisation, the oldest first.

    https://docs.autosend.com/api-reference/projects/list-projects
    """
    rows = projects.projects_of(call.db, call.grant.organization_id)
    answers = [ProjectAnswer.of(row, domains=_domains(call, row)) for row in rows]
    return Reply(data=Projects(projects=answers))


@router.get("/{projectId}", responses=refuses(InvalidProjectId, ProjectNotFound, AccountKeyRequired))
async def get_project(call: AccountCall, project_id: ProjectId) -> Reply[WholeProject]:
    """Return one project.

    https://docs.autosend.com/api-reference/projects/get-project
    """
    project = _find(call, project_id, InvalidProjectId, ProjectNotFound)
    return Reply(data=WholeProject.of(project, domains=_domains(call, project)))


class CreateProject(Body):
    name: Filled = Field(max_length=LONGEST_PROJECT_NAME)
    domain: DomainName | None = None
    region_key: Region | None = None


@router.post(
    "", status_code=201, responses=refuses(ValidationFailed, AccountKeyRequired, ProjectLimitReached)
)
async def create_project(call: AccountCall, body: CreateProject) -> Reply[CreatedProject]:
    """Create a project. The account key has access to it at once.

    https://docs.autosend.com/api-reference/projects/create-project
    """
    organization = call.grant.organization_id
    if len(projects.projects_of(call.db, organization)) >= MOST_PROJECTS:
        raise ProjectLimitReached
    project = projects.create(call.turn, organization, body.name, body.domain, body.region_key)
    return Reply(data=CreatedProject.of(project, domains=_domains(call, project)))


@router.delete(
    "/{projectId}",
    responses=refuses(
        InvalidIdOfDeletedProject, DeletedProjectNotFound, LastProjectCannotBeDeleted, AccountKeyRequired
    ),
)
async def delete_project(call: DeletingCall, project_id: ProjectId) -> Done:
    """Delete a project with everything in it. The last project can not be deleted.

    https://docs.autosend.com/api-reference/projects/delete-project
    """
    project = _find(call, project_id, InvalidIdOfDeletedProject, DeletedProjectNotFound)
    if len(projects.projects_of(call.db, project.organization_id)) == 1:
        raise LastProjectCannotBeDeleted
    projects.delete(call.turn, project)
    return Done(message="Project deleted successfully")
