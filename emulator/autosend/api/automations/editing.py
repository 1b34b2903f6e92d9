"""Create, Update, Pause, Resume and Delete Automation."""

from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from emulator.autosend.api.automations.answers import (
    AutomationAnswer,
    AutomationId,
    WorkflowNotFound,
    answer_of,
)
from emulator.autosend.criteria import EntryCriteria, EventNameRequired, ExitCriteria, check_entry
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.limits import LONGEST_AUTOMATION_NAME, Description, Tags
from emulator.autosend.listing import find
from emulator.autosend.models import Body, Done, Model, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.rendering import check_templates
from emulator.autosend.sending import automations as sending
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.account import Project, made_in, tracking_of
from emulator.autosend.tables.automations import (
    Automation,
    CannotActivateAutomation,
    CannotEditAutomation,
    CannotPauseInactiveAutomation,
    move,
)
from emulator.autosend.templates import find_template
from emulator.autosend.values import Instant, MaybeId
from emulator.autosend.workflow import (
    MOST_STEPS,
    BranchBranchesRequired,
    EmailTemplateRequired,
    InvalidStepSequence,
    Step,
    StepEmail,
    check_triggers,
    checked_steps,
    name_steps,
)
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/automations", tags=["Automations"], route_class=OperationRoute)

# WorkflowNotFound, as the page of Delete Automation words it.
AutomationNotFound = refusal(404, "AUTOMATION_NOT_FOUND", "Automation not found", form="status")
NameRequired = refusal(400, "NAME_REQUIRED", "Workflow name is required", inferred="text")


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


class AutomationFields(Body):
    """The fields that create and update share. A field that is left out or null stays as it is."""

    name: str | None = Field(None, max_length=LONGEST_AUTOMATION_NAME)
    description: Description | None = None
    entry_criteria: EntryCriteria | None = None
    exit_criteria: ExitCriteria | None = None
    steps: list[Step] | None = Field(None, max_length=MOST_STEPS)
    tags: Tags | None = None
    unsubscribe_group_id: MaybeId = None
    tracking_open: bool | None = None
    tracking_click: bool | None = None
    active: bool | None = None


class CreateAutomation(AutomationFields):
    model_config = ConfigDict(json_schema_extra={"required": ["name"]})


@router.post("", status_code=201, responses=refuses(*INCOMPLETE))
async def create_automation(call: Call, body: CreateAutomation) -> Reply[AutomationAnswer]:
    """Create a draft, or with `active` an automation that is active at once.

    https://docs.autosend.com/api-reference/automations/create-automation
    """
    if body.name is None:
        raise NameRequired
    steps = _checked(call, body)
    project = call.db.get_one(Project, call.project_id)
    automation = Automation(
        id=call.turn.ids.hex("autosend.automation"),
        created_by=project.owner_id,
        name=body.name,
        entry={"type": "contact_created"},
        exit={"type": "workflow_complete"},
        **tracking_of(project),
        **made_in(project.id, call.now),
    )
    call.db.add(automation)
    _apply(call, automation, body, steps)
    if body.active:
        sending.activate(call.turn, automation)
    return Reply(data=answer_of(call, automation, AutomationAnswer))


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
    """Raise ValidationFailed for ids and events that the project does not have, and malformed templates."""
    entry, db, project = body.entry_criteria or EntryCriteria(), call.db, call.project_id
    complaints = []
    if entry.contact_list_id is not None and not sending.has_list(db, project, entry.contact_list_id):
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
    """Store the fields that the client sent, with the checked steps. Raises ValidationFailed."""
    automation.sqlmodel_update(body.model_dump(include=STORED_AS_GIVEN, exclude_none=True))
    if "unsubscribe_group_id" in body.model_fields_set:
        automation.unsubscribe_group = body.unsubscribe_group_id
    if body.entry_criteria is not None:
        automation.entry = body.entry_criteria.stored()
    if body.exit_criteria is not None:
        automation.exit = body.exit_criteria.stored()
    if steps is not None:
        sending.replace_steps(call.turn, automation, steps)
    check_triggers(automation.entry, automation.steps)


@router.patch("/{id}", responses=refuses(WorkflowNotFound, CannotEditAutomation, *INCOMPLETE))
async def update_automation(
    call: LongCall, automation_id: AutomationId, body: AutomationFields
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
    return Reply(data=answer_of(call, automation, AutomationAnswer))


class PausedAutomation(Model):
    id: str
    name: str
    status: str
    updated_at: Instant


@router.post("/{id}/pause", responses=refuses(WorkflowNotFound, CannotPauseInactiveAutomation))
async def pause_automation(call: LongCall, automation_id: AutomationId) -> Reply[PausedAutomation]:
    """Pause an automation: no contact enters, and those in it stay at their step.

    https://docs.autosend.com/api-reference/automations/pause-automation
    """
    automation = find(call, Automation, automation_id, WorkflowNotFound)
    sending.pause(call.turn, automation)
    return Reply(data=PausedAutomation.of(automation))


class ResumedAutomation(PausedAutomation):
    active_at: Instant


@router.post("/{id}/resume", responses=refuses(WorkflowNotFound, CannotActivateAutomation))
async def resume_automation(call: LongCall, automation_id: AutomationId) -> Reply[ResumedAutomation]:
    """Resume a paused automation, or activate a draft; contacts continue after their last completed step.

    https://docs.autosend.com/api-reference/automations/resume-automation
    """
    automation = find(call, Automation, automation_id, WorkflowNotFound)
    sending.resume(call.turn, automation)
    return Reply(data=ResumedAutomation.of(automation))


@router.delete("/{id}", responses=refuses(AutomationNotFound))
async def delete_automation(call: LongCall, automation_id: AutomationId) -> Done:
    """Delete an automation in any status; the contacts in it leave.

    https://docs.autosend.com/api-reference/automations/delete-automation
    """
    sending.delete(call.turn, find(call, Automation, automation_id, AutomationNotFound))
    return Done(message="Workflow automation deleted successfully")
