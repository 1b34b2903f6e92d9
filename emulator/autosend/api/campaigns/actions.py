"""Duplicate, Pause, Resume and Abort Campaign."""

from fastapi import APIRouter

from emulator.autosend.api.campaigns.answers import (
    CampaignId,
    CampaignNotFound,
    CampaignSummary,
    MaxDraftCampaignsReached,
    check_draft_limit,
)
from emulator.autosend.dialect import Call, CountingCall, LongCall
from emulator.autosend.listing import find
from emulator.autosend.models import Reply
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.sending import campaigns as sending
from emulator.autosend.sending.campaign_mails import template_of
from emulator.autosend.sending.publishable import check_resumable
from emulator.autosend.tables.account import made_in
from emulator.autosend.tables.campaigns import (
    Campaign,
    CannotAbortCampaign,
    CannotPauseCampaign,
    CannotResumeCampaign,
)
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/campaigns", tags=["Campaigns"], route_class=OperationRoute)

COPIED = {
    "subject",
    "from_email",
    "from_name",
    "from_sender_id",
    "reply_to",
    "template_id",
    "to_lists",
    "exclude_lists",
    "unsubscribe_group_id",
    "send_to_global_list",
    "send_mode",
    "timezone",
    "gradual_strategy",
    "daily_batch_size",
    "tracking_click",
    "tracking_open",
    "threshold_preset",
}
"""The fields that a copy has unchanged: all settings except the schedule."""


@router.post("/{campaignId}/duplicate", responses=refuses(CampaignNotFound, MaxDraftCampaignsReached))
async def duplicate_campaign(call: Call, campaign_id: CampaignId) -> Reply[CampaignSummary]:
    """Copy a campaign, in any status, into a new draft called `Copy of …`.

    https://docs.autosend.com/api-reference/campaigns/duplicate
    """
    original = find(call, Campaign, campaign_id, CampaignNotFound)
    check_draft_limit(call)
    copy = Campaign(
        id=call.turn.ids.hex("autosend.campaign"),
        number=call.turn.ids.number("autosend.campaign.number"),
        created_by=original.created_by,
        status="draft",
        name=f"Copy of {original.name}"[:200],
        preview_text=_copied_preview(call, original),
        **made_in(original.project_id, call.now),
        **original.model_dump(include=COPIED),
    )
    call.db.add(copy)
    return Reply(data=CampaignSummary.of(copy))


def _copied_preview(call: Call, original: Campaign) -> str:
    """Return the copy's preview text: empty if the template's builder is `code`, since 2026-09-01."""
    template = template_of(call.db, original)
    return "" if template is not None and template.builder == "code" else original.preview_text


@router.post("/{campaignId}/pause", responses=refuses(CampaignNotFound, CannotPauseCampaign))
async def pause_campaign(call: Call, campaign_id: CampaignId) -> Reply[CampaignSummary]:
    """Pause a campaign that is being sent; a gradual one also before it starts.

    https://docs.autosend.com/api-reference/campaigns/pause
    """
    campaign = find(call, Campaign, campaign_id, CampaignNotFound)
    sending.pause(call.turn, campaign, sending.BY_HAND)
    return Reply(data=CampaignSummary.of(campaign))


@router.post(
    "/{campaignId}/resume", responses=refuses(CampaignNotFound, CannotResumeCampaign, ValidationFailed)
)
async def resume_campaign(call: CountingCall, campaign_id: CampaignId) -> Reply[CampaignSummary]:
    """Resume a paused campaign where it stopped, if it is still fit to be sent.

    https://docs.autosend.com/api-reference/campaigns/resume
    """
    campaign = find(call, Campaign, campaign_id, CampaignNotFound)
    if campaign.status == "paused":
        check_resumable(call.db, campaign)
    sending.resume(call.turn, campaign)
    return Reply(data=CampaignSummary.of(campaign))


@router.post("/{campaignId}/abort", responses=refuses(CampaignNotFound, CannotAbortCampaign))
async def abort_campaign(call: LongCall, campaign_id: CampaignId) -> Reply[CampaignSummary]:
    """Stop all pending sends at once, for good. Mails that were sent are not recalled.

    https://docs.autosend.com/api-reference/campaigns/abort
    """
    campaign = find(call, Campaign, campaign_id, CampaignNotFound)
    sending.abort(call.turn, campaign)
    return Reply(data=CampaignSummary.of(campaign))
