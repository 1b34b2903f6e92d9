"""Add, Import and Update multiple profiles: many in one request, each with an outcome of its own."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.answers import Items, Outcomes, ProfileMatch, check_resource, outcome
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find, seen_resources
from emulator.altcraft.models import Asking
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.items import read_items
from emulator.altcraft.people.writing import Mode, Writing, write_profiles
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Flag, Int64
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/profiles", tags=["Profiles"], route_class=OperationRoute)

BatchCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by content")]


class AddProfiles(Asking):
    db_id: Int64 = Field(description="Database id")
    data: Items = Field(description="Profiles: their fields, or objects with these in `data`")
    skip_triggers: Flag = Field(False, description="Whether nothing is started by the changes")
    skip_invalid_subscriptions: Flag = Field(False, description="Whether those that are wrong are left out")


class WriteProfiles(AddProfiles, ProfileMatch):
    """Items to import or update; the request's match values are for items that have none of their own."""


class ImportProfiles(WriteProfiles):
    detect_geo: Flag = Field(False, description="Whether places are looked up by `_regip` or `_ip`")


@router.post("/add_batch/", responses=refuses(refusals.ObjectNotFound))
async def add_multiple_profiles(call: BatchCall, body: AddProfiles) -> Outcomes:
    """Make profiles without looking for existing ones.

    https://guides.altcraft.com/en/developer-guide/profiles/2195496
    """
    return _write(call, body, "add")


@router.post("/import_batch", responses=refuses(refusals.ObjectNotFound))
async def import_multiple_profiles(call: BatchCall, body: ImportProfiles) -> Outcomes:
    """Change the profiles that match, and make one for each item that finds none.

    https://guides.altcraft.com/en/developer-guide/profiles/2195504
    """
    check_resource(call, body.resource_id)
    return _write(call, body, "import", detect_geo=body.detect_geo)


@router.post("/update_batch", responses=refuses(refusals.ObjectNotFound))
async def update_multiple_profiles(call: BatchCall, body: WriteProfiles) -> Outcomes:
    """Change the profiles that match.

    https://guides.altcraft.com/en/developer-guide/profiles/2195501
    """
    check_resource(call, body.resource_id)
    return _write(call, body, "update")


def _write(call: Call, body: AddProfiles, mode: Mode, *, detect_geo: bool = False) -> Outcomes:
    database, resources = find(call, Database, body.db_id, "database"), seen_resources(call)
    drafting = Drafting(database, resources, skips_invalid=body.skip_invalid_subscriptions)
    shared = None if mode == "add" else body.said("data")
    drafts = read_items(drafting, body.data, shared)
    silent = body.skip_triggers
    writing = Writing(database, resources, mode, detect_geo=detect_geo, is_silent=silent)
    written = write_profiles(call.turn, writing, drafts)
    return Outcomes(result=[outcome(one) for one in written])
