"""Import, Add and Update profile: one profile at a time."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED, ProfileMatch, ProfileWritten, check_resource
from emulator.altcraft.choosing.members import move_members
from emulator.altcraft.dialect import Call, Policy, XmlForm
from emulator.altcraft.listing import find, seen_resources
from emulator.altcraft.models import SUCCESS, Asking
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.matching import match_of
from emulator.altcraft.people.writing import Mode, Writing, write_profile
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Flag, Int64, Listed
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/profiles", tags=["Profiles"], route_class=OperationRoute)

REFUSALS = (*NOT_MATCHED, refusals.AlreadyExists, refusals.IncorrectField, refusals.InvalidField)
"""The refusals of import and update."""

WriteCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by content")]
AddCall = Annotated[
    Call,
    Policy(right="profiles.edit", deduplicated="by content", xml=XmlForm(texts={"error_text": SUCCESS})),
]


class WithData(Asking):
    """A request with the data of a profile, which may be empty."""

    data: dict[str, Any] = Field(description="Fields of the database, and `subscriptions`")


class AddProfile(WithData):
    db_id: Int64 = Field(description="Database id")
    skip_triggers: Flag = Field(False, description="Whether nothing is started by the change")
    skip_invalid_subscriptions: Flag = Field(False, description="Whether those that are wrong are left out")


class WriteProfile(AddProfile, ProfileMatch):
    detect_geo: Flag = Field(False, description="Whether the place is looked up by `_regip` or `_ip`")
    add_to_segments: Listed[Int64] = Field([], description="Static segments of the database to put it into")
    remove_from_segments: Listed[Int64] = Field([], description="Static segments to take it out of")


class ProfileAdded(ProfileWritten):
    error_text: str = ""


@router.post("/import", responses=refuses(*REFUSALS))
async def import_profile(call: WriteCall, body: WriteProfile) -> ProfileWritten:
    """Change the profile that matches, or make one where none does.

    https://guides.altcraft.com/en/developer-guide/profiles/import
    """
    return ProfileWritten(profile_id=_write(call, body, "import"))


@router.post("/update", responses=refuses(*REFUSALS))
async def update_profile(call: WriteCall, body: WriteProfile) -> ProfileWritten:
    """Change the profile that matches.

    https://guides.altcraft.com/en/developer-guide/profiles/import
    """
    return ProfileWritten(profile_id=_write(call, body, "update"))


@router.post(
    "/add",
    responses=refuses(
        refusals.ObjectNotFound, refusals.AlreadyExists, refusals.IncorrectField, refusals.InvalidField
    ),
)
async def add_profile_to_database(call: AddCall, body: AddProfile) -> ProfileAdded:
    """Make a profile without looking for one that is there.

    https://guides.altcraft.com/en/developer-guide/profiles/2195477
    """
    database, resources = find(call, Database, body.db_id, "database"), seen_resources(call)
    drafting = Drafting(database, resources, skips_invalid=body.skip_invalid_subscriptions)
    writing = Writing(database, resources, "add", is_silent=body.skip_triggers)
    written = write_profile(call.turn, writing, drafting.draft(body.data))
    return ProfileAdded(profile_id=written.profile_id)


def _write(call: Call, body: WriteProfile, mode: Mode) -> str:
    """Store the profile that a request describes; return its id. Raises AltcraftError."""
    database, resources = find(call, Database, body.db_id, "database"), seen_resources(call)
    check_resource(call, body.resource_id)
    entered = _segments(call, database, body.add_to_segments, "add_to_segments")
    left = _segments(call, database, body.remove_from_segments, "remove_from_segments")
    drafting = Drafting(database, resources, skips_invalid=body.skip_invalid_subscriptions)
    match = match_of(body.said("data"), drafting.fields, data=body.data)
    silent = body.skip_triggers
    writing = Writing(database, resources, mode, detect_geo=body.detect_geo, is_silent=silent)
    profile_id = write_profile(call.turn, writing, drafting.draft(body.data, match)).profile_id
    for segment in entered:
        move_members(call.turn, segment, [profile_id], is_member=True, is_silent=silent)
    for segment in left:
        move_members(call.turn, segment, [profile_id], is_member=False, is_silent=silent)
    return profile_id


def _segments(call: Call, database: Database, numbers: Sequence[int], name: str) -> list[Segment]:
    """Return static segments of a database. Raises ObjectNotFound and IncorrectRequest."""
    segments = [find(call, Segment, number, "segment") for number in numbers]
    for one in segments:
        if not one.is_static or one.items:
            raise refusals.IncorrectRequest(name, f"segment {one.id} is not static")
        if one.database_id != database.id:
            raise refusals.IncorrectRequest(name, f"segment {one.id} is of another database")
    return segments
