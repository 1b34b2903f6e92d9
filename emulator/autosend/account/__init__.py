"""The AutoSend account of a fresh sandbox, from `autosend/account.yaml` of the fixtures."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from emulator.autosend.account.automations import (
    AutomationFixture,
    EventFixture,
    load_automation,
    load_events,
)
from emulator.autosend.account.contacts import (
    ContactFixture,
    GroupFixture,
    ListFixture,
    PropertyFixture,
    load_group,
    load_people,
    load_properties,
)
from emulator.autosend.account.inbound import InboundFixture, load_inbound
from emulator.autosend.account.parts import HexId
from emulator.autosend.account.sending import (
    CampaignFixture,
    DomainFixture,
    SenderFixture,
    TemplateFixture,
    load_campaign,
    load_domains,
    load_senders,
    load_templates,
)
from emulator.autosend.account.webhooks import WebhookFixture, load_webhooks
from emulator.autosend.encryption import check_key
from emulator.autosend.foreign import ForeignFixture, load_foreign
from emulator.autosend.keys import add_key
from emulator.autosend.suppression import MANUAL, suppress
from emulator.autosend.tables import account as tables
from emulator.autosend.values import MOST_MAILS, Email
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Moment, Pace, read_fixture, with_columns


class KeyFixture(Fixture):
    key: str
    expires: Moment
    """When it is refused from."""


@with_columns(tables.Project, "tracking_open", "tracking_click")
class ProjectFixture(Fixture):
    id: HexId
    name: str
    owner_id: HexId = Field(alias="owner")
    pace: Pace
    created_at: Moment = Field(alias="created")
    complaint_limit: float = Field(0.0001, ge=0, le=1)
    """The share of complaints above which the system pauses a gradual campaign."""
    inbound: str = Field(pattern="^[a-z0-9]{1,32}$")
    """The subdomain of autosend.email at which it receives mails."""
    keys: list[str | KeyFixture] = []
    smtp_keys: list[str | KeyFixture] = []
    domains: list[DomainFixture] = []
    senders: list[SenderFixture] = []
    properties: list[PropertyFixture] = []
    contacts: list[ContactFixture] = []
    lists: list[ListFixture] = []
    groups: list[GroupFixture] = []
    suppressed: list[str] = []
    """Addresses in the global group."""
    templates: list[TemplateFixture] = []
    campaigns: list[CampaignFixture] = []
    events: list[EventFixture] = []
    automations: list[AutomationFixture] = []
    webhooks: list[WebhookFixture] = []
    inbound_mails: list[InboundFixture] = []

    @model_validator(mode="after")
    def _names_only_what_it_has(self) -> "ProjectFixture":
        templates, senders = {one.id for one in self.templates}, {one.id for one in self.senders}
        lists = {one.id for one in self.lists}
        for template in self.templates:
            if template.sender_id is not None:
                self._check(f"template {template.id} has a sender", [template.sender_id], senders)
        for campaign in self.campaigns:
            place = f"campaign {campaign.id} has a"
            self._check(f"{place} template", [campaign.template_id], templates)
            self._check(f"{place} sender", [campaign.from_sender_id], senders)
            self._check(f"{place} lists", campaign.to_lists, lists)
        return self

    @staticmethod
    def _check(place: str, named: list[str], known: set[str]) -> None:
        unknown = set(named) - known
        if unknown:
            raise ValueError(f"{place} that is not there: {min(unknown)}")


class AccountFixture(Fixture):
    organization: HexId
    admins: list[Email] = []
    """The addresses that AutoSend's own mails go to."""
    quota: int | None = Field(None, ge=0, le=MOST_MAILS)
    """How many mails its plan and its credits allow together; without it, any number."""
    account_keys: list[str | KeyFixture] = []
    global_group: GroupFixture
    projects: list[ProjectFixture] = Field(min_length=1)
    encryption_keys: list[Annotated[dict[str, Any], AfterValidator(check_key)]] = []
    """Private RSA keys as JWKs, the active one first; without any, two development keys are used."""
    migrations: ForeignFixture = ForeignFixture()
    """Accounts at other providers."""


def load(turn: Turn, folder: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    account = read_fixture(folder / "account.yaml", AccountFixture)
    organization = tables.Organization(id=account.organization, quota=account.quota, admins=account.admins)
    turn.session.add(organization)
    load_group(turn, account.organization, None, account.projects[0].created_at, account.global_group)
    for project in account.projects:
        _load_project(turn, account, project)
    _load_keys(turn, account.account_keys, organization_id=account.organization)
    load_foreign(turn.session, account.migrations)
    for jwk in account.encryption_keys:
        turn.session.add(tables.EncryptionKey(kid=jwk["kid"], jwk=json.dumps(jwk)))


def _load_keys(turn: Turn, keys: Iterable[str | KeyFixture], **own: Any) -> None:
    for one in keys:
        if isinstance(one, str):
            add_key(turn, one, None, **own)
        else:
            add_key(turn, one.key, one.expires, **own)


def _load_project(turn: Turn, account: AccountFixture, fixture: ProjectFixture) -> None:
    project = fixture.row(
        tables.Project,
        organization_id=account.organization,
        domain=fixture.domains[0].name if fixture.domains else None,
        inbound_domain=f"{fixture.inbound}.autosend.email",
    )
    turn.session.add(project)
    own: dict[str, Any] = {"organization_id": account.organization, "project_id": project.id}
    _load_keys(turn, fixture.keys, **own)
    _load_keys(turn, fixture.smtp_keys, **own, is_smtp=True)
    load_domains(turn, project, fixture.domains)
    load_senders(turn, project, fixture.senders)
    load_properties(turn, project, fixture.properties)
    load_people(turn, project, fixture.contacts, fixture.lists)
    for group in fixture.groups:
        load_group(turn, account.organization, project.id, project.created_at, group)
    suppressed = [address.lower() for address in fixture.suppressed]
    suppress(turn, project.id, account.global_group.code, suppressed, MANUAL, project.created_at)
    load_templates(turn, project, fixture.templates)
    load_webhooks(turn, project.id, fixture.webhooks)
    load_inbound(turn, project.id, fixture.inbound_mails)
    senders = {sender.id: sender for sender in fixture.senders}
    for campaign in fixture.campaigns:
        load_campaign(turn, project, senders[campaign.from_sender_id], campaign)
    load_events(turn, project, fixture.events)
    for automation in fixture.automations:
        load_automation(turn, project, automation)
