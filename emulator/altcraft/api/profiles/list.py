"""The profiles of a database, page by page.

https://guides.altcraft.com/en/developer-guide/profiles/37847989
"""

import re
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from emulator.altcraft import refusals
from emulator.altcraft.choosing.conditions import Parameters
from emulator.altcraft.choosing.queries import bounded, condition_of
from emulator.altcraft.dialect import Call, Policy, WrittenRows, is_in_xml
from emulator.altcraft.listing import find, shown_resources
from emulator.altcraft.models import Asking, Reply
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.reading import check_shown, read_profiles
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Int64, Limit, Listed, Name
from emulator.engine.clock import SECOND, Millis, from_datetime, to_datetime
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.session import look_up

router = APIRouter(prefix="/api/v1.1/profiles", tags=["Profiles"], route_class=OperationRoute)

ListCall = Annotated[Call, Policy(right="profiles.view", is_long=True)]

MOST_ROWS = 10_000
"""The most profiles of a page, whatever limit the request has."""

CURSOR = re.compile(r"([0-9a-f]{16})\.([0-9]{14})")
PROFILE_ID = re.compile("[0-9a-f]{24}")
WRITTEN = "%Y%m%d%H%M%S"


class ProfilesAsked(Asking):
    db_id: Int64 = Field(description="Database id")
    from_id: str = Field("", description="`next_from_id` of the page before, or the id of its last profile")
    limit: Limit = Field(1000, description=f"How many profiles; never more than {MOST_ROWS:,}")
    query: dict[str, Any] = Field({}, description="Whom to list, in MongoDB's syntax")
    fields: Listed[Name] = Field([], description="What to show of them; everything if left out")


class ProfilePage(Reply[list[dict[str, Any]]]):
    next_from_id: str


class Spot(NamedTuple):
    """A place in the order of profiles."""

    xxh: str = ""
    created_at: Millis = 0
    number: int = -1

    @property
    def cursor(self) -> str:
        return f"{self.xxh}.{to_datetime(self.created_at).strftime(WRITTEN)}" if self.xxh else ""


@router.post(
    "/list",
    response_model=ProfilePage,
    responses=refuses(refusals.ObjectNotFound, refusals.ProfileNotFound),
)
async def get_data_for_multiple_profiles(call: ListCall, body: ProfilesAsked) -> Response:
    """Page through the profiles of a database, by `_xxh` and the time of their creation.

    https://guides.altcraft.com/en/developer-guide/profiles/37847989
    """
    database = find(call, Database, body.db_id, "database")
    check_shown(body.fields, of_database(database))
    resources = shown_resources(call)
    ids, last = _page(call, database, body, resources)
    names = {"id" if name == "_id" else name for name in body.fields}
    profiles = read_profiles(call.db, ids, names, resources)
    page = ProfilePage(data=[], next_from_id=last.cursor if last else body.from_id)
    return WrittenRows(page, profiles)


def _page(
    call: Call, database: Database, body: ProfilesAsked, resources: list[int] | None
) -> tuple[list[str], Spot | None]:
    """Return the ids of a page's profiles, and the place of the last one.

    The cursor has whole seconds, so a page also has all profiles of its last `_xxh` and second.
    """
    parameters = Parameters("query_")
    condition = condition_of(
        database, body.query, parameters, resources=resources, is_all_text=is_in_xml(call)
    )
    statement = _AFTER.format(condition=condition)
    limits = {"database": database.id, "limit": min(body.limit, MOST_ROWS), "xxh_to": None, "until": None}
    spot = _begin(call, database, body.from_id)
    with bounded():
        rows = look_up(call.db, statement, parameters.values | limits | spot._asdict()).fetchall()
        if len(rows) == limits["limit"]:
            last = Spot(*rows[-1][1:])
            end = {"limit": -1, "xxh_to": last.xxh, "until": _next_second(last.created_at)}
            rows += look_up(call.db, statement, parameters.values | limits | end | last._asdict()).fetchall()
    return [row[0] for row in rows], Spot(*rows[-1][1:]) if rows else None


def _begin(call: Call, database: Database, from_id: str) -> Spot:
    """Return the place behind which a page begins. Raises IncorrectRequest and ProfileNotFound."""
    text = from_id.strip().lower()
    if not text:
        return Spot()
    if PROFILE_ID.fullmatch(text):
        rows = look_up(call.db, _PLACE, (text, database.id)).fetchall()
        if not rows:
            raise refusals.ProfileNotFound(f"profile_id={text}")
        return Spot(*rows[0])
    found = CURSOR.fullmatch(text)
    if found:
        with suppress(ValueError, OverflowError):
            return Spot(found[1], _next_second(from_datetime(datetime.strptime(found[2], WRITTEN))))  # noqa: DTZ007 -- UTC
    raise refusals.IncorrectRequest(
        "from_id", "must be a next_from_id such as 0014a2feb331ace2.20200124134127, or a profile's id"
    )


def _next_second(instant: Millis) -> Millis:
    return (instant // SECOND + 1) * SECOND


_PLACE = "SELECT xxh, created_at, number FROM altcraft_profile WHERE id = ? AND database_id = ?"
_AFTER = """
    SELECT profile.id, profile.xxh, profile.created_at, profile.number FROM altcraft_profile AS profile
    WHERE profile.database_id = :database
    AND (profile.xxh, profile.created_at, profile.number) > (:xxh, :created_at, :number)
    AND (:until IS NULL OR profile.xxh = :xxh_to AND profile.created_at < :until)
    AND coalesce({condition}, 0)
    ORDER BY profile.xxh, profile.created_at, profile.number LIMIT :limit
"""
