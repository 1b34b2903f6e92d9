"""What the operations on mailings have in common: their requests, and how a mailing looks."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, JsonValue
from sqlmodel import col

from emulator.altcraft import refusals
from emulator.altcraft.dialect import WITH_FILES, Call, Policy
from emulator.altcraft.listing import GroupName, ListFilters, find, group_names, page
from emulator.altcraft.models import Asking, Body, Model
from emulator.altcraft.runs import Overrides
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.content import Template
from emulator.altcraft.tables.mailings import ACTIVE_STATES, Mailing
from emulator.altcraft.tables.people import Database
from emulator.altcraft.templating.sendable import check_sendable
from emulator.altcraft.values import Address, Count, Flag, GivenFile, HeaderText, Int64, Listed

ViewCall = Annotated[Call, Policy(right="mailings.view")]
RunCall = Annotated[Call, Policy(right="mailings.run", deduplicated="by id")]
LaunchCall = Annotated[
    Call, Policy(right="mailings.run", deduplicated="by id", body_limit=WITH_FILES, is_long=True)
]
EditCall = Annotated[Call, Policy(right="mailings.edit", deduplicated="by id")]


class MailingById(Asking):
    id: Int64 = Field(description="Mailing id")


class Launch(MailingById):
    """What the operations that launch a mailing take."""

    override_source_type: Literal["list", "segment"] | None = None
    override_source_id: Int64 | None = None
    override_limit: Count | None = Field(None, description="How many messages this run sends; 0 for no limit")
    content: dict[str, JsonValue] = Field({}, description="Values for `apicontent` variables of templates")
    attach: Listed[GivenFile] = Field([], description="Files for the messages")


class MailingFilters(ListFilters):
    type: str | None = Field(None, max_length=100, description="broadcast, regular, trigger or splittest")
    is_active: Flag | None = None


class Content(Body):
    """A template of a mailing, and what replaces parts of it."""

    subject: HeaderText = ""
    from_email: Address = ""
    from_name: HeaderText = ""
    replyto_email: Address = ""
    replyto_name: HeaderText = ""
    message_id: Int64


class SavedId(Model):
    saved_id: int


class MailingRow(Model):
    """A mailing as a list shows it."""

    id: int
    name: str
    type: str
    is_active: bool
    for_confirm: bool
    ui_tags: list[str]
    groups: list[GroupName]


Row = TypeVar("Row", bound=MailingRow)


def mailing_row(call: Call, form: type[Row], mailing: Mailing) -> Row:
    groups = group_names(call, mailing.groups)
    return form.of(mailing, type=mailing.kind, ui_tags=mailing.tags, groups=groups)


def find_broadcast(call: Call, number: int) -> Mailing:
    """Return the broadcast of this id. Raises ObjectNotFound, also for mailings of other kinds."""
    mailing = find(call, Mailing, number, "broadcast")
    if mailing.kind != "broadcast":
        raise refusals.ObjectNotFound("broadcast", number)
    return mailing


SOURCES: dict[str, type[Database | Segment]] = {"list": Database, "segment": Segment}


def check_source(call: Call, data_type: str, data_id: int) -> None:
    """Raise ObjectNotFound unless the token sees the database or segment."""
    find(call, SOURCES[data_type], data_id, data_type)


def check_content(call: Call, content: Sequence[Content]) -> None:
    """Raise ObjectNotFound for a template that the token does not see, WrongState for a draft."""
    for item in content:
        find(call, Template, item.message_id, "template")
    check_sendable(call.db, [item.message_id for item in content])


def check_override(body: Launch) -> None:
    """Raise IncorrectRequest where only one of the type and the id of an audience is given."""
    source, number = body.override_source_type, body.override_source_id
    if source is None and number == 0:
        return  # what clients write whose unset numbers are 0
    if (source is None) != (number is None):
        missing = "override_source_type" if source is None else "override_source_id"
        raise refusals.IncorrectRequest(missing, "An audience has both a type and an id")


def overrides_of(call: Call, body: Launch) -> Overrides:
    """Return how the request wants the run. Raises ObjectNotFound."""
    source, number = body.override_source_type, body.override_source_id
    given: dict[str, Any] = {"limit": body.override_limit, "values": body.content, "files": body.attach}
    if source is None or number is None:
        return Overrides(**given)
    check_source(call, source, number)
    return Overrides(source, number, **given)


def filtered(call: Call, body: MailingFilters, *conditions: Any) -> tuple[list[Mailing], int]:
    """Return a page of the mailings that the filters leave, and how many match on all pages."""
    if body.type is not None:
        conditions += (Mailing.kind == body.type,)
    if body.is_active is not None:
        conditions += (col(Mailing.state).in_(ACTIVE_STATES).is_(body.is_active),)
    return page(call, Mailing, body, *conditions)
