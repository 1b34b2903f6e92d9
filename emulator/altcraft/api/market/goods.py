"""Products, and SKUs, their variants that are sold.

https://guides.altcraft.com/en/developer-guide/market/products-and-sku
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, SkipValidation
from sqlmodel import col, select

from emulator.altcraft import refusals
from emulator.altcraft.api.market.answers import (
    ImportCall,
    ImportOutcomes,
    ListCall,
    MarketCode,
    Page,
    PageAsked,
    page,
    told,
)
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.market.goods import delete_goods, store_goods
from emulator.altcraft.market.rows import ExternalId, GoodsRow, NewCategory, NewField, SkuRow, read_rows
from emulator.altcraft.market.settings import define_categories, define_fields, what_is_known
from emulator.altcraft.models import Asking, Model
from emulator.altcraft.tables.market import Goods, Product, Sku
from emulator.altcraft.values import Int64, Many, Rows
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import among

router = APIRouter(prefix="/api/v1.1/market", tags=["Market"], route_class=OperationRoute)

DeleteCall = Annotated[Call, Policy(right="market.delete", deduplicated="by id", is_long=True)]


class Definitions(Asking):
    """The definitions that an import of goods stores before its rows."""

    custom_fields: Many[NewField] = Field([], description="Custom fields to make or to change")
    categories: Many[NewCategory] = Field([], description="Categories to make or to change")


class GoodsToImport(Definitions):
    data: Rows[Annotated[GoodsRow, SkipValidation]] = Field(
        description="Products, and SKUs, which name a product"
    )


class SkusToImport(Definitions):
    data: Rows[Annotated[SkuRow, SkipValidation]] = Field(description="SKUs")


@router.post("/products/import", responses=refuses(refusals.ObjectNotFound))
async def import_products(call: ImportCall, body: GoodsToImport) -> ImportOutcomes:
    """Make or change products, SKUs and categories; each row has an outcome of its own.

    The shape of the response is inferred.

    https://guides.altcraft.com/en/developer-guide/market/products-and-sku/56249718
    """
    return _import(call, body, GoodsRow, body.data)


@router.post("/sku/import", responses=refuses(refusals.ObjectNotFound))
async def import_skus(call: ImportCall, body: SkusToImport) -> ImportOutcomes:
    """Make or change SKUs and categories; a product that does not exist is made of its first SKU.

    The shape of the response is inferred.

    https://guides.altcraft.com/en/developer-guide/market/products-and-sku/56249733
    """
    return _import(call, body, SkuRow, body.data)


def _import(
    call: Call, definitions: Definitions, model: type[GoodsRow], items: list[GoodsRow] | list[SkuRow]
) -> ImportOutcomes:
    define_fields(call.turn, definitions.custom_fields)
    define_categories(call.turn, definitions.categories)
    rows = read_rows(model, items)
    return told(items, store_goods(call.turn, what_is_known(call.db), rows))


class SkuName(Model):
    name: str
    external_id: str


class ProductName(SkuName):
    sku: list[SkuName]


@router.post("/products/list")
async def get_products_list(call: ListCall, body: PageAsked) -> Page[ProductName]:
    """Page through the products, by id, each with its SKUs.

    https://guides.altcraft.com/en/developer-guide/market/products-and-sku/56249723
    """
    products, next_from_id = page(call, select(Product), col(Product.id), body)
    own = select(Sku).where(among(Sku.product_id, [one.id for one in products])).order_by(col(Sku.id))
    skus: dict[int, list[SkuName]] = {}
    for sku in call.db.exec(own):
        skus.setdefault(sku.product_id, []).append(SkuName.of(sku))
    rows = [ProductName.of(one, sku=skus.get(one.id, [])) for one in products]
    return Page(next_from_id=next_from_id, result=rows)


@router.post("/sku/list")
async def get_skus_list(call: ListCall, body: PageAsked) -> Page[SkuName]:
    """Page through the SKUs, by id.

    https://guides.altcraft.com/en/developer-guide/market/products-and-sku/56249724
    """
    skus, next_from_id = page(call, select(Sku), col(Sku.id), body)
    return Page(next_from_id=next_from_id, result=[SkuName.of(one) for one in skus])


class GoodsNamed(Asking):
    ids: Many[Int64] = Field([], description="Ids; needed without `external_ids`")
    external_ids: Many[ExternalId] = Field([], description="External ids; needed without `ids`")


class GoodsDeleted(MarketCode):
    deleted_count: int


@router.post("/products/delete")
async def delete_products(call: DeleteCall, body: GoodsNamed) -> GoodsDeleted:
    """Delete products with their SKUs; return how many products there were. Unknown ones are no error.

    https://guides.altcraft.com/en/developer-guide/market/products-and-sku/delete-product
    """
    return _delete(call, Product, body)


@router.post("/sku/delete")
async def delete_skus(call: DeleteCall, body: GoodsNamed) -> GoodsDeleted:
    """Delete SKUs; return how many there were. Unknown ones are no error.

    https://guides.altcraft.com/en/developer-guide/market/products-and-sku/delete-sku
    """
    return _delete(call, Sku, body)


def _delete(call: Call, table: type[Goods], body: GoodsNamed) -> GoodsDeleted:
    if not body.ids and not body.external_ids:
        raise refusals.IncorrectRequest("ids", "Field required")
    return GoodsDeleted(deleted_count=delete_goods(call.turn, table, body.ids, body.external_ids))
