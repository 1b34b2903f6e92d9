"""The AutoSend account of a fresh sandbox, from `autosend/account.yaml` of the fixtures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from sqlmodel import Session, select

from emulator.autosend import tables
from emulator.autosend.sending import subject
from emulator.autosend.wire import Grant
from emulator.core.engine import Turn
from emulator.core.fixtures import Duration, Fixture, Generated, Moment, Pace, read_fixture
from emulator.core.store import Store

HEX = r"^[0-9a-f]{24}$"


class DomainFixture(Fixture):
    id: str = Field(pattern=HEX)
    name: str
    status: Literal["VERIFIED", "PENDING", "PENDING_CONFIGURATION"] = "VERIFIED"


class SenderFixture(Fixture):
    id: str = Field(pattern=HEX)
    email: str
    name: str


class ListFixture(Fixture):
    id: str = Field(pattern=HEX)
    name: str
    type: Literal["list", "segment"] = "list"
    contacts: list[str] = []
    generate: Generated | None = None

    def addresses(self) -> list[str]:
        generated = list(self.generate.recipients()) if self.generate else []
        return [address.lower() for address in self.contacts + generated]


class TemplateFixture(Fixture):
    id: str = Field(pattern=r"^A-[0-9a-f]{20}$")
    name: str
    subject: str
    preview: str = ""
    html: str
    created: Moment


class CampaignFixture(Fixture):
    """A campaign and its past: `released`, `paused` and `aborted` are lengths of time ago."""

    id: str = Field(pattern=HEX)
    name: str
    subject: str
    preview: str = ""
    template: str
    sender: str
    lists: list[str]
    created: Moment
    mode: Literal["immediate", "scheduled", "gradual"] = "immediate"
    strategy: Literal["fixed", "1.25x", "1.5x", "1.75x", "2x"] | None = None
    daily: int | None = Field(None, ge=1)
    pace: Pace | None = None
    scheduled_in: Duration | None = None
    released: Duration | None = None
    paused: Duration | None = None
    aborted: Duration | None = None

    @model_validator(mode="after")
    def _has_a_possible_past(self) -> "CampaignFixture":
        if self.mode == "gradual" and (self.strategy is None or self.daily is None):
            raise ValueError("a gradual campaign needs strategy and daily")
        if self.released is not None and self.scheduled_in is not None:
            raise ValueError("is either released or scheduled_in")
        for later in (self.paused, self.aborted):
            if later is not None and (self.released is None or later >= self.released):
                raise ValueError("can be paused or aborted only after it was released")
        return self


class ProjectFixture(Fixture):
    id: str = Field(pattern=HEX)
    name: str
    owner: str = Field(pattern=HEX)
    pace: Pace
    keys: list[str] = []
    domains: list[DomainFixture] = []
    senders: list[SenderFixture] = []
    lists: list[ListFixture] = []
    suppressed: list[str] = []
    templates: list[TemplateFixture] = []
    campaigns: list[CampaignFixture] = []

    @model_validator(mode="after")
    def _names_only_what_it_has(self) -> "ProjectFixture":
        known = {
            "template": {template.id for template in self.templates},
            "sender": {sender.id for sender in self.senders},
            "lists": {contact_list.id for contact_list in self.lists},
        }
        for campaign in self.campaigns:
            for field, names in known.items():
                value = getattr(campaign, field)
                unknown = set(value if isinstance(value, list) else [value]) - names
                if unknown:
                    raise ValueError(
                        f"campaign {campaign.id} has a {field} that is not there: {min(unknown)}"
                    )
        return self


class AccountFixture(Fixture):
    organization: str = Field(pattern=HEX)
    account_keys: list[str] = []
    projects: list[ProjectFixture] = Field(min_length=1)


def load(turn: Turn, folder: Path) -> None:
    """Store the account that `account.yaml` describes. Raises FixtureError."""
    account = read_fixture(folder / "account.yaml", AccountFixture)
    for project in account.projects:
        _load_project(turn, account.organization, project)
    for key in account.account_keys:
        turn.session.add(tables.ApiKey(key=key, organization_id=account.organization))


def grants(session: Session) -> Iterator[tuple[str, Grant]]:
    """Answer the account's keys: those of projects before those of the account."""
    keys = session.exec(select(tables.ApiKey)).all()
    for row in sorted(keys, key=lambda row: (row.project_id is None, row.key)):
        yield row.key, Grant(row.key, row.organization_id, row.project_id)


