"""Orders of people, with their lines.

https://guides.altcraft.com/en/developer-guide/market/orders. The buyers are in the account's market database,
which a token has to see.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, SkipValidation
from sqlmodel import col, select

from emulator.altcraft import refusals
from emulator.altcraft.api.market.answers import (
    EditCall,
    ImportCall,
    ImportOutcomes,
    ListCall,
    MarketCode,
    Page,
    PageAsked,
    ViewCall,
    page,
    told,
)
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find, seen_resources
from emulator.altcraft.market.orders import delete_order, find_order, import_orders, set_line_status
from emulator.altcraft.market.rows import ExternalId, NewField, NewLineStatus, OrderRow, read_rows
from emulator.altcraft.market.settings import (
    define_fields,
    define_line_statuses,
    market_database,
    what_is_known,
)
from emulator.altcraft.models import Asking, Model
from emulator.altcraft.people.writing import Writing
from emulator.altcraft.tables.market import Order
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Flag, Instant, Int64, Many, Rows
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/market/orders", tags=["Market"], route_class=OperationRoute)

DeleteCall = Annotated[Call, Policy(right="market.delete", deduplicated="by id")]


class OrdersToImport(Asking):
    custom_fields: Many[NewField] = Field([], description="Custom fields to make or to change")
    custom_line_statuses: Many[NewLineStatus] = Field([], description="Statuses to make or to change")
    skip_triggers: Flag = Field(False, description="Whether nothing is started by the orders")
    data: Rows[Annotated[OrderRow, SkipValidation]] = Field(description="Orders")


@router.post("/import", responses=refuses(refusals.ObjectNotFound))
async def import_order_and_item_statuses(call: ImportCall, body: OrdersToImport) -> ImportOutcomes:
    """Make or change orders, and profiles for unknown buyers; each order has an outcome of its own.

    The shape of the response is inferred.

    https://guides.altcraft.com/en/developer-guide/market/orders/56249746
    """
    database = _database(call)
    define_fields(call.turn, body.custom_fields)
    define_line_statuses(call.turn, body.custom_line_statuses)
    writing = Writing(database, seen_resources(call), "import", is_silent=body.skip_triggers)
    rows = read_rows(OrderRow, body.data)
    return told(body.data, import_orders(call.turn, what_is_known(call.db), writing, rows))


def _database(call: Call) -> Database:
    """Return the market's database. Raises ObjectNotFound if the token does not see it."""
    return find(call, Database, market_database(call.db), "database")


class OrdersAsked(PageAsked):
    endpoint: ExternalId | None = Field(None, description="Only orders of this touchpoint")


class Line(Model):
    external_id: str
    status: str
    product: str
    base_price_per_item: str
    min_price_per_item: str
    final_price_per_item: str
    count: int
    custom_fields: dict[str, Any]


class OrderInformation(Model):
    id: int
    external_id: str
    profile_id: str
    endpoint: str
    tags: list[str]
    status: str
    delivery_cost: str
    total_price: str
    currency: str
    created_at: Instant = Field(serialization_alias="create_time")
    updated_at: Instant = Field(serialization_alias="update_time")
    custom_fields: dict[str, Any]
    region: str
    lines: list[Line]


@router.post("/list", responses=refuses(refusals.ObjectNotFound))
async def get_orders_list(call: ListCall, body: OrdersAsked) -> Page[OrderInformation]:
    """Page through the orders, by id. The rows of the response are inferred.

    https://guides.altcraft.com/en/developer-guide/market/orders/56249749
    """
    _database(call)
    wanted = select(Order)
    if body.endpoint is not None:
        wanted = wanted.where(Order.endpoint == body.endpoint)
    orders, next_from_id = page(call, wanted, col(Order.id), body)
    return Page(next_from_id=next_from_id, result=[OrderInformation.of(one) for one in orders])


class OrderNamed(Asking):
    id: Int64 | None = Field(None, description="Order id; needed without `external_id`")
    external_id: ExternalId | None = Field(None, description="Needed without `id`")


class OrderToDelete(OrderNamed):
    group_id: Int64 | None = Field(None, description="Access group; of the page's older revision")
    with_fire: Flag | None = Field(None, description="Of the older revision, too: an order is always deleted")

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> Collection[str]:  # noqa: ARG003 -- a contract's
        """Return the fields of an older revision of the page, which chose between two ways to delete."""
        return {"group_id", "with_fire"}


class OlderDeleted(MarketCode):
    """The response of the older revision."""

    result: list[None] = []


@router.post("/delete", responses=refuses(refusals.ObjectNotFound))
async def delete_an_order(call: DeleteCall, body: OrderToDelete) -> OlderDeleted | MarketCode:
    """Delete an order, and take it out of the history of its profile.

    A request of the page's older revision gets that revision's response.

    https://guides.altcraft.com/en/developer-guide/market/orders/76808865
    """
    delete_order(call.turn, _order(call, body))
    is_older = body.group_id is not None or body.with_fire is not None
    return OlderDeleted() if is_older else MarketCode()


def _order(call: Call, body: OrderNamed) -> Order:
    """Return the order that a request names. Raises ObjectNotFound and IncorrectRequest."""
    _database(call)
    if body.id is None and body.external_id is None:
        raise refusals.IncorrectRequest("id", "Field required")
    return find_order(call.db, body.id, body.external_id or "")


class OrderStatus(Model):
    endpoint: str
    status: str


class OrderStatusAnswer(MarketCode):
    result: OrderStatus


@router.post("/get_status", responses=refuses(refusals.ObjectNotFound))
async def get_order_status(call: ViewCall, body: OrderNamed) -> OrderStatusAnswer:
    """Return the status of an order.

    https://guides.altcraft.com/en/developer-guide/market/orders/get-status
    """
    return OrderStatusAnswer(result=OrderStatus.of(_order(call, body)))


class StatusOfLine(Asking):
    order_external_id: ExternalId
    order_line_external_id: ExternalId
    status_external_id: ExternalId = Field(
        description="A status of every market, or one of this market's own"
    )


@router.post("/update_order_line_status", responses=refuses(refusals.ObjectNotFound))
async def update_order_line_status(call: EditCall, body: StatusOfLine) -> MarketCode:
    """Give a line of an order another status. The shape of the response is inferred.

    https://guides.altcraft.com/en/developer-guide/market/orders/update-order-line-status
    """
    _database(call)
    order = find_order(call.db, None, body.order_external_id)
    what_is_known(call.db).check("line status", body.status_external_id)
    set_line_status(call.turn, order, body.order_line_external_id, body.status_external_id)
    return MarketCode()
