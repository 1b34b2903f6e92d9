"""The market: its settings, goods and orders."""

from typing import Annotated, Any, ClassVar, Literal, get_args

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_list, json_object

EntityType = Literal["product", "sku", "order", "line_order"]
"""The kind of objects that have a custom field."""
ValueType = Literal["unicode", "int", "float", "bool", "enum", "date"]


class Market(Table, table=True):
    """The settings of the market, in a single row. The platform's administrator sets them up."""

    __tablename__ = "altcraft_market"

    id: int = Field(default=1, primary_key=True)
    database_id: Annotated[int, RowOf("altcraft_database")]
    """The database of the buyers."""
    currencies: list[str] = json_list()
    regions: list[str] = json_list()
    touchpoints: list[str] = json_list()
    """The names that the `endpoint` of an order may have."""
    order_statuses: list[str] = json_list()
    """The statuses of orders beside the standard ones."""


class CustomField(Table, table=True):
    """A field that products, SKUs, orders or order lines have beside the standard ones."""

    __tablename__ = "altcraft_market_field"

    entity_type: Annotated[str, OneOf(*get_args(EntityType))] = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    name: str
    required: bool
    value_type: Annotated[str, OneOf(*get_args(ValueType))]
    default: list[Any] = json_list()
    """The value of objects that leave it out, in its stored form, as a list of one; empty for no default."""
    enum_values: dict[str, int] = json_object()
    """The names of an enum's values, with their numbers."""


class LineStatus(Table, table=True):
    """A status of order lines beside the standard ones."""

    __tablename__ = "altcraft_market_line_status"

    external_id: str = Field(primary_key=True)
    name: str
    type: Annotated[str, OneOf("delivered", "canceled", "refunded", "in_process")]
    """The kind of the status: in process, or a result."""


class Category(Table, table=True):
    __tablename__ = "altcraft_market_category"

    external_id: str = Field(primary_key=True)
    name: str
    parent_external_id: str = ""


class Goods(Table):
    """The columns of products and SKUs. Prices are exact decimals, as texts; an empty text is unknown."""

    id: int = Field(primary_key=True)
    external_id: str = Field(unique=True)
    name: str
    price: str = ""
    old_price: str = ""
    currency: str = ""
    tags: list[str] = json_list()
    manufacturer_name: str = ""
    description: str = ""
    url: str = ""
    pictures: list[str] = json_list()
    categories: list[str] = json_list()
    count: int | None = None
    expiration_time: str = ""
    is_available: bool | None = None
    delivery: bool | None = None
    manufacturer_warranty: bool | None = None
    barcode: list[int] = json_list()
    custom_fields: dict[str, Any] = json_object()
    regional_data: list[dict[str, Any]] = json_list()
    """The values that differ in a region, which `external_id` names."""


class Product(Goods, table=True):
    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_market_product"


class Sku(Goods, table=True):
    """A variant of a product, which is what is sold."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_market_sku"

    product_id: Annotated[int, RowOf("altcraft_market_product")] = Field(index=True)


class Order(Table, table=True):
    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_market_order"

    id: int = Field(primary_key=True)
    external_id: str = Field(unique=True)
    profile_id: str = Field(index=True)
    endpoint: str = Field(index=True)
    tags: list[str] = json_list()
    status: str
    delivery_cost: str = ""
    total_price: str
    currency: str
    created_at: Millis
    updated_at: Millis
    custom_fields: dict[str, Any] = json_object()
    region: str = ""
    lines: list[dict[str, Any]] = json_list()
    """The lines, with the names of `orders/list`."""


ORDER_STATUSES = ("new", "delivered", "paid", "canceled", "part_refunded")
"""The statuses of orders that every market has."""

LINE_STATUSES = ("delivering", "processing", "new", "refunded", "canceled", "delivered")
"""The statuses of order lines that every market has."""
