"""Migrations from Resend.

https://docs.autosend.com/migration/resend
"""

from fastapi import APIRouter
from pydantic import Field

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
from emulator.autosend.foreign import ResendContent, find_resend
from emulator.autosend.migration import Selection
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.tables.contacts import ValueType
from emulator.autosend.tables.migrations import RESEND
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/migrations", tags=["Migrations"], route_class=OperationRoute)

resend = Source(RESEND, "Resend", find_resend)


class ResendAccount(Body):
    resend_api_key: ApiKey


class ResendTemplate(Model):
    id: str = Field(serialization_alias="templateId")
    name: str = Field(serialization_alias="templateName")
    status: str
    updated: str = Field(serialization_alias="updatedAt")


class ResendField(Model):
    """A custom field, in the form that `customFieldMappings` takes."""

    id: str = Field(serialization_alias="resendFieldId")
    name: str = Field(serialization_alias="resendFieldName")
    autosend_field_name: str
    field_type: str


class Audience(Model):
    id: str
    name: str


class Topic(Model):
    id: str
    name: str
    description: str
    default_subscription: str
    visibility: str


class ResendPlan(Model):
    """The content of the account at Resend."""

    contacts_count: int
    unsubscribed_count: int
    templates_count: int
    templates: list[ResendTemplate]
    custom_fields: list[ResendField]
    audiences: list[Audience]
    audiences_count: int
    topics: list[Topic]
    topics_count: int


@router.post("/resend/plan", responses=refuses(ValidationFailed, resend.failed_to_fetch_plan))
async def resend_migration_plan(call: Call, body: ResendAccount) -> MessageReply[ResendPlan]:
    """Check the key, and return what can be imported. The accounts are those of the fixture.

    https://docs.autosend.com/migration/resend
    """
    content = resend.account(call, body.resend_api_key)
    plan = ResendPlan(
        contacts_count=len(content.contacts),
        unsubscribed_count=len(content.unsubscribed),
        templates_count=len(content.templates),
        templates=[ResendTemplate.of(one) for one in content.templates],
        custom_fields=[ResendField.of(one, autosend_field_name=proposed(one)) for one in content.fields],
        audiences=[Audience.of(one) for one in content.lists],
        audiences_count=len(content.lists),
        topics=[Topic.of(one) for one in content.topics],
        topics_count=len(content.topics),
    )
    return MessageReply(message="Migration plan fetched successfully", data=plan)


class ResendMapping(Mapping):
    field_type: ValueType = "string"
    field_id: MaybeForeignId = Field(None, alias="resendFieldId")
    field_name: str | None = Field(None, alias="resendFieldName", max_length=200)


class ResendMigration(ResendAccount):
    """The selection of an import: everything, or the named items, without the kinds that are ignored."""

    migrate_all: bool = False
    template_ids: Ids = []
    audience_ids: Ids = []
    topic_ids: Ids = []
    custom_field_mappings: list[ResendMapping] = Field([], max_length=MOST_MAPPINGS)
    ignore_templates: bool = False
    ignore_custom_fields: bool = False
    ignore_contacts: bool = False
    ignore_audiences: bool = False
    ignore_topics: bool = False
    ignore_suppressions: bool = False


@router.post("/resend/migrate", status_code=202, responses=refuses(*resend.refusals_of_import))
async def run_resend_migration(call: Call, body: ResendMigration) -> MessageReply[Started]:
    """Begin an import, which ends ten seconds later. A project can have one at a time.

    Its phases: custom fields, templates, audiences, contacts, topics, suppressions. The contacts are always
    all of the account's. Without `migrateAll`, they are imported only if an audience is named (inferred).
    https://docs.autosend.com/migration/resend
    """
    resend.check_idle(call)
    content = resend.account(call, body.resend_api_key)
    return resend.start(call, body.resend_api_key, _selection(content, body))


def _selection(content: ResendContent, body: ResendMigration) -> Selection:
    """Return the items to import. Raises ValidationFailed."""
    is_all = body.migrate_all
    templates = chosen("templateIds", body.template_ids, content.templates, is_all=is_all)
    audiences = chosen("audienceIds", body.audience_ids, content.lists, is_all=is_all)
    topics = chosen("topicIds", body.topic_ids, content.topics, is_all=is_all)
    fields = mapped(content, body.custom_field_mappings, is_all=is_all)
    has_people = (is_all or bool(audiences)) and bool(content.contacts)
    return Selection(
        templates=[] if body.ignore_templates else templates,
        lists=[] if body.ignore_audiences else audiences,
        groups=[] if body.ignore_topics else topics,
        fields=[] if body.ignore_custom_fields else fields,
        contacts=has_people and not body.ignore_contacts,
        suppressions=has_people and not body.ignore_suppressions,
    )


class ResendTemplates(ResendAccount):
    resend_template_ids: SomeIds
    on_exist_update_html: bool = Field(False, alias="onExistUpdateHTML")


@router.post("/resend/template", responses=refuses(ValidationFailed, resend.failed_to_fetch_plan))
async def migrate_resend_templates(call: Call, body: ResendTemplates) -> MessageReply[list[MigratedTemplate]]:
    """Import templates now. One with the same id stays unchanged, unless `onExistUpdateHTML` is true.

    https://docs.autosend.com/migration/resend
    """
    content = resend.account(call, body.resend_api_key)
    return migrate_templates(
        call, content, "resendTemplateIds", body.resend_template_ids, update=body.on_exist_update_html
    )
