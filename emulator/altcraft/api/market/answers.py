"""The requests and responses that the pages of the market share: rights, outcomes of imports, lists."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field
from sqlmodel.sql.expression import SelectOfScalar

from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import cursor, row_of
from emulator.altcraft.market.goods import Outcome
from emulator.altcraft.models import Asking, Code, Model
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.values import Limit
from emulator.storage.tables import Table

Shown = TypeVar("Shown")
Row = TypeVar("Row", bound=Table)

ViewCall = Annotated[Call, Policy(right="market.view")]
ListCall = Annotated[Call, Policy(right="market.view", is_long=True)]
EditCall = Annotated[Call, Policy(right="market.edit", deduplicated="by id")]
ImportCall = Annotated[Call, Policy(right="market.edit", deduplicated="by id", is_long=True)]


class MarketCode(Code):
    """The code of a success; its `error_text` is empty in the market."""

    error_text: str = ""


class Imported(Model):
    """The outcome of a row of an import."""

    external_id: str
    id: int
    error: int = 0
    error_text: str = ""


class NotImported(Model):
    external_id: str
    error: int
    error_text: str


class ImportOutcomes(MarketCode):
    result: list[Imported | NotImported]


def told(items: Sequence[Any], outcomes: Sequence[Outcome]) -> ImportOutcomes:
    """Return the response to an import, with an outcome for each item."""
    return ImportOutcomes(
        result=[_outcome(item, outcome) for item, outcome in zip(items, outcomes, strict=True)]
    )


def _outcome(item: Any, outcome: Outcome) -> Imported | NotImported:
    said = item.get("external_id") if isinstance(item, dict) else None
    name = str(said) if isinstance(said, str | int | float) and not isinstance(said, bool) else ""
    if isinstance(outcome, AltcraftError):
        return NotImported(external_id=name, error=outcome.status, error_text=outcome.message)
    return Imported(external_id=name, id=outcome)


class PageAsked(Asking):
    from_id: str = Field("", description="`next_from_id` of the page before")
    limit: Limit = Field(1000)


class Page(MarketCode, Generic[Shown]):
    next_from_id: str
    result: list[Shown]


def page(call: Call, wanted: SelectOfScalar[Row], row_id: Any, asked: PageAsked) -> tuple[list[Row], str]:
    """Return a page of the rows that a statement selects, by id, and the cursor of the next page.

    Raises IncorrectRequest for an invalid cursor.
    """
    after = wanted.where(row_id > row_of(asked.from_id)).order_by(row_id).limit(asked.limit)
    rows: list[Any] = list(call.db.exec(after))
    return rows, cursor(rows[-1].id) if rows else asked.from_id
