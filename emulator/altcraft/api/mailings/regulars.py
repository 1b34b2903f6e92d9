"""Get regular mailings list, Get, Create, Update and Launch regular mailing."""

from fastapi import APIRouter

from emulator.altcraft import refusals
from emulator.altcraft.api.mailings import scheduled
from emulator.altcraft.api.mailings.answers import (
    EditCall,
    KindFilters,
    Launch,
    LaunchCall,
    MailingById,
    MailingRow,
    SavedId,
    ViewCall,
    find_of_kind,
)
from emulator.altcraft.models import Done, Listing, Reply
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(
    prefix="/api/v1.1/campaigns/regulars", tags=["Regular mailings"], route_class=OperationRoute
)


@router.post("/list/")
async def get_regular_mailings_list(call: ViewCall, body: KindFilters) -> Listing[MailingRow]:
    """Page through the regular mailings, by id.

    https://guides.altcraft.com/en/developer-guide/campaigns/regular-campaigns/2195899
    """
    return scheduled.listed(call, "regular", body)


class PushInformation(scheduled.ScheduledInformation):
    push_sending_mode: str


RegularReply = Reply[PushInformation | scheduled.ScheduledInformation]


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_regular_mailing_information(call: ViewCall, body: MailingById) -> RegularReply:
    """Return the settings of a regular mailing.

    https://guides.altcraft.com/en/developer-guide/campaigns/regular-campaigns/2195901
    """
    mailing = find_of_kind(call, "regular", body.id)
    form = PushInformation if mailing.channel == "push" else scheduled.ScheduledInformation
    return RegularReply(data=form.of(mailing, **scheduled.information(call, mailing)))


@router.post("/add/", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def create_regular_mailing(call: EditCall, body: scheduled.NewScheduled) -> Reply[SavedId]:
    """Create a regular mailing, and with `is_active` activate it.

    https://guides.altcraft.com/en/developer-guide/campaigns/regular-campaigns/2195903
    """
    return scheduled.create(call, "regular", body)


@router.post("/update", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def update_regular_mailing(call: EditCall, body: scheduled.ChangedScheduled) -> Reply[SavedId]:
    """Change the given settings of a regular mailing. Known from the navigation of the documentation alone.

    https://guides.altcraft.com/en/developer-guide/campaigns/regular-campaigns
    """
    return scheduled.change(call, "regular", body)


@router.post("/start", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def launch_a_regular_mailing(call: LaunchCall, body: Launch) -> Done:
    """Launch an active regular mailing at once, as one run more.

    https://easy.altcraft.com/en/developer-guide/campaigns/regular-campaigns/3116201
    https://guides.altcraft.com/en/developer-guide/campaigns/regular-campaigns/3116201
    """
    return scheduled.start(call, "regular", body)
