"""Custom events, and automations, which start with such an event or with a change of a contact."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from sqlmodel import Field, Index, col, select

from emulator.autosend.refusals import AutoSendError, refusal
from emulator.autosend.tables.mails import Mail
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job, leave_running
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, among, json_list, json_object

CannotActivateAutomation = refusal(
    400, "CANNOT_ACTIVATE_AUTOMATION", "Cannot activate workflow. Please check all required fields are filled"
)
CannotEditAutomation = refusal(400, "CANNOT_EDIT_AUTOMATION", "Only draft or paused workflows can be edited")
CannotPauseInactiveAutomation = refusal(
    400, "CANNOT_PAUSE_INACTIVE_AUTOMATION", "Cannot pause a workflow that is not active"
)


class EventDefinition(Table, table=True):
    """A custom event that a project has declared."""

    __tablename__ = "autosend_event"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    name: str
    description: str | None = None
    properties: list[dict[str, Any]] = json_list()
    """Objects with `propertyName`, `type`, `description`, `suggestedValues`, as in responses."""
    created_at: Millis
    updated_at: Millis
    deleted_at: Millis | None = None

    @property
    def event_name(self) -> str:
        """The `name`, under its field name in responses."""
        return self.name


class EventLog(Table, table=True):
    """An event that happened to a contact."""

    __tablename__ = "autosend_event_log"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")]
    event_name: str
    contact_id: str = Field(index=True)
    properties: dict[str, Any] = json_object()
    created_at: Millis


class Automation(Table, table=True):
    __tablename__ = "autosend_automation"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    created_by: str
    name: str
    description: str = ""
    status: str = "draft"
    entry: dict[str, Any] = json_object()
    """The `entryCriteria`, with the field names of the API."""
    exit: dict[str, Any] = json_object()
    """The `exitCriteria`, with the field names of the API."""
    steps: list[dict[str, Any]] = json_list()
    """The steps as in responses, each with its `stepId`."""
    tags: list[str] = json_list()
    unsubscribe_group: str | None = None
    tracking_open: bool = True
    tracking_click: bool = True
    max_execution_days: int = 60
    allow_reentry: bool = False
    timezone: str = "UTC"
    priority: int = 1
    active_at: Millis | None = None
    created_at: Millis
    updated_at: Millis
    deleted_at: Millis | None = None


RUN_STATES = ("active", "completed", "exited")


class Run(Table, table=True):
    """The progress of a contact through an automation."""

    __tablename__ = "autosend_automation_run"
    __table_args__ = (
        Index("autosend_automation_run_place", "automation_id", "state"),
        Index("autosend_automation_run_contact", "contact_id", "automation_id"),
    )

    id: int = Field(primary_key=True)
    automation_id: Annotated[str, RowOf("autosend_automation")]
    contact_id: str
    state: Annotated[str, OneOf(*RUN_STATES)] = "active"
    step_id: str | None = None
    """The id of the contact's current step; None once the run has ended."""
    waiting_since: Millis
    """When the contact reached that step."""
    event_properties: dict[str, Any] = json_object()
    """The properties of the event that started the run."""
    started_at: Millis

    @property
    def subject(self) -> str:
        """The subject of the run's due events."""
        return f"autosend.run:{self.id}"


def end_runs(turn: Turn, runs: Sequence[Run], state: str) -> None:
    """End runs, in the state `completed` or `exited`; for `exited`, drop the mails that have not left yet."""
    for run in runs:
        turn.cancel(run.subject)
    if state == "exited" and runs:
        _drop_mails(turn, [run.id for run in runs])
    for run in runs:  # after all statements: each looks through the session's changed rows first
        run.state, run.step_id = state, None


def _drop_mails(turn: Turn, run_ids: Sequence[int]) -> None:
    waiting = select(Job).join(Mail, col(Mail.job_id) == Job.id).where(among(col(Mail.run_id), run_ids))
    for job in turn.session.exec(waiting.where(col(Job.state).in_(("running", "held")))).all():
        leave_running(turn, job, "stopped")


AutomationStatus = Literal["draft", "active", "paused", "archived"]

AUTOMATION = Lifecycle(
    "automation",
    get_args(AutomationStatus),
    {
        ("draft", "update"): "draft",
        ("draft", "activate"): "active",
        ("draft", "deactivate"): "draft",
        ("draft", "resume"): "active",
        ("draft", "delete"): "deleted",
        ("active", "pause"): "paused",
        ("active", "delete"): "deleted",
        ("paused", "update"): "paused",
        ("paused", "activate"): "active",
        ("paused", "deactivate"): "draft",
        ("paused", "resume"): "active",
        ("paused", "delete"): "deleted",
        ("archived", "delete"): "deleted",
    },
)
"""`activate` and `deactivate` are updates with the field `active`. No operation archives an automation."""

REFUSALS: dict[str, type[AutoSendError]] = {
    "update": CannotEditAutomation,
    "activate": CannotEditAutomation,
    "deactivate": CannotEditAutomation,
    "pause": CannotPauseInactiveAutomation,
    "resume": CannotActivateAutomation,
}


def move(automation: Automation, action: str, now: Millis) -> None:
    """Move an automation to the state that `action` leads to, or raise the refusal of that action."""
    target = AUTOMATION.target(automation.status, action)
    if target is None:
        raise REFUSALS[action]
    automation.status = target
    automation.updated_at = now
