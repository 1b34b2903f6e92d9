"""Exports of profiles to files, made by tasks.

https://guides.altcraft.com/en/developer-guide/profiles/3115796
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals, tasks
from emulator.altcraft.answers import TaskStarted
from emulator.altcraft.choosing.queries import bounded, query_of
from emulator.altcraft.choosing.selected import NOBODY, Selected
from emulator.altcraft.choosing.selections import of_database, of_segment
from emulator.altcraft.dialect import Call, Policy, is_in_xml
from emulator.altcraft.listing import databases_of, find, shown_resources
from emulator.altcraft.models import Asking, Reply
from emulator.altcraft.people.exporting import FileFormat, export
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Int64
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.session import look_up

router = APIRouter(prefix="/api/v1.1/profiles", tags=["Profiles"], route_class=OperationRoute)

ExportCall = Annotated[Call, Policy(right="profiles.view", deduplicated="by id", is_long=True)]


class ProfilesToFile(Asking):
    source_type: Literal["database", "segment"]
    source_id: Int64 = Field(description="Id of the database or the segment")
    file_format: FileFormat = "csv"
    custom_request: dict[str, Any] = Field({}, description="Whom to export, in MongoDB's syntax")


@router.post("/get_all", responses=refuses(refusals.ObjectNotFound))
async def uploading_profiles_to_a_file(call: ExportCall, body: ProfilesToFile) -> Reply[TaskStarted]:
    """Begin an export of a database's or a segment's profiles to a file; tasks/status returns its address.

    https://guides.altcraft.com/en/developer-guide/profiles/3115796
    """
    people, databases = _source(call, body)
    ids = _ids(call, people, databases, body.custom_request)
    made = export(
        call.db,
        ids,
        databases=databases,
        source=(body.source_type, body.source_id),
        file_format=body.file_format,
        file_id=call.turn.ids.uuid("altcraft.file"),
        resources=shown_resources(call),
    )
    task = tasks.start(call.turn, made.result, rows=len(ids), files=[made.file])
    return Reply(data=TaskStarted(task_id=f"{tasks.PREFIX}{task}"))


def _source(call: Call, body: ProfilesToFile) -> tuple[Selected, list[Database]]:
    """Return the profiles to export, and their databases. Raises ObjectNotFound."""
    if body.source_type == "database":
        database = find(call, Database, body.source_id, "database")
        return of_database(database.id), [database]
    segment = find(call, Segment, body.source_id, "segment")
    return of_segment(call.db, segment.id, call.now), databases_of(call, segment)


def _ids(call: Call, people: Selected, databases: list[Database], query: dict[str, Any]) -> list[str]:
    """Return the ids of the profiles that a query selects, the oldest first. Raises IncorrectRequest."""
    selected = NOBODY if query else people
    for database in databases if query else ():
        more = query_of(
            database,
            query,
            named="custom_request",
            resources=shown_resources(call),
            is_all_text=is_in_xml(call),
        )
        selected = Selected(f"{selected.sql} UNION {more.sql}", {**selected.parameters, **more.parameters})
    statement = _CHOSEN.format(people=people.sql, selected=selected.sql)
    with bounded("custom_request"):
        rows = look_up(call.db, statement, {**people.parameters, **selected.parameters}).fetchall()
    return [number for (number,) in rows]


_CHOSEN = "SELECT id FROM altcraft_profile WHERE id IN ({people}) AND id IN ({selected}) ORDER BY number"
