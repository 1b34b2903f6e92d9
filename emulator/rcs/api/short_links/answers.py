"""The paging of short links, domains and clicks."""

from typing import Annotated, Any, TypeVar

from pydantic import Field
from sqlmodel import col, select

from emulator.rcs import listing
from emulator.rcs.dialect import Call
from emulator.rcs.models import Body
from emulator.rcs.periods import whole_days
from emulator.rcs.tables.short_links import ShortClick, ShortDomain, ShortLink
from emulator.rcs.values import Integer, MomentOrDay, one_of
from emulator.storage.tables import insertion_order

Row = TypeVar("Row", ShortClick, ShortDomain, ShortLink)
PAGES = (10, 20, 50, 100, 200, 500)


class Paged(Body):
    """The query for a page of things made from the day of `from` to that of `to`, both included."""

    page: Annotated[Integer, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[Integer, one_of(PAGES)] = 20
    since: MomentOrDay = Field(alias="from")
    until: MomentOrDay = Field(alias="to")

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    @property
    def limit(self) -> int:
        return self.per_page

    @property
    def way(self) -> listing.Way:
        return "desc"


def page_of(call: Call, table: type[Row], query: Paged, *conditions: Any) -> tuple[list[Row], int]:
    """Return a page of the rows of a query's days, the newest first, and their number on all pages."""
    days = whole_days(query.since, query.until, call.now)
    wanted = select(table).where(col(table.created_at).between(*days), *conditions)
    order = col(table.created_at), insertion_order(table)
    rows, meta = listing.page_of(call, wanted, order, query)
    return rows, meta.page.total
