"""The mailings and campaigns of a fixture, with their pasts."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from emulator.altcraft.account.parts import Grouped
from emulator.altcraft.account.reacting import Reacting
from emulator.altcraft.pasts import plan_past, plan_start
from emulator.altcraft.schedule import LISTS
from emulator.altcraft.sending import (
    ENDED,
    CampaignDates,
    activate_campaign,
    check_campaign,
    check_run,
    plan_stop,
)
from emulator.altcraft.tables.campaigns import Campaign, CampaignState
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.mailings import Mailing, MailingKind, SendChannel, TriggerType
from emulator.engine.clock import DAY, MINUTE, Millis
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, In, Moment, Place, with_columns
from emulator.sending.job_table import Pace

ENTITIES = ("workflows", "triggers", "broadcasts", "regulars", "abns", "placements")


def _whole_minutes(length: Millis) -> Millis:
    """Return a wait that a trigger can have. Raises ValueError."""
    if length % MINUTE:
        raise ValueError("must be whole minutes: triggers wait by the minute")
    if length > LONGEST_WAIT:
        raise ValueError("must be at most 365d")
    return length


LONGEST_WAIT = 365 * DAY

OF_SCHEDULED = ("hours", "minutes", "cycle_limit")
OF_TRIGGERS = ("starts_by", "wait")
"""The fields that only scheduled mailings have, and those that only triggers have."""

OF_KINDS: dict[str, Any] = {
    "if": {"properties": {"kind": {"const": "trigger"}}, "required": ["kind"]},
    "then": {
        "properties": {"hours": {"const": []}, "minutes": {"const": []}, "limit": {"const": 0}},
        "required": ["list"],
    },
    "else": {"properties": {"starts_by": {"const": "api_call"}, "wait": {"pattern": "^0+[smhd]$"}}},
}
"""The JSON Schema by which mailings of the other kind leave out these fields."""


@with_columns(Mailing, "description", "subid", "tags", "attributes")
class MailingFixture(Grouped, Reacting):
    """A mailing and its past: `launched`, `deactivated` and `aborted` are lengths of time ago.

    `hours` and `minutes` (UTC) start an active mailing: from its launch on, else from the beginning of the
    sandbox on. Of the starts before that beginning, only the launch and the last 100 have taken place.
    """

    model_config = ConfigDict(json_schema_extra=OF_KINDS)

    kind: MailingKind
    channel: SendChannel = "email"
    providers: list[str] = []
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
    """Whether it is active, or was until it was deactivated; required of a mailing with a past."""
    pace: Pace | None = None
    starts_by: TriggerType = "api_call"
    """What starts a trigger: requests, or a kind of changes of profiles."""
    wait: Annotated[Duration, AfterValidator(_whole_minutes)] = 0
    """How long a trigger waits before it is sent, in whole minutes."""
    launched: Duration | None = None
    deactivated: Duration | None = None
    aborted: Duration | None = None

    @model_validator(mode="after")
    def _has_one_audience(self) -> "MailingFixture":
        if bool(self.database) == bool(self.segment):
            raise ValueError("say either list or segment")
        if self.kind == "trigger" and not self.database:
            raise ValueError("a trigger says list: it works with one database")
        return self

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield fields that its kind does not have, and a past that is impossible."""
        yield from self._of_other_kinds()
        past = {name: getattr(self, name) for name in ("launched", "deactivated", "aborted")}
        past = {name: ago for name, ago in past.items() if ago is not None}
        if past and not self.active:
            yield ("active",), f"what was {next(iter(past))} is active, or was: say active: true"
        if self.kind == "trigger" and self.launched is not None:
            yield ("launched",), "a trigger is not launched: it is started for one profile at a time"
        elif self.aborted is not None and self.launched is None:
            yield ("aborted",), "what was aborted was launched before"
        for (earlier, before), (later, after) in pairwise(past.items()):
            if after > before:
                yield (later,), f"can not have been {later} before it was {earlier}"

    def _of_other_kinds(self) -> Iterator[tuple[Place, str]]:
        is_trigger = self.kind == "trigger"
        if is_trigger:
            yield from self.foreign(self.starts_by, f"what starts by {self.starts_by} has none")
        else:
            yield from self.foreign("", "is of triggers")
        for name in OF_SCHEDULED if is_trigger else OF_TRIGGERS:
            field = type(self).model_fields[name]
            if getattr(self, name) != field.default:
                yield (field.alias or name,), "a trigger has none" if is_trigger else "is of triggers"
        if self.channel != "push" and self.providers:
            yield ("providers",), "is of pushes"

    def store(self, turn: Turn, user: str) -> None:
        """Store it with its past. Raises FixtureError for what can not be, or can not have been launched."""
        times = {"start_mins": self.minutes, "start_hours": self.hours}
        mailing = self.row(
            Mailing,
            state="active" if self.active else "inactive",
            data_type="list" if self.database else "segment",
            data_id=self.database or self.segment or 0,
            content=[{"message_id": template} for template in self.templates],
            start_schedule={name: [] for name in LISTS} | times,
            updated_user=user,
        )
        if self.kind == "trigger":
            mailing.trigger_type, mailing.skip_minutes = self.starts_by, self.wait // MINUTE
            mailing.reacts_to = self.reaction(self.starts_by)
            with self.storing():
                self.check_reaction(turn, mailing.reacts_to, mailing.data_id)
        turn.session.add(mailing)
        if self.launched is not None:
            with self.storing("launched"):
                check_run(turn, mailing)
        elif self.active and self.deactivated is None:
            with self.storing("campaign"):
                check_campaign(turn, mailing, *ENDED)
        past = {"launch": self.launched, "deactivate": self.deactivated, "abort": self.aborted}
        for action, ago in past.items():
            if ago is not None:
                plan_past(turn, mailing, turn.now - ago, action)
        if self.active and (self.hours or self.minutes):
            plan_start(turn, mailing)


