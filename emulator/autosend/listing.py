"""Finds a row of the request's project, and pages through many rows."""

from typing import Any, Protocol, TypeVar

from sqlmodel import func
from sqlmodel.sql.expression import SelectOfScalar

from emulator.autosend.dialect import Call
from emulator.autosend.models import Pagination
from emulator.autosend.refusals import AutoSendError
from emulator.storage.tables import Table


class Owned(Protocol):
    """A row that belongs to a project."""

    project_id: str


OwnedRow = TypeVar("OwnedRow", bound=Owned)
Row = TypeVar("Row", bound=Table)


def find(
    call: Call, table: type[OwnedRow], row_id: str, missing: AutoSendError | type[AutoSendError]
) -> OwnedRow:
    """Return the project's row with this id. Raises `missing` for a deleted row and for any other id."""
    row: OwnedRow | None = call.db.get(table, row_id)
    if row is None or row.project_id != call.project_id or getattr(row, "deleted_at", None) is not None:
        raise missing
    return row


class Paging(Protocol):
    """The part of a query that says which page is wanted."""

    page: int
    limit: int


def page_of(call: Call, wanted: SelectOfScalar[Row], paging: Paging) -> tuple[list[Row], Pagination]:
    """Return a page of the rows that a statement selects, and the response's description of the pages."""
    counting: Any = wanted.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    total: int = call.db.exec(counting).one()
    rows = call.db.exec(wanted.offset((paging.page - 1) * paging.limit).limit(paging.limit))
    pages = -(-total // paging.limit)
    return list(rows), Pagination(page=paging.page, limit=paging.limit, total=total, pages=pages)
