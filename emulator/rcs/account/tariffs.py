"""Fixtures of what an account pays, and of the names that its messages come from."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from emulator.engine.engine import Turn
from emulator.rcs.prices import UNIT
from emulator.rcs.senders import REQUEST_IDS, submit
from emulator.rcs.tables.account import Price, SenderRequest, SenderType, Tariff
from emulator.sandbox.fixtures import Duration, Fixture, Unique, with_columns

FIRST_TARIFF = 50_000
"""The number to which a tariff's code is added for its id."""


MOST = 1_000_000_000
"""The largest balance of an account and price of a message."""


def _money_from(least: int) -> BeforeValidator:
    """Make a validator that reads an amount of money of at least `least`."""

    def read(value: object) -> int:
        try:
            amount = Decimal(str(value)) * UNIT
            is_possible = least * UNIT <= amount <= MOST * UNIT
        except InvalidOperation:
            raise ValueError("must be an amount of money, such as 0.0175696") from None
        if not is_possible:
            raise ValueError(f"must be an amount of money from {least} to {MOST}")
        if amount != int(amount):
            raise ValueError("must not have more than seven decimals")
        return int(amount)

    return BeforeValidator(read, json_schema_input_type=float | str)


Money = Annotated[int, _money_from(0)]
Balance = Annotated[int, _money_from(-MOST)]
"""An amount of money, which may be below zero."""


class PriceFixture(Fixture):
    prefix: Annotated[str, Unique()] = Field(pattern="^[0-9]{0,8}$")
    country: str | None = Field(None, pattern="^[A-Z]{2}$")
    text: Money
    card: Money
    carousel: Money
    sms: Money
    viber: Money = 0
    whatsapp: Money = 0


class TariffFixture(Fixture):
    code: Annotated[int, Unique()] = Field(ge=0)
    id: int | None = Field(None, ge=1)
    """Without one, 50000 + code."""
    name: str
    is_default: bool = Field(False, alias="default")
    is_active: bool = Field(True, alias="active")
    prices: list[PriceFixture]

    @model_validator(mode="after")
    def _prices_the_whole_world(self) -> "TariffFixture":
        if not any(price.prefix == "" for price in self.prices):
            raise ValueError('one of the prices must have the prefix "", for all other phones')
        return self

    @model_validator(mode="after")
    def _has_an_id(self) -> "TariffFixture":
        if self.id is None:
            self.id = FIRST_TARIFF + self.code
        return self

    def store(self, turn: Turn) -> None:
        turn.session.add(self.row(Tariff))
        turn.session.add_all(price.row(Price, tariff_code=self.code) for price in self.prices)


class AgentFixture(Fixture):
    name: Annotated[str, Unique()] = Field(min_length=1, max_length=40)
    is_active: bool = Field(True, alias="active")
    countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = []


class SenderFixture(Fixture):
    """A name that SMS or Viber messages come from."""

    name: str = Field(min_length=1, max_length=40)
    type: SenderType = "sms"
    status: Literal["active", "blocked"] = "active"
    country: str | None = Field(None, pattern="^[A-Z]{2}$")
    is_default: bool = Field(False, alias="default")


@with_columns(SenderRequest, "name", "legal_name", "address", "tax_number", "site_url", "comment")
class SenderRequestFixture(Fixture):
    """A request to register a sender that was sent a length of time ago; its states have followed since."""

    sender: str = Field(pattern="^([A-Za-z0-9]{1,11}|[0-9]{1,15})$")
    type: SenderType = "sms"
    country_code: str = Field(alias="country", pattern="^[A-Z]{2}$")
    code_of_company: str = Field(min_length=1, max_length=30)
    informing_purpose: str = Field(min_length=1, max_length=1000)
    description: str = Field(min_length=1, max_length=1000)
    sent: Duration

    def store(self, turn: Turn) -> None:
        then = Turn(turn.store, turn.ids, turn.now - self.sent)
        submit(then, self.row(SenderRequest, id=turn.ids.number(REQUEST_IDS), created_at=then.now))
