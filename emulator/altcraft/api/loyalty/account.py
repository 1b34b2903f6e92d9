"""The points account of a member: balances, expiring points, transactions, tiers.

https://guides.altcraft.com/en/developer-guide/loyalty
"""

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

from emulator.altcraft.answers import NOT_MATCHED
from emulator.altcraft.api.loyalty.answers import (
    Limit100,
    OfMember,
    Points,
    PointsOfMember,
    TransactionId,
    ViewCall,
    holder_in,
    member_in,
    need_currency,
)
from emulator.altcraft.listing import find_program, page_after
from emulator.altcraft.loyalty import accounts, tiers
from emulator.altcraft.loyalty.exporting import promotion_ids, row_of
from emulator.altcraft.loyalty.programs import find_tier_group
from emulator.altcraft.models import Model, Reply
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.loyalty import PointsTransaction
from emulator.altcraft.values import Int64, LastMoment, MaybeSecond, Moment
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/loyalty/account", tags=["Loyalty"], route_class=OperationRoute)


class Balances(Model):
    total_balance: Points
    active_balance: Points


@router.post("/balance", responses=refuses(*NOT_MATCHED))
async def get_points_account_balance(call: ViewCall, body: PointsOfMember) -> Reply[Balances]:
    """Return all points of a member, and the active ones.

    https://guides.altcraft.com/en/developer-guide/loyalty/balance
    """
    holder = holder_in(call, body)
    total, active = accounts.balances(call.db, holder.profile_id, holder.currency.id)
    return Reply(data=Balances.model_validate({"total_balance": total, "active_balance": active}))


class Period(PointsOfMember):
    date_from: Moment
    date_to: LastMoment = Field(description="The last second of the period")


class Expiring(Model):
    expiring_points: Points


@router.post("/expiring_points", responses=refuses(*NOT_MATCHED))
async def expiring_points_for_a_period(call: ViewCall, body: Period) -> Reply[Expiring]:
    """Return how many points of a member expire in a period, or have expired in it.

    https://guides.altcraft.com/en/developer-guide/loyalty/expiring-points
    """
    need_currency(body)
    if body.date_to < body.date_from:
        raise IncorrectRequest("date_to", "must not be before date_from")
    points = accounts.expiring(call.db, holder_in(call, body), body.date_from, body.date_to)
    return Reply(data=Expiring.model_validate({"expiring_points": points}))


class TransactionsOfMember(PointsOfMember):
    from_id: TransactionId | None = Field(None, description="The last transaction of the page before")
    limit: Limit100 = Field(20)


class TransactionRow(Model):
    transaction_id: str
    transaction_eid: str
    created_at: str
    transaction_type: str
    amount: str
    balance_before: str
    balance_after: str
    promo_iid: int | None
    promo_eid: str
    description: str
    activation_date: str
    expiration_date: str
    source_type: str
    source_iid: int | None
    source_sid: str


class TransactionPage(Reply[list[TransactionRow]]):
    next_from_id: str
    total_count: int


@router.post("/transactions", responses=refuses(*NOT_MATCHED))
async def get_profile_account_transactions(call: ViewCall, body: TransactionsOfMember) -> TransactionPage:
    """Page through the transactions of a member, the oldest first.

    https://guides.altcraft.com/en/developer-guide/loyalty/transactions-list
    """
    need_currency(body)
    holder, last = holder_in(call, body), body.from_id or ""
    wanted = select(PointsTransaction).where(
        PointsTransaction.profile_id == holder.profile_id,
        PointsTransaction.currency_id == holder.currency.id,
    )
    found, total = page_after(call, wanted, col(PointsTransaction.id), body.limit, last)
    promotions = promotion_ids(call.db, holder.program)
    rows = [TransactionRow.model_validate(row_of(one, promotions)) for one in found]
    return TransactionPage(data=rows, next_from_id=found[-1].id if found else last, total_count=total)


class TiersOfMember(OfMember):
    tiers_group_id: Int64 = Field(description="Group of tiers")


class TierRow(Model):
    tiers_group_type: str
    tier_eid: str
    tier_id: int
    tier_order: int
    reached_at: MaybeSecond


@router.post("/tiers", responses=refuses(*NOT_MATCHED))
async def get_profile_tier_in_a_loyalty_program(call: ViewCall, body: TiersOfMember) -> Reply[list[TierRow]]:
    """Return the tiers of a group that a member has reached; the last one is the current one.

    https://guides.altcraft.com/en/developer-guide/loyalty/tiers
    """
    program = find_program(call, body.loyalty_program_id)
    group = find_tier_group(call.db, program, body.tiers_group_id)
    reached = tiers.reached(call.db, group, member_in(call, program, body))
    return Reply(data=[TierRow.of(one, tiers_group_type=group.kind) for one in reached])
