"""Orders that are calculated with the promotions of a loyalty program, and then placed.

https://guides.altcraft.com/en/developer-guide/loyalty. The responses are inferred.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED
from emulator.altcraft.api.loyalty.answers import Points
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find, seen_resources
from emulator.altcraft.market.buyers import find_or_make
from emulator.altcraft.market.orders import stored_orders
from emulator.altcraft.market.preorders import Calculated, CommittedRow, PreorderRow, calculate, place
from emulator.altcraft.market.rows import ExternalId
from emulator.altcraft.market.settings import market_database, what_is_known
from emulator.altcraft.models import Asking, Model, Reply
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import Match, find_each, find_one, match_of
from emulator.altcraft.people.writing import Writing
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Flag, Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/market/orders", tags=["Loyalty"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="market.view")]
CommitCall = Annotated[Call, Policy(right="market.edit", further_right="loyalty.edit", deduplicated="by id")]

MODES = ("email", "phone", "profile_id")


class Buyer(Asking):
    email: Words | None = None
    phone: Words | None = None
    profile_id: Words | None = None


class Preorder(Buyer):
    external_id: ExternalId
    matching: Literal["email", "phone", "profile_id"]
    data: PreorderRow


class OrderPoints(Model):
    accrual: Points
    redeem: Points


class UsedPromotion(Model):
    id: int
    external_id: str
    name: str


class CalculatedLine(Model):
    external_id: str
    product: str
    count: int
    base_price_per_item: str
    final_price_per_item: str


class CalculatedOrder(Model):
    external_id: str
    total_price: str
    discount: str
    final_total_price: str
    delivery_cost: str
    points: OrderPoints
    promotions: Sequence[UsedPromotion]
    lines: list[CalculatedLine]


class PlacedOrder(CalculatedOrder):
    order_id: int


def _row(external_id: str, found: Calculated) -> dict[str, object]:
    """Return the fields of a response for a calculated order."""
    accrued = sum(amount for _, _, amount in found.accrued)
    return {
        "external_id": external_id,
        "total_price": str(found.total),
        "discount": str(found.total - found.final),
        "final_total_price": str(found.final),
        "delivery_cost": str(found.delivery),
        "points": {"accrual": accrued, "redeem": found.redeemed},
        "promotions": [UsedPromotion.of(one) for one in found.promotions],
        "lines": found.values["lines"],
    }


@router.post("/preorder", responses=refuses(*NOT_MATCHED, refusals.WrongState))
async def preliminary_order_calculation(call: ViewCall, body: Preorder) -> Reply[CalculatedOrder]:
    """Return what an order would cost, and the points that it would move; nothing is kept of it.

    https://guides.altcraft.com/en/developer-guide/loyalty/preorder
    """
    database = _database(call)
    profile_id = find_one(call.db, database.id, match_of(body.said("data"), of_database(database), MODES))
    found = calculate(call.turn, what_is_known(call.db), database.id, profile_id, body.data)
    return Reply(data=CalculatedOrder.model_validate(_row(body.external_id, found)))


def _database(call: Call) -> Database:
    return find(call, Database, market_database(call.db), "database")


class PreorderToCommit(Buyer):
    external_id: ExternalId
    skip_triggers: Flag = Field(False, description="Whether nothing is started by the order")
    data: CommittedRow


@router.post("/preorder_commit", responses=refuses(*NOT_MATCHED, refusals.AlreadyExists, refusals.WrongState))
async def order_confirmation(call: CommitCall, body: PreorderToCommit) -> Reply[PlacedOrder]:
    """Place an order, calculated anew: it moves points and activates promo codes.

    https://guides.altcraft.com/en/developer-guide/loyalty/preorder-commit
    """
    database = _database(call)
    match = _match(body, database)
    known = find_each(call.db, database.id, [match])[match]
    if len(known) > 1:
        raise refusals.ManyProfilesMatch(match.shown)
    if not known and match.mode == "profile_id":
        raise refusals.ProfileNotFound(match.shown)
    if stored_orders(call.db, [body.external_id]):
        raise refusals.AlreadyExists("order", body.external_id)
    found = calculate(call.turn, what_is_known(call.db), database.id, known[0] if known else None, body.data)
    profile_id = known[0] if known else _made(call, database, match, is_silent=body.skip_triggers)
    order = place(call.turn, profile_id, body.external_id, found, is_silent=body.skip_triggers)
    return Reply(data=PlacedOrder.model_validate(_row(body.external_id, found) | {"order_id": order.id}))


def _match(body: Buyer, database: Database) -> Match:
    """Return the match for the buyer: by the id, else the e-mail, else the phone. Raises IncorrectRequest."""
    for name in ("profile_id", "email", "phone"):
        value = getattr(body, name)
        if value is not None:
            return match_of({"matching": name, name: value}, of_database(database), MODES)
    raise refusals.IncorrectRequest("profile_id", "Field required")


def _made(call: Call, database: Database, match: Match, *, is_silent: bool) -> str:
    """Return the id of the buyer, making a new profile as an import does. Raises AltcraftError."""
    writing = Writing(database, seen_resources(call), "import", is_silent=is_silent)
    [buyer] = find_or_make(call.turn, writing, [match])
    if isinstance(buyer, AltcraftError):
        raise buyer
    return buyer
