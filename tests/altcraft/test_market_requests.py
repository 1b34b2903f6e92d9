"""Requests about the market: rights and groups, repetition, XML, sandboxes, and accounts without a market."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.settings import shipped_fixtures
from tests.altcraft.conftest import SUBACCOUNT, TOKEN, VIEW_ONLY, Altcraft
from tests.altcraft.test_market_goods import SKU, products
from tests.altcraft.test_market_orders import LINE, ORDER, order, orders
from tests.conftest import Emulator, in_process

ORDER_EDITS: dict[str, dict[str, Any]] = {
    "/market/orders/import": {"data": [ORDER]},
    "/market/orders/update_order_line_status": {
        "order_external_id": "O-1",
        "order_line_external_id": "line_1",
        "status_external_id": "refunded",
    },
    "/market/orders/delete": {"external_id": "O-1"},
}
GOODS_EDITS: dict[str, dict[str, Any]] = {
    "/market/products/import": {"data": [SKU]},
    "/market/sku/import": {"data": [SKU]},
    "/market/products/delete": {"external_ids": ["phone_1"]},
    "/market/sku/delete": {"external_ids": ["sku_1"]},
}
ORDER_READS: dict[str, dict[str, Any]] = {
    "/market/orders/list": {"limit": 1},
    "/market/orders/get_status": {"external_id": "O-1"},
}
GOODS_READS: dict[str, dict[str, Any]] = {
    "/market/products/list": {"limit": 1},
    "/market/sku/list": {"limit": 1},
}
EDITS, READS = ORDER_EDITS | GOODS_EDITS, ORDER_READS | GOODS_READS
ALL = EDITS | READS


@pytest.mark.parametrize(("path", "body"), EDITS.items())
def test_a_token_that_may_only_view_changes_nothing(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    assert altcraft.refused(path, token=VIEW_ONLY, **body) == (403, "Access denied")


@pytest.mark.parametrize(("path", "body"), READS.items())
def test_a_token_that_may_only_view_views(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    altcraft.answer(path, token=VIEW_ONLY, **body)


@pytest.mark.slow
def test_changing_and_deleting_are_rights_of_their_own(tmp_path: Path) -> None:
    shutil.copytree(shipped_fixtures() / "demo", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "altcraft" / "account.yaml"
    fixture = yaml.safe_load(file.read_text("utf-8"))
    rights = {"edits": "market.edit", "deletes": "market.delete", "views": "market.view"}
    fixture["tokens"] += [{"token": token, "rights": [right]} for token, right in rights.items()]
    file.write_text(yaml.safe_dump(fixture), "utf-8")
    with in_process(fixtures=str(tmp_path)) as emulator:
        altcraft = Altcraft(emulator)
        opened = {
            token: {path for path, body in ALL.items() if may(altcraft, token, path, body)}
            for token in rights
        }
    deletions = {path for path in EDITS if path.endswith("delete")}
    assert opened == {"edits": EDITS.keys() - deletions, "deletes": deletions, "views": READS.keys()}


def may(altcraft: Altcraft, token: str, path: str, body: dict[str, Any]) -> bool:
    return bool(altcraft.call(path, token=token, **body).json()["error_text"] != "Access denied")


@pytest.mark.parametrize(("path", "body"), (ORDER_EDITS | ORDER_READS).items())
def test_orders_are_for_tokens_that_see_the_database_of_the_market(
    altcraft: Altcraft, path: str, body: dict[str, Any]
) -> None:
    assert altcraft.refused(path, token=SUBACCOUNT, **body) == (404, "Object not found: database 1")


@pytest.mark.parametrize(("path", "body"), (GOODS_EDITS | GOODS_READS).items())
def test_goods_are_for_all_tokens(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    altcraft.answer(path, token=SUBACCOUNT, **body)


@pytest.mark.parametrize(("path", "body"), EDITS.items())
def test_a_repeated_change_is_answered_as_before(altcraft: Altcraft, path: str, body: dict[str, Any]) -> None:
    first = altcraft.call(path, headers={"Request-ID": "one"}, **body)
    again = altcraft.call(path, headers={"Request-ID": "one"}, **body)
    assert again.headers["Duplicate-Request"] == "true"
    assert (first.json()["error"], again.json()) == (0, first.json())


def test_the_same_import_without_a_request_id_is_done_again(altcraft: Altcraft) -> None:
    times = []
    for _ in range(2):
        answer = altcraft.call("/market/orders/import", data=[ORDER])
        assert "Duplicate-Request" not in answer.headers
        times.append(altcraft.answer("/market/orders/list")["result"][-1]["update_time"])
        altcraft.advance("1s")
    assert times == ["2026-03-15T14:30:00.000Z", "2026-03-15T14:30:01.000Z"]


XML_ORDER = """
  <custom_fields array='true'><external_id>of1</external_id><name>Parcels</name>
    <entity_type>order</entity_type><required>false</required>
    <value_type>int</value_type><default_value>1</default_value></custom_fields>
  <custom_line_statuses><external_id>at_pickup</external_id><name>At pick-up point</name>
    <type>in_process</type></custom_line_statuses>
  <skip_triggers>true</skip_triggers>
  <data>
    <external_id>O-9</external_id><email>ann@example.com</email><endpoint>website</endpoint>
    <status>paid</status><currency>USD</currency><total_price>1800.00</total_price><tags>one</tags>
    <create_time>2006-01-25 15:04:05</create_time><custom_fields><of1>2</of1></custom_fields><region/>
    <lines><external_id>line_1</external_id><product>iphone_1</product><count>2</count>
      <status>at_pickup</status></lines>
  </data>
  <data><external_id>O-10</external_id></data>
