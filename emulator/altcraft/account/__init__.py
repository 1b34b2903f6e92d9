"""The Altcraft account of a fresh sandbox, from `altcraft/account.yaml` of the fixtures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from emulator.altcraft.account.choosing import (
    ConnectorFixture,
    QueryFixture,
    SegmentFixture,
    SuppressionFixture,
    load_segments,
)
from emulator.altcraft.account.content import SenderFixture, TemplateFixture, VirtualSenderFixture
from emulator.altcraft.account.loyalty import LoyaltyProgramFixture
from emulator.altcraft.account.mailings import CampaignFixture, MailingFixture
from emulator.altcraft.account.market import MarketFixture, load_market
from emulator.altcraft.account.parts import LARGEST_ID, Id
from emulator.altcraft.account.people import (
    DatabaseFixture,
    PixelFixture,
    RelationFixture,
    ResourceFixture,
    load_people,
)
from emulator.altcraft.account.policies import PolicyFixture
from emulator.altcraft.account.scenarios import ScenarioFixture
from emulator.altcraft.tables.account import MAIN_GROUP, Account, Group, Token
from emulator.altcraft.tables.choosing import Connector, DataQuery
from emulator.altcraft.tables.content import Sender
from emulator.altcraft.tables.people import Pixel
from emulator.altcraft.values import Name
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, In, Place, count_on, read_fixture, repeated
from emulator.sending.job_table import Pace

Right = Literal[
    "profiles.view", "profiles.edit", "profiles.delete",
    "databases.view", "databases.edit", "databases.wipe",
    "resources.view", "resources.edit",
    "segments.view", "segments.edit",
    "suppressions.view", "suppressions.edit",
    "templates.view", "templates.edit",
    "senders.view", "senders.edit",
    "mailings.view", "mailings.edit", "mailings.run",
    "campaigns.view", "campaigns.edit", "campaigns.run",
    "scenarios.view", "scenarios.edit", "scenarios.run",
    "goals.view", "goals.edit",
    "loyalty.view", "loyalty.edit",
    "promocodes.view", "promocodes.edit",
    "market.view", "market.edit", "market.delete",
    "datatables.view", "datatables.edit",
]  # fmt: skip


class TokenFixture(Fixture):
    token: str = Field(min_length=1)
    rights: list[Right] | Literal["all"]
    groups: Annotated[list[int], Field(min_length=1)] | Literal["all"] = "all"


class GroupFixture(Fixture):
    id: int = Field(ge=0, le=LARGEST_ID)
    name: Name


HAS_MAIN_GROUP: dict[str, Any] = {"properties": {"id": {"const": MAIN_GROUP}}, "required": ["id"]}
"""A JSON Schema that one of an account's groups has to match."""

ONE_GLOBAL: dict[str, Any] = {
    "contains": {"properties": {"global": {"const": True}}, "required": ["global"]},
    "minContains": 0,
    "maxContains": 1,
}
"""A JSON Schema by which at most one suppression list is the global one."""


class AccountFixture(Fixture):
    number: Id = Field(1, alias="id")
    user: str
    pace: Pace
    tokens: list[TokenFixture] = Field(min_length=1)
    groups: list[GroupFixture] = Field(json_schema_extra={"contains": HAS_MAIN_GROUP})
    """One of them is the main group, 0: it holds everything that is in no other group."""
    allow_data_wipe: bool = True
    """Whether whole databases can be wiped."""
    policies: list[PolicyFixture] = []
    policy_id: Annotated[int, In("policies")] = Field(0, alias="policy")
    """The sending policy of the resources and mailings that have none of their own."""
    resources: list[ResourceFixture] = []
    databases: list[DatabaseFixture] = []
    relations: list[RelationFixture] = []
    pixels: list[PixelFixture] = []
    segments: list[SegmentFixture] = []
    suppression_lists: list[SuppressionFixture] = Field([], json_schema_extra=ONE_GLOBAL)
    connectors: list[ConnectorFixture] = []
    queries: list[QueryFixture] = []
    loyalty_programs: list[LoyaltyProgramFixture] = []
    templates: list[TemplateFixture] = []
    senders: list[SenderFixture] = []
    virtual_senders: list[VirtualSenderFixture] = []
    campaigns: list[CampaignFixture] = []
    mailings: list[MailingFixture] = []
    scenarios: list[ScenarioFixture] = []
    market: MarketFixture | None = None
    """The settings, goods and orders of the market; without it, nobody can order anything."""

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield repeated tokens, missing groups, and second global suppression lists and active programs."""
        tokens = [("tokens", place, one.token) for place, one in enumerate(self.tokens)]
        tokens += [("resources", place, one.token) for place, one in enumerate(self.resources)]
        for number in repeated(token or None for _, _, token in tokens):
            yield (*tokens[number][:2], "token"), "tokens, those of resources too, are all different"
        groups = {group.id for group in self.groups}
        if MAIN_GROUP not in groups:
            yield ("groups",), f"the main group, {MAIN_GROUP}, is one of them"
        for place, one in enumerate(self.tokens):
            for number, group in enumerate(one.groups if one.groups != "all" else []):
                if group not in groups:
                    yield ("tokens", place, "groups", number), f"there is no {group} among the groups"
        for place in repeated(one.is_global or None for one in self.suppression_lists):
            yield ("suppression_lists", place, "global"), "one suppression list is the global one at most"
        for place in repeated(one.database_id if one.is_active else None for one in self.loyalty_programs):
            yield ("loyalty_programs", place), "one loyalty program of a database is active at most"


def load(turn: Turn, file: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    account = read_fixture(file, AccountFixture)
    turn.session.add(account.row(Account))
    for number, token in enumerate(account.tokens):
        rights = None if token.rights == "all" else token.rights
        groups = None if token.groups == "all" else token.groups
        turn.session.add(token.row(Token, number=number, rights=rights, groups=groups))
    turn.session.add_all(group.row(Group) for group in account.groups)
    turn.session.add_all(policy.stored() for policy in account.policies)
    load_people(turn, account.databases, account.resources, account.relations)
    if account.market is not None:
        load_market(turn, account.market)
    turn.session.add_all(pixel.row(Pixel) for pixel in account.pixels)
    for program in account.loyalty_programs:
        program.store(turn)
    load_segments(turn, account.segments)
    for suppressions in account.suppression_lists:
        suppressions.store(turn)
    turn.session.add_all(connector.row(Connector) for connector in account.connectors)
    turn.session.add_all(query.row(DataQuery) for query in account.queries)
    for template in account.templates:
        template.store(turn, account.user)
    turn.session.add_all(sender.row(Sender) for sender in account.senders)
    for virtual_sender in account.virtual_senders:
        virtual_sender.store(turn)
    for campaign in account.campaigns:
        campaign.store(turn, account.user)
    for mailing in account.mailings:
        mailing.store(turn, account.user)
    for scenario in account.scenarios:
        scenario.store(turn)
    count_on(turn, "altcraft.mailing", account.mailings)
    count_on(turn, "altcraft.template", account.templates)
    count_on(turn, "altcraft.virtual_sender", account.virtual_senders)
    count_on(turn, "altcraft.segment", account.segments)
    count_on(turn, "altcraft.suppression_list", account.suppression_lists)
    count_on(turn, "altcraft.data_query", account.queries)
