"""Migrations from SendGrid.

https://docs.autosend.com/migration/sendgrid
"""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

from emulator.autosend.api.migrations.parts import (
    MOST_MAPPINGS,
    ApiKey,
    Ids,
    Mapping,
    MaybeForeignId,
    MigratedTemplate,
    SomeIds,
    Source,
    Started,
    chosen,
    mapped,
    migrate_templates,
    proposed,
)
from emulator.autosend.dialect import Call
from emulator.autosend.foreign import ForeignGroup, ForeignId, Scope, SendgridContent, find_sendgrid
from emulator.autosend.migration import Selection, group_for
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.suppression import UNSUBSCRIBE, find_group, suppress
from emulator.autosend.tables.migrations import SENDGRID
from emulator.autosend.tables.suppressions import Suppression, SuppressionGroup
from emulator.autosend.values import Instant
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/migrations", tags=["Migrations"], route_class=OperationRoute)

sendgrid = Source(SENDGRID, "SendGrid", find_sendgrid)

SendgridGroupNotFound = refusal(
    404, "GROUP_NOT_FOUND", "Suppression group not found", inferred="all", name="SendgridGroupNotFound"
)
SendgridGroupExists = refusal(
    400,
    "GROUP_ALREADY_EXISTS",
    "A suppression group with this groupId already exists in the project",
    inferred="all",
    name="SendgridGroupExists",
)

RESERVED = {
    "_rf0_T": "first_name",
    "_rf1_T": "last_name",
    "_rf2_T": "email",
    "_rf3_T": "alternate_emails",
    "_rf4_T": "address_line_1",
    "_rf5_T": "address_line_2",
    "_rf6_T": "city",
    "_rf7_T": "state_province_region",
    "_rf8_T": "postal_code",
    "_rf9_T": "country",
    "_rf10_T": "phone_number",
}
"""The fields that every contact has at SendGrid, by their ids; which of them a plan lists is inferred."""


class SendgridAccount(Body):
    sendgrid_api_key: ApiKey


class SendgridTemplate(Model):
    id: str = Field(serialization_alias="templateId")
    name: str = Field(serialization_alias="templateName")
    subject: str
    html: str = Field(serialization_alias="htmlContent")
    thumbnail: str = Field(serialization_alias="thumbnailUrl")
    updated: str = Field(serialization_alias="updatedAt")


class PlannedGroup(Model):
    id: str = Field(serialization_alias="groupId")
    name: str
    description: str
    is_active: bool
    unsubscribe_count: int


class ReservedField(Model):
    id: str = Field(serialization_alias="sendgridFieldId")
    name: str = Field(serialization_alias="sendgridFieldName")
    field_type: str


class CustomField(ReservedField):
    """A custom field, in the form that `customFieldMappings` takes."""

    autosend_field_name: str


class SendgridList(Model):
    id: str
    name: str
    contact_count: int


class SendgridPlan(Model):
    """The content of the account at SendGrid."""

    contacts_count: int
    templates_count: int
    templates: list[SendgridTemplate]
    unsubscribe_groups: list[PlannedGroup]
    custom_fields: list[CustomField]
    reserved_fields: list[ReservedField]
    contact_lists: list[SendgridList]
    contact_lists_count: int


@router.post("/sendgrid/plan", responses=refuses(ValidationFailed, sendgrid.failed_to_fetch_plan))
async def sendgrid_migration_plan(call: Call, body: SendgridAccount) -> MessageReply[SendgridPlan]:
    """Check the key, and return what can be imported. The accounts are those of the fixture.

    Parts that the key may not read are empty. https://docs.autosend.com/migration/sendgrid
    """
    content = sendgrid.account(call, body.sendgrid_api_key)
    plan = SendgridPlan(
        contacts_count=len(content.contacts),
        templates_count=len(content.templates),
        templates=[SendgridTemplate.of(one) for one in content.templates],
        unsubscribe_groups=[
            PlannedGroup.of(one, unsubscribe_count=len(one.suppressed)) for one in content.unsubscribe_groups
        ],
        custom_fields=[CustomField.of(one, autosend_field_name=proposed(one)) for one in content.fields],
        reserved_fields=[
            ReservedField(id=one, name=name, field_type="string") for one, name in RESERVED.items()
        ],
        contact_lists=[SendgridList.of(one, contact_count=len(one.contacts)) for one in content.lists],
        contact_lists_count=len(content.lists),
    )
    return MessageReply(message="Migration plan fetched successfully", data=plan)


class SendgridMapping(Mapping):
    field_type: Literal["string", "number", "date"] = "string"
    field_id: MaybeForeignId = Field(None, alias="sendgridFieldId")
    field_name: str | None = Field(None, alias="sendgridFieldName", max_length=200)


class SendgridMigration(SendgridAccount):
    """The selection of an import: everything, or the named items, without the kinds that are ignored."""

    migrate_all: bool = False
    template_ids: Ids = []
    unsubscribe_group_ids: Ids = []
    contact_list_ids: Ids = []
    custom_field_mappings: list[SendgridMapping] = Field([], max_length=MOST_MAPPINGS)
    ignore_templates: bool = False
    ignore_custom_fields: bool = False
    ignore_contacts: bool = False
    ignore_unsubscribe_groups: bool = False
    ignore_contact_lists: bool = False


NEEDS: dict[Scope, tuple[str, ...]] = {
    "template_engine.read": ("template_ids",),
    "marketing.read": ("contact_list_ids", "custom_field_mappings"),
    "suppressions.read": ("unsubscribe_group_ids",),
}
"""The fields of an import that name what only a key with this right may read."""


