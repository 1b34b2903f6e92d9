"""The RCS account of a fresh sandbox, from `rcs/account.yaml` of the fixtures."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import Field

from emulator.engine.engine import Turn
from emulator.rcs import drafts
from emulator.rcs.account.campaigns import CampaignFixture
from emulator.rcs.account.checking import contradictions
from emulator.rcs.account.contacts import FieldFixture, ListFixture, Phone, StopListFixture, load_contacts
from emulator.rcs.account.curfew import CurfewFixture
from emulator.rcs.account.mails import MailTemplateFixture
from emulator.rcs.account.short_links import DomainFixture
from emulator.rcs.account.statistics import OperatorFixture, StatisticJobFixture
from emulator.rcs.account.targets import Url, store_target
from emulator.rcs.account.tariffs import (
    MOST,
    AgentFixture,
    Balance,
    Money,
    SenderFixture,
    SenderRequestFixture,
    TariffFixture,
)
from emulator.rcs.account.two_factor import TwoFactorFixture
from emulator.rcs.prices import UNIT
from emulator.rcs.senders import REQUEST_IDS, SENDER_IDS
from emulator.rcs.statistics import MOST_JOBS
from emulator.rcs.tables.account import Account, Agent, ApiKey, Sender
from emulator.rcs.tables.mails import MailTemplate
from emulator.rcs.tables.two_factor import OtpSettings, OtpTemplate
from emulator.rcs.two_factor import TEMPLATE_IDS
from emulator.rcs.webhooks import FOR_OTHERS, FOR_RCS
from emulator.sandbox.fixtures import Fixture, Place, count_on, read_fixture
from emulator.sending.job_table import Pace
from emulator.sending.messages import MESSAGE_IDS

FIRST_IDS = {
    MESSAGE_IDS: 3_280_000_000,
    drafts.CAMPAIGN_IDS: 53_700_000,
    "rcs.contact": 388_000_000,
    "rcs.list": 1_870_000,
    "rcs.field": 387_500,
    "rcs.stop_list": 9_392_000,
    REQUEST_IDS: 11_000,
    TEMPLATE_IDS: 1000,
}
"""Where the numbers of each kind begin, unless the file has higher ones."""

Key = Annotated[str, Field(pattern="^[!-~]+$")]


class AccountFixture(Fixture):
    id: int = Field(ge=1)
    keys: list[Key] = Field(min_length=1)
    callback_url: Url | None = None
    """The address for callbacks of messages without one of their own, but for RCS messages."""
    callback_url_for_rcs: Url | None = None
    """The address for callbacks of RCS messages. If only one of the two is set, it serves all messages."""
    currency: str = Field(pattern="^[A-Z]{3}$")
    money: Balance
    """The balance when a sandbox begins, whatever the past has cost; below zero as far as credit allows."""
    credit: Money = 0
    mode: Literal["live", "test", "demo"] = "live"
    verified_phones: list[Phone] = []
    pace: Pace
    curfew: CurfewFixture | None = None
    tariffs: list[TariffFixture] = Field(min_length=1)
    agents: list[AgentFixture] = []
    senders: list[SenderFixture] = []
    sender_requests: list[SenderRequestFixture] = []
    operators: list[OperatorFixture] = []
    lists: list[ListFixture] = []
    fields: list[FieldFixture] = []
    stop_list: list[StopListFixture] = []
    short_domains: list[DomainFixture] = []
    two_factor: TwoFactorFixture = TwoFactorFixture()
    campaigns: list[CampaignFixture] = []
    statistic_jobs: list[StatisticJobFixture] = Field([], max_length=MOST_JOBS)
    email_templates: list[MailTemplateFixture] = []

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        yield from contradictions(self)


def load(turn: Turn, file: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    fixture = read_fixture(file, AccountFixture)
    for kind, above in FIRST_IDS.items():
        turn.ids.begin(kind, above)
    count_on(turn, drafts.CAMPAIGN_IDS, fixture.campaigns)
    count_on(turn, "rcs.list", fixture.lists)
    count_on(turn, "rcs.field", fixture.fields)
    count_on(turn, TEMPLATE_IDS, fixture.two_factor.templates)
    curfew = {} if fixture.curfew is None else fixture.curfew.model_dump()
    # The past must not run out of money: the event at the end of this function sets the balance.
    account = fixture.row(Account, money=MOST * UNIT, **{f"curfew_{name}": at for name, at in curfew.items()})
    turn.session.add(account)
    turn.session.add_all(ApiKey(key=key, account_id=fixture.id) for key in fixture.keys)
    turn.session.add_all(agent.row(Agent) for agent in fixture.agents)
    for sender in fixture.senders:
        turn.session.add(sender.row(Sender, id=turn.ids.number(SENDER_IDS), created_at=turn.now))
    load_contacts(turn, fixture.lists)
    _store_each(turn, fixture.tariffs)
    _store_each(turn, fixture.sender_requests)
    _store_each(turn, fixture.operators)
    _store_each(turn, fixture.fields)
    _store_each(turn, fixture.stop_list)
    _store_each(turn, fixture.short_domains)
    turn.session.add(fixture.two_factor.row(OtpSettings, id=1))
    turn.session.add_all(one.row(OtpTemplate, updated_at=turn.now) for one in fixture.two_factor.templates)
    lists = {one.id: one for one in fixture.lists}
    tariff_code = next(tariff.code for tariff in fixture.tariffs if tariff.is_default)
    for campaign in fixture.campaigns:
        with campaign.storing():
            campaign.store(turn, account, lists, tariff_code)
    for session in fixture.two_factor.sessions:
        with session.storing():
            session.store(turn, account)
    _store_each(turn, fixture.statistic_jobs)
    turn.session.add_all(template.row(MailTemplate) for template in fixture.email_templates)
    for field, url in ((FOR_OTHERS, fixture.callback_url), (FOR_RCS, fixture.callback_url_for_rcs)):
        if url is not None:
            store_target(turn, field, url)
    turn.schedule(turn.now, "rcs.balance", "rcs.account", account_id=fixture.id, money=fixture.money)


class _Storing(Protocol):
    def store(self, turn: Turn) -> None: ...


def _store_each(turn: Turn, parts: Sequence[_Storing]) -> None:
    for part in parts:
        part.store(turn)
