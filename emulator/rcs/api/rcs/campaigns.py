"""RCS campaigns: reading, listing, cancelling and resuming them.

https://telcowwt.com/documentations/rest-api/rcs-api/
"""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints
from sqlmodel import col, or_, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, sending
from emulator.rcs.channels import RCS
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.listing import Offset, Way, find, page_of
from emulator.rcs.models import Body, Data, Model, Page
from emulator.rcs.periods import period
from emulator.rcs.sends.answers import (
    CampaignAnswer,
    CampaignId,
    alternatives,
    campaign_answer,
    campaign_answers,
)
from emulator.rcs.tables.campaigns import Campaign, Dispatch
from emulator.rcs.values import DecimalText, Integer, MaybeStamp, MomentOrDay, Stamp, between, whole_number
from emulator.rcs.violations import BLANK
from emulator.sending.messages import tally_of
from emulator.storage.tables import contains

router = APIRouter(prefix="/api", tags=["RCS: campaigns"], route_class=OperationRoute)


@router.get("/campaigns/{id}", responses=refuses(refusals.ModelNotFound))
async def campaign_general_information(call: Call, campaign_id: CampaignId) -> Data[CampaignAnswer]:
    """Return the short form of a campaign.

    https://bsg.world/developers/rest-api/get-general-information-about-the-rcs-campaign
    """
    return Data(data=campaign_answer(call, find(call, Campaign, whole_number(campaign_id))))


class Counters(Model):
    """One counter for each status; unlike in the short form, `sent` counts that status alone."""

    delivered: int
    sent: int
    scheduled: int
    moderation: int
    accepted: int
    sending: int
    expired: int
    failed: int
    undelivered: int
    unknown: int
    read: int
    not_viber_user: int
    not_rcs_user: int


class CountersOfSubstitutes(Model):
    statistics: Counters
    statistic: Counters


class CampaignDetails(Model):
    """The long form of a campaign. Its dates are there twice, as the pages and the OpenAPI name them."""

    id: int
    name: str
    sender: str
    status: str
    channel: str = Field(serialization_alias="type")
    start_at: Stamp
    started_at: Stamp
    real_start_at: MaybeStamp
    actual_start_at: MaybeStamp
    finished_at: MaybeStamp
    created_at: Stamp
    statistics: Counters
    total_messages: int
    total_phones: int
    total_price: DecimalText
    currency: str
    alternative_channels: dict[str, CountersOfSubstitutes] | None


@router.get("/campaigns/{id}/detail", responses=refuses(refusals.ModelNotFound))
async def campaign_detailed_information(call: Call, campaign_id: CampaignId) -> Data[CampaignDetails]:
    """Return a campaign with all of its counters and what it has cost so far.

    https://telcowwt.com/documentations/rest-api/rcs-api/get-detailed-information-on-the-rcs-campaign/
    """
    campaign = find(call, Campaign, whole_number(campaign_id))
    dispatch = call.db.get_one(Dispatch, campaign.job_id)
    details = CampaignDetails.of(
        campaign,
        started_at=campaign.start_at,
        actual_start_at=campaign.real_start_at,
        statistics=_counters(call, campaign, campaign.channel),
        total_messages=sum(tally_of(call.db, campaign.job_id, campaign.channel).now.values()),
        total_price=dispatch.charged,
        currency=call.account.currency,
        alternative_channels=alternatives(dispatch, partial(_counters, call, campaign)),
    )
    return Data(data=details)


def _counters(call: Call, campaign: Campaign, channel: str) -> Counters:
    now = tally_of(call.db, campaign.job_id, channel).now
    counts = {name: now.get(name, 0) for name in Counters.model_fields}
    return Counters(**counts | {"not_rcs_user": now.get("not_service_user", 0)})


