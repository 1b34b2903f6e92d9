"""Orders: imported with their lines and prices, listed, changed, and named by ids of both kinds."""

from typing import Any

import pytest

from emulator.altcraft.people.matching import MODES
from tests.altcraft.conftest import Altcraft

LINE = {"external_id": "line_1", "product": "iphone_1"}
ORDER = {
    "external_id": "O-9",
    "email": "ann@example.com",
    "endpoint": "website",
    "status": "new",
    "currency": "USD",
    "total_price": "900",
    "lines": [LINE],
}


def imported(altcraft: Altcraft, *rows: Any, **body: Any) -> list[Any]:
    """Import orders; return the outcome of each row."""
    answer = altcraft.answer("/market/orders/import", data=list(rows), **body)
    assert (answer.keys(), answer["error_text"]) == ({"error", "error_text", "result"}, "")
    return list(answer["result"])


def orders(altcraft: Altcraft, **body: Any) -> list[Any]:
    return list(altcraft.answer("/market/orders/list", **body)["result"])


def order(altcraft: Altcraft, external_id: str = "O-9") -> Any:
    return next(one for one in orders(altcraft) if one["external_id"] == external_id)


def profile(altcraft: Altcraft, **match: Any) -> Any:
    return altcraft.data("/profiles/get/", db_id=1, **match)


def test_orders_are_listed_with_their_lines(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/market/orders/list", limit=1)
    assert answer.keys() == {"error", "error_text", "next_from_id", "result"}
    assert answer["result"] == [
        {
            "id": 1,
            "external_id": "O-1",
            "profile_id": profile(altcraft, email="bob+opened@example.com")["id"],
            "endpoint": "website",
            "tags": [],
            "status": "delivered",
            "delivery_cost": "10.50",
            "total_price": "1010.50",
            "currency": "USD",
            "create_time": "2026-02-20T09:30:00.000Z",
            "update_time": "2026-02-23T17:05:00.000Z",
            "custom_fields": {"note": "-"},
            "region": "",
            "lines": [
                {
                    "external_id": "line_1",
                    "status": "delivered",
                    "product": "sku_1",
                    "base_price_per_item": "1000",
                    "min_price_per_item": "0",
                    "final_price_per_item": "1000",
                    "count": 1,
                    "custom_fields": {},
                }
            ],
        }
    ]


def test_the_list_goes_on_behind_its_cursor(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER)
    first = altcraft.answer("/market/orders/list", limit=2, from_id="")
    second = altcraft.answer("/market/orders/list", limit=2, from_id=first["next_from_id"])
    last = altcraft.answer("/market/orders/list", limit=2, from_id=second["next_from_id"])
    pages = [[one["external_id"] for one in answer["result"]] for answer in (first, second, last)]
    assert pages == [["O-1", "O-2"], ["O-9"], []]
    assert last["next_from_id"] == second["next_from_id"]


@pytest.mark.parametrize(("endpoint", "ids"), [("website", [1]), ("app", [2]), ("shop", []), ("", [1, 2])])
def test_the_list_is_filtered_by_touchpoint(altcraft: Altcraft, endpoint: str, ids: list[int]) -> None:
    assert [one["id"] for one in orders(altcraft, endpoint=endpoint)] == ids


def test_an_order_is_shown_as_it_was_imported(altcraft: Altcraft) -> None:
    line = {
        "external_id": "line_1",
        "status": "packed",
        "product": "iphone_1",
        "base_price_per_item": "900.10",
        "min_price_per_item": "800",
        "final_price_per_item": "899.999999",
        "count": 3,
        "custom_fields": {"engraving": "Ann"},
    }
    said = {
        "endpoint": "app",
        "tags": ["one", "two"],
        "status": "paid",
        "delivery_cost": "100.00",
        "total_price": "999999999999999.10",
        "currency": "EUR",
        "create_time": "2022-01-02T15:04:05.141Z",
        "update_time": "2022-01-03T00:00:00.000Z",
        "custom_fields": {"note": "Ring twice"},
        "region": "region_1",
        "lines": [line],
    }
    (outcome,) = imported(altcraft, ORDER | said)
    assert outcome == {"external_id": "O-9", "id": 3, "error": 0, "error_text": ""}
    ann = profile(altcraft, email="ann@example.com")
    assert order(altcraft) == said | {"id": 3, "external_id": "O-9", "profile_id": ann["id"]}


def test_what_an_order_leaves_out_has_a_usual_value(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER)
    shown = order(altcraft)
    assert (shown["tags"], shown["delivery_cost"], shown["region"]) == ([], "", "")
    assert shown["create_time"] == shown["update_time"] == "2026-03-15T14:30:00.000Z"
    assert shown["lines"] == [
        LINE
        | {
            "status": "new",
            "base_price_per_item": "900",
            "min_price_per_item": "0",
            "final_price_per_item": "900",
            "count": 1,
            "custom_fields": {},
        }
    ]


def test_an_import_changes_an_order_and_keeps_what_is_left_out(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER | {"tags": ["one"], "delivery_cost": "5", "custom_fields": {"note": "Quick"}})
    altcraft.advance("1h")
    lines = [LINE | {"external_id": "line_2", "count": 2}]
    (outcome,) = imported(altcraft, ORDER | {"status": "paid", "total_price": "1805", "lines": lines})
    shown = order(altcraft)
    assert outcome["id"] == shown["id"] == 3
    assert (shown["status"], shown["total_price"], shown["tags"]) == ("paid", "1805", ["one"])
    assert (shown["delivery_cost"], shown["custom_fields"]) == ("5", {"note": "Quick"})
    assert [(line["external_id"], line["count"]) for line in shown["lines"]] == [("line_2", 2)]
    assert shown["create_time"] == "2026-03-15T14:30:00.000Z"
    assert shown["update_time"] == "2026-03-15T15:30:00.000Z"


def test_the_last_row_about_one_order_counts(altcraft: Altcraft) -> None:
    rows = [ORDER | {"tags": ["one"]}, ORDER | {"status": "lost"}, ORDER | {"status": "paid"}]
    outcomes = imported(altcraft, *rows)
    assert [one["error"] for one in outcomes] == [0, 404, 0]
    assert (order(altcraft)["status"], order(altcraft)["tags"]) == ("paid", ["one"])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("2006-01-25", "2006-01-25T00:00:00.000Z"),
        ("2006-01-25 15:04:05", "2006-01-25T15:04:05.000Z"),
        ("2022-01-02T15:04:05.141Z", "2022-01-02T15:04:05.141Z"),
        ("2022-01-02T15:04:05+03:00", "2022-01-02T12:04:05.000Z"),
    ],
)
def test_times_come_in_three_forms(altcraft: Altcraft, said: str, shown: str) -> None:
    imported(altcraft, ORDER | {"create_time": said, "update_time": said})
    assert order(altcraft)["create_time"] == order(altcraft)["update_time"] == shown


