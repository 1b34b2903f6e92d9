"""The Altcraft account of a fresh sandbox, from `altcraft/account.yaml` of the fixtures."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from emulator.altcraft.account.choosing import (
    ConnectorFixture,
    QueryFixture,
    SegmentFixture,
    SuppressionFixture,
    load_choosing,
)
from emulator.altcraft.account.mailings import CampaignFixture, MailingFixture, load_campaign, load_mailing
from emulator.altcraft.account.people import (
    DatabaseFixture,
    Grouped,
    RelationFixture,
    ResourceFixture,
    load_people,
)
from emulator.altcraft.tables.account import Account, Group, Token
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Pace, read_fixture

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
    groups: list[int] | Literal["all"] = "all"


class GroupFixture(Fixture):
    id: int
    name: str


class AccountFixture(Fixture):
    number: int = Field(1, ge=1, alias="id")
    user: str
    pace: Pace
    tokens: list[TokenFixture] = Field(min_length=1)
    groups: list[GroupFixture]
    allow_data_wipe: bool = True
    """Whether whole databases can be wiped."""
    resources: list[ResourceFixture] = []
    databases: list[DatabaseFixture] = []
    relations: list[RelationFixture] = []
    segments: list[SegmentFixture] = []
    suppression_lists: list[SuppressionFixture] = []
    connectors: list[ConnectorFixture] = []
    queries: list[QueryFixture] = []
    campaigns: list[CampaignFixture] = []
    mailings: list[MailingFixture] = []

    @model_validator(mode="after")
    def _names_what_exists(self) -> "AccountFixture":
        databases, segments = {row.id for row in self.databases}, {row.id for row in self.segments}
        lists = {row.id for row in self.suppression_lists}
        for database in self.databases:
            self._check(f"database {database.id}: suppression list", database.suppress_id or None, lists)
        for mailing in self.mailings:
            self._check(f"mailing {mailing.id}: list", mailing.database, databases)
            self._check(f"mailing {mailing.id}: segment", mailing.segment, segments)
            campaigns = {row.id for row in self.campaigns}
            self._check(f"mailing {mailing.id}: campaign", mailing.campaign_id, campaigns)
        for relation in self.relations:
            for number in (relation.database_a, relation.database_b):
                self._check(f"relation {relation.id}: database", number, databases)
        connectors = {row.id for row in self.connectors}
        for query in self.queries:
            self._check(f"query {query.id}: connector", query.connector_id, connectors)
        rows: list[Grouped] = [
            *self.databases, *self.resources, *self.segments, *self.suppression_lists, *self.queries,
            *self.campaigns, *self.mailings,
        ]  # fmt: skip
        for row in rows:
            for group in row.groups:
                self._check(f"{row.name}: group", group, {group.id for group in self.groups})
        return self

    @model_validator(mode="after")
    def _has_tokens_that_open_one_thing(self) -> "AccountFixture":
        tokens = [row.token for row in self.tokens] + [row.token for row in self.resources if row.token]
        if len(set(tokens)) < len(tokens):
            raise ValueError("tokens, those of resources too, are all different")
        return self

    @staticmethod
    def _check(place: str, number: int | None, known: set[int]) -> None:
        if number is not None and number not in known:
            raise ValueError(f"{place} {number} does not exist")


def load(turn: Turn, folder: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    account = read_fixture(folder / "account.yaml", AccountFixture)
    turn.session.add(account.row(Account))
    for number, token in enumerate(account.tokens):
        rights = None if token.rights == "all" else token.rights
        groups = None if token.groups == "all" else token.groups
        turn.session.add(token.row(Token, number=number, rights=rights, groups=groups))
    turn.session.add_all(group.row(Group) for group in account.groups)
    load_people(turn, account.databases, account.resources, account.relations)
    load_choosing(turn, account.segments, account.suppression_lists, account.connectors, account.queries)
    for campaign in account.campaigns:
        load_campaign(turn, account.user, campaign)
    for mailing in account.mailings:
        load_mailing(turn, account.user, mailing)
    turn.ids.begin("altcraft.mailing", max((mailing.id for mailing in account.mailings), default=0))
