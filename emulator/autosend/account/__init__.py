"""The AutoSend account of a fresh sandbox, from `autosend/account.yaml` of the fixtures."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from emulator.autosend.account.automations import AutomationFixture, EventFixture
from emulator.autosend.account.checking import (
    addressed,
    malformed,
    misled,
    mistyped,
    nested,
    numerous,
    strangers,
    undeliverable,
)
from emulator.autosend.account.contacts import (
    ContactFixture,
    GlobalGroupFixture,
    GroupFixture,
    ListFixture,
    PropertyFixture,
    load_people,
)
from emulator.autosend.account.inbound import InboundFixture
from emulator.autosend.account.parts import HexId, of_project
from emulator.autosend.account.sending import CampaignFixture, DomainFixture, SenderFixture, TemplateFixture
from emulator.autosend.account.webhooks import WebhookFixture
from emulator.autosend.encryption import check_key
from emulator.autosend.foreign import ForeignFixture, load_foreign
from emulator.autosend.keys import add_key
from emulator.autosend.limits import LONGEST_PROJECT_NAME, MOST_EVENTS, MOST_PROJECTS, MOST_WEBHOOKS
from emulator.autosend.organizations import limit_from_now
from emulator.autosend.suppression import MANUAL, suppress
from emulator.autosend.tables import account as tables
from emulator.autosend.tables.contacts import ContactProperty
from emulator.autosend.tables.mails import Template
from emulator.autosend.values import MOST_MAILS, Email, Filled
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import (
    Fixture,
    Moment,
    Place,
    Unique,
    further_defaults,
    read_fixture,
    repeated,
    with_columns,
)
from emulator.sending.job_table import Pace


class KeyFixture(Fixture):
    key: str
    expires: Moment
    """From when on the key is refused."""


@with_columns(tables.Project, "tracking_open", "tracking_click")
class ProjectFixture(Fixture):
    id: HexId
    name: Annotated[Filled, StringConstraints(max_length=LONGEST_PROJECT_NAME)]
    owner_id: HexId = Field(alias="owner")
    pace: Pace
    created_at: Moment = Field(alias="created")
    complaint_limit: float = Field(tables.COMPLAINT_LIMIT, ge=0, le=1)
    """The share of complaints above which the system pauses a gradual campaign."""
    inbound: Annotated[str, Unique()] = Field(pattern="^[a-z0-9]{1,32}$")
    """The subdomain of autosend.email at which the project receives mails."""
    keys: list[str | KeyFixture] = []
    smtp_keys: list[str | KeyFixture] = []
    domains: list[DomainFixture] = []
    senders: list[SenderFixture] = []
    properties: list[PropertyFixture] = []
    contacts: list[ContactFixture] = []
    lists: list[ListFixture] = []
    groups: list[GroupFixture] = []
    suppressed: list[Email] = []
    """Addresses in the global group."""
    templates: list[TemplateFixture] = []
    campaigns: list[CampaignFixture] = []
    events: list[EventFixture] = Field([], max_length=MOST_EVENTS)
    automations: list[AutomationFixture] = []
    webhooks: list[WebhookFixture] = Field([], max_length=MOST_WEBHOOKS)
    inbound_mails: list[InboundFixture] = []

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield place and message of each part that contradicts other parts, or that the API would refuse."""
        yield from mistyped(self.contacts, self.properties)
        yield from nested(self.lists)
        yield from further_defaults("groups", self.groups)
        yield from strangers(self.senders, self.domains)
        yield from undeliverable(
            self.inbound_mails, [self.inbound_domain, *(one.name for one in self.domains)]
        )
        lists = {one.id for one in self.lists}
        yield from addressed(self.campaigns, lists)
        yield from numerous(self.campaigns)
        yield from malformed(self.campaigns, self.templates)
        yield from misled(
            self.automations,
            lists=lists,
            events={one.name for one in self.events},
            templates={one.id for one in self.templates},
        )

    @property
    def inbound_domain(self) -> str:
        return f"{self.inbound}.autosend.email"

    def store(self, turn: Turn, organization: str, global_group: str) -> None:
        """Store the project and its parts, the oldest first: operations list rows in the order of storing."""
        project = self.row(
            tables.Project,
            organization_id=organization,
            domain=self.domains[0].name if self.domains else None,
            inbound_domain=self.inbound_domain,
        )
        turn.session.add(project)
        own: dict[str, Any] = {"organization_id": organization, "project_id": project.id}
        _store_keys(turn, self.keys, **own)
        _store_keys(turn, self.smtp_keys, **own, is_smtp=True)
        by_age = partial(sorted, key=lambda one: project.created_at if one.created is None else one.created)
        for domain in by_age(self.domains):
            domain.store(turn, project)
        turn.session.add_all(sender.row(tables.Sender, project_id=project.id) for sender in self.senders)
        turn.session.add_all(one.row(ContactProperty, **of_project(project)) for one in self.properties)
        load_people(turn, project, by_age(self.contacts), by_age(self.lists))
        for group in self.groups:
            group.store_in(turn, project)
        suppress(turn, project.id, global_group, self.suppressed, MANUAL, project.created_at)
        turn.session.add_all(
            one.row(Template, **of_project(project, one.created)) for one in by_age(self.templates)
        )
        for webhook in by_age(self.webhooks):
            webhook.store(turn, project.id)
        for mail in self.inbound_mails:
            mail.store(turn, project.id)
        for campaign in by_age(self.campaigns):
            campaign.store(turn, project)
        for event in by_age(self.events):
            event.store(turn, project)
        for automation in by_age(self.automations):
            automation.store(turn, project)


