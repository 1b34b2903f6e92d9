"""The entries of suppression groups: searching, adding and removing addresses."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, StringConstraints
from sqlmodel import col, or_, select

from emulator.autosend.api.suppression_groups.answers import GroupNotFound, find
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.listing import page_of
from emulator.autosend.models import Body, Model, Pagination, Reply
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.suppression import codes_of, default_code, global_code, groups_of, suppress, unsuppress
from emulator.autosend.tables.suppressions import Reason, Suppression
from emulator.autosend.values import Email, Instant, MaybeId, Moment, Whole
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import among, contains, insertion_order

router = APIRouter(prefix="/v1/suppression-groups", tags=["Suppression Groups"], route_class=OperationRoute)

MOST_EMAILS = 10_000

Address = Annotated[str, StringConstraints(to_lower=True, max_length=320)]

LATEST_FIRST = (col(Suppression.created_at).desc(), insertion_order(Suppression).desc())


class EntryFilter(Body):
    """The entries to match: those of all groups, of one group, or of the global group."""

    group_id: MaybeId = None
    reason: Reason | None = None
    is_global: bool = Field(False, description="Only entries of the global group.")


class SearchEntries(EntryFilter):
    page: Whole = Field(1, ge=1, le=1_000_000_000)
    limit: Whole = Field(20, ge=1, le=100)
    search: str | None = Field(None, max_length=320, description="A part of address, group code or reason.")
    start_date: Moment | None = None
    end_date: Moment | None = None
    email: Address | None = None


class ExportedEntry(Model):
    id: str
    email: str
    group_id: str
    reason: str
    created_at: Instant


class Entry(ExportedEntry):
    updated_at: Instant


class Entries(Model):
    entries: list[Entry]
    pagination: Pagination


@router.post("/entries", responses=refuses(ValidationFailed, GroupNotFound))
async def search_suppression_entries(call: LongCall, body: SearchEntries) -> Reply[Entries]:
    """Return a page of the entries that match all filters, the latest first.

    https://docs.autosend.com/api-reference/suppression-groups/search-entries
    """
    wanted = [*_filter_conditions(call, body), *_search_conditions(body)]
    rows, pagination = page_of(call, select(Suppression).where(*wanted).order_by(*LATEST_FIRST), body)
    return Reply(data=Entries(entries=[Entry.of(row) for row in rows], pagination=pagination))


def _filter_conditions(call: Call, body: EntryFilter) -> list[Any]:
    """Return the SQL conditions of a filter. Raises GroupNotFound."""
    groups = [find(call, body.group_id)] if body.group_id else groups_of(call.db, call.project_id)
    codes = [group.code for group in groups if group.is_global or not body.is_global]
    conditions = [Suppression.project_id == call.project_id, among(Suppression.group_code, codes)]
    return [*conditions, Suppression.reason == body.reason] if body.reason else conditions


def _search_conditions(body: SearchEntries) -> list[Any]:
    """Return the SQL conditions that a search has beside those of its filter."""
    conditions: list[Any] = []
    if body.search:
        columns = (Suppression.email, Suppression.group_code, Suppression.reason)
        conditions.append(or_(*(contains(column, body.search) for column in columns)))
    if body.email:
        conditions.append(Suppression.email == body.email)
    if body.start_date is not None:
        conditions.append(Suppression.created_at >= body.start_date)
    if body.end_date is not None:
        conditions.append(Suppression.created_at <= body.end_date)
    return conditions


@router.post("/entries/all", responses=refuses(ValidationFailed, GroupNotFound))
async def get_all_suppression_entries(call: LongCall, body: EntryFilter) -> Reply[list[ExportedEntry]]:
    """Return all entries that match, the latest first.

    https://docs.autosend.com/api-reference/suppression-groups/get-all-entries
    """
    found = call.db.exec(select(Suppression).where(*_filter_conditions(call, body)).order_by(*LATEST_FIRST))
    return Reply(data=[ExportedEntry.of(row) for row in found])


class BulkSuppress(Body):
    emails: list[Email] = Field(min_length=1, max_length=MOST_EMAILS)
    group_id: MaybeId = None
    reason: Reason = "MANUAL"
    is_global: bool = Field(False, description="Put them into the global group, whatever `groupId` says.")


class Suppressed(Model):
    suppressed: int


@router.post("/emails/suppress", responses=refuses(ValidationFailed, GroupNotFound))
async def bulk_suppress_emails(call: Call, body: BulkSuppress) -> Reply[Suppressed]:
    """Add addresses to a named, the default or the global group; return how many are new in it.

    https://docs.autosend.com/api-reference/suppression-groups/bulk-suppress
    """
    named = _named_code(call, body.group_id, is_global=body.is_global)
    code = named or default_code(call.db, call.project_id)
    number = suppress(call.turn, call.project_id, code, body.emails, body.reason)
    return Reply(data=Suppressed(suppressed=number))


def _named_code(call: Call, group_id: str | None, *, is_global: bool) -> str | None:
    """Return the code of the group that a request means, None if it names none. Raises GroupNotFound."""
    if is_global:
        return global_code(call.db, call.project_id)
    return find(call, group_id).code if group_id else None


class BulkUnsuppress(Body):
    emails: list[Address] = Field([], max_length=MOST_EMAILS)
    group_id: MaybeId = None
    is_global: bool = Field(
        False, description="Take them out of the global group only, whatever `groupId` says."
    )


class Unsuppressed(Model):
    unsuppressed: int


@router.post("/emails/unsuppress", responses=refuses(ValidationFailed, GroupNotFound))
async def bulk_unsuppress_emails(call: Call, body: BulkUnsuppress) -> Reply[Unsuppressed]:
    """Remove addresses from one group or from all; return the number of removed entries.

    https://docs.autosend.com/api-reference/suppression-groups/bulk-unsuppress
    """
    code = _named_code(call, body.group_id, is_global=body.is_global)
    number = unsuppress(call.turn, call.project_id, code, body.emails)
    return Reply(data=Unsuppressed(unsuppressed=number))


class EmailName(Body):
    email: Email


class HoldingGroup(Model):
    id: str
    """The group's code."""
    name: str
    description: str
    is_active: bool
    is_global: bool


@router.post("/email/entries", responses=refuses(ValidationFailed))
async def get_groups_of_an_email(call: Call, body: EmailName) -> Reply[list[HoldingGroup]]:
    """Return the groups that contain an address.

    https://docs.autosend.com/api-reference/suppression-groups/get-email-groups
    """
    codes = codes_of(call.db, call.project_id, body.email)
    groups = [group for group in groups_of(call.db, call.project_id) if group.code in codes]
    return Reply(data=[HoldingGroup.of(group, id=group.code) for group in groups])
