"""How campaigns and messages look in responses."""

from typing import Annotated, Any

from fastapi import Path

from emulator.rcs.channels import SMS
from emulator.rcs.dialect import Call
from emulator.rcs.drafts import Draft
from emulator.rcs.models import Model
from emulator.rcs.tables.campaigns import Campaign, Dispatch
from emulator.rcs.values import DecimalText, InHours, MaybeStamp, Money, Stamp
from emulator.sending.messages import NewMessage, tally_of

CampaignId = Annotated[str, Path(alias="id", description="Campaign id, a number.")]

SENT = ("delivered", "sent", "accepted", "sending", "undelivered", "failed", "expired", "unknown")
"""The statuses that the short form counts as sent. `read` is not among them."""


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
    start_at: Stamp
    real_start_at: MaybeStamp
    finished_at: MaybeStamp
    created_at: Stamp
    statistics: Statistics
    calculated_price: Money
    currency: str
    alternative_channels: AlternativeChannels | None


def campaign_answer(call: Call, campaign: Campaign, *, estimate: int | None = None) -> CampaignAnswer:
    """Return the short form; `estimate` is the price that only the response to creation shows."""
    has_sms = call.db.get_one(Dispatch, campaign.job_id).has_alternative_sms
    return CampaignAnswer.of(
        campaign,
        message_type=campaign.channel,
        statistics=_statistics(call, campaign, campaign.channel),
        calculated_price=campaign.calculated_price if estimate is None else estimate,
        currency=call.account.currency,
        alternative_channels=alternative_sms(_statistics(call, campaign, SMS) if has_sms else None),
    )


def _statistics(call: Call, campaign: Campaign, channel: str) -> Statistics:
    now = tally_of(call.db, campaign.job_id, channel).now
    delivered = now.get("delivered", 0) + now.get("read", 0)
    return Statistics(delivered=delivered, sent=sum(now.get(status, 0) for status in SENT))


def alternative_sms(counters: Model | None) -> dict[str, Any] | None:
    """Return what a campaign shows of the SMS that stand in for its messages, if any do."""
    return {"sms": {"statistics": counters, "statistic": counters}} if counters else None


class Amount(Model):
    value: DecimalText
    currency: str


class MessageInfo(Model):
    """A single message as the response to its sending shows it."""

    id: int
    reference_id: str | None
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
        reference_id=message.reference,
        type=draft.channel,
        phone=int(message.recipient),
        validity=draft.lifetime,
        amount=Amount.of(call.account, value=message.price),
        sender=draft.sender,
        created_at=call.now,
    )
