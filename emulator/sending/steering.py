"""Steering of jobs by tests: viewing them, acting on them and setting their state past the providers' APIs.

A provider describes each kind of job that it has: the states, the actions that lead from one
to another, and the function that performs each action.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import inspect
from sqlmodel import Session, col, select

from emulator.engine.clock import Millis, iso_millis
from emulator.engine.engine import Telling, Turn
from emulator.sending.journeys import Journeys, Step
from emulator.sending.left_out import Summary, Unsent, left_out_by
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.tables import insertion_order

Row = TypeVar("Row")
Action = Callable[[Turn, Row], None]
NUMBER = re.compile("[0-9]{1,18}")


class MoveRefusedError(Exception):
    """A job or message can not be brought to the requested state. The text says which moves are possible."""


@dataclass(frozen=True)
class JobView:
    """A job as the control plane shows it, whatever its provider."""

    key: str
    """The job's id at the provider."""
    name: str
    state: str
    channel: str
    job_ids: tuple[int, ...]
    """The ids of the `Job` rows that its messages belong to, the latest last."""
    ids: Mapping[str, str]
    """Its ids at the provider, by the provider's names for them."""


@dataclass(frozen=True)
class LaunchView:
    """One launch of a job that can be launched repeatedly."""

    job_id: int
    """The id of the `Job` row of its messages."""
    at: Millis
    source: str
    """The audience in the provider's words: `segment 7`."""
    ids: Mapping[str, str]
    """Its ids at the provider, by the provider's names."""


class JobKind(ABC, Generic[Row]):
    """One kind of job of one provider."""

    provider: ClassVar[str]
    kind: ClassVar[str]
    """The word for the kind in the names of jobs: `campaign`."""
    entity: ClassVar[type[Any]]
    """The class of the table that stores jobs of this kind."""
    state_column: ClassVar[str] = "status"
    actions: ClassVar[Mapping[str, Action[Any]]]
    """The function that performs each lifecycle action that a test may take, by the action's name."""

    settings_model: ClassVar[type[BaseModel] | None] = None
    """The settings of a job that a test may set: a model whose fields may all be left out."""

    is_sending: ClassVar[bool] = True
    """Whether lists of jobs have it; things that only are steered like jobs are listed if asked for."""

    journeys: ClassVar[Journeys | None] = None
    """Where the journeys of people through it are stored, if it leads people from step to step."""

    unsent: ClassVar[Unsent | None] = None
    """The messages of its jobs that did not leave because of their recipients, if that can happen."""

    lives: ClassVar[Sequence[Lifecycle]]
    """The lifecycles that its jobs can have."""

    def rows(self, session: Session) -> Sequence[Row]:
        """Return all jobs of the kind, the oldest first."""
        found: Sequence[Row] = session.exec(select(self.entity).order_by(insertion_order(self.entity))).all()
        return found

    def find(self, session: Session, key: str) -> Row | None:
        found: Row | None = session.get(self.entity, key)
        return found

    def lifecycle(self, row: Row) -> Lifecycle:
        return self.lives[0]

    def states(self) -> list[str]:
        """Return the states that jobs of this kind can have."""
        return list(dict.fromkeys(state for life in self.lives for state in life.states))

    @abstractmethod
    def view(self, session: Session, row: Row) -> JobView: ...

    def launches(self, session: Session, row: Row) -> Sequence[LaunchView]:
        """Return the launches of a job, the first one first; none of a job that is sent once."""
        return ()

    def left_out(self, session: Session, view: JobView) -> Summary:
        """Return whom a job left out, in all of its launches."""
        return left_out_by(session, self.name(view), view.job_ids, self.unsent)

    def steps(self, row: Row) -> Sequence[Step]:
        """Return the steps that a job leads people through."""
        return ()

    @abstractmethod
    def put(self, turn: Turn, row: Row, state: str) -> None:
        """Set the state, whatever it was before, and continue or stop the queue as the new state requires."""

    def pace(self, session: Session, row: Row) -> float | None:
        """Return a job's own pace, in messages a second; None if it has only its provider's."""
        return None

    def set_pace(self, turn: Turn, row: Row, pace: float) -> None:
        """Set a job's pace from now on. Raises MoveRefusedError if it has none of its own."""
        raise MoveRefusedError(f"A job of the kind {self.kind} has the pace of {self.provider}: set that.")

    def settings(self, session: Session, row: Row) -> Mapping[str, Any]:
        """Return the present settings of a job that a test may set."""
        if self.settings_model is None:
            return {}
        return {name: getattr(row, name) for name in self.settings_model.model_fields}

    def set(self, turn: Turn, row: Row, settings: Mapping[str, Any]) -> None:
        """Set some of the settings; they are valid."""
        for name, value in settings.items():
            setattr(row, name, value)

    def state(self, row: Row) -> str:
        found: str = getattr(row, self.state_column)
        return found

    @property
    def word(self) -> str:
        """The beginning of its jobs' names in the control plane: `autosend/campaign`."""
        return f"{self.provider}/{self.kind}"

    def name(self, view: JobView) -> str:
        """Return a job's name in the control plane: `autosend/campaign/60d5…`."""
        return f"{self.word}/{view.key}"

    def possible(self, row: Row) -> list[str]:
        """Return the actions that a test may take in the job's state."""
        lifecycle, state = self.lifecycle(row), self.state(row)
        return [action for action in self.actions if lifecycle.target(state, action) is not None]

    def act(self, turn: Turn, row: Row, action: str) -> None:
        """Perform an action. Raises MoveRefusedError where the state does not allow it."""
        if action not in self.possible(row):
            raise MoveRefusedError(f"In state {self.state(row)}, it can not {action}. {self._advice(row)}")
        self.actions[action](turn, row)

    def bring(self, turn: Turn, row: Row, state: str) -> None:
        """Bring a job to a state by the action that leads there, unless it is in that state already.

        Raises MoveRefusedError if no action leads there, or if the action now leads to another state.
        """
        lifecycle, before = self.lifecycle(row), self.state(row)
        if before == state:
            return
        fitting = [action for action in self.possible(row) if lifecycle.target(before, action) == state]
        if not fitting:
            raise MoveRefusedError(f"No move leads from {before} to {state}. {self._advice(row)}")
        action, advice = fitting[0], self._advice(row)
        self.actions[action](turn, row)
        if self.state(row) != state:
            raise MoveRefusedError(f"Now, {action} leads to {self.state(row)} and not to {state}. {advice}")

    def _advice(self, row: Row) -> str:
        lifecycle, state = self.lifecycle(row), self.state(row)
        targets = {action: lifecycle.target(state, action) for action in self.possible(row)}
        ways = [f"{action} (to {target})" if target else action for action, target in targets.items()]
        return f"Possible: {', '.join(ways) or 'nothing'}; force=true sets any of its states."


