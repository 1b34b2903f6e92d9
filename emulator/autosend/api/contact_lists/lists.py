"""List, Get, Create and Delete Contact List."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field, SkipValidation, StringConstraints, ValidationError, WithJsonSchema
from sqlmodel import col, func, select

from emulator.autosend.api.contact_lists.finding import (
    ContactListNotFound,
    GlobalContactListIsFixed,
    ListId,
    find,
    is_none,
)
from emulator.autosend.audience import DEEPEST, contact_count, count_contacts, find_list, lists_of, nesting
from emulator.autosend.dialect import Call
from emulator.autosend.filters import FilterCriteria, FilterGroup
from emulator.autosend.models import Body, MessageReply, Model, Reply
from emulator.autosend.refusals import ValidationFailed, problem_details, refusal
from emulator.autosend.tables.automations import Automation
from emulator.autosend.tables.contacts import GLOBAL_LIST, ContactList
from emulator.autosend.values import Id
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/contact-lists", tags=["Contact Lists"], route_class=OperationRoute)

ListNameRequired = refusal(400, "LIST_NAME_REQUIRED", "List name is required")
InvalidListType = refusal(400, "INVALID_LIST_TYPE", 'Invalid list type. Must be either "list" or "segment"')
ContactListAlreadyExists = refusal(
    409,
    "CONTACT_LIST_ALREADY_EXISTS",
    "A contact list with this name already exists in the project",
    inferred="all",
)
ContactListCreationFailed = refusal(
    500, "", "Failed to create contact list", made_by_faults=True, name="ContactListCreationFailed"
)
CannotDeleteContactListInUse = refusal(
    400,
    "CANNOT_DELETE_CONTACT_LIST_IN_USE",
    "Cannot delete contact list as it is used in active resources.",
    form="status",
)

TYPES = ("list", "segment")
GLOBAL_NAME = "All Contacts"
LONGEST_NAME = 200


class ContactListAnswer(Model):
    """A list or segment. The global list has no dates; only segments have what is about segments."""

    id: str
    name: str
    description: str
    type: str
    contactCount: int
    filterCriteria: dict[str, Any] | None = Field(None, exclude_if=is_none)
    parentId: str | None = Field(None, exclude_if=is_none)
    createdAt: str | None = Field(None, exclude_if=is_none)
    updatedAt: str | None = Field(None, exclude_if=is_none)


def _answer(call: Call, one: ContactList) -> ContactListAnswer:
    return ContactListAnswer(
        id=one.id,
        name=one.name,
        description=one.description,
        type=one.type,
        contactCount=contact_count(call.db, one),
        filterCriteria=one.filter or None,
        parentId=one.parent_id,
        createdAt=iso_millis(one.created_at),
        updatedAt=iso_millis(one.updated_at),
    )


def _global_answer(call: Call) -> ContactListAnswer:
    return ContactListAnswer(
        id=GLOBAL_LIST,
        name=GLOBAL_NAME,
        description="All contacts in the project",
        type="list",
        contactCount=count_contacts(call.db, call.project_id),
    )


class ContactLists(Model):
    lists: list[ContactListAnswer]


@router.get("", responses=refuses(InvalidListType))
async def list_contact_lists(
    call: Call,
    type: Annotated[str | None, WithJsonSchema({"enum": TYPES})] = None,  # noqa: A002 -- AutoSend's name
) -> Reply[ContactLists]:
    """Answer all lists and segments, the list of all contacts first; of segments alone it is none (inferred).

    https://docs.autosend.com/api-reference/contact-lists/list
    """
    if type is not None and type not in TYPES:
        raise InvalidListType
    found = [_answer(call, one) for one in lists_of(call.db, call.project_id) if type in {None, one.type}]
    first = [] if type == "segment" else [_global_answer(call)]
    return Reply(data=ContactLists(lists=first + found))


@router.get("/{contactListId}", responses=refuses(ContactListNotFound))
async def get_contact_list(call: Call, contact_list_id: ListId) -> Reply[ContactListAnswer]:
    """Answer one list or segment.

    https://docs.autosend.com/api-reference/contact-lists/get
    """
    if contact_list_id == GLOBAL_LIST:
        return Reply(data=_global_answer(call))
    return Reply(data=_answer(call, find(call, contact_list_id)))


class Condition(FilterGroup):
    fieldType: Literal["string", "number", "boolean", "date"]


class SegmentFilter(FilterCriteria):
    logicalOperator: Literal["AND", "OR"]
    groups: list[Condition] = Field(min_length=1, max_length=100)  # type: ignore[assignment]


class CreateContactList(Body):
    """What is only of segments is ignored on lists (inferred)."""

    name: Annotated[Any, WithJsonSchema({"type": "string", "maxLength": LONGEST_NAME})] = None
    type: Annotated[Any, WithJsonSchema({"enum": TYPES, "default": "list"})] = None
    description: Annotated[str, StringConstraints(max_length=500)] | None = None
    filterCriteria: Annotated[SegmentFilter | None, SkipValidation] = None
    parentId: Id | None = None


@router.post(
    "",
    responses=refuses(
        ValidationFailed,
        ListNameRequired,
        InvalidListType,
        ContactListAlreadyExists,
        ContactListCreationFailed,
    ),
)
async def create_contact_list(call: Call, body: CreateContactList) -> Reply[ContactListAnswer]:
    """Make an empty list, or a segment of whoever fits a filter.

    https://docs.autosend.com/api-reference/contact-lists/create
    """
    made = ContactList(
        id=call.turn.ids.hex("autosend.contact_list"),
        project_id=call.project_id,
        name=_checked_name(body.name),
        description=body.description or "",
        type=_known_type(body.type),
        created_at=call.now,
        updated_at=call.now,
    )
    if made.type == "segment":
        _filter_by(call, made, body)
    if made.name in {GLOBAL_NAME, *(one.name for one in lists_of(call.db, call.project_id))}:
        raise ContactListAlreadyExists
    call.db.add(made)
    return Reply(data=_answer(call, made))


def _checked_name(name: Any) -> str:
    """Answer the name of a list. Raises the refusal of what can be none."""
    if not isinstance(name, str) or not name.strip():
        raise ListNameRequired
    if len(name) > LONGEST_NAME:
        raise ValidationFailed(("name", f"Must have at most {LONGEST_NAME} characters"))
    return name


def _known_type(type_: Any) -> str:
    if type_ is None:
        return "list"
    if not isinstance(type_, str) or type_ not in TYPES:
        raise InvalidListType
    return type_


def _filter_by(call: Call, segment: ContactList, body: CreateContactList) -> None:
    """Let a segment have its filter, and its parent. Raises ValidationFailed."""
    if body.filterCriteria is None:
        raise ValidationFailed(("filterCriteria", "Required for a segment"))
    segment.filter = _checked_filter(body.filterCriteria)
    segment.parent_id = body.parentId or None
    if segment.parent_id in {None, GLOBAL_LIST}:
        return
    parent = find_list(call.db, call.project_id, segment.parent_id or "")
    if parent is None:
        raise ValidationFailed(("parentId", "Contact list not found"))
    if nesting(call.db, parent) >= DEEPEST:
        raise ValidationFailed(("parentId", f"Segments can be nested {DEEPEST} deep"))


def _checked_filter(criteria: Any) -> dict[str, Any]:
    try:
        return SegmentFilter.model_validate(criteria).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise ValidationFailed(*problem_details(error.errors(), "body", "filterCriteria")) from None


class DeletedContactList(Model):
    id: str
    name: str
    description: str
    type: str
    filterCriteria: dict[str, Any] | None
    contactCount: int
    createdAt: str | None
    updatedAt: str | None
    parentId: str | None


@router.delete(
    "/{contactListId}",
    responses=refuses(ContactListNotFound, CannotDeleteContactListInUse, GlobalContactListIsFixed),
)
async def delete_contact_list(call: Call, contact_list_id: ListId) -> MessageReply[DeletedContactList]:
    """Delete a list or segment that no active automation uses; segments inside of it stay as they are.

    https://docs.autosend.com/api-reference/contact-lists/delete
    """
    if contact_list_id == GLOBAL_LIST:
        raise GlobalContactListIsFixed
    one = find(call, contact_list_id)
    if _is_in_use(call, one):
        raise CannotDeleteContactListInUse
    answer = _answer(call, one)
    one.deleted_at = call.now
    call.db.add(one)
    fields = {name: getattr(answer, name) for name in DeletedContactList.model_fields}
    return MessageReply(data=DeletedContactList(**fields), message="Contact list deleted successfully")


def _is_in_use(call: Call, one: ContactList) -> bool:
    statement = select(Automation.id).where(
        Automation.project_id == call.project_id,
        Automation.status == "active",
        col(Automation.deleted_at).is_(None),
        func.json_extract(Automation.entry, "$.type") == "contact_added_to_list",
        func.json_extract(Automation.entry, "$.contactListId") == one.id,
    )
    return call.db.exec(statement).first() is not None
