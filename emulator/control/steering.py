"""The changes of a job that a test can ask for, and how a state is forced."""

from contextlib import suppress
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from emulator.control.pace import Pace
from emulator.control.values import Wanted
from emulator.engine.engine import Turn
from emulator.sandbox.refusal import ProviderError
from emulator.sending.steering import JobKind, MoveRefusedError


class NewStatus(Wanted):
    """The change of a job: an action to take, or a state to bring it to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"action": "pause"}, {"status": "sent"}]})

    action: str | None = Field(None, description="One of the actions that its state allows")
    status: str | None = Field(None, description="A state; the action that leads there is taken")
    force: bool = Field(False, description="Set the state even where no action leads there")

    @model_validator(mode="after")
    def _says_one(self) -> "NewStatus":
        if (self.action is None) == (self.status is None):
            raise ValueError("say either action or status")
        if self.force and self.status is None:
            raise ValueError("force goes with status")
        return self


class NewJobPace(Wanted):
    """The pace of a job from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pace": 1}]})

    pace: Pace = Field(description="How many messages a second: 1 for one a second, 0.1 for one in ten")


class NewJobSettings(Wanted):
    """The new settings of a job; those that are left out stay."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"settings": {"threshold_preset": "aggressive"}}]}
    )

    settings: dict[str, Any]


def force_state(turn: Turn, kind: JobKind[Any], row: Any, state: str) -> None:
    """Bring a job to a state by the action that leads there; if that is impossible, set the state."""
    with suppress(MoveRefusedError, ProviderError):
        kind.bring(turn, row, state)
    if kind.state(row) != state:
        kind.put(turn, row, state)
