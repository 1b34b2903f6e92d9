"""Committing, rolling back and cancelling transactions of points.

https://guides.altcraft.com/en/developer-guide/loyalty
"""

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.api.loyalty.answers import EditCall, Points
from emulator.altcraft.dialect import Call
from emulator.altcraft.listing import sees_program
from emulator.altcraft.loyalty import accounts, transactions
from emulator.altcraft.models import Asking, Model, Reply
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.loyalty import LoyaltyProgram, PointsTransaction
from emulator.altcraft.values import Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/loyalty", tags=["Loyalty"], route_class=OperationRoute)

REFUSED = (refusals.ObjectNotFound, refusals.WrongState)


class TransactionById(Asking):
    """The id of a transaction. One of the two fields is required; `transaction_id` wins over the other."""

    transaction_id: Words | None = None
    transaction_eid: Words | None = Field(None, description="Its external id")


class Ended(Model):
    transaction_id: str
    balance: Points


@router.post("/commit_transaction", responses=refuses(*REFUSED))
async def commit_temporary_transaction(call: EditCall, body: TransactionById) -> Reply[Ended]:
    """Make a temporary transaction permanent. The commit of an accrual is a new transaction.

    https://guides.altcraft.com/en/developer-guide/loyalty/commit-transaction
    """
    return _ended(call, transactions.commit(call.turn, _find(call, body)))


@router.post("/rollback_transaction", responses=refuses(*REFUSED))
async def roll_back_temporary_transaction(call: EditCall, body: TransactionById) -> Reply[Ended]:
    """Undo a temporary transaction.

    https://guides.altcraft.com/en/developer-guide/loyalty/rollback-transaction
    """
    transaction = _find(call, body)
    transactions.roll_back(call.turn, transaction)
    return _ended(call, transaction)


@router.post("/cancel_transaction", responses=refuses(*REFUSED))
async def cancel_points_transaction(call: EditCall, body: TransactionById) -> Reply[Ended]:
    """Undo a transaction, be it temporary or permanent.

    https://guides.altcraft.com/en/developer-guide/loyalty/cancel-transation
    """
    transaction = _find(call, body)
    transactions.cancel(call.turn, transaction)
    return _ended(call, transaction)


def _find(call: Call, body: TransactionById) -> PointsTransaction:
    """Return the transaction that a request names, if the token sees its program.

    Raises ObjectNotFound, IncorrectRequest.
    """
    named = body.transaction_id or body.transaction_eid
    if named is None:
        raise IncorrectRequest("transaction_id", "Field required")
    found = transactions.find(call.db, number=body.transaction_id, external_id=body.transaction_eid)
    if found is None or not sees_program(call, call.db.get_one(LoyaltyProgram, found.program_id)):
        raise refusals.ObjectNotFound("transaction", named)
    return found


def _ended(call: Call, transaction: PointsTransaction) -> Reply[Ended]:
    _, active = accounts.balances(call.db, transaction.profile_id, transaction.currency_id)
    return Reply(data=Ended.model_validate({"transaction_id": transaction.id, "balance": active}))