"""


def test_orders_are_imported_in_xml(altcraft: Altcraft) -> None:
    assert altcraft.xml("/market/orders/import", XML_ORDER).text == (
        "<xml><error>0</error><error_text/>"
        "<result><external_id>O-9</external_id><id>3</id><error>0</error><error_text/></result>"
        "<result><external_id>O-10</external_id><error>400</error>"
        "<error_text>Incorrect request: endpoint: Field required</error_text></result></xml>"
    )
    shown = order(altcraft)
    assert (shown["total_price"], shown["tags"], shown["custom_fields"]["of1"]) == ("1800.00", ["one"], 2)
    assert [(line["count"], line["status"]) for line in shown["lines"]] == [(2, "at_pickup")]


def test_orders_are_listed_in_xml(altcraft: Altcraft) -> None:
    shown = orders(altcraft)[1]
    text = altcraft.xml("/market/orders/list", "<endpoint>app</endpoint>").text
    next_from_id = altcraft.answer("/market/orders/list")["next_from_id"]
    assert text == (
        f"<xml><error>0</error><error_text/><next_from_id>{next_from_id}</next_from_id><result><id>2</id>"
        f"<external_id>O-2</external_id><profile_id>{shown['profile_id']}</profile_id><endpoint>app</endpoint>"
        "<tags>wholesale</tags><status>confirmed</status><delivery_cost/><total_price>150000</total_price>"
        "<currency>RUB</currency><create_time>2026-03-01T10:15:00.500Z</create_time>"
        "<update_time>2026-03-01T10:15:00.500Z</update_time>"
        "<custom_fields><note>Ring twice</note></custom_fields><region>region_1</region>"
        "<lines><external_id>line_1</external_id><status>packed</status><product>sku_1</product>"
        "<base_price_per_item>75000</base_price_per_item><min_price_per_item>0</min_price_per_item>"
        "<final_price_per_item>75000</final_price_per_item><count>2</count>"
        "<custom_fields><engraving>Cleo</engraving></custom_fields></lines></result></xml>"
    )


XML_SKU = """
  <categories><external_id>novels</external_id><name>Novels</name></categories>
  <data><external_id>b</external_id><name>Book</name><product_external_id>books</product_external_id>
    <categories>novels</categories><barcode>1</barcode><barcode>2</barcode><is_available>true</is_available>
    <regional_data><external_id>region_1</external_id><price>1</price><currency>RUB</currency></regional_data></data>
