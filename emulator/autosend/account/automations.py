"""The custom events and automations of a fixture's project."""

from typing import Any, Literal

from pydantic import Field, model_validator

from emulator.autosend.refusals import AutoSendError
from emulator.autosend.tables import automations
from emulator.autosend.tables.account import Project
from emulator.autosend.workflow import EntryCriteria, ExitCriteria, Step, check_entry, checked_steps
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Moment

HEX = r"^[0-9a-f]{24}$"


class EventFixture(Fixture):
    id: str = Field(pattern=HEX)
    name: str = Field(pattern=r"^[A-Za-z0-9_]{1,64}$")
    description: str | None = None
    properties: dict[str, Literal["string", "number", "date", "boolean"]] = {}
    """Types by names."""
    created: Moment | None = None


class AutomationFixture(Fixture):
    """An automation. Nobody is in it yet. Its steps and branches have ids."""

    id: str = Field(pattern=HEX)
    name: str
    description: str = ""
    status: Literal["draft", "active", "paused", "archived"] = "draft"
    entry: EntryCriteria = EntryCriteria()
    exit: ExitCriteria = ExitCriteria()
    steps: list[Step]
    tags: list[str] = []
    created: Moment

    @model_validator(mode="after")
    def _can_be_made(self) -> "AutomationFixture":
        branches = [branch for step in self.steps for branch in step.branches or []]
        if not all(step.step_id for step in self.steps) or not all(branch.branch_id for branch in branches):
            raise ValueError("steps need a stepId, and branches a branchId")
        try:
            check_entry(self.entry)
            checked_steps(self.steps)
        except AutoSendError as error:
            raise ValueError(f"{error.message} {error.extra or ''}".strip()) from error
        return self


def load_events(turn: Turn, project: Project, fixtures: list[EventFixture]) -> None:
    for fixture in fixtures:
        created = project.created_at if fixture.created is None else fixture.created
        turn.session.add(
            automations.EventDefinition(
                id=fixture.id,
                project_id=project.id,
                name=fixture.name,
                description=fixture.description,
                properties=[_property(name, type_) for name, type_ in fixture.properties.items()],
                created_at=created,
                updated_at=created,
            )
        )


def _property(name: str, type_: str) -> dict[str, Any]:
    return {"propertyName": name, "type": type_, "suggestedValues": []}


def load_automation(turn: Turn, project: Project, fixture: AutomationFixture) -> None:
    has_been_active = fixture.status != "draft"
    turn.session.add(
        automations.Automation(
            id=fixture.id,
            project_id=project.id,
            created_by=project.owner_id,
            name=fixture.name,
            description=fixture.description,
            status=fixture.status,
            entry=fixture.entry.stored(),
            exit=fixture.exit.stored(),
            steps=checked_steps(fixture.steps),
            tags=fixture.tags,
            active_at=fixture.created if has_been_active else None,
            created_at=fixture.created,
            updated_at=fixture.created,
        )
    )
