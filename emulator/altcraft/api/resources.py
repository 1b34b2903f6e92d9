"""Resources, which people subscribe to.

https://guides.altcraft.com/en/developer-guide/resources
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import counters, refusals
from emulator.altcraft.answers import (
    AnyFieldRow,
    ChannelCounters,
    Feedback,
    TaskStarted,
    field_row,
    refresh_counters,
)
from emulator.altcraft.choosing.selections import of_database
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import GroupFilters, GroupName, find, group_names, next_id, page
from emulator.altcraft.models import Asking, Model, Page, Reply
from emulator.altcraft.people import fields
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Int64, Name
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/resources", tags=["Resources"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="resources.view")]
CountersCall = Annotated[Call, Policy(right="resources.view", is_long=True)]
RefreshCall = Annotated[Call, Policy(right="resources.edit", deduplicated="by id", is_long=True)]


class ResourceById(Asking):
    id: Int64 = Field(description="Resource id")


class ResourceRow(Model):
    id: int
    name: str
    groups: list[GroupName]


@router.post("/list")
async def get_resources_list(call: ViewCall, body: GroupFilters) -> Page[ResourceRow]:
    """Page through the resources, by id.

    https://guides.altcraft.com/en/developer-guide/resources/2195587
    """
    resources, total = page(call, Resource, body)
    rows = [ResourceRow.of(one, groups=group_names(call, one.groups)) for one in resources]
    return Page(data=rows, next_from_id=next_id(resources, body), total_count=total)


class ResourceInformation(Model):
    channels: list[str]
    databases: list[int] = Field(serialization_alias="dbs_ids")
    id: int
    name: str
    tracking_domain: str = Field(serialization_alias="trk_domain")
    url: str


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_resource_information(call: ViewCall, body: ResourceById) -> Reply[ResourceInformation]:
    """Return a resource with its channels and the databases whose people can subscribe to it.

    https://guides.altcraft.com/en/developer-guide/resources/2195590
    """
    return Reply(data=ResourceInformation.of(find(call, Resource, body.id, "resource")))


class FieldsOfChannel(ResourceById):
    channel: Name = Field(description="A channel of the resource: email, sms, push, telegram_bot, whatsapp")


@router.post("/fields_get", responses=refuses(refusals.ObjectNotFound))
async def get_resource_subscription_fields(call: ViewCall, body: FieldsOfChannel) -> Reply[list[AnyFieldRow]]:
    """Return the fields that subscriptions to a resource have: its own, then the standard ones.

    They are the same on all of its channels.

    https://guides.altcraft.com/en/developer-guide/resources/2195591
    """
    resource = find(call, Resource, body.id, "resource")
    if body.channel not in resource.channels:
        raise refusals.IncorrectRequest("channel", f"must be one of {', '.join(resource.channels)}")
    known = fields.of_resource(resource).fields.values()
    return Reply(data=[field_row(one) for one in sorted(known, key=lambda field: field.category)])


class CountersOfResource(ResourceById):
    list_id: Int64 = Field(description="Database id")


@router.post("/get_counters", responses=refuses(refusals.ObjectNotFound))
async def get_resource_statistics(
    call: CountersCall, body: CountersOfResource
) -> Reply[list[ChannelCounters]]:
    """Return how many people of a database are subscribed to the resource, by channel and status.

    Request and response are inferred from those of databases.

    https://guides.altcraft.com/en/developer-guide/resources/get-counters
    """
    counted = counters.all_statuses(call.db, _counted(call, body))
    return Reply(data=[ChannelCounters.model_validate(one) for one in counted])


class RefreshResource(CountersOfResource):
    feedback: Feedback | None = Field(None, description="Where the statistics are to be sent")


@router.post("/refresh_counters", responses=refuses(refusals.ObjectNotFound))
async def update_statistics_on_resource(call: RefreshCall, body: RefreshResource) -> Reply[TaskStarted]:
    """Begin a recount of a database's subscriptions to the resource; tasks/status shows the result.

    https://guides.altcraft.com/en/developer-guide/resources/refresh-counters
    """
    return Reply(data=refresh_counters(call, [_counted(call, body)], body.feedback))


def _counted(call: Call, body: CountersOfResource) -> counters.Counted:
    resource = find(call, Resource, body.id, "resource")
    database = find(call, Database, body.list_id, "database")
    return counters.Counted(of_database(database.id), database.id, resource)
