"""Get Contacts in List, Bulk Add Contacts to List, Remove Contacts from List."""

from collections.abc import Sequence
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field, StringConstraints, model_validator
from sqlmodel import select

from emulator.autosend import contacts
from emulator.autosend.api.contact_lists.answers import ContactListNotFound, GlobalContactListIsFixed, ListId
from emulator.autosend.audience import count_contacts, membership
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.listing import find, page_of
from emulator.autosend.models import Body, Model, Pagination, Reply
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.suppression import suppressed_among
from emulator.autosend.tables.contacts import GLOBAL_LIST, Contact, ContactList
from emulator.autosend.values import Id, Instant, Whole, is_email, is_none
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains, insertion_order

router = APIRouter(prefix="/v1/contact-lists", tags=["Contact Lists"], route_class=OperationRoute)

MOST_ADDED = 500
MOST_REMOVED = 10_000
UNKNOWN = "Contact not found"


class SearchContactList(Body):
    contact_list_id: Id
    page: Whole = Field(1, ge=1, le=1_000_000_000)
    limit: Whole = Field(20, ge=1, le=100)
    email: str | None = Field(None, max_length=320, description="A part of the address.")


class ListedContact(Model):
    id: str
    email: str
    first_name: str
    last_name: str
    created_at: Instant
    updated_at: Instant


class ListedContacts(Model):
    contacts: list[ListedContact]
    pagination: Pagination


@router.post("/contacts/search", responses=refuses(ContactListNotFound, ValidationFailed))
async def get_contacts_in_list(call: LongCall, body: SearchContactList) -> Reply[ListedContacts]:
    """Return a page of the contacts in a list or segment, the oldest first.

    https://docs.autosend.com/api-reference/contact-lists/get-contacts
    """
    wanted = select(Contact).where(
        Contact.project_id == call.project_id, contains(Contact.email, body.email or "")
    )
    if body.contact_list_id != GLOBAL_LIST:
        one = find(call, ContactList, body.contact_list_id, ContactListNotFound)
        wanted = wanted.where(membership(call.db, one))
    rows, pagination = page_of(call, wanted.order_by(insertion_order(Contact)), body)
    return Reply(data=ListedContacts(contacts=[ListedContact.of(row) for row in rows], pagination=pagination))


Address = Annotated[str, StringConstraints(to_lower=True, max_length=1000)]


class Named(Body):
    """The contacts of a request, by their addresses or by their ids."""

    emails: list[Address] | None = Field(None, max_length=MOST_REMOVED)
    contact_ids: list[Id] | None = Field(None, max_length=MOST_REMOVED)

    @model_validator(mode="after")
    def _names_them_in_one_way(self) -> Self:
        if not self.emails and not self.contact_ids:
            raise ValueError("Either emails or contactIds is required")
        if self.emails and self.contact_ids:
            raise ValueError("Either emails or contactIds must be empty")
        return self


class BulkAdd(Named):
    contact_list_id: Id
    emails: list[Address] | None = Field(None, max_length=MOST_ADDED)
    contact_ids: list[Id] | None = Field(None, max_length=MOST_ADDED)


class Failure(Model):
    """A contact that does not exist, by the address or id that the client sent."""

    email: str | None = Field(None, exclude_if=is_none)
    contact_id: str | None = Field(None, exclude_if=is_none)
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
    created_at: Instant
    updated_at: Instant
    project_id: str
    list_ids: list[str]
    segment_ids: list[str]


class BulkAdded(Model):
    """The result of adding. `contacts` are those of the request that are in the list now (inferred)."""

    added: int
    created: int
    already_in_list: int
    errors: list[Failure]
    validation: CheckedEmails
    total_contacts_in_list: int
    contacts: list[AddedContact]


@router.post("/contacts/bulk-add", responses=refuses(ContactListNotFound, ValidationFailed))
async def bulk_add_contacts_to_list(call: LongCall, body: BulkAdd) -> Reply[BulkAdded]:
    """Add up to 500 contacts to a list. For an address without a contact, one is created.

    https://docs.autosend.com/api-reference/contact-lists/bulk-add
    """
    one = None if body.contact_list_id == GLOBAL_LIST else _changeable(call, body.contact_list_id)
    people, errors = _by_ids(call, body.contact_ids or [])
    emails = list(dict.fromkeys(body.emails or []))
    stored = [contacts.upsert(call.turn, call.project_id, email, {}) for email in emails if is_email(email)]
    created = {contact.id for contact, is_new in stored if is_new}
    people += [contact for contact, _ in stored]
    joined = contacts.join(call.turn, people, one) if one else set()
    added = BulkAdded(
        added=len(joined - created),
        created=len(created),
        already_in_list=len(people) - len(joined | created),
        errors=errors,
        validation=_checked(call, emails or [contact.email for contact in people]),
        total_contacts_in_list=one.contact_count if one else count_contacts(call.db, call.project_id),
        contacts=contacts.shown(call.db, call.project_id, people, AddedContact),
    )
    return Reply(data=added)


def _changeable(call: Call, list_id: str) -> ContactList:
    """Return a list. Raises ContactListNotFound, and ValidationFailed for a segment."""
    one = find(call, ContactList, list_id, ContactListNotFound)
    if one.type == "segment":
        raise ValidationFailed(("contactListId", "The contacts of a segment follow from its filter"))
    return one


def _by_ids(call: Call, ids: Sequence[str]) -> tuple[list[Contact], list[Failure]]:
    """Return the contacts with these ids, and a failure for each unknown id."""
    found = contacts.find_by_ids(call.db, call.project_id, ids)
    missing = [Failure(contact_id=one, error=UNKNOWN) for one in dict.fromkeys(ids) if one not in found]
    return list(found.values()), missing


def _checked(call: Call, emails: Sequence[str]) -> CheckedEmails:
    """Sort addresses into valid, invalid and suppressed; the suppressed join the list, but get no mail."""
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


class RemovedFromList(Model):
    removed: int
    not_in_list: int
    errors: list[Failure]


@router.post(
    "/{contactListId}/contacts/remove",
    responses=refuses(ContactListNotFound, GlobalContactListIsFixed, ValidationFailed),
)
async def remove_contacts_from_list(
    call: Call, contact_list_id: ListId, body: Named
) -> Reply[RemovedFromList]:
    """Remove contacts from a list. They remain in the project.

    https://docs.autosend.com/api-reference/contact-lists/remove-contacts
    """
    if contact_list_id == GLOBAL_LIST:
        raise GlobalContactListIsFixed
    one = _changeable(call, contact_list_id)
    if body.contact_ids:
        people, errors = _by_ids(call, body.contact_ids)
    else:
        people, errors = _by_emails(call, body.emails or [])
    removed = contacts.leave(call.turn, people, one)
    result = RemovedFromList(removed=removed, not_in_list=len(people) - removed, errors=errors)
    return Reply(data=result)


def _by_emails(call: Call, emails: Sequence[str]) -> tuple[list[Contact], list[Failure]]:
    """Return the contacts with these addresses, and a failure for each unknown address."""
    found = contacts.find_by_emails(call.db, call.project_id, emails)
    missing = [Failure(email=email, error=UNKNOWN) for email in dict.fromkeys(emails) if email not in found]
    return list(found.values()), missing
