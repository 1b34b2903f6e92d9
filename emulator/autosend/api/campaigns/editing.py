"""Create, Update and Delete Campaign."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import Field
from pydantic.alias_generators import to_snake

from emulator.autosend.api.campaigns.answers import (
    CampaignId,
    CampaignNotFound,
    CampaignSummary,
    FromAddress,
    MaxDraftCampaignsReached,
    Metrics,
    TargetList,
    check_draft_limit,
    from_address,
    metrics,
    target_lists,
)
from emulator.autosend.complaints import INVALID
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.letters import AddressObject, MaybeHtml, OptionalEmail
from emulator.autosend.limits import CampaignPreview, DailyBatch, Name, SenderName
from emulator.autosend.listing import find
from emulator.autosend.models import Body, Done, MessageReply, Reply
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.sending import campaigns as sending
from emulator.autosend.sending.campaign_mails import settle_sender, use_sender
from emulator.autosend.sending.publishable import (
    UNKNOWN_GROUP,
    UNKNOWN_SENDER,
    check_publishable,
    list_complaints,
)
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.account import Project, Sender, made_in, tracking_of
from emulator.autosend.tables.campaigns import (
    Campaign,
    CannotEditCampaign,
    OnlyDraftCampaignsCanBeDeleted,
    SendMode,
    Strategy,
    move,
)
from emulator.autosend.tables.contacts import GLOBAL_LIST
from emulator.autosend.tables.mails import Template
from emulator.autosend.templates import find_template, rewrite
from emulator.autosend.values import (
    DateTime,
    Email,
    Id,
    MaybeId,
    OrEmpty,
    Subject,
    TimeZone,
)
from emulator.engine.clock import from_datetime
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/campaigns", tags=["Campaigns"], route_class=OperationRoute)

DEFAULT_DAILY_BATCH = 50


class FromIdentity(AddressObject):
    email: Email
    name: SenderName = ""


class CampaignFields(Body):
    """The fields that create and update share. None is required."""

    telling_nulls = frozenset({"scheduled_at"})
    preview_text: CampaignPreview = ""
    from_: FromIdentity | None = Field(None, alias="from")
    from_sender_id: MaybeId = None
    reply_to: OptionalEmail = None
    template_id: MaybeId = None
    html_template: MaybeHtml = None
    to_lists: list[Id] = Field([], max_length=1000)
    exclude_lists: list[Id] = Field([], max_length=1000)
    unsubscribe_group_id: MaybeId = None
    send_now: bool = False
    scheduled_at: DateTime | None = None
    send_to_global_list: bool = False
    publish: bool = False
    tracking_click: bool | None = None
    tracking_open: bool | None = None
    send_mode: SendMode = "immediate"
    gradual_strategy: Strategy | None = None
    daily_batch_size: DailyBatch | None = None
    timezone: TimeZone | None = None


class CreateCampaign(CampaignFields):
    name: Name
    subject: Subject
    default_campaign: bool = False
    builder_type: str = Field("code", max_length=50)


class CreatedCampaign(CampaignSummary):
    from_: FromAddress | None = Field(serialization_alias="from")
    reply_to: OrEmpty
    template_id: OrEmpty
    to_lists: list[TargetList]
    exclude_lists: list[str]
    send_now: bool
    is_for_everybody: bool = Field(serialization_alias="sendToGlobalList")
    metrics: Metrics
    source: str


@router.post("", responses=refuses(ValidationFailed, MaxDraftCampaignsReached))
async def create_campaign(call: LongCall, body: CreateCampaign) -> MessageReply[CreatedCampaign]:
    """Create a draft, or with `publish` or `sendNow` a scheduled campaign.

    https://docs.autosend.com/api-reference/campaigns/create
    """
    if body.template_id is None and not body.html_template:
        raise ValidationFailed(("templateId", "Either templateId or htmlTemplate is required"))
    project = call.db.get_one(Project, call.project_id)
    campaign = Campaign(
        id=call.turn.ids.hex("autosend.campaign"),
        number=call.turn.ids.number("autosend.campaign.number"),
        created_by=project.owner_id,
        status="draft",
        name=body.name,
        subject=body.subject,
        **tracking_of(project),
        **made_in(project.id, call.now),
    )
    _apply(call, campaign, body, body.builder_type)
    _complete_gradual(campaign)
    if body.publish or body.send_now:
        _publish(call, campaign)
    else:
        check_draft_limit(call)
    call.db.add(campaign)
    return MessageReply(data=_created(call, campaign), message="Campaign updated successfully")


def _created(call: Call, campaign: Campaign) -> CreatedCampaign:
    return CreatedCampaign.of(
        campaign,
        from_=from_address(campaign),
        to_lists=target_lists(call, campaign.to_lists),
        metrics=metrics(call, campaign),
    )


class UpdateCampaign(CampaignFields):
    name: Name = Field(default_factory=str)
    subject: Subject = Field(default_factory=str)


@router.patch("/{campaignId}", responses=refuses(CampaignNotFound, ValidationFailed, CannotEditCampaign))
async def update_campaign(
    call: Call, campaign_id: CampaignId, body: UpdateCampaign
) -> Reply[CampaignSummary]:
    """Change the given fields of a draft or scheduled campaign, or publish, schedule or send it.

    Of a paused gradual campaign, only strategy, batch size and time zone can be changed: from its next day
    on, volumes grow by the strategy, beginning with today's volume, or with the batch size if that has
    changed.
    https://docs.autosend.com/api-reference/campaigns/update
    """
    campaign = find(call, Campaign, campaign_id, CampaignNotFound)
    if campaign.status == "paused" and body.model_fields_set <= ADJUSTABLE:
        move(campaign, "adjust", call.now)
        said = body.said()
        if said.get("daily_batch_size", campaign.daily_batch_size) != campaign.daily_batch_size:
            campaign.gradual_volume = 0
        campaign.sqlmodel_update(said)
        return Reply(data=CampaignSummary.of(campaign))
    move(campaign, "update", call.now)
    earlier = campaign.scheduled_at
    _apply(call, campaign, body, "code")
    _complete_gradual(campaign)
    stays_draft = campaign.status == "draft" and "publish" in body.model_fields_set
    is_scheduled_now = body.scheduled_at is not None and not stays_draft
    has_lost_its_time = earlier is not None and campaign.scheduled_at is None
    is_immediate_now = campaign.status == "scheduled" and has_lost_its_time
    if body.publish or body.send_now or is_scheduled_now or is_immediate_now:
        _publish(call, campaign)
    elif campaign.status == "scheduled":
        check_publishable(call.db, campaign)
    return Reply(data=CampaignSummary.of(campaign))


@router.delete("/{campaignId}", responses=refuses(CampaignNotFound, OnlyDraftCampaignsCanBeDeleted))
async def delete_campaign(call: Call, campaign_id: CampaignId) -> Done:
    """Delete a draft permanently.

    https://docs.autosend.com/api-reference/campaigns/delete
    """
    campaign = find(call, Campaign, campaign_id, CampaignNotFound)
    move(campaign, "delete", call.now)
    return Done(message="Campaign deleted successfully")


ADJUSTABLE = {"gradual_strategy", "daily_batch_size", "timezone"}
"""The fields of a gradual campaign that can be changed while it is paused."""

LOOKED_UP = {"from_", "from_sender_id", "template_id", "html_template", "to_lists", "exclude_lists"}
"""The fields that name another entity or change several columns, and are not stored as they are."""

NOT_STORED = {"scheduled_at", "publish", "default_campaign", "builder_type"}


def _apply(call: Call, campaign: Campaign, body: CampaignFields, builder: str) -> None:
    """Store the fields that the client sent. Raises ValidationFailed for unknown ids."""
    earlier_mode = campaign.send_mode
    campaign.sqlmodel_update(body.said(*LOOKED_UP, *NOT_STORED))
    if body.unsubscribe_group_id and find_group(call.db, call.project_id, body.unsubscribe_group_id) is None:
        raise ValidationFailed(UNKNOWN_GROUP)
    _apply_schedule(campaign, body, earlier_mode)
    _apply_sender(call, campaign, body)
    _apply_lists(call, campaign, body)
    _use_template(call, campaign, body, builder)


def _apply_sender(call: Call, campaign: Campaign, body: CampaignFields) -> None:
    """Store the sender; a name that `from` leaves out is that of the stored sender."""
    if body.from_ is not None:
        campaign.from_sender_id = campaign.from_name = None
    if body.from_sender_id is not None:
        use_sender(campaign, find(call, Sender, body.from_sender_id, ValidationFailed(UNKNOWN_SENDER)))
    if body.from_ is not None:
        campaign.from_email = body.from_.email
        campaign.from_name = body.from_.name or campaign.from_name or ""


def _apply_lists(call: Call, campaign: Campaign, body: CampaignFields) -> None:
    """Store a campaign's lists. The global list is either one of them, or a separate setting."""
    sent = body.model_fields_set
    if "to_lists" in sent:
        campaign.to_lists = list(dict.fromkeys(body.to_lists))
    elif "send_to_global_list" in sent and not body.send_to_global_list:
        campaign.to_lists = [name for name in campaign.to_lists if name != GLOBAL_LIST]
    if "exclude_lists" in sent:
        campaign.exclude_lists = list(dict.fromkeys(body.exclude_lists))
    complaints = [one for one in list_complaints(call.db, campaign) if to_snake(one[0]) in sent]
    if complaints:
        raise ValidationFailed(*complaints)


