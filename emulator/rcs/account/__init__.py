"""The RCS account of a fresh sandbox, from `rcs/account.yaml` of the fixtures."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from emulator.engine.engine import Turn
from emulator.rcs import drafts
from emulator.rcs.account.campaigns import FIRST_CAMPAIGN, CampaignFixture, load_campaigns
from emulator.rcs.account.contacts import (
    FieldFixture,
    ListFixture,
    Phone,
    StopListFixture,
    load_contacts,
    load_fields,
    load_stop_list,
)
from emulator.rcs.account.curfew import CurfewFixture
from emulator.rcs.account.mails import MailTemplateFixture, load_mail_templates
from emulator.rcs.account.short_links import Domains, load_domains
from emulator.rcs.account.statistics import (
    OperatorFixture,
    StatisticJobFixture,
    load_operators,
    load_statistic_jobs,
)
from emulator.rcs.account.targets import Url, load_targets
from emulator.rcs.account.tariffs import (
    AgentFixture,
    Money,
    SenderFixture,
    SenderRequestFixture,
    TariffFixture,
    load_sender_requests,
    load_senders,
    load_tariffs,
)
from emulator.rcs.account.two_factor import TwoFactorFixture, load_sessions, load_two_factor
from emulator.rcs.channels import RCS
from emulator.rcs.senders import REQUEST_IDS
from emulator.rcs.tables.account import Account, Agent, ApiKey
from emulator.rcs.webhooks import FOR_OTHERS, FOR_RCS
from emulator.sandbox.fixtures import Fixture, Pace, read_fixture
from emulator.sending.messages import MESSAGE_IDS

FIRST_MESSAGE = 3_280_000_000
FIRST_CONTACT = 388_000_000
FIRST_LIST = 1_870_000
FIRST_FIELD = 387_500
FIRST_STOP_LIST_ITEM = 9_392_000
FIRST_SENDER_REQUEST = 11_000


class AccountFixture(Fixture):
    id: int = Field(ge=1)
    keys: list[str] = Field(min_length=1)
    callback_url: Url | None = None
    """Where callbacks of messages go that have no address of their own; RCS messages have the next one."""
    callback_url_for_rcs: Url | None = None
    """Where those of RCS messages go. Either address serves all messages where the other is not set."""
    currency: str = Field(pattern="^[A-Z]{3}$")
    money: Money
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
    short_domains: Domains = []
    two_factor: TwoFactorFixture = TwoFactorFixture()
    campaigns: list[CampaignFixture] = []
    statistic_jobs: list[StatisticJobFixture] = []
    email_templates: list[MailTemplateFixture] = []

    @model_validator(mode="after")
    def _names_only_what_it_has(self) -> "AccountFixture":
        if sum(tariff.is_default for tariff in self.tariffs) != 1:
            raise ValueError("one of the tariffs must be the default one")
        names = {agent.name for agent in self.agents}, {sender.name for sender in self.senders}
        lists = {one.id for one in self.lists}
        for campaign in self.campaigns:
            if campaign.sender not in names[campaign.channel != RCS]:
                raise ValueError(f"campaign {campaign.id} has a sender that is not there: {campaign.sender}")
            if not lists.issuperset(campaign.lists):
                raise ValueError(f"campaign {campaign.id} has a list that is not there: {campaign.lists}")
        unknown = {job.campaign for job in self.statistic_jobs} - {campaign.id for campaign in self.campaigns}
        if unknown:
            raise ValueError(f"a statistic job has a campaign that is not there: {min(unknown)}")
        return self


def load(turn: Turn, folder: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    fixture = read_fixture(folder / "account.yaml", AccountFixture)
    turn.ids.begin(MESSAGE_IDS, FIRST_MESSAGE)
    turn.ids.begin(drafts.CAMPAIGN_IDS, FIRST_CAMPAIGN)
    turn.ids.begin("rcs.contact", FIRST_CONTACT)
    turn.ids.begin("rcs.list", FIRST_LIST)
    turn.ids.begin("rcs.field", FIRST_FIELD)
    turn.ids.begin("rcs.stop_list", FIRST_STOP_LIST_ITEM)
    turn.ids.begin(REQUEST_IDS, FIRST_SENDER_REQUEST)
    curfew = {} if fixture.curfew is None else fixture.curfew.model_dump()
    account = fixture.row(Account, **{f"curfew_{name}": at for name, at in curfew.items()})
    turn.session.add(account)
    turn.session.add_all(ApiKey(key=key, account_id=fixture.id) for key in fixture.keys)
    turn.session.add_all(agent.row(Agent) for agent in fixture.agents)
    load_tariffs(turn, fixture.tariffs)
    load_senders(turn, fixture.senders)
    load_sender_requests(turn, fixture.sender_requests)
    load_operators(turn, fixture.operators)
    load_contacts(turn, fixture.lists)
    load_fields(turn, fixture.fields)
    load_stop_list(turn, fixture.stop_list)
    load_two_factor(turn, fixture.two_factor)
    load_domains(turn, fixture.short_domains)
    lists = {one.id: one for one in fixture.lists}
    tariff_code = next(tariff.code for tariff in fixture.tariffs if tariff.is_default)
    load_campaigns(turn, account, fixture.campaigns, lists, tariff_code)
    load_sessions(turn, account, fixture.two_factor)
    load_statistic_jobs(turn, fixture.statistic_jobs)
    load_mail_templates(turn, fixture.email_templates)
    load_targets(turn, {FOR_OTHERS: fixture.callback_url, FOR_RCS: fixture.callback_url_for_rcs})
    turn.schedule(turn.now, "rcs.balance", "rcs.account", account_id=fixture.id, money=fixture.money)
