"""Create, Update and Delete Campaign."""

from collections.abc import Iterator
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import AfterValidator, Field, StringConstraints
from sqlmodel import col, select

from emulator.autosend.api.campaigns.answers import (
    CampaignId,
    CampaignSummary,
    FromAddress,
    Metrics,
    TargetList,
    check_draft_limit,
    find_campaign,
    from_address,
    metrics,
    summary,
    summary_fields,
    target_lists,
)
from emulator.autosend.domains import sending_domain
from emulator.autosend.errors import ValidationFailed
from emulator.autosend.errors.campaigns import (
    CampaignNotFound,
    CannotEditCampaign,
    MaxDraftCampaignsReached,
    OnlyDraftCampaignsCanBeDeleted,
)
from emulator.autosend.letters import UNVERIFIED_SENDER, Html, OptionalEmail
from emulator.autosend.rendering import check_templates
from emulator.autosend.sending import campaigns as sending
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.account import Project, Sender
from emulator.autosend.tables.campaigns import Campaign, move
from emulator.autosend.tables.contacts import GLOBAL_LIST, ContactList
from emulator.autosend.tables.mails import Template
from emulator.autosend.templates import find_template
from emulator.autosend.wire import Body, Call, DateTime, Done, Email, MessageReply, Reply
from emulator.engine.clock import from_datetime, is_time_zone
from emulator.gateway.route import OperationRoute, refusals

router = APIRouter(prefix="/v1/campaigns", tags=["Campaigns"], route_class=OperationRoute)

DEFAULT_DAILY_BATCH = 50


def _zone_name(name: str) -> str:
    if not is_time_zone(name):
        raise ValueError("Must be an IANA time zone such as America/New_York")
    return name


Id = Annotated[str, StringConstraints(max_length=64)]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone_name)]


class FromIdentity(Body):
    email: Email
    name: str = Field("", max_length=200)


class CampaignFields(Body):
    """What create and update have in common; nothing in it is required."""

    previewText: str = Field("", max_length=200)
    from_: FromIdentity | None = Field(None, alias="from")
    fromSenderId: Id | None = None
    replyTo: OptionalEmail = None
    templateId: Id | None = None
    htmlTemplate: Html | None = None
    toLists: list[Id] = Field([], max_length=1000)
    excludeLists: list[Id] = Field([], max_length=1000)
    unsubscribeGroupId: Id | None = None
    sendNow: bool = False
    scheduledAt: DateTime | None = None
    sendToGlobalList: bool = False
    publish: bool = False
    trackingClick: bool = True
    trackingOpen: bool = True
    sendMode: Literal["immediate", "scheduled", "gradual"] = "immediate"
    gradualStrategy: Literal["fixed", "1.25x", "1.5x", "1.75x", "2x"] | None = None
    dailyBatchSize: int | None = Field(None, ge=1, le=1_000_000_000)
    timezone: TimeZone | None = None


class CreateCampaign(CampaignFields):
    name: str = Field(min_length=1, max_length=200)
    subject: str = Field(min_length=1, max_length=998)
    defaultCampaign: bool = False
    builderType: str = Field("code", max_length=50)


class CreatedCampaign(CampaignSummary):
    from_: FromAddress | None = Field(alias="from")
    replyTo: str
    templateId: str
    toLists: list[TargetList]
    excludeLists: list[str]
    sendNow: bool
    sendToGlobalList: bool
    metrics: Metrics
    source: str


@router.post("", responses=refusals(ValidationFailed, MaxDraftCampaignsReached))
async def create_campaign(call: Call, body: CreateCampaign) -> MessageReply[CreatedCampaign]:
    """Create a draft, or with `publish` or `sendNow` a campaign that is scheduled.

    https://docs.autosend.com/api-reference/campaigns/create
    """
    if body.templateId is None and not body.htmlTemplate:
        raise ValidationFailed(("templateId", "Either templateId or htmlTemplate is required"))
    campaign = Campaign(
        id=call.turn.ids.hex("autosend.campaign"),
        number=call.turn.ids.number("autosend.campaign.number"),
        project_id=call.project_id,
        created_by=call.db.get_one(Project, call.project_id).owner_id,
        status="draft",
        name=body.name,
        subject=body.subject,
        created_at=call.now,
        updated_at=call.now,
    )
    _apply(call, campaign, body, body.builderType)
    _complete_gradual(campaign)
    if body.publish or body.sendNow:
        _publish(call, campaign)
    else:
        check_draft_limit(call)
    call.db.add(campaign)
    return MessageReply(data=_created(call, campaign), message="Campaign updated successfully")


