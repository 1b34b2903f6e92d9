"""Get broadcasts list, Get, Create, Update and Launch broadcast mailing."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, Field

from emulator.altcraft import refusals, sending
from emulator.altcraft.api.mailings.answers import (
    Content,
    EditCall,
    Launch,
    LaunchCall,
    MailingById,
    MailingFilters,
    MailingRow,
    SavedId,
    ViewCall,
    check_content,
    check_override,
    check_source,
    filtered,
    find_broadcast,
    mailing_row,
    overrides_of,
)
from emulator.altcraft.listing import Attributes, home_group
from emulator.altcraft.models import Asking, Body, Done, Model, Reply
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.values import (
    Address,
    Count,
    Flag,
    Instant,
    Int64,
    Integer,
    Listed,
    Name,
    Percent,
    Share,
    Text,
)
from emulator.engine.clock import is_time_zone
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(
    prefix="/api/v1.1/campaigns/broadcasts", tags=["Broadcast mailings"], route_class=OperationRoute
)


class BroadcastPage(Reply[list[MailingRow]]):
    total_count: int


@router.post("/list")
async def get_broadcasts_list(call: ViewCall, body: MailingFilters) -> BroadcastPage:
    """Page through the broadcasts, by id.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195885
    """
    mailings, total = filtered(call, body, Mailing.kind == "broadcast")
    rows = [mailing_row(call, MailingRow, mailing) for mailing in mailings]
    return BroadcastPage(data=rows, total_count=total)


def _zone_name(name: str) -> str:
    if not is_time_zone(name or "UTC"):
        raise ValueError("must be an IANA time zone such as Europe/Berlin, or empty for UTC")
    return name


class StartSchedule(Body):
    """The minutes at which a mailing starts; an empty list allows any value."""

    start_mins: Listed[Annotated[Integer, Field(ge=0, le=59)]] = []
    start_hours: Listed[Annotated[Integer, Field(ge=0, le=23)]] = []
    start_mdays: Listed[Annotated[Integer, Field(ge=1, le=31)]] = []
    start_wdays: Listed[Annotated[str, Field(pattern="^(?i:su|mo|tu|we|th|fr|sa)[A-Za-z]{0,8}$")]] = []
    start_months: Listed[Annotated[Integer, Field(ge=1, le=12)]] = []
    start_years: Listed[Annotated[Integer, Field(ge=1970, le=9999)]] = []
    tz: Annotated[str, Field(max_length=64), AfterValidator(_zone_name)] = ""
    profile: Flag = False
    losers: Flag = False


class BroadcastInformation(Model):
    """A broadcast. Some names differ from those that requests have."""

    name: str
    is_active: bool
    data_id: int
    data_type: str
    content: list[Content]
    send_channel: str
    channel: str
    push_sending_mode: str
    resource_id: int
    subid: str
    limit: int
    aglimit_count: int
    aglimit_percent: Percent
    start_schedule: StartSchedule
    for_confirm: bool
    policy_id: int
    description: str
    virtual_sender_id: int
    is_random_tracking_prefix: bool
    custom_tracking_domains: list[str]
    watcher_list_id: int
    watcher_limit: int
    blind_carbon_copy: list[str]
    unconditional_sending: bool
    skip_unique_checking: Flag = False
    sub_cats_filter: list[str] | None = None
    sub_fields_filter: list[str] | None = None
    id: int
    updated_user: str
    update_time: Instant


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_broadcast_information(call: ViewCall, body: MailingById) -> Reply[BroadcastInformation]:
    """Return the settings of a broadcast.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195887
    """
    mailing = find_broadcast(call, body.id)
    information = BroadcastInformation.of(
        mailing,
        send_channel=mailing.channel,
        limit=mailing.cycle_limit,
        update_time=mailing.updated_at,
    )
    return Reply(data=information)


class BroadcastSettings(Asking):
    """What create and update have in common. An alias is the name of the setting's column."""

    name: Name
    is_active: Flag | None = None
    data_type: Literal["list", "segment"]
    data_id: Int64
    content: Listed[Content] = Field(min_length=1)
    resource_id: Int64 = 0
    subid: Text = ""
    start_schedule: StartSchedule = StartSchedule()
    limit: Count = Field(
        0, serialization_alias="cycle_limit", description="How many messages a run sends; 0 for no limit"
    )
    aglimit_count: Count = 0
    agllimit_percent: Share = Field(0, serialization_alias="aglimit_percent")
    aglimit_percent: Share = Field(0, description="As responses call it")
    policy_id: Int64 = 0
    push_sending_mode: Literal["fanout", "last"] = "fanout"
    attributes: Attributes = {}
    virtual_sender_id: Int64 = 0
    is_random_tracking_prefix: Flag = False
    custom_tracking_domains: Listed[str] = []
    blind_carbon_copy: Listed[Address] = []
    unconditional_sending: Flag = False
    watched_list_id: Int64 = Field(0, serialization_alias="watcher_list_id")
    watcher_list_id: Int64 = Field(0, description="As responses call it")
    watcher_limit: Count = 0


