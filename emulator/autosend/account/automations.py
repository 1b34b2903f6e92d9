"""The custom events and automations of a fixture's project."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from emulator.autosend.account.parts import HexId, of_project
from emulator.autosend.complaints import complaint
from emulator.autosend.criteria import EntryCriteria, ExitCriteria, check_entry
from emulator.autosend.limits import (
    LONGEST_AUTOMATION_NAME,
    MOST_EVENT_PROPERTIES,
    Description,
    EventPropertyName,
    Tags,
)
from emulator.autosend.refusals import AutoSendError
from emulator.autosend.rendering import check_templates
from emulator.autosend.sending.automations import missing
from emulator.autosend.tables import automations
from emulator.autosend.tables.account import Project, tracking_of
from emulator.autosend.values import Filled
from emulator.autosend.workflow import (
    MOST_STEPS,
    AutomationSettings,
    Step,
    StepEmail,
    check_triggers,
    checked_steps,
)
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, In, Moment, Place, Unique


class EventFixture(Fixture):
    id: HexId
    name: Annotated[str, Unique()] = Field(pattern=r"^[A-Za-z0-9_]{1,64}$")
    description: Description | None = None
    properties: dict[EventPropertyName, Literal["string", "number", "date", "boolean"]] = Field(
        {}, max_length=MOST_EVENT_PROPERTIES
    )
    """The types of the properties by name."""
    created: Moment | None = None

    def store(self, turn: Turn, project: Project) -> None:
        properties = [_property(name, type_) for name, type_ in self.properties.items()]
        own = of_project(project, self.created)
        turn.session.add(self.row(automations.EventDefinition, properties=properties, **own))


class AutomationFixture(Fixture):
    """An automation that no contact has entered. Its steps and branches must have ids.

    `settings` are the ones that no operation of the API can set.
    """

    id: HexId
    name: Annotated[Filled, StringConstraints(max_length=LONGEST_AUTOMATION_NAME)]
    description: Description = ""
    status: automations.AutomationStatus = "draft"
    entry: EntryCriteria = EntryCriteria()
    exit: ExitCriteria = ExitCriteria()
    steps: list[Step] = Field(max_length=MOST_STEPS)
    tags: Tags = []
    unsubscribe_group: Annotated[str | None, In("groups", key="code")] = Field(None, alias="group")
    settings: AutomationSettings = AutomationSettings()
    created: Moment

    @model_validator(mode="after")
    def _can_be_made(self) -> "AutomationFixture":
        if self.status in {"active", "paused"} and not self.steps:
            raise ValueError("an automation that is active or paused has steps")
        branches = [branch for step in self.steps for branch in step.branches or []]
        if not all(step.step_id for step in self.steps) or not all(branch.branch_id for branch in branches):
            raise ValueError("steps need a stepId, and branches a branchId")
        try:
            check_entry(self.entry)
            check_triggers(self.entry.stored(), checked_steps(self.steps))
        except AutoSendError as error:
            for first in (error.extra or {}).get("details", ()):
                raise complaint(first["message"], *first["field"].split(".")) from error
            raise ValueError(error.message) from error
        return self

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield the subjects and HTML of email steps that are malformed templates."""
        for place, step in enumerate(self.steps):
            email = step.email or StepEmail()
            said = ("subject", email.subject or ""), ("htmlTemplate", email.html_template or "")
            for name, problem in check_templates(*said):
                yield ("steps", place, "email", name), problem

    def store(self, turn: Turn, project: Project) -> None:
        """Store the automation. Raises FixtureError for an active one that the API could not activate."""
        row = self.row(
            automations.Automation,
            created_by=project.owner_id,
            entry=self.entry.stored(),
            exit=self.exit.stored(),
            steps=checked_steps(self.steps),
            **self.settings.model_dump(),
            active_at=None if self.status == "draft" else self.created,
            **tracking_of(project),
            **of_project(project, self.created),
        )
        turn.session.add(row)
        lacking = missing(turn.session, row) if self.status == "active" else None
        if lacking is not None:
            raise self.wrong(LACKS[str(lacking[0])], *lacking)


LACKS = {
    "entry": "does not say who enters",
    "steps": "has no delay, or no template that says something, or sender at a verified domain",
}
"""The message of the FixtureError, by the part that keeps an automation from being active."""


def _property(name: str, type_: str) -> dict[str, Any]:
    return {"propertyName": name, "type": type_, "description": None, "suggestedValues": []}
