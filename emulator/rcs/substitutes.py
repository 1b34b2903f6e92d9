"""Messages that stand in for others that did not arrive.

https://telcowwt.com/documentations/rest-api/rcs-api/ (alternative channel).
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from emulator.engine.engine import Turn
from emulator.rcs.outcomes import outcome_for
from emulator.rcs.prices import pricing, rates_of
from emulator.rcs.recipients import reach_of, stop_listed
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Dispatch
from emulator.sending.messages import Message, NewMessage
from emulator.storage.tables import among


def substitutes(turn: Turn, dispatch: Dispatch, messages: Sequence[Message], status: str) -> list[NewMessage]:
    """Return the messages that stand in for others, where stop list and money allow one."""
    channel, phones = dispatch.fallback_channel, [message.recipient for message in messages]
    unwanted = stop_listed(turn.session, phones, channel) if dispatch.fallback_check_stop_list else set()
    replaced = _replaced(turn.session, messages)
    rates = rates_of(turn.session, dispatch.tariff_code)
    price_at = pricing(channel, dispatch.fallback_text, dispatch.fallback_options)
    reaches = reach_of(turn.session, channel, dispatch.fallback_sender)
    funds = turn.session.get_one(Account, dispatch.account_id).available
    new = []
    for message in messages:
        phone, rate = message.recipient, rates.rate(message.recipient)
        price = price_at(rate)
        if phone not in unwanted and message.id not in replaced and price <= funds:
            funds -= price
            outcome = outcome_for(channel, phone, stands_in=True) if reaches(rate) else f"{channel}.failed"
            new.append(_substitute(message, outcome, price, status))
    return new


def _replaced(session: Session, messages: Sequence[Message]) -> set[int | None]:
    """Return the ids of those messages that another one stands in for already."""
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