class CreateBroadcast(BroadcastSettings):
    send_channel: Literal["email", "sms", "push"]
    content_type: Any = Field(None, deprecated=True)
    send_email_content: Any = Field(None, deprecated=True)
    send_push_content: Any = Field(None, deprecated=True)
    send_sms_content: Any = Field(None, deprecated=True)


OLD_CHANNEL_FIELDS = {"content_type", "send_email_content", "send_push_content", "send_sms_content"}
"""Any of these, whatever its value, makes an e-mail mailing."""


@router.post("/add", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def create_broadcast_mailing(call: EditCall, body: CreateBroadcast) -> Reply[SavedId]:
    """Create a broadcast, and with `is_active` activate it.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195891
    """
    check_source(call, body.data_type, body.data_id)
    check_content(call, body.content)
    mailing = Mailing(
        id=call.turn.ids.number("altcraft.mailing"),
        name=body.name,
        groups=[home_group(call)],
        kind="broadcast",
        channel="email" if OLD_CHANNEL_FIELDS & body.model_fields_set else body.send_channel,
        data_type=body.data_type,
        data_id=body.data_id,
        updated_user=call.db.get_one(Account, 1).user,
        updated_at=call.now,
    )
    mailing.sqlmodel_update(body.said())
    call.db.add(mailing)
    if body.is_active:
        sending.activate(call.turn, mailing)
    return Reply(data=SavedId(saved_id=mailing.id))


LIMITS = {"limit", "aglimit_count", "agllimit_percent", "aglimit_percent"}
"""The settings that make a limit begin anew."""


class UpdateBroadcast(BroadcastSettings):
    id: Int64


@router.post("/update", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def update_broadcast_mailing(call: EditCall, body: UpdateBroadcast) -> Reply[SavedId]:
    """Change the given settings of a broadcast; its channel stays what it is.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/2195895
    """
    mailing = find_broadcast(call, body.id)
    check_source(call, body.data_type, body.data_id)
    check_content(call, body.content)
    mailing.sqlmodel_update(body.said("id"))
    if LIMITS & body.model_fields_set:
        mailing.grown_limit = None
    sending.update(call.turn, mailing, is_active=body.is_active)
    return Reply(data=SavedId(saved_id=mailing.id))


@router.post("/start", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def launch_a_broadcast_mailing(call: LaunchCall, body: Launch) -> Done:
    """Launch an active broadcast at once.

    https://guides.altcraft.com/en/developer-guide/campaigns/broadcast-campaigns/3116196
    """
    check_override(body)
    mailing = find_broadcast(call, body.id)
    sending.launch(call.turn, mailing, overrides_of(call, body), action="start")
    return Done()
