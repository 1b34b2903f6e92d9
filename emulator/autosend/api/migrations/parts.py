"""The parts that migrations from both providers share.

An import takes ids, and mappings of custom fields, in the form in which a plan lists them.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Annotated, Generic, Protocol, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints
from sqlmodel import Session

from emulator.autosend.dialect import Call
from emulator.autosend.foreign import ForeignContent, ForeignField, ForeignId
from emulator.autosend.migration import Mapped, Selection, begin, import_template, is_under_way
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.properties import RESERVED, NewName
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.values import Filled, Instant, none_for_empty
from emulator.gateway.origin import origin_of

MOST_IDS = 1000
MOST_MAPPINGS = 200

Content = TypeVar("Content", bound=ForeignContent)

ApiKey = Annotated[Filled, StringConstraints(max_length=500)]
"""The API key of the other provider."""
Ids = Annotated[list[ForeignId], Field(max_length=MOST_IDS)]
MaybeForeignId = Annotated[ForeignId | None, BeforeValidator(none_for_empty)]
"""An id that may be left out; an empty one counts as left out."""
SomeIds = Annotated[list[ForeignId], Field(min_length=1, max_length=MOST_IDS)]


class HasId(Protocol):
    """An item of an account at another provider."""

    @property
    def id(self) -> str: ...


class Started(Model):
    bulk_operation_id: str
    status: str
    message: str


class Source(Generic[Content]):
    """A provider that a project imports from: its accounts, and its refusals."""

    def __init__(self, provider: str, title: str, find: Callable[[Session, str], Content | None]) -> None:
        self.provider, self.title, self.find = provider, title, find
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
        self.refusals_of_import = (
            ValidationFailed,
            self.migration_in_progress,
            self.no_items_to_migrate,
            self.failed_to_fetch_plan,
            self.migration_creation_failed,
        )

    def account(self, call: Call, key: str) -> Content:
        """Return what a key may read of its account. Raises `failed_to_fetch_plan` for an unknown key."""
        content = self.find(call.db, key)
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
        migration = begin(call.turn, call.project_id, (self.provider, key), wanted, origin_of(call))
        message = f"{self.title} migration initiated successfully"
        return MessageReply(
            message=message,
            data=Started(bulk_operation_id=migration.id, status=migration.status, message=message),
        )


class Mapping(Body):
    """A custom field, by its id or its name at the other provider, and the property that it becomes."""

    autosend_field_name: NewName
    field_type: str
    field_id: MaybeForeignId
    field_name: str | None


def chosen(field: str, ids: Sequence[str], known: Sequence[HasId], *, is_all: bool) -> list[str]:
    """Return the given ids or, with `is_all` and none given, all of `known`. Raises ValidationFailed."""
    there = [one.id for one in known]
    for one in ids:
        if one not in there:
            raise ValidationFailed((field, f"Not found: {one}"))
    return there if is_all and not ids else list(dict.fromkeys(ids))


def mapped(content: ForeignContent, mappings: Sequence[Mapping], *, is_all: bool) -> list[Mapped]:
    """Return the mapped custom fields; with `is_all` and no mapping, all of them as the plan proposes.

    Raises ValidationFailed for mappings of fields that the account does not have.
    """
    if is_all and not mappings:
        return [Mapped(field=one.name, property=proposed(one), type=one.field_type) for one in content.fields]
    found = []
    for place, mapping in enumerate(mappings):
        one = _named(content.fields, mapping)
        if one is None:
            raise ValidationFailed((f"customFieldMappings.{place}", "Custom field not found"))
        found.append(Mapped(field=one.name, property=mapping.autosend_field_name, type=mapping.field_type))
    return found


def _named(fields: Sequence[ForeignField], mapping: Mapping) -> ForeignField | None:
    """Return the field that a mapping names: by its id, or else by its name. None if there is none."""
    by_id = (field for field in fields if field.id == mapping.field_id)
    by_name = (field for field in fields if field.name == mapping.field_name)
    return next(chain(by_id, by_name), None)


def proposed(field: ForeignField) -> str:
    """Return the property's name that a plan proposes: the field's, or `custom_…` if that is reserved."""
    return f"custom_{field.name}" if field.name in RESERVED else field.name


class MigratedTemplate(Model):
    id: str = Field(serialization_alias="templateId")
    """The id at the other provider."""
    name: str = Field(serialization_alias="templateName")
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
        own = import_template(call.turn, call.project_id, known[foreign_id], origin_of(call), update=update)
        migrated.append(MigratedTemplate.of(own, template_type=own.type.upper()))
    return MessageReply(message="Template migrated successfully", data=migrated)
