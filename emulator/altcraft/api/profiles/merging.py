"""Merging and splitting profiles.

https://guides.altcraft.com/en/developer-guide/profiles/41484440
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import select

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED, Status
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find
from emulator.altcraft.models import Asking, Body, Code
from emulator.altcraft.people import merging
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import Match, find_one, match_of
from emulator.altcraft.people.merging import Copied, Destination
from emulator.altcraft.people.writing import Writing
from emulator.altcraft.tables.people import Channel, Database, Resource
from emulator.altcraft.values import Flag, Int64, Listed, Text, Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/profiles", tags=["Profiles"], route_class=OperationRoute)

EditCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by id")]
refusing = refuses(*NOT_MATCHED, refusals.AlreadyExists, refusals.IncorrectField)


class ProfileNamed(Body):
    """The match values of a source or a destination."""

    db_id: Int64 | None = Field(None, description="Database id; that of the request where it is left out")
    matching: Text | None = Field(None, description="One of the eleven modes")
    email: Text | None = None
    phone: Words | None = None
    profile_id: Text | None = None
    field_name: Text | None = None
    field_value: Any = None
    provider: Text | None = None
    subscription_id: Words | None = None
    resource_id: Int64 | None = None


class SubscriptionFilters(Body):
    """Filters of the subscriptions to copy: a value or an array each; what is left out filters nothing."""

    resource_id: Listed[Int64] = []
    channel: Listed[Channel] = []
    status: Listed[Status] = []


class Joining(Asking):
    data: dict[str, Any] = Field({}, description="Field values to set on the result")
    matching: Text | None = Field(None, description="For sources and destinations that name none")
    field_name: Text | None = None
    field_value: Any = None
    subscriptions: Flag = True
    history: Flag = True
    static_segments: Flag = False
    subscription_filters: SubscriptionFilters = SubscriptionFilters()
    skip_triggers: Flag = False

    def copied(self) -> Copied:
        """Return what the destinations get beside fields: subscriptions, history and segments."""
        filters = self.subscription_filters
        return Copied(
            self.subscriptions,
            self.history,
            self.static_segments,
            filters.resource_id,
            filters.channel,
            filters.status,
        )


class ProfilesToMerge(Joining):
    db_id: Int64 = Field(description="Database id")
    source: Annotated[Listed[ProfileNamed], Field(min_length=1)]
    destination: ProfileNamed


class ProfileToSplit(Joining):
    db_id: Int64 | None = Field(None, description="Database id")
    source: ProfileNamed
    destination: Annotated[Listed[ProfileNamed], Field(min_length=1)]


class Merged(Code):
    profile_id: str


class Split(Code):
    result: list[Merged]


@router.post("/merge", responses=refusing)
async def merging_multiple_profiles(call: EditCall, body: ProfilesToMerge) -> Merged:
    """Merge profiles into one, all of them or none. The sources stay.

    https://guides.altcraft.com/en/developer-guide/profiles/41484440
    """
    sources = [_profile(call, body, one) for one in body.source]
    destination = _destination(call, body, body.destination)
    unique = list(dict.fromkeys(sources))
    return Merged(profile_id=merging.merge(call.turn, unique, destination, body.copied()))


@router.post("/split", responses=refusing)
async def profile_splitting(call: EditCall, body: ProfileToSplit) -> Split:
    """Split a profile into others, all of them or none. The source stays.

    https://guides.altcraft.com/en/developer-guide/profiles/41484445
    """
    source = _profile(call, body, body.source)
    destinations = [_destination(call, body, one) for one in body.destination]
    made = merging.split(call.turn, source, destinations, body.copied())
    return Split(result=[Merged(profile_id=one) for one in made])


def _profile(call: Call, body: ProfilesToMerge | ProfileToSplit, named: ProfileNamed) -> str:
    """Return the id of a source. Raises AltcraftError."""
    database, match = _place(call, body, named)
    return find_one(call.db, database.id, match)


def _destination(call: Call, body: ProfilesToMerge | ProfileToSplit, named: ProfileNamed) -> Destination:
    """Return a destination, with the data that is to be set on it. Raises AltcraftError."""
    database, match = _place(call, body, named)
    resources = _resources(call)
    draft = Drafting(database, resources).draft(body.data, match)
    return Destination(Writing(database, resources, "merge", is_silent=body.skip_triggers), draft)


def _place(call: Call, body: ProfilesToMerge | ProfileToSplit, named: ProfileNamed) -> tuple[Database, Match]:
    """Return the database and the match of a named profile. Raises AltcraftError."""
    number = body.db_id if named.db_id is None else named.db_id
    if number is None:
        raise refusals.IncorrectRequest("db_id", "Field required")
    if named.resource_id is not None:
        find(call, Resource, named.resource_id, "resource")
    database = find(call, Database, number, "database")
    usual = body.model_dump(include={"matching", "field_name", "field_value"}, exclude_none=True)
    return database, match_of(usual | named.said(), of_database(database))


def _resources(call: Call) -> Mapping[int, Resource]:
    return {one.id: one for one in call.db.exec(select(Resource))}
