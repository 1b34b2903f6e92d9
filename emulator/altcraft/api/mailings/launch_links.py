"""The launch links of triggers, as API 1.0 had them: no token, no parameters, and a text for a response."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import PlainTextResponse

from emulator.altcraft import launch_links, refusals, triggers
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.triggers import Given
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/trg", tags=["Trigger mailings"], route_class=OperationRoute)

LinkCall = Annotated[Call, Policy(opened_by="launch link", errors="text")]


@router.get(
    "/{hash}/{recipient}",
    response_class=PlainTextResponse,
    responses=refuses(refusals.UnknownLink, refusals.WrongState),
)
async def trigger_launch_link(
    call: LinkCall,
    hash: Annotated[str, Path(description="From the `call_url` of the trigger")],  # noqa: A002 -- as in the path
    recipient: Annotated[str, Path(description="An e-mail, the MD5 of one, or a profile's `_xxh`")],
) -> str:
    """Send a trigger to a profile of its database.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195917
    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2196177
    """
    mailing = launch_links.trigger_of(call.db, call.caller.token, hash)
    if mailing is None:
        raise refusals.UnknownLink
    profile_id = launch_links.recipient_of(call.db, mailing.data_id, recipient)
    if profile_id is None:
        raise refusals.UnknownLink
    triggers.check_call(call.turn, mailing)
    triggers.start(call.turn, mailing, [profile_id], Given())
    return "OK"
