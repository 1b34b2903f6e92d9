"""The paging of short links, domains and clicks."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field
from sqlmodel import col, func
from sqlmodel.sql.expression import SelectOfScalar

from emulator.rcs.dialect import Call
from emulator.rcs.models import Body
from emulator.rcs.periods import whole_days
from emulator.rcs.values import Integer, MomentOrDay, one_of

Row = TypeVar("Row")
PAGES = (10, 20, 50, 100, 200, 500)


class Paged(Body):
    """The query for a page of things made from the day of `from` to that of `to`, both included."""

    page: Annotated[Integer, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[Integer, one_of(PAGES)] = 20
    since: MomentOrDay = Field(alias="from")
    until: MomentOrDay = Field(alias="to")


def page_of(
    call: Call, wanted: SelectOfScalar[Row], created_at: Any, query: Paged, order: Sequence[Any]
) -> tuple[list[Row], int]:
    """Return a page of the rows that a statement selects, the newest first, and their number on all pages."""
    wanted = wanted.where(col(created_at).between(*whole_days(query.since, query.until, call.now)))
    counting: Any = wanted.with_only_columns(func.count(), maintain_column_froms=True)
    rows = call.db.exec(
        wanted.order_by(*order).offset((query.page - 1) * query.per_page).limit(query.per_page)
    )
    return list(rows), int(call.db.exec(counting).one())
