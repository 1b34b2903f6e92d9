"""Drafts of sends, and how they become a campaign or a single message with its queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from emulator.engine.clock import HOUR, Millis
from emulator.engine.engine import Turn
from emulator.rcs import curfew, refusals
from emulator.rcs.channels import CHANNELS, SMS
from emulator.rcs.contents import Recipient
from emulator.rcs.finishing import USUAL, Finish, finished, store_fallback, store_finished
from emulator.rcs.moderation import is_spam
from emulator.rcs.outcomes import STOP_LIST, outcome_for
from emulator.rcs.prices import Rate, pricing, rates_of
from emulator.rcs.recipients import reach_of, stop_listed
from emulator.rcs.sending import CAMPAIGNS, SINGLES
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Campaign, Dispatch
from emulator.rcs.values import stamp
from emulator.sending.job_table import new_job
from emulator.sending.left_out import leave_out
from emulator.sending.messages import MESSAGE_IDS, NewMessage, add_messages

DEFAULT_VALIDITY = 72 * HOUR

CAMPAIGN_IDS = "rcs.campaign"
"""The kind of number of campaigns' ids."""


@dataclass(frozen=True)
class Fallback:
    """The substitute for a message that does not arrive: a text by SMS, or options by another channel."""

    sender: str
    text: str = ""
    lifetime: Millis = DEFAULT_VALIDITY
    check_stop_list: bool = True
    channel: str = SMS
    options: dict[str, Any] | None = None
    finish: Finish = USUAL
    """How the content is finished for each recipient."""


@dataclass(frozen=True)
class Draft:
    """A campaign or a message to send, checked but not stored."""

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
    respects_curfew: bool = False
    """Whether a single message waits for the end of the account's curfew."""
    source: str = "rest"
    finish: Finish = USUAL
    """How the content is finished for each recipient."""
    is_rejected: bool = False
    """Whether the provider behind the channel rejects it, so that all messages fail."""


def estimate(turn: Turn, draft: Draft) -> int:
    """Return the price of the draft's messages if all of them arrive."""
    with turn.ids.rehearsal():
        return sum(message.price for message in _messages(turn.session, draft, _wanted(turn, draft), ""))


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
    """Store a campaign with its queue; return it and the price of its messages if all of them arrive."""
    number = campaign_id or turn.ids.number(CAMPAIGN_IDS)
    wanted = _wanted(turn, draft)
    messages = _messages(turn.session, draft, wanted, CAMPAIGNS.queued)
    owner = f"rcs/campaign/{number}"
    if len(wanted) < len(draft.recipients):
        kept = {recipient.phone for recipient in wanted}
        phones = [recipient.phone for recipient in draft.recipients if recipient.phone not in kept]
        leave_out(turn, owner, STOP_LIST, phones)
    job = new_job(turn, "rcs", draft.channel, total=len(messages), pace=pace or account.pace, owner=owner)
    campaign = new_campaign(draft, turn.now, campaign_id=number, job_id=job.id)
    dispatch = dispatch_of(account, draft, number, job.id)
    dispatch.is_personal = any(recipient.own is not None for recipient in wanted)
    dispatch.is_spam = is_spam(draft.text, draft.options, wanted)
    turn.session.add_all((dispatch, campaign))
    first_id = add_messages(turn, job.id, draft.channel, messages, len(messages))
    store_finished(turn, wanted, first_id, draft.channel, number)
    if draft.fallback is not None:
        other = draft.fallback
        store_fallback(turn, other.finish, wanted, first_id, other.text or None, other.options)
    return campaign, sum(message.price for message in messages)


def upcoming_campaign(turn: Turn) -> int:
    """Return the id that the next campaign gets, without taking it."""
    return turn.ids.upcoming(CAMPAIGN_IDS)


def upcoming_message(turn: Turn) -> int:
    """Return the id that the next message gets, without taking it."""
    return turn.ids.upcoming(MESSAGE_IDS)


def check_message(turn: Turn, account: Account, draft: Draft) -> NewMessage:
    """Return the one message of a draft. Raises ExistsOnStopList and InsufficientFunds."""
    with turn.ids.rehearsal():
        return _checked(turn, account, draft)[1]


