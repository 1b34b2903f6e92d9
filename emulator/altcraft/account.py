"""The Altcraft account of a fresh sandbox, from `altcraft/account.yaml` of the fixtures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, model_validator
from sqlmodel import Session

from emulator.altcraft import tables
from emulator.altcraft.dialect import Grant
from emulator.altcraft.schedule import LISTS
from emulator.altcraft.sending import CampaignDates, activate_campaign, plan_past
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, Generated, Moment, Pace, read_fixture
from emulator.storage.session import look_up
from emulator.storage.store import Store

Right = Literal["campaigns.view", "campaigns.run", "mailings.view", "mailings.run", "mailings.edit"]
RIGHTS: tuple[Right, ...] = get_args(Right)

ENTITIES = ("workflows", "triggers", "broadcasts", "regulars", "abns", "placements")


class TokenFixture(Fixture):
    token: str = Field(min_length=1)
    rights: list[Right] | Literal["all"]
    groups: list[int] | Literal["all"] = "all"


class GroupFixture(Fixture):
    id: int
    name: str


class People(Fixture):
    """Profiles, by their e-mail addresses."""

    id: int = Field(ge=1)
    name: str
    groups: list[int] = [tables.MAIN_GROUP]
    profiles: list[str] = []
    generate: Generated | None = None

    def addresses(self) -> list[str]:
        generated = self.generate.recipients() if self.generate else ()
        return list(dict.fromkeys([*self.profiles, *generated]))


class SegmentFixture(People):
    database: int
    """The database that its profiles are in."""


class MailingFixture(Fixture):
    """A mailing and its past: `launched`, `deactivated` and `aborted` are lengths of time ago."""

    id: int = Field(ge=1)
    name: str
    description: str = ""
    kind: Literal["broadcast", "regular", "trigger", "splittest"]
    channel: Literal["email", "sms", "push"] = "email"
    list: int | None = None
    segment: int | None = None
    templates: tuple[int, ...] = Field(min_length=1)
    tags: tuple[str, ...] = ()
    groups: tuple[int, ...] = (tables.MAIN_GROUP,)
    attributes: dict[str, tuple[str, ...]] = {}
    subid: str = ""
    resource: int = 0
    virtual_sender: int = 0
    providers: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    limit: int = Field(0, ge=0)
    campaign: int | None = None
    edited: Moment
    active: bool = False
    pace: Pace | None = None
    launched: Duration | None = None
    deactivated: Duration | None = None
    aborted: Duration | None = None

    @model_validator(mode="after")
    def _has_one_audience(self) -> "MailingFixture":
        if (self.list is None) == (self.segment is None):
            raise ValueError("say either list or segment")
        return self


class ScenarioFixture(Fixture):
    id: int = Field(ge=1)
    name: str
    active: bool = False


class CampaignFixture(Fixture):
    id: int = Field(ge=1)
    name: str
    description: str = ""
    state: Literal["cloning", "inactive", "waiting", "active", "completed", "deleted"]
    starts_in: Duration | None = None
    """When a waiting campaign becomes active."""
    list: int
    segment: int
    stratification: tuple[dict[str, Any], ...] = ()
    tags: tuple[str, ...] = ()
    groups: tuple[int, ...] = (tables.MAIN_GROUP,)
    attributes: dict[str, tuple[str, ...]] = {}
    scenarios: tuple[ScenarioFixture, ...] = ()
    created: Moment

    @model_validator(mode="after")
    def _waits_for_something(self) -> "CampaignFixture":
        if (self.state == "waiting") != (self.starts_in is not None):
            raise ValueError("a waiting campaign, and no other, has starts_in")
        return self


class AccountFixture(Fixture):
    id: int = Field(1, ge=1)
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
            self._check(f"mailing {mailing.id}: list", mailing.list, databases)
            self._check(f"mailing {mailing.id}: segment", mailing.segment, segments)
            self._check(
                f"mailing {mailing.id}: campaign", mailing.campaign, {row.id for row in self.campaigns}
            )
        rows: list[People | CampaignFixture | MailingFixture]
        rows = [*self.databases, *self.segments, *self.campaigns, *self.mailings]
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
    turn.session.add(tables.Account(user=account.user, number=account.id, pace=account.pace))
    for number, token in enumerate(account.tokens):
        turn.session.add(_token(number, token))
    for group in account.groups:
        turn.session.add(tables.Group(id=group.id, name=group.name))
    _load_people(turn, account)
    for campaign in account.campaigns:
        _load_campaign(turn, account.user, campaign)
    for mailing in account.mailings:
        _load_mailing(turn, account.user, mailing)
    turn.ids.begin("altcraft.mailing", max((mailing.id for mailing in account.mailings), default=0))


def grants(session: Session) -> Iterator[tuple[str, Grant]]:
    """Answer the account's tokens in the order of the fixture."""
    rows = look_up(session, "SELECT token, rights, groups FROM altcraft_token ORDER BY number", ())
    for token, rights, groups in rows:
        seen = None if groups is None else frozenset(json.loads(groups))
        yield token, Grant(token, frozenset(json.loads(rights)), seen)


