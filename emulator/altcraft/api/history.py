"""The history of profiles: messages to them, their actions, and changes of them.

https://guides.altcraft.com/en/developer-guide/profiles/action-history. Only the actions `send` and
`web_version_save` are documented; the names of the others are inferred.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, Field
from starlette.responses import Response

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED, ProfileMatch, find_profile
from emulator.altcraft.csv_form import table
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find, seen_resources
from emulator.altcraft.models import Model, Reply, WithToken
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.history import OF_SEGMENTS, Event, Period, Place, events_from, events_of
from emulator.altcraft.people.reading import check_shown, read_profiles, read_subscriptions
from emulator.altcraft.people.showing import flat
from emulator.altcraft.smids import smid
from emulator.altcraft.tables.people import Database, Resource, Subscription
from emulator.altcraft.values import Day, FormOrTable, Instant, Int64, Limit, Listed, Name, is_none
from emulator.engine.clock import DAY, EARLIEST, LATEST, from_datetime, to_datetime
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

router = APIRouter(prefix="/api/v1.1/subscribers", tags=["Action history"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="profiles.view")]
ManyCall = Annotated[Call, Policy(right="profiles.view", has_table=True, is_long=True)]

HASH = re.compile("[0-9a-f]{16}")
CURSOR = re.compile(r"([0-9a-f]{16})\.([0-9]{8})")
WRITTEN = "%Y%m%d"


class HistoryRow(Model):
    """An event of a profile's history. Fields that the event does not have are left out."""

    xxh: str
    profile_id: str
    email: str | None = Field(None, exclude_if=is_none)
    list_id: int
    action: str = Field(description="`send`, `deliv`, `open`, …, `import`, `update`, `subscribe`, `goal`, …")
    count: int = 1
    datetime: Instant
    message_id: int | None = Field(None, exclude_if=is_none, description="Id of the template")
    campaign_id: int | None = Field(None, exclude_if=is_none, description="Id of the mailing")
    event_id: str
    smid: str | None = Field(None, exclude_if=is_none)
    campaign_name: str | None = Field(None, exclude_if=is_none)
    message_name: str | None = Field(None, exclude_if=is_none)
    pixel_id: int | str | None = Field(None, exclude_if=is_none)
    goal: str | None = Field(None, exclude_if=is_none)
    value: float | None = Field(None, exclude_if=is_none, description="Of a goal")
    is_test: bool | None = Field(None, exclude_if=is_none, description="Of a goal")
    segment_id: int | None = Field(None, exclude_if=is_none, description="That was entered or left")
    order_id: int | None = Field(None, exclude_if=is_none, description="Of what was ordered")
    external_id: str | None = Field(None, exclude_if=is_none, description="Of what was ordered")
    pixel_data: dict[str, Any] | None = Field(None, exclude_if=is_none)
    subscription: dict[str, Any] | None = Field(
        None, exclude_if=is_none, description="The one that it happened to"
    )
    channel: str | None = Field(None, exclude_if=is_none)
    subscriptions: list[dict[str, Any]] = Field(description="All that the profile has now")
    fields: dict[str, Any] | None = Field(None, exclude_if=is_none)


def _hash(value: str) -> str:
    if not HASH.fullmatch(value.lower()):
        raise ValueError("must be 16 hex digits")
    return value


class HistoryOfProfile(ProfileMatch):
    """The profile whose history is asked for, named by `xxh` or by match values."""

    db_id: Int64 = Field(alias="list_id", description="Database id")
    xxh: Annotated[str, AfterValidator(_hash)] | None = Field(
        None, description="xxHash of the profile: 16 hex digits; where it is there, nothing else is looked at"
    )
    date_from: Day | None = Field(None, description="First day: YYYY-MM-DD, UTC")
    date_to: Day | None = Field(None, description="Last day, which is in the response")


@router.post("/history_get", responses=refuses(*NOT_MATCHED))
async def get_profile_action_history(call: ViewCall, body: HistoryOfProfile) -> Reply[list[HistoryRow]]:
    """Return the history of a profile, the oldest event first.

    https://guides.altcraft.com/en/developer-guide/profiles/action-history/2195546
    """
    profile_id = _with_hash(call, body.db_id, body.xxh) if body.xxh else find_profile(call, body)
    events = events_of(call.db, profile_id, _period(body.date_from, body.date_to))
    return Reply(data=list(_rows(call, body.db_id, events)))


class HistoryOfDatabase(WithToken):
    format: FormOrTable = Field(None, description="Form of the response; csv has the rows alone")
    list_id: Int64 = Field(description="Database id")
    from_id: str = Field("", description="`next_from_id` of the page before: `<xxh>.<YYYYMMDD>`")
    limit: Limit = Field(1000, description="How many rows; a page goes on to the end of a profile's day")
    date_from: Day = Field(description="First day: YYYY-MM-DD, UTC")
    date_to: Day = Field(description="Last day, which is in the response")
    names: Listed[Name] = Field([], alias="fields", description="Fields of the profiles to show in each row")


class HistoryPage(Reply[list[HistoryRow]]):
    next_from_id: str


