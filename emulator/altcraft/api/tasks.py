"""The status of background tasks.

https://guides.altcraft.com/en/developer-guide/segments/refresh-counters
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals, tasks
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Asking, Model, Reply
from emulator.altcraft.values import Name
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/tasks", tags=["Miscellaneous"], route_class=OperationRoute)

StatusCall = Annotated[Call, Policy()]


class TaskById(Asking):
    task_id: Name = Field(description="Task id, with or without `task_`")


class TaskStatus(Model):
    status: str
    progress: int
    result: Any


@router.post("/status", responses=refuses(refusals.ObjectNotFound))
async def task_status(call: StatusCall, body: TaskById) -> Reply[TaskStatus]:
    """Return how far a task is, and its result once it is done.

    https://guides.altcraft.com/en/developer-guide/segments/refresh-counters
    """
    task = tasks.find(call.turn, body.task_id)
    if task is None:
        raise refusals.ObjectNotFound("task", body.task_id)
    return Reply(data=TaskStatus(**tasks.shown(task, call.now)))
