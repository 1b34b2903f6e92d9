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
from emulator.autosend.listing import find, page_of
from emulator.autosend.models import Body, Done, Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.rendering import check_templates
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
from emulator.autosend.values import Id, Instant, MaybeInstant
from emulator.autosend.workflow import (
    MOST_STEPS,
    BranchBranchesRequired,
    EmailTemplateRequired,
    EntryCriteria,
    EventNameRequired,
    ExitCriteria,
    InvalidStepSequence,
    Step,
    StepEmail,
    check_entry,
    checked_steps,
    name_steps,
)
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.sqlite import json_text
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/automations", tags=["Automations"], route_class=OperationRoute)

WorkflowNotFound = refusal(404, "WORKFLOW_NOT_FOUND", "Workflow automation not found")
# The same refusal, as the page on deleting words it.
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
"""The refusals of create and update."""


class Author(Model):
    """The user who created an automation. The emulator knows only the ids of users."""

    id: str
    first_name: str = ""
    last_name: str = ""


class Analytics(Model):
    """The current counters of the contacts that entered, and of the mails that were sent to them."""

    total_entered: int
    total_completed: int
    total_exited: int
    total_active: int
    sent: int
    delivered: int
    opened: int
    clicked: int
    bounced: int


class AutomationSettings(Model):
    max_execution_days: int = 60
    allow_reentry: bool = False
    timezone: str = "UTC"
    priority: int = 1


class AutomationAnswer(Model):
    """An automation. `unsubscribeGroupId` is the group of all its mails."""

    id: str
    project_id: str
    organization_id: str
    created_by: Author
    name: str
    description: str
    status: str
    entry_criteria: dict[str, Any]
    exit_criteria: dict[str, Any]
    steps: list[dict[str, Any]]
    tags: list[str]
    unsubscribe_group_id: str | None
    tracking_open: bool
    tracking_click: bool
    settings: AutomationSettings = AutomationSettings()
    analytics: Analytics
    active_at: MaybeInstant
    created_at: Instant
    updated_at: Instant


def automation_answer(call: Call, automation: Automation) -> AutomationAnswer:
    return AutomationAnswer.of(
        automation,
        organization_id=call.grant.organization_id,
        created_by=Author(id=automation.created_by),
        entry_criteria=automation.entry,
        exit_criteria=automation.exit,
        unsubscribe_group_id=automation.unsubscribe_group,
        analytics=_analytics(call, automation),
    )


def _analytics(call: Call, automation: Automation) -> Analytics:
    contacts, mails = run_counts(call.db, automation), mail_counts(call.db, automation)
    return Analytics(
        total_entered=sum(contacts.values()),
        total_completed=contacts["completed"],
        total_exited=contacts["exited"],
        total_active=contacts["active"],
        sent=mails["sent"],
        delivered=mails["delivered"],
        opened=mails["opened"] if automation.tracking_open else 0,
        clicked=mails["clicked"] if automation.tracking_click else 0,
        bounced=mails["bounced"],
    )


class AutomationFilters(Parameters):
    """The query parameters of List Automations."""

    status: Literal["draft", "active", "paused", "archived"] | None = None
    tags: str | None = Query(None, max_length=2000, description="Comma-separated: any of them.")
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(50, ge=1, le=100)


class AutomationPage(Model):
    workflow_automations: list[AutomationAnswer]
    pagination: Pagination


@router.get("", responses=refuses(ValidationFailed))
async def list_automations(
    call: Call, filters: Annotated[AutomationFilters, Query()]
) -> Reply[AutomationPage]:
    """Return a page of the project's automations, the newest first.

    https://docs.autosend.com/api-reference/automations/list-automations
    """
    wanted = select(Automation).where(
        Automation.project_id == call.project_id, col(Automation.deleted_at).is_(None)
    )
    if filters.status is not None:
        wanted = wanted.where(Automation.status == filters.status)
    tags = [tag.strip() for tag in (filters.tags or "").split(",") if tag.strip()]
    if tags:
        wanted = wanted.where(or_(*(_has_tag(tag) for tag in tags)))
    rows, pagination = page_of(call, wanted.order_by(insertion_order(Automation).desc()), filters)
    automations = [automation_answer(call, row) for row in rows]
    return Reply(data=AutomationPage(workflow_automations=automations, pagination=pagination))


def _has_tag(tag: str) -> Any:
    return func.instr(cast(col(Automation.tags), String), json_text(tag)) > 0


@router.get("/{id}", responses=refuses(WorkflowNotFound))
async def get_automation(call: Call, automation_id: AutomationId) -> Reply[AutomationAnswer]:
    """Return one automation with its steps, settings and current counters.

    https://docs.autosend.com/api-reference/automations/get-automation
    """
    automation = find(call, Automation, automation_id, WorkflowNotFound)
    return Reply(data=automation_answer(call, automation))


class AutomationFields(Body):
    """The fields that create and update share. A field that is left out or null stays as it is."""

    name: str | None = Field(None, max_length=255)
    description: str | None = Field(None, max_length=1000)
    entry_criteria: EntryCriteria | None = None
    exit_criteria: ExitCriteria | None = None
    steps: list[Step] | None = Field(None, max_length=MOST_STEPS)
    tags: list[Tag] | None = Field(None, max_length=100)
    unsubscribe_group_id: Id | None = None
    tracking_open: bool | None = None
    tracking_click: bool | None = None
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


