"""Products and SKUs: imported many at a time, listed, and deleted."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, Altcraft

PRODUCT = {"external_id": "book_1", "name": "Book"}
SKU = {"external_id": "book_1_hard", "name": "Book, hard cover", "product_external_id": "book_1"}


def imported(altcraft: Altcraft, *rows: Any, path: str = "/market/products/import", **body: Any) -> list[Any]:
    """Import products and SKUs; return the outcome of each row."""
    answer = altcraft.answer(path, data=list(rows), **body)
    assert (answer.keys(), answer["error_text"]) == ({"error", "error_text", "result"}, "")
    return list(answer["result"])


def refused_row(altcraft: Altcraft, row: Any, **body: Any) -> tuple[int, str]:
    """Import a single row that is refused; return the error, after checking that the lists do not change."""
    before = altcraft.answer("/market/products/list")["result"]
    (outcome,) = imported(altcraft, row, **body)
    assert "id" not in outcome
    assert altcraft.answer("/market/products/list")["result"] == before
    return outcome["error"], outcome["error_text"]


def products(altcraft: Altcraft) -> dict[str, list[str]]:
    """Return the external ids of all products, with those of their SKUs."""
    rows = altcraft.answer("/market/products/list")["result"]
    return {row["external_id"]: [sku["external_id"] for sku in row["sku"]] for row in rows}


def skus(altcraft: Altcraft) -> list[str]:
    return [row["external_id"] for row in altcraft.answer("/market/sku/list")["result"]]


def stored(altcraft: Altcraft, table: str, external_id: str, *columns: str) -> Any:
    """Return stored columns that no operation shows."""
    statement = f"SELECT {', '.join(columns)} FROM altcraft_market_{table} WHERE external_id = ?"  # noqa: S608 -- names of columns
    return altcraft.emulator.query(statement, external_id)[0]


def test_products_are_listed_with_their_skus(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/market/products/list")
    assert answer["result"] == [
        {
            "name": "Phone",
            "external_id": "phone_1",
            "sku": [
                {"name": "Phone 256GB", "external_id": "sku_1"},
                {"name": "Phone 512GB", "external_id": "sku_2"},
            ],
        },
        {"name": "Another phone", "external_id": "iphone_1", "sku": []},
    ]
    assert answer.keys() == {"error", "error_text", "next_from_id", "result"}
    assert answer["error_text"] == ""


def test_skus_are_listed(altcraft: Altcraft) -> None:
    assert altcraft.answer("/market/sku/list")["result"] == [
        {"name": "Phone 256GB", "external_id": "sku_1"},
        {"name": "Phone 512GB", "external_id": "sku_2"},
    ]


@pytest.mark.parametrize("path", ["/market/products/list", "/market/sku/list"])
def test_a_list_goes_on_behind_its_cursor(altcraft: Altcraft, path: str) -> None:
    names, cursor = [], ""
    while True:
        answer = altcraft.answer(path, from_id=cursor, limit=1)
        if not answer["result"]:
            break
        names += [row["name"] for row in answer["result"]]
        cursor = answer["next_from_id"]
    assert names == [row["name"] for row in altcraft.answer(path)["result"]]
    assert answer["next_from_id"] == cursor


@pytest.mark.parametrize("path", ["/market/products/list", "/market/sku/list", "/market/orders/list"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"from_id": "2p2FXnb7zzoh-26167c2af5162aaa"}, "from_id: is no cursor"),
        ({"from_id": 7}, "from_id: Input should be a valid string"),
        ({"limit": 0}, "limit: Input should be greater than or equal to 1"),
        ({"limit": "many"}, "limit: Input should be a valid integer"),
    ],
)
def test_a_page_that_can_not_be_is_refused(
    altcraft: Altcraft, path: str, body: dict[str, object], reason: str
) -> None:
    assert altcraft.refused(path, **body) == (400, f"Incorrect request: {reason}")


def test_products_and_skus_are_imported_together_products_first(altcraft: Altcraft) -> None:
    assert imported(altcraft, SKU, PRODUCT) == [
        {"external_id": "book_1_hard", "id": 3, "error": 0, "error_text": ""},
        {"external_id": "book_1", "id": 3, "error": 0, "error_text": ""},
    ]
    assert products(altcraft)["book_1"] == ["book_1_hard"]
    assert altcraft.answer("/market/products/list")["result"][-1]["name"] == "Book"


@pytest.mark.parametrize("path", ["/market/products/import", "/market/sku/import"])
def test_a_product_that_does_not_exist_is_made_of_its_first_sku(altcraft: Altcraft, path: str) -> None:
    other = SKU | {"external_id": "book_1_soft", "name": "Book, soft cover"}
    assert [one["error"] for one in imported(altcraft, SKU, other, path=path)] == [0, 0]
    product = altcraft.answer("/market/products/list")["result"][-1]
    assert (product["external_id"], product["name"]) == ("book_1", "Book, hard cover")
    assert products(altcraft)["book_1"] == ["book_1_hard", "book_1_soft"]


def test_an_import_of_skus_needs_their_products(altcraft: Altcraft) -> None:
    (outcome,) = imported(altcraft, PRODUCT, path="/market/sku/import")
    assert outcome == {
        "external_id": "book_1",
        "error": 400,
        "error_text": "Incorrect request: product_external_id: Field required",
    }


def test_an_import_changes_what_is_there_and_keeps_what_is_left_out(altcraft: Altcraft) -> None:
    row = {"external_id": "sku_1", "name": "Phone, larger", "product_external_id": "phone_1", "tags": ["a"]}
    assert imported(altcraft, row)[0]["id"] == 1
    assert altcraft.answer("/market/sku/list", limit=1)["result"][0]["name"] == "Phone, larger"
    columns = ("price", "currency", "count", "tags", "custom_fields")
    assert stored(altcraft, "sku", "sku_1", *columns) == ("1000", "USD", 10, '["a"]', '{"color":1}')


def test_a_sku_passes_to_another_product(altcraft: Altcraft) -> None:
    imported(altcraft, {"external_id": "sku_2", "name": "Phone 512GB", "product_external_id": "iphone_1"})
    assert products(altcraft) == {"phone_1": ["sku_1"], "iphone_1": ["sku_2"]}


def test_the_last_row_about_one_thing_counts(altcraft: Altcraft) -> None:
    rows = [PRODUCT, PRODUCT | {"name": "Novel", "price": "7.50"}, PRODUCT | {"name": "Bestseller"}]
    assert {one["id"] for one in imported(altcraft, *rows)} == {3}
    assert stored(altcraft, "product", "book_1", "name", "price") == ("Bestseller", "7.50")


def test_everything_that_is_documented_is_stored(altcraft: Altcraft) -> None:
    row = {
        "external_id": "book_1",
        "name": "Book",
        "product_external_id": "phone_1",
        "price": "1000.10",
        "old_price": "1100",
        "currency": "USD",
        "description": "d" * 1000,
        "categories": ["phones", "electronics"],
        "tags": ["one", "two"],
        "manufacturer_name": "Acme",
        "url": "https://example.org",
        "pictures": ["https://example.org/1.png"],
        "count": "12",
        "expiration_time": 730,
        "is_available": "true",
        "delivery": False,
        "manufacturer_warranty": True,
        "barcode": [23346346],
        "custom_fields": {"color": "white"},
        "regional_data": [
            {"external_id": "region_1", "price": "75000", "currency": "RUB", "custom_fields": {"color": 1}}
        ],
    }
    imported(altcraft, row)
    plain = (
        "price",
        "old_price",
        "manufacturer_name",
        "count",
        "expiration_time",
        "is_available",
        "delivery",
    )
    assert stored(altcraft, "sku", "book_1", *plain) == ("1000.10", "1100", "Acme", 12, "730", 1, 0)
    assert stored(altcraft, "sku", "book_1", "categories", "barcode", "custom_fields") == (
        '["phones","electronics"]',
        "[23346346]",
        '{"color":2}',
    )
    (regional,) = altcraft.emulator.query(
        "SELECT value ->> 'price', value -> 'custom_fields'"
        " FROM altcraft_market_sku AS sku, json_each(regional_data) WHERE sku.external_id = 'book_1'"
    )
    assert regional == ("75000", '{"color":1}')


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"name": None}, (400, "Incorrect request: name: Field required")),
        ({"name": ["x"]}, (400, "Incorrect request: name: Input should be a valid string")),
        ({"price": 10}, (400, "Incorrect request: price: Input should be a valid string")),
        ({"price": "-1"}, (400, "Incorrect request: price: must be a decimal such as 1000 or 99.90")),
        (
            {"old_price": "1e3"},
            (400, "Incorrect request: old_price: must be a decimal such as 1000 or 99.90"),
        ),
        (
            {"description": "d" * 1001},
            (400, "Incorrect request: description: String should have at most 1000 characters"),
        ),
        ({"count": -1}, (400, "Incorrect request: count: Input should be greater than or equal to 0")),
        ({"barcode": ["x"]}, (400, "Incorrect request: barcode.0: Input should be a valid integer")),
        ({"is_available": 1}, (400, "Incorrect request: is_available: Input should be a valid boolean")),
        ({"currency": "GBP"}, (404, "Object not found: currency GBP")),
        ({"categories": ["phones", "books"]}, (404, "Object not found: category books")),
        ({"custom_fields": {"size": 1}}, (404, "Object not found: custom field size")),
        (
            {"regional_data": [{"price": "1"}]},
            (400, "Incorrect request: regional_data.0.external_id: Field required"),
        ),
        ({"regional_data": [{"external_id": "region_9"}]}, (404, "Object not found: region region_9")),
        (
            {"regional_data": [{"external_id": "region_1", "currency": "GBP"}]},
            (404, "Object not found: currency GBP"),
        ),
        (
            {"regional_data": [{"external_id": "region_1", "custom_fields": {"color": "red"}}]},
            (400, "Incorrect request: regional_data.0.custom_fields.color: must be a value of the list"),
        ),
    ],
)
def test_a_row_that_does_not_fit_is_refused(
    altcraft: Altcraft, said: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert refused_row(altcraft, SKU | said) == refusal
    assert "book_1_hard" not in skus(altcraft)


def test_a_row_that_is_wrong_stops_nothing(altcraft: Altcraft) -> None:
    outcomes = imported(
        altcraft, 7, PRODUCT, {"name": "Nameless"}, PRODUCT | {"external_id": 8, "currency": "GBP"}
    )
    assert outcomes == [
        {"external_id": "", "error": 400, "error_text": "Incorrect request: data: must be an object"},
        {"external_id": "book_1", "id": 3, "error": 0, "error_text": ""},
        {"external_id": "", "error": 400, "error_text": "Incorrect request: external_id: Field required"},
        {"external_id": "8", "error": 404, "error_text": "Object not found: currency GBP"},
    ]
    assert "book_1" in products(altcraft)


def test_an_import_of_nothing_changes_nothing(altcraft: Altcraft) -> None:
    assert imported(altcraft) == []
    assert altcraft.refused("/market/sku/import") == (400, "Incorrect request: data: Field required")


@pytest.mark.slow
def test_ten_thousand_skus_are_imported_by_one_request(altcraft: Altcraft) -> None:
    rows = [
        {"external_id": f"s{n}", "name": f"Item {n}", "product_external_id": f"p{n // 5}", "price": "9.99"}
        for n in range(10_000)
    ]
    outcomes = imported(altcraft, *rows, path="/market/sku/import")
    assert [one["id"] for one in outcomes] == list(range(3, 10_003))
    assert altcraft.emulator.query("SELECT count(*) FROM altcraft_market_product") == [(2002,)]


def test_products_are_deleted_with_their_skus(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/market/products/delete", external_ids=["phone_1", "unknown"])
    assert answer == {"error": 0, "error_text": "", "deleted_count": 1}
    assert (list(products(altcraft)), skus(altcraft)) == (["iphone_1"], [])


def test_skus_are_deleted_and_their_product_stays(altcraft: Altcraft) -> None:
    assert altcraft.answer("/market/sku/delete", ids=[1, 9])["deleted_count"] == 1
    assert products(altcraft) == {"phone_1": ["sku_2"], "iphone_1": []}


@pytest.mark.parametrize(
    ("named", "count"),
    [
        ({"ids": [1, 2], "external_ids": ["sku_1"]}, 2),
        ({"ids": ["1"], "external_ids": ["sku_2"]}, 2),
        ({"ids": 1}, 1),
        ({"external_ids": "sku_2"}, 1),
        ({"ids": [], "external_ids": ["sku_1\0"]}, 0),
        ({"ids": [2**62]}, 0),
    ],
)
def test_ids_of_both_kinds_are_taken_together(
    altcraft: Altcraft, named: dict[str, object], count: int
) -> None:
    assert altcraft.answer("/market/sku/delete", **named)["deleted_count"] == count
    assert len(skus(altcraft)) == 2 - count


@pytest.mark.parametrize("path", ["/market/products/delete", "/market/sku/delete"])
def test_a_deletion_names_something(altcraft: Altcraft, path: str) -> None:
    refusal = (400, "Incorrect request: ids: Field required")
    assert altcraft.refused(path) == altcraft.refused(path, ids=[], external_ids=[]) == refusal
    assert altcraft.refused(path, ids=["x"])[1] == "Incorrect request: ids.0: Input should be a valid integer"


def test_what_was_deleted_comes_back_with_another_id(altcraft: Altcraft) -> None:
    altcraft.answer("/market/products/delete", external_ids=["iphone_1"])
    (outcome,) = imported(altcraft, {"external_id": "iphone_1", "name": "Another phone"})
    assert outcome["id"] == 3


def test_goods_are_seen_by_tokens_of_all_groups(altcraft: Altcraft) -> None:
    assert len(altcraft.answer("/market/products/list", token=SUBACCOUNT)["result"]) == 2
