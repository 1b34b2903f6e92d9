"""List, Get, Create and Delete Contact List."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field, SkipValidation, ValidationError, WithJsonSchema

from emulator.autosend import removal
from emulator.autosend.api.contact_lists.answers import ContactListNotFound, GlobalContactListIsFixed, ListId
from emulator.autosend.audience import DEEPEST, contact_count, count_contacts, find_list, lists_of, nesting
from emulator.autosend.complaints import problem_details
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.filters import FilterCriteria, FilterGroup
from emulator.autosend.limits import LONGEST_LIST_NAME, ListDescription
from emulator.autosend.listing import find
from emulator.autosend.models import Body, MessageReply, Model, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.sending import entering
from emulator.autosend.tables.account import made_in
from emulator.autosend.tables.contacts import GLOBAL_LIST, GLOBAL_NAME, ContactList, ValueType
from emulator.autosend.values import MaybeId, MaybeInstant, is_none
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


class ContactListAnswer(Model):
    """A list or segment. Only segments have a filter and a parent. The global list has no dates."""

    id: str
    name: str
    description: str
    type: str
    contact_count: int
    filter_criteria: dict[str, Any] | None = Field(None, exclude_if=is_none)
    parent_id: str | None = Field(None, exclude_if=is_none)
    created_at: MaybeInstant = Field(None, exclude_if=is_none)
    updated_at: MaybeInstant = Field(None, exclude_if=is_none)


def _answer(call: Call, one: ContactList) -> ContactListAnswer:
    return ContactListAnswer.of(one, contact_count=contact_count(call.db, one))


def _global_answer(call: Call) -> ContactListAnswer:
    return ContactListAnswer(
        id=GLOBAL_LIST,
        name=GLOBAL_NAME,
        description="All contacts in the project",
        type="list",
        contact_count=count_contacts(call.db, call.project_id),
    )


class ContactLists(Model):
    lists: list[ContactListAnswer]


@router.get("", responses=refuses(InvalidListType))
async def list_contact_lists(
    call: LongCall,
    type: Annotated[str | None, WithJsonSchema({"enum": TYPES})] = None,  # noqa: A002 -- AutoSend's name
) -> Reply[ContactLists]:
    """Return all lists and segments. The global list comes first; it is no segment (inferred).

    https://docs.autosend.com/api-reference/contact-lists/list
    """
    if type is not None and type not in TYPES:
        raise InvalidListType
    found = [_answer(call, one) for one in lists_of(call.db, call.project_id) if type in {None, one.type}]
    first = [] if type == "segment" else [_global_answer(call)]
    return Reply(data=ContactLists(lists=first + found))


@router.get("/{contactListId}", responses=refuses(ContactListNotFound))
async def get_contact_list(call: LongCall, contact_list_id: ListId) -> Reply[ContactListAnswer]:
    """Return one list or segment.

    https://docs.autosend.com/api-reference/contact-lists/get
    """
    if contact_list_id == GLOBAL_LIST:
        return Reply(data=_global_answer(call))
    return Reply(data=_answer(call, find(call, ContactList, contact_list_id, ContactListNotFound)))


class SegmentCondition(FilterGroup):
    """A condition of a segment. The type of its field is required."""

    fieldType: ValueType


class SegmentFilter(FilterCriteria):
    """The conditions of a segment. At least one is required."""

    logicalOperator: Literal["AND", "OR"]
    groups: list[SegmentCondition] = Field(min_length=1, max_length=100)  # type: ignore[assignment]


class CreateContactList(Body):
    """A new list or segment. For a list, a filter and a parent are ignored (inferred)."""

    model_config = ConfigDict(json_schema_extra={"required": ["name"]})

    name: Annotated[Any, WithJsonSchema({"type": "string", "maxLength": LONGEST_LIST_NAME})] = None
    type: Annotated[Any, WithJsonSchema({"enum": TYPES, "default": "list"})] = None
    description: ListDescription | None = None
    filter_criteria: Annotated[SegmentFilter | None, SkipValidation] = None
    parent_id: MaybeId = None


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
async def create_contact_list(call: LongCall, body: CreateContactList) -> Reply[ContactListAnswer]:
    """Create an empty list, or a segment of the contacts that match a filter.

    https://docs.autosend.com/api-reference/contact-lists/create
    """
    made = ContactList(
        id=call.turn.ids.hex("autosend.contact_list"),
        name=_checked_name(body.name),
        description=body.description or "",
        type=_checked_type(body.type),
        **made_in(call.project_id, call.now),
    )
    if made.type == "segment":
        _apply_filter(call, made, body)
    if made.name in {GLOBAL_NAME, *(one.name for one in lists_of(call.db, call.project_id))}:
        raise ContactListAlreadyExists
    call.db.add(made)
    return Reply(data=_answer(call, made))


def _checked_name(name: Any) -> str:
    """Return the name of a list. Raises ListNameRequired and ValidationFailed."""
    if not isinstance(name, str) or not name.strip():
        raise ListNameRequired
    if len(name) > LONGEST_LIST_NAME:
        raise ValidationFailed(("name", f"name must be at most {LONGEST_LIST_NAME} characters"))
    return name


def _checked_type(type_: Any) -> str:
    if type_ is None:
        return "list"
    if type_ not in TYPES:
        raise InvalidListType
    return str(type_)


def _apply_filter(call: Call, segment: ContactList, body: CreateContactList) -> None:
    """Set a segment's filter and parent. Raises ValidationFailed."""
    if body.filter_criteria is None:
        raise ValidationFailed(("filterCriteria", "filterCriteria is required"))
    segment.filter = _checked_filter(body.filter_criteria)
    segment.parent_id = body.parent_id
    if segment.parent_id is None or segment.parent_id == GLOBAL_LIST:
        return
    parent = find_list(call.db, call.project_id, segment.parent_id)
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
    filter_criteria: dict[str, Any] | None
    contact_count: int
    created_at: MaybeInstant
    updated_at: MaybeInstant
    parent_id: str | None


@router.delete(
    "/{contactListId}",
    responses=refuses(ContactListNotFound, CannotDeleteContactListInUse, GlobalContactListIsFixed),
)
async def delete_contact_list(call: LongCall, contact_list_id: ListId) -> MessageReply[DeletedContactList]:
    """Delete a list or segment, unless an active automation uses it or a segment inside of it (inferred).

    Segments inside of it stay as they are.

    https://docs.autosend.com/api-reference/contact-lists/delete
    """
    if contact_list_id == GLOBAL_LIST:
        raise GlobalContactListIsFixed
    one = find(call, ContactList, contact_list_id, ContactListNotFound)
    if removal.is_list_used(call.db, one):
        raise CannotDeleteContactListInUse
    one.deleted_at = call.now
    entering.list_deleted(call.turn, one)
    deleted = DeletedContactList.of(one, contact_count=contact_count(call.db, one))
    return MessageReply(data=deleted, message="Contact list deleted successfully")
