"""List Webhooks, Create Webhook, Get Webhook, Update Webhook, Delete Webhook."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, ConfigDict, Field
from sqlmodel import col, func, select

from emulator.autosend.api.webhooks.answers import (
    InvalidWebhookRequest,
    Pages,
    WebhookAnswer,
    WebhookCall,
    WebhookId,
    WebhookNotFound,
    find_webhook,
    is_visible,
    webhook_answer,
)
from emulator.autosend.limits import LONGEST_URL, MOST_WEBHOOKS
from emulator.autosend.listing import page_of
from emulator.autosend.models import Body, Done, MessageReply, Model, Reply
from emulator.autosend.refusals import refusal
from emulator.autosend.values import Flag
from emulator.autosend.webhooks import HOOKS, TYPES
from emulator.gateway.route import OperationRoute, refuses
from emulator.webhooks.addresses import OwnAddressError, check_url
from emulator.webhooks.removing import remove_target
from emulator.webhooks.targets import Target, is_listening

router = APIRouter(prefix="/v1/webhooks", tags=["Webhooks"], route_class=OperationRoute)

# The documentation gives no texts for missing and unknown events: they are inferred.
InvalidWebhook = refusal(400, "VALIDATION_ERROR", "A valid webhook URL is required", name="InvalidWebhook")
WebhookSecretFixed = refusal(
    400,
    "VALIDATION_ERROR",
    "Secret cannot be updated. Create a new webhook instead.",
    name="WebhookSecretFixed",
)
MaxWebhooksReached = refusal(
    400, "MAX_WEBHOOKS_REACHED", "Maximum number of webhooks (100) reached for this project.", inferred="all"
)


def _url(url: object) -> str:
    """Return a URL unchanged if it is allowed for webhooks. Raises InvalidWebhook."""
    try:
        if isinstance(url, str) and len(url) <= LONGEST_URL:
            check_url(url)
            return url
    except OwnAddressError as error:
        raise InvalidWebhook(text=f"The webhook URL {error}") from None
    except ValueError:
        pass
    raise InvalidWebhook


def _events(events: object) -> list[str]:
    """Return events without duplicates. Raises InvalidWebhook for unknown events, or none."""
    if not isinstance(events, list) or not events:
        raise InvalidWebhook(text="At least one valid event is required")
    unknown = [event for event in events if event not in TYPES]
    if unknown:
        named = unknown[0] if isinstance(unknown[0], str) else json.dumps(unknown[0])
        raise InvalidWebhook(text=f"Invalid webhook event: {named[:100]}")
    return list(dict.fromkeys(events))


Url = Annotated[str, BeforeValidator(_url)]
Events = Annotated[list[str], BeforeValidator(_events)]


class WebhookFilters(Pages):
    """The query parameters of List Webhooks."""

    is_active: Flag | None = None


class WebhookPage(Model):
    webhooks: list[WebhookAnswer]
    total: int
    page: int
    limit: int
    total_pages: int


@router.get("", responses=refuses(InvalidWebhookRequest))
async def list_webhooks(call: WebhookCall, filters: Annotated[WebhookFilters, Query()]) -> Reply[WebhookPage]:
    """Return a page of the project's webhooks, the newest first.

    https://docs.autosend.com/api-reference/webhooks/list-webhooks
    """
    wanted = select(Target).where(is_visible(call)).order_by(col(Target.id).desc())
    if filters.is_active is not None:
        wanted = wanted.where(is_listening() if filters.is_active else ~is_listening())
    rows, pagination = page_of(call, wanted, filters)
    webhooks = [webhook_answer(call, target) for target in rows]
    return Reply(data=WebhookPage.of(pagination, webhooks=webhooks, total_pages=pagination.pages))


class CreateWebhook(Body):
    model_config = ConfigDict(json_schema_extra={"required": ["url", "events"]})

    url: Url = Field(None, validate_default=True, max_length=LONGEST_URL)
    events: Events = Field(None, validate_default=True)
    metadata: dict[str, Any] | None = None


class CreatedWebhook(Model):
    webhook: WebhookAnswer


@router.post(
    "", status_code=201, responses=refuses(InvalidWebhook, MaxWebhooksReached, InvalidWebhookRequest)
)
async def create_webhook(call: WebhookCall, body: CreateWebhook) -> MessageReply[CreatedWebhook]:
    """Create a webhook. Only this response and that of Reveal Webhook Secret contain its secret.

    https://docs.autosend.com/api-reference/webhooks/create-webhook
    """
    if call.db.exec(select(func.count()).where(is_visible(call))).one() >= MOST_WEBHOOKS:
        raise MaxWebhooksReached
    target = Target(
        id=call.turn.ids.number("webhook.target"),
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
    created = CreatedWebhook(webhook=webhook_answer(call, target, target.secret))
    return MessageReply(message="Webhook created successfully", data=created)


@router.get("/{id}", responses=refuses(WebhookNotFound))
async def get_webhook(call: WebhookCall, webhook_id: WebhookId) -> Reply[WebhookAnswer]:
    """Return one webhook without its secret.

    https://docs.autosend.com/api-reference/webhooks/get-webhook
    """
    return Reply(data=webhook_answer(call, find_webhook(call, webhook_id)))


class UpdateWebhook(Body):
    """The fields to change. A field that is left out or null stays as it is."""

    telling_nulls = frozenset({"secret"})
    url: Url | None = None
    events: Events | None = None
    is_active: bool | None = None
    metadata: dict[str, Any] | None = None
    secret: Any = Field(None, description="Refused: a secret can not be changed.")


@router.put(
    "/{id}", responses=refuses(WebhookNotFound, WebhookSecretFixed, InvalidWebhook, InvalidWebhookRequest)
)
async def update_webhook(
    call: WebhookCall, webhook_id: WebhookId, body: UpdateWebhook
) -> MessageReply[WebhookAnswer]:
    """Change the given fields of a webhook. One that becomes active again starts with no failures.

    https://docs.autosend.com/api-reference/webhooks/update-webhook
    """
    if "secret" in body.model_fields_set:
        raise WebhookSecretFixed
    target = find_webhook(call, webhook_id)
    if body.is_active:
        target.activate()
    target.sqlmodel_update(body.model_dump(include={"url", "events", "is_active"}, exclude_none=True))
    if body.metadata is not None:
        target.settings = target.settings | {"metadata": body.metadata}
    target.updated_at = call.now
    return MessageReply(message="Webhook updated successfully", data=webhook_answer(call, target))


@router.delete("/{id}", responses=refuses(WebhookNotFound))
async def delete_webhook(call: WebhookCall, webhook_id: WebhookId) -> Done:
    """Delete a webhook. The deliveries that wait for it are dropped.

    https://docs.autosend.com/api-reference/webhooks/delete-webhook
    """
    remove_target(call.turn, find_webhook(call, webhook_id))
    return Done(message="Webhook deleted successfully")
