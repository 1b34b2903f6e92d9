"""Get Contacts in List, Bulk Add Contacts to List, Remove Contacts from List."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import ColumnElement, true
from sqlmodel import select

from emulator.autosend import contacts
from emulator.autosend.api.contact_lists.finding import (
    ContactListNotFound,
    GlobalContactListIsFixed,
    ListId,
    find,
    is_none,
)
from emulator.autosend.audience import count_contacts, lists_with, membership, segments_with
from emulator.autosend.dialect import Call
from emulator.autosend.listing import page_of
from emulator.autosend.models import Body, Model, Pagination, Reply
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.suppression import suppressed_among
from emulator.autosend.tables.contacts import GLOBAL_LIST, Contact, ContactList
from emulator.autosend.values import Id, is_email
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains, insertion_order

router = APIRouter(prefix="/v1/contact-lists", tags=["Contact Lists"], route_class=OperationRoute)

MOST_ADDED = 500
MOST_REMOVED = 10_000
UNKNOWN = "Contact not found"


class SearchContactList(Body):
    contactListId: Id
    page: int = Field(1, ge=1, le=1_000_000_000)
    limit: int = Field(20, ge=1, le=100)
    email: str | None = Field(None, max_length=320, description="A part of the address.")


class ListedContact(Model):
    id: str
    email: str
    firstName: str
    lastName: str
    createdAt: str
    updatedAt: str


class ListedContacts(Model):
    contacts: list[ListedContact]
    pagination: Pagination


@router.post("/contacts/search", responses=refuses(ContactListNotFound, ValidationFailed))
async def get_contacts_in_list(call: Call, body: SearchContactList) -> Reply[ListedContacts]:
    """Answer a page of the contacts of a list or segment, as they were made.

    https://docs.autosend.com/api-reference/contact-lists/get-contacts
    """
    wanted = [_members(call, body.contactListId), contains(Contact.email, body.email or "")]
    statement = select(Contact).where(Contact.project_id == call.project_id, *wanted)
    rows, pagination = page_of(call, statement.order_by(insertion_order(Contact)), body)
    listed = ListedContacts(contacts=[_listed(contact) for contact in rows], pagination=pagination)
    return Reply(data=listed)


def _members(call: Call, list_id: str) -> ColumnElement[bool]:
    return true() if list_id == GLOBAL_LIST else membership(call.db, find(call, list_id))


def _listed(contact: Contact) -> ListedContact:
    return ListedContact(
        id=contact.id,
        email=contact.email,
        firstName=contact.first_name,
        lastName=contact.last_name,
        createdAt=iso_millis(contact.created_at),
        updatedAt=iso_millis(contact.updated_at),
    )


Address = Annotated[str, StringConstraints(to_lower=True, max_length=1000)]


class Named(Body):
    """Contacts, by their addresses or by their ids."""

    emails: list[Address] | None = Field(None, max_length=MOST_REMOVED)
    contactIds: list[Id] | None = Field(None, max_length=MOST_REMOVED)

    @model_validator(mode="after")
    def _names_them_in_one_way(self) -> Self:
        if bool(self.emails) == bool(self.contactIds):
            raise ValueError("Either emails or contactIds is required, and not both")
        return self


class BulkAdd(Named):
    contactListId: Id
    emails: list[Address] | None = Field(None, max_length=MOST_ADDED)
    contactIds: list[Id] | None = Field(None, max_length=MOST_ADDED)


class Failure(Model):
    """A contact that is not there, as the client named it."""

    email: str | None = Field(None, exclude_if=is_none)
    contactId: str | None = Field(None, exclude_if=is_none)
    error: str


class CheckedEmail(Model):
    email: str
    status: str
    """`valid`, `invalid` or `suppressed`."""
    reason: str | None = Field(None, exclude_if=is_none)


class CheckedEmails(Model):
    valid: list[CheckedEmail]
    invalid: list[CheckedEmail]
    suppressed: list[CheckedEmail]


class AddedContact(Model):
    id: str
    email: str
    createdAt: str
    updatedAt: str
    projectId: str
    listIds: list[str]
    segmentIds: list[str]


class BulkAdded(Model):
    """`contacts` are all that were named and are in the list now (inferred)."""

    added: int
    created: int
    alreadyInList: int
    errors: list[Failure]
    validation: CheckedEmails
    totalContactsInList: int
    contacts: list[AddedContact]


@router.post("/contacts/bulk-add", responses=refuses(ContactListNotFound, ValidationFailed))
async def bulk_add_contacts_to_list(call: Call, body: BulkAdd) -> Reply[BulkAdded]:
    """Add up to 500 contacts to a list; addresses without a contact get one.

    https://docs.autosend.com/api-reference/contact-lists/bulk-add
    """
    one = None if body.contactListId == GLOBAL_LIST else _changeable(call, body.contactListId)
    named, errors = _by_ids(call, body.contactIds or [])
    emails = list(dict.fromkeys(body.emails or []))
    people = [(contact, False) for contact in named] + _stored(call, filter(is_email, emails))
    created = {contact.id for contact, is_new in people if is_new}
    joined = {contact.id for contact, _ in people if one and contacts.join(call.turn, contact, one)}
    answer = BulkAdded(
        added=len(joined - created),
        created=len(created),
        alreadyInList=len(people) - len(joined | created),
        errors=errors,
        validation=_checked(call, emails or [contact.email for contact in named]),
        totalContactsInList=one.contact_count if one else count_contacts(call.db, call.project_id),
        contacts=_added(call, [contact for contact, _ in people]),
    )
    return Reply(data=answer)


def _changeable(call: Call, list_id: str) -> ContactList:
    one = find(call, list_id)
    if one.type == "segment":
        raise ValidationFailed(("contactListId", "The contacts of a segment follow from its filter"))
    return one


def _stored(call: Call, emails: Iterable[str]) -> list[tuple[Contact, bool]]:
    """Answer the contacts of addresses, each with whether it is new."""
    return [contacts.upsert(call.turn, call.project_id, email, {}) for email in emails]


def _by_ids(call: Call, contact_ids: Iterable[str]) -> tuple[list[Contact], list[Failure]]:
    """Answer the contacts of these ids, and which of them name none."""
    found = {contact_id: call.db.get(Contact, contact_id) for contact_id in contact_ids}
    own = {
        contact_id: contact
        for contact_id, contact in found.items()
        if contact is not None and contact.project_id == call.project_id
    }
    missing = [Failure(contactId=contact_id, error=UNKNOWN) for contact_id in found if contact_id not in own]
    return list(own.values()), missing


def _checked(call: Call, emails: Sequence[str]) -> CheckedEmails:
    """Sort addresses; whoever is suppressed is added all the same, and gets no mail."""
    kept_back = suppressed_among(call.db, call.project_id, emails, None)
    valid = [email for email in emails if is_email(email)]
    return CheckedEmails(
        valid=[CheckedEmail(email=email, status="valid") for email in valid if email not in kept_back],
        invalid=[
            CheckedEmail(email=email, status="invalid", reason="Invalid email format")
            for email in emails
            if not is_email(email)
        ],
        suppressed=[CheckedEmail(email=email, status="suppressed") for email in valid if email in kept_back],
    )


def _added(call: Call, people: Sequence[Contact]) -> list[AddedContact]:
    ids = [contact.id for contact in people]
    list_ids, segment_ids = lists_with(call.db, ids), segments_with(call.db, call.project_id, ids)
    return [
        AddedContact(
            id=contact.id,
            email=contact.email,
            createdAt=iso_millis(contact.created_at),
            updatedAt=iso_millis(contact.updated_at),
            projectId=contact.project_id,
            listIds=list_ids[contact.id],
            segmentIds=segment_ids[contact.id],
        )
        for contact in people
    ]


class RemovedFromList(Model):
    removed: int
    notInList: int
    errors: list[Failure]


@router.post(
    "/{contactListId}/contacts/remove",
    responses=refuses(ContactListNotFound, GlobalContactListIsFixed, ValidationFailed),
)
async def remove_contacts_from_list(
    call: Call, contact_list_id: ListId, body: Named
) -> Reply[RemovedFromList]:
    """Take contacts out of a list; they remain in the project.

    https://docs.autosend.com/api-reference/contact-lists/remove-contacts
    """
    if contact_list_id == GLOBAL_LIST:
        raise GlobalContactListIsFixed
    one = _changeable(call, contact_list_id)
    people, errors = _by_ids(call, body.contactIds or [])
    named, unknown = _by_emails(call, body.emails or [])
    people += named
    removed = sum(contacts.leave(call.turn, contact, one) for contact in people)
    answer = RemovedFromList(removed=removed, notInList=len(people) - removed, errors=errors + unknown)
    return Reply(data=answer)


def _by_emails(call: Call, emails: Sequence[str]) -> tuple[list[Contact], list[Failure]]:
    """Answer the contacts of these addresses, and which of them have none."""
    found = contacts.find_by_emails(call.db, call.project_id, emails)
    missing = [Failure(email=email, error=UNKNOWN) for email in dict.fromkeys(emails) if email not in found]
    return list(found.values()), missing
