"""Get trigger mailings list, Get, Create, Update and Clone trigger mailing."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from emulator.altcraft import launch_links, refusals, sending
from emulator.altcraft.api.mailings.answers import (
    CloneMailing,
    Content,
    GivenChannel,
    KindFilters,
    MailingById,
    MailingRow,
    SavedId,
    check_named,
    copy_of,
    filtered,
    find_of_kind,
    mailing_row,
)
from emulator.altcraft.choosing.causes import NEEDED, SETTINGS, check_cause, check_moves, read_event
from emulator.altcraft.choosing.items import as_spelled
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import Attributes, find, home_group
from emulator.altcraft.models import Body, Listing, Model, Reply, TableAsJson
from emulator.altcraft.people.history import OF_SEGMENTS
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.mailings import Mailing, PushMode, SendChannel, TriggerType
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.templating.channels import NUMBERS
from emulator.altcraft.templating.sendable import is_for_confirm
from emulator.altcraft.values import Address, Flag, Int64, Integer, Listed, Name, Text, is_none
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(
    prefix="/api/v1.1/campaigns/triggers", tags=["Trigger mailings"], route_class=OperationRoute
)


ViewCall = Annotated[Call, Policy(right="mailings.view", has_table=True)]
EditCall = Annotated[Call, Policy(right="mailings.edit", deduplicated="by id", has_table=True)]


class TriggerById(MailingById, TableAsJson):
    """The id of a trigger."""


class CloneTrigger(CloneMailing, TableAsJson):
    """Which trigger is copied, and the name of the copy."""


class TriggerFilters(KindFilters, TableAsJson):
    """The filters of the list of triggers."""


class TriggerRow(MailingRow):
    """A trigger as a list shows it; `type` is the way in which it starts."""


class PushTriggerRow(TriggerRow):
    providers: list[str]


@router.post("/list/")
async def get_trigger_mailings_list(
    call: ViewCall, body: TriggerFilters
) -> Listing[PushTriggerRow | TriggerRow]:
    """Page through the triggers, by id.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195915
    """
    mailings, total = filtered(call, body, Mailing.kind == "trigger")
    return Listing(data=[_row(call, mailing) for mailing in mailings], total_count=total)


def _row(call: Call, mailing: Mailing) -> TriggerRow:
    form = PushTriggerRow if mailing.channel == "push" else TriggerRow
    return mailing_row(call, form, mailing, mailing.trigger_type)


class FieldChange(Body):
    """A change of a field that starts a trigger: any, or one after which the field is as it says."""

    fieldname: Name
    fieldtype: Name
    operator: Literal["equal", "not_equal", "greater", "less", "exist", "not_exist"] | None = None
    value: Any = None

    @model_validator(mode="after")
    def _has_a_number(self) -> "FieldChange":
        """Keep a number or flag that is sent as a text, as in XML, as what it is."""
        self.value = as_spelled(self.fieldtype, self.value)
        return self


class TriggerInformation(Model):
    """A trigger. The settings of its type stand beside the others."""

    id: int
    name: str
    is_active: bool
    trigger_type: str
    call_url: str
    data_id: int = Field(serialization_alias="list_id")
    resource_id: int
    content: list[Content]
    send_channel: str
    skip_minutes: int
    subid: str
    for_confirm: bool
    policy_id: int
    description: str
    push_sending_mode: str | None = Field(None, exclude_if=is_none)
    virtual_sender_id: int
    is_random_tracking_prefix: bool
    custom_tracking_domains: list[str]
    blind_carbon_copy: list[str]
    unconditional_sending: bool
    action: str | None = Field(None, exclude_if=is_none)
    segment_id: int | None = Field(None, exclude_if=is_none)
    update_query: list[FieldChange] | None = Field(None, exclude_if=is_none)
    pixel_id: int | None = Field(None, exclude_if=is_none)
    goal: str | None = Field(None, exclude_if=is_none)
    is_new_ch: bool | None = Field(None, exclude_if=is_none)
    is_new_contact: bool | None = Field(None, exclude_if=is_none)
    is_new_sub: bool | None = Field(None, exclude_if=is_none)
    is_status_changed: bool | None = Field(None, exclude_if=is_none)
    watched: int | None = Field(
        None, serialization_alias="channel", exclude_if=is_none, description="0 for all channels"
    )


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_trigger_mailing_information(call: ViewCall, body: TriggerById) -> Reply[TriggerInformation]:
    """Return the settings of a trigger, and the link that starts it.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195917
    """
    mailing = find_of_kind(call, "trigger", body.id)
    is_push = mailing.channel == "push"
    information = TriggerInformation.of(
        mailing,
        call_url=launch_links.call_url(call.db, mailing, call.url.netloc),
        send_channel=mailing.channel,
        for_confirm=is_for_confirm(call.db, mailing),
        push_sending_mode=mailing.push_sending_mode if is_push else None,
        watched=_watched(mailing) if mailing.trigger_type == "subscribe" else None,
        **mailing.reacts_to,
    )
    return Reply(data=information)


def _watched(mailing: Mailing) -> int:
    """Return the id of the channel whose subscriptions start a trigger, 0 for all."""
    channel = mailing.reacts_to["channel"]
    return 0 if channel is None else NUMBERS[channel]


BY_ID: Mapping[str, str | None] = {"0": None} | {str(number): name for name, number in NUMBERS.items()}

WatchedChannel = Annotated[
    SendChannel | None,
    BeforeValidator(
        lambda value: BY_ID.get(str(value), value), json_schema_input_type=SendChannel | int | None
    ),
]
"""A channel whose subscriptions start a trigger: a name (inferred), or an id as in templates; 0 for all."""


class TriggerSettings(TableAsJson):
    """The settings that create and update take. A serialization alias is the name of the column."""

    name: Name
    is_active: Flag | None = None
    content: Listed[Content] = Field(min_length=1)
    subid: Text = ""
    trigger_type: TriggerType
    list_id: Int64 | None = Field(None, description="Database; else the only one of the resource")
    skip_minutes: Annotated[Integer, Field(ge=0, le=525_600)] = 0
    resource_id: Int64 = 0
    policy_id: Int64 = 0
    attributes: Attributes = {}
    push_sending_mode: PushMode = "fanout"
    virtual_sender_id: Int64 = 0
    is_random_trk_prefix: Flag = Field(False, serialization_alias="is_random_tracking_prefix")
    is_random_tracking_prefix: Flag = Field(False, description="As responses call it")
    custom_trk_domain: Listed[str] = Field([], serialization_alias="custom_tracking_domains")
    custom_tracking_domains: Listed[str] = Field([], description="As responses call it")
    blind_carbon_copy: Listed[Address] = []
    unconditional_sending: Flag = False
    action: Annotated[str, AfterValidator(read_event)] | None = Field(
        None, description="The event of the history that starts a trigger of this type"
    )
    segment_id: Int64 | None = Field(None, description="The static segment of the events entered and left")
    update_query: Listed[FieldChange] = Field(
        [], description="The changes that start a trigger of type update"
    )
    pixel_id: Int64 | None = Field(None, description="The pixel whose goals start a trigger of this type")
    goal: Text | None = Field(None, description="The one goal that does; else every goal")
    is_new_ch: Flag = Field(False, description="The first subscription on a channel starts it")
    is_new_contact: Flag = Field(False, description="A new address starts it")
    is_new_sub: Flag = Field(False, description="A new subscription starts it")
    is_status_changed: Flag = Field(False, description="A change of a subscription's status starts it")
    channel: WatchedChannel = Field(None, description="The one channel: 1 e-mail, 2 SMS, 4 push; else all")


NO_COLUMNS = ("list_id", *(name for names in SETTINGS.values() for name in names))


class CreateTrigger(GivenChannel, TriggerSettings):
    """The settings of a new trigger."""


@router.post("/add/", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def create_trigger_mailing(call: EditCall, body: CreateTrigger) -> Reply[SavedId]:
    """Create a trigger, and with `is_active` activate it.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195922
    """
    _check_type(body)
    check_named(call, body)
    database_id = _database(call, body, None)
    mailing = Mailing(
        id=call.turn.ids.number("altcraft.mailing"),
        name=body.name,
        groups=[home_group(call)],
        kind="trigger",
        channel=body.given_channel,
        data_type="list",
        data_id=database_id,
        reacts_to=_reaction(call, body, database_id, {}),
        updated_user=call.db.get_one(Account, 1).user,
        updated_at=call.now,
    )
    mailing.sqlmodel_update(body.said(*NO_COLUMNS))
    call.db.add(mailing)
    if body.is_active:
        sending.activate(call.turn, mailing)
    return Reply(data=SavedId(saved_id=mailing.id))


def _database(call: Call, body: TriggerSettings, old: int | None) -> int:
    """Return the database that a request names, else the old one, else the only one of the resource.

    The old one stays unless the request names a resource that does not have it. Raises AltcraftError.
    """
    resource = find(call, Resource, body.resource_id, "resource") if body.resource_id else None
    if body.list_id is not None:
        return find(call, Database, body.list_id, "database").id
    if old is not None and (resource is None or old in resource.databases):
        return old
    if resource is None or len(resource.databases) != 1:
        raise IncorrectRequest("list_id", "Field required")
    return resource.databases[0]


def _check_type(body: TriggerSettings) -> None:
    """Raise IncorrectRequest if a setting that the trigger's type requires is missing."""
    needed = NEEDED.get(body.trigger_type)
    if needed is not None and not getattr(body, needed):
        raise IncorrectRequest(needed, "Field required")
    if _is_of_a_segment(body) and body.segment_id is None:
        raise IncorrectRequest("segment_id", "Field required")


