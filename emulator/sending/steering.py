"""What tests may do to jobs past the providers' own APIs: look at them, act on them, set their state.

A provider describes each kind of job that it has: the states, the actions that lead from one
to another, and how each is done.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import inspect
from sqlmodel import Session

from emulator.engine.clock import iso_millis
from emulator.engine.engine import Telling, Turn
from emulator.sending.lifecycle import Lifecycle

Row = TypeVar("Row")
Action = Callable[[Turn, Row], None]


class MoveRefusedError(Exception):
    """A job or message can not come to the state that is asked for. The text says what it could do."""


@dataclass(frozen=True)
class JobView:
    """What a job looks like from outside, whatever its provider."""

    key: str
    """Its id at the provider."""
    name: str
    state: str
    channel: str
    job_ids: tuple[int, ...]
    """The sendings that its messages belong to, the latest last."""


class JobKind(ABC, Generic[Row]):
    """One kind of job of one provider."""

    provider: ClassVar[str]
    kind: ClassVar[str]
    """As in the names of jobs: `campaign`."""
    entity: ClassVar[type[Any]]
    """The table that it is stored in."""
    state_column: ClassVar[str]
    actions: ClassVar[Mapping[str, Action[Any]]]
    """How each action of its lifecycle that a test may take is done."""

    @abstractmethod
    def rows(self, session: Session) -> Sequence[Row]:
        """Return all jobs of the kind."""

    @abstractmethod
    def find(self, session: Session, key: str) -> Row | None: ...

    @abstractmethod
    def lifecycle(self, row: Row) -> Lifecycle: ...

    @abstractmethod
    def view(self, session: Session, row: Row) -> JobView: ...

    @abstractmethod
    def put(self, turn: Turn, row: Row, state: str) -> None:
        """Set the state, whatever it was; what waits in the queue goes on or stops as the state says."""

    def state(self, row: Row) -> str:
        found: str = getattr(row, self.state_column)
        return found

    def name(self, view: JobView) -> str:
        """Return how the control plane names a job: `autosend/campaign/60d5…`."""
        return f"{self.provider}/{self.kind}/{view.key}"

    def possible(self, row: Row) -> list[str]:
        """Return the actions that the job's state allows."""
        lifecycle, state = self.lifecycle(row), self.state(row)
        return [action for action in self.actions if lifecycle.target(state, action) is not None]

    def act(self, turn: Turn, row: Row, action: str) -> None:
        """Take an action. Raises MoveRefusedError where the state does not allow it."""
        if action not in self.possible(row):
            raise MoveRefusedError(f"In state {self.state(row)}, it can not {action}. {self._advice(row)}")
        self.actions[action](turn, row)

    def bring(self, turn: Turn, row: Row, state: str, *, force: bool) -> None:
        """Bring a job to a state by the action that leads there; `force` sets it where none does.

        Raises MoveRefusedError.
        """
        lifecycle, before = self.lifecycle(row), self.state(row)
        fitting = [action for action in self.possible(row) if lifecycle.target(before, action) == state]
        if fitting:
            self.actions[fitting[0]](turn, row)
        elif force and state in lifecycle.states:
            self.put(turn, row, state)
        else:
            raise MoveRefusedError(f"No move leads from {before} to {state}. {self._advice(row)}")

    def _advice(self, row: Row) -> str:
        lifecycle, state = self.lifecycle(row), self.state(row)
        ways = [f"{action} (to {lifecycle.target(state, action)})" for action in self.possible(row)]
        return f"Possible: {', '.join(ways) or 'nothing'}; force=true sets any of its states."


def find_job(session: Session, kinds: Iterable[JobKind[Any]], name: str) -> tuple[JobKind[Any], Any] | None:
    """Return the job that the control plane calls so, with its kind, or None."""
    provider, _, rest = name.partition("/")
    kind, _, key = rest.partition("/")
    for one in kinds:
        row = one.find(session, key) if (one.provider, one.kind) == (provider, kind) else None
        if row is not None:
            return one, row
    return None


def telling(kinds: Iterable[JobKind[Any]]) -> Telling:
    """Return what tells the feed of jobs that change their state."""
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
