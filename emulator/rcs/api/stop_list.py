"""The stop list: phones, and the channels on which they get no messages.

https://telcowwt.com/documentations/rest-api/rcs-api/get-a-list-of-contacts-from-rcs-stop-list/
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import BigInteger, ColumnElement, cast
from sqlmodel import col, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, searching
from emulator.rcs.channels import CHANNELS
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.listing import InOrderOfIds, Limit, page_of
from emulator.rcs.models import Body, Data, Listing, Model
from emulator.rcs.searching import Search, SearchMeta
from emulator.rcs.tables.contacts import Contact, ContactList, ListMember, StopListItem
from emulator.rcs.values import MAX_ID, Filled, Integer, PhoneNumber, Stamp
from emulator.rcs.violations import NOT_A_CHOICE
from emulator.storage.tables import among

router = APIRouter(prefix="/api", tags=["Stop list"], route_class=OperationRoute)

ChannelName = Literal["sms", "viber", "rcs", "whatsapp"]
ChannelNames = Annotated[list[ChannelName], Filled]
ItemId = Annotated[Integer, Field(ge=1, le=MAX_ID)]


class StopListed(Model):
    """A phone with its flag for each channel but WhatsApp, which is not shown."""

    id: int
    phone: int
    created_at: Stamp
    sms: bool = Field(serialization_alias="sms_stoplist")
    viber: bool = Field(serialization_alias="viber_stoplist")
    rcs: bool = Field(serialization_alias="rcs_stoplist")


class StopListQuery(InOrderOfIds):
    limit: Limit = Field(20, alias="page[limit]")
    type: ChannelName | None = None
    types: ChannelName | None = None

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        return {"types"} if content.get("type") else set()


@router.get("/stoplist", responses=refuses(refusals.GivenDataInvalid))
@router.get("/stoplist/", responses=refuses(refusals.GivenDataInvalid))
async def stop_list_contacts(call: LongCall, query: Annotated[StopListQuery, Query()]) -> Listing[StopListed]:
    """Page through the phones on the stop list, for any channel or for one.

    https://telcowwt.com/documentations/rest-api/rcs-api/get-a-list-of-contacts-from-rcs-stop-list/
    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stoplist_items
    https://bsg.world/documentations/rest-api/stoplists/stop-list-contacts-request/
    """
    wanted, channel = select(StopListItem), query.type or query.types
    if channel is not None:
        wanted = wanted.where(getattr(StopListItem, channel))
    items, meta = page_of(call, wanted, (col(StopListItem.id),), query)
    return Listing(data=[StopListed.of(item) for item in items], total=meta.page.total)


class StopListSearch(Search):
    sort: Literal["id", "phone"] = "id"
    contact_group_id: Integer | None = Field(None, ge=1, le=MAX_ID)


class StopListPage(Model):
    data: list[StopListed]
    meta: SearchMeta


def _flag(criterion: searching.Criterion) -> ColumnElement[bool]:
    if criterion.operator != "=":
        raise criterion.wrong("operator", NOT_A_CHOICE)
    if criterion.value not in CHANNELS:
        raise criterion.wrong("value", NOT_A_CHOICE)
    flag: ColumnElement[bool] = col(getattr(StopListItem, criterion.value)).is_(True)
    return flag


FIELDS = {
    "id": searching.number(col(StopListItem.id)),
    "phone": searching.text(col(StopListItem.phone)),
    "created_at": searching.moment(col(StopListItem.created_at)),
    "date": searching.moment(col(StopListItem.created_at)),
    "type": _flag,
}


@router.get("/stoplist/search", responses=refuses(refusals.GivenDataInvalid, refusals.ContactGroupNotFound))
@router.get("/stoplists/search", responses=refuses(refusals.GivenDataInvalid, refusals.ContactGroupNotFound))
async def search_stop_list(call: LongCall, query: Annotated[StopListSearch, Query()]) -> StopListPage:
    """Find phones on the stop list by criteria, among all or those in a contact list.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stoplist_search
    https://bsg.world/developers/rest-api/search-for-contacts-in-the-stoplist
    """
    criteria = query.criteria()
    wanted = select(StopListItem).where(searching.conditions(criteria, FIELDS, searching.nothing_else))
    if query.contact_group_id is not None:
        if call.db.get(ContactList, query.contact_group_id) is None:
            raise refusals.ContactGroupNotFound
        members = select(Contact.phone).join(ListMember, col(ListMember.contact_id) == col(Contact.id))
        of_list = members.where(ListMember.list_id == query.contact_group_id)
        wanted = wanted.where(col(StopListItem.phone).in_(of_list))
    sorting = cast(col(StopListItem.phone), BigInteger) if query.sort == "phone" else col(StopListItem.id)
    order: tuple[Any, ...] = (sorting, col(StopListItem.id))
    items, meta = page_of(call, wanted, order, query)
    shown = [StopListed.of(item) for item in items]
    return StopListPage(data=shown, meta=searching.search_meta(meta.page, criteria))


class Attaching(Body):
    phones: Annotated[list[PhoneNumber], Filled] = Field(min_length=1, max_length=1000)
    types: ChannelNames = Field(min_length=1)


@router.post("/stoplist/attach", responses=refuses(refusals.GivenDataInvalid, refusals.TooManyDuplicates))
async def add_to_stop_list(call: LongCall, body: Attaching) -> Data[list[StopListed]]:
    """Put phones on the stop list for channels. A phone that is on it keeps its id and its other flags.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stoplist_add
    https://telcowwt.com/documentations/rest-api/rcs-api/add-a-contact-to-the-rcs-stop-list/
    """
    phones = list(dict.fromkeys(body.phones))
    known = call.db.exec(select(StopListItem).where(among(StopListItem.phone, phones)))
    by_phone = {item.phone: item for item in known}
    for phone in phones:
        item = by_phone.get(phone)
        if item is None:
            number = call.turn.ids.number("rcs.stop_list")
            item = by_phone[phone] = StopListItem(id=number, phone=phone, created_at=call.now)
            call.db.add(item)
        for channel in body.types:
            setattr(item, channel, True)
    return Data(data=[StopListed.of(by_phone[phone]) for phone in phones])


class Detaching(Body):
    ids: Annotated[list[ItemId], Filled] = Field(min_length=1, max_length=200)
    types: ChannelNames = Field(min_length=1)


@router.post("/stoplist/detach", responses=refuses(refusals.GivenDataInvalid, refusals.TooManyDuplicates))
async def remove_from_stop_list(call: Call, body: Detaching) -> dict[str, Any]:
    """Remove channels from stop-list records; a record without any is deleted. Unknown ids are ignored.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, stoplist_remove
    https://telcowwt.com/documentations/rest-api/rcs-api/delete-contact-from-rcs-stop-list/
    """
    for item in call.db.exec(select(StopListItem).where(among(StopListItem.id, body.ids))).all():
        for channel in body.types:
            setattr(item, channel, False)
        if not (item.rcs or item.sms or item.viber or item.whatsapp):
            call.db.delete(item)
    return {}
