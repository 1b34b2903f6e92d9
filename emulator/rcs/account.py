"""The RCS account of a fresh sandbox, from `rcs/account.yaml` of the fixtures."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from sqlmodel import Session

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.rcs import drafts, sending, tables
from emulator.rcs.dialect import Grant, account_credential, account_number
from emulator.rcs.prices import UNIT
from emulator.rcs.recipients import ADD_CONTACT
from emulator.rcs.tables import RCS, SMS
from emulator.sandbox.fixtures import Duration, Fixture, Generated, Moment, Pace, read_fixture
from emulator.sending.messages import MESSAGE_IDS
from emulator.storage.session import look_up
from emulator.storage.store import Store

FIRST_CAMPAIGN = 53_700_000
FIRST_MESSAGE = 3_280_000_000
FIRST_CONTACT = 388_000_000


def _money(value: object) -> int:
    try:
        amount = Decimal(str(value)) * UNIT
    except InvalidOperation:
        raise ValueError("must be an amount of money, such as 0.0175696") from None
    if amount != int(amount):
        raise ValueError("must not have more than seven decimals")
    return int(amount)


Money = Annotated[int, BeforeValidator(_money, json_schema_input_type=float | str)]
PHONE = "^[1-9][0-9]{8,14}$"
Phone = Annotated[str, Field(pattern=PHONE)]


class PriceFixture(Fixture):
    prefix: str = Field(pattern="^[0-9]{0,8}$")
    country: str | None = Field(None, pattern="^[A-Z]{2}$")
    text: Money
    card: Money
    carousel: Money
    sms: Money


class TariffFixture(Fixture):
    code: int = Field(ge=0)
    name: str
    is_default: bool = Field(False, alias="default")
    is_active: bool = Field(True, alias="active")
    prices: list[PriceFixture]

    @model_validator(mode="after")
    def _prices_the_whole_world(self) -> "TariffFixture":
        if not any(price.prefix == "" for price in self.prices):
            raise ValueError('one of the prices must have the prefix "", for all other phones')
        return self


class AgentFixture(Fixture):
    name: str = Field(min_length=1, max_length=40)
    is_active: bool = Field(True, alias="active")
    countries: list[str] = []


class ListFixture(Fixture):
    id: int = Field(ge=1)
    name: str = Field(min_length=3, max_length=50)
    phones: list[Phone] = []
    generate: Generated | None = None

    @model_validator(mode="after")
    def _generates_phones(self) -> "ListFixture":
        if self.generate is not None:
            ends = (1, self.generate.count)
            made = (self.generate.pattern.replace("{n}", str(number)) for number in ends)
            if not all(re.fullmatch(PHONE, phone) for phone in made):
                raise ValueError("the pattern must make phones: 9 to 15 digits, the first of them no 0")
        return self

    def all_phones(self) -> list[str]:
        return self.phones + (list(self.generate.recipients()) if self.generate else [])


class StopListFixture(Fixture):
    phone: Phone
    channels: list[Literal["rcs", "sms"]]


class FallbackFixture(Fixture):
    sender: str
    text: str


class CampaignFixture(Fixture):
    """A campaign and its past: `sent`, `paused` and `stopped` are lengths of time ago."""

    id: int = Field(ge=1, le=FIRST_CAMPAIGN)
    channel: Literal["rcs", "sms"] = "rcs"
    sender: str
    text: str
    phones: list[Phone] = []
    lists: list[int] = []
    created: Moment | None = None
    sent: Duration | None = None
    starts_in: Duration | None = None
    moderation: Duration = sending.MODERATION
    first_batch_in: Duration | None = None
    pace: Pace | None = None
    estimate: Money = 0
    fallback: FallbackFixture | None = None
    paused: Duration | None = None
    stopped: Duration | None = None

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "CampaignFixture":
        if (self.created is None) == (self.sent is None):
            raise ValueError("needs either created or sent")
        return self


class AccountFixture(Fixture):
    id: int = Field(ge=1)
    keys: list[str] = Field(min_length=1)
    currency: str = Field(pattern="^[A-Z]{3}$")
    money: Money
    credit: Money = 0
    pace: Pace
    tariffs: list[TariffFixture] = Field(min_length=1)
    agents: list[AgentFixture] = []
    sms_senders: list[str] = []
    lists: list[ListFixture] = []
    stop_list: list[StopListFixture] = []
    campaigns: list[CampaignFixture] = []

    @model_validator(mode="after")
    def _names_only_what_it_has(self) -> "AccountFixture":
        if sum(tariff.is_default for tariff in self.tariffs) != 1:
            raise ValueError("one of the tariffs must be the default one")
        agents, lists = {agent.name for agent in self.agents}, {one.id for one in self.lists}
        for campaign in self.campaigns:
            if campaign.sender not in (agents if campaign.channel == RCS else self.sms_senders):
                raise ValueError(f"campaign {campaign.id} has a sender that is not there: {campaign.sender}")
            if not lists.issuperset(campaign.lists):
                raise ValueError(f"campaign {campaign.id} has a list that is not there: {campaign.lists}")
        return self


def load(turn: Turn, folder: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    fixture = read_fixture(folder / "account.yaml", AccountFixture)
    turn.ids.begin(MESSAGE_IDS, FIRST_MESSAGE)
    turn.ids.begin(drafts.CAMPAIGN_IDS, FIRST_CAMPAIGN)
    turn.ids.begin("rcs.contact", FIRST_CONTACT)
    account = fixture.row(tables.Account)
    turn.session.add(account)
    turn.session.add_all(tables.ApiKey(key=key, account_id=fixture.id) for key in fixture.keys)
    for tariff in fixture.tariffs:
        turn.session.add(tariff.row(tables.Tariff))
        turn.session.add_all(price.row(tables.Price, tariff_code=tariff.code) for price in tariff.prices)
    turn.session.add_all(agent.row(tables.Agent) for agent in fixture.agents)
    turn.session.add_all(tables.SmsSender(name=name) for name in fixture.sms_senders)
    _load_contacts(turn, fixture.lists)
    for item in fixture.stop_list:
        flags = {"rcs": RCS in item.channels, "sms": SMS in item.channels}
        turn.session.add(item.row(tables.StopListItem, **flags))
    for campaign in fixture.campaigns:
        _load_campaign(turn, account, fixture, campaign)
    turn.schedule(turn.now, "rcs.balance", "rcs.account", account_id=fixture.id, money=fixture.money)


def grants(session: Session) -> Iterator[tuple[str, Grant]]:
    """Return the account's keys, the live ones first."""
    for key, account_id in look_up(session, "SELECT key, account_id FROM rcs_api_key ORDER BY key", ()):
        yield key, Grant(account_id, key)