def issued(store: Store) -> list[str]:
    """Answer the account's keys in the order of the fixture."""
    return [key for (key,) in store.execute("SELECT key FROM autosend_api_key ORDER BY rowid")]


def reissue(store: Store, old: str, new: str) -> None:
    """Replace a key."""
    store.execute("UPDATE autosend_api_key SET key = ? WHERE key = ?", (new, old))


def _load_project(turn: Turn, organization: str, project: ProjectFixture) -> None:
    session = turn.session
    session.add(
        tables.Project(
            id=project.id,
            organization_id=organization,
            name=project.name,
            owner_id=project.owner,
            pace=project.pace,
        )
    )
    for key in project.keys:
        session.add(tables.ApiKey(key=key, organization_id=organization, project_id=project.id))
    for domain in project.domains:
        session.add(tables.Domain(project_id=project.id, **domain.model_dump()))
    for sender in project.senders:
        session.add(tables.Sender(project_id=project.id, **sender.model_dump()))
    _load_contacts(turn, project)
    for template in project.templates:
        session.add(_template(project.id, template))
    for campaign in project.campaigns:
        _load_campaign(turn, project, campaign)


def _load_contacts(turn: Turn, project: ProjectFixture) -> None:
    """Make one contact of each address, and lists of contacts."""
    lists = {one.id: list(dict.fromkeys(one.addresses())) for one in project.lists}
    addresses = list(dict.fromkeys(address for members in lists.values() for address in members))
    contacts = dict(zip(addresses, turn.ids.hexes("autosend.contact", len(addresses)), strict=True))
    suppressed = {address.lower() for address in project.suppressed}
    turn.store.execute_many(
        "INSERT INTO autosend_contact (id, project_id, email, suppressed) VALUES (?, ?, ?, ?)",
        ((contact, project.id, address, address in suppressed) for address, contact in contacts.items()),
    )
    for one in project.lists:
        members = lists[one.id]
        row = one.model_dump(include={"id", "name", "type"})
        turn.session.add(tables.ContactList(project_id=project.id, contact_count=len(members), **row))
        turn.store.execute_many(
            "INSERT INTO autosend_list_member (list_id, contact_id) VALUES (?, ?)",
            ((one.id, contacts[address]) for address in members),
        )


def _template(project_id: str, fixture: TemplateFixture) -> tables.Template:
    return tables.Template(
        id=fixture.id,
        project_id=project_id,
        name=fixture.name,
        subject=fixture.subject,
        preview_text=fixture.preview,
        html=fixture.html,
        created_at=fixture.created,
        updated_at=fixture.created,
    )


def _load_campaign(turn: Turn, project: ProjectFixture, fixture: CampaignFixture) -> None:
    sender = next(sender for sender in project.senders if sender.id == fixture.sender)
    begins = fixture.released is not None or fixture.scheduled_in is not None
    campaign = tables.Campaign(
        id=fixture.id,
        number=turn.ids.number("autosend.campaign.number"),
        project_id=project.id,
        created_by=project.owner,
        status="scheduled" if begins else "draft",
        name=fixture.name,
        subject=fixture.subject,
        preview_text=fixture.preview,
        from_email=sender.email,
        from_name=sender.name,
        from_sender_id=sender.id,
        template_id=fixture.template,
        to_lists=fixture.lists,
        send_mode=fixture.mode,
        gradual_strategy=fixture.strategy,
        daily_batch_size=fixture.daily,
        pace=fixture.pace,
        created_at=fixture.created,
        updated_at=fixture.created,
    )
    if begins:
        campaign.scheduled_at = turn.now + (fixture.scheduled_in or -(fixture.released or 0))
        turn.schedule(campaign.scheduled_at, "autosend.release", subject(campaign))
    turn.session.add(campaign)
    for action, ago in (("pause", fixture.paused), ("abort", fixture.aborted)):
        if ago is not None:
            turn.schedule(turn.now - ago, "autosend.action", subject(campaign), action=action)
