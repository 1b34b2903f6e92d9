"""The account: its balance, its tariffs, settings.

https://bsg.world/documentations/rest-api/balance-2/rates/, and the vendor's OpenAPI in
github.com/bsgworld/go-sdk (v2/api/openapi.yaml).
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from sqlmodel import col, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals
from emulator.rcs.dialect import Call
from emulator.rcs.listing import InOrderOfIds, page_of
from emulator.rcs.models import Data, Listing, Model
from emulator.rcs.tables.account import Tariff
from emulator.rcs.values import Money, whole_number

router = APIRouter(prefix="/api", tags=["Account"], route_class=OperationRoute)


class Balance(Model):
    balance: Money
    currency: str
    credit: Money


@router.get("/accounts/balance")
async def balance(call: Call) -> Data[Balance]:
    """Return the account's balance, and how far it may go below zero.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, account_balance
    """
    return Data(data=Balance.of(call.account, balance=call.account.money))


class TariffAnswer(Model):
    id: int
    name: str
    code: int
    is_active: bool
    is_default: bool


@router.get("/accounts/tariff", responses=refuses(refusals.GivenDataInvalid))
async def tariffs(call: Call, query: Annotated[InOrderOfIds, Query()]) -> Listing[TariffAnswer]:
    """Page through the account's tariffs, active or not.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, account_tariffs
    https://bsg.world/documentations/rest-api/balance-2/rates/
    """
    rows, meta = page_of(call, select(Tariff), (col(Tariff.id),), query)
    return Listing(data=[TariffAnswer.of(row) for row in rows], total=meta.page.total)


@router.get("/settings/address-book-fields/{id}", responses=refuses(refusals.ModelNotFound))
async def settings_value(
    call: Call, book_id: Annotated[str, Path(alias="id", description="Address book id, a number.")]
) -> dict[str, Any]:
    """Return the fields of an address book of a sister product: there are none.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, get_settingsAddressBookFieldsById
    """
    if not whole_number(book_id):
        raise refusals.ModelNotFound
    return {}
