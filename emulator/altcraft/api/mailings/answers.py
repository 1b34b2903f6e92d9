"""The requests and responses that operations on mailings share."""

from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import Field, JsonValue
from sqlmodel import col

from emulator.altcraft import refusals
from emulator.altcraft.answers import check_resource
from emulator.altcraft.dialect import WITH_FILES, Call, Policy
from emulator.altcraft.listing import GroupName, ListFilters, find, find_virtual_sender, group_names, page
from emulator.altcraft.models import Asking, Body, Model
from emulator.altcraft.runs import SOURCES, Overrides
from emulator.altcraft.tables.content import Template
from emulator.altcraft.tables.mailings import ACTIVE_STATES, Mailing, SendChannel
from emulator.altcraft.tables.policies import SendingPolicy
from emulator.altcraft.templating.sendable import check_templates, is_for_confirm
from emulator.altcraft.values import Address, Count, Flag, GivenFile, HeaderText, Int64, Listed, Name

ViewCall = Annotated[Call, Policy(right="mailings.view")]
RunCall = Annotated[Call, Policy(right="mailings.run", deduplicated="by id")]
LaunchCall = Annotated[
    Call, Policy(right="mailings.run", deduplicated="by id", body_limit=WITH_FILES, is_long=True)
]
EditCall = Annotated[Call, Policy(right="mailings.edit", deduplicated="by id")]


class MailingById(Asking):
    id: Int64 = Field(description="Mailing id")


class Launch(MailingById):
    """The fields of requests that launch a mailing."""

    override_source_type: Literal["list", "segment"] | None = None
    override_source_id: Int64 | None = None
    override_limit: Count | None = Field(None, description="How many messages this run sends; 0 for no limit")
    content: dict[str, JsonValue] = Field({}, description="Values for `apicontent` variables of templates")
    attach: Listed[GivenFile] = Field([], description="Files for the messages")


class CloneMailing(MailingById):
    name: Name | None = Field(None, description="Name of the copy; else `Clone of …`")


class KindFilters(ListFilters):
    """The filters of the lists of one kind of mailings."""

    is_active: Flag | None = None


class MailingFilters(KindFilters):
    type: str | None = Field(None, max_length=100, description="broadcast, regular, trigger or splittest")


class Content(Body):
    """A template of a mailing, and the values that replace its subject and addresses."""

    subject: HeaderText = ""
    from_email: Address = ""
    from_name: HeaderText = ""
    replyto_email: Address = ""
    replyto_name: HeaderText = ""
    message_id: Int64


class GivenChannel(Asking):
    """The channel of a new mailing."""

    send_channel: SendChannel
    content_type: Any = Field(None, deprecated=True)
    send_email_content: Any = Field(None, deprecated=True)
    send_push_content: Any = Field(None, deprecated=True)
    send_sms_content: Any = Field(None, deprecated=True)

    @property
    def given_channel(self) -> str:
        """The channel: `email` if any deprecated field is in the request, else `send_channel`."""
        return "email" if OLD_CHANNEL_FIELDS & self.model_fields_set else self.send_channel


OLD_CHANNEL_FIELDS = {"content_type", "send_email_content", "send_push_content", "send_sms_content"}


class SavedId(Model):
    saved_id: int


class MailingRow(Model):
    """A mailing as a list shows it."""

    id: int
    name: str
    type: str
    is_active: bool
    for_confirm: bool
    tags: list[str] = Field(serialization_alias="ui_tags")
    groups: list[GroupName]


Row = TypeVar("Row", bound=MailingRow)


def mailing_row(call: Call, form: type[Row], mailing: Mailing, kind: str | None = None) -> Row:
    """Return the row of a list for a mailing; `kind`, if given, stands in place of its own kind."""
    return form.of(
        mailing,
        type=kind or mailing.kind,
        for_confirm=is_for_confirm(call.db, mailing),
        groups=group_names(call, mailing.groups),
    )


def find_of_kind(call: Call, kind: str, number: int) -> Mailing:
    """Return the mailing of this kind and id. Raises ObjectNotFound, also for mailings of other kinds."""
    mailing = find(call, Mailing, number, kind)
    if mailing.kind != kind:
        raise refusals.ObjectNotFound(kind, number)
    return mailing


def check_seen_source(call: Call, data_type: str, data_id: int) -> None:
    """Raise ObjectNotFound unless the token sees the database or segment."""
    kind = SOURCES[data_type]
    find(call, kind.table, data_id, kind.word)


class Naming(Protocol):
    """Settings of a mailing that name other things; 0 stands for none."""

    content: list[Content]
    resource_id: int
    policy_id: int
    virtual_sender_id: int


def check_named(call: Call, settings: Naming) -> None:
    """Raise ObjectNotFound for an id that does not exist or is not seen, WrongState for a draft template."""
    for item in settings.content:
        find(call, Template, item.message_id, "template")
    check_resource(call, settings.resource_id or None)
    if settings.policy_id and call.db.get(SendingPolicy, settings.policy_id) is None:
        raise refusals.ObjectNotFound("policy", settings.policy_id)
    if settings.virtual_sender_id:
        find_virtual_sender(call, settings.virtual_sender_id)
    check_templates(call.db, [item.message_id for item in settings.content])


def check_override(body: Launch) -> None:
    """Raise IncorrectRequest if a request has the type of an audience without its id, or the reverse."""
    source, number = body.override_source_type, body.override_source_id
    if source is None and number == 0:
        return  # some clients send 0 for a number that is not set
    if (source is None) != (number is None):
        missing = "override_source_type" if source is None else "override_source_id"
        raise refusals.IncorrectRequest(missing, "An audience has both a type and an id")


def overrides_of(call: Call, body: Launch) -> Overrides:
    """Return how the request wants the run. Raises ObjectNotFound."""
    source, number = body.override_source_type, body.override_source_id
    given: dict[str, Any] = {"limit": body.override_limit, "values": body.content, "files": body.attach}
    if source is None or number is None:
        return Overrides(**given)
    check_seen_source(call, source, number)
    return Overrides(data_type=source, data_id=number, **given)


def filtered(call: Call, body: KindFilters, *conditions: Any) -> tuple[list[Mailing], int]:
    """Return a page of the mailings that the filters leave, and how many match on all pages."""
    if isinstance(body, MailingFilters) and body.type is not None:
        conditions += (Mailing.kind == body.type,)
    if body.is_active is not None:
        conditions += (col(Mailing.state).in_(ACTIVE_STATES).is_(body.is_active),)
    return page(call, Mailing, body, *conditions)


NOT_COPIED = {
    "id",
    "name",
    "state",
    "campaign_id",
    "pace",
    "job_id",
    "run_since",
    "stopped_at",
    "grown_limit",
    "updated_at",
}
"""The columns that a copy does not take over, since they are not settings."""


def copy_of(call: Call, original: Mailing, name: str | None) -> Mailing:
    """Store a copy of a mailing, which is inactive."""
    copy = Mailing(
        id=call.turn.ids.number("altcraft.mailing"),
        name=name or f"Clone of {original.name}"[:1000],
        updated_at=call.now,
        **original.model_dump(exclude=NOT_COPIED),
    )
    call.db.add(copy)
    return copy