def _is_of_a_segment(body: TriggerSettings) -> bool:
    return body.trigger_type == "action" and body.action in OF_SEGMENTS


def _reaction(call: Call, body: TriggerSettings, database_id: int, old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a trigger's type: the given ones, else those that it had, else the usual ones.

    Raises IncorrectRequest and ObjectNotFound.
    """
    own = set(SETTINGS.get(body.trigger_type, ()))
    given = body.model_dump(include=own & body.model_fields_set)
    settings = {**body.model_dump(include=own), **old, **given}
    check_cause(call.db, settings, database_id)
    if body.segment_id is not None and _is_of_a_segment(body):
        check_moves(find(call, Segment, body.segment_id, "segment"), database_id)
    else:
        settings.pop("segment_id", None)
    return settings


class UpdateTrigger(TriggerSettings):
    id: Int64


@router.post("/update/", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def update_trigger_mailing(call: EditCall, body: UpdateTrigger) -> Reply[SavedId]:
    """Change the given settings of a trigger; its channel stays what it is.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195925
    """
    _check_type(body)
    mailing = find_of_kind(call, "trigger", body.id)
    check_named(call, body)
    mailing.data_id = _database(call, body, mailing.data_id)
    old = mailing.reacts_to if mailing.trigger_type == body.trigger_type else {}
    mailing.reacts_to = _reaction(call, body, mailing.data_id, old)
    mailing.sqlmodel_update(body.said("id", *NO_COLUMNS))
    sending.update(call.turn, mailing, is_active=body.is_active)
    return Reply(data=SavedId(saved_id=mailing.id))


@router.post("/clone", responses=refuses(refusals.ObjectNotFound))
async def clone_a_trigger_mailing(call: EditCall, body: CloneTrigger) -> Reply[SavedId]:
    """Copy a trigger into a new, inactive one.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/56258725
    """
    copy = copy_of(call, find_of_kind(call, "trigger", body.id), body.name)
    return Reply(data=SavedId(saved_id=copy.id))
