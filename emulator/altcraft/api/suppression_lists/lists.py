"""Suppression lists themselves: made, renamed, shown and deleted.

https://guides.altcraft.com/en/developer-guide/suppression-lists
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import select

from emulator.altcraft import refusals
from emulator.altcraft.api.suppression_lists.answers import EditCall, ListById, ViewCall, find_list
from emulator.altcraft.choosing import suppression
from emulator.altcraft.dialect import Call, Policy, XmlForm
from emulator.altcraft.listing import (
    IN_XML,
    DatabaseGroup,
    ListFilters,
    capital_groups,
    home_group,
    next_id,
    page,
)
from emulator.altcraft.models import Asking, Done, Model, Page, Reply, Saved
from emulator.altcraft.tables.choosing import SuppressionList
from emulator.altcraft.tables.content import Template
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Name
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/suppresses", tags=["Suppression lists"], route_class=OperationRoute)

ListCall = Annotated[Call, Policy(right="suppressions.view", xml=XmlForm(names=IN_XML))]
AddCall = Annotated[
    Call, Policy(right="suppressions.edit", deduplicated="by content", xml=XmlForm(root="result"))
]


class NewList(Asking):
    name: Name


@router.post("/add")
async def create_suppression_list(call: AddCall, body: NewList) -> Reply[Saved]:
    """Make an empty list. The same request is answered with the same list for a day.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/2195613
    """
    number = call.turn.ids.number("altcraft.suppression_list")
    call.db.add(SuppressionList(id=number, name=body.name, groups=[home_group(call)]))
    return Reply(data=Saved(saved_id=number))


class RenamedList(ListById, NewList):
    pass


@router.post("/update", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def update_suppression_list(call: EditCall, body: RenamedList) -> Reply[Saved]:
    """Rename a list, which must not be the global one.

    https://guides.altcraft.com/en/developer-guide/suppression-lists
    """
    _changeable(call, body.id).name = body.name
    return Reply(data=Saved(saved_id=body.id))


class ListInformation(Model):
    id: int
    is_global: bool
    name: str


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_suppression_list_info(call: ViewCall, body: ListById) -> Reply[ListInformation]:
    """Return a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/2195617
    """
    return Reply(data=ListInformation.of(find_list(call, body.id)))


class ListRow(ListInformation):
    tags: list[str] = Field(serialization_alias="ui_tags")
    Groups: list[DatabaseGroup]


@router.post("/list")
async def get_the_list_of_suppression_lists(call: ListCall, body: ListFilters) -> Page[ListRow]:
    """Page through the lists, by id.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/2195619
    """
    lists, total = page(call, SuppressionList, body)
    rows = [ListRow.of(one, Groups=capital_groups(call, one.groups)) for one in lists]
    return Page(data=rows, next_from_id=next_id(lists, body), total_count=total)


@router.post("/delete", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def delete_suppression_list(call: EditCall, body: ListById) -> Done:
    """Delete a list with its entries, unless it is the global one, or a database or a template uses it.

    https://guides.altcraft.com/en/developer-guide/suppression-lists
    """
    one = _changeable(call, body.id)
    if _is_used_by(call, Database, one.id) or _is_used_by(call, Template, one.id):
        raise refusals.WrongState("suppression list", one.id, "in use")
    suppression.clear_all(call.turn, one.id)
    call.db.delete(one)
    return Done()


def _is_used_by(call: Call, table: type[Database | Template], number: int) -> bool:
    users = select(table.id).where(table.suppress_id == number)
    return call.db.exec(users.limit(1)).first() is not None


def _changeable(call: Call, number: int) -> SuppressionList:
    """Return the list with this id. Raises WrongState for the global one."""
    one = find_list(call, number)
    if one.is_global:
        raise refusals.WrongState("suppression list", one.id, "global")
    return one