class NumberedKind(JobKind[Row]):
    """A kind of job whose keys are numbers."""

    def rows(self, session: Session) -> Sequence[Row]:
        found: Sequence[Row] = session.exec(select(self.entity).order_by(col(self.entity.id))).all()
        return found

    def find(self, session: Session, key: str) -> Row | None:
        found: Row | None = session.get(self.entity, int(key)) if NUMBER.fullmatch(key) else None
        return found


def find_job(session: Session, kinds: Iterable[JobKind[Any]], name: str) -> tuple[JobKind[Any], Any] | None:
    """Return the kind and the row of the job with this name in the control plane, or None."""
    provider, _, rest = name.partition("/")
    kind, _, key = rest.partition("/")
    for one in kinds:
        row = one.find(session, key) if (one.provider, one.kind) == (provider, kind) else None
        if row is not None:
            return one, row
    return None


def telling(kinds: Iterable[JobKind[Any]]) -> Telling:
    """Return a function that reports changes of jobs' states to the feed."""
    by_entity = {kind.entity: kind for kind in kinds}

    def tell(turn: Turn, row: Any) -> None:
        kind = by_entity.get(type(row))
        if kind is None:
            return
        history = inspect(row).attrs[kind.state_column].history
        if history.deleted:
            job = f"{kind.provider}/{kind.kind}/{row.id}"
            states = {"from": history.deleted[0], "to": kind.state(row)}
            turn.say("transition", provider=kind.provider, job=job, at=iso_millis(turn.now), **states)

    return tell
