"""Finding the row that a path names, and paging through many."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import Field
from sqlmodel import func
from sqlmodel.sql.expression import SelectOfScalar

from emulator.rcs import refusals
from emulator.rcs.dialect import Call
from emulator.rcs.models import Body, Meta, PageInfo
from emulator.rcs.values import MAX_ID, Integer, between
from emulator.storage.tables import Table

Row = TypeVar("Row", bound=Table)

Offset = Annotated[Integer, Field(ge=0, le=MAX_ID)]
Limit = Annotated[Integer, between(15, 500)]
"""The number of rows on a page of tariffs, contacts, lists or stop-listed phones."""

Way = Literal["asc", "desc"]


def find(
    call: Call,
    table: type[Row],
    key: int | str | None,
    missing: type[refusals.RcsError] = refusals.ModelNotFound,
) -> Row:
    """Return the row with this key. Raises `missing` for None, and if there is no such row."""
    row: Row | None = None if key is None else call.db.get(table, key)
    if row is None:
        raise missing
    return row


class InOrderOfIds(Body):
    """The parameters that choose a page of a list that has a fixed order."""

    offset: Offset = Field(0, alias="page[offset]")
    limit: Limit = Field(50, alias="page[limit]")

    @property
    def way(self) -> Way:
        return "asc"


class Paging(Protocol):
    """The parameters that choose a page, in ascending or descending order."""

    @property
    def offset(self) -> int: ...
    @property
    def limit(self) -> int: ...
    @property
    def way(self) -> Way: ...


def page_of(
    call: Call, wanted: SelectOfScalar[Row], order: Sequence[Any], paging: Paging
) -> tuple[list[Row], Meta]:
    """Return a page of the rows that a statement selects, with the `meta` of the response."""
    counting: Any = wanted.with_only_columns(func.count(), maintain_column_froms=True)
    total: int = call.db.exec(counting).one()
    columns = [column.desc() if paging.way == "desc" else column for column in order]
    rows = call.db.exec(wanted.order_by(*columns).offset(paging.offset).limit(paging.limit))
    return list(rows), Meta(page=PageInfo(total=total, limit=paging.limit, offset=paging.offset))
