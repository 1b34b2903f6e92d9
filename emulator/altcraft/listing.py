"""The objects that a token sees, and the pages and filters of lists.

https://guides.altcraft.com/en/developer-guide/campaigns/2195648 and
…/developer-guide/super-campaigns/get-scampaigns-list
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import BeforeValidator, Field
from sqlmodel import func, select, true
from sqlmodel.sql.expression import SelectOfScalar

from emulator.altcraft import refusals
from emulator.altcraft.dialect import Call
from emulator.altcraft.models import Asking, Model
from emulator.altcraft.opaque import seal, unseal
from emulator.altcraft.tables.account import MAIN_GROUP, Group, Listable
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.content import VirtualSender
from emulator.altcraft.tables.loyalty import LoyaltyProgram
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Int64, Limit, Listed
from emulator.storage.tables import Table, among


class Numbered(Protocol):
    id: int


class Grouped(Protocol):
    """A row in access groups. A token sees it if it sees one of the groups."""

    groups: list[int]


GroupedRow = TypeVar("GroupedRow", bound=Grouped)
ListableRow = TypeVar("ListableRow", bound=Listable)
Row = TypeVar("Row", bound=Table)


def _options(value: object) -> object:
    return value["options"] if isinstance(value, dict) and "options" in value else value


Options = Annotated[Listed[str], BeforeValidator(_options)]
"""The values of an attribute: an array, or an object with that array in `options`."""

Attributes = Annotated[dict[str, Options], Field(max_length=100)]


class Paging(Asking):
    """The parameters of every list."""

    from_id: Int64 = Field(1, description="Lowest id in the response")
    limit: Limit = Field(1000)


class GroupFilters(Paging):
    """Filters of objects in groups. An object has to match all given filters, each by any of its values."""

    groups: Listed[str] = Field([], description="Names of access groups")
    groups_id: Listed[Int64] = []


class ListFilters(GroupFilters):
    """Filters of objects that also have tags and attributes."""

    ui_tags: Listed[str] = []
    attributes: Attributes = {}


class GroupName(Model):
    id: int
    name: str


class DatabaseGroup(Model):
    """A group as the lists of databases, segments and suppression lists name it."""

    Id: int
    Name: str


IN_XML = {"Groups": "groups", "Id": "id", "Name": "name"}
"""How the XML of these lists spells them."""


def capital_groups(call: Call, groups: list[int]) -> list[DatabaseGroup]:
    return [DatabaseGroup(Id=one.id, Name=one.name) for one in group_names(call, groups)]


def find(call: Call, table: type[GroupedRow], number: int, kind: str) -> GroupedRow:
    """Return the row with this id, if the token sees it. Raises ObjectNotFound, which names its kind."""
    row: GroupedRow | None = call.db.get(table, number)
    if row is None or not call.grant.sees(row.groups):
        raise refusals.ObjectNotFound(kind, number)
    return row


def seen(call: Call, rows: Iterable[GroupedRow]) -> list[GroupedRow]:
    """Return those of the rows that the token sees."""
    return [row for row in rows if call.grant.sees(row.groups)]


def databases_of(call: Call, segment: Segment) -> list[Database]:
    """Return the databases of a segment's people, if the token sees them all. Raises ObjectNotFound."""
    return [find(call, Database, number, "database") for number in sorted(segment.databases)]


def find_virtual_sender(call: Call, number: int) -> VirtualSender:
    """Return the virtual sender with this id. Raises ObjectNotFound."""
    sender: VirtualSender | None = call.db.get(VirtualSender, number)
    if sender is None:
        raise refusals.ObjectNotFound("virtual sender", number)
    return sender


def find_program(call: Call, number: int) -> LoyaltyProgram:
    """Return the loyalty program with this id, if the token sees its database. Raises ObjectNotFound."""
    program = call.db.get(LoyaltyProgram, number)
    if program is None or not sees_program(call, program):
        raise refusals.ObjectNotFound("loyalty program", number)
    return program


def sees_program(call: Call, program: LoyaltyProgram) -> bool:
    """Return whether the token sees the database of a loyalty program."""
    return call.grant.sees(call.db.get_one(Database, program.database_id).groups)


def seen_resources(call: Call) -> dict[int, Resource]:
    """Return the resources that the token sees, by their ids."""
    return {one.id: one for one in seen(call, call.db.exec(select(Resource)))}


def shown_resources(call: Call) -> list[int] | None:
    """Return the ids of the resources whose subscriptions the token sees, None for all."""
    return None if call.grant.groups is None else list(seen_resources(call))