class AccountFixture(Fixture):
    organization: HexId
    admins: list[Email] = []
    """The addresses that AutoSend's own mails go to."""
    quota: int | None = Field(None, ge=0, le=MOST_MAILS)
    """How many mails plan and credits allow, counted from the sandbox's beginning; without it, any number."""
    account_keys: list[str | KeyFixture] = []
    global_group: GlobalGroupFixture
    projects: list[ProjectFixture] = Field(min_length=1, max_length=MOST_PROJECTS)
    encryption_keys: list[Annotated[dict[str, Any], AfterValidator(check_key)]] = []
    """Private RSA keys as JWKs, the active one first; without any, two development keys are used."""
    migrations: ForeignFixture = ForeignFixture()
    """Accounts at other providers."""

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield group codes and keys that occur twice, and keys that can not stand in a header."""
        for number, project in enumerate(self.projects):
            for place, group in enumerate(project.groups):
                if group.code == self.global_group.code:
                    yield ("projects", number, "groups", place, "code"), "the global group has the same code"
        keys = list(self._keys())
        for where, key in keys:
            if not re.fullmatch("[!-~]+", key):
                yield where, "a key has letters, digits and signs, and no spaces"
        for number in repeated(key for _, key in keys):
            yield keys[number][0], "the same key is there before"
        for number in repeated(jwk["kid"] for jwk in self.encryption_keys):
            yield ("encryption_keys", number, "kid"), "the same key is there before"

    def _keys(self) -> Iterator[tuple[Place, str]]:
        """Yield the API keys, with their places."""
        keys: list[tuple[Place, list[str | KeyFixture]]] = [(("account_keys",), self.account_keys)]
        for number, project in enumerate(self.projects):
            keys += [(("projects", number, name), getattr(project, name)) for name in ("keys", "smtp_keys")]
        for within, listed in keys:
            for place, one in enumerate(listed):
                yield (*within, place), one if isinstance(one, str) else one.key


def load(turn: Turn, file: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    account = read_fixture(file, AccountFixture)
    organization = tables.Organization(id=account.organization, admins=account.admins)
    turn.session.add(organization)
    limit_from_now(turn, organization, account.quota)
    account.global_group.store(turn, organization.id, None, account.projects[0].created_at)
    for project in account.projects:
        project.store(turn, organization.id, account.global_group.code)
    _store_keys(turn, account.account_keys, organization_id=organization.id)
    load_foreign(turn.session, account.migrations)
    for jwk in account.encryption_keys:
        turn.session.add(tables.EncryptionKey(kid=jwk["kid"], jwk=json.dumps(jwk)))


def _store_keys(turn: Turn, keys: Iterable[str | KeyFixture], **own: Any) -> None:
    for one in keys:
        key, expires = (one, None) if isinstance(one, str) else (one.key, one.expires)
        add_key(turn, key, expires, **own)
