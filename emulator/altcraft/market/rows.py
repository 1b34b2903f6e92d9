"""Products, SKUs and orders as clients describe them, and the definitions that come with an import.

https://guides.altcraft.com/en/developer-guide/market/market-objects. Prices are exact decimals, as texts. A
wrong row of an import has an error in its own outcome.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from emulator.altcraft.models import Body
from emulator.altcraft.people.items import object_of
from emulator.altcraft.refusals import AltcraftError, incorrect
from emulator.altcraft.tables.market import EntityType, ValueType
from emulator.altcraft.values import Count, Flag, Int64, Listed, Name, Text, Words, read_moment
from emulator.engine.clock import Millis

RowModel = TypeVar("RowModel", bound=Body)

DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
DAY_AND_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: ([0-9]{2}:[0-9]{2}:[0-9]{2}))?")


def _price(text: str) -> str:
    if not DECIMAL.fullmatch(text):
        raise ValueError("must be a decimal such as 1000 or 99.90")
    return text


def read_time(value: object) -> Millis:
    """Return an instant, from RFC 3339, `<day> <time>` in UTC, or a day, which is its midnight in UTC.

    Raises ValueError.
    """
    found = DAY_AND_TIME.fullmatch(value) if isinstance(value, str) else None
    return read_moment(f"{found[1]}T{found[2] or '00:00:00'}Z" if found else value)


Price = Annotated[str, AfterValidator(_price), Field(examples=["1000"])]
"""An exact amount of money; it is shown as it was sent."""

ExternalId = Annotated[str, Field(min_length=1, max_length=1000, coerce_numbers_to_str=True)]
"""An id in the client's own system."""

Time = Annotated[Millis, BeforeValidator(read_time, json_schema_input_type=str)]

Values = dict[str, Any]
"""The values of custom fields, by the fields' external ids."""


class NewField(Body):
    """A custom field that an import makes, or changes."""

    external_id: ExternalId
    name: Name
    entity_type: EntityType
    required: Flag
    value_type: ValueType
    default_value: Any = Field(description="What those that do not say it have, where it is not required")
    enum_values: dict[str, Int64] = Field({}, description="Of an enum: its names with their numbers")

    @model_validator(mode="before")
    @classmethod
    def _with_values(cls, content: Any) -> Any:
        """Take the values of an enum from `default_value` if they stand there, as in the documentation."""
        if isinstance(content, dict) and not content.get("enum_values"):
            default = content.get("default_value")
            if content.get("value_type") == "enum" and isinstance(default, dict):
                return {**content, "enum_values": default, "default_value": ""}
        return content


class NewCategory(Body):
    external_id: ExternalId
    name: Name
    parent_external_id: ExternalId | None = Field(None, description="Of a subcategory: the one it is in")


class NewLineStatus(Body):
    external_id: ExternalId
    name: Name
    type: Literal["delivered", "canceled", "refunded", "in_process"]


class RegionalRow(Body):
    """The values of goods that differ in a region."""

    external_id: ExternalId = Field(description="The region")
    price: Price = ""
    old_price: Price = ""
    currency: Name = ""
    custom_fields: Values = {}
    count: Count | None = None
    is_available: Flag | None = None
    delivery: Flag | None = None


class GoodsRow(Body):
    """A product, or the SKU of the product that it names."""

    external_id: ExternalId
    name: Name
    product_external_id: ExternalId | None = Field(None, description="Of a SKU: its product")
    price: Price = ""
    old_price: Price = ""
    currency: Name = ""
    tags: Listed[Name] = []
    manufacturer_name: Name = ""
    description: Annotated[str, Field(max_length=1000)] = ""
    url: Text = ""
    pictures: Listed[Text] = []
    categories: Listed[ExternalId] = []
    count: Count | None = None
    expiration_time: Words = ""
    is_available: Flag | None = None
    delivery: Flag | None = None
    manufacturer_warranty: Flag | None = None
    barcode: Listed[Int64] = []
    custom_fields: Values = {}
    regional_data: Listed[RegionalRow] = []


class SkuRow(GoodsRow):
    product_external_id: ExternalId


class LineRow(Body):
    """A line of an order. Prices that it leaves out are those of the catalogue."""

    external_id: ExternalId
    status: ExternalId = "new"
    product: ExternalId | None = Field(None, description="A SKU or a product")
    sku: ExternalId | None = Field(None, description="A SKU")
    base_price_per_item: Price | None = None
    min_price_per_item: Price = Field("0", description="What discounts stop at")
    final_price_per_item: Price | None = Field(None, description="The base price if left out")
    count: Count = 1
    custom_fields: Values = {}


class Trade(Body):
    """The fields of an order, except those of its buyer."""

    endpoint: ExternalId = Field(description="The touchpoint that it comes from")
    status: ExternalId
    currency: Name
    total_price: Price = Field(description="Of all lines, with the delivery")
    delivery_cost: Price = ""
    tags: Listed[Name] = []
    create_time: Time | None = Field(None, description="The time of the import if left out")
    update_time: Time | None = None
    custom_fields: Values = {}
    region: ExternalId = ""
    lines: Listed[LineRow] = Field(min_length=1)


class OrderRow(Trade):
    """An order, with the match values of its buyer."""

    external_id: ExternalId
    matching: Words | None = Field(None, description="One of the eleven modes; email if nothing says another")
    email: Words | None = None
    phone: Words | None = None
    profile_id: Words | None = None
    provider: Words | None = None
    subscription_id: Words | None = None
    field_name: Words | None = None
    field_value: Any = None
    resource_id: Int64 | None = None


def read_rows(model: type[RowModel], items: Iterable[Any]) -> list[RowModel | AltcraftError]:
    """Return the rows of an import; a wrong row is an error."""
    rows: list[RowModel | AltcraftError] = []
    for item in items:
        try:
            rows.append(_read_row(model, item))
        except AltcraftError as error:
            rows.append(error.kept())
    return rows


def _read_row(model: type[RowModel], item: Any) -> RowModel:
    described = object_of(item)
    try:
        return model.model_validate(described)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise incorrect(problem["loc"], problem) from None