def issued(store: Store) -> list[str]:
    """Answer the account's tokens in the order of the fixture."""
    return [token for (token,) in store.execute("SELECT token FROM altcraft_token ORDER BY number")]


def reissue(store: Store, old: str, new: str) -> None:
    """Replace a token."""
    store.execute("UPDATE altcraft_token SET token = ? WHERE token = ?", (new, old))


def _token(number: int, fixture: TokenFixture) -> tables.Token:
    return tables.Token(
        number=number,
        token=fixture.token,
        rights=list(RIGHTS if fixture.rights == "all" else fixture.rights),
        groups=None if fixture.groups == "all" else fixture.groups,
    )


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
        turn.session.add(tables.Database(**database.model_dump(include={"id", "name", "groups"})))
    for segment in account.segments:
        turn.session.add(tables.Segment(**segment.model_dump(include={"id", "name", "groups"})))
        members = (profiles.get((segment.database, email)) for email in segment.addresses())
        turn.store.execute_many(
            "INSERT INTO altcraft_segment_member (segment_id, profile_id) VALUES (?, ?)",
            ((segment.id, profile) for profile in members if profile),
        )


def _load_campaign(turn: Turn, user: str, fixture: CampaignFixture) -> None:
    nothing: dict[str, dict[str, list[int]]] = {entity: {"ids": []} for entity in ENTITIES}
    campaign = tables.Campaign(
        id=fixture.id,
        name=fixture.name,
        description=fixture.description,
        state="inactive" if fixture.state == "waiting" else fixture.state,
        list_id=fixture.list,
        segment_id=fixture.segment,
        tags=list(fixture.tags),
        groups=list(fixture.groups),
        attributes={name: list(values) for name, values in fixture.attributes.items()},
        extension=nothing,
        control_group={
            "stratification_field_settings": list(fixture.stratification),
            "ignore_entities": nothing,
            "size_formation_settings": {"limit": 0},
        },
        created_at=fixture.created,
        updated_at=fixture.created,
        updated_user=user,
    )
    turn.session.add(campaign)
    if fixture.starts_in is not None:
        activate_campaign(turn, campaign, CampaignDates(turn.now + fixture.starts_in))
    for scenario in fixture.scenarios:
        turn.session.add(
            tables.Scenario(
                id=scenario.id, campaign_id=campaign.id, name=scenario.name, is_active=scenario.active
            )
        )


def _load_mailing(turn: Turn, user: str, fixture: MailingFixture) -> None:
    times = {"start_mins": list(fixture.minutes), "start_hours": list(fixture.hours)}
    mailing = tables.Mailing(
        id=fixture.id,
        name=fixture.name,
        description=fixture.description,
        kind=fixture.kind,
        state="active" if fixture.active else "inactive",
        channel=fixture.channel,
        data_type="segment" if fixture.list is None else "list",
        data_id=fixture.list or fixture.segment or 0,
        content=[{"message_id": template} for template in fixture.templates],
        tags=list(fixture.tags),
        groups=list(fixture.groups),
        attributes={name: list(values) for name, values in fixture.attributes.items()},
        subid=fixture.subid,
        resource_id=fixture.resource,
        virtual_sender_id=fixture.virtual_sender,
        providers=list(fixture.providers),
        start_schedule={name: [] for name in LISTS} | times,
        cycle_limit=fixture.limit,
        campaign_id=fixture.campaign,
        pace=fixture.pace,
        updated_user=user,
        updated_at=fixture.edited,
    )
    turn.session.add(mailing)
    past = {"launch": fixture.launched, "deactivate": fixture.deactivated, "abort": fixture.aborted}
    for action, ago in past.items():
        if ago is not None:
            plan_past(turn, mailing, turn.now - ago, action)
