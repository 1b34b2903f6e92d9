"""Contacts.

https://docs.autosend.com/api-reference/contacts
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path
from pydantic import BeforeValidator, Field
from sqlmodel import col, select

from emulator.autosend import contacts
from emulator.autosend.complaints import complaint
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.limits import ContactText, Mobile
from emulator.autosend.listing import find
from emulator.autosend.models import Body, Done, Model, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.suppression import codes_of, groups_of
from emulator.autosend.tables.contacts import Contact, ContactList
from emulator.autosend.values import CustomFields, Email, Id, Instant, check_id, is_email
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/contacts", tags=["Contacts"], route_class=OperationRoute)

ContactNotFound = refusal(404, "CONTACT_NOT_FOUND", "Contact not found", form="status")
ContactAlreadyExists = refusal(
    400,
    "CONTACT_ALREADY_EXISTS",
    "A contact with this email already exists in the project",
    inferred="code, text",
)
# ContactAlreadyExists for a copy: a withdrawn page gives it another status.
ContactEmailTaken = refusal(
    409,
    "CONTACT_ALREADY_EXISTS",
    "A contact with this email already exists in the project",
    inferred="code, text",
    name="ContactEmailTaken",
)
ContactDeletionFailed = refusal(
    500,
    "CONTACT_DELETION_FAILED",
    "Contact deletion failed. Please try again.",
    form="status",
    made_by_faults=True,
)

ContactId = Annotated[str, Path(alias="id", description="Contact id, 24 hex digits.")]
MOST_EMAILS = 10_000
MOST_UPDATED = 100


class CreatedContact(Model):
    """A contact as Create Contact returns it."""

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: str
    custom_fields: dict[str, Any]
    list_ids: list[str]
    created_at: Instant
    updated_at: Instant
    project_id: str


class ContactAnswer(CreatedContact):
    """A contact. Its segments are determined for each response."""

    segment_ids: list[str]


class UpsertedContact(ContactAnswer):
    mobile: str


Shown = TypeVar("Shown", bound=CreatedContact)


def _answer(call: Call, contact: Contact, model: type[Shown]) -> Shown:
    return contacts.shown(call.db, call.project_id, [contact], model)[0]


class ContactFields(Body):
    """The fields of a contact in a request. A field that is left out or null keeps its value."""

    first_name: ContactText | None = None
    last_name: ContactText | None = None
    user_id: ContactText | None = None
    custom_fields: CustomFields | None = None


class CreateContact(ContactFields):
    email: Email
    list_ids: list[Id] = Field([], max_length=1000)


@router.post("", responses=refuses(ValidationFailed, ContactAlreadyExists))
async def create_contact(call: Call, body: CreateContact) -> Reply[CreatedContact]:
    """Create a contact. Its address must be new in the project.

    https://docs.autosend.com/api-reference/contacts/create-contacts
    """
    lists = _lists_to_join(call, body)
    if contacts.find_by_email(call.db, call.project_id, body.email) is not None:
        raise ContactAlreadyExists
    return Reply(data=_answer(call, _stored(call, body, lists), CreatedContact))


class UpsertContact(CreateContact):
    mobile: Mobile | None = None


@router.post("/email", responses=refuses(ValidationFailed))
async def upsert_contact(call: Call, body: UpsertContact) -> Reply[UpsertedContact]:
    """Create a contact, or update the one with this address. An empty text clears a field, null keeps it.

    https://docs.autosend.com/api-reference/contacts/upsert-contact
    """
    contact = _stored(call, body, _lists_to_join(call, body))
    return Reply(data=_answer(call, contact, UpsertedContact))


def _lists_to_join(call: Call, body: CreateContact) -> list[ContactList]:
    """Check a contact's custom fields, and return the lists that it is to join. Raises ValidationFailed."""
    _check_fields(call, body.custom_fields)
    return contacts.named_lists(call.db, call.project_id, body.list_ids)


