"""Push subscriptions of apps without the SDK, at the cookie saver's host; the resource's token lets them in.

https://guides.altcraft.com/en/developer-guide/application-push-notifications/2196103
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import devices, refusals
from emulator.altcraft.devices import PUSH_SUB, Found
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Asking, Body, Code, Model
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import Match, by_id, find_each, match_of
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Flag, Int64, Many, Name, Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="", tags=["Application push notifications"], route_class=OperationRoute)

SubscribeCall = Annotated[Call, Policy(opened_by="resource token", errors="sdk", deduplicated="by id")]


class PushSubscription(Body):
    provider: Name = Field(description="android-firebase, ios-firebase, ios-apns, …")
    subscription_id: Name = Field(description="Token of the device")
    unsubscribe: Flag = False


class PushSubscriptions(Asking):
    resource_token: Name = Field(description="Token of the resource")
    id: Words | None = Field(None, description="Profile id")
    profile_id: Words | None = Field(None, description="The same, where `matching` is `profile_id`")
    db_ids: Many[Int64] = Field([], description="Databases of the resource; all where there are none")
    matching: Literal["custom", "profile_id"] | None = Field(
        None, description="How the profile is found where no `id` finds it; else by the push subscription"
    )
    field_name: Words | None = Field(None, description="The field of `custom`")
    field_value: Any = None
    subscriptions: Annotated[Many[PushSubscription], Field(min_length=1)]


class SubscribedProfile(Model):
    db_id: int
    profile_id: str


class Subscribed(Code):
    result: list[SubscribedProfile]


@router.post(
    "/push_subscribe",
    responses=refuses(refusals.ManyProfilesMatch, refusals.AlreadyExists, refusals.InvalidField),
)
async def processing_and_adding_a_subscription(call: SubscribeCall, body: PushSubscriptions) -> Subscribed:
    """Write push subscriptions in each database of the resource, to profiles that may be new.

    https://guides.altcraft.com/en/developer-guide/application-push-notifications/2196103
    """
    resource = call.db.get_one(Resource, call.subscriber.resource_id)
    said = [
        {
            "resource_id": resource.id,
            "channel": "push",
            "provider": one.provider,
            "subscription_id": one.subscription_id,
            "status": "unsubscribed" if one.unsubscribe else "subscribed",
        }
        for one in body.subscriptions
    ]
    found = [_find(call, body, resource, database) for database in _databases(call, body, resource)]
    written = [(one.database.id, devices.write(call.turn, one, {}, said)) for one in found]
    return Subscribed(result=[SubscribedProfile(db_id=one, profile_id=other) for one, other in written])


def _databases(call: Call, body: PushSubscriptions, resource: Resource) -> list[Database]:
    """Return the resource's databases that a request names, or all of them. Raises IncorrectRequest."""
    for number in body.db_ids:
        if number not in resource.databases:
            raise refusals.IncorrectRequest("db_ids", f"{number} is no database of the resource")
    if not resource.databases:
        raise refusals.IncorrectRequest("resource_token", "is of a resource without databases")
    wanted = [number for number in resource.databases if not body.db_ids or number in body.db_ids]
    return [call.db.get_one(Database, number) for number in wanted]


def _find(call: Call, body: PushSubscriptions, resource: Resource, database: Database) -> Found:
    """Return the profile that the first successful match finds in a database. Raises AltcraftError."""
    matches = list(_matches(body, resource, database))
    found = find_each(call.db, database.id, matches)
    for match in matches:
        if len(found[match]) > 1:
            raise refusals.ManyProfilesMatch(match.shown)
        if found[match]:
            return Found(resource, database, match, found[match][0])
    by_field = next((match for match in matches if match.mode == "custom"), None)
    return Found(resource, database, by_field, None)


def _matches(body: PushSubscriptions, resource: Resource, database: Database) -> Iterator[Match]:
    """Yield the matches to try: the profile's id, a field, and the push subscriptions."""
    is_by_id = body.matching == "profile_id"
    profile_id = body.profile_id if is_by_id and body.profile_id else body.id
    if profile_id is not None:
        yield by_id(profile_id)
    elif is_by_id:
        raise refusals.IncorrectRequest("id", "Field required")
    if body.matching == "custom":
        said = {"matching": "custom", "field_name": body.field_name, "field_value": body.field_value}
        yield match_of(said, of_database(database))
    for one in body.subscriptions:
        yield Match(PUSH_SUB, (one.provider, one.subscription_id), "", resource.id)
