"""The parts that operations on automations share: responses, and the refusal of unknown ids."""

from collections import Counter
from typing import Annotated, Any, TypeVar

from fastapi import Path

from emulator.autosend.dialect import Call
from emulator.autosend.models import Model
from emulator.autosend.refusals import refusal
from emulator.autosend.sending.runs import run_counts
from emulator.autosend.tables.automations import Automation
from emulator.autosend.values import Instant, MaybeInstant

WorkflowNotFound = refusal(404, "WORKFLOW_NOT_FOUND", "Workflow automation not found")

AutomationId = Annotated[str, Path(alias="id", description="Automation id, 24 hex digits.")]


class Author(Model):
    """The user who created an automation. The emulator knows only the ids of users."""

    id: str
    first_name: str = ""
    last_name: str = ""


class RunCounts(Model):
    """The current counters of the contacts that entered."""

    total_entered: int
    total_completed: int
    total_exited: int
    total_active: int


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
    analytics: RunCounts
    active_at: MaybeInstant
    created_at: Instant
    updated_at: Instant


Answer = TypeVar("Answer", bound=AutomationAnswer)


def answer_of(call: Call, automation: Automation, model: type[Answer], **more: Any) -> Answer:
    """Return an automation as a response of the class `model`, with the values in `more`."""
    counted = run_counts(call.db, [automation])[automation.id]
    return shown(call, automation, model, RunCounts(**runs_shown(counted)), **more)


def shown(
    call: Call, automation: Automation, model: type[Answer], analytics: RunCounts, **more: Any
) -> Answer:
    """Return an automation with its counters as a response of the class `model`."""
    values = {
        "organization_id": call.grant.organization_id,
        "created_by": Author(id=automation.created_by),
        "entry_criteria": automation.entry,
        "exit_criteria": automation.exit,
        "unsubscribe_group_id": automation.unsubscribe_group,
        "analytics": analytics,
    }
    return model.of(automation, **(values | more))


def runs_shown(contacts: Counter[str]) -> dict[str, int]:
    """Return the counters of an automation's contacts, from their number by the state of their runs."""
    return {
        "total_entered": sum(contacts.values()),
        "total_completed": contacts["completed"],
        "total_exited": contacts["exited"],
        "total_active": contacts["active"],
    }
