"""Broadcasts and regular mailings: their settings, and creating, changing and launching them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from emulator.altcraft import sending
from emulator.altcraft.api.mailings.answers import (
    Content,
    GivenChannel,
    KindFilters,
    Launch,
    MailingRow,
    SavedId,
    check_named,
    check_override,
    check_seen_source,
    filtered,
    find_of_kind,
    mailing_row,
    overrides_of,
)
from emulator.altcraft.dialect import Call
from emulator.altcraft.listing import Attributes, find, home_group
from emulator.altcraft.models import Asking, Body, Done, Listing, Model, Reply
from emulator.altcraft.schedule import is_weekday
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.mailings import Mailing, PushMode
from emulator.altcraft.tables.people import Database
from emulator.altcraft.templating.sendable import is_for_confirm
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


def _zone_name(name: str) -> str:
    if not is_time_zone(name or "UTC"):
        raise ValueError("must be an IANA time zone such as Europe/Berlin, or empty for UTC")
    return name


def _weekday(name: str) -> str:
    if not is_weekday(name):
        raise ValueError("must be a day of the week such as Mo, Tue or Sunday")
    return name


class StartSchedule(Body):
    """The minutes at which a mailing starts; an empty list allows any value."""

    start_mins: Listed[Annotated[Integer, Field(ge=0, le=59)]] = []
    start_hours: Listed[Annotated[Integer, Field(ge=0, le=23)]] = []
    start_mdays: Listed[Annotated[Integer, Field(ge=1, le=31)]] = []
    start_wdays: Listed[Annotated[str, AfterValidator(_weekday)]] = []
    start_months: Listed[Annotated[Integer, Field(ge=1, le=12)]] = []
    start_years: Listed[Annotated[Integer, Field(ge=1970, le=9999)]] = []
    tz: Annotated[str, Field(max_length=64), AfterValidator(_zone_name)] = ""
    profile: Flag = False
    losers: Flag = False


class ScheduledInformation(Model):
    """A broadcast or a regular mailing. Some names differ from those in requests."""

    name: str
    is_active: bool
    data_id: int
    data_type: str
    content: list[Content]
    send_channel: str
    channel: str
    resource_id: int
    subid: str
    cycle_limit: int = Field(serialization_alias="limit")
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
    updated_at: Instant = Field(serialization_alias="update_time")


class ScheduledSettings(Asking):
    """The settings that create and update take. A serialization alias is the name of the column."""

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
    push_sending_mode: PushMode = "fanout"
    attributes: Attributes = {}
    virtual_sender_id: Int64 = 0
    is_random_tracking_prefix: Flag = False
    custom_tracking_domains: Listed[str] = []
    blind_carbon_copy: Listed[Address] = []
    unconditional_sending: Flag = False
    watched_list_id: Int64 = Field(0, serialization_alias="watcher_list_id")
    watcher_list_id: Int64 = Field(0, description="As responses call it")
    watcher_limit: Count = 0


class NewScheduled(GivenChannel, ScheduledSettings):
    """The settings of a new mailing."""


LIMITS = {"limit", "aglimit_count", "agllimit_percent", "aglimit_percent"}
"""The settings whose change makes a grown limit begin anew."""


class ChangedScheduled(ScheduledSettings):
    id: Int64


def listed(call: Call, kind: str, body: KindFilters) -> Listing[MailingRow]:
    """Return a page of the mailings of a kind, by id."""
    mailings, total = filtered(call, body, Mailing.kind == kind)
    rows = [mailing_row(call, MailingRow, mailing) for mailing in mailings]
    return Listing(data=rows, total_count=total)


def information(call: Call, mailing: Mailing) -> dict[str, Any]:
    """Return the fields of a response that are not columns of the mailing."""
    return {"send_channel": mailing.channel, "for_confirm": is_for_confirm(call.db, mailing)}


def create(call: Call, kind: str, body: NewScheduled) -> Reply[SavedId]:
    """Store a new mailing, active where the request says so. Raises ObjectNotFound and WrongState."""
    _check(call, body)
    mailing = Mailing(
        id=call.turn.ids.number("altcraft.mailing"),
        name=body.name,
        groups=[home_group(call)],
        kind=kind,
        channel=body.given_channel,
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


def change(call: Call, kind: str, body: ChangedScheduled) -> Reply[SavedId]:
    """Change the given settings of a mailing; its channel stays. Raises ObjectNotFound and WrongState."""
    mailing = find_of_kind(call, kind, body.id)
    _check(call, body)
    mailing.sqlmodel_update(body.said("id"))
    if LIMITS & body.model_fields_set:
        mailing.grown_limit = None
    sending.update(call.turn, mailing, is_active=body.is_active)
    return Reply(data=SavedId(saved_id=body.id))


def _check(call: Call, body: ScheduledSettings) -> None:
    """Raise ObjectNotFound for an object of the settings that does not exist, WrongState for a draft."""
    check_seen_source(call, body.data_type, body.data_id)
    check_named(call, body)
    for watchers in (body.watched_list_id, body.watcher_list_id):
        if watchers:
            find(call, Database, watchers, "database")


def start(call: Call, kind: str, body: Launch) -> Done:
    """Launch an active mailing at once. Raises ObjectNotFound, WrongState and IncorrectRequest."""
    check_override(body)
    mailing = find_of_kind(call, kind, body.id)
    sending.launch(call.turn, mailing, overrides_of(call, body), action="start")
    return Done()