"""


def test_skus_are_imported_and_deleted_in_xml(altcraft: Altcraft) -> None:
    assert altcraft.xml("/market/sku/import", XML_SKU).text == (
        "<xml><error>0</error><error_text/>"
        "<result><external_id>b</external_id><id>3</id><error>0</error><error_text/></result></xml>"
    )
    assert products(altcraft)["books"] == ["b"]
    deleted = altcraft.xml("/market/sku/delete", "<external_ids array='true'>b</external_ids>").text
    assert deleted == "<xml><error>0</error><error_text/><deleted_count>1</deleted_count></xml>"


def test_products_are_listed_in_xml(altcraft: Altcraft) -> None:
    text = altcraft.xml("/market/products/list", "<from_id/>").text
    assert "<sku><name>Phone 256GB</name><external_id>sku_1</external_id></sku><sku><name>Phone 512GB" in text
    assert text.endswith("<name>Another phone</name><external_id>iphone_1</external_id><sku/></result></xml>")


@pytest.mark.parametrize(
    ("path", "content", "answer"),
    [
        (
            "get_status",
            "<id>1</id>",
            "<result><endpoint>website</endpoint><status>delivered</status></result>",
        ),
        ("delete", "<id>1</id>", ""),
        ("delete", "<id>1</id><with_fire>true</with_fire>", "<result/>"),
    ],
)
def test_an_order_is_named_in_xml(altcraft: Altcraft, path: str, content: str, answer: str) -> None:
    text = altcraft.xml(f"/market/orders/{path}", content).text
    assert text == f"<xml><error>0</error><error_text/>{answer}</xml>"


def test_a_refusal_in_xml(altcraft: Altcraft) -> None:
    assert altcraft.xml("/market/orders/get_status", "<id>9</id>").text == (
        "<xml><data/><error>404</error><error_text>Object not found: order 9</error_text></xml>"
    )


def test_the_journal_shows_what_of_a_row_nobody_reads(altcraft: Altcraft) -> None:
    rows = [ORDER | {"payment": "card", "lines": [LINE | {"colour": "red"}]}]
    altcraft.answer("/market/orders/import", data=rows)
    altcraft.answer("/market/products/import", data=[SKU | {"weight": 5}])
    altcraft.answer("/market/orders/delete", external_id="O-9", group_id=1, with_fire=True)
    entries = altcraft.emulator.http.get("/_emulator/requests").json()["requests"]
    assert [entry["unread"] for entry in sorted(entries, key=lambda entry: entry["number"])[-3:]] == [
        ["body.data[].lines[].colour", "body.data[].payment"],
        ["body.data[].weight"],
        ["body.group_id", "body.with_fire"],
    ]


RUBBISH = [{}, {"a": [{}]}, [[1]], [{}], True, 1.5, 10**30, "\0", [None], ["a", 1, {}]]
ITEMS: list[tuple[str, dict[str, Any]]] = [
    ("/market/orders/import", ORDER),
    ("/market/sku/import", SKU | {"custom_fields": {}, "regional_data": [], "tags": [], "barcode": []}),
]


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, body in ALL.items() for field in body])
def test_rubbish_is_refused_or_stored_and_breaks_nothing(altcraft: Altcraft, path: str, field: str) -> None:
    for value in RUBBISH:
        answer = altcraft.call(path, **ALL[path] | {field: value})
        assert answer.status_code == 200, (value, answer.text)
        assert answer.json()["error"] in {0, 400, 404}, (value, answer.text)


@pytest.mark.parametrize(
    ("path", "row", "field"), [(path, row, field) for path, row in ITEMS for field in row]
)
def test_rubbish_in_a_row_is_refused_or_stored(
    altcraft: Altcraft, path: str, row: dict[str, Any], field: str
) -> None:
    rows = [row | {field: value} for value in RUBBISH]
    rows += [row | {"custom_fields": {"note": value, "color": value}} for value in RUBBISH]
    outcomes = altcraft.answer(path, data=rows)["result"]
    assert {one["error"] for one in outcomes} <= {0, 400, 404, 409, 440}


def test_markets_of_sandboxes_have_nothing_to_do_with_each_other(emulator: Emulator) -> None:
    one, other = emulator.sandbox("one"), emulator.sandbox("other")
    place = "/api/v1.1/market/orders"
    emulator.http.post(f"{place}/import", json={"data": [ORDER]}, headers=one.altcraft)
    counts = [
        len(emulator.http.post(f"{place}/list", json={}, headers=sandbox.altcraft).json()["result"])
        for sandbox in (one, other)
    ]
    assert counts == [3, 2]


def test_an_empty_account_has_a_market_in_which_nothing_is_sold_yet(emulator: Emulator) -> None:
    sandbox = emulator.sandbox("empty", fixtures="empty")

    def answer(path: str, **body: Any) -> Any:
        return emulator.http.post(f"/api/v1.1/market/{path}", json=body, headers=sandbox.altcraft).json()

    assert [answer(f"{kind}/list")["result"] for kind in ("orders", "products", "sku")] == [[], [], []]
    assert answer("sku/import", data=[SKU | {"price": "9.90"}])["result"][0]["id"] == 1
    row = ORDER | {"lines": [{"external_id": 1, "product": "book_1_hard"}]}
    assert answer("orders/import", data=[row])["result"][0]["id"] == 1


def test_an_account_without_a_market_has_no_orders(tmp_path: Path) -> None:
    shutil.copytree(shipped_fixtures() / "empty", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "altcraft" / "account.yaml"
    text, market, _ = file.read_text("utf-8").partition("\nmarket:")
    assert market
    file.write_text(text, "utf-8")
    refusal = (404, "Object not found: database of the market")
    with in_process(fixtures=str(tmp_path)) as emulator:
        altcraft = Altcraft(emulator)
        assert altcraft.refused("/market/orders/import", token=TOKEN, data=[ORDER]) == refusal
        assert altcraft.refused("/market/orders/list") == refusal
        assert altcraft.answer("/market/sku/import", data=[SKU])["result"][0]["error"] == 0
        (outcome,) = altcraft.answer("/market/sku/import", data=[SKU | {"currency": "USD"}])["result"]
        assert outcome["error_text"] == "Object not found: currency USD"
