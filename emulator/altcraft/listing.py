"""Which objects a token sees, and what the lists of mailings and of campaigns can be filtered by.

https://guides.altcraft.com/en/developer-guide/campaigns/2195648 and
…/developer-guide/super-campaigns/get-scampaigns-list
"""

from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field
from sqlmodel import col, func, select, true

from emulator.altcraft import refusals
from emulator.altcraft.dialect import Call
from emulator.altcraft.models import Asking, Model
from emulator.altcraft.tables import MAIN_GROUP, Group, Listable
from emulator.altcraft.values import Int64, Limit, Listed

Row = TypeVar("Row", bound=Listable)


def _options(value: object) -> object:
    return value["options"] if isinstance(value, dict) and "options" in value else value


Options = Annotated[Listed[str], BeforeValidator(_options)]
"""The values of an attribute: an array, or an object with that array in `options`."""

Attributes = Annotated[dict[str, Options], Field(max_length=100)]


class ListFilters(Asking):
    """What every list can be filtered by: by all of the filters that are given, each by any of its values."""

    from_id: Int64 = Field(1, description="Lowest id in the answer")
    limit: Limit = Field(1000)
    ui_tags: Listed[str] = []
    groups: Listed[str] = Field([], description="Names of access groups")
    groups_id: Listed[Int64] = []
    attributes: Attributes = {}


class GroupName(Model):
    id: int
    name: str


def find(call: Call, table: type[Row], number: int, kind: str) -> Row:
    """Answer an object that the token sees. Raises ObjectNotFound."""
    found = call.db.get(table, number)
    if found is None or not call.grant.sees(found.groups):
        raise refusals.ObjectNotFound(kind, number)
    return found


def page(call: Call, table: type[Row], filters: ListFilters, *conditions: Any) -> tuple[list[Row], int]:
    """Answer a page of what filters and conditions leave, by id, and how many match on all pages."""
    wanted = [*conditions, *_conditions(call, table, filters)]
    total = call.db.exec(select(func.count()).select_from(table).where(*wanted)).one()
    statement = select(table).where(*wanted, table.id >= filters.from_id).order_by(col(table.id))
    return list(call.db.exec(statement.limit(filters.limit))), total


def next_id(rows: list[Row], filters: ListFilters) -> int:
    """Answer the `from_id` of the page that follows."""
    return rows[-1].id + 1 if rows else filters.from_id


def group_names(call: Call, groups: list[int]) -> list[GroupName]:
    rows = (call.db.get_one(Group, number) for number in groups)
    return [GroupName(id=row.id, name=row.name) for row in rows]


def home_group(call: Call) -> int:
    """Answer the group of what the token makes: main, or the first that it sees."""
    groups = call.grant.groups
    return MAIN_GROUP if groups is None or MAIN_GROUP in groups else min(groups)


def _conditions(call: Call, table: type[Row], filters: ListFilters) -> list[Any]:
    conditions = []
    if call.grant.groups is not None:
        conditions.append(_has_any(table.groups, call.grant.groups))
    if filters.ui_tags:
        conditions.append(_has_any(table.tags, filters.ui_tags))
    if filters.groups_id:
        conditions.append(_has_any(table.groups, filters.groups_id))
    if filters.groups:
        named = select(Group.id).where(col(Group.name).in_(filters.groups))
        conditions.append(_has_any(table.groups, call.db.exec(named).all()))
    for name, options in filters.attributes.items():
        if options:
            conditions.append(_attribute_is(table.attributes, name, options))
    return conditions


def _has_any(column: Any, values: Any) -> Any:
    """Answer the condition that a column's list holds any of `values`."""
    item = func.json_each(column).table_valued("value")
    return select(1).select_from(item).where(item.c.value.in_(values)).exists()


def _attribute_is(column: Any, name: str, options: list[str]) -> Any:
    """Answer the condition that attribute `name` of a column's object has any of `options`."""
    attribute = func.json_each(column).table_valued("key", "value")
    option = func.json_each(attribute.c.value).table_valued("value")
    named = select(1).select_from(attribute.join(option, true())).where(attribute.c.key == name)
    return named.where(option.c.value.in_(options)).exists()
