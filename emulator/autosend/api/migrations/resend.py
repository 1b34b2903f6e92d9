"""Migrations from Resend.

https://docs.autosend.com/migration/resend
"""

from fastapi import APIRouter
from pydantic import Field

from emulator.autosend.api.migrations.parts import (
    MOST_MAPPINGS,
    ApiKey,
    FieldAnswer,
    ForeignTemplateAnswer,
    Ids,
    ListAnswer,
    Mapping,
    MigratedTemplate,
    SomeIds,
    Started,
    check_idle,
    chosen,
    fields_in,
    foreign,
    lists_in,
    mapped,
    migrated,
    started,
    templates_in,
)
from emulator.autosend.dialect import Call
from emulator.autosend.foreign import ForeignContent, ForeignId
from emulator.autosend.migration import Selection, members_of
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.migrations import RESEND
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/migrations", tags=["Migrations"], route_class=OperationRoute)

ResendMigrationInProgress = refusal(
    400,
    "RESEND_MIGRATION_IN_PROGRESS",
    "A migration is already in progress for this project",
    inferred="text, form",
)
ResendNoItemsToMigrate = refusal(
    400, "RESEND_NO_ITEMS_TO_MIGRATE", "No items selected to migrate", inferred="text, form"
)
ResendFailedToFetchPlan = refusal(
    500,
    "RESEND_FAILED_TO_FETCH_PLAN",
    "Failed to fetch the Resend migration plan. Please check the API key.",
    inferred="text, form",
)
ResendMigrationCreationFailed = refusal(
    500,
    "RESEND_MIGRATION_CREATION_FAILED",
    "Failed to create the Resend migration. Please try again.",
    inferred="text, form",
    made_by_faults=True,
)


class ResendAccount(Body):
    resendApiKey: ApiKey


class Topic(Model):
    id: str
    name: str
    unsubscribedCount: int


class ResendPlan(Model):
    """What there is at Resend."""

    contactsCount: int
    unsubscribedCount: int
    templatesCount: int
    templates: list[ForeignTemplateAnswer]
    customFields: list[FieldAnswer]
    audiences: list[ListAnswer]
    audiencesCount: int
    topics: list[Topic]
    topicsCount: int


@router.post("/resend/plan", responses=refuses(ValidationFailed, ResendFailedToFetchPlan))
async def resend_migration_plan(call: Call, body: ResendAccount) -> MessageReply[ResendPlan]:
    """Check the key, and list what can be imported. The accounts are those of the fixture.

    https://docs.autosend.com/migration/resend
    """
    content = foreign(call, RESEND, body.resendApiKey, ResendFailedToFetchPlan)
    topics = [
        Topic(id=one.id, name=one.name, unsubscribedCount=len(one.suppressed)) for one in content.groups
    ]
    plan = ResendPlan(
        contactsCount=len(content.contacts),
        unsubscribedCount=sum(one.unsubscribed for one in content.contacts),
        templatesCount=len(content.templates),
        templates=templates_in(content),
        customFields=fields_in(content),
        audiences=lists_in(content),
        audiencesCount=len(content.lists),
        topics=topics,
        topicsCount=len(topics),
    )
    return MessageReply(message="Migration plan fetched successfully", data=plan)


class ResendMapping(Mapping):
    """A custom field, by its id or its name, and the property that it becomes."""

    resendFieldId: ForeignId | None = None
    resendFieldName: str | None = Field(None, max_length=200)

    @property
    def foreign(self) -> tuple[str | None, str | None]:
        return self.resendFieldId, self.resendFieldName


class ResendMigration(ResendAccount):
    """Everything, or what is named; less what is ignored."""

    migrateAll: bool = False
    templateIds: Ids = []
    audienceIds: Ids = []
    topicIds: Ids = []
    customFieldMappings: list[ResendMapping] = Field([], max_length=MOST_MAPPINGS)
    ignoreTemplates: bool = False
    ignoreCustomFields: bool = False
    ignoreContacts: bool = False
    ignoreAudiences: bool = False
    ignoreTopics: bool = False
    ignoreSuppressions: bool = False


@router.post(
    "/resend/migrate",
    status_code=202,
    responses=refuses(
        ValidationFailed,
        ResendMigrationInProgress,
        ResendNoItemsToMigrate,
        ResendFailedToFetchPlan,
        ResendMigrationCreationFailed,
    ),
)
async def run_resend_migration(call: Call, body: ResendMigration) -> MessageReply[Started]:
    """Begin an import; it ends ten seconds later. A project has one at a time.

    https://docs.autosend.com/migration/resend
    """
    check_idle(call, ResendMigrationInProgress)
    content = foreign(call, RESEND, body.resendApiKey, ResendFailedToFetchPlan)
    wanted = _selection(content, body)
    if wanted.is_empty:
        raise ResendNoItemsToMigrate
    return started(call, RESEND, body.resendApiKey, wanted, "Resend")


def _selection(content: ForeignContent, body: ResendMigration) -> Selection:
    """Answer what is imported: the contacts of named audiences come with them. Raises ValidationFailed."""
    is_all = body.migrateAll
    templates = chosen("templateIds", body.templateIds, content.templates, is_all=is_all)
    audiences = chosen("audienceIds", body.audienceIds, content.lists, is_all=is_all)
    topics = chosen("topicIds", body.topicIds, content.groups, is_all=is_all)
    fields = mapped(content, body.customFieldMappings, is_all=is_all)
    contacts = [one.email for one in content.contacts] if is_all else members_of(content.lists, audiences)
    unsubscribed = [one.email for one in content.contacts if one.unsubscribed and one.email in contacts]
    return Selection(
        templates=[] if body.ignoreTemplates else templates,
        lists=[] if body.ignoreAudiences else audiences,
        groups=[] if body.ignoreTopics else topics,
        fields=[] if body.ignoreCustomFields else fields,
        contacts=[] if body.ignoreContacts else contacts,
        suppressed=content.suppressed if is_all and not body.ignoreSuppressions else [],
        unsubscribed=[] if body.ignoreSuppressions else unsubscribed,
        with_entries=not body.ignoreSuppressions,
    )


class ResendTemplates(ResendAccount):
    resendTemplateIds: SomeIds
    onExistUpdateHTML: bool = False


@router.post("/resend/template", responses=refuses(ValidationFailed, ResendFailedToFetchPlan))
async def migrate_resend_templates(call: Call, body: ResendTemplates) -> MessageReply[list[MigratedTemplate]]:
    """Import templates now; one of the same name stays as it is unless `onExistUpdateHTML` says otherwise.

    https://docs.autosend.com/migration/resend
    """
    content = foreign(call, RESEND, body.resendApiKey, ResendFailedToFetchPlan)
    return migrated(call, content, "resendTemplateIds", body.resendTemplateIds, update=body.onExistUpdateHTML)