@pytest.mark.parametrize(
    "time", ["yesterday", "2006-13-45", "2006-01-25 15:04", "2006-01-25T15:04:05", 1136214245]
)
def test_other_times_are_refused(altcraft: Altcraft, time: object) -> None:
    (outcome,) = imported(altcraft, ORDER | {"create_time": time})
    assert outcome["error_text"].startswith("Incorrect request: create_time: must be an RFC 3339 date-time")


@pytest.mark.parametrize(
    ("line", "currency", "region", "base"),
    [
        ({"product": "iphone_1"}, "USD", "", "900"),
        ({"product": "sku_2"}, "USD", "", "1249.90"),
        ({"sku": "sku_2"}, "USD", "", "1249.90"),
        ({"product": "sku_1"}, "RUB", "region_1", "75000"),
        ({"product": "sku_1"}, "USD", "region_1", "1000"),
        ({"product": "sku_1"}, "USD", "region_2", "1000"),
        ({"product": "phone_1", "base_price_per_item": "7.05"}, "RUB", "", "7.05"),
        ({"product": "sku_1", "base_price_per_item": "0"}, "USD", "", "0"),
    ],
)
def test_a_line_without_a_price_has_that_of_the_catalogue(
    altcraft: Altcraft, line: dict[str, str], currency: str, region: str, base: str
) -> None:
    row = ORDER | {"currency": currency, "region": region, "lines": [{"external_id": 1} | line]}
    assert imported(altcraft, row)[0]["error"] == 0
    (shown,) = order(altcraft)["lines"]
    assert (shown["base_price_per_item"], shown["final_price_per_item"]) == (base, base)
    assert shown["product"] in line.values()