SearchField = Literal["sender", "taskname"]
SearchValue = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class CampaignFilters(Body):
    """The query of both lists; the pages search with `filter[…]`, the OpenAPI with `search[…]`."""

    type: Literal["sms", "rcs", "whatsapp"] | None = Field(None, alias="filter[type]")
    since: MomentOrDay | None = Field(None, alias="filter[from]")
    until: MomentOrDay | None = Field(None, alias="filter[to]")
    offset: Offset = Field(0, alias="page[offset]")
    limit: Annotated[Integer, between(30, 500)] = Field(50, alias="page[limit]")
    sort: Literal["id", "sender", "type", "date", "status"] = "id"
    way: Way = "asc"
    search_field: SearchField | None = Field(None, alias="search[field]")
    search_value: SearchValue | None = Field(None, alias="search[value]")
    filter_field: SearchField | None = Field(None, alias="filter[field]")
    filter_value: SearchValue | None = Field(None, alias="filter[value]")


SORTED_BY = {
    "id": Campaign.id,
    "sender": Campaign.sender,
    "type": Campaign.channel,
    "date": Campaign.created_at,
    "status": Campaign.status,
}


@router.get("/campaigns", responses=refuses(refusals.GivenDataInvalid))
async def list_of_campaigns(call: Call, filters: Annotated[CampaignFilters, Query()]) -> Page[CampaignAnswer]:
    """Page through campaigns of all types, or of one.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, campaigns
    """
    return _page(call, filters, filters.type)


@router.get("/campaign", responses=refuses(refusals.GivenDataInvalid))
async def list_of_rcs_campaigns(
    call: Call, filters: Annotated[CampaignFilters, Query()]
) -> Page[CampaignAnswer]:
    """Page through the RCS campaigns, at the path that the page about them has.

    https://bsg.world/developers/rest-api/get-a-list-of-rcs-campaigns
    """
    return _page(call, filters, filters.type or RCS)


def _page(call: Call, filters: CampaignFilters, channel: str | None) -> Page[CampaignAnswer]:
    wanted = select(Campaign).where(*_conditions(call, filters, channel))
    campaigns, meta = page_of(call, wanted, (col(SORTED_BY[filters.sort]), col(Campaign.id)), filters)
    return Page(data=campaign_answers(call, campaigns), meta=meta)


def _conditions(call: Call, filters: CampaignFilters, channel: str | None) -> list[Any]:
    since, until = period(filters.since, filters.until, call.now)
    conditions: list[Any] = [col(Campaign.created_at).between(since, until)]
    if channel is not None:
        conditions.append(Campaign.channel == channel)
    for name, field, value in (
        ("search", filters.search_field, filters.search_value),
        ("filter", filters.filter_field, filters.filter_value),
    ):
        if field is not None and value is not None:
            conditions.append(_search(field, value))
        elif field is not None or value is not None:
            missing = "field" if field is None else "value"
            raise refusals.GivenDataInvalid({f"{name}{missing}": [BLANK]})
    return conditions


def _search(field: SearchField, value: str) -> Any:
    """Return the condition of a search; `taskname` searches names and, as the page says, ids."""
    if field == "sender":
        return contains(Campaign.sender, value)
    named, number = contains(Campaign.name, value), whole_number(value)
    return named if number is None else or_(named, Campaign.id == number)


NOT_MOVED = refuses(refusals.ModelNotFound, refusals.InvalidCampaignStatus)


@router.put("/campaigns/{id}/stop", responses=NOT_MOVED)
@router.patch("/campaigns/{id}/stop", responses=NOT_MOVED)
async def cancel_campaign(call: LongCall, campaign_id: CampaignId) -> Data[CampaignAnswer]:
    """Stop a campaign for good: the messages in its queue never leave.

    https://bsg.world/developers/rest-api/cancel-sms-campaign
    https://telcowwt.com/documentations/rest-api/rcs-api/canceling-an-rcs-campaign/
    """
    campaign = find(call, Campaign, whole_number(campaign_id))
    sending.stop(call.turn, campaign)
    return Data(data=campaign_answer(call, campaign))


@router.put("/campaigns/{id}/renew", responses=NOT_MOVED)
@router.patch("/campaigns/{id}/renew", responses=NOT_MOVED)
async def resume_paused_campaign(call: Call, campaign_id: CampaignId) -> Data[CampaignAnswer]:
    """Go on with a campaign that was paused because the money ran out.

    https://telcowwt.com/documentations/rest-api/rcs-api/restore-rcs-campaigns/
    """
    campaign = find(call, Campaign, whole_number(campaign_id))
    sending.renew(call.turn, campaign)
    return Data(data=campaign_answer(call, campaign))
