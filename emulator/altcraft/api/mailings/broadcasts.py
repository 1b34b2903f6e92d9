"""Get broadcasts list, Get, Create, Update and Launch broadcast mailing."""

from fastapi import APIRouter

from emulator.altcraft import refusals
from emulator.altcraft.api.mailings import scheduled
from emulator.altcraft.api.mailings.answers import (
    EditCall,
    Launch,
    LaunchCall,
    MailingById,
    MailingFilters,
    MailingRow,
    SavedId,
    ViewCall,
    find_of_kind,
)
from emulator.altcraft.models import Done, Listing, Reply
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(
    prefix="/api/v1.1/campaigns/broadcasts", tags=["Broadcast mailings"], route_class=OperationRoute
)


@router.post("/list")
async def get_broadcasts_list(call: ViewCall, body: MailingFilters) -> Listing[MailingRow]:
    """Page through the broadcasts, by id.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195885
    """
    return scheduled.listed(call, "broadcast", body)


class BroadcastInformation(scheduled.ScheduledInformation):
    push_sending_mode: str


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_broadcast_information(call: ViewCall, body: MailingById) -> Reply[BroadcastInformation]:
    """Return the settings of a broadcast.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195887
    """
    mailing = find_of_kind(call, "broadcast", body.id)
    return Reply(data=BroadcastInformation.of(mailing, **scheduled.information(call, mailing)))


@router.post("/add", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def create_broadcast_mailing(call: EditCall, body: scheduled.NewScheduled) -> Reply[SavedId]:
    """Create a broadcast, and with `is_active` activate it.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195891
    """
    return scheduled.create(call, "broadcast", body)


@router.post("/update", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def update_broadcast_mailing(call: EditCall, body: scheduled.ChangedScheduled) -> Reply[SavedId]:
    """Change the given settings of a broadcast; its channel stays what it is.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195895
    """
    return scheduled.change(call, "broadcast", body)


@router.post("/start", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def launch_a_broadcast_mailing(call: LaunchCall, body: Launch) -> Done:
    """Launch an active broadcast at once.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/3116196
    """
    return scheduled.start(call, "broadcast", body)
