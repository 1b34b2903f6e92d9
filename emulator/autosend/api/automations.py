"""Automations.

https://docs.autosend.com/api-reference/automations
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from sqlalchemy import String, cast
from sqlmodel import col, func, or_, select

from emulator.autosend.audience import find_list
from emulator.autosend.dialect import Call
from emulator.autosend.listing import page_of
from emulator.autosend.models import Body, Done, Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import AutoSendError, ValidationFailed, refusal
from emulator.autosend.sending import automations as sending
from emulator.autosend.sending.runs import mail_counts, run_counts
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.automations import (
    Automation,
    CannotActivateAutomation,
    CannotEditAutomation,
    CannotPauseInactiveAutomation,
    move,
)
from emulator.autosend.templates import find_template
from emulator.autosend.values import Id, instant
from emulator.autosend.workflow import (
    MOST_STEPS,
    BranchBranchesRequired,
    EmailTemplateRequired,
    EntryCriteria,
    EventNameRequired,
    ExitCriteria,
    InvalidStepSequence,
    Step,
    check_entry,
    checked_steps,
    name_steps,
)
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.sqlite import json_text
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/automations", tags=["Automations"], route_class=OperationRoute)

WorkflowNotFound = refusal(404, "WORKFLOW_NOT_FOUND", "Workflow automation not found")
# The same refusal in the words of the page on deleting.
AutomationNotFound = refusal(404, "AUTOMATION_NOT_FOUND", "Automation not found", form="status")
NameRequired = refusal(400, "NAME_REQUIRED", "Workflow name is required", inferred="text")

AutomationId = Annotated[str, Path(alias="id", description="Automation id, 24 hex digits.")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
INCOMPLETE = (
    ValidationFailed,
    InvalidStepSequence,
    NameRequired,
    EmailTemplateRequired,
    BranchBranchesRequired,
    EventNameRequired,
    CannotActivateAutomation,
)
"""What create and update refuse."""


class Author(Model):
    """The user who made an automation. Of users, the emulator knows the id alone."""

    id: str
    firstName: str = ""
    lastName: str = ""


class Analytics(Model):
    """The live numbers: of contacts on their way, and of the mails that they were sent."""

    totalEntered: int
    totalCompleted: int
    totalExited: int
    totalActive: int
    sent: int
    delivered: int
    opened: int
    clicked: int
    bounced: int


class AutomationSettings(Model):
    maxExecutionDays: int = 60
    allowReentry: bool = False
    timezone: str = "UTC"
    priority: int = 1


class AutomationAnswer(Model):
    """An automation. `unsubscribeGroupId` is that of all its mails."""

    id: str
    projectId: str
    organizationId: str
    createdBy: Author
    name: str
    description: str
    status: str
    entryCriteria: dict[str, Any]
    exitCriteria: dict[str, Any]
    steps: list[dict[str, Any]]
    tags: list[str]
    unsubscribeGroupId: str | None
    trackingOpen: bool
    trackingClick: bool
    settings: AutomationSettings = AutomationSettings()
    analytics: Analytics
    activeAt: str | None
    createdAt: str
    updatedAt: str


def automation_answer(call: Call, automation: Automation) -> AutomationAnswer:
    return AutomationAnswer(
        id=automation.id,
        projectId=automation.project_id,
        organizationId=call.grant.organization_id,
        createdBy=Author(id=automation.created_by),
        name=automation.name,
        description=automation.description,
        status=automation.status,
        entryCriteria=automation.entry,
        exitCriteria=automation.exit,
        steps=automation.steps,
        tags=automation.tags,
        unsubscribeGroupId=automation.unsubscribe_group,
        trackingOpen=automation.tracking_open,
        trackingClick=automation.tracking_click,
        analytics=_analytics(call, automation),
        activeAt=instant(automation.active_at),
        createdAt=iso_millis(automation.created_at),
        updatedAt=iso_millis(automation.updated_at),
    )


def _analytics(call: Call, automation: Automation) -> Analytics:
    contacts, mails = run_counts(call.db, automation), mail_counts(call.db, automation)
    return Analytics(
        totalEntered=sum(contacts.values()),
        totalCompleted=contacts["completed"],
        totalExited=contacts["exited"],
        totalActive=contacts["active"],
        sent=mails["sent"],
        delivered=mails["delivered"],
        opened=mails["opened"] if automation.tracking_open else 0,
        clicked=mails["clicked"] if automation.tracking_click else 0,
        bounced=mails["bounced"],
    )


class AutomationFilters(Parameters):
    """What List Automations takes in the query."""

    status: Literal["draft", "active", "paused", "archived"] | None = None
    tags: str | None = Query(None, max_length=2000, description="Comma-separated: any of them.")
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(50, ge=1, le=100)


class AutomationPage(Model):
    workflowAutomations: list[AutomationAnswer]
    pagination: Pagination


@router.get("", responses=refuses(ValidationFailed))
async def list_automations(
    call: Call, filters: Annotated[AutomationFilters, Query()]
) -> Reply[AutomationPage]:
    """Page through the automations of the project, the newest first.

    https://docs.autosend.com/api-reference/automations/list-automations
    """
    conditions = _conditions(call, filters)
    wanted = select(Automation).where(*conditions).order_by(insertion_order(Automation).desc())
    rows, pagination = page_of(call, wanted, filters)
    found = [automation_answer(call, row) for row in rows]
    return Reply(data=AutomationPage(workflowAutomations=found, pagination=pagination))


def _conditions(call: Call, filters: AutomationFilters) -> list[Any]:
    conditions: list[Any] = [Automation.project_id == call.project_id, col(Automation.deleted_at).is_(None)]
    if filters.status is not None:
        conditions.append(Automation.status == filters.status)
    tags = [tag.strip() for tag in (filters.tags or "").split(",") if tag.strip()]
    if tags:
        conditions.append(or_(*(_has_tag(tag) for tag in tags)))
    return conditions


def _has_tag(tag: str) -> Any:
    return func.instr(cast(col(Automation.tags), String), json_text(tag)) > 0


@router.get("/{id}", responses=refuses(WorkflowNotFound))
async def get_automation(call: Call, automation_id: AutomationId) -> Reply[AutomationAnswer]:
    """Answer one automation with its steps, settings and live numbers.

    https://docs.autosend.com/api-reference/automations/get-automation
    """
    return Reply(data=automation_answer(call, _find(call, automation_id)))


def _find(call: Call, automation_id: str, missing: type[AutoSendError] = WorkflowNotFound) -> Automation:
    automation = sending.find_automation(call.db, call.project_id, automation_id)
    if automation is None:
        raise missing
    return automation


class AutomationFields(Body):
    """What create and update have in common; what is left out or null stays as it is."""

    name: str | None = Field(None, max_length=255)
    description: str | None = Field(None, max_length=1000)
    entryCriteria: EntryCriteria | None = None
    exitCriteria: ExitCriteria | None = None
    steps: list[Step] | None = Field(None, max_length=MOST_STEPS)
    tags: list[Tag] | None = Field(None, max_length=100)
    unsubscribeGroupId: Id | None = None
    trackingOpen: bool | None = None
    trackingClick: bool | None = None
    active: bool | None = None


@router.post("", status_code=201, responses=refuses(*INCOMPLETE))
async def create_automation(call: Call, body: AutomationFields) -> Reply[AutomationAnswer]:
    """Create a draft, or with `active` an automation that is active at once.

    https://docs.autosend.com/api-reference/automations/create-automation
    """
    if body.name is None:
        raise NameRequired
    steps = _checked(call, body)
    project = call.db.get_one(Project, call.project_id)
    automation = Automation(
        id=call.turn.ids.hex("autosend.automation"),
        project_id=project.id,
        created_by=project.owner_id,
        name=body.name,
        entry={"type": "contact_created"},
        exit={"type": "workflow_complete"},
        tracking_open=project.tracking_open,
        tracking_click=project.tracking_click,
        created_at=call.now,
        updated_at=call.now,
    )
    call.db.add(automation)
    _apply(call, automation, body, steps)
    if body.active:
        sending.activate(call.turn, automation)
    return Reply(data=automation_answer(call, automation))


PLAIN_FIELDS = {
    "name": "name",
    "description": "description",
    "tags": "tags",
    "unsubscribeGroupId": "unsubscribe_group",
    "trackingOpen": "tracking_open",
    "trackingClick": "tracking_click",
}
"""The fields that are stored as they come, under our names."""


def _checked(call: Call, body: AutomationFields) -> list[dict[str, Any]] | None:
    """Answer the steps as they are stored, None where none are given. Raises one of INCOMPLETE."""
    if body.name is not None and not body.name.strip():
        raise NameRequired
    if body.entryCriteria is not None:
        check_entry(body.entryCriteria)
    _check_ids(call, body)
    if body.steps is None:
        return None
    name_steps(call.turn.ids, body.steps)
    return checked_steps(body.steps)


def _apply(
    call: Call, automation: Automation, body: AutomationFields, steps: list[dict[str, Any]] | None
) -> None:
    """Take over what the client sent."""
    for theirs, ours in PLAIN_FIELDS.items():
        value = getattr(body, theirs)
        if value is not None:
            setattr(automation, ours, value)
    if body.entryCriteria is not None:
        automation.entry = body.entryCriteria.model_dump(exclude_none=True)
    if body.exitCriteria is not None:
        automation.exit = body.exitCriteria.model_dump()
    if steps is not None:
        sending.replace_steps(call.turn, automation, steps)


def _check_ids(call: Call, body: AutomationFields) -> None:
    """Raise ValidationFailed for ids and names of nothing that the project has."""
    entry, session, project = body.entryCriteria, call.db, call.project_id
    complaints = []
    event = entry.eventName if entry else None
    if entry and entry.contactListId is not None:
        one = find_list(session, project, entry.contactListId)
        if one is None or one.type != "list":
            complaints.append(("entryCriteria.contactListId", "Contact list not found"))
    if event is not None and sending.find_event(session, project, event) is None:
        complaints.append(("entryCriteria.eventName", "Event not found"))
    if body.unsubscribeGroupId is not None and find_group(session, project, body.unsubscribeGroupId) is None:
        complaints.append(("unsubscribeGroupId", "Suppression group not found"))
    for place, step in enumerate(body.steps or []):
        named = step.email.templateId if step.email else None
        if named is not None and find_template(session, project, named) is None:
            complaints.append((f"steps.{place}.email.templateId", "Template not found"))
    if complaints:
        raise ValidationFailed(*complaints)


@router.patch("/{id}", responses=refuses(WorkflowNotFound, CannotEditAutomation, *INCOMPLETE))
async def update_automation(
    call: Call,
    automation_id: AutomationId,
    body: AutomationFields,
) -> Reply[AutomationAnswer]:
    """Change the given fields of a draft or paused automation; `steps` replaces them all.

    https://docs.autosend.com/api-reference/automations/update-automation
    """
    steps = _checked(call, body)
    automation = _find(call, automation_id)
    move(automation, "update", call.now)
    _apply(call, automation, body, steps)
    if body.active:
        sending.activate(call.turn, automation)
    elif body.active is False:
        move(automation, "deactivate", call.now)
    call.db.add(automation)
    return Reply(data=automation_answer(call, automation))


class PausedAutomation(Model):
    id: str
    name: str
    status: str
    updatedAt: str


@router.post("/{id}/pause", responses=refuses(WorkflowNotFound, CannotPauseInactiveAutomation))
async def pause_automation(call: Call, automation_id: AutomationId) -> Reply[PausedAutomation]:
    """Let nobody in for the time being; contacts stay at their step.

    https://docs.autosend.com/api-reference/automations/pause-automation
    """
    automation = _find(call, automation_id)
    sending.pause(call.turn, automation)
    return Reply(data=PausedAutomation(**_state_fields(automation)))


class ResumedAutomation(PausedAutomation):
    activeAt: str


@router.post("/{id}/resume", responses=refuses(WorkflowNotFound, CannotActivateAutomation))
async def resume_automation(call: Call, automation_id: AutomationId) -> Reply[ResumedAutomation]:
    """Go on with a paused automation, or activate a draft: contacts go on from their last completed step.

    https://docs.autosend.com/api-reference/automations/resume-automation
    """
    automation = _find(call, automation_id)
    sending.resume(call.turn, automation)
    return Reply(data=ResumedAutomation(**_state_fields(automation), activeAt=iso_millis(call.now)))


def _state_fields(automation: Automation) -> dict[str, Any]:
    return {
        "id": automation.id,
        "name": automation.name,
        "status": automation.status,
        "updatedAt": iso_millis(automation.updated_at),
    }


@router.delete("/{id}", responses=refuses(AutomationNotFound))
async def delete_automation(call: Call, automation_id: AutomationId) -> Done:
    """Delete an automation in any status; whoever is in it is out.

    https://docs.autosend.com/api-reference/automations/delete-automation
    """
    sending.delete(call.turn, _find(call, automation_id, AutomationNotFound))
    return Done(message="Workflow automation deleted successfully")
