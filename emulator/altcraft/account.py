"""The Altcraft account of a fresh sandbox, from `altcraft/account.yaml` of the fixtures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator
from sqlmodel import Session

from emulator.altcraft import tables
from emulator.altcraft.dialect import Grant
from emulator.altcraft.schedule import LISTS
from emulator.altcraft.sending import CampaignDates, activate_campaign, plan_hold, plan_past
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, Generated, Moment, Pace, read_fixture, with_columns
from emulator.storage.session import look_up
from emulator.storage.store import Store

Right = Literal["campaigns.view", "campaigns.run", "mailings.view", "mailings.run", "mailings.edit"]

ENTITIES = ("workflows", "triggers", "broadcasts", "regulars", "abns", "placements")


class TokenFixture(Fixture):
    token: str = Field(min_length=1)
    rights: list[Right] | Literal["all"]
    groups: list[int] | Literal["all"] = "all"


class GroupFixture(Fixture):
    id: int
    name: str


class Grouped(Fixture):
    id: int = Field(ge=1)
    name: str
    groups: list[int] = [tables.MAIN_GROUP]


class People(Grouped):
    """Profiles, by their e-mail addresses."""

    profiles: list[str] = []
    generate: Generated | None = None

    def addresses(self) -> list[str]:
        generated = self.generate.recipients() if self.generate else ()
        return list(dict.fromkeys([*self.profiles, *generated]))


class SegmentFixture(People):
    database: int
    """The database that its profiles are in."""


@with_columns(tables.Mailing, "description", "subid", "providers", "tags", "attributes")
class MailingFixture(Grouped):
    """A mailing and its past: `launched`, `deactivated` and `aborted` are lengths of time ago."""

    kind: Literal["broadcast", "regular", "trigger", "splittest"]
    channel: Literal["email", "sms", "push"] = "email"
    database: int | None = Field(None, alias="list")
    segment: int | None = None
    templates: list[int] = Field(min_length=1)
    hours: list[int] = []
    minutes: list[int] = []
    cycle_limit: int = Field(0, ge=0, alias="limit")
    campaign_id: int | None = Field(None, alias="campaign")
    resource_id: int = Field(0, alias="resource")
    virtual_sender_id: int = Field(0, alias="virtual_sender")
    updated_at: Moment = Field(alias="edited")
    active: bool = False
    pace: Pace | None = None
    launched: Duration | None = None
    deactivated: Duration | None = None
    aborted: Duration | None = None

    @model_validator(mode="after")
    def _has_one_audience(self) -> "MailingFixture":
        if (self.database is None) == (self.segment is None):
            raise ValueError("say either list or segment")
        return self


class ScenarioFixture(Fixture):
    id: int = Field(ge=1)
    name: str
    is_active: bool = Field(False, alias="active")


@with_columns(tables.Campaign, "description", "tags", "attributes", list="list_id", segment="segment_id")
class CampaignFixture(Grouped):
    state: Literal["cloning", "inactive", "waiting", "active", "completed", "deleted"]
    starts_in: Duration | None = None
    """When a waiting campaign becomes active."""
    stratification: list[dict[str, Any]] = []
    scenarios: list[ScenarioFixture] = []
    created_at: Moment = Field(alias="created")

    @model_validator(mode="after")
    def _waits_for_something(self) -> "CampaignFixture":
        if (self.state == "waiting") != (self.starts_in is not None):
            raise ValueError("a waiting campaign, and no other, has starts_in")
        return self


class AccountFixture(Fixture):
    number: int = Field(1, ge=1, alias="id")
    user: str
    pace: Pace
    tokens: list[TokenFixture] = Field(min_length=1)
    groups: list[GroupFixture]
    databases: list[People] = []
    segments: list[SegmentFixture] = []
    campaigns: list[CampaignFixture] = []
    mailings: list[MailingFixture] = []

    @model_validator(mode="after")
    def _names_what_exists(self) -> "AccountFixture":
        databases, segments = {row.id for row in self.databases}, {row.id for row in self.segments}
        for mailing in self.mailings:
            self._check(f"mailing {mailing.id}: list", mailing.database, databases)
            self._check(f"mailing {mailing.id}: segment", mailing.segment, segments)
            campaigns = {row.id for row in self.campaigns}
            self._check(f"mailing {mailing.id}: campaign", mailing.campaign_id, campaigns)
        rows: list[Grouped] = [*self.databases, *self.segments, *self.campaigns, *self.mailings]
        for row in rows:
            for group in row.groups:
                self._check(f"{row.name}: group", group, {group.id for group in self.groups})
        return self

    @staticmethod
    def _check(place: str, number: int | None, known: set[int]) -> None:
        if number is not None and number not in known:
            raise ValueError(f"{place} {number} does not exist")


def load(turn: Turn, folder: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    account = read_fixture(folder / "account.yaml", AccountFixture)
    turn.session.add(account.row(tables.Account))
    for number, token in enumerate(account.tokens):
        rights = None if token.rights == "all" else token.rights
        groups = None if token.groups == "all" else token.groups
        turn.session.add(token.row(tables.Token, number=number, rights=rights, groups=groups))
    turn.session.add_all(group.row(tables.Group) for group in account.groups)
    _load_people(turn, account)
    for campaign in account.campaigns:
        _load_campaign(turn, account.user, campaign)
    for mailing in account.mailings:
        _load_mailing(turn, account.user, mailing)
    turn.ids.begin("altcraft.mailing", max((mailing.id for mailing in account.mailings), default=0))


def grants(session: Session) -> Iterator[tuple[str, Grant]]:
    """Return the account's tokens in the order of the fixture."""
    rows = look_up(session, "SELECT token, rights, groups FROM altcraft_token ORDER BY number", ())
    for token, *listed in rows:
        rights, groups = (None if text is None else frozenset(json.loads(text)) for text in listed)
        yield token, Grant(token, rights, groups)


