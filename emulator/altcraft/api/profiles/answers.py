"""What the pages of profiles share: whom a request is about, and what it says of somebody."""

from pydantic import Field

from emulator.altcraft.answers import Whom
from emulator.altcraft.dialect import Call
from emulator.altcraft.listing import find
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import MODES, find_one, match_of
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Int64


class ProfileMatch(Whom):
    """Whom a request is about."""

    db_id: Int64 = Field(description="Database id")


def find_profile(call: Call, body: ProfileMatch, modes: tuple[str, ...] = MODES) -> str:
    """Return the id of the one profile that a request is about. Raises AltcraftError."""
    database = find(call, Database, body.db_id, "database")
    check_resource(call, body.resource_id)
    return find_one(call.db, database.id, match_of(body.said(), of_database(database), modes))


def check_resource(call: Call, resource_id: int | None) -> None:
    """Raise ObjectNotFound for a resource that does not exist, or that the token does not see."""
    if resource_id is not None:
        find(call, Resource, resource_id, "resource")
