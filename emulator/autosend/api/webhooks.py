"""Webhooks.

https://docs.autosend.com/api-reference/webhooks. What a test adds by the control plane for AutoSend is a
webhook of every project.
"""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator, Field
from sqlalchemy import ColumnElement
from sqlmodel import and_, col, func, or_, select

from emulator.autosend.dialect import Call, Policy
from emulator.autosend.models import Body, Done, MessageReply, Model, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.account import Project
from emulator.autosend.values import instant
from emulator.autosend.webhooks import HOOKS, TYPES, resend
from emulator.engine.clock import DAY, iso_millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.webhooks.addresses import check_url
from emulator.webhooks.events import DELIVERED, Attempt, Delivery, Target, remove_target

router = APIRouter(prefix="/v1/webhooks", tags=["Webhooks"], route_class=OperationRoute)

WebhookNotFound = refusal(404, "WEBHOOK_NOT_FOUND", "Webhook not found")
# No usable address. Its text for missing or unknown events is inferred.
InvalidWebhook = refusal(400, "VALIDATION_ERROR", "A valid webhook URL is required", name="InvalidWebhook")
WebhookSecretFixed = refusal(
    400,
    "VALIDATION_ERROR",
    "Secret cannot be updated. Create a new webhook instead.",
    name="WebhookSecretFixed",
)
WebhookNotSubscribed = refusal(
    400, "WEBHOOK_NOT_SUBSCRIBED", "Webhook is not subscribed to this event: {}", example=("email.delivered",)
)
UnauthorizedWebhookAccess = refusal(
    403, "UNAUTHORIZED_WEBHOOK_ACCESS", "Unauthorized access to webhook", form="status", made_by_faults=True
)
MaxWebhooksReached = refusal(
    400, "MAX_WEBHOOKS_REACHED", "Maximum number of webhooks (100) reached for this project.", inferred="all"
)


class InvalidWebhookRequest(ValidationFailed):
    """What else is wrong with a request, under the code of this section."""

    code = "VALIDATION_ERROR"


WebhookCall = Annotated[Call, Policy(invalid=InvalidWebhookRequest)]

WEBHOOKS, LOGS = "66b2c3d4", "66b2c3d5"
"""How the ids of webhooks begin, and those of the entries in their logs."""
HIDDEN = "***hidden***"
MOST_WEBHOOKS = 100
MOST_LOGS = 1000
LONGEST_URL = 2000
KEPT_SUCCESS, KEPT_FAILURE = DAY, 2 * DAY
"""How long the log has a delivery, from its last attempt."""

WebhookId = Annotated[str, Path(alias="id", description="Webhook id, 24 hex digits.")]


def _url(url: object) -> str:
    """Answer an address to deliver to. Raises InvalidWebhook."""
    try:
        if isinstance(url, str) and len(url) <= LONGEST_URL:
            check_url(url)
            return url
    except ValueError:
        pass
    raise InvalidWebhook


def _events(events: object) -> list[str]:
    """Answer the events to tell of. Raises InvalidWebhook."""
    if not isinstance(events, list) or not events:
        raise InvalidWebhook(text="At least one valid event is required")
    unknown = [event for event in events if event not in TYPES]
    if unknown:
        named = unknown[0] if isinstance(unknown[0], str) else json.dumps(unknown[0])
        raise InvalidWebhook(text=f"Invalid webhook event: {named[:100]}")
    return list(dict.fromkeys(events))


Url = Annotated[str, BeforeValidator(_url)]
Events = Annotated[list[str], BeforeValidator(_events)]
Metadata = dict[str, Any]


class WebhookAnswer(Model):
    id: str
    organizationId: str
    projectId: str
    url: str
    secret: str
    events: list[str]
    isActive: bool
    status: str
    failureCount: int
    lastFailedAt: str | None
    lastSuccessAt: str | None
    lastDeliveredAt: str | None
    metadata: Metadata | None
    createdAt: str
    updatedAt: str


def webhook_answer(call: Call, target: Target, secret: str = HIDDEN) -> WebhookAnswer:
    return WebhookAnswer(
        id=f"{WEBHOOKS}{target.id:016x}",
        organizationId=call.db.get_one(Project, call.project_id).organization_id,
        projectId=call.project_id,
        url=target.url,
        secret=secret,
        events=target.events or list(TYPES),
        isActive=target.is_active,
        status="active" if target.is_active else "inactive",
        failureCount=target.failures,
        lastFailedAt=instant(target.last_failed_at),
        lastSuccessAt=instant(target.last_success_at),
        lastDeliveredAt=instant(target.last_attempt_at),
        metadata=target.settings.get("metadata"),
        createdAt=iso_millis(target.created_at),
        updatedAt=iso_millis(target.updated_at),
    )


def _mine(call: Call) -> ColumnElement[bool]:
    return and_(Target.provider == HOOKS.provider, col(Target.scope).in_(["", call.project_id]))


