"""Segments: profiles that are chosen by hand, or by conditions.

https://guides.altcraft.com/en/developer-guide/segments. The kind follows from `is_static` and the conditions:
without conditions static, with `is_static` updatable, else dynamic. Rules on files, external data and POST
URLs are kept and shown, and match nobody; the journal lists them as unread.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import counters, refusals
from emulator.altcraft.answers import Feedback, TaskStarted, refresh_counters
from emulator.altcraft.choosing import refreshing
from emulator.altcraft.choosing.items import Item, stored
from emulator.altcraft.choosing.members import move_members
from emulator.altcraft.choosing.segments import Checking
from emulator.altcraft.choosing.selections import of_segment, within
from emulator.altcraft.choosing.uses import is_segment_used
from emulator.altcraft.dialect import Call, Policy, XmlForm
from emulator.altcraft.listing import (
    IN_XML,
    DatabaseGroup,
    ListFilters,
    capital_groups,
    databases_of,
    find,
    home_group,
    next_id,
    page,
)
from emulator.altcraft.models import Asking, Code, Done, Model, Page, Reply, Saved
from emulator.altcraft.people.matching import by_id, find_one
from emulator.altcraft.refusals import IncorrectRequest, WrongState
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Flag, Int64, Listed, Name
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1", tags=["Segments"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="segments.view", is_long=True)]
ListCall = Annotated[Call, Policy(right="segments.view", xml=XmlForm(names=IN_XML))]
EditCall = Annotated[Call, Policy(right="segments.edit", deduplicated="by id")]
RefreshCall = Annotated[Call, Policy(right="segments.edit", deduplicated="by id", is_long=True)]


class SegmentById(Asking):
    id: Int64 = Field(description="Segment id")


class NewSegment(Asking):
    name: Name
    list_id: Int64 | None = Field(None, description="Database of a static segment")
    segment: Listed[Item] = Field([], description="The conditions, one item for each database")
    is_static: Flag = Field(False, description="Without conditions static, with conditions updatable")
    is_refresh_daily: Flag = Field(False, description="Whether an updatable segment is refreshed every day")


@router.post("/segments/add/", responses=refuses(refusals.ObjectNotFound))
async def create_segment(call: RefreshCall, body: NewSegment) -> Reply[Saved]:
    """Create a segment; one with `is_static` and conditions gets its members at once.

    https://guides.altcraft.com/en/developer-guide/segments/2195594
    """
    database_id = _database_of(call, body)
    segment = Segment(
        id=call.turn.ids.number("altcraft.segment"),
        name=body.name,
        groups=[home_group(call)],
        is_static=body.is_static,
        is_refreshed_daily=body.is_static and body.is_refresh_daily,
        database_id=database_id,
        items=stored(body.segment),
    )
    call.db.add(segment)
    _settle(call, segment)
    return Reply(data=Saved(saved_id=segment.id))


def _database_of(call: Call, body: NewSegment) -> int:
    """Return the database of a new static segment. For others, check the conditions and return 0."""
    if body.segment:
        _check(call, body.segment)
        return 0
    if not body.is_static:
        raise IncorrectRequest("segment", "Field required")
    if not body.list_id:
        raise IncorrectRequest("list_id", "Field required")
    return find(call, Database, body.list_id, "database").id


def _check(call: Call, items: list[Item], segment_id: int = 0) -> None:
    Checking(call.db, call.now, call.grant.sees, segment_id).check(items)


def _settle(call: Call, segment: Segment) -> None:
    """Refresh a new or changed segment if it is updatable, and plan its next refresh."""
    if segment.kind == "updatable":
        refreshing.refresh(call.turn, segment)
    refreshing.plan(call.turn, segment)


class ChangedSegment(SegmentById):
    name: Name
    list_id: Int64 | None = Field(None, description="Database of a static segment, which does not change")
    segment: Listed[Item] = Field([], description="The conditions, one item for each database")
    is_static: Flag | None = None
    is_refresh_daily: Flag | None = None


@router.post("/segments/update/", responses=refuses(refusals.ObjectNotFound))
async def update_segment(call: RefreshCall, body: ChangedSegment) -> Reply[Saved]:
    """Replace the name and the conditions of a segment; its kind and its databases stay.

    https://guides.altcraft.com/en/developer-guide/segments/2195596
    """
    segment = find(call, Segment, body.id, "segment")
    _check_unchanged(segment, body)
    if body.segment:
        _check(call, body.segment, segment.id)
        segment.items = stored(body.segment)
    segment.name = body.name
    if body.is_refresh_daily is not None:
        segment.is_refreshed_daily = segment.is_static and body.is_refresh_daily
    _settle(call, segment)
    return Reply(data=Saved(saved_id=segment.id))


def _check_unchanged(segment: Segment, body: ChangedSegment) -> None:
    """Raise IncorrectRequest where an update would change the kind or the database of a segment."""
    if body.is_static not in {None, segment.is_static}:
        raise IncorrectRequest("is_static", "can not be changed")
    if segment.kind != "static" and not body.segment:
        raise IncorrectRequest("segment", "Field required")
    if segment.kind == "static" and body.segment:
        raise IncorrectRequest("segment", "can not be changed")
    databases = {item.list_id for item in body.segment}
    if segment.kind == "static":
        databases = {body.list_id or segment.database_id}
    if databases != set(segment.databases):
        raise IncorrectRequest("list_id", "can not be changed")


class SegmentInformation(Model):
    count: int
    id: int
    name: str
    description: str
    items: list[Item] = Field(serialization_alias="segment")


@router.post("/segments/get/", responses=refuses(refusals.ObjectNotFound))
async def get_segment_information(call: ViewCall, body: SegmentById) -> Reply[SegmentInformation]:
    """Return the conditions of a segment, and how many profiles are in it now.

    https://guides.altcraft.com/en/developer-guide/segments/2195598
    """
    segment = find(call, Segment, body.id, "segment")
    count = counters.count_people(call.db, of_segment(call.db, segment.id, call.now))
    return Reply(data=SegmentInformation.of(segment, count=count))


class SegmentFilters(ListFilters):
    pass


class SegmentRow(Model):
    id: int
    name: str
    tags: list[str] = Field(serialization_alias="ui_tags")
    Groups: list[DatabaseGroup]


@router.post("/segments/list/")
async def get_segment_list(call: ListCall, body: SegmentFilters) -> Page[SegmentRow]:
    """Page through the segments, by id.

    https://guides.altcraft.com/en/developer-guide/segments/2195600
    """
    segments, total = page(call, Segment, body)
    rows = [SegmentRow.of(one, Groups=capital_groups(call, one.groups)) for one in segments]
    return Page(data=rows, next_from_id=next_id(segments, body), total_count=total)


@router.post("/segments/delete", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def delete_segment(call: EditCall, body: SegmentById) -> Done:
    """Delete a segment that is not in use. Known from the navigation of the documentation alone.

    Active mailings, active scenarios and current runs use segments, and so do the rules of segments in use.

    https://guides.altcraft.com/en/developer-guide/segments
    """
    segment = find(call, Segment, body.id, "segment")
    if is_segment_used(call.db, segment.id):
        raise WrongState("segment", segment.id, "in use")
    refreshing.forget(call.turn, segment)
    call.turn.store.execute("DELETE FROM altcraft_segment_member WHERE segment_id = ?", (segment.id,))
    call.db.delete(segment)
    return Done()


class CountersOfSegment(SegmentById):
    resource_id: Int64
    list_id: Int64 | None = Field(None, description="Database, of a dynamic segment")
    db_id: Int64 | None = Field(None, description="The same, as older versions call it")

    @property
    def database_id(self) -> int | None:
        """The database whose profiles are counted; None for all databases of the segment."""
        return self.list_id or self.db_id


class Sendable(Model):
    subscribed_sendable: int
    unconfirmed_sendable: int


class SendableOnChannel(Model):
    channel: str
    status: Sendable


@router.post("/segments/get_counters", responses=refuses(refusals.ObjectNotFound))
async def get_segment_counters(call: ViewCall, body: CountersOfSegment) -> Reply[list[SendableOnChannel]]:
    """Return how many subscriptions to a resource a launch to the segment would reach, by channel.

    https://guides.altcraft.com/en/developer-guide/segments/get-counters
    """
    segment = _segment_of(call, body, "list_id")
    resource = find(call, Resource, body.resource_id, "resource")
    people = of_segment(call.db, segment.id, call.now)
    if body.database_id:
        people = within(people, body.database_id)
    rows = [SendableOnChannel(**one) for one in counters.sendable(call.db, people, resource)]
    return Reply(data=sorted(rows, key=lambda row: row.channel))


class RefreshSegment(CountersOfSegment):
    feedback: Feedback | None = Field(None, description="Where the statistics are to be sent")


@router.post("/segments/refresh_counters", responses=refuses(refusals.ObjectNotFound))
async def refresh_segment_counters(call: RefreshCall, body: RefreshSegment) -> Reply[TaskStarted]:
    """Begin a recount, which refreshes an updatable segment first; tasks/status returns the result.

    The result has a row for the given database, or for each database of the segment.

    https://guides.altcraft.com/en/developer-guide/segments/refresh-counters
    """
    segment = _segment_of(call, body, "db_id")
    resource = find(call, Resource, body.resource_id, "resource")
    if segment.kind == "updatable":
        refreshing.refresh(call.turn, segment)
    people = of_segment(call.db, segment.id, call.now)
    databases = [body.database_id] if body.database_id else segment.databases
    counted = [counters.Counted(within(people, one), one, resource) for one in databases]
    return Reply(data=refresh_counters(call, counted, body.feedback))


def _segment_of(call: Call, body: CountersOfSegment, name: str) -> Segment:
    """Return the segment that is to be counted. Raises ObjectNotFound, and IncorrectRequest for databases."""
    segment = find(call, Segment, body.id, "segment")
    database_id = body.database_id
    if segment.kind == "dynamic" and not database_id:
        raise IncorrectRequest(name, "Field required")
    if not database_id:
        databases_of(call, segment)
    else:
        find(call, Database, database_id, "database")
        if database_id not in segment.databases:
            given = "list_id" if body.list_id else "db_id"
            raise IncorrectRequest(given, f"segment {segment.id} is not of database {database_id}")
    return segment


NOT_MOVED = refuses(refusals.ObjectNotFound, refusals.ProfileNotFound, refusals.WrongState)


class Membership(Asking):
    segment_id: Int64 = Field(description="Id of a static segment")
    db_id: Int64 = Field(description="Database id")
    profile_id: Name = Field(description="24 hex characters")
    skip_triggers: Flag = Field(False, description="Let no triggers and scenarios start by it")


@router.post("/profiles/segstatic/add", responses=NOT_MOVED)
async def add_profile_to_static_segment(call: EditCall, body: Membership) -> Code:
    """Put a profile into a static segment.

    https://guides.altcraft.com/en/developer-guide/segments/9407390
    """
    _change_membership(call, body, is_member=True)
    return Code()


@router.post("/profiles/segstatic/remove", responses=NOT_MOVED)
async def remove_profile_from_static_segment(call: EditCall, body: Membership) -> Code:
    """Remove a profile from a static segment. Rules on former members still find it.

    https://guides.altcraft.com/en/developer-guide/segments/9407390
    """
    _change_membership(call, body, is_member=False)
    return Code()


def _change_membership(call: Call, body: Membership, *, is_member: bool) -> None:
    """Change whether a profile is in a static segment."""
    segment = find(call, Segment, body.segment_id, "segment")
    database = find(call, Database, body.db_id, "database")
    if segment.kind != "static":
        raise WrongState("segment", segment.id, "not static")
    if segment.database_id != database.id:
        raise IncorrectRequest("db_id", f"segment {segment.id} is not of database {database.id}")
    profile_id = find_one(call.db, database.id, by_id(body.profile_id))
    silent = body.skip_triggers
    move_members(call.turn, segment, [profile_id], is_member=is_member, is_silent=silent)
