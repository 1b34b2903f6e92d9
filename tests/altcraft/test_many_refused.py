"""Very many refused rows in one request: other requests do not wait until their memory is freed."""

from types import ModuleType
from typing import Any

import pytest

from emulator.altcraft.api.market import goods, orders
from emulator.altcraft.api.profiles import batches
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.values import MOST_ITEMS
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_market_goods import PRODUCT
from tests.altcraft.test_market_orders import ORDER


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/profiles/add_batch",
        "/profiles/import_batch",
        "/market/products/import",
        "/market/sku/import",
        "/market/orders/import",
    ],
)
def test_a_batch_of_endless_items_is_refused(altcraft: Altcraft, path: str) -> None:
    refusal = altcraft.refused(path, db_id=1, data=[1] * (MOST_ITEMS + 1))
    assert refusal == (400, f"Incorrect request: data: has more than {MOST_ITEMS} items")


@pytest.mark.parametrize(
    ("told_by", "path", "row"),
    [
        (batches, "/profiles/add_batch", []),
        (batches, "/profiles/add_batch", {"_bdate": "never"}),
        (batches, "/profiles/add_batch", {"email": "ann@example.com"}),
        (batches, "/profiles/update_batch", {"email": "nobody@example.com"}),
        (goods, "/market/products/import", {"price": []}),
        (goods, "/market/products/import", PRODUCT | {"currency": "GBP"}),
        (orders, "/market/orders/import", []),
        (orders, "/market/orders/import", ORDER | {"currency": "GBP"}),
    ],
)
def test_a_refused_row_keeps_nothing_of_what_led_to_it(
    altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch, told_by: ModuleType, path: str, row: Any
) -> None:
    name = "outcome" if told_by is batches else "told"
    tell, seen = getattr(told_by, name), list[Any]()

    def look(*told: Any) -> Any:
        seen.append(told[-1])
        return tell(*told)

    monkeypatch.setattr(told_by, name, look)
    altcraft.answer(path, db_id=1, data=[row])
    error = seen[0].error if told_by is batches else seen[0][0]
    assert isinstance(error, AltcraftError)
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
