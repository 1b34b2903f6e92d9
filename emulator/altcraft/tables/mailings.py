"""Mailings, their launches and logs, and the states that they go through."""

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel
from sqlmodel import Field

from emulator.altcraft import refusals
from emulator.altcraft.tables.account import Listable
from emulator.altcraft.tables.content import SenderRules
from emulator.engine.clock import Millis
from emulator.sending.job_table import Pace
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import JsonOf, OneOf, RowOf
from emulator.storage.sqlite import json_text
from emulator.storage.tables import Table, json_list, json_object

MailingKind = Literal["broadcast", "regular", "trigger", "splittest"]
SendChannel = Literal["email", "sms", "push"]
"""The channels that mailings are sent by."""
PushMode = Literal["fanout", "last"]
TriggerType = Literal["api_call", "api_import", "action", "update", "pixel", "subscribe"]
"""What starts a trigger: requests, or a kind of changes of profiles."""


class Content(BaseModel):
    """A template of a mailing; the replacements of its content stand beside it."""

    message_id: int


Contents = Annotated[list[dict[str, Any]], JsonOf(list[Content])]


class Mailing(Listable, table=True):
    __tablename__ = "altcraft_mailing"

    kind: Annotated[str, OneOf(*get_args(MailingKind))]
    state: str = "inactive"
    description: str = ""
    channel: Annotated[str, OneOf(*get_args(SendChannel))]
    data_type: Annotated[str, OneOf("list", "segment")]
    """`list` is a database."""
    data_id: int
    content: Contents = json_list()
    subid: str = ""
    resource_id: int = 0
    policy_id: int = 0
    push_sending_mode: Annotated[str, OneOf(*get_args(PushMode))] = "fanout"
    providers: list[str] = json_list()
    for_confirm: bool = False
    """Whether a fixture says that it has an opt-in link. Those of its templates count, too."""
    start_schedule: dict[str, Any] = json_object()
    cycle_limit: int = 0
    """How many messages a run sends; 0 for no limit."""
    grown_limit: float | None = None
    """The limit of the next run, once a run has made it grow."""
    aglimit_count: int = 0
    aglimit_percent: float = 0
    virtual_sender_id: int = 0
    is_random_tracking_prefix: bool = False
    custom_tracking_domains: list[str] = json_list()
    watcher_list_id: int = 0
    watcher_limit: int = 0
    blind_carbon_copy: list[str] = json_list()
    unconditional_sending: bool = False
    trigger_type: str = Field(default="", index=True)
    """The way in which a trigger starts: by `api_call`, or by a kind of changes; empty for other mailings."""
    reacts_to: dict[str, Any] = json_object()
    """The settings of a trigger's type: `action`, `update_query`, `pixel_id` and so on."""
    skip_minutes: int = 0
    """How many minutes a trigger waits before it is sent."""
    campaign_id: int | None = Field(default=None, index=True)
    pace: Pace | None = None
    """Messages a second; None for the account's pace."""
    job_id: int | None = Field(default=None, index=True)
    """The job of the latest run."""
    run_since: Millis = 0
    stopped_at: Millis | None = None
    """When a trigger that starts itself was last stopped."""
    updated_user: str
    updated_at: Millis

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def is_completed(self) -> bool:
        return self.state == "completed"

    @property
    def status(self) -> str:
        return STATUSES[self.state]

    @property
    def is_sending(self) -> bool:
        return self.state in {"running", "draining"}

    @property
    def template_ids(self) -> list[int]:
        return [item["message_id"] for item in self.content]

    @property
    def job_name(self) -> str:
        """Its name in the control plane."""
        return f"altcraft/mailing/{self.id}"


def scenario_name(number: int) -> str:
    """Return the name of a scenario in the control plane."""
    return f"altcraft/scenario/{number}"


UNDER_WAY = "job_id IN (SELECT id FROM job WHERE state IN ('waiting', 'running', 'held'))"
"""The condition of runs whose mailing can not be deleted."""


class Run(Table, table=True):
    """One launch of a mailing: its content, its source, and the values that the client gave."""

    __tablename__ = "altcraft_run"

    job_id: Annotated[int, RowOf("job")] = Field(primary_key=True)
    mailing_id: Annotated[int, RowOf("altcraft_mailing", when=UNDER_WAY)] = Field(index=True)
    name: str
    """The name of the mailing, which may be deleted later."""
    at: Millis
    data_type: Annotated[str, OneOf("list", "segment")]
    """The type of its source, which a launch may override; `list` is a database."""
    data_id: int
    resource_id: int
    is_part: bool = False
    """Whether it had a limit, so that the rest of its source is left for the next run."""
    templates: Contents = json_list()
    """The `content` of the mailing at that time: the templates and their replacements."""
    editions: list[int] = json_list()
    """The id of the edition of each of these templates."""
    sender_rules: SenderRules = json_list()
    """The rules that its virtual sender had for the channel."""
    values: dict[str, Any] = json_object()
    """The `content` of the launch: values for `apicontent` variables."""
    custom_data: dict[str, Any] = json_object()
    """The data that the client gave for action hooks."""
    scenario_id: int | None = None
    """The scenario that launched it, None where none did."""
    node: str = ""
    """The node of the scenario."""
    sending: int | None = None
    """The number of the scenario's sending to a profile."""
    chain: int = 0
    """The number of the chain of starts that led to it at this instant; 0 for none. In the past of a fixture,
    a chain goes on through time.
    """

    def content_of(self, position: int) -> dict[str, Any]:
        """Return the content of a message: the templates take turns. It is empty without templates."""
        return self.templates[position % len(self.templates)] if self.templates else {}

    def edition_of(self, position: int) -> int:
        """Return the id of the edition of a message's template, 0 if it is not known."""
        return self.editions[position % len(self.editions)] if self.editions else 0