def issued(store: Store) -> list[str]:
    """Return the account's tokens in the order of the fixture."""
    return [token for (token,) in store.execute("SELECT token FROM altcraft_token ORDER BY number")]


def reissue(store: Store, old: str, new: str) -> None:
    """Replace a token."""
    store.rewrite("UPDATE altcraft_token SET token = ? WHERE token = ?", (new, old))


def _load_people(turn: Turn, account: AccountFixture) -> None:
    """Make profiles of the addresses of databases, and segments of these profiles."""
    places = [(database.id, email) for database in account.databases for email in database.addresses()]
    ids = turn.ids.hexes("altcraft.profile", len(places))
    profiles = dict(zip(places, ids, strict=True))
    turn.store.execute_many(
        "INSERT INTO altcraft_profile (id, number, database_id, email, phone) VALUES (?, ?, ?, ?, ?)",
        (
            (profile, number, database, email, f"+7900{number:07}")
            for number, ((database, email), profile) in enumerate(profiles.items(), 1)
        ),
    )
    for database in account.databases:
        turn.session.add(database.row(tables.Database))
    for segment in account.segments:
        turn.session.add(segment.row(tables.Segment))
        members = (profiles.get((segment.database, email)) for email in segment.addresses())
        turn.store.execute_many(
            "INSERT INTO altcraft_segment_member (segment_id, profile_id) VALUES (?, ?)",
            ((segment.id, profile) for profile in members if profile),
        )


def _load_campaign(turn: Turn, user: str, fixture: CampaignFixture) -> None:
    nothing: dict[str, dict[str, list[int]]] = {entity: {"ids": []} for entity in ENTITIES}
    campaign = fixture.row(
        tables.Campaign,
        state="inactive" if fixture.state == "waiting" else fixture.state,
        control_group={
            "stratification_field_settings": fixture.stratification,
            "ignore_entities": nothing,
            "size_formation_settings": {"limit": 0},
        },
        updated_at=fixture.created_at,
        updated_user=user,
    )
    turn.session.add(campaign)
    if fixture.starts_in is not None:
        activate_campaign(turn, campaign, CampaignDates(turn.now + fixture.starts_in))
    if fixture.state in {"inactive", "waiting"}:
        plan_hold(turn, campaign)
    turn.session.add_all(one.row(tables.Scenario, campaign_id=campaign.id) for one in fixture.scenarios)


def _load_mailing(turn: Turn, user: str, fixture: MailingFixture) -> None:
    times = {"start_mins": fixture.minutes, "start_hours": fixture.hours}
    mailing = fixture.row(
        tables.Mailing,
        state="active" if fixture.active else "inactive",
        data_type="segment" if fixture.database is None else "list",
        data_id=fixture.database or fixture.segment or 0,
        content=[{"message_id": template} for template in fixture.templates],
        start_schedule={name: [] for name in LISTS} | times,
        updated_user=user,
    )
    turn.session.add(mailing)
    past = {"launch": fixture.launched, "deactivate": fixture.deactivated, "abort": fixture.aborted}
    for action, ago in past.items():
        if ago is not None:
            plan_past(turn, mailing, turn.now - ago, action)
