"""The mailings and campaigns of a fixture, with their pasts."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from emulator.altcraft.account.people import Grouped
from emulator.altcraft.account.reacting import Reacting
from emulator.altcraft.schedule import LISTS
from emulator.altcraft.sending import CampaignDates, activate_campaign, plan_hold, plan_past
from emulator.altcraft.tables.campaigns import Campaign
from emulator.altcraft.tables.mailings import Mailing
from emulator.engine.clock import MINUTE
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, In, Moment, Pace, with_columns

ENTITIES = ("workflows", "triggers", "broadcasts", "regulars", "abns", "placements")


@with_columns(Mailing, "description", "subid", "providers", "tags", "attributes")
class MailingFixture(Grouped, Reacting):
    """A mailing and its past: `launched`, `deactivated` and `aborted` are lengths of time ago."""

    kind: Literal["broadcast", "regular", "trigger", "splittest"]
    channel: Literal["email", "sms", "push"] = "email"
    database: Annotated[int | None, In("databases")] = Field(None, alias="list")
    segment: Annotated[int | None, In("segments")] = None
    templates: Annotated[list[int], In("templates")] = Field(min_length=1)
    hours: list[Annotated[int, Field(ge=0, le=23)]] = []
    minutes: list[Annotated[int, Field(ge=0, le=59)]] = []
    cycle_limit: int = Field(0, ge=0, alias="limit")
    campaign_id: Annotated[int | None, In("campaigns")] = Field(None, alias="campaign")
    policy_id: Annotated[int, In("policies")] = Field(0, alias="policy")
    virtual_sender_id: Annotated[int, In("virtual_senders")] = Field(0, alias="virtual_sender")
    updated_at: Moment = Field(alias="edited")
    active: bool = False
    pace: Pace | None = None
    starts_by: Literal["api_call", "api_import", "action", "update", "pixel", "subscribe"] = "api_call"
    """What starts a trigger: requests, or what happens to people."""
    wait: Duration = 0
    """How long a trigger waits before it is sent."""
    launched: Duration | None = None
    deactivated: Duration | None = None
    aborted: Duration | None = None

    @model_validator(mode="after")
    def _has_one_audience(self) -> "MailingFixture":
        if (self.database is None) == (self.segment is None):
            raise ValueError("say either list or segment")
        return self

    @model_validator(mode="after")
    def _can_be_started(self) -> "MailingFixture":
        if self.kind == "trigger" and self.starts_by != "api_call" and self.database is None:
            raise ValueError(f"a trigger that starts by {self.starts_by} says list")
        return self

    def store(self, turn: Turn, user: str) -> None:
        times = {"start_mins": self.minutes, "start_hours": self.hours}
        mailing = self.row(
            Mailing,
            state="active" if self.active else "inactive",
            data_type="segment" if self.database is None else "list",
            data_id=self.database or self.segment or 0,
            content=[{"message_id": template} for template in self.templates],
            start_schedule={name: [] for name in LISTS} | times,
            updated_user=user,
        )
        if self.kind == "trigger":
            mailing.trigger_type, mailing.skip_minutes = self.starts_by, self.wait // MINUTE
            mailing.reacts_to = self.reaction(self.starts_by)
            if self.database is not None:
                with self.storing():
                    self.check_reaction(turn, mailing.reacts_to, self.database)
        turn.session.add(mailing)
        past = {"launch": self.launched, "deactivate": self.deactivated, "abort": self.aborted}
        for action, ago in past.items():
            if ago is not None:
                plan_past(turn, mailing, turn.now - ago, action)


@with_columns(Campaign, "description", "tags", "attributes", list="list_id", segment="segment_id")
class CampaignFixture(Grouped):
    state: Literal["cloning", "inactive", "waiting", "active", "completed", "deleted"]
    starts_in: Duration | None = None
    """When a waiting campaign becomes active."""
    stratification: list[dict[str, Any]] = []
    created_at: Moment = Field(alias="created")

    @model_validator(mode="after")
    def _waits_for_something(self) -> "CampaignFixture":
        if (self.state == "waiting") != (self.starts_in is not None):
            raise ValueError("a waiting campaign, and no other, has starts_in")
        return self

    def store(self, turn: Turn, user: str) -> None:
        nothing: dict[str, dict[str, list[int]]] = {entity: {"ids": []} for entity in ENTITIES}
        campaign = self.row(
            Campaign,
            state="inactive" if self.state == "waiting" else self.state,
            control_group={
                "stratification_field_settings": self.stratification,
                "ignore_entities": nothing,
                "size_formation_settings": {"limit": 0},
            },
            updated_at=self.created_at,
            updated_user=user,
        )
        turn.session.add(campaign)
        if self.starts_in is not None:
            activate_campaign(turn, campaign, CampaignDates(turn.now + self.starts_in))
        if self.state in {"inactive", "waiting"}:
            plan_hold(turn, campaign)