def _stored(call: Call, body: CreateContact, lists: Sequence[ContactList]) -> Contact:
    contact, _ = contacts.upsert(call.turn, call.project_id, body.email, body.said())
    for one in lists:
        contacts.join(call.turn, [contact], one)
    return contact


def _check_fields(call: Call, fields: Mapping[str, Any] | None) -> None:
    complaints = contacts.complaints_about(call.db, call.project_id, fields)
    if complaints:
        raise ValidationFailed(*complaints)


def _find(call: Call, contact_id: str) -> Contact:
    """Return a contact. Raises ValidationFailed for a malformed id, ContactNotFound for an unknown one."""
    check_id("id", contact_id)
    return find(call, Contact, contact_id, ContactNotFound)


@router.get("/{id}", responses=refuses(ContactNotFound, ValidationFailed))
async def get_contact_by_id(call: Call, contact_id: ContactId) -> Reply[ContactAnswer]:
    """Return one contact.

    https://docs.autosend.com/api-reference/contacts/get-contact-by-id
    """
    return Reply(data=_answer(call, _find(call, contact_id), ContactAnswer))


class Emails(Body):
    emails: list[Email] = Field(min_length=1, max_length=MOST_EMAILS)


class FoundContacts(Model):
    contacts: list[ContactAnswer]


@router.post("/search/emails", responses=refuses(ValidationFailed))
async def search_contacts_by_emails(call: Call, body: Emails) -> Reply[FoundContacts]:
    """Return the contacts with the given addresses, without an entry for unknown ones.

    https://docs.autosend.com/api-reference/contacts/search-contacts-by-emails
    """
    found = contacts.find_by_emails(call.db, call.project_id, body.emails).values()
    shown = contacts.shown(call.db, call.project_id, found, ContactAnswer)
    return Reply(data=FoundContacts(contacts=shown))


class UpdatedContact(ContactFields):
    email: str = Field(max_length=1000, description="A text that is no address fails alone.")


class BulkUpdate(Body):
    contacts: list[UpdatedContact] = Field(min_length=1, max_length=MOST_UPDATED)
    run_workflow: bool = False


class BulkUpdated(Model):
    success_count: int
    failed_count: int
    total_count: int


@router.post("/bulk-update", responses=refuses(ValidationFailed))
async def bulk_update_contacts(call: Call, body: BulkUpdate) -> Reply[BulkUpdated]:
    """Create or update up to 100 contacts. An invalid one fails without affecting the others.

    https://docs.autosend.com/api-reference/contacts/bulk-update-contacts
    """
    stored, total = 0, len(body.contacts)
    for item in body.contacts:
        email = item.email.lower()
        if is_email(email) and not contacts.complaints_about(call.db, call.project_id, item.custom_fields):
            contacts.upsert(call.turn, call.project_id, email, item.said(), run_workflows=body.run_workflow)
            stored += 1
    return Reply(data=BulkUpdated(success_count=stored, failed_count=total - stored, total_count=total))


class Removed(Model):
    success: bool = True


@router.post("/remove", responses=refuses(ValidationFailed))
async def remove_contacts(call: LongCall, body: Emails) -> Removed:
    """Delete the contacts with these addresses. Unknown addresses are ignored.

    https://docs.autosend.com/api-reference/contacts/remove
    """
    for contact in contacts.find_by_emails(call.db, call.project_id, body.emails).values():
        contacts.delete(call.turn, contact)
    return Removed()


@router.delete("/{id}", responses=refuses(ContactNotFound, ContactDeletionFailed, ValidationFailed))
async def delete_contact_by_id(call: Call, contact_id: ContactId) -> Done:
    """Delete one contact.

    https://docs.autosend.com/api-reference/contacts/delete-contact-by-ids
    """
    contacts.delete(call.turn, _find(call, contact_id))
    return Done(message="Contact deleted successfully")


