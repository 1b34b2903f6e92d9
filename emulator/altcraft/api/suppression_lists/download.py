"""The files of exported suppression lists.

https://guides.altcraft.com/en/developer-guide/suppression-lists/76809125
"""

from typing import Annotated

from fastapi import APIRouter, Response

from emulator.altcraft import refusals, tasks
from emulator.altcraft.api.suppression_lists.answers import find_list
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.tables.tasks import File
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/download/suppress", tags=["Suppression lists"], route_class=OperationRoute)

DownloadCall = Annotated[Call, Policy(right="suppressions.view", errors="status")]
ARCHIVE = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/{uuid}/{file}",
    response_class=Response,
    responses={200: {"content": ARCHIVE}, **refuses(refusals.ObjectNotFound)},
)
async def download_suppression_list_file(call: DownloadCall, uuid: str, file: str) -> Response:
    """Return an archive with the MD5 of each entry, one a line. Refusals have their own HTTP status.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/76809125
    """
    found = _find_file(call, uuid, file)
    return Response(found.content, media_type=found.content_type)


def _find_file(call: Call, number: str, name: str) -> File:
    """Return the file of a finished export, if the token sees the list. Raises ObjectNotFound."""
    file, result = tasks.finished_export(call.turn, number, name)
    if "suppress_id" not in result:
        raise refusals.ObjectNotFound("file", number)
    find_list(call, result["suppress_id"])
    return file
