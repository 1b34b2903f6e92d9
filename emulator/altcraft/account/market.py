"""The market of a fixture: settings, goods and orders, stored and refused by the same rules as imports."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlmodel import select

from emulator.altcraft.market.goods import Outcome, store_goods
from emulator.altcraft.market.orders import import_orders
from emulator.altcraft.market.rows import (
    ExternalId,
    GoodsRow,
    LineRow,
    NewCategory,
    NewField,
    NewLineStatus,
    OrderRow,
    RegionalRow,
)
from emulator.altcraft.market.settings import (
    define_categories,
    define_fields,
    define_line_statuses,
    what_is_known,
)
from emulator.altcraft.models import Body
from emulator.altcraft.people.writing import Writing
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.tables.market import Market
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Listed
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, In, Place, Unique, repeated


def _known(parts: object, model: type[Body]) -> object:
    """Return the parts. Raises ValueError for a name that the model does not have, such as a typing error."""
    for part in parts if isinstance(parts, list) else []:
        unknown = sorted(part.keys() - model.model_fields.keys(), key=str) if isinstance(part, dict) else []
        if unknown:
            raise ValueError(f"{unknown[0]} is not known")
    return parts


class CustomFieldFixture(NewField, Fixture):
    """A custom field of products, SKUs, orders or order lines."""


class CategoryFixture(NewCategory, Fixture):
    """A category of products and SKUs."""

    external_id: Annotated[ExternalId, Unique()]


class LineStatusFixture(NewLineStatus, Fixture):
    """A status of order lines beside the standard ones."""

    external_id: Annotated[ExternalId, Unique()]


class ProductFixture(GoodsRow, Fixture):
    """A product, or the SKU of a product, as an import has it."""

    external_id: Annotated[ExternalId, Unique()]
    regional_data: Annotated[Listed[RegionalRow], BeforeValidator(partial(_known, model=RegionalRow))] = []


class OrderFixture(OrderRow, Fixture):
    """An order as an import has it; its profile is found by `email`, or another match value."""

    external_id: Annotated[ExternalId, Unique()]
    lines: Annotated[Listed[LineRow], BeforeValidator(partial(_known, model=LineRow))] = Field(min_length=1)


class MarketFixture(Fixture):
    database_id: Annotated[int, In("databases")] = Field(alias="database")
    currencies: list[str] = Field(min_length=1)
    regions: list[str] = []
    touchpoints: list[str] = Field(min_length=1)
    """The names that the `endpoint` of an order may have."""
    order_statuses: list[str] = []
    """Statuses of orders beside the standard ones."""
    line_statuses: list[LineStatusFixture] = []
    custom_fields: list[CustomFieldFixture] = []
    categories: list[CategoryFixture] = []
    products: list[ProductFixture] = []
    """Products, and SKUs, which name a product."""
    orders: list[OrderFixture] = []

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield custom fields whose id another field of the same entity type has."""
        for place in repeated((one.entity_type, one.external_id) for one in self.custom_fields):
            reason = f"another one has the same external_id: {self.custom_fields[place].external_id}"
            yield ("custom_fields", place, "external_id"), reason


def load_market(turn: Turn, market: MarketFixture) -> None:
    """Store the market; databases and resources are there before. Raises FixtureError for what is refused."""
    turn.session.add(market.row(Market))
    definitions: dict[str, Callable[[], None]] = {
        "custom_fields": partial(define_fields, turn, market.custom_fields),
        "line_statuses": partial(define_line_statuses, turn, market.line_statuses),
        "categories": partial(define_categories, turn, market.categories),
    }
    for name, define in definitions.items():
        try:
            define()
        except AltcraftError as problem:
            raise market.wrong(problem, name, *_number(problem)) from problem
    known = what_is_known(turn.session)
    _check(market.products, store_goods(turn, known, market.products))
    database = turn.session.get_one(Database, market.database_id)
    resources = {one.id: one for one in turn.session.exec(select(Resource))}
    writing = Writing(database, resources, "import", is_silent=True)
    _check(market.orders, import_orders(turn, known, writing, market.orders))


def _number(problem: AltcraftError) -> list[int]:
    """Return the index of the definition that a refusal is about, taken from its place; empty without one."""
    found = re.match(r"[a-z_]+\.([0-9]+)\.", str(problem.values[0]))
    return [int(found[1])] if found else []


def _check(rows: Sequence[Fixture], outcomes: Sequence[Outcome]) -> None:
    """Raise FixtureError for the first row that is not stored."""
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome, AltcraftError):
            raise row.wrong(outcome)