def test_a_price_is_that_of_the_region_that_an_order_keeps(altcraft: Altcraft) -> None:
    row = ORDER | {"currency": "RUB", "lines": [LINE | {"product": "sku_1"}]}
    imported(altcraft, row | {"region": "region_1"}, row)
    assert (order(altcraft)["region"], order(altcraft)["lines"][0]["base_price_per_item"]) == (
        "region_1",
        "75000",
    )


def test_a_price_without_a_currency_counts_in_any(altcraft: Altcraft) -> None:
    altcraft.answer("/market/products/import", data=[{"external_id": "pen", "name": "Pen", "price": "1.50"}])
    imported(altcraft, ORDER | {"currency": "EUR", "lines": [LINE | {"product": "pen"}]})
    assert order(altcraft)["lines"][0]["base_price_per_item"] == "1.50"


def test_a_name_is_that_of_a_sku_before_that_of_a_product(altcraft: Altcraft) -> None:
    row = {"external_id": "iphone_1", "name": "One", "product_external_id": "iphone_1", "price": "850"}
    altcraft.answer("/market/sku/import", data=[row])
    imported(altcraft, ORDER)
    assert order(altcraft)["lines"][0]["base_price_per_item"] == "850"


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"endpoint": None}, 400, "Incorrect request: endpoint: Field required"),
    ({"total_price": None}, 400, "Incorrect request: total_price: Field required"),
    ({"total_price": 900}, 400, "Incorrect request: total_price: Input should be a valid string"),
    (
        {"delivery_cost": "1,5"},
        400,
        "Incorrect request: delivery_cost: must be a decimal such as 1000 or 99.90",
    ),
    ({"lines": None}, 400, "Incorrect request: lines: Field required"),
    (
        {"lines": []},
        400,
        "Incorrect request: lines: must have at least 1 item",
    ),
    ({"lines": [{"product": "iphone_1"}]}, 400, "Incorrect request: lines.0.external_id: Field required"),
    ({"lines": [{"external_id": "1"}]}, 400, "Incorrect request: lines.0.product: Field required"),
    ({"lines": [LINE, LINE]}, 400, "Incorrect request: lines.1.external_id: is that of another line"),
    (
        {"lines": [LINE | {"product": "phone_1"}]},
        400,
        "Incorrect request: lines.0.base_price_per_item: Field required, as phone_1 has no price in USD",
    ),
    (
        {"currency": "RUB"},
        400,
        "Incorrect request: lines.0.base_price_per_item: Field required, as iphone_1 has no price in RUB",
    ),
    (
        {"custom_fields": ["note"]},
        400,
        "Incorrect request: custom_fields: Input should be a valid object",
    ),
    ({"email": "nobody"}, 400, "Incorrect request: email: is no e-mail address"),
    ({"email": None}, 400, "Incorrect request: email: Field required"),
    ({"matching": "name"}, 400, f"Incorrect request: matching: must be one of {', '.join(MODES)}"),
    ({"endpoint": "shop"}, 404, "Object not found: endpoint shop"),
    ({"status": "lost"}, 404, "Object not found: status lost"),
    ({"currency": "GBP"}, 404, "Object not found: currency GBP"),
    ({"region": "region_9"}, 404, "Object not found: region region_9"),
    ({"custom_fields": {"size": 1}}, 404, "Object not found: custom field size"),
    ({"lines": [LINE | {"status": "lost"}]}, 404, "Object not found: line status lost"),
    ({"lines": [LINE | {"product": "tv"}]}, 404, "Object not found: product tv"),
    ({"lines": [LINE | {"product": None, "sku": "iphone_1"}]}, 404, "Object not found: sku iphone_1"),
    ({"lines": [LINE | {"custom_fields": {"note": "x"}}]}, 404, "Object not found: custom field note"),
    (
        {"matching": "profile_id", "profile_id": "0" * 24},
        404,
        f"Object not found: profile profile_id={'0' * 24}",
    ),
    (
        {"matching": "custom", "field_name": "_city", "field_value": "Omsk"},
        409,
        "More than one profile matches: _city=Omsk",
    ),
]


