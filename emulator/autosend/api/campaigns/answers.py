"""What the operations on campaigns share: how they find one, how one looks, how many drafts there may be."""

from typing import Annotated

from fastapi import Path
from sqlmodel import func, select

from emulator.autosend.audience import contact_count, find_list
from emulator.autosend.errors import AutoSendError
from emulator.autosend.errors.campaigns import CampaignNotFound, MaxDraftCampaignsReached
from emulator.autosend.models import Model
from emulator.autosend.sending.delivery import CHANNEL
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.wire import Call, instant
from emulator.engine.clock import SECOND
from emulator.sending.messages import tally_of

MAX_DRAFTS = 50

CampaignId = Annotated[str, Path(alias="campaignId", description="Campaign id, 24 hex digits.")]


def find_campaign(call: Call, campaign_id: str, missing: type[AutoSendError] = CampaignNotFound) -> Campaign:
    """Answer the project's campaign of this id; raises `missing` for any other id."""
    campaign = call.db.get(Campaign, campaign_id)
    if campaign is None or campaign.project_id != call.project_id:
        raise missing()
    return campaign


def check_draft_limit(call: Call) -> None:
    """Raise MaxDraftCampaignsReached when the project has no room for another draft."""
    drafts = select(func.count()).where(Campaign.project_id == call.project_id, Campaign.status == "draft")
    if call.db.exec(drafts).one() >= MAX_DRAFTS:
        raise MaxDraftCampaignsReached


class CampaignSummary(Model):
    """A campaign in short. `campaignId` is the name of `id` before April 2026; clients of both exist."""

    id: str
    campaignId: str
    name: str
    subject: str
    previewText: str
    status: str
    sendMode: str
    trackingClick: bool
    trackingOpen: bool
    createdAt: str
    updatedAt: str


def summary_fields(campaign: Campaign) -> dict[str, object]:
    return {
        "id": campaign.id,
        "campaignId": campaign.id,
        "name": campaign.name,
        "subject": campaign.subject,
        "previewText": campaign.preview_text,
        "status": campaign.status,
        "sendMode": campaign.send_mode,
        "trackingClick": campaign.tracking_click,
        "trackingOpen": campaign.tracking_open,
        "createdAt": instant(campaign.created_at),
        "updatedAt": instant(campaign.updated_at),
    }


def summary(campaign: Campaign) -> CampaignSummary:
    return CampaignSummary.model_validate(summary_fields(campaign))


class Metrics(Model):
    """The counters of a campaign. A mail that was opened stays counted as sent and delivered."""

    sent: int
    delivered: int
    opened: int
    suppressed: int
    clicked: int
    bounced: int
    unsubscribed: int
    spamReported: int
    processedCount: int
    totalContacts: int
    failedCount: int


class FullMetrics(Metrics):
    averageRatePerSecond: float
    totalDurationSeconds: float


def metric_fields(call: Call, campaign: Campaign) -> dict[str, int]:
    ever = tally_of(call.db, campaign.job_id, CHANNEL).ever
    sent, failed = ever.get("sent", 0), ever.get("failed", 0)
    return {
        "sent": sent,
        "delivered": ever.get("delivered", 0),
        "opened": ever.get("opened", 0) if campaign.tracking_open else 0,
        "suppressed": campaign.suppressed,
        "clicked": ever.get("clicked", 0) if campaign.tracking_click else 0,
        "bounced": ever.get("bounced", 0),
        "unsubscribed": ever.get("unsubscribed", 0),
        "spamReported": ever.get("complained", 0),
        "processedCount": sent + failed + campaign.suppressed,
        "totalContacts": campaign.total_contacts,
        "failedCount": failed,
    }


def metrics(call: Call, campaign: Campaign) -> Metrics:
    return Metrics(**metric_fields(call, campaign))


def full_metrics(call: Call, campaign: Campaign) -> FullMetrics:
    fields = metric_fields(call, campaign)
    paused_at = campaign.paused_at if campaign.status == "paused" else None
    until = campaign.sent_at or campaign.aborted_at or paused_at or call.now
    seconds = (until - campaign.sending_since) / SECOND if campaign.sending_since is not None else 0.0
    rate = round(fields["sent"] / seconds, 2) if seconds > 0 else 0.0
    return FullMetrics(**fields, averageRatePerSecond=rate, totalDurationSeconds=max(0.0, seconds))


class TargetList(Model):
    """A list or segment that a campaign is for, or is not for."""

    id: str
    name: str
    type: str
    contactCount: int


def target_lists(call: Call, list_ids: list[str]) -> list[TargetList]:
    rows = (find_list(call.db, call.project_id, list_id) for list_id in list_ids)
    return [
        TargetList(id=row.id, name=row.name, type=row.type, contactCount=contact_count(call.db, row))
        for row in rows
        if row is not None
    ]


class FromAddress(Model):
    email: str
    name: str


def from_address(campaign: Campaign) -> FromAddress | None:
    if campaign.from_email is None:
        return None
    return FromAddress(email=campaign.from_email, name=campaign.from_name or "")
