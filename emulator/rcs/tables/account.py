"""The account: its money, keys, tariffs, and the names that its messages come from.

Money is kept in ten-millionths of the account's currency.
"""

from typing import Annotated, ClassVar, Literal, get_args

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.sending.job_table import Pace
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_list


class Account(Table, table=True):
    IS_FILLED: ClassVar[bool] = True
    __tablename__ = "rcs_account"

    id: int = Field(primary_key=True)
    currency: str
    money: int
    """The balance."""
    credit: int
    """How far the balance may go below zero."""
    reserved: int = 0
    """What the messages under way will cost if they arrive."""
    mode: Annotated[str, OneOf("live", "test", "demo")] = "live"
    """The kind of account, which decides what it may send and to whom."""
    verified_phones: list[str] = json_list()
    """The only phones that an account in test mode sends to."""
    pace: Pace
    """How many messages a second its campaigns send."""
    curfew_begins: Millis | None = None
    """A time of day, from midnight in UTC; None where there is no curfew."""
    curfew_ends: Millis | None = None

    @property
    def available(self) -> int:
        return self.money + self.credit - self.reserved


class ApiKey(Table, table=True):
    __tablename__ = "rcs_api_key"

    key: str = Field(primary_key=True)
    account_id: Annotated[int, RowOf("rcs_account")]


class Tariff(Table, table=True):
    __tablename__ = "rcs_tariff"

    code: int = Field(primary_key=True)
    id: int
    name: str
    is_default: bool
    is_active: bool


class Price(Table, table=True):
    """The prices of messages to the numbers that begin with `prefix`, in a tariff."""

    __tablename__ = "rcs_price"

    tariff_code: int = Field(primary_key=True)
    prefix: str = Field(primary_key=True)
    country: str | None
    """ISO 3166-1 alpha-2."""
    text: int
    card: int
    carousel: int
    sms: int
    """The price of each part of an SMS."""
    viber: int
    whatsapp: int


class Agent(Table, table=True):
    """A sender of RCS and WhatsApp messages."""

    __tablename__ = "rcs_agent"

    name: str = Field(primary_key=True)
    is_active: bool
    countries: list[str] = json_list()
    """The countries that its messages may go to; all if there are none."""


SenderType = Literal["sms", "viber"]
SenderStatus = Literal["new", "accepted", "in_progress", "registered", "rejected"]
"""The statuses of requests to register a sender."""


class Sender(Table, table=True):
    """A name that SMS or Viber messages come from."""

    __tablename__ = "rcs_sender"

    id: int = Field(primary_key=True)
    type: Annotated[str, OneOf(*get_args(SenderType))]
    name: str = Field(index=True)
    status: Annotated[str, OneOf("active", "blocked")]
    country: str | None
    """ISO 3166-1 alpha-2."""
    created_at: Millis
    is_default: bool


class SenderRequest(Table, table=True):
    """A request to register a sender with the operators of a country."""

    __tablename__ = "rcs_sender_request"

    id: int = Field(primary_key=True)
    type: Annotated[str, OneOf(*get_args(SenderType))]
    sender: str = Field(index=True)
    status: str = "new"
    created_at: Millis
    status_changed_at: Millis | None = None
    registered_at: Millis | None = None
    rejection_reason: str | None = None
    country_code: str
    code_of_company: str
    tax_number: str | None = None
    name: str | None = None
    """The name of a person who asks."""
    legal_name: str | None = None
    """The name of a company that asks."""
    address: str | None = None
    site_url: str | None = None
    informing_purpose: str
    description: str
    comment: str | None = None


SENDER_REQUEST = Lifecycle(
    "sender request",
    get_args(SenderStatus),
    {
        ("new", "accept"): "accepted",
        ("accepted", "begin"): "in_progress",
        ("new", "register"): "registered",
        ("accepted", "register"): "registered",
        ("in_progress", "register"): "registered",
        ("new", "reject"): "rejected",
        ("accepted", "reject"): "rejected",
        ("in_progress", "reject"): "rejected",
    },
)
"""Operators decide on requests; clients can only make and read them."""