@pytest.mark.parametrize(("said", "error", "text"), REFUSED)
def test_a_row_that_does_not_fit_is_refused_and_makes_nobody(
    altcraft: Altcraft, said: dict[str, Any], error: int, text: str
) -> None:
    row = ORDER | {"email": "new@example.com"} | said
    (outcome,) = imported(altcraft, row)
    assert outcome == {"external_id": "O-9", "error": error, "error_text": text}
    assert [one["external_id"] for one in orders(altcraft)] == ["O-1", "O-2"]
    assert altcraft.refused("/profiles/get/", db_id=1, email="new@example.com")[0] == 404


def test_a_row_that_is_wrong_stops_nothing(altcraft: Altcraft) -> None:
    outcomes = imported(altcraft, "O-7", ORDER | {"status": "lost"}, ORDER)
    assert [(one["external_id"], one["error"]) for one in outcomes] == [("", 400), ("O-9", 404), ("O-9", 0)]


def test_every_status_of_every_market_is_known(altcraft: Altcraft) -> None:
    lines = [
        LINE | {"external_id": status, "status": status}
        for status in ("delivering", "processing", "new", "refunded", "canceled", "delivered", "packed")
    ]
    rows = [
        ORDER | {"external_id": status, "status": status, "lines": lines}
        for status in ("new", "delivered", "paid", "canceled", "part_refunded", "confirmed")
    ]
    assert [one["error"] for one in imported(altcraft, *rows)] == [0] * 6


@pytest.mark.parametrize(
    "named", [{"id": 1}, {"id": "1"}, {"external_id": "O-1"}, {"id": 1, "external_id": "O-2"}]
)
def test_the_status_of_an_order_is_shown(altcraft: Altcraft, named: dict[str, object]) -> None:
    assert altcraft.answer("/market/orders/get_status", **named) == {
        "error": 0,
        "error_text": "",
        "result": {"endpoint": "website", "status": "delivered"},
    }


@pytest.mark.parametrize("path", ["/market/orders/get_status", "/market/orders/delete"])
@pytest.mark.parametrize(
    ("named", "refusal"),
    [
        ({}, (400, "Incorrect request: id: Field required")),
        ({"id": "O-1"}, (400, "Incorrect request: id: Input should be a valid integer")),
        ({"id": 9}, (404, "Object not found: order 9")),
        ({"external_id": "O-7"}, (404, "Object not found: order O-7")),
        ({"external_id": "O-1\0"}, (404, "Object not found: order O-1\0")),
    ],
)
def test_an_order_that_is_not_there_is_not_found(
    altcraft: Altcraft, path: str, named: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(path, **named) == refusal


def test_a_line_gets_another_status(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER | {"lines": [LINE, LINE | {"external_id": "line_2", "status": "packed"}]})
    altcraft.advance("1m")
    answer = altcraft.answer(
        "/market/orders/update_order_line_status",
        order_external_id="O-9", order_line_external_id="line_1", status_external_id="delivering",
    )  # fmt: skip
    assert answer == {"error": 0, "error_text": ""}
    shown = order(altcraft)
    assert [line["status"] for line in shown["lines"]] == ["delivering", "packed"]
    assert (shown["status"], shown["update_time"]) == ("new", "2026-03-15T14:31:00.000Z")


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"order_external_id": "O-7"}, (404, "Object not found: order O-7")),
        ({"order_line_external_id": "line_7"}, (404, "Object not found: order line line_7")),
        ({"status_external_id": "lost"}, (404, "Object not found: line status lost")),
        ({"status_external_id": "paid"}, (404, "Object not found: line status paid")),
        ({"order_external_id": ""}, (400, "Incorrect request: order_external_id: Field required")),
        ({"status_external_id": None}, (400, "Incorrect request: status_external_id: Field required")),
    ],
)
def test_a_status_that_a_line_can_not_have_is_refused(
    altcraft: Altcraft, said: dict[str, object], refusal: tuple[int, str]
) -> None:
    body = {"order_external_id": "O-1", "order_line_external_id": "line_1", "status_external_id": "new"}
    assert altcraft.refused("/market/orders/update_order_line_status", **body | said) == refusal
    assert order(altcraft, "O-1")["lines"][0]["status"] == "delivered"


def test_a_deleted_order_comes_back_with_another_id(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER)
    altcraft.answer("/market/orders/delete", external_id="O-9")
    assert imported(altcraft, ORDER)[0]["id"] == 4
