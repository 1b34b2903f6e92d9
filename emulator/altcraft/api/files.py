"""Files: downloads of exports, and uploads for messages.

https://guides.altcraft.com/en/developer-guide/profiles/3115796 and
…/developer-guide/miscellaneous/2195777
"""

from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Response
from pydantic import Field

from emulator.altcraft import refusals, tasks
from emulator.altcraft.data_urls import read_data_url
from emulator.altcraft.dialect import WITH_FILES, Call, Policy
from emulator.altcraft.listing import find, find_program
from emulator.altcraft.models import Asking, Model, Reply
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database
from emulator.altcraft.tables.tasks import File
from emulator.altcraft.values import OneLine
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api", route_class=OperationRoute)

DownloadCall = Annotated[Call, Policy(errors="status")]
UploadCall = Annotated[Call, Policy(deduplicated="by id", body_limit=WITH_FILES)]

FILES = {
    "text/csv": {"schema": {"type": "string"}},
    "application/json": {"schema": {"type": "array", "items": {}}},
}


class UploadedFile(Asking):
    header: OneLine = Field(description="Name of the file")
    data: str = Field(description="Its content, as a data URL: `data:text/csv;base64,…`")


class FileId(Model):
    file: str


@router.post("/v1.1/file_upload", tags=["Miscellaneous"])
async def upload_file(call: UploadCall, body: UploadedFile) -> Reply[FileId]:
    """Keep a file, and return the id by which other requests name it.

    https://guides.altcraft.com/en/developer-guide/miscellaneous/2195777
    """
    try:
        content_type, content = read_data_url(body.data)
    except ValueError as problem:
        raise refusals.IncorrectRequest("data", str(problem)) from problem
    file = File(
        id=call.turn.ids.uuid("altcraft.file"),
        name=body.header,
        content_type=content_type,
        content=content,
    )
    call.db.add(file)
    return Reply(data=FileId(file=file.id))


@router.get(
    "/download/{uuid}/{file}",
    tags=["Profiles"],
    response_class=Response,
    responses={200: {"content": FILES}, **refuses(refusals.ObjectNotFound)},
)
async def download_export_file(call: DownloadCall, uuid: str, file: str) -> Response:
    """Return a file that an export has made. Refusals have their own HTTP status.

    https://guides.altcraft.com/en/developer-guide/profiles/3115796
    """
    return _as_attachment(_find_file(call, uuid, file))


@router.get(
    "/download/data/{uuid}/{file}",
    tags=["Profiles"],
    response_class=Response,
    responses={200: {"content": FILES}, **refuses(refusals.ObjectNotFound)},
)
async def download_export_file_as_printed_in_urls(call: DownloadCall, uuid: str, file: str) -> Response:
    """Return a file that an export has made, by the address that tasks/status shows.

    https://guides.altcraft.com/en/developer-guide/profiles/3115796
    """
    return _as_attachment(_find_file(call, uuid, file))


def _find_file(call: Call, number: str, name: str) -> File:
    """Return the file of a finished export, if the token sees its source.

    Raises AccessDenied for a token that may not view such data, and ObjectNotFound.
    """
    if not any(call.grant.may(source.right) for source in SOURCES.values()):
        raise refusals.AccessDenied
    file, result = tasks.finished_export(call.turn, number, name)
    source = SOURCES.get(result.get("type", ""))
    if source is None or "source_id" not in result:
        raise refusals.ObjectNotFound("file", number)
    if not call.grant.may(source.right):
        raise refusals.AccessDenied
    source.find(call, result["source_id"])
    return file


class Source(NamedTuple):
    """A kind of object whose data can be exported."""

    right: str
    """The right that a token needs to view it."""
    find: Callable[[Call, int], object]
    """Raises ObjectNotFound for an object that the token does not see."""


SOURCES: Mapping[str, Source] = {
    "database": Source("profiles.view", lambda call, number: find(call, Database, number, "database")),
    "segment": Source("profiles.view", lambda call, number: find(call, Segment, number, "segment")),
    "loyalty_program": Source("loyalty.view", find_program),
}
"""The sources by the `type` in the task's result."""


def _as_attachment(file: File) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.content_type, headers=headers)
