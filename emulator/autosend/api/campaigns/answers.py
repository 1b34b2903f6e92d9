"""The parts that operations on campaigns share: models of responses, and the limit of drafts."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Path
from sqlmodel import func, select

from emulator.autosend.audience import contact_count, count_contacts, find_list
from emulator.autosend.dialect import Call
from emulator.autosend.limits import MOST_DRAFTS
from emulator.autosend.models import Model
from emulator.autosend.refusals import refusal
from emulator.autosend.sending.analytics import counts
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.tables.contacts import GLOBAL_LIST, GLOBAL_NAME
from emulator.autosend.values import Instant, Number
from emulator.engine.clock import SECOND

CampaignNotFound = refusal(404, "CAMPAIGN_NOT_FOUND", "Campaign not found", form="status")
MaxDraftCampaignsReached = refusal(
    400,
    "MAX_DRAFT_CAMPAIGNS_REACHED",
    "Maximum number of draft campaigns (50) reached for this project.",
    inferred="all",
)

CampaignId = Annotated[str, Path(alias="campaignId", description="Campaign id, 24 hex digits.")]


def check_draft_limit(call: Call) -> None:
    """Raise MaxDraftCampaignsReached if the project has MOST_DRAFTS drafts already."""
    drafts = select(func.count()).where(Campaign.project_id == call.project_id, Campaign.status == "draft")
    if call.db.exec(drafts).one() >= MOST_DRAFTS:
        raise MaxDraftCampaignsReached


class CampaignSummary(Model):
    """The summary of a campaign."""

    id: str
    campaign_id: str
    name: str
    subject: str
    preview_text: str
    status: str
    send_mode: str
    tracking_click: bool
    tracking_open: bool
    created_at: Instant
    updated_at: Instant


class Metrics(Model):
    """The counters of a campaign. An opened mail still counts as sent and delivered."""

    sent: int
    delivered: int
    opened: int
    suppressed: int
    clicked: int
    bounced: int
    unsubscribed: int
    spam_reported: int
    processed_count: int
    total_contacts: int
    failed_count: int


class FullMetrics(Metrics):
    average_rate_per_second: Number
    total_duration_seconds: Number


def metrics(call: Call, campaign: Campaign) -> Metrics:
    """Return the counters of a campaign as they are now."""
    return metrics_of(campaign, counts(call.db, campaign))


def metrics_of(campaign: Campaign, ever: Mapping[str, int]) -> Metrics:
    """Return the counters of a campaign from counts of its analytics, current or stored ones."""
    sent, failed = ever.get("sent", 0), ever.get("failed", 0)
    suppressed = ever.get("suppressed", 0)
    return Metrics(
        sent=sent,
        delivered=ever.get("delivered", 0),
        opened=ever.get("opened", 0) if campaign.tracking_open else 0,
        suppressed=suppressed,
        clicked=ever.get("clicked", 0) if campaign.tracking_click else 0,
        bounced=ever.get("bounced", 0),
        unsubscribed=ever.get("unsubscribed", 0),
        spam_reported=ever.get("complained", 0),
        processed_count=sent + failed + suppressed,
        total_contacts=ever.get("total_contacts", 0),
        failed_count=failed,
    )


def full_metrics(call: Call, campaign: Campaign) -> FullMetrics:
    counted = metrics(call, campaign)
    paused_at = campaign.paused_at if campaign.status == "paused" else None
    until = campaign.ended_at or paused_at or call.now
    seconds = (until - campaign.sending_since) / SECOND if campaign.sending_since is not None else 0.0
    rate = round(counted.sent / seconds, 2) if seconds > 0 else 0.0
    return FullMetrics.of(counted, average_rate_per_second=rate, total_duration_seconds=max(0.0, seconds))


class TargetList(Model):
    """A list or segment whose contacts a campaign includes or excludes."""

    id: str
    name: str
    type: str
    contact_count: int


def target_lists(call: Call, list_ids: list[str]) -> list[TargetList]:
    rows = (find_list(call.db, call.project_id, list_id) for list_id in list_ids)
    return [TargetList.of(row, contact_count=contact_count(call.db, row)) for row in rows if row is not None]


class FromAddress(Model):
    email: str
    name: str


def excluded_lists(call: Call, list_ids: list[str]) -> list[TargetList]:
    """Return excluded lists for a response, with the global list, which `target_lists` leaves out."""
    if GLOBAL_LIST not in list_ids:
        return target_lists(call, list_ids)
    count = count_contacts(call.db, call.project_id)
    everybody = TargetList(id=GLOBAL_LIST, name=GLOBAL_NAME, type="list", contact_count=count)
    return [everybody, *target_lists(call, list_ids)]


def from_address(campaign: Campaign) -> FromAddress | None:
    if campaign.from_email is None:
        return None
    return FromAddress(email=campaign.from_email, name=campaign.from_name or "")
