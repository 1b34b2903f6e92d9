"""The parts that operations on webhooks share: finding one, its response, and refusals of requests."""

import re
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field
from sqlalchemy import ColumnElement
from sqlmodel import and_, col

from emulator.autosend.dialect import Call, Policy
from emulator.autosend.models import Model, Parameters
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.values import Instant, MaybeInstant
from emulator.autosend.webhooks import HOOKS, TYPES
from emulator.webhooks.targets import Target

WebhookNotFound = refusal(404, "WEBHOOK_NOT_FOUND", "Webhook not found")


class InvalidWebhookRequest(ValidationFailed):
    """A ValidationFailed with the code that the pages of this section show."""

    code = "VALIDATION_ERROR"


WebhookCall = Annotated[Call, Policy(invalid=InvalidWebhookRequest)]
WebhookId = Annotated[str, Path(alias="id", description="Webhook id, 24 hex digits.")]

WEBHOOKS = "66b2c3d4"
"""The first digits of webhooks' ids. The rest is the id of the target, in 16 hex digits."""
HIDDEN = "***hidden***"


class Pages(Parameters):
    """The query parameters for the page."""

    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(50, ge=1, le=100)


class WebhookAnswer(Model):
    id: str
    organization_id: str
    project_id: str
    url: str
    secret: str
    events: list[str]
    is_listening: bool = Field(serialization_alias="isActive")
    status: str
    failures: int = Field(serialization_alias="failureCount")
    last_failed_at: MaybeInstant
    last_success_at: MaybeInstant
    last_attempt_at: MaybeInstant = Field(serialization_alias="lastDeliveredAt")
    metadata: dict[str, Any] | None
    created_at: Instant
    updated_at: Instant


def webhook_answer(call: Call, target: Target, secret: str = HIDDEN) -> WebhookAnswer:
    return WebhookAnswer.of(
        target,
        id=f"{WEBHOOKS}{target.id:016x}",
        organization_id=call.grant.organization_id,
        project_id=call.project_id,
        secret=secret,
        events=target.events or list(TYPES),
        status="disabled" if target.is_disabled else "active" if target.is_active else "inactive",
        metadata=target.settings.get("metadata"),
    )


def is_visible(call: Call) -> ColumnElement[bool]:
    """Return the SQL condition for the project's webhooks, and those that a test added for all projects."""
    return and_(Target.provider == HOOKS.provider, col(Target.scope).in_(["", call.project_id]))


def find_webhook(call: Call, webhook_id: str) -> Target:
    found = re.fullmatch(rf"{WEBHOOKS}([0-7][0-9a-f]{{15}})", webhook_id)
    target = call.db.get(Target, int(found[1], 16)) if found else None
    if target is None or target.provider != HOOKS.provider or target.scope not in {"", call.project_id}:
        raise WebhookNotFound
    return target