def _apply_schedule(campaign: Campaign, body: CampaignFields, earlier_mode: str) -> None:
    """Store the time of sending; one without an offset is in the campaign's time zone.

    A time makes an immediate campaign a scheduled one. Without a new time, a campaign keeps the one it has,
    except as `_forget_time` says.
    """
    if body.scheduled_at is None:
        _forget_time(campaign, body, earlier_mode)
        return
    zone = ZoneInfo(campaign.timezone or "UTC")
    moment = body.scheduled_at if body.scheduled_at.tzinfo else body.scheduled_at.replace(tzinfo=zone)
    try:
        campaign.scheduled_at = from_datetime(moment)
    except OverflowError as error:
        raise ValidationFailed(("scheduledAt", INVALID)) from error
    campaign.send_now = body.send_now
    if campaign.send_mode == "immediate":
        campaign.send_mode = "scheduled"


def _forget_time(campaign: Campaign, body: CampaignFields, earlier_mode: str) -> None:
    """Remove the time of a draft whose `scheduledAt` is null, and of a campaign to be sent at once.

    A campaign in the mode `scheduled` becomes immediate, unless the client asks for that mode.
    """
    sent = body.model_fields_set
    becomes_immediate = campaign.send_mode == "immediate" != earlier_mode
    is_without = campaign.status == "draft" and "scheduled_at" in sent
    if body.send_now or becomes_immediate or is_without:
        campaign.scheduled_at = None
        if campaign.send_mode == "scheduled" and "send_mode" not in sent:
            campaign.send_mode = "immediate"


def _use_template(call: Call, campaign: Campaign, body: CampaignFields, builder: str) -> None:
    if body.template_id is not None:
        template = find_template(call.db, call.project_id, body.template_id)
        if template is None:
            raise ValidationFailed(("templateId", "Template not found"))
        campaign.template_id = template.id
        if body.html_template:
            rewrite(template, body.html_template)
            template.updated_at = call.now
    elif body.html_template:
        campaign.template_id = _new_template(call, campaign, body.html_template, builder)


def _new_template(call: Call, campaign: Campaign, html: str, builder: str) -> str:
    template = Template(
        id="A-" + call.turn.ids.hex("autosend.template", 20),
        name=campaign.name,
        subject=campaign.subject,
        preview_text=campaign.preview_text,
        html=html,
        type="marketing",
        builder=builder,
        **made_in(call.project_id, call.now),
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
    """Schedule the campaign. Raises ValidationFailed with everything that it lacks."""
    settle_sender(call.db, campaign)
    check_publishable(call.db, campaign)
    sending.publish(call.turn, campaign)
