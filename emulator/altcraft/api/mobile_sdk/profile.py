"""The fields of the profile that an app belongs to.

https://github.com/altcraft/android-sdk
"""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import devices
from emulator.altcraft.api.mobile_sdk.answers import WRITES, Answer, WriteCall, answer_of, whom_of
from emulator.altcraft.models import Body
from emulator.altcraft.values import Flag
from emulator.gateway.route import OperationRoute

router = APIRouter(prefix="/profile", tags=["Mobile SDK"], route_class=OperationRoute)


class ProfileFields(Body):
    profile_fields: dict[str, Any] = Field({}, description="Fields of the database; may have an `action`")
    skip_triggers: Flag = Field(False, description="Whether nothing is started by the change")


@router.post("/update", responses=WRITES)
async def sdk_profile_update(call: WriteCall, body: ProfileFields) -> Answer:
    """Change fields of the profile that the token means.

    https://github.com/altcraft/android-sdk
    """
    said = {"profile_fields": body.profile_fields, "skip_triggers": body.skip_triggers}
    return answer_of(call, devices.update(call.turn, whom_of(call, ""), said))
