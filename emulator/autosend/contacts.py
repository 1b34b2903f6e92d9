"""Creates, changes and deletes contacts, and adds them to lists, for requests and imports.

https://docs.autosend.com/api-reference/contacts. The project's webhooks are notified of new, changed and
deleted contacts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic.alias_generators import to_camel
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from emulator.autosend.audience import find_list, lists_with, segments_with
from emulator.autosend.javascript import stringified
from emulator.autosend.models import Model
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.sending import entering
from emulator.autosend.tables.account import made_in
from emulator.autosend.tables.contacts import GLOBAL_LIST, Contact, ContactList, ListMember
from emulator.autosend.values import read_date
from emulator.autosend.webhooks import tell_of_contact
from emulator.engine.engine import Turn
from emulator.storage.session import look_up
from emulator.storage.tables import among

FIELDS = ("first_name", "last_name", "user_id", "mobile", "custom_fields")
"""The fields that clients write, in the order in which webhooks name those that changed."""

Shown = TypeVar("Shown", bound=Model)


def find_by_email(session: Session, project_id: str, email: str) -> Contact | None:
    """Return the project's contact with an address (in lower case), or None."""
    found = look_up(session, _BY_EMAIL, (project_id, email)).fetchone()
    return None if found is None else session.get_one(Contact, found[0])


def find_by_emails(session: Session, project_id: str, emails: Sequence[str]) -> dict[str, Contact]:
    """Return the project's contacts with these addresses (in lower case), by address and in that order."""
    statement = select(Contact).where(Contact.project_id == project_id, among(col(Contact.email), emails))
    found = {contact.email: contact for contact in session.exec(statement)}
    return {email: found[email] for email in emails if email in found}


def find_by_ids(session: Session, project_id: str, ids: Sequence[str]) -> dict[str, Contact]:
    """Return the project's contacts with these ids, by id and in that order."""
    rows = session.exec(select(Contact).where(among(col(Contact.id), ids)))
    found = {contact.id: contact for contact in rows if contact.project_id == project_id}
    return {contact_id: found[contact_id] for contact_id in ids if contact_id in found}


def shown(session: Session, project_id: str, people: Collection[Contact], model: type[Shown]) -> list[Shown]:
    """Return contacts as responses of the class `model`, with the ids of their lists and current segments."""
    ids = [contact.id for contact in people]
    lists, segments = lists_with(session, ids), segments_with(session, project_id, ids)
    return [
        model.of(contact, list_ids=lists[contact.id], segment_ids=segments[contact.id]) for contact in people
    ]


def create(
    turn: Turn, project_id: str, email: str, values: Mapping[str, Any], *, run_workflows: bool = True
) -> Contact:
    """Create a contact; `values` holds the given ones of its FIELDS."""
    contact = Contact(
        id=turn.ids.hex("autosend.contact"),
        email=email,
        **made_in(project_id, turn.now),
    )
    contact.sqlmodel_update(_changes(contact, values))
    turn.session.add(contact)
    tell_of_contact(turn, contact, "created")
    if run_workflows:
        entering.contact_created(turn, contact)
    return contact


def update(turn: Turn, contact: Contact, values: Mapping[str, Any], *, run_workflows: bool = True) -> None:
    """Change the given FIELDS of a contact: an empty text clears a value, None keeps it."""
    changes = _changes(contact, values)
    if not changes:
        return
    watched = entering.watch(turn, contact.project_id, [contact.id]) if run_workflows else None
    contact.sqlmodel_update(changes | {"updated_at": turn.now})
    tell_of_contact(turn, contact, "updated", *map(to_camel, changes))
    if watched is not None:
        entering.changed(turn, watched)


def upsert(
    turn: Turn, project_id: str, email: str, values: Mapping[str, Any], *, run_workflows: bool = True
) -> tuple[Contact, bool]:
    """Create the contact with an address, or change it. Return it, and whether it is new."""
    contact = find_by_email(turn.session, project_id, email)
    if contact is None:
        return create(turn, project_id, email, values, run_workflows=run_workflows), True
    update(turn, contact, values, run_workflows=run_workflows)
    return contact, False


def delete(turn: Turn, contact: Contact) -> None:
    """Delete a contact, and take it out of every list and automation."""
    for (list_id,) in turn.store.execute(_JOINED, (contact.id,)).fetchall():
        _take_out(turn, [contact.id], turn.session.get_one(ContactList, list_id))
    entering.contact_deleted(turn, contact)
    tell_of_contact(turn, contact, "deleted")
    turn.store.execute(_NOTE_FORMER, (contact.project_id, contact.email))
    turn.session.delete(contact)


