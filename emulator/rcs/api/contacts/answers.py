"""How contacts and lists look in responses, and how requests name them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlalchemy import case, literal_column
from sqlmodel import Session, col, func, or_, select

from emulator.rcs import refusals
from emulator.rcs.models import Model
from emulator.rcs.recipients import field_values
from emulator.rcs.tables.contacts import Contact, ContactList, ListMember, StopListItem
from emulator.rcs.values import MAX_ID, Integer, MaybeStamp, Stamp
from emulator.storage.tables import among

InvalidContactId = refusals.refusal("InvalidContactId", 422, "Invalid contact id")

Id = Annotated[Integer, Field(ge=1, le=MAX_ID)]


def _number_of(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value


ListReference = Annotated[Id, BeforeValidator(_number_of, json_schema_input_type=int | dict[str, Any])]
"""A list as its id, or as an object with the id, which is all that the vendor's SDKs can send."""


class ListInShort(Model):
    """A list without counts, as in the responses to changes of a contact."""

    id: int
    name: str
    description: str | None
    is_default: bool = Field(serialization_alias="default")
    created_at: Stamp


class ListAnswer(ListInShort):
    items: int
    stop_list_count: int


def list_answers(session: Session, lists: Sequence[ContactList]) -> list[ListAnswer]:
    counts = _counts(session, [one.id for one in lists])
    return [ListAnswer.of(one, items=counts[one.id][0], stop_list_count=counts[one.id][1]) for one in lists]


def _counts(session: Session, list_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return how many contacts lists have, and how many of those want no SMS or nothing by Viber."""
    is_stopped = case((or_(col(StopListItem.sms), col(StopListItem.viber)), 1), else_=0)
    statement = (
        select(ListMember.list_id, func.count(), func.sum(is_stopped))
        .join(Contact, col(Contact.id) == col(ListMember.contact_id))
        .outerjoin(StopListItem, col(StopListItem.phone) == col(Contact.phone))
        .where(among(ListMember.list_id, list_ids))
        .group_by(col(ListMember.list_id))
    )
    found = {list_id: (count, stopped) for list_id, count, stopped in session.exec(statement)}
    return {list_id: found.get(list_id, (0, 0)) for list_id in list_ids}


def items_of_list() -> Any:
    """Return the SQL expression for how many contacts a list has."""
    members = select(func.count(literal_column("*"))).where(ListMember.list_id == ContactList.id)
    return members.correlate(ContactList).scalar_subquery()


class ContactAnswer(Model):
    """A contact, with its lists in short."""

    id: int
    phone: int
    fields: dict[str, str] | list[str]
    """The values by the ids of their fields; an empty list where there are none."""
    groups: list[ListAnswer] | list[ListInShort]
    hlr_status: str = "unknown"
    hlr_last_check: MaybeStamp = None
    created_at: Stamp


def contact_answers(
    session: Session, contacts: Sequence[Contact], *, counts: bool = True
) -> list[ContactAnswer]:
    """Return contacts with their values and lists, with or without the counts of the lists."""
    values = field_values(session, [contact.phone for contact in contacts])
    lists = _lists_of(session, [contact.id for contact in contacts], counts=counts)
    return [
        ContactAnswer.of(
            contact,
            fields={str(number): value for number, value in values.get(contact.phone, {}).items()} or [],
            groups=lists[contact.id],
        )
        for contact in contacts
    ]


def _lists_of(session: Session, contact_ids: Sequence[int], *, counts: bool) -> dict[int, list[Any]]:
    statement = (
        select(ListMember.contact_id, ContactList)
        .join(ContactList, col(ContactList.id) == col(ListMember.list_id))
        .where(among(ListMember.contact_id, contact_ids))
        .order_by(col(ContactList.id))
    )
    pairs = session.exec(statement).all()
    lists = list({one.id: one for _, one in pairs}.values())
    shown: Sequence[ListInShort] = (
        list_answers(session, lists) if counts else [ListInShort.of(one) for one in lists]
    )
    by_id = {one.id: one for one in shown}
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for contact_id, one in pairs:
        found[contact_id].append(by_id[one.id])
    return found


def check_lists(session: Session, list_ids: Sequence[int]) -> None:
    """Raise ContactGroupNotFound unless all of these lists exist."""
    if set(session.exec(select(ContactList.id).where(among(ContactList.id, list_ids)))) != set(list_ids):
        raise refusals.ContactGroupNotFound


def check_contacts(session: Session, contact_ids: Sequence[int]) -> None:
    """Raise InvalidContactId unless all of these contacts exist."""
    if set(session.exec(select(Contact.id).where(among(Contact.id, contact_ids)))) != set(contact_ids):
        raise InvalidContactId
