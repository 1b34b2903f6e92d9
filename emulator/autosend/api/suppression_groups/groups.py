"""List, Get, Create, Update and Delete Suppression Group."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import func, select

from emulator.autosend.api.suppression_groups.finding import GroupNotFound, find
from emulator.autosend.dialect import Call
from emulator.autosend.models import Body, Done, Model, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.suppression import delete_group, groups_of, new_group
from emulator.autosend.tables.suppressions import Suppression, SuppressionGroup
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/suppression-groups", tags=["Suppression Groups"], route_class=OperationRoute)

CannotDeleteGlobalGroup = refusal(
    400, "CANNOT_DELETE_GLOBAL_GROUP", "Cannot delete global suppression group", form="status"
)


GroupCode = Annotated[str, Path(alias="groupId", description="The group's short code.")]


class GroupAnswer(Model):
    """A group; `suppressionCount` is that of the project, of the global group too."""

    id: str
    groupId: str
    name: str
    description: str
    isGlobal: bool
    isActive: bool
    createdAt: str
    updatedAt: str
    suppressionCount: int


def _answer(call: Call, group: SuppressionGroup) -> GroupAnswer:
    entries = select(func.count()).where(
        Suppression.project_id == call.project_id, Suppression.group_code == group.code
    )
    return GroupAnswer(
        id=group.id,
        groupId=group.code,
        name=group.name,
        description=group.description,
        isGlobal=group.project_id is None,
        isActive=group.is_active,
        createdAt=iso_millis(group.created_at),
        updatedAt=iso_millis(group.updated_at),
        suppressionCount=call.db.exec(entries).one(),
    )


class Groups(Model):
    groups: list[GroupAnswer]


@router.get("", responses=refuses(ValidationFailed))
async def list_suppression_groups(
    call: Call,
    onlyGlobal: bool = False,  # noqa: FBT001, FBT002 -- a query parameter
    includeGlobal: bool = False,  # noqa: FBT001, FBT002 -- a query parameter
) -> Reply[Groups]:
    """Answer the groups of the project, with the global one, or that one alone.

    https://docs.autosend.com/api-reference/suppression-groups/list
    """
    wanted = {True} if onlyGlobal else {False, includeGlobal}
    found = [group for group in groups_of(call.db, call.project_id) if (group.project_id is None) in wanted]
    return Reply(data=Groups(groups=[_answer(call, group) for group in found]))


@router.get("/{groupId}", responses=refuses(GroupNotFound))
async def get_suppression_group(call: Call, group_id: GroupCode) -> Reply[GroupAnswer]:
    """Answer one group.

    https://docs.autosend.com/api-reference/suppression-groups/get
    """
    return Reply(data=_answer(call, find(call, group_id)))


class GroupFields(Body):
    description: str | None = Field(None, max_length=1000)
    isActive: bool | None = Field(None, description="True where it is missing.")


class CreateGroup(GroupFields):
    name: str = Field(min_length=1, max_length=200)


@router.post("", responses=refuses(ValidationFailed))
async def create_suppression_group(call: Call, body: CreateGroup) -> Reply[GroupAnswer]:
    """Make a group of the project; the server gives it a code.

    https://docs.autosend.com/api-reference/suppression-groups/create
    """
    group = new_group(
        call.turn,
        call.project_id,
        body.name,
        body.description or "",
        is_active=body.isActive is not False,
    )
    return Reply(data=_answer(call, group))


class UpdateGroup(GroupFields):
    name: str | None = Field(None, min_length=1, max_length=200)


@router.put("/{groupId}", responses=refuses(GroupNotFound, ValidationFailed))
async def update_suppression_group(call: Call, group_id: GroupCode, body: UpdateGroup) -> Reply[GroupAnswer]:
    """Change the given fields of a group. One that is not said to be inactive becomes active.

    https://docs.autosend.com/api-reference/suppression-groups/update
    """
    group = find(call, group_id)
    group.name = body.name or group.name
    if body.description is not None:
        group.description = body.description
    group.is_active = body.isActive is not False
    group.updated_at = call.now
    call.db.add(group)
    return Reply(data=_answer(call, group))


@router.delete("/{groupId}", responses=refuses(GroupNotFound, CannotDeleteGlobalGroup))
async def delete_suppression_group(call: Call, group_id: GroupCode) -> Done:
    """Delete a group of the project, and the entries in it (inferred).

    https://docs.autosend.com/api-reference/suppression-groups/delete
    """
    group = find(call, group_id)
    if group.project_id is None:
        raise CannotDeleteGlobalGroup
    delete_group(call.turn, group)
    return Done(message="Suppression group deleted successfully")
