"""Products and their SKUs: stored many at a time, and deleted.

https://guides.altcraft.com/en/developer-guide/market/products-and-sku
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlmodel import Session, col, or_, select

from emulator.altcraft.market.custom_fields import FieldsById, read_all, read_said
from emulator.altcraft.market.rows import GoodsRow, RegionalRow
from emulator.altcraft.market.settings import Known
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.tables.market import Goods, Product, Sku
from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among

GoodsTable = TypeVar("GoodsTable", bound=Goods)

Outcome = int | AltcraftError
"""The outcome of a row of an import: the id of its object, or the error for which nothing was stored."""


def stored_goods(
    session: Session, table: type[GoodsTable], external_ids: Collection[str]
) -> dict[str, GoodsTable]:
    """Return the products or SKUs with these external ids, by external id."""
    wanted = select(table).where(among(table.external_id, list(external_ids)))
    return {one.external_id: one for one in session.exec(wanted)}


def store_goods(turn: Turn, known: Known, rows: Sequence[GoodsRow | AltcraftError]) -> list[Outcome]:
    """Make or change products and SKUs; return the outcome of each row, in order.

    A row that names a product is a SKU. All products are stored before the first SKU, and a SKU's product is
    made if it does not exist. Fields that a row leaves out are not changed.
    """
    good = [(place, row) for place, row in enumerate(rows) if isinstance(row, GoodsRow)]
    good.sort(key=lambda one: one[1].product_external_id is not None)
    storing = _Storing(turn, known, [row for _, row in good])
    outcomes: dict[int, Outcome] = {}
    for place, row in good:
        try:
            outcomes[place] = storing.store(row)
        except AltcraftError as error:
            outcomes[place] = error.kept()
    return [row if isinstance(row, AltcraftError) else outcomes[place] for place, row in enumerate(rows)]


class _Storing:
    """Stores rows of an import, keeping the products and SKUs that they are about."""

    def __init__(self, turn: Turn, known: Known, rows: Sequence[GoodsRow]) -> None:
        self._turn = turn
        self._known = known
        products = {row.product_external_id or row.external_id for row in rows}
        skus = {row.external_id for row in rows if row.product_external_id}
        self._products = stored_goods(turn.session, Product, products)
        self._skus = stored_goods(turn.session, Sku, skus)

    def store(self, row: GoodsRow) -> int:
        """Store a row; return the id of its product or SKU. Raises AltcraftError before anything changes."""
        if row.product_external_id is None:
            old = self._products.get(row.external_id)
            values = self._values(row, self._known.fields["product"], is_new=old is None)
            return self._product(row.external_id, values).id
        sku = self._skus.get(row.external_id)
        values = self._values(row, self._known.fields["sku"], is_new=sku is None)
        product = self._products.get(row.product_external_id)
        if product is None:
            custom = read_all(self._known.fields["product"], {}, "product.")
            product = self._product(row.product_external_id, {"name": row.name, "custom_fields": custom})
        values["product_id"] = product.id
        if sku is None:
            sku = Sku(id=self._turn.ids.number("altcraft.market_sku"), **values)
            self._skus[row.external_id] = sku
            self._turn.session.add(sku)
        else:
            _change(sku, values)
        return sku.id

    def _product(self, external_id: str, values: dict[str, Any]) -> Product:
        """Make or change a product."""
        product = self._products.get(external_id)
        if product is not None:
            _change(product, values)
            return product
        number = self._turn.ids.number("altcraft.market_product")
        product = Product(id=number, **values | {"external_id": external_id})
        self._products[external_id] = product
        self._turn.session.add(product)
        return product

    def _values(self, row: GoodsRow, fields: FieldsById, *, is_new: bool) -> dict[str, Any]:
        """Return the columns to write for a row. Raises ObjectNotFound and IncorrectRequest."""
        values = row.said("product_external_id")
        self._known.check("currency", row.currency)
        for category in row.categories:
            self._known.check("category", category)
        if is_new or "custom_fields" in values:
            values["custom_fields"] = read_all(fields, row.custom_fields)
        if row.regional_data:
            values["regional_data"] = [
                self._regional(one, fields, f"regional_data.{place}.")
                for place, one in enumerate(row.regional_data)
            ]
        return values

    def _regional(self, one: RegionalRow, fields: FieldsById, place: str) -> dict[str, Any]:
        """Return the stored form of a regional row. Raises ObjectNotFound and IncorrectRequest."""
        self._known.check("region", one.external_id)
        self._known.check("currency", one.currency)
        return one.model_dump() | {"custom_fields": read_said(fields, one.custom_fields, place)}


def _change(row: Goods, values: Mapping[str, Any]) -> None:
    """Set only columns that differ: a repeated import may have ten thousand rows without a change."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def delete_goods(turn: Turn, table: type[Goods], ids: Sequence[int], external_ids: Sequence[str]) -> int:
    """Delete products, with their SKUs, or SKUs, by ids of both kinds; return how many there were."""
    named = or_(among(table.id, ids), among(table.external_id, external_ids))
    found = json_text(list(turn.session.exec(select(col(table.id)).where(named))))
    if table is Product:
        turn.store.execute(_DELETE_SKUS_OF_PRODUCTS, (found,))
    return turn.store.execute(_DELETE_PRODUCTS if table is Product else _DELETE_SKUS, (found,)).rowcount


_DELETE_PRODUCTS = "DELETE FROM altcraft_market_product WHERE id IN (SELECT value FROM json_each(?))"
_DELETE_SKUS = "DELETE FROM altcraft_market_sku WHERE id IN (SELECT value FROM json_each(?))"
_DELETE_SKUS_OF_PRODUCTS = (
    "DELETE FROM altcraft_market_sku WHERE product_id IN (SELECT value FROM json_each(?))"
)
