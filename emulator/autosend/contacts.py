"""Creates, changes and deletes contacts, and adds them to lists, for requests and imports.

https://docs.autosend.com/api-reference/contacts. The project's webhooks are notified of new, changed and
deleted contacts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel
from sqlmodel import Session, col, select

from emulator.autosend.audience import find_list
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.sending import automations
from emulator.autosend.tables.contacts import Contact, ContactList, ContactProperty, ListMember
from emulator.autosend.webhooks import tell_of_contact
from emulator.engine.engine import Turn
from emulator.storage.tables import among

FIELDS = ("first_name", "last_name", "user_id", "mobile", "custom_fields")
"""The fields that clients write, in the order in which webhooks name those that changed."""


def find_by_email(session: Session, project_id: str, email: str) -> Contact | None:
    """Return the project's contact with an address (in lower case), or None."""
    statement = select(Contact).where(Contact.project_id == project_id, Contact.email == email)
    return session.exec(statement).first()


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


def create(
    turn: Turn, project_id: str, email: str, values: Mapping[str, Any], *, run_workflows: bool = True
) -> Contact:
    """Create a contact; `values` has its FIELDS, those that are given."""
    contact = Contact(
        id=turn.ids.hex("autosend.contact"),
        project_id=project_id,
        email=email,
        created_at=turn.now,
        updated_at=turn.now,
    )
    _apply(contact, values)
    turn.session.add(contact)
    tell_of_contact(turn, contact, "created")
    if run_workflows:
        automations.contact_created(turn, contact)
    return contact


def update(turn: Turn, contact: Contact, values: Mapping[str, Any], *, run_workflows: bool = True) -> None:
    """Change the given FIELDS of a contact: an empty text clears a value, None keeps it."""
    before = automations.could_enter(turn, contact) if run_workflows else []
    changed = _apply(contact, values)
    if changed:
        contact.updated_at = turn.now
        tell_of_contact(turn, contact, "updated", *map(to_camel, changed))
        automations.contact_changed(turn, contact, before)


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
    """Delete a contact, and take it out of every list."""
    joined = select(ListMember.list_id).where(ListMember.contact_id == contact.id)
    for list_id in turn.session.exec(joined).all():
        leave(turn, contact, turn.session.get_one(ContactList, list_id))
    automations.contact_deleted(turn, contact)
    tell_of_contact(turn, contact, "deleted")
    turn.session.delete(contact)


def join(turn: Turn, contact: Contact, one: ContactList) -> bool:
    """Put a contact into a list. Return whether it was not in it before."""
    done = turn.store.execute(_JOIN, (one.id, contact.id)).rowcount == 1
    if done:
        one.contact_count += 1
        automations.joined_list(turn, contact, one.id)
    return done


def leave(turn: Turn, contact: Contact, one: ContactList) -> bool:
    """Take a contact out of a list. Return whether it was in it."""
    done = turn.store.execute(_LEAVE, (one.id, contact.id)).rowcount == 1
    if done:
        one.contact_count -= 1
    return done


def named_lists(session: Session, project_id: str, list_ids: Iterable[str]) -> list[ContactList]:
    """Return the lists with these ids. Raises ValidationFailed for segments and unknown ids."""
    found = []
    for list_id in dict.fromkeys(list_ids):
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
    declared = select(ContactProperty.name, ContactProperty.type).where(
        ContactProperty.project_id == project_id, among(col(ContactProperty.name), list(custom_fields))
    )
    return [
        (f"customFields.{name}", f"Must be a {type_}")
        for name, type_ in session.exec(declared)
        if not _is_of_type(custom_fields.get(name), type_)
    ]


def _is_of_type(value: Any, type_: str) -> bool:
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
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _apply(contact: Contact, values: Mapping[str, Any]) -> list[str]:
    """Store the given values in a contact; return the fields that changed, in the order of FIELDS."""
    given = {name: values[name] for name in FIELDS if values.get(name) is not None}
    if "custom_fields" in given:
        given["custom_fields"] = _merged(contact.custom_fields, given["custom_fields"])
    changed = {name: value for name, value in given.items() if value != getattr(contact, name)}
    contact.sqlmodel_update(changed)
    return list(changed)


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom fields, updated by the given ones: an empty text removes a field, None keeps it."""
    kept = {name: value for name, value in before.items() if given.get(name) != ""}
    return kept | {name: value for name, value in given.items() if value is not None and value != ""}


_JOIN = "INSERT INTO autosend_list_member (list_id, contact_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_LEAVE = "DELETE FROM autosend_list_member WHERE list_id = ? AND contact_id = ?"
