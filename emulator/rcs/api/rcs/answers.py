"""How campaigns and messages look in answers, and how an endpoint finds the campaign that it is about."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Path

from emulator.engine.clock import Millis
from emulator.rcs import refusals
from emulator.rcs.dialect import Call
from emulator.rcs.drafts import Draft
from emulator.rcs.models import Model
from emulator.rcs.prices import UNIT, decimal
from emulator.rcs.tables import SMS, Account, Campaign, Dispatch
from emulator.rcs.values import hours, stamp, stamp_or_none
from emulator.sending.messages import NewMessage, tally_of

CampaignId = Annotated[str, Path(alias="id", description="Campaign id, a number.")]

SENT = ("delivered", "sent", "accepted", "sending", "undelivered", "failed", "expired", "unknown")
"""The statuses that the short form counts as sent. `read` is not among them."""


def find_campaign(call: Call, campaign_id: str) -> Campaign:
    """Answer the campaign of this id. Raises ModelNotFound for anything else."""
    campaign = None
    if re.fullmatch("[0-9]{1,18}", campaign_id):
        campaign = call.db.get(Campaign, int(campaign_id))
    if campaign is None:
        raise refusals.ModelNotFound
    return campaign


class Statistics(Model):
    delivered: int
    sent: int


class SmsStatistics(Model):
    """Both names are in use: the pages' table has one, their samples the other."""

    statistics: Statistics
    statistic: Statistics


class AlternativeChannels(Model):
    sms: SmsStatistics


class CampaignAnswer(Model):
    """A campaign in short."""

    id: int
    name: str
    sender: str
    status: str
    message_type: str
    start_at: str
    real_start_at: str | None
    finished_at: str | None
    created_at: str
    statistics: Statistics
    calculated_price: float
    currency: str
    alternative_channels: AlternativeChannels | None


def campaign_answer(call: Call, campaign: Campaign, *, estimate: int | None = None) -> CampaignAnswer:
    """Answer the short form; `estimate` is the price that only the answer to creation shows."""
    dispatch = call.db.get_one(Dispatch, campaign.job_id)
    return campaign_form(
        campaign,
        call.account,
        statistics=statistics(tally_of(call.db, campaign.job_id, campaign.channel).now),
        fallback=statistics(tally_of(call.db, campaign.job_id, SMS).now)
        if dispatch.has_alternative_sms
        else None,
        price=campaign.calculated_price if estimate is None else estimate,
    )


def campaign_form(
    campaign: Campaign, account: Account, *, statistics: Statistics, fallback: Statistics | None, price: int
) -> CampaignAnswer:
    channels = fallback and AlternativeChannels(sms=SmsStatistics(statistics=fallback, statistic=fallback))
    return CampaignAnswer(
        id=campaign.id,
        name=campaign.name,
        sender=campaign.sender,
        status=campaign.status,
        message_type=campaign.channel,
        start_at=stamp(campaign.start_at),
        real_start_at=stamp_or_none(campaign.real_start_at),
        finished_at=stamp_or_none(campaign.finished_at),
        created_at=stamp(campaign.created_at),
        statistics=statistics,
        calculated_price=price / UNIT,
        currency=account.currency,
        alternative_channels=channels,
    )


def statistics(now: Mapping[str, int]) -> Statistics:
    """Answer the short counters of what is in each status now."""
    delivered = now.get("delivered", 0) + now.get("read", 0)
    return Statistics(delivered=delivered, sent=sum(now.get(status, 0) for status in SENT))


class Amount(Model):
    value: str
    currency: str


class MessageInfo(Model):
    """A single message as the answer to its sending shows it."""

    id: int
    reference_id: str | None
    source: str = "rest"
    type: str
    phone: int
    status: str
    validity: int
    amount: Amount
    sender: str
    created_at: str
    sent_at: str | None = None
    delivered_at: str | None = None


def message_info(
    account: Account, draft: Draft, message_id: int, message: NewMessage, now: Millis
) -> MessageInfo:
    return MessageInfo(
        id=message_id,
        reference_id=message.reference,
        type=draft.channel,
        phone=int(message.recipient),
        status=message.status,
        validity=hours(draft.lifetime),
        amount=Amount(value=decimal(message.price), currency=account.currency),
        sender=draft.sender,
        created_at=stamp(now),
    )
