"""Migrations from SendGrid.

https://docs.autosend.com/migration/sendgrid
"""

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

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
from emulator.autosend.foreign import ForeignContent, ForeignGroup, ForeignId
from emulator.autosend.migration import Selection, members_of
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.suppression import UNSUBSCRIBE, find_group, new_group, suppress
from emulator.autosend.tables.migrations import SENDGRID
from emulator.autosend.tables.suppressions import Suppression, SuppressionGroup
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/migrations", tags=["Migrations"], route_class=OperationRoute)

SendgridMigrationInProgress = refusal(
    400,
    "SENDGRID_MIGRATION_IN_PROGRESS",
    "A migration is already in progress for this project",
    inferred="text, form",
)
SendgridNoItemsToMigrate = refusal(
    400, "SENDGRID_NO_ITEMS_TO_MIGRATE", "No items selected to migrate", inferred="text, form"
)
SendgridFailedToFetchPlan = refusal(
    500,
    "SENDGRID_FAILED_TO_FETCH_PLAN",
    "Failed to fetch the SendGrid migration plan. Please check the API key.",
    inferred="text, form",
)
SendgridMigrationCreationFailed = refusal(
    500,
    "SENDGRID_MIGRATION_CREATION_FAILED",
    "Failed to create the SendGrid migration. Please try again.",
    inferred="text, form",
    made_by_faults=True,
)
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

RESERVED = ("email", "first_name", "last_name", "phone_number")
"""The fields that every contact has at SendGrid; which the plan names is inferred."""


class SendgridAccount(Body):
    sendgridApiKey: ApiKey


class UnsubscribeGroup(Model):
    id: str
    name: str
    description: str
    suppressionsCount: int


class SendgridPlan(Model):
    """What there is at SendGrid."""

    contactsCount: int
    templatesCount: int
    templates: list[ForeignTemplateAnswer]
    unsubscribeGroups: list[UnsubscribeGroup]
    customFields: list[FieldAnswer]
    reservedFields: list[FieldAnswer]
    contactLists: list[ListAnswer]
    contactListsCount: int


@router.post("/sendgrid/plan", responses=refuses(ValidationFailed, SendgridFailedToFetchPlan))
async def sendgrid_migration_plan(call: Call, body: SendgridAccount) -> MessageReply[SendgridPlan]:
    """Check the key, and list what can be imported. The accounts are those of the fixture.

    https://docs.autosend.com/migration/sendgrid
    """
    content = foreign(call, SENDGRID, body.sendgridApiKey, SendgridFailedToFetchPlan)
    plan = SendgridPlan(
        contactsCount=len(content.contacts),
        templatesCount=len(content.templates),
        templates=templates_in(content),
        unsubscribeGroups=[_group(one) for one in content.groups],
        customFields=fields_in(content),
        reservedFields=[FieldAnswer(id=name, name=name, type="string") for name in RESERVED],
        contactLists=lists_in(content),
        contactListsCount=len(content.lists),
    )
    return MessageReply(message="Migration plan fetched successfully", data=plan)


def _group(one: ForeignGroup) -> UnsubscribeGroup:
    return UnsubscribeGroup(
        id=one.id, name=one.name, description=one.description, suppressionsCount=len(one.suppressed)
    )


class SendgridMapping(Mapping):
    """A custom field, by its id or its name, and the property that it becomes."""

    sendgridFieldId: ForeignId | None = None
    sendgridFieldName: str | None = Field(None, max_length=200)

    @property
    def foreign(self) -> tuple[str | None, str | None]:
        return self.sendgridFieldId, self.sendgridFieldName


class SendgridMigration(SendgridAccount):
    """Everything, or what is named; less what is ignored."""

    migrateAll: bool = False
    templateIds: Ids = []
    unsubscribeGroupIds: Ids = []
    contactListIds: Ids = []
    customFieldMappings: list[SendgridMapping] = Field([], max_length=MOST_MAPPINGS)
    ignoreTemplates: bool = False
    ignoreCustomFields: bool = False
    ignoreContacts: bool = False
    ignoreUnsubscribeGroups: bool = False
    ignoreContactLists: bool = False


@router.post(
    "/sendgrid/migrate",
    status_code=202,
    responses=refuses(
        ValidationFailed,
        SendgridMigrationInProgress,
        SendgridNoItemsToMigrate,
        SendgridFailedToFetchPlan,
        SendgridMigrationCreationFailed,
    ),
)
async def run_sendgrid_migration(call: Call, body: SendgridMigration) -> MessageReply[Started]:
    """Begin an import; it ends ten seconds later. A project has one at a time.

    https://docs.autosend.com/migration/sendgrid
    """
    check_idle(call, SendgridMigrationInProgress)
    content = foreign(call, SENDGRID, body.sendgridApiKey, SendgridFailedToFetchPlan)
    wanted = _selection(content, body)
    if wanted.is_empty:
        raise SendgridNoItemsToMigrate
    return started(call, SENDGRID, body.sendgridApiKey, wanted, "SendGrid")


