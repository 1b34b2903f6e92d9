"""What happens to contacts, whoever does it: they are made, changed, put into lists, and deleted.

https://docs.autosend.com/api-reference/contacts. Whatever happens is told to the project's webhooks.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from emulator.autosend.audience import find_list
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.sending import automations
from emulator.autosend.tables.contacts import Contact, ContactList, ContactProperty, ListMember
from emulator.autosend.webhooks import tell_of_contact
from emulator.engine.engine import Turn
from emulator.storage.tables import among

FIELDS: Mapping[str, str] = {
    "firstName": "first_name",
    "lastName": "last_name",
    "userId": "user_id",
    "mobile": "mobile",
}
"""The plain fields of a contact, by their names at AutoSend."""

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (str,),
}
"""What values of a property may be."""


def find_by_email(session: Session, project_id: str, email: str) -> Contact | None:
    """Answer the project's contact of an address, which is in lower case."""
    statement = select(Contact).where(Contact.project_id == project_id, Contact.email == email)
    return session.exec(statement).first()


def find_by_emails(session: Session, project_id: str, emails: Sequence[str]) -> dict[str, Contact]:
    """Answer the project's contacts of many addresses, which are in lower case, by address in that order."""
    statement = select(Contact).where(Contact.project_id == project_id, among(col(Contact.email), emails))
    found = {contact.email: contact for contact in session.exec(statement)}
    return {email: found[email] for email in emails if email in found}


def create(
    turn: Turn, project_id: str, email: str, values: Mapping[str, Any], *, run_workflows: bool = True
) -> Contact:
    """Make a contact of what a client says of it: plain fields, and `customFields`."""
    contact = Contact(
        id=turn.ids.hex("autosend.contact"),
        project_id=project_id,
        email=email,
        created_at=turn.now,
        updated_at=turn.now,
    )
    _apply(contact, values)
    turn.session.add(contact)
    turn.session.flush()
    tell_of_contact(turn, contact, "created")
    if run_workflows:
        automations.contact_created(turn, contact)
    return contact


def update(
    turn: Turn, contact: Contact, values: Mapping[str, Any], *, run_workflows: bool = True
) -> list[str]:
    """Change a contact: an empty text clears a value, none keeps it. Answer the fields that changed."""
    before = automations.could_enter(turn, contact) if run_workflows else []
    changed = _apply(contact, values)
    if changed:
        contact.updated_at = turn.now
        turn.session.add(contact)
        tell_of_contact(turn, contact, "updated", *changed)
        automations.contact_changed(turn, contact, before)
    return changed


def upsert(
    turn: Turn, project_id: str, email: str, values: Mapping[str, Any], *, run_workflows: bool = True
) -> tuple[Contact, bool]:
    """Create the contact of an address, or change it; answer it, and whether it is new."""
    contact = find_by_email(turn.session, project_id, email)
    if contact is None:
        return create(turn, project_id, email, values, run_workflows=run_workflows), True
    update(turn, contact, values, run_workflows=run_workflows)
    return contact, False


def delete(turn: Turn, contact: Contact) -> None:
    """Delete a contact, and its place in every list."""
    for list_id in turn.session.exec(
        select(ListMember.list_id).where(ListMember.contact_id == contact.id)
    ).all():
        leave(turn, contact, turn.session.get_one(ContactList, list_id))
    automations.contact_deleted(turn, contact)
    tell_of_contact(turn, contact, "deleted")
    turn.session.delete(contact)


def join(turn: Turn, contact: Contact, one: ContactList) -> bool:
    """Put a contact into a list; answer whether it was not there before."""
    turn.session.flush()
    done = turn.store.execute(_JOIN, (one.id, contact.id)).rowcount == 1
    if done:
        one.contact_count += 1
        turn.session.add(one)
        automations.joined_list(turn, contact, one.id)
    return done


def leave(turn: Turn, contact: Contact, one: ContactList) -> bool:
    """Take a contact out of a list; answer whether it was there."""
    turn.session.flush()
    done = turn.store.execute(_LEAVE, (one.id, contact.id)).rowcount == 1
    if done:
        one.contact_count -= 1
        turn.session.add(one)
    return done


def named_lists(session: Session, project_id: str, list_ids: Iterable[str]) -> list[ContactList]:
    """Answer the lists to join. Raises ValidationFailed for segments, and for ids that name nothing."""
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
    """Answer field and complaint for each value that is not of its property's type."""
    if not custom_fields:
        return []
    declared = session.exec(
        select(ContactProperty).where(
            ContactProperty.project_id == project_id, col(ContactProperty.name).in_(list(custom_fields))
        )
    )
    return [
        (f"customFields.{one.name}", f"Must be a {one.type}")
        for one in declared
        if not _is_of_type(custom_fields[one.name], one.type)
    ]


def _is_of_type(value: Any, type_: str) -> bool:
    if value is None or value == "":
        return True
    if isinstance(value, bool):
        return type_ == "boolean"
    return isinstance(value, TYPES[type_]) and (type_ != "date" or is_date(str(value)))


def is_date(text: str) -> bool:
    """Answer whether a text is a date, with or without a time, in ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _apply(contact: Contact, values: Mapping[str, Any]) -> list[str]:
    """Take over what a client says; answer the names of what changed."""
    changed = []
    for theirs, ours in FIELDS.items():
        value = values.get(theirs)
        if value is not None and value != getattr(contact, ours):
            setattr(contact, ours, value)
            changed.append(theirs)
    merged = _merged(contact.custom_fields, values.get("customFields") or {})
    if merged != contact.custom_fields:
        contact.custom_fields = merged
        changed.append("customFields")
    return changed


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer custom fields with the given ones put in: an empty text takes one away, none keeps it."""
    kept = {name: value for name, value in before.items() if given.get(name) != ""}
    return kept | {name: value for name, value in given.items() if value is not None and value != ""}


_JOIN = "INSERT INTO autosend_list_member (list_id, contact_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_LEAVE = "DELETE FROM autosend_list_member WHERE list_id = ? AND contact_id = ?"