def _created(call: Call, campaign: Campaign) -> CreatedCampaign:
    return CreatedCampaign.model_validate(
        summary_fields(campaign)
        | {
            "from": from_address(campaign),
            "replyTo": campaign.reply_to or "",
            "templateId": campaign.template_id or "",
            "toLists": target_lists(call, campaign.to_lists),
            "excludeLists": campaign.exclude_lists,
            "sendNow": campaign.send_now,
            "sendToGlobalList": campaign.is_for_everybody,
            "metrics": metrics(call, campaign),
            "source": campaign.source,
        }
    )


class UpdateCampaign(CampaignFields):
    name: str = Field(default_factory=str, min_length=1, max_length=200)
    subject: str = Field(default_factory=str, min_length=1, max_length=998)


@router.patch("/{campaignId}", responses=refusals(CampaignNotFound, ValidationFailed, CannotEditCampaign))
async def update_campaign(
    call: Call, campaign_id: CampaignId, body: UpdateCampaign
) -> Reply[CampaignSummary]:
    """Change the given fields of a draft or scheduled campaign; also publish, schedule or send it.

    https://docs.autosend.com/api-reference/campaigns/update
    """
    campaign = find_campaign(call, campaign_id)
    move(campaign, "update", call.now)
    _apply(call, campaign, body, "code")
    _complete_gradual(campaign)
    if body.publish or body.sendNow or body.scheduledAt is not None:
        _publish(call, campaign)
    elif campaign.status == "scheduled":
        _check_publishable(call, campaign)
    call.db.add(campaign)
    return Reply(data=summary(campaign))


@router.delete("/{campaignId}", responses=refusals(CampaignNotFound, OnlyDraftCampaignsCanBeDeleted))
async def delete_campaign(call: Call, campaign_id: CampaignId) -> Done:
    """Delete a draft for good.

    https://docs.autosend.com/api-reference/campaigns/delete
    """
    campaign = find_campaign(call, campaign_id)
    move(campaign, "delete", call.now)
    call.db.delete(campaign)
    return Done(message="Campaign deleted successfully")


PLAIN_FIELDS = {
    "name": "name",
    "subject": "subject",
    "previewText": "preview_text",
    "replyTo": "reply_to",
    "unsubscribeGroupId": "unsubscribe_group_id",
    "sendNow": "send_now",
    "sendToGlobalList": "send_to_global_list",
    "trackingClick": "tracking_click",
    "trackingOpen": "tracking_open",
    "sendMode": "send_mode",
    "gradualStrategy": "gradual_strategy",
    "dailyBatchSize": "daily_batch_size",
    "timezone": "timezone",
}
"""The fields that are stored as they come, under our names."""


def _apply(call: Call, campaign: Campaign, body: CampaignFields, builder: str) -> None:
    """Take over the fields that the client sent. Raises ValidationFailed for ids that name nothing."""
    sent = body.model_fields_set
    for theirs, ours in PLAIN_FIELDS.items():
        if theirs in sent:
            setattr(campaign, ours, getattr(body, theirs))
    if body.unsubscribeGroupId and find_group(call.db, call.project_id, body.unsubscribeGroupId) is None:
        raise ValidationFailed(("unsubscribeGroupId", "Suppression group not found"))
    _apply_schedule(campaign, body)
    if body.from_ is not None:
        campaign.from_email, campaign.from_name = body.from_.email, body.from_.name
        campaign.from_sender_id = None
    if body.fromSenderId is not None:
        _use_sender(call, campaign, body.fromSenderId)
    _apply_lists(call, campaign, body)
    _use_template(call, campaign, body, builder)


def _apply_lists(call: Call, campaign: Campaign, body: CampaignFields) -> None:
    """Take over whom it is for. The global list is one of its lists, or a setting of its own."""
    sent = body.model_fields_set
    if "toLists" in sent:
        campaign.to_lists = list(dict.fromkeys(body.toLists))
    elif "sendToGlobalList" in sent and not body.sendToGlobalList:
        campaign.to_lists = [name for name in campaign.to_lists if name != GLOBAL_LIST]
    if "excludeLists" in sent:
        campaign.exclude_lists = list(dict.fromkeys(body.excludeLists))
    complaints = [one for one in _list_complaints(call, campaign) if one[0] in sent]
    if complaints:
        raise ValidationFailed(*complaints)


