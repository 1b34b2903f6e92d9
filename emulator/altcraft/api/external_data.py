"""Segmentation queries to external databases, which segments can look in. They are kept, and never run.

https://guides.altcraft.com/en/developer-guide/datatables/query_segments. Only the page of `add` could be
read: the other operations are inferred from it and from the vendor's naming.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

from emulator.altcraft import refusals
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import GroupFilters, GroupName, chosen_groups, find, group_names, next_id, page
from emulator.altcraft.models import Asking, Body, Done, Model, Page, Reply, Saved
from emulator.altcraft.tables.choosing import Connector, DataQuery
from emulator.altcraft.values import Count, Int64, Listed, Name, Text
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(
    prefix="/api/v1.1/datatables/query_segments", tags=["External data"], route_class=OperationRoute
)

ViewCall = Annotated[Call, Policy(right="datatables.view")]
EditCall = Annotated[Call, Policy(right="datatables.edit", deduplicated="by id")]

Sql = Annotated[str, Field(max_length=1_000_000)]


class QueryById(Asking):
    id: Int64 = Field(description="Query id")


class Parameter(Body):
    """A variable of the SQL text."""

    name: Name
    type: Text = ""
    title: Text = ""
    options_type: Text = ""


class QuerySettings(Asking):
    """The settings of a query that `add` and `update` take."""

    name: Name
    shortname: Name = Field(description="One that no other query has")
    description: Text = ""
    connector_id: Int64 = Field(description="The external database")
    column: Name = Field(description="The column of the result by which profiles are looked for")
    sql: Sql = ""
    cache_time_min: Count = Field(0, description="Minutes for which a result is kept")
    groups_id: Listed[Int64] = Field([], description="Access groups")
    parameters: Listed[Parameter] = Field([], description="Variables of the SQL text")


@router.post("/add/", responses=refuses(refusals.ObjectNotFound, refusals.AlreadyExists))
async def add_segmentation_query(call: EditCall, body: QuerySettings) -> Reply[Saved]:
    """Store a query whose result rules of segments can use.

    https://guides.altcraft.com/en/developer-guide/datatables/query_segments/add
    """
    _check(call, body, None)
    query = DataQuery(
        id=call.turn.ids.number("altcraft.data_query"),
        groups=chosen_groups(call, body.groups_id),
        **body.model_dump(exclude=NO_COLUMNS),
    )
    call.db.add(query)
    return Reply(data=Saved(saved_id=query.id))


NO_COLUMNS = {"token", "format", "groups_id"}


class UpdatedQuery(QuerySettings, QueryById):
    pass


@router.post("/update/", responses=refuses(refusals.ObjectNotFound, refusals.AlreadyExists))
async def update_segmentation_query(call: EditCall, body: UpdatedQuery) -> Reply[Saved]:
    """Change the given settings of a query.

    https://guides.altcraft.com/en/developer-guide/datatables/query_segments
    """
    query = find(call, DataQuery, body.id, "query")
    _check(call, body, query.id)
    if "groups_id" in body.model_fields_set:
        query.groups = chosen_groups(call, body.groups_id)
    query.sqlmodel_update(body.said("id", *NO_COLUMNS))
    return Reply(data=Saved(saved_id=query.id))


def _check(call: Call, body: QuerySettings, own_id: int | None) -> None:
    """Raise ObjectNotFound for an unknown connector, AlreadyExists for the short name of another query."""
    if call.db.get(Connector, body.connector_id) is None:
        raise refusals.ObjectNotFound("connector", body.connector_id)
    namesake = call.db.exec(select(DataQuery).where(col(DataQuery.shortname) == body.shortname)).first()
    if namesake is not None and namesake.id != own_id:
        raise refusals.AlreadyExists("query", body.shortname)


class ParameterAnswer(Model):
    name: str
    type: str = ""
    title: str = ""
    options_type: str = ""


class QueryInformation(Model):
    id: int
    name: str
    shortname: str
    description: str
    connector_id: int
    column: str
    sql: str
    cache_time_min: int
    groups_id: list[int]
    groups: list[GroupName]
    parameters: list[ParameterAnswer]


@router.post("/get/", responses=refuses(refusals.ObjectNotFound))
async def get_segmentation_query_information(call: ViewCall, body: QueryById) -> Reply[QueryInformation]:
    """Return a query.

    https://guides.altcraft.com/en/developer-guide/datatables/query_segments
    """
    return Reply(data=_information(call, find(call, DataQuery, body.id, "query")))


@router.post("/list/")
async def get_segmentation_queries_list(call: ViewCall, body: GroupFilters) -> Page[QueryInformation]:
    """Page through the queries, by id.

    https://guides.altcraft.com/en/developer-guide/datatables/query_segments
    """
    queries, total = page(call, DataQuery, body)
    rows = [_information(call, one) for one in queries]
    return Page(data=rows, next_from_id=next_id(queries, body), total_count=total)


def _information(call: Call, query: DataQuery) -> QueryInformation:
    return QueryInformation.of(query, groups_id=query.groups, groups=group_names(call, query.groups))


@router.post("/delete/", responses=refuses(refusals.ObjectNotFound))
async def delete_segmentation_query(call: EditCall, body: QueryById) -> Done:
    """Delete a query.

    https://guides.altcraft.com/en/developer-guide/datatables/query_segments
    """
    call.db.delete(find(call, DataQuery, body.id, "query"))
    return Done()