@router.delete("/email/userId/{userId}", responses=refuses(ContactNotFound, ContactDeletionFailed))
async def delete_contact_by_user_id(
    call: LongCall,
    user_id: Annotated[str, Path(alias="userId", description="The id in the client's system.")],
) -> Done:
    """Delete the contact with this id of the client; if there are several, the oldest.

    https://docs.autosend.com/api-reference/contacts/delete-contact-by-user-id
    """
    statement = select(Contact).where(Contact.project_id == call.project_id, Contact.user_id == user_id)
    contact = call.db.exec(statement.order_by(col(Contact.created_at), insertion_order(Contact))).first()
    if contact is None:
        raise ContactNotFound
    contacts.delete(call.turn, contact)
    return Done(message="Contact deleted successfully")


class UnsubscribeGroup(Model):
    group_id: str
    name: str


class UnsubscribeGroups(Model):
    groups: list[UnsubscribeGroup]


@router.get("/{id}/unsubscribe-groups", responses=refuses(ContactNotFound, ValidationFailed))
async def get_unsubscribe_groups(call: Call, contact_id: ContactId) -> Reply[UnsubscribeGroups]:
    """Return the project's groups that contain a contact's address, without the global group.

    https://docs.autosend.com/api-reference/contacts/get-unsubscribe-groups
    """
    contact = _find(call, contact_id)
    codes = codes_of(call.db, call.project_id, contact.email)
    groups = [
        UnsubscribeGroup(group_id=group.code, name=group.name)
        for group in groups_of(call.db, call.project_id)
        if group.code in codes and group.project_id is not None
    ]
    return Reply(data=UnsubscribeGroups(groups=groups))


class DuplicateContact(Body):
    source_email: Email
    new_email: Email


class DuplicatedContact(Model):
    source_contact: ContactAnswer
    new_contact: ContactAnswer


@router.post("/email/duplicate", responses=refuses(ContactNotFound, ContactEmailTaken))
async def duplicate_contact(call: Call, body: DuplicateContact) -> Reply[DuplicatedContact]:
    """Copy a contact, with its fields and lists, to a new address.

    https://docs.autosend.com/api-reference/contacts/duplicate-contact
    """
    source = contacts.find_by_email(call.db, call.project_id, body.source_email)
    if source is None:
        raise ContactNotFound
    if contacts.find_by_email(call.db, call.project_id, body.new_email) is not None:
        raise ContactEmailTaken
    original = _answer(call, source, ContactAnswer)
    values = source.model_dump(include={*contacts.FIELDS})
    copy = contacts.create(call.turn, call.project_id, body.new_email, values)
    for one in contacts.named_lists(call.db, call.project_id, original.list_ids):
        contacts.join(call.turn, [copy], one)
    both = DuplicatedContact(source_contact=original, new_contact=_answer(call, copy, ContactAnswer))
    return Reply(data=both)


def _unwrapped(body: Any) -> Any:
    """Return the fields from a body with or without `customFields`: the page does not say which is right."""
    if not isinstance(body, dict) or "customFields" not in body:
        return body
    if not isinstance(body["customFields"], dict):
        raise complaint("must be an object", "customFields")
    return body["customFields"]


@router.patch("/email/{email}/custom-fields", responses=refuses(ContactNotFound, ValidationFailed))
async def update_custom_fields(
    call: Call,
    email: Annotated[str, Path(description="The contact's address.")],
    body: Annotated[CustomFields, BeforeValidator(_unwrapped)],
) -> Reply[ContactAnswer]:
    """Merge custom fields into those of a contact. The body is the fields, or `{"customFields": {…}}`.

    https://docs.autosend.com/api-reference/contacts/update-custom-fields
    """
    contact = contacts.find_by_email(call.db, call.project_id, email.lower())
    if contact is None:
        raise ContactNotFound
    _check_fields(call, body)
    contacts.update(call.turn, contact, {"custom_fields": body})
    return Reply(data=_answer(call, contact, ContactAnswer))
