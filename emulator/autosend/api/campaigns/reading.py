"""List Campaigns, Get Campaign, Get Campaign Analytics."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import col, func, select

from emulator.autosend.api.campaigns.answers import (
    CampaignId,
    CampaignSummary,
    FromAddress,
    FullMetrics,
    Metrics,
    TargetList,
    find_campaign,
    from_address,
    full_metrics,
    metric_fields,
    metrics,
    summary,
    summary_fields,
    target_lists,
)
from emulator.autosend.errors.campaigns import CampaignAnalyticsNotFound, CampaignNotFound
from emulator.autosend.models import Model
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.tables.mails import Template
from emulator.autosend.wire import Call, MessageReply, Moment, Pagination, Parameters, Reply, instant
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refusals
from emulator.storage.tables import contains

router = APIRouter(prefix="/v1/campaigns", tags=["Campaigns"], route_class=OperationRoute)

CampaignStatus = Literal[
    "draft", "scheduled", "sending", "sending_gradual", "paused", "sent", "failed", "aborted"
]


class CampaignFilters(Parameters):
    """What List Campaigns takes in the query."""

    status: CampaignStatus | None = None
    name: str | None = Query(None, max_length=200)
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(20, ge=1, le=100)
    startDate: Moment | None = None
    endDate: Moment | None = None
    includeCounts: Literal["true", "false"] = "false"


class CountedCampaignSummary(CampaignSummary):
    metrics: Metrics


class SentCampaignSummary(CountedCampaignSummary):
    sentAt: str


class CampaignPage(Model):
    campaigns: list[SentCampaignSummary | CountedCampaignSummary | CampaignSummary]
    pagination: Pagination


@router.get("")
async def list_campaigns(call: Call, filters: Annotated[CampaignFilters, Query()]) -> Reply[CampaignPage]:
    """Page through the campaigns of the project, the newest first.

    https://docs.autosend.com/api-reference/campaigns/list
    """
    conditions = _conditions(call, filters)
    total = call.db.exec(select(func.count()).select_from(Campaign).where(*conditions)).one()
    rows = call.db.exec(
        select(Campaign)
        .where(*conditions)
        .order_by(col(Campaign.created_at).desc(), col(Campaign.number).desc())
        .offset((filters.page - 1) * filters.limit)
        .limit(filters.limit)
    )
    counted = filters.includeCounts == "true"
    campaigns = [_list_row(call, campaign, counted=counted) for campaign in rows]
    pagination = Pagination.of(filters.page, filters.limit, total)
    return Reply(data=CampaignPage(campaigns=campaigns, pagination=pagination))


def _conditions(call: Call, filters: CampaignFilters) -> list[Any]:
    conditions: list[Any] = [Campaign.project_id == call.project_id]
    if filters.status is not None:
        conditions.append(Campaign.status == filters.status)
    if filters.name:
        conditions.append(contains(Campaign.name, filters.name))
    if filters.startDate is not None:
        conditions.append(Campaign.created_at >= filters.startDate)
    if filters.endDate is not None:
        conditions.append(Campaign.created_at <= filters.endDate)
    return conditions


def _list_row(call: Call, campaign: Campaign, *, counted: bool) -> CampaignSummary:
    fields: dict[str, Any] = summary_fields(campaign)
    if campaign.sent_at is not None:
        sent_at = iso_millis(campaign.sent_at)
        return SentCampaignSummary(**fields, metrics=metrics(call, campaign), sentAt=sent_at)
    if counted:
        return CountedCampaignSummary(**fields, metrics=metrics(call, campaign))
    return summary(campaign)


class CampaignTemplate(Model):
    templateId: str
    projectId: str
    templateName: str
    subject: str
    previewText: str
    emailTemplate: str
    templateType: str
    builderType: str
    editorJson: dict[str, Any] | None = None
    parentBodyProperties: dict[str, Any] | None = None
    createdAt: str
    updatedAt: str
    isFlagged: bool = False
    source: str
    id: str


class GradualSend(Model):
    """The documentation names no fields of it; these are the ones that create and update take."""

    gradualStrategy: str
    dailyBatchSize: int
    timezone: str | None
    currentDay: int


class CampaignDetails(CampaignSummary):
    projectId: str
    organizationId: str
    createdBy: str | None
    fromSenderId: str | None
    replyTo: str
    toLists: list[TargetList]
    excludeLists: list[TargetList]
    unsubscribeGroupId: str | None
    sendNow: bool
    scheduledAt: str | None
    templateId: str
    from_: FromAddress | None = Field(alias="from")
    metrics: FullMetrics
    sentAt: str | None
    abortedAt: str | None
    agendaJobId: str | None
    failureReason: str | None
    sendToGlobalList: bool
    template: CampaignTemplate | None
    resumedAt: str | None
    pausedReason: str | None
    pausedAt: str | None
    thresholdPreset: str
    source: str
    gradualSend: GradualSend | None


@router.get("/{campaignId}", responses=refusals(CampaignNotFound))
async def get_campaign(call: Call, campaign_id: CampaignId) -> MessageReply[CampaignDetails]:
    """Answer the whole campaign, with its template and counters.

    https://docs.autosend.com/api-reference/campaigns/get
    """
    details = _details(call, find_campaign(call, campaign_id))
    return MessageReply(data=details, message="Campaign retrieved successfully")


def _details(call: Call, campaign: Campaign) -> CampaignDetails:
    project = call.db.get_one(Project, campaign.project_id)
    return CampaignDetails.model_validate(
        summary_fields(campaign)
        | {
            "projectId": campaign.project_id,
            "organizationId": project.organization_id,
            "createdBy": campaign.created_by,
            "fromSenderId": campaign.from_sender_id,
            "replyTo": campaign.reply_to or "",
            "toLists": target_lists(call, campaign.to_lists),
            "excludeLists": target_lists(call, campaign.exclude_lists),
            "unsubscribeGroupId": campaign.unsubscribe_group_id,
            "sendNow": campaign.send_now,
            "scheduledAt": instant(campaign.scheduled_at),
            "templateId": campaign.template_id or "",
            "from": from_address(campaign),
            "metrics": full_metrics(call, campaign),
            "sentAt": instant(campaign.sent_at),
            "abortedAt": instant(campaign.aborted_at),
            "agendaJobId": str(campaign.job_id) if campaign.job_id else None,
            "failureReason": campaign.failure_reason,
            "sendToGlobalList": campaign.is_for_everybody,
            "template": _template(call, campaign.template_id),
            "resumedAt": instant(campaign.resumed_at),
            "pausedReason": campaign.paused_reason,
            "pausedAt": instant(campaign.paused_at),
            "thresholdPreset": campaign.threshold_preset,
            "source": campaign.source,
            "gradualSend": _gradual_send(campaign),
        }
    )


def _template(call: Call, template_id: str | None) -> CampaignTemplate | None:
    template = call.db.get(Template, template_id) if template_id else None
    if template is None:
        return None
    return CampaignTemplate(
        templateId=template.id,
        projectId=template.project_id,
        templateName=template.name,
        subject=template.subject,
        previewText=template.preview_text,
        emailTemplate=template.html,
        templateType=template.type,
        builderType=template.builder,
        createdAt=iso_millis(template.created_at),
        updatedAt=iso_millis(template.updated_at),
        source=template.source,
        id=template.id,
    )


def _gradual_send(campaign: Campaign) -> GradualSend | None:
    if campaign.send_mode != "gradual":
        return None
    return GradualSend(
        gradualStrategy=campaign.gradual_strategy or "fixed",
        dailyBatchSize=campaign.daily_batch_size or 1,
        timezone=campaign.timezone,
        currentDay=campaign.gradual_day,
    )


class AnalyticsCounts(Model):
    totalContacts: int
    suppressed: int
    failed: int
    attempted: int
    sent: int
    delivered: int
    opened: int
    humanOpened: int
    clicked: int
    bounced: int
    unsubscribed: int
    spamReported: int


class AnalyticsRates(Model):
    """Percentages, 0 to 100, with two decimals; 0 where the base is 0."""

    openRate: float
    clickRate: float
    bounceRate: float
    unsubscribedRate: float
    complaintRate: float
    successRate: float
    deliveryRate: float
    trueOpenRate: float


class Tracking(Model):
    open: bool
    click: bool


class CampaignAnalytics(Model):
    campaignId: str
    name: str
    status: str
    sentAt: str | None
    counts: AnalyticsCounts
    rates: AnalyticsRates
    tracking: Tracking
    refreshedAt: str | None


@router.get("/{campaignId}/analytics", responses=refusals(CampaignAnalyticsNotFound))
async def get_campaign_analytics(call: Call, campaign_id: CampaignId) -> MessageReply[CampaignAnalytics]:
    """Answer delivery and engagement counts of one campaign, and the rates between them.

    https://docs.autosend.com/api-reference/campaigns/analytics
    """
    campaign = find_campaign(call, campaign_id, CampaignAnalyticsNotFound)
    counts = _analytics_counts(call, campaign)
    analytics = CampaignAnalytics(
        campaignId=campaign.id,
        name=campaign.name,
        status=campaign.status,
        sentAt=instant(campaign.sent_at),
        counts=counts,
        rates=_rates(counts),
        tracking=Tracking(open=campaign.tracking_open, click=campaign.tracking_click),
        refreshedAt=instant(call.now if campaign.sending_since is not None else None),
    )
    return MessageReply(data=analytics, message="Campaign analytics retrieved successfully")


def _analytics_counts(call: Call, campaign: Campaign) -> AnalyticsCounts:
    fields = metric_fields(call, campaign)
    suppressed, failed = fields["suppressed"], fields["failedCount"]
    base = fields["processedCount"] if campaign.status == "sending_gradual" else fields["totalContacts"]
    return AnalyticsCounts(
        totalContacts=fields["totalContacts"],
        suppressed=suppressed,
        failed=failed,
        attempted=max(0, base - suppressed - failed),
        sent=fields["sent"],
        delivered=fields["delivered"],
        opened=fields["opened"],
        humanOpened=fields["opened"],
        clicked=fields["clicked"],
        bounced=fields["bounced"],
        unsubscribed=fields["unsubscribed"],
        spamReported=fields["spamReported"],
    )


def _rates(counts: AnalyticsCounts) -> AnalyticsRates:
    return AnalyticsRates(
        openRate=_percent(counts.opened, counts.delivered),
        clickRate=_percent(counts.clicked, counts.delivered),
        bounceRate=_percent(counts.bounced, counts.sent),
        unsubscribedRate=_percent(counts.unsubscribed, counts.delivered),
        complaintRate=_percent(counts.spamReported, counts.delivered),
        successRate=_percent(counts.sent, counts.attempted),
        deliveryRate=_percent(counts.delivered, counts.sent),
        trueOpenRate=_percent(counts.humanOpened, counts.delivered),
    )


def _percent(part: int, base: int) -> float:
    return round(100 * part / base, 2) if base else 0.0
