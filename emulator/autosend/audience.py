"""The contacts of lists and segments, and the recipients of campaigns.

A list stores contacts; a segment has those that match its filter and are in its parent; the global list has
all.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from emulator.autosend.filters import condition
from emulator.autosend.suppression import keeping_back
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.tables.contacts import GLOBAL_LIST, Contact, ContactList, ListMember
from emulator.autosend.tables.suppressions import Suppression
from emulator.storage.tables import among, insertion_order

ROWS_AT_ONCE = 1000
"""How many rows of a large result are fetched at once: fetching a million would hold up all threads."""

MOST_CONDITIONS = 300
"""How many conditions of segments a statement has, if it is not about one alone: SQLite bounds its values."""

DEEPEST = 5
"""How many levels of parents a segment can have."""


def find_list(session: Session, project_id: str, list_id: str) -> ContactList | None:
    """Return a list or segment of the project, or None. The global list is not stored, so it is not found."""
    found = _find_any(session, project_id, list_id)
    return found if found and found.deleted_at is None else None


def _find_any(session: Session, project_id: str, list_id: str) -> ContactList | None:
    found = session.get(ContactList, list_id)
    return found if found and found.project_id == project_id else None


def lists_of(session: Session, project_id: str) -> Sequence[ContactList]:
    """Return the lists and segments of a project, in the order in which they were made."""
    statement = select(ContactList).where(
        ContactList.project_id == project_id, col(ContactList.deleted_at).is_(None)
    )
    return session.exec(statement.order_by(insertion_order(ContactList))).all()


def membership(
    session: Session, one: ContactList, depth: int = 0, *, of_few: bool = False
) -> ColumnElement[bool]:
    """Return the SQL condition that a contact is in a list or segment.

    `of_few` is for queries that name a few contacts of the project: each is then looked up by its id. Without
    it, SQLite would read all contacts of the list or the project to find those few.
    """
    if one.type == "list":
        return _is_listed(one) if of_few else col(Contact.id).in_(_listed(one))
    parent, own = _parent(session, one, depth), condition(one.filter)
    if not of_few:
        own = and_(col(Contact.project_id) == one.project_id, own)
    return own if parent is None else and_(own, membership(session, parent, depth + 1, of_few=of_few))


def _listed(one: ContactList) -> SelectOfScalar[str]:
    return select(ListMember.contact_id).where(ListMember.list_id == one.id)


def _is_listed(one: ContactList) -> ColumnElement[bool]:
    return _listed(one).where(ListMember.contact_id == Contact.id).correlate(Contact).exists()


def members(
    session: Session,
    project_id: str,
    list_ids: Sequence[str],
    *,
    of_few: bool = False,
    even_deleted: bool = False,
) -> ColumnElement[bool]:
    """Return the SQL condition that a contact is in any of these lists and segments; `of_few` as above.

    `even_deleted` is for excluded lists: deleting one must not let its contacts get the mail.

    For a list, the condition does not name the project as well: SQLite would then search all of the
    project's contacts instead of the list's members.
    """
    if GLOBAL_LIST in list_ids:
        return true() if of_few else col(Contact.project_id) == project_id
    find = _find_any if even_deleted else find_list
    found = [find(session, project_id, list_id) for list_id in list_ids]
    holds = [membership(session, one, of_few=of_few) for one in found if one is not None]
    return or_(*holds) if holds else false()


def contact_count(session: Session, one: ContactList) -> int:
    """Return the number of contacts in a list or segment."""
    if one.type == "list":
        return one.contact_count
    return count_contacts(session, one.project_id, membership(session, one))


def count_contacts(session: Session, project_id: str, *conditions: ColumnElement[bool]) -> int:
    """Return the number of a project's contacts that meet all of the conditions."""
    return session.exec(select(func.count()).where(Contact.project_id == project_id, *conditions)).one()


