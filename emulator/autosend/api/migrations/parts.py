"""The parts that migrations from both providers share.

The forms of the items in plans are inferred: an id, a name, and a count where there is one.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from emulator.autosend.dialect import Call
from emulator.autosend.foreign import (
    FieldType,
    ForeignContent,
    ForeignField,
    ForeignGroup,
    ForeignId,
    ForeignList,
    ForeignTemplate,
    find_foreign,
)
from emulator.autosend.migration import Mapped, Selection, begin, import_template, is_under_way
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.properties import RESERVED, Name
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.values import Instant

MOST_IDS = 1000
MOST_MAPPINGS = 200

ApiKey = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""The API key of the other provider."""
Ids = Annotated[list[ForeignId], Field(max_length=MOST_IDS)]
SomeIds = Annotated[list[ForeignId], Field(min_length=1, max_length=MOST_IDS)]


class Started(Model):
    bulk_operation_id: str
    status: str
    message: str


class Source:
    """A provider that a project imports from: its accounts, and its refusals."""

    def __init__(self, provider: str, title: str) -> None:
        self.provider, self.title = provider, title
        code, inferred = provider.upper(), "text, form"
        self.migration_in_progress = refusal(
            400,
            f"{code}_MIGRATION_IN_PROGRESS",
            "A migration is already in progress for this project",
            inferred=inferred,
        )
        self.no_items_to_migrate = refusal(
            400, f"{code}_NO_ITEMS_TO_MIGRATE", "No items selected to migrate", inferred=inferred
        )
        self.failed_to_fetch_plan = refusal(
            500,
            f"{code}_FAILED_TO_FETCH_PLAN",
            f"Failed to fetch the {title} migration plan. Please check the API key.",
            inferred=inferred,
        )
        self.migration_creation_failed = refusal(
            500,
            f"{code}_MIGRATION_CREATION_FAILED",
            f"Failed to create the {title} migration. Please try again.",
            inferred=inferred,
            made_by_faults=True,
        )

    def account(self, call: Call, key: str) -> ForeignContent:
        """Return the content of the account with a key. Raises `failed_to_fetch_plan` if there is none."""
        content = find_foreign(call.db, self.provider, key)
        if content is None:
            raise self.failed_to_fetch_plan
        return content

    def check_idle(self, call: Call) -> None:
        """Raise `migration_in_progress` while the project has an import, from any provider."""
        if is_under_way(call.db, call.project_id):
            raise self.migration_in_progress

    def start(self, call: Call, key: str, wanted: Selection) -> MessageReply[Started]:
        """Begin an import, and return the response. Raises `no_items_to_migrate` if nothing is selected."""
        if wanted.is_empty:
            raise self.no_items_to_migrate
        migration = begin(call.turn, call.project_id, self.provider, key, wanted)
        message = f"{self.title} migration initiated successfully"
        return MessageReply(
            message=message,
            data=Started(bulk_operation_id=migration.id, status=migration.status, message=message),
        )


class TemplateAnswer(Model):
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
    contacts_count: int


def _free(name: str) -> str:
    if name in RESERVED:
        raise ValueError("This name is reserved")
    return name


class Mapping(Body):
    """A custom field, by its id or its name at the other provider, and the property that it becomes."""

    autosend_field_name: Annotated[Name, AfterValidator(_free)]
    field_type: FieldType = "string"
    field_id: ForeignId | None
    field_name: str | None


def chosen(
    field: str,
    ids: Iterable[str],
    known: Sequence[ForeignTemplate | ForeignList | ForeignGroup],
    *,
    is_all: bool,
) -> list[str]:
    """Return the selected ids, with `is_all` all ids of `known`. Raises ValidationFailed for unknown ids."""
    there = [one.id for one in known]
    for one in ids:
        if one not in there:
            raise ValidationFailed((field, f"Not found: {one}"))
    return there if is_all else list(dict.fromkeys(ids))


def mapped(content: ForeignContent, mappings: Sequence[Mapping], *, is_all: bool) -> list[Mapped]:
    """Return the mapped custom fields, and with `is_all` all others, which keep their name and type.

    Raises ValidationFailed for mappings of fields that the account does not have.
    """
    found: dict[str, Mapped] = {}
    for place, mapping in enumerate(mappings):
        one = next((field for field in content.fields if _is_meant(field, mapping)), None)
        if one is None:
            raise ValidationFailed((f"customFieldMappings.{place}", "Custom field not found"))
        found[one.name] = Mapped(
            field=one.name, property=mapping.autosend_field_name, type=mapping.field_type
        )
    if is_all:
        others = [one for one in content.fields if one.name not in found]
        found |= {one.name: Mapped(field=one.name, property=one.name, type=one.type) for one in others}
    return list(found.values())


def _is_meant(field: ForeignField, mapping: Mapping) -> bool:
    if mapping.field_id is not None:
        return field.id == mapping.field_id
    return field.name == mapping.field_name


class MigratedTemplate(Model):
    template_id: str
    """The id at the other provider."""
    template_name: str
    subject: str
    template_type: str
    created_at: Instant


def migrate_templates(
    call: Call, content: ForeignContent, field: str, ids: Sequence[str], *, update: bool
) -> MessageReply[list[MigratedTemplate]]:
    """Import templates now, and return the response. Raises ValidationFailed for unknown ids."""
    known = {one.id: one for one in content.templates}
    migrated = []
    for foreign_id in chosen(field, ids, content.templates, is_all=False):
        own = import_template(call.turn, call.project_id, known[foreign_id], update=update)
        migrated.append(
            MigratedTemplate.of(
                own, template_id=foreign_id, template_name=own.name, template_type=own.type.upper()
            )
        )
    return MessageReply(message="Template migrated successfully", data=migrated)
