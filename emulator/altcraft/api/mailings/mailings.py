"""Activate, Deactivate, Get, Clone and Delete mailing, its status and log, Get mailing list."""

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import select

from emulator.altcraft import refusals, sending
from emulator.altcraft.api.mailings.answers import (
    CloneMailing,
    Content,
    EditCall,
    Launch,
    LaunchCall,
    MailingById,
    MailingFilters,
    MailingRow,
    RunCall,
    SavedId,
    ViewCall,
    check_override,
    copy_of,
    filtered,
    mailing_row,
    overrides_of,
)
from emulator.altcraft.listing import find, next_id, page_of
from emulator.altcraft.logs import message_of
from emulator.altcraft.models import Done, Listing, Model, Page, Reply
from emulator.altcraft.tables.mailings import LogEntry, Mailing
from emulator.altcraft.templating.sendable import is_for_confirm
from emulator.altcraft.values import Flag, Instant, Limit, Moment
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/campaigns", tags=["Mailings"], route_class=OperationRoute)


class ActivateMailing(Launch):
    run_now: Flag = Field(False, description="Also launch the mailing; only then do the overrides count")


@router.post("/activate/", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def activate_mailing(call: LaunchCall, body: ActivateMailing) -> Done:
    """Make a mailing active, and with `run_now` launch it at once.

    https://guides.altcraft.com/en/developer-guide/campaigns/2195660
    """
    if body.run_now:
        check_override(body)
    mailing = find(call, Mailing, body.id, "mailing")
    if body.run_now:
        sending.launch(call.turn, mailing, overrides_of(call, body))
    else:
        sending.activate(call.turn, mailing)
    return Done()


class DeactivateMailing(MailingById):
    abort_if_running: Flag = Field(False, description="Also drop all messages that are queued")


@router.post("/deactivate", responses=refuses(refusals.ObjectNotFound))
async def deactivate_mailing(call: RunCall, body: DeactivateMailing) -> Done:
    """Make a mailing inactive. Queued messages still go out, unless `abort_if_running` drops them.

    https://guides.altcraft.com/en/developer-guide/campaigns/2195662
    """
    mailing = find(call, Mailing, body.id, "mailing")
    if body.abort_if_running:
        sending.abort(call.turn, mailing)
    else:
        sending.deactivate(call.turn, mailing)
    return Done()


class MailingRowWithSubid(MailingRow):
    subid: str


@router.post("/list")
async def get_mailing_list(call: ViewCall, body: MailingFilters) -> Page[MailingRowWithSubid]:
    """Page through the mailings of all kinds, by id.

    https://guides.altcraft.com/en/developer-guide/campaigns/2195648
    """
    mailings, total = filtered(call, body)
    rows = [mailing_row(call, MailingRowWithSubid, mailing) for mailing in mailings]
    return Page(data=rows, next_from_id=next_id(mailings, body), total_count=total)


class MailingInformation(Model):
    id: int
    name: str
    description: str
    kind: str = Field(serialization_alias="type")
    updated_user: str
    updated_at: Instant = Field(serialization_alias="update_time")
    is_active: bool
    is_completed: bool
    data_id: int
    data_type: str
    content: list[Content]
    status: str
    subid: str
    virtual_sender_id: int
    resource_id: int
    channel: str
    for_confirm: bool


class PushMailingInformation(MailingInformation):
    providers: list[str]
    push_sending_mode: str


MailingReply = Reply[PushMailingInformation | MailingInformation]


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_mailing_information(call: ViewCall, body: MailingById) -> MailingReply:
    """Return the settings and status of a mailing.

    https://guides.altcraft.com/en/developer-guide/campaigns/2195650
    """
    mailing = find(call, Mailing, body.id, "mailing")
    form = PushMailingInformation if mailing.channel == "push" else MailingInformation
    return MailingReply(data=form.of(mailing, for_confirm=is_for_confirm(call.db, mailing)))


class GetMailingLog(MailingById):
    from_time: Moment | None = Field(None, description="When the log is to begin")
    limit: Limit = Field(1000)


class LogLine(Model):
    level: str
    message: str
    state: str
    at: Instant = Field(serialization_alias="time")
    value: str


@router.post("/log_v2", responses=refuses(refusals.ObjectNotFound))
async def get_mailing_log(call: ViewCall, body: GetMailingLog) -> Listing[LogLine]:
    """Return the log of a mailing, the oldest line first.

    https://guides.altcraft.com/en/developer-guide/campaigns/2195652
    """
    mailing = find(call, Mailing, body.id, "mailing")
    since = body.from_time or 0
    wanted = select(LogEntry).where(LogEntry.mailing_id == mailing.id, LogEntry.at >= since)
    entries, total = page_of(call, wanted, LogEntry.id, body.limit)
    lines = [LogLine.of(entry, message=message_of(call.db, entry)) for entry in entries]
    return Listing(data=lines, total_count=total)


@router.post("/clone", responses=refuses(refusals.ObjectNotFound))
async def clone_mailing(call: EditCall, body: CloneMailing) -> Reply[SavedId]:
    """Copy a mailing into a new, inactive one.

    https://guides.altcraft.com/en/developer-guide/campaigns/2195654
    """
    copy = copy_of(call, find(call, Mailing, body.id, "mailing"), body.name)
    return Reply(data=SavedId(saved_id=copy.id))


@router.post("/delete", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def delete_mailing(call: EditCall, body: MailingById) -> Done:
    """Delete a mailing that is not being sent, and that no active scenario sends.

    Known from the navigation of the documentation alone.

    https://guides.altcraft.com/en/developer-guide/campaigns
    """
    sending.delete(call.turn, find(call, Mailing, body.id, "mailing"))
    return Done()


class MailingStatus(Model):
    is_active: bool
    is_completed: bool
    status: str


@router.post("/get_status", responses=refuses(refusals.ObjectNotFound))
async def get_mailing_status(call: ViewCall, body: MailingById) -> Reply[MailingStatus]:
    """Return whether a mailing is active, is being sent, is completed.

    https://guides.altcraft.com/en/developer-guide/campaigns/2195664
    """
    return Reply(data=MailingStatus.of(find(call, Mailing, body.id, "mailing")))