def _find(call: Call, webhook_id: str) -> Target:
    found = re.fullmatch(rf"{WEBHOOKS}([0-7][0-9a-f]{{15}})", webhook_id)
    target = call.db.get(Target, int(found[1], 16)) if found else None
    if target is None or target.provider != HOOKS.provider or target.scope not in {"", call.project_id}:
        raise WebhookNotFound
    return target


class Pages(Parameters):
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(50, ge=1, le=100)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit

    def numbers(self, total: int) -> dict[str, int]:
        """Answer what an answer says of its page."""
        pages = -(-total // self.limit)
        return {"total": total, "page": self.page, "limit": self.limit, "totalPages": pages}


class WebhookFilters(Pages):
    """What List Webhooks takes in the query."""

    isActive: bool | None = None


class WebhookPage(Model):
    webhooks: list[WebhookAnswer]
    total: int
    page: int
    limit: int
    totalPages: int


@router.get("", responses=refuses(InvalidWebhookRequest))
async def list_webhooks(call: WebhookCall, filters: Annotated[WebhookFilters, Query()]) -> Reply[WebhookPage]:
    """Page through the webhooks of the project, the newest first.

    https://docs.autosend.com/api-reference/webhooks/list-webhooks
    """
    conditions = [_mine(call)]
    if filters.isActive is not None:
        conditions.append(col(Target.is_active) == filters.isActive)
    total = call.db.exec(select(func.count()).select_from(Target).where(*conditions)).one()
    newest = select(Target).where(*conditions).order_by(col(Target.id).desc())
    rows = call.db.exec(newest.offset(filters.offset).limit(filters.limit))
    webhooks = [webhook_answer(call, target) for target in rows]
    return Reply(data=WebhookPage(webhooks=webhooks, **filters.numbers(total)))


class CreateWebhook(Body):
    url: Url = Field(None, validate_default=True, max_length=LONGEST_URL)
    events: Events = Field(None, validate_default=True)
    metadata: Metadata | None = None


class CreatedWebhook(Model):
    webhook: WebhookAnswer


@router.post(
    "", status_code=201, responses=refuses(InvalidWebhook, MaxWebhooksReached, InvalidWebhookRequest)
)
async def create_webhook(call: WebhookCall, body: CreateWebhook) -> MessageReply[CreatedWebhook]:
    """Create a webhook; its secret stands in this answer, and in that of Reveal Webhook Secret.

    https://docs.autosend.com/api-reference/webhooks/create-webhook
    """
    if call.db.exec(select(func.count()).select_from(Target).where(_mine(call))).one() >= MOST_WEBHOOKS:
        raise MaxWebhooksReached
    target = Target(
        provider=HOOKS.provider,
        scope=call.project_id,
        url=body.url,
        events=body.events,
        secret=HOOKS.new_secret(call.turn),
        settings={} if body.metadata is None else {"metadata": body.metadata},
        created_at=call.now,
        updated_at=call.now,
    )
    call.db.add(target)
    call.db.flush()
    created = CreatedWebhook(webhook=webhook_answer(call, target, target.secret))
    return MessageReply(message="Webhook created successfully", data=created)


@router.get("/{id}", responses=refuses(WebhookNotFound))
async def get_webhook(call: WebhookCall, webhook_id: WebhookId) -> Reply[WebhookAnswer]:
    """Answer one webhook without its secret.

    https://docs.autosend.com/api-reference/webhooks/get-webhook
    """
    return Reply(data=webhook_answer(call, _find(call, webhook_id)))


class UpdateWebhook(Body):
    """What to change; what is left out or null stays as it is."""

    url: Annotated[str | None, BeforeValidator(lambda url: None if url is None else _url(url))] = None
    events: Annotated[
        list[str] | None, BeforeValidator(lambda events: None if events is None else _events(events))
    ] = None
    isActive: bool | None = None
    metadata: Metadata | None = None
    secret: Any = Field(None, description="Refused: a secret can not be changed.")


@router.put(
    "/{id}", responses=refuses(WebhookNotFound, WebhookSecretFixed, InvalidWebhook, InvalidWebhookRequest)
)
async def update_webhook(
    call: WebhookCall, webhook_id: WebhookId, body: UpdateWebhook
) -> MessageReply[WebhookAnswer]:
    """Change the given fields. Who is active again has no failures.

    https://docs.autosend.com/api-reference/webhooks/update-webhook
    """
    if "secret" in body.model_fields_set:
        raise WebhookSecretFixed
    target = _find(call, webhook_id)
    _change(target, body)
    target.updated_at = call.now
    call.db.add(target)
    return MessageReply(message="Webhook updated successfully", data=webhook_answer(call, target))


def _change(target: Target, body: UpdateWebhook) -> None:
    target.url = target.url if body.url is None else body.url
    target.events = target.events if body.events is None else body.events
    if body.metadata is not None:
        target.settings = target.settings | {"metadata": body.metadata}
    if body.isActive is not None:
        target.failures = 0 if body.isActive and not target.is_active else target.failures
        target.is_active = body.isActive


@router.delete("/{id}", responses=refuses(WebhookNotFound))
async def delete_webhook(call: WebhookCall, webhook_id: WebhookId) -> Done:
    """Delete a webhook; what waits to be delivered to it is dropped.

    https://docs.autosend.com/api-reference/webhooks/delete-webhook
    """
    remove_target(call.turn, _find(call, webhook_id))
    return Done(message="Webhook deleted successfully")


class LogEntry(Model):
    """What became of one delivery, by its last attempt."""

    id: str = Field(serialization_alias="_id")
    webhookId: str
    projectId: str
    event: str
    url: str
    statusCode: int | None
    success: bool
    attempts: int
    duration: int | None
    errorMessage: str | None
    deliveredAt: str | None
    createdAt: str
    updatedAt: str


class LogPage(Model):
    logs: list[LogEntry]
    total: int
    page: int
    limit: int
    totalPages: int


@router.get("/{id}/logs", responses=refuses(WebhookNotFound, InvalidWebhookRequest))
async def list_delivery_logs(
    call: WebhookCall, webhook_id: WebhookId, pages: Annotated[Pages, Query()]
) -> Reply[LogPage]:
    """Page through the deliveries of a webhook that were attempted, the newest first.

    https://docs.autosend.com/api-reference/webhooks/list-delivery-logs
    """
    log = _log(call, _find(call, webhook_id))
    rows = log[pages.offset : pages.offset + pages.limit]
    logs = [_log_entry(call, webhook_id, delivery, attempt) for delivery, attempt in rows]
    return Reply(data=LogPage(logs=logs, **pages.numbers(len(log))))


def _log(call: Call, target: Target) -> Sequence[tuple[Delivery, Attempt]]:
    """Answer the deliveries that are still kept, the newest first, each with its last attempt."""
    last = select(func.max(Attempt.id)).where(Attempt.delivery_id == Delivery.id).correlate(Delivery)
    is_success = col(Delivery.state) == DELIVERED
    statement = (
        select(Delivery, Attempt)
        .join(Attempt, col(Attempt.id) == last.scalar_subquery())
        .where(
            Delivery.target_id == target.id,
            col(Delivery.attempts) > 0,
            or_(
                and_(is_success, Attempt.at > call.now - KEPT_SUCCESS),
                and_(~is_success, Attempt.at > call.now - KEPT_FAILURE),
            ),
        )
    )
    return call.db.exec(statement.order_by(col(Delivery.id).desc()).limit(MOST_LOGS)).all()


def _log_entry(call: Call, webhook_id: str, delivery: Delivery, attempt: Attempt) -> LogEntry:
    is_success = delivery.state == DELIVERED
    answered = None if attempt.status is None else f"Request failed with status code {attempt.status}"
    return LogEntry(
        id=f"{LOGS}{delivery.id:016x}",
        webhookId=webhook_id,
        projectId=call.project_id,
        event=delivery.type,
        url=delivery.url,
        statusCode=attempt.status,
        success=is_success,
        attempts=delivery.attempts,
        duration=attempt.duration,
        errorMessage=None if is_success else attempt.error or answered,
        deliveredAt=iso_millis(attempt.at) if is_success else None,
        createdAt=iso_millis(delivery.created_at),
        updatedAt=iso_millis(attempt.at),
    )


class Secret(Model):
    secret: str


@router.get("/{id}/reveal", responses=refuses(WebhookNotFound, UnauthorizedWebhookAccess))
async def reveal_webhook_secret(call: WebhookCall, webhook_id: WebhookId) -> Reply[Secret]:
    """Answer what the deliveries of a webhook are signed with.

    https://docs.autosend.com/api-reference/webhooks/reveal-webhook-secret
    """
    return Reply(data=Secret(secret=_find(call, webhook_id).secret))


class ResendWebhook(Body):
    event: str = Field(max_length=100)
    data: dict[str, Any]


class ResendJob(Model):
    jobId: str


@router.post("/{id}/resend", responses=refuses(WebhookNotFound, WebhookNotSubscribed, InvalidWebhookRequest))
async def resend_webhook(
    call: WebhookCall, webhook_id: WebhookId, body: ResendWebhook
) -> MessageReply[ResendJob]:
    """Deliver an event that the client makes up to a webhook that is subscribed to it.

    https://docs.autosend.com/api-reference/webhooks/resend-webhook
    """
    target = _find(call, webhook_id)
    if body.event not in (target.events or TYPES):
        raise WebhookNotSubscribed(body.event)
    delivery = resend(call.turn, target, body.event, body.data)
    return MessageReply(message="Webhook queued for delivery", data=ResendJob(jobId=str(delivery.id)))


class AvailableEvents(Model):
    events: list[str]


@router.get("/events/available")
async def list_available_events(call: WebhookCall) -> Reply[AvailableEvents]:
    """Answer the names of all events.

    https://docs.autosend.com/others/webhooks/event-type
    """
    return Reply(data=AvailableEvents(events=list(TYPES)))
