"""How campaigns and messages look in responses."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from emulator.rcs.channels import RCS
from emulator.rcs.dialect import Call
from emulator.rcs.drafts import Draft
from emulator.rcs.models import Model
from emulator.rcs.tables.campaigns import Campaign, Dispatch
from emulator.rcs.values import DecimalText, InHours, MaybeStamp, Money, Stamp
from emulator.sending.counting import now_of
from emulator.sending.messages import NewMessage, counts_now

CampaignId = Annotated[str, Path(alias="id", description="Campaign id, a number.")]

ARRIVED = frozenset({"delivered", "read"})
SENT = frozenset({"delivered", "sent", "accepted", "sending", "undelivered", "failed", "expired", "unknown"})
"""The statuses that the short form counts as sent. `read` is not among them."""


class Statistics(Model):
    delivered: int
    sent: int


class OfSubstitutes(Model):
    """The counters under both names: one is in the tables of the pages, the other in their samples."""

    statistics: Statistics
    statistic: Statistics


class CampaignAnswer(Model):
    """A campaign in short."""

    id: int
    name: str
    sender: str
    status: str
    channel: str = Field(serialization_alias="message_type")
    start_at: Stamp
    real_start_at: MaybeStamp
    finished_at: MaybeStamp
    created_at: Stamp
    statistics: Statistics
    calculated_price: Money
    currency: str
    alternative_channels: dict[str, OfSubstitutes] | None


def campaign_answer(call: Call, campaign: Campaign, *, estimate: int | None = None) -> CampaignAnswer:
    """Return the short form of a campaign; only the response to its creation shows the `estimate`."""
    return _answer(call, campaign, counts_now(call.db, campaign.job_id), estimate)


def campaign_answers(call: Call, campaigns: Sequence[Campaign]) -> list[CampaignAnswer]:
    """Return the short forms of several campaigns."""
    counts = now_of(call.db, [campaign.job_id for campaign in campaigns])
    return [_answer(call, campaign, counts[campaign.job_id]) for campaign in campaigns]


def _answer(
    call: Call, campaign: Campaign, counts: Sequence[tuple[str, str, int]], estimate: int | None = None
) -> CampaignAnswer:
    dispatch = call.db.get_one(Dispatch, campaign.job_id)
    return CampaignAnswer.of(
        campaign,
        statistics=_statistics(counts, campaign.channel),
        calculated_price=campaign.calculated_price if estimate is None else estimate,
        currency=call.account.currency,
        alternative_channels=alternatives(dispatch, partial(_statistics, counts)),
    )


def _statistics(counts: Sequence[tuple[str, str, int]], channel: str) -> Statistics:
    delivered = sent = 0
    for of, status, number in counts:
        if of == channel:
            delivered += number if status in ARRIVED else 0
            sent += number if status in SENT else 0
    return Statistics(delivered=delivered, sent=sent)


def alternatives(dispatch: Dispatch, counters_of: Callable[[str], Model]) -> dict[str, Any] | None:
    """Return the counters of a campaign's substitutes, if it has any by SMS or Viber."""
    channel = dispatch.fallback_channel
    if dispatch.fallback_sender is None or channel == RCS:
        return None
    counters = counters_of(channel)
    return {channel: {"statistics": counters, "statistic": counters}}


class Amount(Model):
    value: DecimalText
    currency: str


class MessageInfo(Model):
    """A single message in the response to its sending."""

    id: int
    reference: str | None = Field(serialization_alias="reference_id")
    source: str = "rest"
    type: str
    phone: int
    status: str
    validity: InHours
    amount: Amount
    sender: str
    created_at: Stamp
    sent_at: str | None = None
    delivered_at: str | None = None


def message_info(call: Call, draft: Draft, message_id: int, message: NewMessage) -> MessageInfo:
    return MessageInfo.of(
        message,
        id=message_id,
        type=draft.channel,
        phone=int(message.recipient),
        validity=draft.lifetime,
        amount=Amount.of(call.account, value=message.price),
        sender=draft.sender,
        created_at=call.now,
    )
