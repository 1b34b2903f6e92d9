"""List Delivery Logs, Reveal Webhook Secret, Resend Webhook, List Available Events."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Select
from sqlmodel import and_, case, col, select

from emulator.autosend.api.webhooks.answers import (
    InvalidWebhookRequest,
    Pages,
    WebhookCall,
    WebhookId,
    WebhookNotFound,
    find_webhook,
)
from emulator.autosend.dialect import Call
from emulator.autosend.listing import page_of
from emulator.autosend.models import Body, MessageReply, Model, Reply
from emulator.autosend.refusals import refusal
from emulator.autosend.values import Instant, MaybeInstant
from emulator.autosend.webhooks import ACCEPTED, TYPES, resend
from emulator.engine.clock import DAY
from emulator.gateway.route import OperationRoute, refuses
from emulator.webhooks.events import Attempt, Delivery
from emulator.webhooks.targets import Target

router = APIRouter(prefix="/v1/webhooks", tags=["Webhooks"], route_class=OperationRoute)

WebhookNotSubscribed = refusal(
    400, "WEBHOOK_NOT_SUBSCRIBED", "Webhook is not subscribed to this event: {}", example=("email.delivered",)
)
UnauthorizedWebhookAccess = refusal(
    403, "UNAUTHORIZED_WEBHOOK_ACCESS", "Unauthorized access to webhook", form="status", made_by_faults=True
)

LOGS = "66b2c3d5"
"""The first digits of log entries' ids. The rest is the id of the delivery, in 16 hex digits."""
MOST_LOGS = 1000
KEPT_SUCCESS, KEPT_FAILURE = DAY, 2 * DAY
"""How long the log keeps a delivery after its last attempt."""


class LogEntry(Model):
    """One delivery, with the result of its last attempt."""

    id: str = Field(serialization_alias="_id")
    webhook_id: str
    project_id: str
    type: str = Field(serialization_alias="event")
    url: str
    status_code: int | None
    success: bool
    attempts: int
    duration: int | None
    error_message: str | None
    delivered_at: MaybeInstant
    created_at: Instant
    updated_at: Instant


class LogPage(Model):
    logs: list[LogEntry]
    total: int
    page: int
    limit: int
    total_pages: int


@router.get("/{id}/logs", responses=refuses(WebhookNotFound, InvalidWebhookRequest))
async def list_delivery_logs(
    call: WebhookCall, webhook_id: WebhookId, pages: Annotated[Pages, Query()]
) -> Reply[LogPage]:
    """Return a page of the attempted deliveries of a webhook, the newest first.

    https://docs.autosend.com/api-reference/webhooks/list-delivery-logs
    """
    in_log = col(Attempt.id).in_(_logged(call, find_webhook(call, webhook_id)))
    newest = select(Attempt).where(in_log).order_by(col(Attempt.delivery_id).desc())
    rows, pagination = page_of(call, newest, pages)
    logs = [_log_entry(call, webhook_id, attempt) for attempt in rows]
    return Reply(data=LogPage.of(pagination, logs=logs, total_pages=pagination.pages))


def _logged(call: Call, target: Target) -> Select[Any]:
    """Return a query for the last attempts of the newest deliveries that the log still keeps."""
    is_last = and_(Attempt.delivery_id == Delivery.id, Attempt.number == Delivery.attempts)
    is_success = col(Attempt.status).between(ACCEPTED.start, ACCEPTED.stop - 1)
    kept = case((is_success, KEPT_SUCCESS), else_=KEPT_FAILURE)
    return (
        select(Attempt.id)
        .join(Delivery, is_last)
        .where(Delivery.target_id == target.id, Attempt.at > call.now - kept)
        .order_by(col(Delivery.id).desc())
        .limit(MOST_LOGS)
    )


def _log_entry(call: Call, webhook_id: str, attempt: Attempt) -> LogEntry:
    delivery = call.db.get_one(Delivery, attempt.delivery_id)
    is_success = attempt.status in ACCEPTED
    answered = None if attempt.status is None else f"Request failed with status code {attempt.status}"
    return LogEntry.of(
        delivery,
        id=f"{LOGS}{delivery.id:016x}",
        webhook_id=webhook_id,
        project_id=call.project_id,
        status_code=attempt.status,
        success=is_success,
        duration=attempt.took,
        error_message=None if is_success else attempt.error or answered,
        delivered_at=attempt.at if is_success else None,
        updated_at=attempt.at,
    )


class Secret(Model):
    secret: str


@router.get("/{id}/reveal", responses=refuses(WebhookNotFound, UnauthorizedWebhookAccess))
async def reveal_webhook_secret(call: WebhookCall, webhook_id: WebhookId) -> Reply[Secret]:
    """Return the secret with which the deliveries of a webhook are signed.

    https://docs.autosend.com/api-reference/webhooks/reveal-webhook-secret
    """
    return Reply(data=Secret(secret=find_webhook(call, webhook_id).secret))


class ResendWebhook(Body):
    event: str = Field(max_length=100)
    data: dict[str, Any]


class ResendJob(Model):
    job_id: str


@router.post("/{id}/resend", responses=refuses(WebhookNotFound, WebhookNotSubscribed, InvalidWebhookRequest))
async def resend_webhook(
    call: WebhookCall, webhook_id: WebhookId, body: ResendWebhook
) -> MessageReply[ResendJob]:
    """Send an event with data of the client's choice to a webhook that is subscribed to it.

    https://docs.autosend.com/api-reference/webhooks/resend-webhook
    """
    target = find_webhook(call, webhook_id)
    if body.event not in (target.events or TYPES):
        raise WebhookNotSubscribed(body.event)
    delivery = resend(call.turn, target, body.event, body.data)
    return MessageReply(message="Webhook queued for delivery", data=ResendJob(job_id=str(delivery.id)))


class AvailableEvents(Model):
    events: list[str]


@router.get("/events/available")
async def list_available_events(call: WebhookCall) -> Reply[AvailableEvents]:
    """Return the names of all webhook events.

    https://docs.autosend.com/others/webhooks/event-type
    """
    return Reply(data=AvailableEvents(events=list(TYPES)))
