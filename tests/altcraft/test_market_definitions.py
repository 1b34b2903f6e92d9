"""Definitions in imports: typed custom fields, statuses of lines, and categories."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_market_goods import PRODUCT, refused_row, stored
from tests.altcraft.test_market_goods import imported as goods
from tests.altcraft.test_market_orders import LINE, ORDER, imported, order

FIELD: dict[str, Any] = {
    "external_id": "f1",
    "name": "Field",
    "entity_type": "order",
    "required": False,
    "value_type": "unicode",
    "default_value": "-",
}


def value(altcraft: Altcraft, said: object, **field: Any) -> Any:
    """Return how an order shows a value of a new custom field, or why it is refused."""
    row = ORDER | {"custom_fields": {"f1": said}}
    (outcome,) = imported(altcraft, row, custom_fields=[FIELD | field])
    return outcome["error_text"] or order(altcraft)["custom_fields"].get("f1")


@pytest.mark.parametrize(
    ("value_type", "said", "shown"),
    [
        ("unicode", "text", "text"),
        ("unicode", 7, "7"),
        ("int", 7, 7),
        ("int", "-7", -7),
        ("float", 2.5, 2.5),
        ("float", "2.5", 2.5),
        ("bool", True, True),
        ("bool", "FALSE", False),
        ("enum", "two", 2),
        ("enum", 1, 1),
        ("date", "2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("date", "2026-03-01T10:00:00+03:00", "2026-03-01T07:00:00.000Z"),
    ],
)
def test_a_value_has_the_type_of_its_field(
    altcraft: Altcraft, value_type: str, said: object, shown: object
) -> None:
    field = {"value_type": value_type, "default_value": "", "enum_values": {"one": 1, "two": 2}}
    assert value(altcraft, said, **field) == shown


@pytest.mark.parametrize(
    ("value_type", "said", "reason"),
    [
        ("unicode", ["x"], "must be a text"),
        ("int", "x", "must be an integer"),
        ("int", True, "must be an integer"),
        ("int", 2.5, "must be an integer"),
        ("int", 2**63, "must be an integer"),
        ("float", "x", "must be a number"),
        ("float", "1e999", "must be a number"),
        ("bool", 1, "must be true or false"),
        ("enum", "three", "must be a value of the list"),
        ("enum", 3, "must be a value of the list"),
        ("enum", {"one": 1}, "must be a value of the list"),
        ("date", "yesterday", "must be a date"),
        ("date", "2026-02-30", "must be a date"),
        ("date", 1772323200, "must be a date"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    altcraft: Altcraft, value_type: str, said: object, reason: str
) -> None:
    field = {"value_type": value_type, "default_value": "", "enum_values": {"one": 1, "two": 2}}
    assert value(altcraft, said, **field) == f"Incorrect request: custom_fields.f1: {reason}"


@pytest.mark.parametrize("said", [None, ""])
def test_a_field_that_is_not_said_has_its_default(altcraft: Altcraft, said: object) -> None:
    assert value(altcraft, said, value_type="int", default_value="5") == 5


def test_a_field_without_a_default_is_left_out(altcraft: Altcraft) -> None:
    assert value(altcraft, None, value_type="int", default_value="") is None


@pytest.mark.parametrize("said", [None, "", ...])
def test_a_required_field_must_be_said(altcraft: Altcraft, said: object) -> None:
    fields = {} if said is ... else {"f1": said}
    field = FIELD | {"required": True}
    (outcome,) = imported(altcraft, ORDER | {"custom_fields": fields}, custom_fields=[field])
    assert (outcome["error"], outcome["error_text"]) == (
        400,
        "Incorrect request: custom_fields.f1: Field required",
    )


def test_an_order_that_is_there_keeps_its_values_whatever_is_required_now(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER | {"custom_fields": {"note": "Quick"}})
    assert imported(altcraft, ORDER, custom_fields=[FIELD | {"required": True}])[0]["error"] == 0
    assert order(altcraft)["custom_fields"] == {"note": "Quick"}


def test_lines_have_fields_of_their_own(altcraft: Altcraft) -> None:
    field = FIELD | {"entity_type": "line_order", "value_type": "int", "required": True}
    rows = [
        ORDER | {"lines": [LINE | {"custom_fields": {"f1": 1, "engraving": "Ann"}}]},
        ORDER | {"external_id": "O-10", "lines": [LINE | {"custom_fields": {"f1": "x"}}]},
        ORDER | {"external_id": "O-11"},
    ]
    _, *refused = imported(altcraft, *rows, custom_fields=[field | {"default_value": 0}])
    assert order(altcraft)["lines"][0]["custom_fields"] == {"f1": 1, "engraving": "Ann"}
    assert [one["error_text"] for one in refused] == [
        "Incorrect request: lines.0.custom_fields.f1: must be an integer",
        "Incorrect request: lines.0.custom_fields.f1: Field required",
    ]


def test_products_and_skus_have_fields_of_their_own(altcraft: Altcraft) -> None:
    fields = [FIELD | {"entity_type": kind, "default_value": kind} for kind in ("product", "sku")]
    sku = {"external_id": "s", "name": "S", "product_external_id": "book_1"}
    goods(altcraft, PRODUCT, sku, custom_fields=fields)
    assert stored(altcraft, "product", "book_1", "custom_fields") == ('{"f1":"product"}',)
    assert stored(altcraft, "sku", "s", "custom_fields") == ('{"color":1,"f1":"sku"}',)
    required = [FIELD | {"entity_type": "product", "required": True}]
    row = PRODUCT | {"external_id": "book_2"}
    refusal = (400, "Incorrect request: custom_fields.f1: Field required")
    assert refused_row(altcraft, row, custom_fields=required) == refusal


def test_a_product_that_is_made_of_a_sku_has_the_fields_of_products(altcraft: Altcraft) -> None:
    fields = [FIELD | {"entity_type": "product", "default_value": "none"}]
    goods(altcraft, {"external_id": "s", "name": "S", "product_external_id": "book_1"}, custom_fields=fields)
    assert stored(altcraft, "product", "book_1", "custom_fields") == ('{"f1":"none"}',)
    row = {"external_id": "t", "name": "T", "product_external_id": "book_2"}
    refusal = (400, "Incorrect request: product.custom_fields.f1: Field required")
    required = [FIELD | {"entity_type": "product", "required": True}]
    assert refused_row(altcraft, row, custom_fields=required) == refusal
    goods(altcraft, row | {"product_external_id": "book_1"})


def test_a_field_is_defined_once_and_changed_later(altcraft: Altcraft) -> None:
    imported(altcraft, custom_fields=[FIELD])
    imported(altcraft, custom_fields=[FIELD | {"default_value": "none"}])
    imported(altcraft, ORDER)
    assert order(altcraft)["custom_fields"] == {"note": "-", "f1": "none"}


def test_the_values_of_an_enum_may_stand_in_its_default(altcraft: Altcraft) -> None:
    """As the example of the documentation has them."""
    assert value(altcraft, "two", value_type="enum", default_value={"one": 1, "two": 2}) == 2


WRONG: list[tuple[str, Any, str]] = [
    ("custom_fields", [{}], "custom_fields.0.external_id: Field required"),
    (
        "custom_fields",
        ["f1"],
        "custom_fields.0: Input should be a valid object",
    ),
    (
        "custom_fields",
        [FIELD, FIELD | {"entity_type": "basket"}],
        "custom_fields.1.entity_type: Input should be 'product', 'sku', 'order' or 'line_order'",
    ),
    (
        "custom_fields",
        [FIELD | {"value_type": "text"}],
        "custom_fields.0.value_type: Input should be 'unicode', 'int', 'float', 'bool', 'enum' or 'date'",
    ),
    ("custom_fields", [FIELD | {"default_value": None}], "custom_fields.0.default_value: Field required"),
    (
        "custom_fields",
        [FIELD | {"value_type": "int", "default_value": "x"}],
        "custom_fields.0.default_value: must be an integer",
    ),
    ("custom_fields", [FIELD | {"value_type": "enum"}], "custom_fields.0.enum_values: Field required"),
    (
        "custom_fields",
        [FIELD | {"value_type": "enum", "enum_values": {"one": "x"}}],
        "custom_fields.0.enum_values.one: Input should be a valid integer",
    ),
    (
        "custom_fields",
        [FIELD | {"value_type": "enum", "default_value": {"one": 1.5}}],
        "custom_fields.0.enum_values.one: Input should be a valid integer",
    ),
    (
        "custom_fields",
        [FIELD, FIELD | {"external_id": "note", "value_type": "int", "default_value": 1}],
        "custom_fields.1.value_type: can not be changed",
    ),
    (
        "custom_line_statuses",
        [{"external_id": "s", "name": "S", "type": "lost"}],
        "custom_line_statuses.0.type: Input should be 'delivered', 'canceled', 'refunded' or 'in_process'",
    ),
    (
        "custom_line_statuses",
        [{"external_id": "new", "name": "New", "type": "in_process"}],
        "custom_line_statuses.0.external_id: is a status of every market",
    ),
]


@pytest.mark.parametrize(("name", "definitions", "reason"), WRONG)
def test_a_definition_that_is_wrong_fails_the_whole_import(
    altcraft: Altcraft, name: str, definitions: Any, reason: str
) -> None:
    body = {"data": [ORDER], "custom_line_statuses": [{"external_id": "s", "name": "S", "type": "delivered"}]}
    refusal = altcraft.refused("/market/orders/import", **body | {name: definitions})
    assert refusal == (400, f"Incorrect request: {reason}")
    left = altcraft.emulator.query(
        "SELECT external_id FROM altcraft_market_field WHERE entity_type = 'order'"
    )
    assert left == [("note",)]
    assert altcraft.emulator.query("SELECT external_id FROM altcraft_market_line_status") == [("packed",)]
    assert altcraft.refused("/market/orders/get_status", external_id="O-9")[0] == 404


def test_a_status_of_lines_is_defined_and_used_at_once(altcraft: Altcraft) -> None:
    status = {"external_id": "at_pickup", "name": "At pick-up point", "type": "in_process"}
    row = ORDER | {"lines": [LINE | {"status": "at_pickup"}]}
    assert imported(altcraft, row, custom_line_statuses=[status])[0]["error"] == 0
    imported(altcraft, custom_line_statuses=[status | {"name": "To be fetched"}])
    rows = altcraft.emulator.query("SELECT external_id, name FROM altcraft_market_line_status ORDER BY name")
    assert rows == [("packed", "Packed"), ("at_pickup", "To be fetched")]


def test_categories_are_defined_in_any_order_and_used_at_once(altcraft: Altcraft) -> None:
    categories = [
        {"external_id": "novels", "name": "Novels", "parent_external_id": "books"},
        {"external_id": "books", "name": "Books"},
    ]
    goods(altcraft, PRODUCT | {"categories": ["novels"]}, categories=categories)
    assert stored(altcraft, "product", "book_1", "categories") == ('["novels"]',)
    goods(altcraft, categories={"external_id": "novels", "name": "Long stories"})
    assert stored(altcraft, "category", "novels", "name", "parent_external_id") == ("Long stories", "books")


INSIDE_OF_ITSELF = (400, "Incorrect request: categories.0.parent_external_id: is inside of itself")


@pytest.mark.parametrize("path", ["/market/products/import", "/market/sku/import"])
@pytest.mark.parametrize(
    ("parents", "refusal"),
    [
        ({"a": "z"}, (404, "Object not found: category z")),
        ({"a": "a"}, INSIDE_OF_ITSELF),
        ({"a": "b", "b": "a"}, INSIDE_OF_ITSELF),
        ({"a": "b", "b": "c", "c": "b"}, INSIDE_OF_ITSELF),
        ({"a": "phones", "electronics": "a"}, INSIDE_OF_ITSELF),
    ],
)
def test_a_category_that_can_not_be_is_refused(
    altcraft: Altcraft, path: str, parents: dict[str, str], refusal: tuple[int, str]
) -> None:
    categories = [
        {"external_id": name, "name": name, "parent_external_id": parent} for name, parent in parents.items()
    ]
    assert altcraft.refused(path, data=[PRODUCT], categories=categories) == refusal
    left = altcraft.emulator.query("SELECT external_id FROM altcraft_market_category ORDER BY external_id")
    assert left == [("electronics",), ("phones",)]
