"""What the migrations from both providers have in common.

The shapes of what plans list are inferred: an id, a name, and a count where there is one.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, Field, StringConstraints

from emulator.autosend.dialect import Call
from emulator.autosend.foreign import FieldType, ForeignContent, ForeignField, ForeignId, find_foreign
from emulator.autosend.migration import Mapped, Selection, begin, import_template, is_under_way
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.properties import RESERVED, Name
from emulator.autosend.refusals import AutoSendError, ValidationFailed
from emulator.engine.clock import iso_millis

MOST_IDS = 1000
MOST_MAPPINGS = 200

ApiKey = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""The API key of the other provider."""
Ids = Annotated[list[ForeignId], Field(max_length=MOST_IDS)]
SomeIds = Annotated[list[ForeignId], Field(min_length=1, max_length=MOST_IDS)]


def _free(name: str) -> str:
    if name in RESERVED:
        raise ValueError("This name is reserved")
    return name


PropertyName = Annotated[Name, AfterValidator(_free)]


class Mapping(Body):
    """A custom field of the other provider, and the property that it becomes."""

    autosendFieldName: PropertyName
    fieldType: FieldType = "string"

    @property
    def foreign(self) -> tuple[str | None, str | None]:
        """Id and name of the field at the other provider."""
        raise NotImplementedError


class ForeignTemplateAnswer(Model):
    id: str
    name: str
    subject: str


class FieldAnswer(Model):
    id: str
    name: str
    type: str


class ListAnswer(Model):
    id: str
    name: str
    contactsCount: int


class Started(Model):
    bulkOperationId: str
    status: str
    message: str


class MigratedTemplate(Model):
    templateId: str
    """The foreign id."""
    templateName: str
    subject: str
    templateType: str
    createdAt: str


class Named(Protocol):
    @property
    def id(self) -> str: ...


def foreign(call: Call, provider: str, key: str, refusal: type[AutoSendError]) -> ForeignContent:
    """Answer the account of a key. Raises `refusal` where the other provider knows no such key."""
    content = find_foreign(call.db, provider, key)
    if content is None:
        raise refusal
    return content


def templates_in(content: ForeignContent) -> list[ForeignTemplateAnswer]:
    return [ForeignTemplateAnswer(id=one.id, name=one.name, subject=one.subject) for one in content.templates]


def fields_in(content: ForeignContent) -> list[FieldAnswer]:
    return [FieldAnswer(id=one.id, name=one.name, type=one.type) for one in content.fields]


def lists_in(content: ForeignContent) -> list[ListAnswer]:
    return [ListAnswer(id=one.id, name=one.name, contactsCount=len(one.contacts)) for one in content.lists]


def chosen(field: str, ids: Iterable[str], known: Sequence[Named], *, is_all: bool) -> list[str]:
    """Answer the ids that are meant. Raises ValidationFailed for those that name nothing."""
    there = [one.id for one in known]
    for one in ids:
        if one not in there:
            raise ValidationFailed((field, f"Not found: {one}"))
    return there if is_all else list(dict.fromkeys(ids))


def mapped(content: ForeignContent, mappings: Sequence[Mapping], *, is_all: bool) -> list[Mapped]:
    """Answer the custom fields that are meant; without a mapping they keep name and type.

    Raises ValidationFailed for those that the account does not have.
    """
    found: dict[str, Mapped] = {}
    for place, mapping in enumerate(mappings):
        one = _field(content.fields, *mapping.foreign)
        if one is None:
            raise ValidationFailed((f"customFieldMappings.{place}", "Custom field not found"))
        found[one.name] = Mapped(field=one.name, property=mapping.autosendFieldName, type=mapping.fieldType)
    if is_all:
        others = [one for one in content.fields if one.name not in found]
        found |= {one.name: Mapped(field=one.name, property=one.name, type=one.type) for one in others}
    return list(found.values())


def _field(fields: Sequence[ForeignField], field_id: str | None, name: str | None) -> ForeignField | None:
    if field_id is not None:
        return next((one for one in fields if one.id == field_id), None)
    return next((one for one in fields if one.name == name), None)


def check_idle(call: Call, refusal: type[AutoSendError]) -> None:
    if is_under_way(call.db, call.project_id):
        raise refusal


def started(call: Call, provider: str, key: str, wanted: Selection, title: str) -> MessageReply[Any]:
    """Let an import begin, and answer that it did."""
    migration = begin(call.turn, call.project_id, provider, key, wanted)
    message = f"{title} migration initiated successfully"
    return MessageReply(
        message=message,
        data=Started(bulkOperationId=migration.id, status=migration.status, message=message),
    )


def migrated(
    call: Call, content: ForeignContent, field: str, ids: Sequence[str], *, update: bool
) -> MessageReply[list[MigratedTemplate]]:
    """Import templates now, and answer them."""
    wanted = chosen(field, ids, content.templates, is_all=False)
    found = {one.id: one for one in content.templates}
    pairs = [(one, import_template(call.turn, call.project_id, found[one], update=update)) for one in wanted]
    return MessageReply(
        message="Template migrated successfully",
        data=[
            MigratedTemplate(
                templateId=foreign_id,
                templateName=own.name,
                subject=own.subject,
                templateType=own.type.upper(),
                createdAt=iso_millis(own.created_at),
            )
            for foreign_id, own in pairs
        ],
    )
