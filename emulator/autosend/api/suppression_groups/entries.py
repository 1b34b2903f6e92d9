"""The addresses in suppression groups: searching, suppressing, unsuppressing."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints
from sqlmodel import col, or_, select

from emulator.autosend.api.suppression_groups.finding import GroupNotFound, find
from emulator.autosend.dialect import Call
from emulator.autosend.listing import page_of
from emulator.autosend.models import Body, Model, Pagination, Reply
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.suppression import (
    MANUAL,
    default_code,
    global_code,
    groups_of,
    suppress,
    unsuppress,
)
from emulator.autosend.tables.suppressions import Suppression
from emulator.autosend.values import Email, Id, Moment
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains, insertion_order

router = APIRouter(prefix="/v1/suppression-groups", tags=["Suppression Groups"], route_class=OperationRoute)

MOST_EMAILS = 10_000

Reason = Literal["UNSUBSCRIBE", "BOUNCE", "COMPLAINT", "MANUAL"]
Address = Annotated[str, StringConstraints(to_lower=True, max_length=320)]


class EntryFilter(Body):
    """Which entries are meant: those of all groups, of one, or of the global one."""

    groupId: Id | None = None
    reason: Reason | None = None
    isGlobal: bool | None = Field(None, description="Only entries of the global group.")


class SearchEntries(EntryFilter):
    page: int = Field(1, ge=1, le=1_000_000_000)
    limit: int = Field(20, ge=1, le=100)
    search: str | None = Field(None, max_length=320, description="A part of address, group code or reason.")
    startDate: Moment | None = None
    endDate: Moment | None = None
    email: Address | None = None


class Entry(Model):
    id: str
    email: str
    groupId: str
    reason: str
    createdAt: str
    updatedAt: str


class Entries(Model):
    entries: list[Entry]
    pagination: Pagination


@router.post("/entries", responses=refuses(ValidationFailed, GroupNotFound))
async def search_suppression_entries(call: Call, body: SearchEntries) -> Reply[Entries]:
    """Answer a page of the suppressed addresses that fit all filters, the latest first.

    https://docs.autosend.com/api-reference/suppression-groups/search-entries
    """
    wanted = [*_meant(call, body), *_found(body)]
    rows, pagination = page_of(call, select(Suppression).where(*wanted).order_by(*_latest_first()), body)
    return Reply(data=Entries(entries=[_entry(row) for row in rows], pagination=pagination))


def _meant(call: Call, body: EntryFilter) -> list[Any]:
    """Answer the conditions of a filter. Raises GroupNotFound."""
    codes = [find(call, body.groupId).code] if body.groupId else _codes(call)
    if body.isGlobal:
        codes = [code for code in codes if code == global_code(call.db, call.project_id)]
    conditions = [Suppression.project_id == call.project_id, col(Suppression.group_code).in_(codes)]
    return [*conditions, Suppression.reason == body.reason] if body.reason else conditions


def _codes(call: Call) -> Sequence[str]:
    return [group.code for group in groups_of(call.db, call.project_id)]


def _found(body: SearchEntries) -> list[Any]:
    conditions: list[Any] = []
    if body.search:
        fields = (Suppression.email, Suppression.group_code, Suppression.reason)
        conditions.append(or_(*(contains(field, body.search) for field in fields)))
    if body.email:
        conditions.append(Suppression.email == body.email)
    if body.startDate is not None:
        conditions.append(Suppression.created_at >= body.startDate)
    if body.endDate is not None:
        conditions.append(Suppression.created_at <= body.endDate)
    return conditions


def _latest_first() -> tuple[Any, ...]:
    return col(Suppression.created_at).desc(), insertion_order(Suppression).desc()


def _entry(one: Suppression) -> Entry:
    return Entry(
        id=one.id,
        email=one.email,
        groupId=one.group_code,
        reason=one.reason,
        createdAt=iso_millis(one.created_at),
        updatedAt=iso_millis(one.updated_at),
    )


class BulkSuppress(Body):
    emails: list[Email] = Field(min_length=1, max_length=MOST_EMAILS)
    groupId: Id | None = None
    reason: Reason | None = None
    isGlobal: bool | None = Field(
        None, description="Put them into the global group, whatever `groupId` says."
    )


class Suppressed(Model):
    suppressed: int


@router.post("/emails/suppress", responses=refuses(ValidationFailed, GroupNotFound))
async def bulk_suppress_emails(call: Call, body: BulkSuppress) -> Reply[Suppressed]:
    """Put addresses into a group, the default one, or the global one; answer how many are new there.

    https://docs.autosend.com/api-reference/suppression-groups/bulk-suppress
    """
    if body.isGlobal:
        code = global_code(call.db, call.project_id)
    elif body.groupId:
        code = find(call, body.groupId).code
    else:
        code = default_code(call.db, call.project_id)
    number = suppress(call.turn, call.project_id, code, body.emails, body.reason or MANUAL)
    return Reply(data=Suppressed(suppressed=number))


class BulkUnsuppress(Body):
    emails: list[Address] | None = Field(None, max_length=MOST_EMAILS)
    groupId: Id | None = None
    isGlobal: bool | None = Field(None, description="Take them out of the global group alone.")


class Unsuppressed(Model):
    unsuppressed: int


@router.post("/emails/unsuppress", responses=refuses(ValidationFailed, GroupNotFound))
async def bulk_unsuppress_emails(call: Call, body: BulkUnsuppress) -> Reply[Unsuppressed]:
    """Take addresses out of a group, or out of all; answer how many entries that were.

    https://docs.autosend.com/api-reference/suppression-groups/bulk-unsuppress
    """
    code = find(call, body.groupId).code if body.groupId else None
    if body.isGlobal:
        code = global_code(call.db, call.project_id)
    number = unsuppress(call.turn, call.project_id, code, body.emails or [])
    return Reply(data=Unsuppressed(unsuppressed=number))


class ExportedEntry(Model):
    id: str
    email: str
    groupId: str
    reason: str
    createdAt: str


@router.post("/entries/all", responses=refuses(ValidationFailed, GroupNotFound))
async def get_all_suppression_entries(call: Call, body: EntryFilter) -> Reply[list[ExportedEntry]]:
    """Answer all entries that fit, the latest first.

    https://docs.autosend.com/api-reference/suppression-groups/get-all-entries
    """
    statement = select(Suppression).where(*_meant(call, body))
    found = call.db.exec(statement.order_by(*_latest_first()))
    entries = (dict(_entry(one)) for one in found)
    return Reply(data=[ExportedEntry.model_validate(entry) for entry in entries])


class EmailName(Body):
    email: Email


class HoldingGroup(Model):
    id: str
    """The group's code."""
    name: str
    description: str
    isActive: bool
    isGlobal: bool


@router.post("/email/entries", responses=refuses(ValidationFailed))
async def get_groups_of_an_email(call: Call, body: EmailName) -> Reply[list[HoldingGroup]]:
    """Answer the groups that hold an address.

    https://docs.autosend.com/api-reference/suppression-groups/get-email-groups
    """
    statement = select(Suppression.group_code).where(
        Suppression.project_id == call.project_id, Suppression.email == body.email
    )
    codes = set(call.db.exec(statement))
    groups = [
        HoldingGroup(
            id=group.code,
            name=group.name,
            description=group.description,
            isActive=group.is_active,
            isGlobal=group.project_id is None,
        )
        for group in groups_of(call.db, call.project_id)
        if group.code in codes
    ]
    return Reply(data=groups)