@router.post("/sendgrid/migrate", status_code=202, responses=refuses(*sendgrid.refusals_of_import))
async def run_sendgrid_migration(call: Call, body: SendgridMigration) -> MessageReply[Started]:
    """Begin an import, which ends ten seconds later. A project can have one at a time.

    Its phases: custom fields, templates, unsubscribe groups with their addresses, contact lists, contacts.
    The contacts are always all of the account's. Without `migrateAll`, they are imported only if a list is
    named (inferred).
    https://docs.autosend.com/migration/sendgrid
    """
    sendgrid.check_idle(call)
    content = sendgrid.account(call, body.sendgrid_api_key)
    return sendgrid.start(call, body.sendgrid_api_key, _selection(content, body))


def _selection(content: SendgridContent, body: SendgridMigration) -> Selection:
    """Return the items to import, without those that the key may not read. Raises ValidationFailed."""
    hidden = (field for scope, fields in NEEDS.items() if scope not in content.scopes for field in fields)
    body = body.model_copy(update={field: [] for field in hidden})
    is_all = body.migrate_all
    templates = chosen("templateIds", body.template_ids, content.templates, is_all=is_all)
    groups = chosen(
        "unsubscribeGroupIds", body.unsubscribe_group_ids, content.unsubscribe_groups, is_all=is_all
    )
    lists = chosen("contactListIds", body.contact_list_ids, content.lists, is_all=is_all)
    fields = mapped(content, body.custom_field_mappings, is_all=is_all)
    has_people = (is_all or bool(lists)) and bool(content.contacts)
    return Selection(
        templates=[] if body.ignore_templates else templates,
        lists=[] if body.ignore_contact_lists else lists,
        groups=[] if body.ignore_unsubscribe_groups else groups,
        fields=[] if body.ignore_custom_fields else fields,
        contacts=has_people and not body.ignore_contacts,
    )


class SendgridTemplates(SendgridAccount):
    sendgrid_template_ids: SomeIds
    on_exist_update_html: bool = Field(False, alias="onExistUpdateHTML")


@router.post("/sendgrid/sg-template", responses=refuses(ValidationFailed, sendgrid.failed_to_fetch_plan))
async def migrate_sendgrid_templates(
    call: Call, body: SendgridTemplates
) -> MessageReply[list[MigratedTemplate]]:
    """Import templates now. One with the same id stays unchanged, unless `onExistUpdateHTML` is true.

    https://docs.autosend.com/migration/sendgrid
    """
    content = sendgrid.account(call, body.sendgrid_api_key)
    return migrate_templates(
        call, content, "sendgridTemplateIds", body.sendgrid_template_ids, update=body.on_exist_update_html
    )


class SendgridGroup(SendgridAccount):
    sendgrid_unsubscribe_group_id: ForeignId
    add_emails_in_suppression: bool = True
    group_exist: bool = False


class EntryAnswer(Model):
    id: str
    email: str
    group_id: str


class MigratedEntries(Model):
    group_id: str
    added_count: int
    entries: list[EntryAnswer]


class MigratedGroup(Model):
    """The group, which the response has if it existed and no addresses are imported."""

    id: str
    group_id: str
    name: str
    description: str
    is_global: bool
    is_active: bool
    suppression_count: int
    created_at: Instant
    updated_at: Instant


@router.post(
    "/sendgrid/sg-unsubscribe-group",
    responses=refuses(
        ValidationFailed, sendgrid.failed_to_fetch_plan, SendgridGroupNotFound, SendgridGroupExists
    ),
)
async def migrate_one_sendgrid_unsubscribe_group(
    call: Call, body: SendgridGroup
) -> MessageReply[MigratedEntries | MigratedGroup]:
    """Import a group with its id at SendGrid and, by default, its addresses.

    https://docs.autosend.com/migration/sendgrid
    """
    content = sendgrid.account(call, body.sendgrid_api_key)
    wanted = body.sendgrid_unsubscribe_group_id
    theirs = next((one for one in content.unsubscribe_groups if one.id == wanted), None)
    existing = find_group(call.db, call.project_id, wanted)
    if theirs is None or (existing is None and body.group_exist):
        raise SendgridGroupNotFound
    if existing is not None and not body.group_exist:
        raise SendgridGroupExists
    own = existing or group_for(call.turn, call.project_id, SENDGRID, theirs)
    added = _import_entries(call, own, theirs) if body.add_emails_in_suppression else []
    is_untouched = existing is not None and not body.add_emails_in_suppression
    return MessageReply(
        message="Unsubscribe group migrated successfully",
        data=MigratedGroup.of(own, is_global=False, suppression_count=len(_entries(call, own)))
        if is_untouched
        else MigratedEntries(group_id=own.code, added_count=len(added), entries=added),
    )


def _import_entries(call: Call, group: SuppressionGroup, theirs: ForeignGroup) -> list[EntryAnswer]:
    """Add the addresses of SendGrid's group to the project's group; return the new entries."""
    before = {one.email for one in _entries(call, group)}
    suppress(call.turn, call.project_id, group.code, theirs.suppressed, UNSUBSCRIBE)
    return [EntryAnswer.of(one) for one in _entries(call, group) if one.email not in before]


def _entries(call: Call, group: SuppressionGroup) -> list[Suppression]:
    statement = select(Suppression).where(
        Suppression.project_id == call.project_id, Suppression.group_code == group.code
    )
    return list(call.db.exec(statement.order_by(col(Suppression.created_at), col(Suppression.email))))