def _selection(content: ForeignContent, body: SendgridMigration) -> Selection:
    """Answer what is imported: the contacts of named lists come with them. Raises ValidationFailed."""
    is_all = body.migrateAll
    templates = chosen("templateIds", body.templateIds, content.templates, is_all=is_all)
    groups = chosen("unsubscribeGroupIds", body.unsubscribeGroupIds, content.groups, is_all=is_all)
    lists = chosen("contactListIds", body.contactListIds, content.lists, is_all=is_all)
    fields = mapped(content, body.customFieldMappings, is_all=is_all)
    contacts = [one.email for one in content.contacts] if is_all else members_of(content.lists, lists)
    return Selection(
        templates=[] if body.ignoreTemplates else templates,
        lists=[] if body.ignoreContactLists else lists,
        groups=[] if body.ignoreUnsubscribeGroups else groups,
        fields=[] if body.ignoreCustomFields else fields,
        contacts=[] if body.ignoreContacts else contacts,
        suppressed=content.suppressed if is_all and not body.ignoreUnsubscribeGroups else [],
    )


class SendgridTemplates(SendgridAccount):
    sendgridTemplateIds: SomeIds
    onExistUpdateHTML: bool = False


@router.post("/sendgrid/sg-template", responses=refuses(ValidationFailed, SendgridFailedToFetchPlan))
async def migrate_sendgrid_templates(
    call: Call, body: SendgridTemplates
) -> MessageReply[list[MigratedTemplate]]:
    """Import templates now; one of the same name stays as it is unless `onExistUpdateHTML` says otherwise.

    https://docs.autosend.com/migration/sendgrid
    """
    content = foreign(call, SENDGRID, body.sendgridApiKey, SendgridFailedToFetchPlan)
    return migrated(
        call, content, "sendgridTemplateIds", body.sendgridTemplateIds, update=body.onExistUpdateHTML
    )


class SendgridGroup(SendgridAccount):
    sendgridUnsubscribeGroupId: ForeignId
    addEmailsInSuppression: bool = True
    groupExist: bool = False


class EntryAnswer(Model):
    id: str
    email: str
    groupId: str


class MigratedEntries(Model):
    groupId: str
    addedCount: int
    entries: list[EntryAnswer]


class MigratedGroup(Model):
    """The group, where no address was imported."""

    id: str
    groupId: str
    name: str
    description: str
    isGlobal: bool
    isActive: bool
    suppressionCount: int
    createdAt: str
    updatedAt: str


@router.post(
    "/sendgrid/sg-unsubscribe-group",
    responses=refuses(
        ValidationFailed, SendgridFailedToFetchPlan, SendgridGroupNotFound, SendgridGroupExists
    ),
)
async def migrate_one_sendgrid_unsubscribe_group(
    call: Call, body: SendgridGroup
) -> MessageReply[MigratedEntries | MigratedGroup]:
    """Import a group under the id that it has at SendGrid, and unless told otherwise its addresses.

    https://docs.autosend.com/migration/sendgrid
    """
    content = foreign(call, SENDGRID, body.sendgridApiKey, SendgridFailedToFetchPlan)
    theirs = next((one for one in content.groups if one.id == body.sendgridUnsubscribeGroupId), None)
    if theirs is None:
        raise SendgridGroupNotFound
    own = find_group(call.db, call.project_id, theirs.id)
    if own is not None and not body.groupExist:
        raise SendgridGroupExists
    if own is None and body.groupExist:
        raise SendgridGroupNotFound
    own = own or new_group(call.turn, call.project_id, theirs.name, theirs.description, code=theirs.id)
    entries = _import_entries(call, own, theirs) if body.addEmailsInSuppression else []
    return MessageReply(
        message="Unsubscribe group migrated successfully",
        data=MigratedEntries(groupId=own.code, addedCount=len(entries), entries=entries)
        if entries
        else _group_answer(call, own),
    )


def _import_entries(call: Call, group: SuppressionGroup, theirs: ForeignGroup) -> list[EntryAnswer]:
    """Put a group's addresses into ours; answer those that were not there before."""
    before = {one.email for one in _entries(call, group)}
    suppress(call.turn, call.project_id, group.code, theirs.suppressed, UNSUBSCRIBE)
    added = [one for one in _entries(call, group) if one.email not in before]
    return [EntryAnswer(id=one.id, email=one.email, groupId=one.group_code) for one in added]


def _entries(call: Call, group: SuppressionGroup) -> list[Suppression]:
    statement = select(Suppression).where(
        Suppression.project_id == call.project_id, Suppression.group_code == group.code
    )
    return list(call.db.exec(statement.order_by(col(Suppression.created_at), col(Suppression.email))))


def _group_answer(call: Call, group: SuppressionGroup) -> MigratedGroup:
    return MigratedGroup(
        id=group.id,
        groupId=group.code,
        name=group.name,
        description=group.description,
        isGlobal=False,
        isActive=group.is_active,
        suppressionCount=len(_entries(call, group)),
        createdAt=iso_millis(group.created_at),
        updatedAt=iso_millis(group.updated_at),
    )
