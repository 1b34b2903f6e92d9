"""The senders, templates and campaigns of a fixture's project."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from emulator.autosend.account.parts import HexId, of_project
from emulator.autosend.domains import DEFAULT_REGION, DomainName, Region
from emulator.autosend.letters import Html
from emulator.autosend.limits import (
    CampaignPreview,
    DailyBatch,
    Name,
    SenderName,
    TemplateName,
    TemplateNote,
    TemplateSubject,
    Variables,
)
from emulator.autosend.sending.campaigns import subject
from emulator.autosend.tables import account, campaigns
from emulator.autosend.values import Email, Subject
from emulator.engine.engine import MANY_ROWS, Turn
from emulator.sandbox.fixtures import Duration, Fixture, In, Moment, Unique
from emulator.sending.job_table import Pace


class DomainFixture(Fixture):
    id: HexId
    name: Annotated[DomainName, Unique()]
    status: Literal["VERIFIED", "PENDING", "PENDING_CONFIGURATION"] = "VERIFIED"
    region_key: Region = Field(DEFAULT_REGION, alias="region")
    is_new: bool = Field(False, alias="new")
    """Whether it has the daily limit of new domains. Without `created`, it is as old as the sandbox."""
    inbound: bool = False
    """Whether the domain receives mails."""
    created: Moment | None = None

    def store(self, turn: Turn, project: account.Project) -> None:
        usual = turn.now if self.is_new else project.created_at
        at = usual if self.created is None else self.created
        is_verified = self.status == "VERIFIED"
        row = self.row(
            account.Domain,
            project_id=project.id,
            ownership_verified=self.status != "PENDING_CONFIGURATION",
            dkim_enabled=is_verified,
            mail_from_enabled=is_verified,
            dmarc_enabled=is_verified,
            created_at=at,
            last_checked_at=at,
            verified_at=at if is_verified else None,
            first_verified_at=at if is_verified else None,
            inbound_enabled_at=at if self.inbound else None,
            inbound_verified_at=at if self.inbound and is_verified else None,
        )
        turn.session.add(row)


class SenderFixture(Fixture):
    id: HexId
    email: Annotated[Email, Unique()]
    name: SenderName
    reply_to: Email | Literal[""] = ""


class TemplateFixture(Fixture):
    id: Annotated[str, Unique()] = Field(pattern=r"^A-[0-9a-f]{20}$")
    name: TemplateName
    description: TemplateNote = ""
    subject: TemplateSubject
    preview_text: TemplateNote = Field("", alias="preview")
    html: Html
    text: Html = ""
    type: Literal["transactional", "marketing", "automation"] = "marketing"
    dynamic_variables: Variables = Field({}, alias="variables")
    sender_id: Annotated[str | None, In("senders")] = Field(None, alias="sender")
    created: Moment


class CampaignFixture(Fixture):
    """A campaign and its past: `released`, `paused` and `aborted` say how long ago that happened."""

    id: HexId
    name: Name
    subject: Subject
    preview_text: CampaignPreview = Field("", alias="preview")
    template_id: Annotated[str, In("templates")] = Field(alias="template")
    from_sender_id: Annotated[str, In("senders")] = Field(alias="sender")
    to_lists: list[str] = Field(alias="lists")
    """Ids of lists and segments, or `GLOBAL_CONTACT_LIST`; `exclude` has the same form."""
    exclude_lists: list[str] = Field([], alias="exclude")
    unsubscribe_group_id: Annotated[str | None, In("groups", key="code")] = Field(None, alias="group")
    reply_to: Email | None = None
    created: Moment
    """If it is after the release, the time of the release counts, which depends on the sandbox's clock."""
    send_mode: campaigns.SendMode = Field("immediate", alias="mode")
    gradual_strategy: campaigns.Strategy | None = Field(None, alias="strategy")
    daily_batch_size: DailyBatch | None = Field(None, alias="daily")
    threshold_preset: campaigns.Preset = Field("balanced", alias="threshold")
    pace: Pace | None = None
    scheduled_in: Duration | None = None
    released: Duration | None = None
    paused: Duration | None = None
    aborted: Duration | None = None

    @model_validator(mode="after")
    def _has_a_possible_past(self) -> "CampaignFixture":
        if self.send_mode == "gradual" and (self.gradual_strategy is None or self.daily_batch_size is None):
            raise ValueError("a gradual campaign needs strategy and daily")
        if self.released is not None and self.scheduled_in is not None:
            raise ValueError("is either released or scheduled_in")
        if self.scheduled_in is not None and self.send_mode == "immediate":
            raise ValueError("with scheduled_in, mode is scheduled or gradual")
        if self.begins and not self.to_lists:
            raise ValueError("a campaign that begins has lists")
        for later in (self.paused, self.aborted):
            if later is not None and (self.released is None or later >= self.released):
                raise ValueError("can be paused or aborted only after it was released")
        return self

    @property
    def begins(self) -> bool:
        """Whether the campaign was released, or will be without a request."""
        return self.released is not None or self.scheduled_in is not None

    def store(self, turn: Turn, project: account.Project) -> None:
        sender = turn.session.get_one(account.Sender, self.from_sender_id)
        created = self.created if self.released is None else min(self.created, turn.now - self.released)
        campaign = self.row(
            campaigns.Campaign,
            number=turn.ids.number("autosend.campaign.number"),
            created_by=project.owner_id,
            to_lists=list(dict.fromkeys(self.to_lists)),
            exclude_lists=list(dict.fromkeys(self.exclude_lists)),
            status="scheduled" if self.begins else "draft",
            from_email=sender.email,
            from_name=sender.name,
            **account.tracking_of(project),
            **of_project(project, created),
        )
        if self.begins:
            campaign.scheduled_at = turn.now + (self.scheduled_in or -(self.released or 0))
            turn.schedule(campaign.scheduled_at, "autosend.release", subject(campaign), rows=MANY_ROWS)
        turn.session.add(campaign)
        for field, action in (("paused", "pause"), ("aborted", "abort")):
            self.happened(turn, field, "autosend.action", subject(campaign), action=action)