@router.post(
    "/history_get_all",
    response_model=HistoryPage,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **refuses(refusals.ObjectNotFound),
    },
)
async def get_multiple_profiles_action_history(
    call: ManyCall, body: HistoryOfDatabase
) -> HistoryPage | Response:
    """Page through the histories of a database's profiles, by `xxh` and time.

    CSV has a column for each field of a row; objects and arrays are JSON in it. The next page begins at the
    last row's `xxh` and the following day.

    https://guides.altcraft.com/en/developer-guide/profiles/action-history/2195548
    """
    database = find(call, Database, body.list_id, "database")
    check_shown(body.names, of_database(database))
    begin, period = _begin(body.from_id), _period(body.date_from, body.date_to)
    events, following = events_from(call.db, database.id, begin, period, body.limit)
    rows = list(_rows(call, database.id, events, body.names))
    if (call.form_asked or body.format) == "csv":
        return Response(_table(rows), media_type="text/csv")
    return HistoryPage(data=rows, next_from_id=_cursor(events, following) or body.from_id)


def _with_hash(call: Call, list_id: int, xxh: str) -> str:
    """Return the id of the profile with a hash. Raises ObjectNotFound and ProfileNotFound."""
    database = find(call, Database, list_id, "database")
    found = look_up(call.db, _BY_HASH, (database.id, xxh.lower())).fetchone()
    if found is None:
        raise refusals.ProfileNotFound(f"xxh={xxh}")
    profile_id: str = found[0]
    return profile_id


_BY_HASH = "SELECT id FROM altcraft_profile WHERE database_id = ? AND xxh = ? ORDER BY number LIMIT 1"


def _period(first: int | None, last: int | None) -> Period:
    """Return the period from the first to the last day, both included; None is the earliest or latest day."""
    return Period(EARLIEST if first is None else first, (LATEST if last is None else last) + DAY)


def _begin(from_id: str) -> Place:
    """Return the place at which a page begins. Raises IncorrectRequest for an unreadable `from_id`."""
    if not from_id:
        return Place("", EARLIEST)
    found = CURSOR.fullmatch(from_id.strip().lower())
    if found:
        with suppress(ValueError, OverflowError):
            return Place(found[1], from_datetime(datetime.strptime(found[2], WRITTEN)))  # noqa: DTZ007 -- UTC
    raise refusals.IncorrectRequest("from_id", "must be a next_from_id such as 005a06ded879ecd7.20170406")


def _cursor(events: Sequence[Event], following: Place | None) -> str:
    """Return the `next_from_id`: the place of the next page, or the day after the last event."""
    if following is None and events:
        following = Place(events[-1].xxh, events[-1].place.day + DAY)
    return f"{following.xxh}.{to_datetime(following.day).strftime(WRITTEN)}" if following else ""


def _rows(
    call: Call, list_id: int, events: Sequence[Event], names: Collection[str] = ()
) -> Iterator[HistoryRow]:
    """Yield events as responses show them, with fields of their profiles where some are named."""
    ids = list(dict.fromkeys(event.profile_id for event in events))
    resources = seen_resources(call)
    subscriptions = read_subscriptions(call.db, ids, resources)
    wanted = {"id" if name == "_id" else name for name in names}
    fields = zip(ids, read_profiles(call.db, ids, wanted, resources), strict=True) if wanted else ()
    shown = dict[str, dict[str, Any]](fields)
    for event in events:
        own = subscriptions.get(event.profile_id, [])
        yield _row(event, list_id, own, resources, shown.get(event.profile_id))


def _row(
    event: Event,
    list_id: int,
    own: Sequence[Subscription],
    resources: Mapping[int, Resource],
    fields: dict[str, Any] | None,
) -> HistoryRow:
    subscription = next((one for one in own if one.id == event.subscription_id), None)
    return HistoryRow.of(
        event,
        **_source(event),
        list_id=list_id,
        count=1,
        datetime=event.at,
        channel=event.channel or (subscription.channel if subscription else None),
        subscription=_subscription(subscription, resources) if subscription else None,
        subscriptions=[_subscription(one, resources) for one in own if not one.is_deleted],
        fields=fields,
    )


def _source(event: Event) -> dict[str, Any]:
    """Return the fields for the message, goal, order or segment of an event."""
    if event.sent_id is not None:
        return {
            "message_id": event.template_id,
            "message_name": event.template_name,
            "smid": smid(event.sent_id),
        }
    if event.action == "goal":
        told = event.details
        shown = {name: told.get(name) for name in ("pixel_id", "goal", "value", "is_test")}
        return {**shown, "pixel_data": told.get("data") or None}
    if event.action == "ordered":
        return {name: event.details[name] for name in ("order_id", "external_id")}
    return {"segment_id": event.details["segment_id"]} if event.action in OF_SEGMENTS else {}


def _subscription(subscription: Subscription, resources: Mapping[int, Resource]) -> dict[str, Any]:
    resource = resources[subscription.resource_id]
    return {"resource_id": resource.id, "resource_name": resource.name, **flat(subscription)}


def _table(rows: Sequence[HistoryRow]) -> str:
    cells = ({name: _cell(value) for name, value in row.model_dump().items()} for row in rows)
    return table(list(HistoryRow.model_fields), cells)


def _cell(value: Any) -> Any:
    return json_text(value) if isinstance(value, dict | list) else value