def page(
    call: Call, table: type[ListableRow], filters: GroupFilters, *conditions: Any
) -> tuple[list[ListableRow], int]:
    """Return a page of the objects that match filters and conditions, by id, and the number on all pages."""
    wanted = select(table).where(*conditions, *_conditions(call, table, filters))
    return page_of(call, wanted, table.id, filters.limit, filters.from_id)


def page_of(
    call: Call, wanted: SelectOfScalar[Row], row_id: Any, limit: int, from_id: int = 0
) -> tuple[list[Row], int]:
    """Return a page of the rows that a statement selects, from an id on, and the number of all its rows."""
    rows = call.db.exec(wanted.where(row_id >= from_id).order_by(row_id).limit(limit))
    return list(rows), _total(call, wanted)


def page_after(
    call: Call, wanted: SelectOfScalar[Row], row_id: Any, limit: int, last: int | str
) -> tuple[list[Row], int]:
    """Return the page of the rows that a statement selects after an id, and the number of all its rows."""
    rows = call.db.exec(wanted.where(row_id > last).order_by(row_id).limit(limit))
    return list(rows), _total(call, wanted)


def _total(call: Call, wanted: SelectOfScalar[Row]) -> int:
    counting: Any = wanted.with_only_columns(func.count(), maintain_column_froms=True)
    total: int = call.db.exec(counting).one()
    return total


def next_id(rows: Sequence[Numbered], filters: Paging) -> int:
    """Return the `from_id` of the page that follows."""
    return rows[-1].id + 1 if rows else filters.from_id


CURSOR, CURSOR_LENGTH = "cursor", 41


def cursor(last: int) -> str:
    """Return the `from_id` of the page behind a row, in lists whose cursors are texts."""
    return seal(CURSOR, last, CURSOR_LENGTH)


def row_of(from_id: str) -> int:
    """Return the number of the row behind which a page begins, 0 for the first one.

    Raises IncorrectRequest.
    """
    number = unseal(CURSOR, from_id, CURSOR_LENGTH) if from_id else 0
    if number is None:
        raise refusals.IncorrectRequest("from_id", "is no cursor")
    return number


def group_names(call: Call, groups: list[int]) -> list[GroupName]:
    return [GroupName.of(call.db.get_one(Group, number)) for number in groups]


def home_group(call: Call) -> int:
    """Return the group of objects that the token creates: main, or the lowest that it sees."""
    groups = call.grant.groups
    return MAIN_GROUP if groups is None or MAIN_GROUP in groups else min(groups)


def chosen_groups(call: Call, wanted: list[int]) -> list[int]:
    """Return the groups of an object that the token creates or changes: the named ones, or its own.

    Raises ObjectNotFound for one that does not exist, or that the token does not see.
    """
    for number in wanted:
        if call.db.get(Group, number) is None or not call.grant.sees([number]):
            raise refusals.ObjectNotFound("group", number)
    return list(dict.fromkeys(wanted)) or [home_group(call)]


def _conditions(call: Call, table: type[Listable], filters: GroupFilters) -> list[Any]:
    conditions = []
    if call.grant.groups is not None:
        conditions.append(_has_any(table.groups, list(call.grant.groups)))
    if filters.groups_id:
        conditions.append(_has_any(table.groups, filters.groups_id))
    if filters.groups:
        named = select(Group.id).where(among(Group.name, filters.groups))
        conditions.append(_has_any(table.groups, call.db.exec(named).all()))
    if isinstance(filters, ListFilters):
        conditions += _own_conditions(table, filters)
    return conditions


def _own_conditions(table: type[Listable], filters: ListFilters) -> list[Any]:
    """Return the conditions on an object's tags and attributes."""
    conditions = [_has_any(table.tags, filters.ui_tags)] if filters.ui_tags else []
    for name, options in filters.attributes.items():
        if options:
            conditions.append(_attribute_is(table.attributes, name, options))
    return conditions


def _has_any(column: Any, values: Sequence[str | int]) -> Any:
    """Return the condition that a column's list holds any of `values`."""
    item = func.json_each(column).table_valued("value")
    return select(1).select_from(item).where(among(item.c.value, values)).exists()


def _attribute_is(column: Any, name: str, options: list[str]) -> Any:
    """Return the condition that attribute `name` of a column's object has any of `options`."""
    attribute = func.json_each(column).table_valued("key", "value")
    option = func.json_each(attribute.c.value).table_valued("value")
    named = select(1).select_from(attribute.join(option, true())).where(attribute.c.key == name)
    return named.where(among(option.c.value, options)).exists()
