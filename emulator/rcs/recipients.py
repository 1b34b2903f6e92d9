"""Whom messages go to: the contact book, its lists, and the stop list."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from emulator.engine.engine import Turn
from emulator.rcs import refusals
from emulator.rcs.tables import RCS, Contact, ContactList, ListMember, StopListItem

CHUNK = 10_000
"""How many phones one statement may name."""

ADD_CONTACT = "INSERT INTO rcs_contact (id, phone, created_at) VALUES (?, ?, ?)"


def stop_listed(session: Session, phones: Sequence[str], channel: str) -> set[str]:
    """Answer those of the phones that want nothing on the channel."""
    flag = StopListItem.rcs if channel == RCS else StopListItem.sms
    found: set[str] = set()
    for chunk in _chunks(phones):
        found.update(session.exec(select(StopListItem.phone).where(flag, col(StopListItem.phone).in_(chunk))))
    return found


def phones_of_lists(session: Session, list_ids: Sequence[int]) -> list[str]:
    """Answer every phone of the lists once. Raises ContactGroupNotFound."""
    known = session.exec(select(ContactList.id).where(col(ContactList.id).in_(list_ids))).all()
    if set(known) != set(list_ids):
        raise refusals.ContactGroupNotFound
    members = select(ListMember.contact_id).where(col(ListMember.list_id).in_(list_ids))
    statement = select(Contact.phone).where(col(Contact.id).in_(members)).order_by(col(Contact.id))
    return list(session.exec(statement))


def add_to_contact_book(turn: Turn, phones: Sequence[str]) -> None:
    """Make contacts of the phones that are not in the book yet."""
    known: set[str] = set()
    for chunk in _chunks(phones):
        known.update(turn.session.exec(select(Contact.phone).where(col(Contact.phone).in_(chunk))))
    missing = [phone for phone in dict.fromkeys(phones) if phone not in known]
    first = turn.ids.reserve("rcs.contact", len(missing))
    turn.store.execute_many(
        ADD_CONTACT, ((first + index, phone, turn.now) for index, phone in enumerate(missing))
    )


def _chunks(phones: Sequence[str]) -> Iterator[Sequence[str]]:
    return (phones[start : start + CHUNK] for start in range(0, len(phones), CHUNK))
