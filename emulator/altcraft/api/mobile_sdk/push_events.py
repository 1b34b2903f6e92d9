"""Reports of apps with the SDK that pushes were delivered and opened.

https://github.com/altcraft/android-sdk
"""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import pushes, refusals
from emulator.altcraft.api.mobile_sdk.answers import MatchingMode, WriteCall, whom_of
from emulator.altcraft.models import Body, Code
from emulator.altcraft.pushes import Told
from emulator.altcraft.values import Integer, Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/event/push", tags=["Mobile SDK"], route_class=OperationRoute)

REFUSED = refuses(refusals.InvalidToken, refusals.ObjectNotFound, refusals.WrongState)


class PushEvent(Body):
    time: Integer | None = Field(None, description="Unix seconds of the app")
    smid: Words = Field(description="`_uid` of the push, or another id of it")

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> Collection[str]:  # noqa: ARG003 -- a contract's
        return ("time",)


class EventAnswer(Code):
    error_text: str = ""


@router.post("/open", responses=REFUSED)
async def sdk_push_event_open(
    call: WriteCall, body: PushEvent, matching_mode: MatchingMode = ""
) -> EventAnswer:
    """Report that a push was opened.

    https://github.com/altcraft/android-sdk
    """
    return _report(call, body, matching_mode, "opened")


@router.post("/delivery", responses=REFUSED)
async def sdk_push_event_delivery(
    call: WriteCall, body: PushEvent, matching_mode: MatchingMode = ""
) -> EventAnswer:
    """Report that a push was delivered.

    https://github.com/altcraft/android-sdk
    """
    return _report(call, body, matching_mode, "delivered")


def _report(call: WriteCall, body: PushEvent, matching_mode: str, status: Told) -> EventAnswer:
    whom = whom_of(call, matching_mode)
    push = pushes.find(call.db, body.smid)
    if push is None or push.run.resource_id != whom.resource_id:
        raise refusals.ObjectNotFound("message", body.smid)
    pushes.tell(call.turn, push, status)
    return EventAnswer()