def _apply_schedule(campaign: Campaign, body: CampaignFields) -> None:
    """Take over the time of sending; one without an offset is in the campaign's time zone.

    What is scheduled stays so: null takes the time away from drafts only.
    """
    if body.scheduledAt is None:
        if "scheduledAt" in body.model_fields_set and campaign.status == "draft":
            campaign.scheduled_at = None
        return
    zone = ZoneInfo(campaign.timezone or "UTC")
    moment = body.scheduledAt if body.scheduledAt.tzinfo else body.scheduledAt.replace(tzinfo=zone)
    try:
        campaign.scheduled_at = from_datetime(moment)
    except OverflowError as error:
        raise ValidationFailed(("scheduledAt", str(error))) from error
    campaign.send_now = body.sendNow
    if "sendMode" not in body.model_fields_set and campaign.send_mode == "immediate":
        campaign.send_mode = "scheduled"


def _use_sender(call: Call, campaign: Campaign, sender_id: str) -> None:
    sender = call.db.get(Sender, sender_id)
    if sender is None or sender.project_id != call.project_id:
        raise ValidationFailed(("fromSenderId", "Authenticated sender not found"))
    campaign.from_sender_id = sender.id
    campaign.from_email, campaign.from_name = sender.email, sender.name


def _list_complaints(call: Call, campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Yield field and complaint for lists that the project does not have, or has no longer."""
    to_lists = [name for name in campaign.to_lists if name != GLOBAL_LIST]
    for field, list_ids in (("toLists", to_lists), ("excludeLists", campaign.exclude_lists)):
        known = select(ContactList.id).where(
            ContactList.project_id == call.project_id,
            col(ContactList.id).in_(list_ids),
            col(ContactList.deleted_at).is_(None),
        )
        missing = set(list_ids).difference(call.db.exec(known).all())
        if missing:
            yield field, f"Contact list not found: {min(missing)}"


def _use_template(call: Call, campaign: Campaign, body: CampaignFields, builder: str) -> None:
    if body.templateId is not None:
        template = find_template(call.db, call.project_id, body.templateId)
        if template is None:
            raise ValidationFailed(("templateId", "Template not found"))
        campaign.template_id = template.id
        if body.htmlTemplate:
            template.html, template.updated_at = body.htmlTemplate, call.now
            call.db.add(template)
    elif body.htmlTemplate:
        campaign.template_id = _new_template(call, campaign, body.htmlTemplate, builder)


def _new_template(call: Call, campaign: Campaign, html: str, builder: str) -> str:
    template = Template(
        id="A-" + call.turn.ids.hex("autosend.template", 20),
        project_id=call.project_id,
        name=campaign.name,
        subject=campaign.subject,
        preview_text=campaign.preview_text,
        html=html,
        type="marketing",
        builder=builder,
        created_at=call.now,
        updated_at=call.now,
    )
    call.db.add(template)
    return template.id


def _complete_gradual(campaign: Campaign) -> None:
    if campaign.send_mode != "gradual":
        return
    if campaign.gradual_strategy is None:
        complaint = "gradualStrategy is required when sendMode is gradual"
        raise ValidationFailed(("gradualStrategy", complaint))
    if campaign.daily_batch_size is None:
        campaign.daily_batch_size = DEFAULT_DAILY_BATCH


def _publish(call: Call, campaign: Campaign) -> None:
    """Schedule the campaign, or raise ValidationFailed for all that it lacks."""
    if campaign.from_email is None:
        sender = sending.default_sender(call.db, call.project_id)
        if sender is not None:
            _use_sender(call, campaign, sender.id)
    _check_publishable(call, campaign)
    sending.publish(call.turn, campaign)


def _check_publishable(call: Call, campaign: Campaign) -> None:
    """Raise ValidationFailed for all that a campaign lacks that is to be sent."""
    complaints = _obstacles(call, campaign)
    if complaints:
        raise ValidationFailed(*complaints)


def _obstacles(call: Call, campaign: Campaign) -> list[tuple[str, str]]:
    found = []
    if campaign.from_email is None:
        found.append(("from", "A sender is required to publish a campaign"))
    elif sending_domain(call.db, call.project_id, campaign.from_email) is None:
        found.append(UNVERIFIED_SENDER)
    if not campaign.to_lists and not campaign.send_to_global_list:
        found.append(("toLists", "At least one list is required to publish a campaign"))
    found += _list_complaints(call, campaign)
    found += _template_complaints(call, campaign)
    if campaign.send_mode == "scheduled" and campaign.scheduled_at is None and not campaign.send_now:
        found.append(("scheduledAt", "scheduledAt is required when sendMode is scheduled"))
    return found


def _template_complaints(call: Call, campaign: Campaign) -> list[tuple[str, str]]:
    parts = [("subject", campaign.subject)]
    if campaign.template_id:
        template = find_template(call.db, call.project_id, campaign.template_id)
        if template is None:
            return [("templateId", "Template not found")]
        parts += [("htmlTemplate", template.html), ("templateId", template.text)]
    return check_templates(*parts)
