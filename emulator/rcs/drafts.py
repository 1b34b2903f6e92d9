"""How what a client wants sent becomes a campaign or a single message, with its queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from emulator.engine.clock import HOUR, Millis
from emulator.engine.engine import Turn
from emulator.rcs import refusals
from emulator.rcs.channels import CHANNELS, SMS
from emulator.rcs.outcomes import outcome_for
from emulator.rcs.prices import pricing, rates_of
from emulator.rcs.recipients import reach_of, stop_listed
from emulator.rcs.sending import CAMPAIGNS, SINGLES
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Campaign, Dispatch
from emulator.rcs.values import stamp
from emulator.sending.jobs import new_job
from emulator.sending.messages import MESSAGE_IDS, NewMessage, add_messages

DEFAULT_VALIDITY = 72 * HOUR

CAMPAIGN_IDS = "rcs.campaign"
"""What the ids of campaigns are counted by."""


@dataclass(frozen=True)
class Recipient:
    phone: str
    reference: str | None = None


@dataclass(frozen=True)
class Fallback:
    """What goes out where the message did not arrive: an SMS with a text, or an RCS message with options."""

    sender: str
    text: str = ""
    lifetime: Millis = DEFAULT_VALIDITY
    check_stop_list: bool = True
    channel: str = SMS
    options: dict[str, Any] | None = None


@dataclass(frozen=True)
class Draft:
    """What is to be sent, checked but not stored."""

    channel: str
    sender: str
    recipients: Sequence[Recipient]
    tariff_code: int
    options: dict[str, Any] | None = None
    text: str | None = None
    lifetime: Millis = DEFAULT_VALIDITY
    fallback: Fallback | None = None
    check_stop_list: bool = True
    start_at: Millis | None = None
    callback_url: str | None = None
    source: str = "rest"


def estimate(session: Session, account: Account, draft: Draft) -> int:
    """Return what the draft's messages cost if all of them arrive."""
    return sum(message.price for message in _messages(session, _dispatch(account, draft, 0), draft, ""))


def new_campaign(draft: Draft, now: Millis, *, campaign_id: int, job_id: int = 0) -> Campaign:
    """Make a campaign of a draft, without storing it."""
    return Campaign(
        id=campaign_id,
        job_id=job_id,
        name=f"{CHANNELS[draft.channel].title} api campaign / {stamp(now)}",
        status="creation" if draft.start_at is None else "scheduled",
        channel=draft.channel,
        sender=draft.sender,
        start_at=now if draft.start_at is None else draft.start_at,
        created_at=now,
        total_phones=len(draft.recipients),
    )


def store_campaign(
    turn: Turn, account: Account, draft: Draft, *, campaign_id: int | None = None, pace: float | None = None
) -> tuple[Campaign, int]:
    """Store a campaign with its queue; return it and what its messages cost if all of them arrive."""
    number = campaign_id or turn.ids.number(CAMPAIGN_IDS)
    dispatch = _dispatch(account, draft, number)
    messages = _messages(turn.session, dispatch, draft, CAMPAIGNS.queued)
    owner = f"rcs/campaign/{number}"
    job = new_job(turn, "rcs", draft.channel, total=len(messages), pace=pace or account.pace, owner=owner)
    dispatch.job_id = job.id
    campaign = new_campaign(draft, turn.now, campaign_id=number, job_id=job.id)
    turn.session.add_all((dispatch, campaign))
    add_messages(turn, job.id, draft.channel, messages)
    return campaign, sum(message.price for message in messages)


def upcoming_campaign(turn: Turn) -> int:
    """Return the id that the next campaign gets, without taking it."""
    return turn.ids.upcoming(CAMPAIGN_IDS)


def upcoming_message(turn: Turn) -> int:
    """Return the id that the next message gets, without taking it."""
    return turn.ids.upcoming(MESSAGE_IDS)


def check_message(session: Session, account: Account, draft: Draft) -> NewMessage:
    """Return the one message of a draft. Raises ExistsOnStopList and InsufficientFunds."""
    found = _messages(session, _dispatch(account, draft, None), draft, SINGLES.queued)
    if not found:
        raise refusals.ExistsOnStopList
    if found[0].price > account.available:
        raise refusals.InsufficientFunds
    return found[0]


def send_message(turn: Turn, account: Account, draft: Draft) -> tuple[int, NewMessage]:
    """Send the one message of a draft, with its price reserved; return its id and the message."""
    message = check_message(turn.session, account, draft)
    job = new_job(turn, SINGLES.provider, draft.channel, total=1, pace=account.pace)
    dispatch = _dispatch(account, draft, None)
    dispatch.job_id = job.id
    account.reserved += message.price
    turn.session.add(dispatch)
    message_id = add_messages(turn, job.id, draft.channel, [message])
    SINGLES.start(turn, job, after=0)
    return message_id, message


def _dispatch(account: Account, draft: Draft, campaign_id: int | None) -> Dispatch:
    fallback = draft.fallback
    return Dispatch(
        job_id=0,
        account_id=account.id,
        campaign_id=campaign_id,
        channel=draft.channel,
        source=draft.source,
        sender=draft.sender,
        tariff_code=draft.tariff_code,
        options=draft.options,
        text=draft.text,
        lifetime=draft.lifetime,
        callback_url=draft.callback_url,
        fallback_sender=fallback.sender if fallback else None,
        fallback_channel=fallback.channel if fallback else SMS,
        fallback_text=fallback.text if fallback else "",
        fallback_options=fallback.options if fallback else None,
        fallback_lifetime=fallback.lifetime if fallback else 0,
        fallback_check_stop_list=fallback.check_stop_list if fallback else True,
    )


def _messages(session: Session, dispatch: Dispatch, draft: Draft, status: str) -> list[NewMessage]:
    """Return a message for each recipient who is not in the stop list."""
    phones = [recipient.phone for recipient in draft.recipients]
    unwanted = stop_listed(session, phones, draft.channel) if draft.check_stop_list else set()
    wanted = [recipient for recipient in draft.recipients if recipient.phone not in unwanted]
    rates, price = rates_of(session, draft.tariff_code), pricing(draft.channel, draft.text, draft.options)
    reaches = reach_of(session, draft.channel, draft.sender)
    found = []
    for position, recipient in enumerate(wanted):
        rate = rates.rate(recipient.phone)
        found.append(
            NewMessage(
                position=position,
                recipient=recipient.phone,
                outcome=outcome_for(draft.channel, recipient.phone)
                if reaches(rate)
                else f"{draft.channel}.failed",
                status=status,
                reference=recipient.reference,
                country=rate.country,
                price=price(rate),
            )
        )
    return found