class StratumFixture(Fixture):
    """Some of a field's values, which count as one group."""

    values: list[int | str] = Field(alias="list")


class StratificationFixture(Fixture):
    """A field, by whose values the control group is like the whole."""

    field_name: str
    field_type: str
    condition_type: str
    conditions: list[StratumFixture]


@with_columns(Campaign, "description", "tags", "attributes")
class CampaignFixture(Grouped):
    list_id: Annotated[int, In("databases")] = Field(alias="list")
    segment_id: Annotated[int, In("segments")] = Field(alias="segment")
    state: CampaignState
    starts_in: Duration | None = None
    """When a waiting campaign becomes active."""
    stratification: list[StratificationFixture] = []
    created_at: Moment = Field(alias="created")

    @model_validator(mode="after")
    def _waits_for_something(self) -> "CampaignFixture":
        if (self.state == "waiting") != (self.starts_in is not None):
            raise ValueError("a waiting campaign, and no other, has starts_in")
        return self

    def store(self, turn: Turn, user: str) -> None:
        """Store the campaign. Raises FixtureError for a segment that is not of the campaign's database."""
        segment = turn.session.get_one(Segment, self.segment_id)
        if self.list_id not in segment.databases:
            raise self.wrong(f"segment {segment.id} is not of database {self.list_id}", "segment")
        strata = [one.model_dump(by_alias=True) for one in self.stratification]
        nothing: dict[str, dict[str, list[int]]] = {entity: {"ids": []} for entity in ENTITIES}
        campaign = self.row(
            Campaign,
            state="inactive" if self.state == "waiting" else self.state,
            control_group={
                "stratification_field_settings": strata,
                "ignore_entities": nothing,
                "size_formation_settings": {"limit": 0},
            },
            updated_at=self.created_at,
            updated_user=user,
        )
        turn.session.add(campaign)
        if self.starts_in is not None:
            activate_campaign(turn, campaign, CampaignDates(turn.now + self.starts_in))
        if self.state != "active":
            plan_stop(turn, campaign)