def names(session: Session) -> Iterator[tuple[str, Grant]]:
    """Return the name that the account's tokens go by."""
    for (account_id,) in look_up(session, "SELECT id FROM rcs_account", ()):
        yield account_credential(account_id), Grant(account_id, None)


def issued(store: Store) -> list[str]:
    """Return the account's keys in the order of the fixture, and the name that its tokens go by."""
    keys = [key for (key,) in store.execute("SELECT key FROM rcs_api_key ORDER BY rowid")]
    return keys + [account_credential(number) for (number,) in store.execute("SELECT id FROM rcs_account")]


def reissue(store: Store, old: str, new: str) -> None:
    """Replace a key, or the number of the account."""
    numbers = account_number(new), account_number(old)
    if numbers[0] is None:
        store.rewrite("UPDATE rcs_api_key SET key = ? WHERE key = ?", (new, old))
        return
    store.rewrite("UPDATE rcs_account SET id = ? WHERE id = ?", numbers)
    store.rewrite("UPDATE rcs_api_key SET account_id = ? WHERE account_id = ?", numbers)
    store.rewrite("UPDATE rcs_dispatch SET account_id = ? WHERE account_id = ?", numbers)


def _load_contacts(turn: Turn, lists: list[ListFixture]) -> None:
    """Make one contact of each phone, and lists of contacts."""
    members = {one.id: list(dict.fromkeys(one.all_phones())) for one in lists}
    phones = list(dict.fromkeys(phone for listed in members.values() for phone in listed))
    first = turn.ids.reserve("rcs.contact", len(phones))
    contacts = {phone: first + index for index, phone in enumerate(phones)}
    turn.store.execute_many(ADD_CONTACT, ((number, phone, turn.now) for phone, number in contacts.items()))
    for one in lists:
        turn.session.add(one.row(tables.ContactList))
        turn.store.execute_many(
            "INSERT INTO rcs_list_member (list_id, contact_id) VALUES (?, ?)",
            ((one.id, contacts[phone]) for phone in members[one.id]),
        )


def _load_campaign(
    turn: Turn, account: tables.Account, fixture: AccountFixture, campaign: CampaignFixture
) -> None:
    created = turn.now - (campaign.sent or 0) if campaign.created is None else campaign.created
    then = Turn(turn.store, turn.ids, created)
    row, _ = drafts.store_campaign(
        then, account, _draft(turn, fixture, campaign), campaign_id=campaign.id, pace=campaign.pace
    )
    row.calculated_price = campaign.estimate
    sending.launch(
        then, row, moderation=campaign.moderation, first_batch=_first_batch(turn.now, created, campaign)
    )
    for action, ago in (("starve", campaign.paused), ("stop", campaign.stopped)):
        if ago is not None:
            turn.schedule(turn.now - ago, "rcs.action", sending.subject(row), action=action)


def _draft(turn: Turn, fixture: AccountFixture, campaign: CampaignFixture) -> drafts.Draft:
    phones = list(campaign.phones)
    for contact_list in fixture.lists:
        if contact_list.id in campaign.lists:
            phones += contact_list.all_phones()
    fallback = campaign.fallback
    return drafts.Draft(
        channel=campaign.channel,
        sender=campaign.sender,
        recipients=[drafts.Recipient(phone) for phone in dict.fromkeys(phones)],
        tariff_code=next(tariff.code for tariff in fixture.tariffs if tariff.is_default),
        options={"text": campaign.text} if campaign.channel == RCS else None,
        text=campaign.text if campaign.channel == SMS else None,
        fallback=drafts.Fallback(**fallback.model_dump()) if fallback else None,
        start_at=None if campaign.starts_in is None else turn.now + campaign.starts_in,
    )


def _first_batch(now: Millis, created: Millis, campaign: CampaignFixture) -> Millis:
    """Return how long after its beginning the campaign's first batch leaves."""
    if campaign.first_batch_in is None:
        return 0
    begins = created + sending.UNTIL_MODERATION + campaign.moderation
    return now + campaign.first_batch_in - begins
