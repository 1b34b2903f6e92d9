"""List and Get Automation."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import String, cast
from sqlmodel import col, func, or_, select

from emulator.autosend.api.automations.answers import (
    AutomationAnswer,
    AutomationId,
    RunCounts,
    WorkflowNotFound,
    answer_of,
    runs_shown,
    shown,
)
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.listing import find, page_of
from emulator.autosend.models import Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.sending.runs import mail_counts, run_counts
from emulator.autosend.tables.automations import Automation, AutomationStatus
from emulator.autosend.templates import find_template
from emulator.autosend.values import Instant
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.sqlite import json_text
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/automations", tags=["Automations"], route_class=OperationRoute)


class AutomationFilters(Parameters):
    """The query parameters of List Automations."""

    status: AutomationStatus | None = None
    tags: str | None = Query(None, max_length=2000, description="Comma-separated: any of them.")
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(50, ge=1, le=100)


class Analytics(RunCounts):
    """The counters of contacts, and of the mails that were sent to them."""

    sent: int
    delivered: int
    opened: int
    clicked: int
    bounced: int


class ListedAutomation(AutomationAnswer):
    analytics: Analytics


class AutomationPage(Model):
    workflow_automations: list[ListedAutomation]
    pagination: Pagination


@router.get("", responses=refuses(ValidationFailed))
async def list_automations(
    call: LongCall, filters: Annotated[AutomationFilters, Query()]
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
    contacts, mails = run_counts(call.db, rows), mail_counts(call.db, rows)
    automations = [
        shown(call, row, ListedAutomation, _analytics(contacts[row.id], mails[row.id])) for row in rows
    ]
    return Reply(data=AutomationPage(workflow_automations=automations, pagination=pagination))


def _analytics(contacts: Counter[str], mails: Counter[str]) -> Analytics:
    sent = {name: mails[name] for name in ("sent", "delivered", "opened", "clicked", "bounced")}
    return Analytics(**runs_shown(contacts), **sent)


def _has_tag(tag: str) -> Any:
    return func.instr(cast(col(Automation.tags), String), json_text(tag)) > 0


class SettingsAnswer(Model):
    max_execution_days: int
    allow_reentry: bool
    timezone: str
    priority: int


class StepTemplate(Model):
    """The metadata of an email step's template. The fields are inferred from Get Campaign."""

    id: str = Field(serialization_alias="templateId")
    name: str = Field(serialization_alias="templateName")
    subject: str
    preview_text: str
    type: str = Field(serialization_alias="templateType")
    builder: str = Field(serialization_alias="builderType")
    created_at: Instant
    updated_at: Instant


class AutomationDetails(AutomationAnswer):
    """An automation with its settings. Email steps with a template have its metadata as `email.template`."""

    settings: SettingsAnswer


@router.get("/{id}", responses=refuses(WorkflowNotFound))
async def get_automation(call: Call, automation_id: AutomationId) -> Reply[AutomationDetails]:
    """Return one automation with its steps, settings and the current counters of its contacts.

    https://docs.autosend.com/api-reference/automations/get-automation
    """
    automation = find(call, Automation, automation_id, WorkflowNotFound)
    steps = [step | _with_template(call, automation, step) for step in automation.steps]
    more = {"settings": SettingsAnswer.of(automation), "steps": steps}
    return Reply(data=answer_of(call, automation, AutomationDetails, **more))


def _with_template(call: Call, automation: Automation, step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `email` of a step with its template's metadata; nothing if it has no template."""
    email = step.get("email") or {}
    named = email.get("templateId")
    template = find_template(call.db, automation.project_id, named) if named else None
    if template is None:
        return {}
    return {"email": email | {"template": StepTemplate.of(template).model_dump(by_alias=True)}}
