"""Contacts: https://bsg.world/documentations/rest-api/contacts/."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BeforeValidator, Field
from sqlalchemy import BigInteger, ColumnElement, Float, Integer, cast, func
from sqlmodel import col, or_, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import contact_book, refusals, searching
from emulator.rcs.api.contacts.answers import (
    ContactAnswer,
    Id,
    InvalidContactId,
    ListReference,
    check_lists,
    contact_answers,
)
from emulator.rcs.dialect import Call, DeletingCall, LongCall
from emulator.rcs.listing import InOrderOfIds, Limit, find, page_of
from emulator.rcs.models import Body, Data, Listing, Model
from emulator.rcs.recipients import CONTACTS
from emulator.rcs.searching import Search, SearchMeta
from emulator.rcs.tables.contacts import PHONE, Contact, ContactField, ContactValue, ListMember
from emulator.rcs.values import whole_number
from emulator.rcs.violations import BLANK, INVALID, NOT_AN_INTEGER, complaint, too_many
from emulator.storage.tables import among

router = APIRouter(prefix="/api/contacts", tags=["Contacts"], route_class=OperationRoute)

MOST_DELETED = 5000

InvalidPhone = refusals.refusal("InvalidPhone", 422, "Invalid phone number format")
PhoneAlreadyExists = refusals.refusal(
    "PhoneAlreadyExists", 422, "Phone number is already exist in contact book"
)

ContactId = Annotated[str, Path(alias="id", description="Contact id, a number.")]


class ContactsQuery(InOrderOfIds):
    limit: Limit = Field(20, alias="page[limit]")
    groups: list[Id] | None = Field(None, alias="groups[]")


@router.get("", responses=refuses(refusals.GivenDataInvalid, refusals.ContactGroupNotFound))
async def list_contacts(call: LongCall, query: Annotated[ContactsQuery, Query()]) -> Listing[ContactAnswer]:
    """Page through the contacts, all of them or those in lists.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contacts
    https://bsg.world/developers/rest-api/query-for-a-list-of-existing-contacts
    """
    wanted = select(Contact)
    if query.groups:
        check_lists(call.db, query.groups)
        wanted = wanted.where(_in_lists(query.groups))
    contacts, meta = page_of(call, wanted, (col(Contact.id),), query)
    return Listing(data=contact_answers(call.db, contacts), total=meta.page.total)


class ContactSearch(Search):
    sort: Literal["id", "phone"] = "id"


class ContactPage(Model):
    data: list[ContactAnswer]
    meta: SearchMeta


def _in_list(criterion: searching.Criterion) -> ColumnElement[bool]:
    members = select(ListMember.contact_id).where(
        searching.number(col(ListMember.list_id), only_equal=True)(criterion)
    )
    return col(Contact.id).in_(members)


FIELDS: Mapping[str, searching.Condition] = {
    "id": searching.number(col(Contact.id)),
    "phone": searching.text(col(Contact.phone)),
    "group_id": _in_list,
    "created_at": searching.moment(col(Contact.created_at)),
    "date": searching.moment(col(Contact.created_at)),
}


@router.get("/search", responses=refuses(refusals.GivenDataInvalid, refusals.ContactGroupNotFound))
async def search_contacts(call: LongCall, query: Annotated[ContactSearch, Query()]) -> ContactPage:
    """Find contacts by criteria, among them values of contact fields, which are named by id.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contacts_search
    """

    def field_named(name: str) -> searching.Condition | None:
        number = whole_number(name)
        field = None if number is None else call.db.get(ContactField, number)
        return None if field is None else _value_of(field)

    criteria = query.criteria()
    wanted = select(Contact).where(searching.conditions(criteria, FIELDS, field_named))
    check_lists(call.db, [int(criterion.value) for criterion in criteria if criterion.field == "group_id"])
    sorting = cast(col(Contact.phone), BigInteger) if query.sort == "phone" else col(Contact.id)
    order: tuple[Any, ...] = (sorting, col(Contact.id))
    contacts, meta = page_of(call, wanted, order, query)
    return ContactPage(
        data=contact_answers(call.db, contacts, counts=False),
        meta=searching.search_meta(meta.page, criteria),
    )


def _value_of(field: ContactField) -> searching.Condition:
    """Return the search condition for a field: numbers and dates are compared, texts are searched."""
    value = col(ContactValue.value)
    condition_of_value = {
        "text": searching.text(value),
        "number": searching.ordered(cast(value, Float), contact_book.as_number),
        "date": searching.moment(cast(func.strftime("%s", value), Integer), contact_book.as_second, second=1),
    }[field.type]

    def condition(criterion: searching.Criterion) -> ColumnElement[bool]:
        fits = condition_of_value(criterion)
        having = select(ContactValue.contact_id).where(ContactValue.field_id == field.id, fits)
        return col(Contact.id).in_(having)

    return condition


@router.get("/{id}", responses=refuses(InvalidContactId))
async def get_contact(call: LongCall, contact_id: ContactId) -> Data[ContactAnswer]:
    """Return a contact with its values and lists.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact
    """
    contact = find(call, Contact, whole_number(contact_id), InvalidContactId)
    return Data(data=contact_answers(call.db, [contact])[0])


class FieldValue(Body):
    id: Id
    value: str = Field(max_length=1000)


def _as_text(phone: object) -> str:
    if isinstance(phone, bool) or not isinstance(phone, int | str):
        raise complaint(NOT_AN_INTEGER)
    return str(phone)


class ContactBody(Body):
    phone: Annotated[str, BeforeValidator(_as_text, json_schema_input_type=int | str)]
    groups: list[ListReference] | None = Field(None, max_length=100)
    fields: list[FieldValue] | None = None


@router.post(
    "",
    status_code=201,
    responses=refuses(
        refusals.GivenDataInvalid,
        InvalidPhone,
        PhoneAlreadyExists,
        refusals.ContactGroupNotFound,
        refusals.TooManyDuplicates,
    ),
)
async def create_contact(call: Call, body: ContactBody) -> Data[ContactAnswer]:
    """Put a phone into the contact book, with values, and into lists. In test mode it must be verified.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_create
    https://bsg.world/documentations/rest-api/contacts/create-a-contact/
    """
    phone = _checked(call, body, None)
    number = call.turn.ids.number("rcs.contact")
    CONTACTS.run(call.turn.store, number, (call.now,), [(phone,)])
    return _stored(call, number, body)


@router.put(
    "/{id}",
    responses=refuses(
        refusals.GivenDataInvalid,
        InvalidContactId,
        InvalidPhone,
        PhoneAlreadyExists,
        refusals.ContactGroupNotFound,
    ),
)
async def update_contact(call: Call, contact_id: ContactId, body: ContactBody) -> Data[ContactAnswer]:
    """Change the phone of a contact, set the values that are given, and add it to lists.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_update
    https://bsg.world/documentations/rest-api/contacts/edit-contact/
    """
    number = find(call, Contact, whole_number(contact_id), InvalidContactId).id
    phone = _checked(call, body, number)
    call.turn.store.execute("UPDATE rcs_contact SET phone = ? WHERE id = ?", (phone, number))
    return _stored(call, number, body)


@router.delete("/{id}", status_code=204, responses=refuses(InvalidContactId))
async def delete_contact(call: Call, contact_id: ContactId) -> Response:
    """Delete a contact, also from all lists.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_delete
    https://bsg.world/documentations/rest-api/contacts/delete-contact/
    """
    contact = find(call, Contact, whole_number(contact_id), InvalidContactId)
    contact_book.delete_contacts(call.turn, [contact.id])
    return Response(status_code=204)


class Deletion(Body):
    contact_ids: list[Id] | None = Field(None, alias="contact_ids[]")
    group_ids: list[Id] | None = Field(None, alias="group_ids[]")


@router.post("/delete", status_code=204, responses=refuses(refusals.GivenDataInvalid))
async def delete_multiple_contacts(call: DeletingCall, query: Annotated[Deletion, Query()]) -> Response:
    """Delete up to 5000 contacts: by their ids, and all that are in lists. Unknown ids are ignored.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contacts_delete
    """
    if not query.contact_ids and not query.group_ids:
        raise refusals.GivenDataInvalid({"contact_ids": [BLANK]})
    wanted = or_(among(Contact.id, query.contact_ids or []), _in_lists(query.group_ids or []))
    found = call.db.exec(select(Contact.id).where(wanted).limit(MOST_DELETED + 1)).all()
    if max(len(found), len(query.contact_ids or [])) > MOST_DELETED:
        raise refusals.GivenDataInvalid({"contact_ids": [too_many(MOST_DELETED)]})
    contact_book.delete_contacts(call.turn, found)
    return Response(status_code=204)


def _in_lists(list_ids: Sequence[int]) -> ColumnElement[bool]:
    members = select(ListMember.contact_id).where(among(ListMember.list_id, list_ids))
    return col(Contact.id).in_(members)


def _checked(call: Call, body: ContactBody, own_id: int | None) -> str:
    """Check all of a contact to be stored; return its phone."""
    if not re.fullmatch(PHONE.pattern, body.phone):
        raise InvalidPhone
    holder = call.db.exec(select(Contact.id).where(Contact.phone == body.phone)).first()
    if holder is None or holder != own_id:
        _check_phone(call, body.phone, is_taken=holder is not None)
    check_lists(call.db, body.groups or [])
    _check_values(call, body.fields or [])
    return body.phone


def _check_phone(call: Call, phone: str, *, is_taken: bool) -> None:
    """Refuse a new phone of a contact that is not verified in test mode, or is taken."""
    if call.account.mode == "test" and phone not in call.account.verified_phones:
        raise refusals.GivenDataInvalid({"phone": ["Phone number is not verified"]})
    if is_taken:
        raise PhoneAlreadyExists


def _check_values(call: Call, values: Sequence[FieldValue]) -> None:
    wanted = among(ContactField.id, [value.id for value in values])
    known = {field.id: field for field in call.db.exec(select(ContactField).where(wanted))}
    found = {}
    for index, value in enumerate(values):
        field = known.get(value.id)
        if field is None:
            found[f"fields{index}id"] = [INVALID]
        elif value.value and not contact_book.suits(field.type, value.value):
            found[f"fields{index}value"] = [INVALID]
    if found:
        raise refusals.GivenDataInvalid(found)


def _stored(call: Call, number: int, body: ContactBody) -> Data[ContactAnswer]:
    contact_book.attach(call.turn, [number], body.groups or [])
    contact_book.set_values(call.turn, number, {value.id: value.value for value in body.fields or []})
    contact = call.db.get_one(Contact, number)
    return Data(data=contact_answers(call.db, [contact], counts=False)[0])