def _checked(call: Call, body: AutomationFields) -> list[dict[str, Any]] | None:
    """Check the fields; return the steps as they are stored, None without any. Raises one of INCOMPLETE."""
    if body.name is not None and not body.name.strip():
        raise NameRequired
    if body.entry_criteria is not None:
        check_entry(body.entry_criteria)
    _check_ids(call, body)
    if body.steps is None:
        return None
    name_steps(call.turn.ids, body.steps)
    return checked_steps(body.steps)


def _check_ids(call: Call, body: AutomationFields) -> None:
    """Raise ValidationFailed for what does not exist in the project, and for malformed templates."""
    entry, db, project = body.entry_criteria or EntryCriteria(), call.db, call.project_id
    complaints = []
    if entry.contact_list_id is not None:
        one = find_list(db, project, entry.contact_list_id)
        if one is None or one.type != "list":
            complaints.append(("entryCriteria.contactListId", "Contact list not found"))
    if entry.event_name is not None and sending.find_event(db, project, entry.event_name) is None:
        complaints.append(("entryCriteria.eventName", "Event not found"))
    if body.unsubscribe_group_id is not None and find_group(db, project, body.unsubscribe_group_id) is None:
        complaints.append(("unsubscribeGroupId", "Suppression group not found"))
    for place, step in enumerate(body.steps or []):
        email, at = step.email or StepEmail(), f"steps.{place}.email"
        if email.template_id is not None and find_template(db, project, email.template_id) is None:
            complaints.append((f"{at}.templateId", "Template not found"))
        parts = (f"{at}.subject", email.subject or ""), (f"{at}.htmlTemplate", email.html_template or "")
        complaints += check_templates(*parts)
    if complaints:
        raise ValidationFailed(*complaints)


STORED_AS_GIVEN = {"name", "description", "tags", "tracking_open", "tracking_click"}


def _apply(
    call: Call, automation: Automation, body: AutomationFields, steps: list[dict[str, Any]] | None
) -> None:
    """Store the fields that the client sent, with the checked steps."""
    automation.sqlmodel_update(body.model_dump(include=STORED_AS_GIVEN, exclude_none=True))
    if body.unsubscribe_group_id is not None:
        automation.unsubscribe_group = body.unsubscribe_group_id
    if body.entry_criteria is not None:
        automation.entry = body.entry_criteria.stored()
    if body.exit_criteria is not None:
        automation.exit = body.exit_criteria.stored()
    if steps is not None:
        sending.replace_steps(call.turn, automation, steps)


@router.patch("/{id}", responses=refuses(WorkflowNotFound, CannotEditAutomation, *INCOMPLETE))
async def update_automation(
    call: Call, automation_id: AutomationId, body: AutomationFields
) -> Reply[AutomationAnswer]:
    """Change the given fields of a draft or paused automation; `steps` replaces them all.

    https://docs.autosend.com/api-reference/automations/update-automation
    """
    steps = _checked(call, body)
    automation = find(call, Automation, automation_id, WorkflowNotFound)
    move(automation, "update", call.now)
    _apply(call, automation, body, steps)
    if body.active:
        sending.activate(call.turn, automation)
    elif body.active is False:
        move(automation, "deactivate", call.now)
    return Reply(data=automation_answer(call, automation))


class PausedAutomation(Model):
    id: str
    name: str
    status: str
    updated_at: Instant


@router.post("/{id}/pause", responses=refuses(WorkflowNotFound, CannotPauseInactiveAutomation))
async def pause_automation(call: Call, automation_id: AutomationId) -> Reply[PausedAutomation]:
    """Pause an automation: no contact enters, and those in it stay at their step.

    https://docs.autosend.com/api-reference/automations/pause-automation
    """
    automation = find(call, Automation, automation_id, WorkflowNotFound)
    sending.pause(call.turn, automation)
    return Reply(data=PausedAutomation.of(automation))


class ResumedAutomation(PausedAutomation):
    active_at: Instant


@router.post("/{id}/resume", responses=refuses(WorkflowNotFound, CannotActivateAutomation))
async def resume_automation(call: Call, automation_id: AutomationId) -> Reply[ResumedAutomation]:
    """Resume a paused automation, or activate a draft; contacts continue after their last completed step.

    https://docs.autosend.com/api-reference/automations/resume-automation
    """
    automation = find(call, Automation, automation_id, WorkflowNotFound)
    sending.resume(call.turn, automation)
    return Reply(data=ResumedAutomation.of(automation))


@router.delete("/{id}", responses=refuses(AutomationNotFound))
async def delete_automation(call: Call, automation_id: AutomationId) -> Done:
    """Delete an automation in any status; the contacts in it leave.

    https://docs.autosend.com/api-reference/automations/delete-automation
    """
    sending.delete(call.turn, find(call, Automation, automation_id, AutomationNotFound))
    return Done(message="Workflow automation deleted successfully")