def join(turn: Turn, people: Sequence[Contact], one: ContactList, *, run_workflows: bool = True) -> set[str]:
    """Put contacts into a list. Return the ids of those who were not in it before."""
    ids = list(dict.fromkeys(contact.id for contact in people))
    there = set(turn.session.exec(_among_members(ids, one)))
    new = [contact_id for contact_id in ids if contact_id not in there]
    if new:
        watched = entering.watch(turn, one.project_id, new) if run_workflows else None
        turn.store.execute_many(_JOIN, ((one.id, contact_id) for contact_id in new))
        one.contact_count += len(new)
        if watched is not None:
            entering.changed(turn, watched)
    return set(new)


def leave(turn: Turn, people: Sequence[Contact], one: ContactList) -> int:
    """Take contacts out of a list. Return how many were in it."""
    inside = turn.session.exec(_among_members([contact.id for contact in people], one)).all()
    if inside:
        watched = entering.watch(turn, one.project_id, inside)
        _take_out(turn, inside, one)
        entering.changed(turn, watched)
    return len(inside)


def _among_members(contact_ids: Sequence[str], one: ContactList) -> SelectOfScalar[str]:
    """Return the query for the ids of the given contacts that are in a list."""
    return select(ListMember.contact_id).where(
        ListMember.list_id == one.id, among(col(ListMember.contact_id), contact_ids)
    )


def _take_out(turn: Turn, contact_ids: Sequence[str], one: ContactList) -> None:
    turn.store.execute_many(_LEAVE, ((one.id, contact_id) for contact_id in contact_ids))
    one.contact_count -= len(contact_ids)


def named_lists(session: Session, project_id: str, list_ids: Iterable[str]) -> list[ContactList]:
    """Return the lists with these ids, except the global list, which contains every contact anyway.

    Raises ValidationFailed for segments and unknown ids.
    """
    found = []
    for list_id in dict.fromkeys(list_ids):
        if list_id == GLOBAL_LIST:
            continue
        one = find_list(session, project_id, list_id)
        if one is None:
            raise ValidationFailed(("listIds", f"Contact list not found: {list_id}"))
        if one.type == "segment":
            raise ValidationFailed(("listIds", f"Contacts can not be added to a segment: {list_id}"))
        found.append(one)
    return found


def complaints_about(
    session: Session, project_id: str, custom_fields: Mapping[str, Any] | None
) -> list[tuple[str, str]]:
    """Return (field, message) for each value that is not of its property's type."""
    if not custom_fields:
        return []
    return [
        (f"customFields.{name}", f"customFields.{name} must be a {type_}")
        for name, type_ in look_up(session, _DECLARED, (project_id,))
        if not is_of_type(custom_fields.get(name), type_)
    ]


def is_of_type(value: Any, type_: str) -> bool:
    """Return whether a property of this type can have this value."""
    if value is None or value == "":
        return True
    match type_:
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return isinstance(value, str) and is_date(value)
    return isinstance(value, str)


def is_date(text: str) -> bool:
    """Return whether a text is a date, with or without a time, in ISO 8601."""
    try:
        read_date(text)
    except (ValueError, OverflowError):
        return False
    return True


def _changes(contact: Contact, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a contact that the given values change, in the order of FIELDS.

    Values are compared as in JavaScript: 4.0 equals 4, but true does not equal 1, as it would in Python.
    """
    given = {name: values[name] for name in FIELDS if values.get(name) is not None}
    if "custom_fields" in given:
        given["custom_fields"] = _merged(contact.custom_fields, given["custom_fields"])
    return {
        name: value
        for name, value in given.items()
        if stringified(value) != stringified(getattr(contact, name))
    }


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom fields, updated by the given ones: an empty text removes a field, None keeps it."""
    kept = {name: value for name, value in before.items() if given.get(name) != ""}
    return kept | {name: value for name, value in given.items() if value is not None and value != ""}


_BY_EMAIL = "SELECT id FROM autosend_contact WHERE project_id = ? AND email = ?"
_DECLARED = "SELECT name, type FROM autosend_contact_property WHERE project_id = ?"
_JOINED = "SELECT list_id FROM autosend_list_member WHERE contact_id = ?"
_NOTE_FORMER = """
    INSERT INTO autosend_former_contact (project_id, email, last_message)
    SELECT ?, ?, coalesce(max(id), 0) FROM message WHERE true
    ON CONFLICT DO UPDATE SET last_message = excluded.last_message
"""
_JOIN = "INSERT INTO autosend_list_member (list_id, contact_id) VALUES (?, ?)"
_LEAVE = "DELETE FROM autosend_list_member WHERE list_id = ? AND contact_id = ?"
