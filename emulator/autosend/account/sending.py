"""The senders, templates and campaigns of a fixture's project."""

from typing import Literal

from pydantic import Field, model_validator

from emulator.autosend.sending.campaigns import subject
from emulator.autosend.tables import account, campaigns, mails
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, Moment, Pace

HEX = r"^[0-9a-f]{24}$"


class DomainFixture(Fixture):
    id: str = Field(pattern=HEX)
    name: str
    status: Literal["VERIFIED", "PENDING", "PENDING_CONFIGURATION"] = "VERIFIED"
    region: Literal["us-east-1", "us-east-2", "ap-south-1", "eu-central-1"] = "us-east-1"
    new: bool = False
    """Whether it has the daily limit of new domains."""
    inbound: bool = False
    """Whether it receives mails."""
    created: Moment | None = None


class SenderFixture(Fixture):
    id: str = Field(pattern=HEX)
    email: str
    name: str
    reply_to: str = ""


class TemplateFixture(Fixture):
    id: str = Field(pattern=r"^A-[0-9a-f]{20}$")
    name: str
    subject: str
    description: str = ""
    preview: str = ""
    html: str
    text: str = ""
    type: Literal["transactional", "marketing", "automation"] = "marketing"
    variables: dict[str, str] = {}
    sender: str | None = None
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


def load_domains(turn: Turn, project_id: str, created: Millis, fixtures: list[DomainFixture]) -> None:
    for fixture in fixtures:
        at = created if fixture.created is None else fixture.created
        is_verified = fixture.status == "VERIFIED"
        turn.session.add(
            account.Domain(
                id=fixture.id,
                project_id=project_id,
                name=fixture.name,
                status=fixture.status,
                region_key=fixture.region,
                ownership_verified=fixture.status != "PENDING_CONFIGURATION",
                dkim_enabled=is_verified,
                mail_from_enabled=is_verified,
                dmarc_enabled=is_verified,
                is_new=fixture.new,
                created_at=at,
                last_checked_at=at,
                verified_at=at if is_verified else None,
                inbound_enabled_at=at if fixture.inbound else None,
                inbound_verified_at=at if fixture.inbound and is_verified else None,
            )
        )


def load_senders(turn: Turn, project_id: str, fixtures: list[SenderFixture]) -> None:
    for fixture in fixtures:
        turn.session.add(account.Sender(project_id=project_id, **fixture.model_dump()))


def load_templates(turn: Turn, project_id: str, fixtures: list[TemplateFixture]) -> None:
    for fixture in fixtures:
        turn.session.add(
            mails.Template(
                id=fixture.id,
                project_id=project_id,
                name=fixture.name,
                description=fixture.description,
                subject=fixture.subject,
                preview_text=fixture.preview,
                html=fixture.html,
                text=fixture.text,
                type=fixture.type,
                dynamic_variables=fixture.variables,
                sender_id=fixture.sender,
                created_at=fixture.created,
                updated_at=fixture.created,
            )
        )


def load_campaign(
    turn: Turn, project: account.Project, sender: SenderFixture, fixture: CampaignFixture
) -> None:
    begins = fixture.released is not None or fixture.scheduled_in is not None
    campaign = campaigns.Campaign(
        id=fixture.id,
        number=turn.ids.number("autosend.campaign.number"),
        project_id=project.id,
        created_by=project.owner_id,
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
