"""Templates: the contents of messages, for one channel or several.

https://guides.altcraft.com/en/developer-guide/templates. A draft can not be sent.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, Field, JsonValue, ValidationInfo, field_validator
from sqlmodel import func

from emulator.altcraft import refusals
from emulator.altcraft.choosing.uses import is_template_used
from emulator.altcraft.dialect import WITH_FILES, Call, Policy
from emulator.altcraft.listing import GroupName, ListFilters, chosen_groups, find, group_names, page
from emulator.altcraft.models import Asking, Body, Listing, Model, Reply, Saved
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.choosing import SuppressionList
from emulator.altcraft.tables.content import Template
from emulator.altcraft.templating.channels import (
    NUMBERS,
    ChannelName,
    EmailFields,
    PushFields,
    SmsFields,
    stored,
    texts_of,
)
from emulator.altcraft.templating.parsing import names_of
from emulator.altcraft.values import Flag, Instant, Int64, Listed, Name, Text
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/templates", tags=["Templates"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="templates.view")]
GetCall = Annotated[Call, Policy(right="templates.view", is_long=True)]
"""`is_long`, since a template of any length is parsed for its variables."""
EditCall = Annotated[Call, Policy(right="templates.edit", deduplicated="by id")]
WriteCall = Annotated[Call, Policy(right="templates.edit", deduplicated="by id", body_limit=WITH_FILES)]


class TemplateById(Asking):
    id: Int64 = Field(description="Template id")


class TemplateFilters(ListFilters):
    channel: ChannelName | None = Field(None, description="A channel that the templates have")


class TemplateRow(Model):
    id: int
    name: str
    channels: list[str]
    updated_user: str
    is_draft: bool
    is_confirm: bool
    tags: list[str] = Field(serialization_alias="ui_tags")
    groups: list[GroupName]


@router.post("/list")
async def get_template_list(call: ViewCall, body: TemplateFilters) -> Listing[TemplateRow]:
    """Page through the templates, by id.

    https://guides.altcraft.com/en/developer-guide/templates/2195606
    """
    templates, total = page(call, Template, body, *_has_channel(body.channel))
    rows = [
        TemplateRow.of(one, channels=list(one.channels), groups=group_names(call, one.groups))
        for one in templates
    ]
    return Listing(data=rows, total_count=total)


def _has_channel(name: ChannelName | None) -> list[Any]:
    """Return the conditions that a template has a channel; none if `name` is None."""
    return [] if name is None else [func.json_type(Template.channels, f"$.{name}").is_not(None)]


class GetTemplate(TemplateById):
    channel_sid: Listed[ChannelName] = Field([], description="The channels to return; all where left out")
    get_variable: Flag = Field(False, description="Also return the names of the variables in their texts")


class ChannelAnswer(Model):
    id: int
    sid: str
    fields: dict[str, JsonValue]
    presets: None = None


class TemplateInformation(Model):
    id: int
    updated_user: str
    updated_at: Instant = Field(serialization_alias="update_time")
    name: str
    description: str
    channels: list[ChannelAnswer]
    json_url: str
    is_draft: bool
    is_confirm: bool
    tags: list[str] = Field(serialization_alias="ui_tags")
    groups: list[GroupName]
    suppress_id: int


class TemplateWithVariables(TemplateInformation):
    variables: list[str]


TemplateReply = Reply[TemplateWithVariables | TemplateInformation]


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_template_information(call: GetCall, body: GetTemplate) -> TemplateReply:
    """Return a template with all of its channels or some, and the variables that they use if asked.

    https://guides.altcraft.com/en/developer-guide/templates/2195608
    """
    template = find(call, Template, body.id, "template")
    wanted = set(body.channel_sid or template.channels)
    channels = {sid: fields for sid, fields in template.channels.items() if sid in wanted}
    shown: dict[str, Any] = {
        "channels": [ChannelAnswer(id=NUMBERS[sid], sid=sid, fields=own) for sid, own in channels.items()],
        "groups": group_names(call, template.groups),
    }
    if not body.get_variable:
        return TemplateReply(data=TemplateInformation.of(template, **shown))
    texts = [text for sid, own in channels.items() for text in texts_of(sid, own)]
    return TemplateReply(data=TemplateWithVariables.of(template, variables=names_of(texts), **shown))


class Channel(Body):
    """A channel of a template, with fields that depend on it."""

    sid: ChannelName
    fields: dict[str, JsonValue]

    @field_validator(
        "fields",
        mode="before",
        json_schema_input_type=EmailFields | SmsFields | PushFields | dict[str, JsonValue],
    )
    @classmethod
    def _of_channel(cls, value: Any, info: ValidationInfo) -> Any:
        is_known = "sid" in info.data and isinstance(value, dict)
        return stored(info.data["sid"], value) if is_known else value


def _are_different(channels: list[Channel]) -> list[Channel]:
    names = [one.sid for one in channels]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name} is there more than once")
    return channels


class TemplateSettings(Asking):
    """The settings that create and update take. A serialization alias is the name of the column."""

    name: Name
    descr: Text = Field("", serialization_alias="description", description="`description` in responses")
    channels: Annotated[Listed[Channel], AfterValidator(_are_different)] = Field(min_length=1)
    json_url: Text = ""
    ui_tags: Listed[str] = Field([], serialization_alias="tags")
    groups: Listed[Int64] = Field([], description="Ids of access groups")
    is_draft: Flag = Field(False, description="Whether it can not be sent")
    is_confirm: Flag = Field(False, description="Whether it has an opt-in link")
    suppress_id: Int64 = Field(0, description="Suppression list")


@router.post("/add", responses=refuses(refusals.ObjectNotFound))
async def create_template(call: WriteCall, body: TemplateSettings) -> Reply[Saved]:
    """Create a template.

    https://guides.altcraft.com/en/developer-guide/templates/56255095
    """
    _check(call, body)
    template = Template(
        id=call.turn.ids.number("altcraft.template"),
        name=body.name,
        groups=chosen_groups(call, body.groups),
        updated_user="",
        updated_at=call.now,
    )
    call.db.add(template)
    _write(call, template, body)
    return Reply(data=Saved(saved_id=template.id))


class UpdatedTemplate(TemplateSettings, TemplateById):
    pass


@router.post("/update", responses=refuses(refusals.ObjectNotFound))
async def update_template(call: WriteCall, body: UpdatedTemplate) -> Reply[Saved]:
    """Change the given settings of a template. Given channels replace all of its channels.

    https://guides.altcraft.com/en/developer-guide/templates/56255277
    """
    template = find(call, Template, body.id, "template")
    _check(call, body)
    if "groups" in body.model_fields_set:
        template.groups = chosen_groups(call, body.groups)
    _write(call, template, body)
    return Reply(data=Saved(saved_id=template.id))


def _check(call: Call, body: TemplateSettings) -> None:
    """Raise ObjectNotFound for a suppression list that does not exist, or that the token does not see."""
    if body.suppress_id:
        find(call, SuppressionList, body.suppress_id, "suppression list")


def _write(call: Call, template: Template, body: TemplateSettings) -> None:
    """Set a template to the given settings."""
    template.sqlmodel_update(body.said("id", "groups", "channels"))
    template.channels = {one.sid: one.fields for one in body.channels}
    template.updated_user, template.updated_at = call.db.get_one(Account, 1).user, call.now
    template.edition_id = None


@router.post("/delete", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def delete_template(call: EditCall, body: TemplateById) -> Reply[int]:
    """Delete a template, unless an active mailing or scenario or a waiting start sends it; return its id.

    https://guides.altcraft.com/en/developer-guide/templates/56255090
    """
    template = find(call, Template, body.id, "template")
    if is_template_used(call.db, template.id):
        raise refusals.WrongState("template", template.id, "in use")
    call.db.delete(template)
    return Reply(data=template.id)
