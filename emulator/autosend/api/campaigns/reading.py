"""List Campaigns, Get Campaign, Get Campaign Analytics."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import col, select

from emulator.autosend.api.campaigns.answers import (
    CampaignId,
    CampaignNotFound,
    CampaignSummary,
    FromAddress,
    FullMetrics,
    Metrics,
    TargetList,
    excluded_lists,
    from_address,
    full_metrics,
    metrics_of,
    target_lists,
)
from emulator.autosend.dialect import Call, CountingCall
from emulator.autosend.listing import find, page_of
from emulator.autosend.models import MessageReply, Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import refusal
from emulator.autosend.sending.analytics import counts_of, refreshed_at
from emulator.autosend.tables.campaigns import DELETED, Campaign
from emulator.autosend.tables.mails import Template
from emulator.autosend.values import Instant, MaybeInstant, Moment, Number, OrEmpty
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains

router = APIRouter(prefix="/v1/campaigns", tags=["Campaigns"], route_class=OperationRoute)

# The refusal of CampaignNotFound in the form that the analytics page shows.
CampaignAnalyticsNotFound = refusal(
    404,
    "CAMPAIGN_NOT_FOUND",
    "Campaign not found",
    details="No campaign matching the provided ID was found in this project.",
    name="CampaignAnalyticsNotFound",
)

CampaignStatus = Literal[
    "draft", "scheduled", "sending", "sending_gradual", "paused", "sent", "failed", "aborted"
]


class CampaignFilters(Parameters):
    """The query parameters of List Campaigns."""

    status: CampaignStatus | None = None
    name: str | None = Query(None, max_length=200)
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(20, ge=1, le=100)
    start_date: Moment | None = None
    end_date: Moment | None = None
    include_counts: Literal["true", "false"] = "false"


class CountedCampaignSummary(CampaignSummary):
    metrics: Metrics


class SentCampaignSummary(CountedCampaignSummary):
    sent_at: Instant


class CampaignPage(Model):
    campaigns: list[SentCampaignSummary | CountedCampaignSummary | CampaignSummary]
    pagination: Pagination


@router.get("")
async def list_campaigns(call: Call, filters: Annotated[CampaignFilters, Query()]) -> Reply[CampaignPage]:
    """Return a page of the project's campaigns, the newest first.

    https://docs.autosend.com/api-reference/campaigns/list
    """
    conditions = _conditions(call, filters)
    newest = col(Campaign.created_at).desc(), col(Campaign.number).desc()
    rows, pagination = page_of(call, select(Campaign).where(*conditions).order_by(*newest), filters)
    counted = [row for row in rows if row.sent_at is not None or filters.include_counts == "true"]
    counts = counts_of(call.db, counted) if counted else {}
    campaigns = [_list_row(campaign, counts.get(campaign.id)) for campaign in rows]
    return Reply(data=CampaignPage(campaigns=campaigns, pagination=pagination))


def _conditions(call: Call, filters: CampaignFilters) -> list[Any]:
    conditions: list[Any] = [Campaign.project_id == call.project_id, Campaign.status != DELETED]
    if filters.status is not None:
        conditions.append(Campaign.status == filters.status)
    if filters.name:
        conditions.append(contains(Campaign.name, filters.name))
    if filters.start_date is not None:
        conditions.append(Campaign.created_at >= filters.start_date)
    if filters.end_date is not None:
        conditions.append(Campaign.created_at <= filters.end_date)
    return conditions


def _list_row(campaign: Campaign, counts: Mapping[str, int] | None) -> CampaignSummary:
    """Return the row of a campaign; one that was sent always has its counts."""
    if counts is None:
        return CampaignSummary.of(campaign)
    form = CountedCampaignSummary if campaign.sent_at is None else SentCampaignSummary
    return form.of(campaign, metrics=metrics_of(campaign, counts))


class CampaignTemplate(Model):
    template_id: str
    project_id: str
    name: str = Field(serialization_alias="templateName")
    subject: str
    preview_text: str
    html: str = Field(serialization_alias="emailTemplate")
    type: str = Field(serialization_alias="templateType")
    builder: str = Field(serialization_alias="builderType")
    editor_json: dict[str, Any] | None = None
    parent_body_properties: dict[str, Any] | None = None
    created_at: Instant
    updated_at: Instant
    is_flagged: bool
    source: str
    id: str


class GradualSend(Model):
    """The gradual sending of a campaign. Its fields are inferred from those that create and update take."""

    gradual_strategy: str
    daily_batch_size: int
    timezone: str | None
    gradual_day: int = Field(serialization_alias="currentDay")


class CampaignDetails(CampaignSummary):
    project_id: str
    organization_id: str
    created_by: str | None
    from_sender_id: str | None
    reply_to: OrEmpty
    to_lists: list[TargetList]
    exclude_lists: list[TargetList]
    unsubscribe_group_id: str | None
    send_now: bool
    scheduled_at: MaybeInstant
    template_id: OrEmpty
    from_: FromAddress | None = Field(serialization_alias="from")
    metrics: FullMetrics
    sent_at: MaybeInstant
    aborted_at: MaybeInstant
    agenda_job_id: str | None
    failure_reason: str | None
    is_for_everybody: bool = Field(serialization_alias="sendToGlobalList")
    template: CampaignTemplate | None
    resumed_at: MaybeInstant
    paused_reason: str | None
    paused_at: MaybeInstant
    threshold_preset: str
    source: str
    gradual_send: GradualSend | None


@router.get("/{campaignId}", responses=refuses(CampaignNotFound))
async def get_campaign(call: CountingCall, campaign_id: CampaignId) -> MessageReply[CampaignDetails]:
    """Return one campaign, with its template and counters.

    https://docs.autosend.com/api-reference/campaigns/get
    """
    details = _details(call, find(call, Campaign, campaign_id, CampaignNotFound))
    return MessageReply(data=details, message="Campaign retrieved successfully")


def _details(call: Call, campaign: Campaign) -> CampaignDetails:
    return CampaignDetails.of(
        campaign,
        organization_id=call.grant.organization_id,
        to_lists=target_lists(call, campaign.to_lists),
        exclude_lists=excluded_lists(call, campaign.exclude_lists),
        from_=from_address(campaign),
        metrics=full_metrics(call, campaign),
        agenda_job_id=str(campaign.job_id) if campaign.job_id else None,
        template=_template(call, campaign.template_id),
        gradual_send=GradualSend.of(campaign) if campaign.send_mode == "gradual" else None,
    )


def _template(call: Call, template_id: str | None) -> CampaignTemplate | None:
    template = call.db.get(Template, (call.project_id, template_id)) if template_id else None
    return CampaignTemplate.of(template, template_id=template.id) if template is not None else None


class AnalyticsCounts(Model):
    total_contacts: int
    suppressed: int
    failed: int
    attempted: int
    sent: int
    delivered: int
    opened: int
    human_opened: int
    clicked: int
    bounced: int
    unsubscribed: int
    spam_reported: int


class AnalyticsRates(Model):
    """Percentages from 0 to 100, with two decimals; 0 if the base is 0."""

    open_rate: Number
    click_rate: Number
    bounce_rate: Number
    unsubscribed_rate: Number
    complaint_rate: Number
    success_rate: Number
    delivery_rate: Number
    true_open_rate: Number


class Tracking(Model):
    open: bool
    click: bool


class CampaignAnalytics(Model):
    campaign_id: str
    name: str
    status: str
    sent_at: MaybeInstant
    counts: AnalyticsCounts
    rates: AnalyticsRates
    tracking: Tracking
    refreshed_at: MaybeInstant


@router.get("/{campaignId}/analytics", responses=refuses(CampaignAnalyticsNotFound))
async def get_campaign_analytics(call: Call, campaign_id: CampaignId) -> MessageReply[CampaignAnalytics]:
    """Return the counters of delivery and engagement of one campaign, and the rates between them.

    https://docs.autosend.com/api-reference/campaigns/analytics
    """
    campaign = find(call, Campaign, campaign_id, CampaignAnalyticsNotFound)
    counts = _analytics_counts(campaign)
    analytics = CampaignAnalytics.of(
        campaign,
        counts=counts,
        rates=_rates(counts),
        tracking=Tracking(open=campaign.tracking_open, click=campaign.tracking_click),
        refreshed_at=refreshed_at(campaign, call.now),
    )
    return MessageReply(data=analytics, message="Campaign analytics retrieved successfully")


def _analytics_counts(campaign: Campaign) -> AnalyticsCounts:
    """Return the counts of the last refresh."""
    counted = metrics_of(campaign, campaign.analytics)
    return AnalyticsCounts.of(
        counted,
        failed=counted.failed_count,
        attempted=campaign.analytics.get("attempted", 0),
        human_opened=campaign.analytics.get("human_opened", 0) if campaign.tracking_open else 0,
    )


def _rates(counts: AnalyticsCounts) -> AnalyticsRates:
    return AnalyticsRates(
        open_rate=_percent(counts.opened, counts.delivered),
        click_rate=_percent(counts.clicked, counts.delivered),
        bounce_rate=_percent(counts.bounced, counts.sent),
        unsubscribed_rate=_percent(counts.unsubscribed, counts.delivered),
        complaint_rate=_percent(counts.spam_reported, counts.delivered),
        success_rate=_percent(counts.sent, counts.attempted),
        delivery_rate=_percent(counts.delivered, counts.sent),
        true_open_rate=_percent(counts.human_opened, counts.delivered),
    )


def _percent(part: int, base: int) -> float:
    return round(100 * part / base, 2) if base else 0.0
