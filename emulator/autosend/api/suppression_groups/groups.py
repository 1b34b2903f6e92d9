"""List, Get, Create, Update and Delete Suppression Group."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlmodel import col, func, select

from emulator.autosend.api.suppression_groups.answers import GroupNotFound, find
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.limits import Description, Name
from emulator.autosend.models import Body, Done, Model, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.suppression import delete_group, groups_of, new_group
from emulator.autosend.tables.suppressions import Suppression, SuppressionGroup
from emulator.autosend.values import Flag, Instant
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import among

router = APIRouter(prefix="/v1/suppression-groups", tags=["Suppression Groups"], route_class=OperationRoute)

CannotDeleteGlobalGroup = refusal(
    400, "CANNOT_DELETE_GLOBAL_GROUP", "Cannot delete global suppression group", form="status"
)


GroupCode = Annotated[str, Path(alias="groupId", description="The group's short code.")]


class GroupAnswer(Model):
    """A group. `suppressionCount` counts only the project's entries, in the global group too."""

    id: str
    group_id: str
    name: str
    description: str
    is_global: bool
    is_active: bool
    created_at: Instant
    updated_at: Instant
    suppression_count: int


def _answers(call: Call, groups: Sequence[SuppressionGroup]) -> list[GroupAnswer]:
    entries = select(Suppression.group_code, func.count()).where(
        Suppression.project_id == call.project_id,
        among(col(Suppression.group_code), [group.code for group in groups]),
    )
    counts = dict(call.db.exec(entries.group_by(col(Suppression.group_code))).all())
    return [GroupAnswer.of(group, suppression_count=counts.get(group.code, 0)) for group in groups]


def _answer(call: Call, group: SuppressionGroup) -> GroupAnswer:
    return _answers(call, [group])[0]


class GroupFilters(Parameters):
    """The query parameters of List Suppression Groups."""

    only_global: Flag = False
    include_global: Flag = False


class Groups(Model):
    groups: list[GroupAnswer]


@router.get("", responses=refuses(ValidationFailed))
async def list_suppression_groups(call: Call, filters: Annotated[GroupFilters, Query()]) -> Reply[Groups]:
    """Return the groups of the project, if wanted with the global one, or only the global one.

    https://docs.autosend.com/api-reference/suppression-groups/list
    """
    wanted = {True} if filters.only_global else {False, filters.include_global}
    found = [group for group in groups_of(call.db, call.project_id) if group.is_global in wanted]
    return Reply(data=Groups(groups=_answers(call, found)))


@router.get("/{groupId}", responses=refuses(GroupNotFound))
async def get_suppression_group(call: Call, group_id: GroupCode) -> Reply[GroupAnswer]:
    """Return one group.

    https://docs.autosend.com/api-reference/suppression-groups/get
    """
    return Reply(data=_answer(call, find(call, group_id)))


class GroupFields(Body):
    description: Description = ""
    is_active: bool = True


class CreateGroup(GroupFields):
    name: Name


@router.post("", responses=refuses(ValidationFailed))
async def create_suppression_group(call: Call, body: CreateGroup) -> Reply[GroupAnswer]:
    """Create a group of the project, with a new code.

    https://docs.autosend.com/api-reference/suppression-groups/create
    """
    group = new_group(call.turn, call.project_id, body.name, body.description, is_active=body.is_active)
    return Reply(data=_answer(call, group))


class UpdateGroup(GroupFields):
    name: Name = Field(default_factory=str)


@router.put("/{groupId}", responses=refuses(GroupNotFound, ValidationFailed))
async def update_suppression_group(call: Call, group_id: GroupCode, body: UpdateGroup) -> Reply[GroupAnswer]:
    """Change the given fields of a group. It becomes active unless `isActive` is false.

    https://docs.autosend.com/api-reference/suppression-groups/update
    """
    group = find(call, group_id)
    group.sqlmodel_update(body.said())
    group.is_active, group.updated_at = body.is_active, call.now
    return Reply(data=_answer(call, group))


@router.delete("/{groupId}", responses=refuses(GroupNotFound, CannotDeleteGlobalGroup))
async def delete_suppression_group(call: LongCall, group_id: GroupCode) -> Done:
    """Delete a group of the project, and the entries in it (inferred).

    https://docs.autosend.com/api-reference/suppression-groups/delete
    """
    group = find(call, group_id)
    if group.is_global:
        raise CannotDeleteGlobalGroup
    delete_group(call.turn, group)
    return Done(message="Suppression group deleted successfully")
