"""Databases, which hold profiles.

https://guides.altcraft.com/en/developer-guide/databases
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import counters, deleting, refusals
from emulator.altcraft.answers import (
    AnyFieldRow,
    ChannelCounters,
    Feedback,
    TaskStarted,
    field_row,
    refresh_counters,
)
from emulator.altcraft.choosing.selections import of_database
from emulator.altcraft.dialect import Call, Policy, XmlForm
from emulator.altcraft.listing import IN_XML, DatabaseGroup, ListFilters, capital_groups, find, next_id, page
from emulator.altcraft.market.orders import delete_orders_of
from emulator.altcraft.models import Asking, Model, Page, Reply
from emulator.altcraft.people import fields
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Int64
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/databases", tags=["Databases"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="databases.view")]
ListCall = Annotated[Call, Policy(right="databases.view", xml=XmlForm(names=IN_XML))]
CountersCall = Annotated[Call, Policy(right="databases.view", is_long=True)]
RefreshCall = Annotated[Call, Policy(right="databases.edit", deduplicated="by id", is_long=True)]
WipeCall = Annotated[Call, Policy(right="databases.wipe", deduplicated="by id", is_long=True)]


class DatabaseById(Asking):
    id: Int64 = Field(description="Database id")


class DatabaseFilters(ListFilters):
    pass


class DatabaseRow(Model):
    id: int
    name: str
    tags: list[str] = Field(serialization_alias="ui_tags")
    Groups: list[DatabaseGroup]


@router.post("/list/")
async def get_database_list(call: ListCall, body: DatabaseFilters) -> Page[DatabaseRow]:
    """Page through the databases, by id.

    https://guides.altcraft.com/en/developer-guide/databases/2195563
    """
    databases, total = page(call, Database, body)
    rows = [DatabaseRow.of(one, Groups=capital_groups(call, one.groups)) for one in databases]
    return Page(data=rows, next_from_id=next_id(databases, body), total_count=total)


class DatabaseInformation(Model):
    id: int
    name: str
    suppress_id: int
    description: str


@router.post("/get/", responses=refuses(refusals.ObjectNotFound))
async def get_database_information(call: ViewCall, body: DatabaseById) -> Reply[DatabaseInformation]:
    """Return a database.

    https://guides.altcraft.com/en/developer-guide/databases/2195565
    """
    return Reply(data=DatabaseInformation.of(find(call, Database, body.id, "database")))


@router.post("/fields_get/", responses=refuses(refusals.ObjectNotFound))
async def get_database_fields(call: ViewCall, body: DatabaseById) -> Reply[list[AnyFieldRow]]:
    """Return the fields that the profiles of a database have: the standard ones, then its own.

    https://guides.altcraft.com/en/developer-guide/databases
    """
    database = find(call, Database, body.id, "database")
    known = [*fields.WITH_COLUMNS.values(), *fields.of_database(database).fields.values()]
    return Reply(data=[field_row(one) for one in known])


class CountersOfDatabase(DatabaseById):
    resource_id: Int64


@router.post("/get_counters", responses=refuses(refusals.ObjectNotFound))
async def get_database_statistics(
    call: CountersCall, body: CountersOfDatabase
) -> Reply[list[ChannelCounters]]:
    """Return how many subscriptions of a resource the database has, by channel and status.

    https://guides.altcraft.com/en/developer-guide/databases/get-counters
    """
    counted = counters.all_statuses(call.db, _counted(call, body))
    return Reply(data=[ChannelCounters.model_validate(one) for one in counted])


class RefreshDatabase(CountersOfDatabase):
    feedback: Feedback | None = Field(None, description="Where the statistics are to be sent")


@router.post("/refresh_counters", responses=refuses(refusals.ObjectNotFound))
async def update_statistics_on_database(call: RefreshCall, body: RefreshDatabase) -> Reply[TaskStarted]:
    """Begin a recount of a resource's subscriptions in the database; tasks/status shows the result.

    https://guides.altcraft.com/en/developer-guide/databases/refresh-counters
    """
    return Reply(data=refresh_counters(call, [_counted(call, body)], body.feedback))


def _counted(call: Call, body: CountersOfDatabase) -> counters.Counted:
    database = find(call, Database, body.id, "database")
    resource = find(call, Resource, body.resource_id, "resource")
    return counters.Counted(of_database(database.id), database.id, resource)


class Wiped(Model):
    count_action: int
    count_profile: int


@router.post("/wipe", responses=refuses(refusals.ObjectNotFound, refusals.AccessDenied))
async def database_wipe(call: WipeCall, body: DatabaseById) -> Reply[Wiped]:
    """Delete all profiles of a database with their history and their orders. The account must allow it.

    https://guides.altcraft.com/en/developer-guide/databases/2195815
    """
    database = find(call, Database, body.id, "database")
    if not call.db.get_one(Account, 1).allow_data_wipe:
        raise refusals.AccessDenied
    people = of_database(database.id)
    found = call.turn.store.execute(people.sql, dict(people.parameters))
    everybody = [profile_id for (profile_id,) in found]
    delete_orders_of(call.turn, everybody)
    actions, profiles = deleting.delete_profiles(call.turn, everybody)
    return Reply(data=Wiped(count_action=actions, count_profile=profiles))
