"""Balance: the vendor's OpenAPI, github.com/bsgworld/go-sdk (v2/api/openapi.yaml)."""

from fastapi import APIRouter

from emulator.gateway.route import OperationRoute
from emulator.rcs.dialect import Call
from emulator.rcs.models import Data, Model
from emulator.rcs.values import Money

router = APIRouter(prefix="/api/accounts", tags=["Account"], route_class=OperationRoute)


class Balance(Model):
    balance: Money
    currency: str
    credit: Money


@router.get("/balance")
async def balance(call: Call) -> Data[Balance]:
    """Return what is left of the account's money, and how far it may go below zero.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, account_balance
    """
    return Data(data=Balance.of(call.account, balance=call.account.money))
