"""What the pages of profiles share: whom a request is about, and what it says of somebody."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from emulator.altcraft.dialect import Call
from emulator.altcraft.formats import EmptyElement
from emulator.altcraft.listing import find
from emulator.altcraft.models import Asking
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import MODES, find_one, match_of
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Int64, Words


def _object(value: object) -> object:
    return {} if isinstance(value, EmptyElement) else value


Data = Annotated[dict[str, Any], BeforeValidator(_object)]
"""The fields of a profile. An empty element of XML has none."""


class ProfileMatch(Asking):
    """Whom a request is about."""

    db_id: Int64 = Field(description="Database id")
    matching: Words | None = Field(None, description="How the profile is found; by what is there if left out")
    email: Words | None = None
    phone: Words | None = None
    profile_id: Words | None = None
    field_name: Words | None = Field(None, description="The field of `custom` and `custom_sub`")
    field_value: Any = None
    provider: Words | None = Field(None, description="The provider of a push subscription")
    subscription_id: Words | None = None
    resource_id: Int64 | None = Field(None, description="The resource whose subscriptions are looked at")


def find_profile(call: Call, body: ProfileMatch, modes: tuple[str, ...] = MODES) -> str:
    """Return the id of the one profile that a request is about. Raises AltcraftError."""
    database = find(call, Database, body.db_id, "database")
    check_resource(call, body.resource_id)
    return find_one(call.db, database.id, match_of(body.said(), of_database(database), modes))


def check_resource(call: Call, resource_id: int | None) -> None:
    """Raise ObjectNotFound for a resource that does not exist, or that the token does not see."""
    if resource_id is not None:
        find(call, Resource, resource_id, "resource")
