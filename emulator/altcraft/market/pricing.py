"""The prices of an order's lines: their own, or those of the products and SKUs.

https://guides.altcraft.com/en/developer-guide/market/market-objects/56249763
"""

from collections.abc import Iterable
from typing import Any

from emulator.altcraft.market.custom_fields import read_all
from emulator.altcraft.market.goods import stored_goods
from emulator.altcraft.market.rows import LineRow, Trade
from emulator.altcraft.market.settings import Known
from emulator.altcraft.refusals import IncorrectRequest, ObjectNotFound
from emulator.altcraft.tables.market import Goods, Product, Sku
from emulator.engine.engine import Turn


class Catalogue:
    """The products and SKUs that some orders name."""

    def __init__(self, turn: Turn, trades: Iterable[Trade]) -> None:
        names = {
            name for trade in trades for line in trade.lines for name in (line.product, line.sku) if name
        }
        self._skus = stored_goods(turn.session, Sku, names)
        self._products = stored_goods(turn.session, Product, names)

    def find(self, line: LineRow, place: str) -> Goods:
        """Return the SKU or product of a line: `product` names a SKU or, if there is none, a product.

        Raises ObjectNotFound, and IncorrectRequest for a line that names nothing.
        """
        name = line.sku or line.product
        if name is None:
            raise IncorrectRequest(f"{place}product", "Field required")
        found = self._skus.get(name) or (None if line.sku else self._products.get(name))
        if found is None:
            raise ObjectNotFound("sku" if line.sku else "product", name)
        return found


def price_lines(
    known: Known, catalogue: Catalogue, trade: Trade, region: str, within: str
) -> list[dict[str, Any]]:
    """Return the lines of an order in their stored form, with prices.

    The base price of a line is its own, else the goods' price in the region, else the goods' price. A price
    of goods has to be in the order's currency. Raises ObjectNotFound and IncorrectRequest.
    """
    priced: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(trade.lines):
        place = f"{within}lines.{number}."
        if line.external_id in priced:
            raise IncorrectRequest(f"{place}external_id", "is that of another line")
        known.check("line status", line.status)
        goods = catalogue.find(line, place)
        base = line.base_price_per_item or _listed_price(goods, region, trade.currency)
        if not base:
            reason = f"Field required, as {goods.external_id} has no price in {trade.currency}"
            raise IncorrectRequest(f"{place}base_price_per_item", reason)
        priced[line.external_id] = {
            "external_id": line.external_id,
            "status": line.status,
            "product": goods.external_id,
            "base_price_per_item": base,
            "min_price_per_item": line.min_price_per_item,
            "final_price_per_item": line.final_price_per_item or base,
            "count": line.count,
            "custom_fields": read_all(known.fields["line_order"], line.custom_fields, place),
        }
    return list(priced.values())


def _listed_price(goods: Goods, region: str, currency: str) -> str:
    """Return the price of goods in a region and a currency; an empty text if it is unknown."""
    for one in goods.regional_data:
        fits = _fits(one["currency"] or goods.currency, currency)
        if one["external_id"] == region and one["price"] and fits:
            return str(one["price"])
    return goods.price if _fits(goods.currency, currency) else ""


def _fits(listed: str, wanted: str) -> bool:
    """Return whether a price is in a currency; one without a currency is in any."""
    return listed in {"", wanted}
