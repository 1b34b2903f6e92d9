"""Contact lists: https://bsg.world/documentations/rest-api/lists/."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BeforeValidator, Field
from sqlalchemy import ColumnElement
from sqlmodel import col, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import contact_book, refusals, searching
from emulator.rcs.api.contacts.answers import (
    Id,
    InvalidContactId,
    ListAnswer,
    check_contacts,
    check_lists,
    items_of_list,
    list_answers,
)
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.listing import InOrderOfIds, find, page_of
from emulator.rcs.models import Body, Data, Listing, Model
from emulator.rcs.searching import Search, SearchMeta
from emulator.rcs.tables.contacts import Contact, ContactList, ListMember
from emulator.rcs.values import Flag, Stamp, whole_number

router = APIRouter(prefix="/api/groups", tags=["Contact lists"], route_class=OperationRoute)

GroupAlreadyExists = refusals.refusal("GroupAlreadyExists", 422, "Contact group is already exists")

ListId = Annotated[str, Path(alias="id", description="Contact list id, a number.")]


@router.get("", responses=refuses(refusals.GivenDataInvalid))
async def all_contact_lists(call: LongCall, query: Annotated[InOrderOfIds, Query()]) -> Listing[ListAnswer]:
    """Page through the contact lists.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_lists
    https://bsg.world/documentations/rest-api/lists/receive-an-index-of-all-contact-lists/
    """
    lists, meta = page_of(call, select(ContactList), (col(ContactList.id),), query)
    return Listing(data=list_answers(call.db, lists), total=meta.page.total)


class FoundList(Model):
    """A list in the result of a search: with other names, and without the count of the stop list."""

    id: int
    name: str
    description: str | None
    is_default: bool
    items: int
    created_at: Stamp


class ListPage(Model):
    data: list[FoundList]
    meta: SearchMeta


class ListSearch(Search):
    sort: Literal["id", "items", "name", "description", "created_at"] = "id"


def _has_phone(criterion: searching.Criterion) -> ColumnElement[bool]:
    members = (
        select(ListMember.list_id)
        .join(Contact, col(Contact.id) == col(ListMember.contact_id))
        .where(searching.text(col(Contact.phone))(criterion))
    )
    return col(ContactList.id).in_(members)


FIELDS: Mapping[str, searching.Condition] = {
    "id": searching.number(col(ContactList.id)),
    "name": searching.text(col(ContactList.name)),
    "description": searching.text(col(ContactList.description)),
    "items": searching.number(items_of_list()),
    "created_at": searching.moment(col(ContactList.created_at)),
    "date": searching.moment(col(ContactList.created_at)),
    "phone": _has_phone,
}


@router.get("/search", responses=refuses(refusals.GivenDataInvalid))
async def search_contact_lists(call: LongCall, query: Annotated[ListSearch, Query()]) -> ListPage:
    """Find contact lists by criteria, also by the phone of a contact in them.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_list_search
    https://bsg.world/developers/rest-api/search-contact-list
    """
    criteria = query.criteria()
    wanted = select(ContactList).where(searching.conditions(criteria, FIELDS, searching.nothing_else))
    order = items_of_list() if query.sort == "items" else col(getattr(ContactList, query.sort))
    lists, meta = page_of(call, wanted, (order, col(ContactList.id)), query)
    items = {one.id: one.items for one in list_answers(call.db, lists)}
    return ListPage(
        data=[FoundList.of(one, items=items[one.id]) for one in lists],
        meta=searching.search_meta(meta.page, criteria),
    )


@router.get("/{id}", responses=refuses(refusals.ContactGroupNotFound))
async def get_contact_list(call: LongCall, list_id: ListId) -> Data[ListAnswer]:
    """Return a contact list.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_list
    https://bsg.world/documentations/rest-api/lists/receive-the-contact-list-data/
    """
    return _answer(call, find(call, ContactList, whole_number(list_id), refusals.ContactGroupNotFound))


class ListBody(Body):
    name: str = Field(min_length=3, max_length=50)
    description: str | None = Field(None, min_length=1, max_length=255)
    default: Flag | None = None


@router.post(
    "",
    status_code=201,
    responses=refuses(refusals.GivenDataInvalid, GroupAlreadyExists, refusals.TooManyDuplicates),
)
async def create_contact_list(call: Call, body: ListBody) -> Data[ListAnswer]:
    """Make a contact list.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_list_create
    https://bsg.world/documentations/rest-api/lists/create-contact-list/
    """
    _check_name(call, body.name, None)
    made = ContactList(id=call.turn.ids.number("rcs.list"), name=body.name, created_at=call.now)
    call.db.add(made)
    _change(call, made, body)
    return _answer(call, made)


@router.put(
    "/{id}",
    responses=refuses(refusals.GivenDataInvalid, GroupAlreadyExists, refusals.ContactGroupNotFound),
)
async def update_contact_list(call: LongCall, list_id: ListId, body: ListBody) -> Data[ListAnswer]:
    """Change a contact list's name and description, and whether it is the default one.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_list_update
    """
    found = find(call, ContactList, whole_number(list_id), refusals.ContactGroupNotFound)
    _check_name(call, body.name, found.id)
    found.name = body.name
    _change(call, found, body)
    return _answer(call, found)


@router.delete("/{id}", status_code=204, responses=refuses(refusals.ContactGroupNotFound))
async def delete_contact_list(call: LongCall, list_id: ListId) -> Response:
    """Delete a contact list; its contacts stay in the book.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_list_delete
    """
    found = find(call, ContactList, whole_number(list_id), refusals.ContactGroupNotFound)
    contact_book.delete_list(call.turn, found.id)
    call.db.delete(found)
    return Response(status_code=204)


class Membership(Body):
    contacts: list[Id] = Field(min_length=1, max_length=200)
    groups: list[Id] = Field(min_length=1, max_length=100)


MEMBERSHIP = refuses(
    refusals.GivenDataInvalid,
    InvalidContactId,
    refusals.ContactGroupNotFound,
    refusals.TooManyDuplicates,
)


@router.post("/attach", responses=MEMBERSHIP)
async def add_contacts_to_lists(call: LongCall, body: Membership) -> dict[str, Any]:
    """Put every contact into every list; those that are in it already stay.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_list_attach
    https://bsg.world/documentations/rest-api/lists/add-a-contact-to-the-list/
    """
    check_contacts(call.db, body.contacts)
    check_lists(call.db, body.groups)
    contact_book.attach(call.turn, body.contacts, body.groups)
    return {}


def _in_an_array(value: object) -> object:
    return [value] if isinstance(value, str) and whole_number(value) is not None else value


class Leaving(Membership):
    contacts: Annotated[list[Id], BeforeValidator(_in_an_array)] = Field(min_length=1, max_length=200)
    groups: Annotated[list[Id], BeforeValidator(_in_an_array)] = Field(min_length=1, max_length=100)


@router.post("/detach", responses=MEMBERSHIP)
async def remove_contacts_from_lists(call: LongCall, body: Leaving) -> dict[str, Any]:
    """Take every contact out of every list. A single contact or list may be a text instead of an array.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_list_detach
    https://bsg.world/documentations/rest-api/lists/delete-a-contact-from-the-list/
    """
    check_contacts(call.db, body.contacts)
    check_lists(call.db, body.groups)
    contact_book.detach(call.turn, body.contacts, body.groups)
    return {}


def _check_name(call: Call, name: str, own_id: int | None) -> None:
    taken = call.db.exec(select(ContactList.id).where(ContactList.name == name)).first()
    if taken is not None and taken != own_id:
        raise GroupAlreadyExists


def _change(call: Call, one: ContactList, body: ListBody) -> None:
    if body.description is not None:
        one.description = body.description
    if body.default is None:
        return
    for other in call.db.exec(select(ContactList).where(ContactList.is_default)).all():
        other.is_default = other.is_default and not body.default
    one.is_default = body.default


def _answer(call: Call, one: ContactList) -> Data[ListAnswer]:
    return Data(data=list_answers(call.db, [one])[0])
