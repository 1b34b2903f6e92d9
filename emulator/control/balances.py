"""Balances: the money of the accounts whose messages cost something, which tests top up and set."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from emulator.control.problems import Problem
from emulator.control.values import Chosen, PlainNumber, ProviderName, Providers, Wanted, invalid
from emulator.providers import Provider
from emulator.sending.funds import Purse

MOST = 1_000_000_000
"""The largest balance that an account can have, in its currency."""

Amount = Annotated[Decimal, PlainNumber, Field(le=MOST, examples=["100", 12.5])]


class Balance(BaseModel):
    """The money of a provider's account."""

    provider: str = Field(examples=["rcs"])
    currency: str = Field(examples=["USD"])
    balance: float = Field(examples=[1000])
    credit: float = Field(description="How far the balance may go below zero")
    reserved: float = Field(description="What messages under way will cost if they arrive")
    available: float = Field(description="What further messages may cost")


class BalanceList(BaseModel):
    total: int
    balances: list[Balance]


class NewBalance(Wanted):
    """The change of a balance: an amount to add, or the new balance."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"add": "100"}]})

    add: Annotated[Amount, Field(gt=0)] | None = None
    set: Annotated[Amount, Field(ge=-MOST)] | None = None

    @model_validator(mode="after")
    def _says_one(self) -> "NewBalance":
        if (self.add is None) == (self.set is None):
            raise ValueError("say either add or set")
        return self


router = APIRouter(prefix="/_emulator/balances", tags=["Balances"])


@router.get("", summary="List the balances")
async def list_balances(sandbox: Chosen, providers: Providers) -> BalanceList:
    """Return the money of the providers whose messages cost something."""
    with sandbox.turn() as turn:
        found = [
            _balance(turn.session, provider.name, provider.purse)
            for provider in providers
            if provider.purse is not None
        ]
    return BalanceList(total=len(found), balances=found)


@router.get("/{provider}", summary="Look at a balance")
async def look_at_balance(provider: ProviderName, sandbox: Chosen, providers: Providers) -> Balance:
    """Return the money of a provider's account."""
    purse = _purse_of(providers, provider)
    with sandbox.turn() as turn:
        return _balance(turn.session, provider, purse)


@router.post("/{provider}", summary="Top up or set a balance")
async def change_balance(
    provider: ProviderName, wanted: NewBalance, sandbox: Chosen, providers: Providers
) -> Balance:
    """Add money to an account, or set its balance. Campaigns that paused without money wait to be renewed."""
    purse = _purse_of(providers, provider)
    with sandbox.turn() as turn:
        funds = purse.look(turn.session)
        if wanted.set is None:
            balance = funds.balance + _units("add", wanted.add or Decimal(0), purse)
        else:
            balance = _units("set", wanted.set, purse)
            if balance < -funds.credit:
                raise invalid("set", "must not be further below zero than the credit allows")
        if balance > MOST * 10**purse.decimals:
            raise invalid("add", f"must not make the balance greater than {MOST}")
        purse.fill(turn.session, balance)
        return _balance(turn.session, provider, purse)


def _purse_of(providers: Sequence[Provider], name: str) -> Purse:
    purses = {provider.name: provider.purse for provider in providers if provider.purse is not None}
    if name not in purses:
        raise Problem(404, f"{name[:80]!r} has no balance. Those that have one: {', '.join(purses)}")
    return purses[name]


def _units(field: str, amount: Decimal, purse: Purse) -> int:
    """Return an amount in the units of a purse. Raises Problem for an amount with too many decimals."""
    units = amount * 10**purse.decimals
    if units != int(units):
        raise invalid(field, f"must not have more than {purse.decimals} decimals")
    return int(units)


def _balance(session: Session, provider: str, purse: Purse) -> Balance:
    funds, unit = purse.look(session), 10**purse.decimals
    return Balance(
        provider=provider,
        currency=funds.currency,
        balance=funds.balance / unit,
        credit=funds.credit / unit,
        reserved=funds.reserved / unit,
        available=funds.available / unit,
    )
