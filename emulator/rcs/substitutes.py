"""Substitutes: messages that stand in for others that did not arrive.

https://telcowwt.com/documentations/rest-api/rcs-api/ (alternative channel).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlmodel import Session, col, select

from emulator.engine.engine import Turn
from emulator.rcs.contents import Own, Recipient, fallbacks_of
from emulator.rcs.finishing import finish_of, finished
from emulator.rcs.identity import code_sent
from emulator.rcs.outcomes import WITHHELD, outcome_for
from emulator.rcs.prices import Rate, active_tariff, pricing, rates_of
from emulator.rcs.recipients import reach_of, stop_listed
from emulator.rcs.shortening import still_open
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Dispatch
from emulator.rcs.tables.two_factor import OtpSession
from emulator.sending.messages import Message, NewMessage
from emulator.storage.tables import among


class Substitute(NamedTuple):
    """A message that stands in for another, still to be stored, with its recipient."""

    message: NewMessage
    recipient: Recipient


def substitutes(turn: Turn, dispatch: Dispatch, messages: Sequence[Message], status: str) -> list[Substitute]:
    """Return the substitutes of messages, as far as the stop list allows; without money they fail.

    They are charged by the account's default tariff, whatever tariff the messages had.
    """
    channel = dispatch.fallback_channel
    replaceable = _replaceable(turn.session, dispatch, messages)
    rates = rates_of(turn.session, active_tariff(turn.session, None))
    price_of = _prices(dispatch)
    reaches = reach_of(turn.session, channel, dispatch.fallback_sender)
    funds = turn.session.get_one(Account, dispatch.account_id).available
    found = []
    for message, recipient in zip(replaceable, _recipients(turn, dispatch, replaceable), strict=True):
        rate = rates.rate(recipient.phone)
        price = price_of(recipient.own, rate)
        outcome = WITHHELD
        if price <= funds:
            funds -= price
            is_reached = reaches(rate)
            outcome = (
                outcome_for(channel, recipient.phone, stands_in=True) if is_reached else f"{channel}.failed"
            )
        found.append(Substitute(_substitute(message, outcome, price, status), recipient))
    return found


def _replaceable(session: Session, dispatch: Dispatch, messages: Sequence[Message]) -> list[Message]:
    """Return the messages that are no substitutes, have none yet, and whose recipients may get one."""
    if _is_void(session, dispatch):
        return []
    phones = [message.recipient for message in messages]
    unwanted: set[str] = set()
    if dispatch.fallback_check_stop_list:
        unwanted = stop_listed(session, phones, dispatch.fallback_channel)
    replaced = _replaced(session, messages)
    first = [one for one in messages if one.parent_id is None and one.id not in replaced]
    return [one for one in first if one.recipient not in unwanted]


def _is_void(session: Session, dispatch: Dispatch) -> bool:
    """Return whether a job sends a code that is void, other than by the end of its time."""
    sent = code_sent(session, dispatch)
    if sent is None:
        return False
    otp = session.get_one(OtpSession, sent.session_id)
    return sent.code != otp.code or otp.status not in {"pending", "expired"}


def _recipients(turn: Turn, dispatch: Dispatch, messages: Sequence[Message]) -> list[Recipient]:
    """Return the recipients of messages' substitutes, each with the content of their own."""
    if dispatch.fallback_finish is None:
        return [Recipient(message.recipient, message.reference) for message in messages]
    finish = finish_of(dispatch.fallback_finish)
    owns = fallbacks_of(turn.session, messages) if finish.fills_in else {}
    recipients = [Recipient(one.recipient, one.reference, owns.get(one.id)) for one in messages]
    links = still_open(turn.session, finish.links, counted_by=f"rcs.substitute/{dispatch.job_id}")
    left, text = replace(finish, fills_in=False, links=links), dispatch.fallback_text or None
    return finished(turn, left, recipients, text, dispatch.fallback_options)


def _prices(dispatch: Dispatch) -> Callable[[Own | None, Rate], int]:
    """Return a function that finds the price of a substitute, given its own content and a rate."""
    channel, options = dispatch.fallback_channel, dispatch.fallback_options
    shared = pricing(channel, dispatch.fallback_text, options)

    def price_of(own: Own | None, rate: Rate) -> int:
        if own is None or own.text is None:
            return shared(rate)
        return pricing(channel, own.text, options)(rate)

    return price_of


def _replaced(session: Session, messages: Sequence[Message]) -> set[int | None]:
    """Return the ids of the messages that have a substitute already."""
    ids = [message.id for message in messages]
    return set(session.exec(select(col(Message.parent_id)).where(among(Message.parent_id, ids))))


def _substitute(message: Message, outcome: str, price: int, status: str) -> NewMessage:
    return NewMessage(
        position=message.position,
        recipient=message.recipient,
        outcome=outcome,
        status=status,
        reference=message.reference,
        parent_id=message.id,
        country=message.country,
        price=price,
    )
