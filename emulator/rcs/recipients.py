"""The recipients of messages: contact book, lists, stop list, and the countries of agents."""

from collections.abc import Callable, Sequence

from sqlmodel import Session, col, select

from emulator.engine.engine import Turn
from emulator.rcs import refusals
from emulator.rcs.channels import CHANNELS, RCS, WHATSAPP
from emulator.rcs.prices import Rate
from emulator.rcs.tables.account import Agent
from emulator.rcs.tables.contacts import (
    Contact,
    ContactField,
    ContactList,
    ContactValue,
    ListMember,
    StopListItem,
)
from emulator.sending.messages import Selection
from emulator.storage.insertion import Insertion
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among

CONTACTS = Insertion("rcs_contact", "id", ("created_at",), ("phone",))


def stop_listed(session: Session, phones: Sequence[str], channel: str) -> set[str]:
    """Return the phones that are on the stop list for the channel."""
    return {phone for (phone,) in look_up(session, _STOPPED[channel], (json_text(phones),))}


def stop(turn: Turn, phone: str, channel: str) -> None:
    """Put a phone on the stop list for a channel."""
    item = turn.session.exec(select(StopListItem).where(StopListItem.phone == phone)).first()
    if item is None:
        item = StopListItem(id=turn.ids.number("rcs.stop_list"), phone=phone, created_at=turn.now)
        turn.session.add(item)
    setattr(item, channel, True)


def choose_stop_listed(turn: Turn, chosen: Selection) -> int:
    """Give messages to phones on the stop list the outcome of the selection; return how many."""
    return turn.store.execute(_CHOOSE[chosen.channel], chosen._asdict()).rowcount


def reach_of(session: Session, channel: str, sender: str | None) -> Callable[[Rate], bool]:
    """Return a function that tells whether a sender reaches the country of a rate: agents may be limited."""
    agent = session.get(Agent, sender) if channel in {RCS, WHATSAPP} else None
    countries = agent.countries if agent else []
    return lambda rate: not countries or rate.country in countries


def phones_of_lists(session: Session, list_ids: Sequence[int]) -> list[str]:
    """Return every phone of the lists once. Raises ContactGroupNotFound."""
    known = session.exec(select(ContactList.id).where(among(ContactList.id, list_ids))).all()
    if set(known) != set(list_ids):
        raise refusals.ContactGroupNotFound
    members = select(ListMember.contact_id).where(among(ListMember.list_id, list_ids))
    statement = select(Contact.phone).where(col(Contact.id).in_(members)).order_by(col(Contact.id))
    return list(session.exec(statement))


def field_ids(session: Session) -> frozenset[int]:
    """Return the ids of all contact fields."""
    return frozenset(session.exec(select(ContactField.id)))


def field_values(session: Session, phones: Sequence[str]) -> dict[str, dict[int, str]]:
    """Return the values of contact fields by phone and field; phones without any are left out."""
    statement = (
        select(Contact.phone, ContactValue.field_id, ContactValue.value)
        .join(ContactValue, col(ContactValue.contact_id) == col(Contact.id))
        .where(among(Contact.phone, phones))
    )
    found: dict[str, dict[int, str]] = {}
    for phone, field_id, value in session.exec(statement):
        found.setdefault(phone, {})[field_id] = value
    return found


def add_to_contact_book(turn: Turn, phones: Sequence[str]) -> None:
    """Add contacts for those phones that are not in the book yet."""
    missing = dict.fromkeys(phone for (phone,) in look_up(turn.session, _UNKNOWN, (json_text(phones),)))
    first = turn.ids.reserve("rcs.contact", len(missing))
    CONTACTS.run(turn.store, first, (turn.now,), ((phone,) for phone in missing))


_STOPPED = {
    channel: f"""
        SELECT phone FROM rcs_stop_list_item WHERE {channel} AND phone IN (SELECT value FROM json_each(?))
    """
    for channel in CHANNELS
}
_CHOOSE = {
    channel: f"""
        UPDATE message SET outcome = :outcome
        WHERE job_id = :job_id AND channel = :channel AND position BETWEEN :first AND :last
        AND status = :status
        AND EXISTS (SELECT 1 FROM rcs_stop_list_item AS item WHERE item.phone = recipient AND item.{channel})
    """
    for channel in CHANNELS
}
_UNKNOWN = """
    SELECT value FROM json_each(?) AS wanted
    WHERE NOT EXISTS (SELECT 1 FROM rcs_contact WHERE phone = wanted.value)
"""