class RunFile(Table, table=True):
    """A file of `attach` that a launch was given."""

    __tablename__ = "altcraft_run_file"

    id: int | None = Field(default=None, primary_key=True)
    job_id: Annotated[int, RowOf("altcraft_run", "job_id")] = Field(index=True)
    name: str
    content_type: str
    shown: dict[str, Any] = json_object()
    """The file object with its long texts cut."""
    file: dict[str, Any] = json_object()


class Sent(Table, table=True):
    """The recipient of a message."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_sent"

    message_id: int = Field(primary_key=True)
    profile_id: str = Field(index=True)
    subscription_id: int | None = None
    """The subscription that it goes to; None for the profile's own address."""


class SentCopy(Table, table=True):
    """A message in the history of a profile that was split off from the one that it went to."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_sent_copy"

    profile_id: str = Field(primary_key=True)
    message_id: int = Field(primary_key=True)
    subscription_id: int | None = None
    last_change: int
    """The last change of a message's status that existed when it was copied."""


class HeldStart(Table, table=True):
    """A start of a trigger whose time has come while its campaign is not active."""

    __tablename__ = "altcraft_held_start"

    id: int | None = Field(default=None, primary_key=True)
    mailing_id: Annotated[int, RowOf("altcraft_mailing")] = Field(index=True)
    details: dict[str, Any] = json_object()
    """The details of its due event."""


class LogEntry(Table, table=True):
    """A line of a mailing's log."""

    __tablename__ = "altcraft_log_entry"

    id: int | None = Field(default=None, primary_key=True)
    mailing_id: int = Field(index=True)
    at: Millis
    level: str
    message: str = ""
    """Empty where `left_out` says it."""
    state: str
    value: str
    left_out: Annotated[int, RowOf("left_out")] | None = None
    """Those whom the mailing left out, if it tells of these."""


MAILING_STATES = ("inactive", "active", "running", "draining", "completed")
"""The states of mailings. `draining` is inactive, while the current run goes on to its end."""

ACTIVE_STATES = frozenset({"active", "running"})

STATUSES = {
    "inactive": "Inactive",
    "active": "Active",
    "running": "Running",
    "draining": "Inactive",
    "completed": "Completed",
}
"""The name of each state in responses."""

SETTING_MOVES = {
    ("inactive", "activate"): "active",
    ("active", "activate"): "active",
    ("inactive", "deactivate"): "inactive",
    ("active", "deactivate"): "inactive",
    ("inactive", "abort"): "inactive",
    ("active", "abort"): "inactive",
    ("inactive", "update"): "inactive",
    ("active", "update"): "active",
    ("inactive", "delete"): "deleted",
    ("active", "delete"): "deleted",
}
"""The moves of all mailings while nothing is being sent."""

RUNNING_MOVES = {
    ("inactive", "launch"): "running",
    ("active", "launch"): "running",
    ("active", "start"): "running",
    ("running", "activate"): "running",
    ("draining", "activate"): "running",
    ("running", "deactivate"): "draining",
    ("draining", "deactivate"): "draining",
    ("running", "abort"): "inactive",
    ("draining", "abort"): "inactive",
    ("running", "update"): "running",
    ("draining", "update"): "draining",
}
"""The moves of mailings with runs. `launch` is activation with `run_now`."""

BROADCAST = Lifecycle(
    "broadcast mailing",
    MAILING_STATES,
    SETTING_MOVES
    | RUNNING_MOVES
    | {
        ("running", "finish"): "completed",
        ("draining", "finish"): "completed",
        ("running", "rest"): "active",
        ("draining", "rest"): "inactive",
        ("completed", "deactivate"): "completed",
        ("completed", "abort"): "completed",
        ("completed", "delete"): "deleted",
    },
)
"""The lifecycle of broadcasts and split tests, which send once. With a limit, each part ends with `rest`."""

REGULAR = Lifecycle(
    "regular mailing",
    MAILING_STATES[:-1],
    SETTING_MOVES
    | RUNNING_MOVES
    | {
        ("running", "finish"): "active",
        ("draining", "finish"): "inactive",
    },
)

TRIGGER = Lifecycle("trigger mailing", MAILING_STATES[:2], SETTING_MOVES)
"""The lifecycle of triggers. Starts for single profiles do not change their state."""

MAILINGS = {"broadcast": BROADCAST, "splittest": BROADCAST, "regular": REGULAR, "trigger": TRIGGER}
"""The lifecycle of each kind of mailing."""


def move_mailing(mailing: Mailing, action: str) -> None:
    """Take a mailing through `action`. Raises WrongState where its lifecycle has no such move."""
    target = MAILINGS[mailing.kind].target(mailing.state, action)
    if target is None:
        is_trigger_run = mailing.kind == "trigger" and action in {"launch", "start"}
        state = "still running" if mailing.state == "draining" else mailing.state
        raise refusals.WrongState("mailing", mailing.id, "a trigger" if is_trigger_run else state)
    mailing.state = target


ACTIVE = json_text(sorted(ACTIVE_STATES))