def lists_with(session: Session, contact_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the ids of the lists that each of these contacts is in, in the order in which it joined them."""
    statement = (
        select(ListMember.contact_id, ListMember.list_id)
        .join(ContactList, col(ContactList.id) == ListMember.list_id)
        .where(among(col(ListMember.contact_id), contact_ids), col(ContactList.deleted_at).is_(None))
    )
    found = defaultdict[str, list[str]](list)
    for contact_id, list_id in session.exec(statement.order_by(insertion_order(ListMember))):
        found[contact_id].append(list_id)
    return found


def segments_with(session: Session, project_id: str, contact_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the ids of the segments that each of these contacts is in now."""
    found = defaultdict[str, list[str]](list)
    segments = [one for one in lists_of(session, project_id) if one.type == "segment"]
    for some in _together(session, segments):
        first, *others = [membership(session, one, of_few=True) for one in some]
        wanted: Any = select(Contact.id, first).add_columns(*others)
        for contact_id, *places in session.exec(wanted.where(among(col(Contact.id), contact_ids))):
            found[contact_id] += [one.id for one, is_in in zip(some, places, strict=True) if is_in]
    return found


def _together(session: Session, segments: Sequence[ContactList]) -> Iterator[list[ContactList]]:
    """Yield segments in groups that one statement can look in."""
    some, number = list[ContactList](), 0
    for one in segments:
        own = _number_of_conditions(session, one)
        if some and number + own > MOST_CONDITIONS:
            yield some
            some, number = [], 0
        some.append(one)
        number += own
    if some:
        yield some


def _number_of_conditions(session: Session, one: ContactList, depth: int = 0) -> int:
    """Return how many conditions decide whether a contact is in a segment: its own, and its parents'."""
    parent, own = _parent(session, one, depth), 1 + len(one.filter.get("groups", ()))
    return own if parent is None else own + _number_of_conditions(session, parent, depth + 1)


def _parent(session: Session, one: ContactList, depth: int) -> ContactList | None:
    return session.get(ContactList, one.parent_id) if one.parent_id and depth < DEEPEST else None


def nesting(session: Session, one: ContactList) -> int:
    """Return how many levels of parents a segment has."""
    parent = session.get(ContactList, one.parent_id) if one.parent_id else None
    return 0 if parent is None else nesting(session, parent) + 1


def fits(session: Session, contact: Contact, holds: ColumnElement[bool]) -> bool:
    """Return whether a condition holds for a contact."""
    return session.exec(select(Contact.id).where(Contact.id == contact.id, holds)).first() is not None


class Audience(NamedTuple):
    """The contacts of a campaign's lists."""

    contacts: list[tuple[str, bool]]
    """The address of each that it is sent to, and whether it is suppressed. The suppressed ones come last."""
    excluded: list[str]
    """The addresses of those whom an excluded list keeps from it."""


def audience(session: Session, campaign: Campaign) -> Audience:
    """Return whom a campaign is sent to, and whom its excluded lists keep from it."""
    project = campaign.project_id
    included = [GLOBAL_LIST] if campaign.send_to_global_list else campaign.to_lists
    is_excluded: ColumnElement[bool] = false()
    if campaign.exclude_lists:
        is_excluded = members(session, project, campaign.exclude_lists, even_deleted=True)
    codes = keeping_back(session, project, campaign.unsubscribe_group_id)
    suppressed = select(Suppression.email).where(
        Suppression.project_id == project, among(col(Suppression.group_code), codes)
    )
    is_suppressed = col(Contact.email).in_(suppressed)
    statement = (
        select(Contact.email, is_suppressed, is_excluded)
        .where(members(session, project, included))
        .order_by(is_suppressed, insertion_order(Contact))
    )
    found = Audience([], [])
    for email, held_back, left_out in session.exec(statement, execution_options={"yield_per": ROWS_AT_ONCE}):
        if left_out == 0:  # where it is not known whether a list has a contact, it is not sent to
            found.contacts.append((email, bool(held_back)))
        else:
            found.excluded.append(email)
    return found