def send_message(turn: Turn, account: Account, draft: Draft) -> tuple[int, NewMessage]:
    """Send the one message of a draft, with its price reserved; return its id and the message."""
    recipient, message = _checked(turn, account, draft)
    job = new_job(turn, SINGLES.provider, draft.channel, total=1, pace=account.pace)
    account.reserved += message.price
    dispatch = dispatch_of(account, draft, None, job.id)
    dispatch.is_personal = recipient.own is not None
    turn.session.add(dispatch)
    after = curfew.wait(account, turn.now) if draft.respects_curfew else 0
    if after:
        message_id = add_messages(turn, job.id, draft.channel, [message], 1)
        store_finished(turn, [recipient], message_id, draft.channel, None)
        SINGLES.start(turn, job, after=after)
        return message_id, message
    made = SINGLES.make(turn, job, [message])
    store_finished(turn, [recipient], made.first_id, draft.channel, None)
    SINGLES.start_made(turn, job, made)
    return made.first_id, message


def _checked(turn: Turn, account: Account, draft: Draft) -> tuple[Recipient, NewMessage]:
    wanted = _wanted(turn, draft)
    if not wanted:
        raise refusals.ExistsOnStopList
    [message] = _messages(turn.session, draft, wanted, SINGLES.queued)
    if message.price > account.available:
        raise refusals.InsufficientFunds
    return wanted[0], message


def dispatch_of(account: Account, draft: Draft, campaign_id: int | None = None, job_id: int = 0) -> Dispatch:
    """Make the dispatch of a draft, without storing it."""
    fallback, finish = draft.fallback, None
    if fallback is not None:
        finish = fallback.finish.written(fallback.text, fallback.options)
    return Dispatch(
        job_id=job_id,
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
        respects_curfew=draft.respects_curfew,
        check_stop_list=draft.check_stop_list,
        fallback_sender=fallback.sender if fallback else None,
        fallback_channel=fallback.channel if fallback else SMS,
        fallback_text=fallback.text if fallback else "",
        fallback_options=fallback.options if fallback else None,
        fallback_finish=finish,
        fallback_lifetime=fallback.lifetime if fallback else 0,
        fallback_check_stop_list=fallback.check_stop_list if fallback else True,
    )


def _wanted(turn: Turn, draft: Draft) -> list[Recipient]:
    """Return the recipients who are not on the stop list, each with the content of their own."""
    phones = [recipient.phone for recipient in draft.recipients]
    unwanted = stop_listed(turn.session, phones, draft.channel) if draft.check_stop_list else set()
    wanted = [recipient for recipient in draft.recipients if recipient.phone not in unwanted]
    return finished(turn, draft.finish, wanted, draft.text, draft.options)


def _messages(session: Session, draft: Draft, wanted: Sequence[Recipient], status: str) -> list[NewMessage]:
    """Return a message for each of the recipients."""
    price_of = _prices(session, draft)
    reaches = reach_of(session, draft.channel, draft.sender)
    failed = f"{draft.channel}.failed"
    found = []
    for position, recipient in enumerate(wanted):
        rate, price = price_of(recipient)
        is_refused = draft.is_rejected or not reaches(rate)
        outcome = failed if is_refused else outcome_for(draft.channel, recipient.phone)
        made = position, recipient.phone, outcome, status, recipient.reference, None, rate.country, price
        found.append(NewMessage(*made))
    return found


def _prices(session: Session, draft: Draft) -> Callable[[Recipient], tuple[Rate, int]]:
    """Return a function that returns the rate and the price for a recipient."""
    rates_by = {draft.tariff_code: rates_of(session, draft.tariff_code)}
    shared = pricing(draft.channel, draft.text, draft.options)

    def price_of(recipient: Recipient) -> tuple[Rate, int]:
        own, code, price_at = recipient.own, draft.tariff_code, shared
        if own is not None and own.tariff_code is not None:
            code = own.tariff_code
            if code not in rates_by:
                rates_by[code] = rates_of(session, code)
        if own is not None and (own.text is not None or own.options is not None):
            price_at = pricing(draft.channel, own.text, own.options)
        rate = rates_by[code].rate(recipient.phone)
        return rate, price_at(rate)

    return price_of
