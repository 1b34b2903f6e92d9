"""Exports of suppression lists to files, made by tasks.

https://guides.altcraft.com/en/developer-guide/suppression-lists/76809125
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter

from emulator.altcraft import refusals, tasks
from emulator.altcraft.answers import TaskStarted
from emulator.altcraft.api.suppression_lists.answers import ListById, find_list
from emulator.altcraft.choosing import suppression
from emulator.altcraft.choosing.suppression import Kind
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Reply
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/suppresses", tags=["Suppression lists"], route_class=OperationRoute)

ExportCall = Annotated[Call, Policy(right="suppressions.view", deduplicated="by id")]

KINDS: Mapping[str, Sequence[Kind]] = {
    "emails": ["email"],
    "phones": ["phone"],
    "domains": ["domain"],
    "all": ["email", "phone", "domain"],
}


class ExportedList(ListById):
    type: Literal["emails", "phones", "domains", "all"] = "all"


@router.post("/export", responses=refuses(refusals.ObjectNotFound))
async def upload_suppression_list_data_to_file(call: ExportCall, body: ExportedList) -> Reply[TaskStarted]:
    """Begin an export of a list to a file; tasks/status returns its address.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/76809125
    """
    one, file_id = find_list(call, body.id), call.turn.ids.uuid("altcraft.file")
    made = suppression.export(call.db, one, KINDS[body.type], file_id)
    task = tasks.start(call.turn, dict(made.result), rows=made.result["total"], files=[made.file])
    return Reply(data=TaskStarted(task_id=task))
