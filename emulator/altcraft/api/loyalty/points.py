"""Accruals and redemptions of members' points.

https://guides.altcraft.com/en/developer-guide/loyalty
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED
from emulator.altcraft.api.loyalty.answers import (
    Amount,
    EditCall,
    Points,
    PointsOfMember,
    holder_in,
)
from emulator.altcraft.dialect import Call
from emulator.altcraft.loyalty import accounts, programs, transactions
from emulator.altcraft.loyalty.accounts import Holder
from emulator.altcraft.loyalty.transactions import Terms
from emulator.altcraft.models import Model, Reply
from emulator.altcraft.tables.loyalty import PointsTransaction
from emulator.altcraft.values import Flag, Integer, Moment, Words
from emulator.engine.clock import SECOND
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/loyalty", tags=["Loyalty"], route_class=OperationRoute)

REFUSED = (*NOT_MATCHED, refusals.WrongState, refusals.AlreadyExists)

MOST_SECONDS = 10 * 366 * 24 * 60 * 60


class MovedPoints(PointsOfMember):
    promotion_id: Words | None = Field(None, description="External id of a trigger promotion")
    amount: Amount
    is_temp: Flag = Field(False, description="Whether the transaction waits for being committed")
    temp_timeout_sec: Annotated[Integer, Field(ge=1, le=MOST_SECONDS)] | None = Field(
        None, description="After how many seconds a temporary transaction is rolled back"
    )
    created_at: Moment | None = Field(None, description="When it happened; now if left out")
    transaction_eid: Words | None = Field(None, description="An id that no other transaction has")
    external_data: dict[str, Any] = Field({}, description="Kept with the transaction, and in exports")


class AccruedPoints(MovedPoints):
    activation_date: Moment | None = Field(None, description="When they become active; at once if left out")
    expiration_date: Moment | None = Field(None, description="As the currency says if left out")


class Moved(Model):
    transaction_id: str
    balance: Points


@router.post("/accrue_points", responses=refuses(*REFUSED))
async def accrue_points_to_a_member(call: EditCall, body: AccruedPoints) -> Reply[Moved]:
    """Give a member points; return the transaction, and the active balance.

    https://guides.altcraft.com/en/developer-guide/loyalty/accrue-points
    """
    holder = holder_in(call, body)
    return _moved(call, transactions.accrue(call.turn, holder, _terms(call, holder, body)))


@router.post("/redeeme_points", responses=refuses(*REFUSED))
async def redeem_member_points(call: EditCall, body: MovedPoints) -> Reply[Moved]:
    """Take points from a member; return the transaction, and the active balance.

    https://guides.altcraft.com/en/developer-guide/loyalty/redeem-points
    """
    holder = holder_in(call, body)
    return _moved(call, transactions.redeem(call.turn, holder, _terms(call, holder, body)))


def _terms(call: Call, holder: Holder, body: MovedPoints) -> Terms:
    """Return the terms of the transaction that a request asks for. Raises ObjectNotFound."""
    named, timeout = body.promotion_id, body.temp_timeout_sec
    accrued = body if isinstance(body, AccruedPoints) else None
    return Terms(
        amount=body.amount,
        promotion=programs.find_promotion(call.db, holder.program, named) if named else None,
        is_temporary=body.is_temp,
        timeout=timeout * SECOND if timeout else None,
        created_at=body.created_at,
        activates_at=accrued.activation_date if accrued else None,
        expires_at=accrued.expiration_date if accrued else None,
        external_id=body.transaction_eid,
        external_data=body.external_data,
    )


def _moved(call: Call, made: PointsTransaction) -> Reply[Moved]:
    _, active = accounts.balances(call.db, made.profile_id, made.currency_id)
    return Reply(data=Moved.model_validate({"transaction_id": made.id, "balance": active}))
