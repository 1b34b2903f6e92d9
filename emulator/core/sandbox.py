"""A sandbox: one isolated world of data, time, ids and journal.

Two sandboxes share nothing, so tests that hold different credentials never meet.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlmodel import Field

from emulator.core.clock import Clock, Millis
from emulator.core.engine import Engine, Handler, Turn
from emulator.core.journal import Journal
from emulator.core.store import Store, Table


class SandboxState(Table, table=True):
    """The one row of what a sandbox is beside its data."""

    __tablename__ = "sandbox_state"

    id: int = Field(default=1, primary_key=True)
    seed: int
    clock_virtual: Millis
    clock_machine: Millis
    clock_speed: float
    clock_setting: str
    """How the clock begins: `real`, `frozen` or a speed factor."""


class Sandbox:
    """One sandbox over one store that already holds an account."""

    def __init__(self, name: str, store: Store, handlers: Mapping[str, Handler], journal: Journal) -> None:
        self.name = name
        self.store = store
        self.journal = journal
        with store.transaction() as session:
            state = session.get_one(SandboxState, 1)
            self._clock = Clock(state.clock_virtual, state.clock_machine, state.clock_speed)
            self.seed = state.seed
            self.clock_setting = state.clock_setting
        self._handlers = handlers
        self._engine = Engine(store, handlers, self.seed)
        self._next_due: Millis | None = None
        self._next_due_known = False
        self.windows: dict[str, tuple[int, int]] = {}
        """Rate windows by credential: the window's number and the requests counted in it."""

    @property
    def clock(self) -> Clock:
        return self._clock

    def set_clock(self, clock: Clock) -> int:
        """Go on with `clock`, first running what is due by its time; answer how many events ran."""
        with self.store.transaction() as session:
            state = session.get_one(SandboxState, 1)
            state.clock_virtual, state.clock_machine = clock.virtual, clock.machine
            state.clock_speed = clock.speed
            session.add(state)
        self._clock = clock
        return self.catch_up()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Run what is due, then the block, as one indivisible piece of work at one instant."""
        self.catch_up()
        turn = self._engine.turn(self._clock.now())
        with self.store.transaction():
            yield turn
        if turn.rescheduled:
            self._next_due_known = False

    def catch_up(self) -> int:
        """Run the events that are due; answer how many ran."""
        if not self._next_due_known:
            self._next_due, self._next_due_known = self._engine.next_due(), True
        now = self._clock.now()
        if self._next_due is None or self._next_due > now:
            return 0
        self._next_due_known = False
        return self._engine.run_until(now)

    def refill(self, template: Store, built_at: Millis) -> None:
        """Begin anew as a copy of `template`, which was built at `built_at`."""
        clock = Clock.named(self.clock_setting)
        fill(self.store, template, built_at, self._state(clock))
        self._engine = Engine(self.store, self._handlers, self.seed)
        self._clock = clock
        self._next_due_known = False
        self.journal.clear()
        self.windows.clear()

    def _state(self, clock: Clock) -> SandboxState:
        return new_state(self.seed, self.clock_setting, clock)


def new_state(seed: int, clock_setting: str, clock: Clock) -> SandboxState:
    """Answer the state of a sandbox that begins with this clock."""
    return SandboxState(
        seed=seed,
        clock_virtual=clock.virtual,
        clock_machine=clock.machine,
        clock_speed=clock.speed,
        clock_setting=clock_setting,
    )


def fill(store: Store, template: Store, built_at: Millis, state: SandboxState) -> None:
    """Make `store` a copy of `template` with a state of its own; its waits begin at its clock's time.

    The copy is made whole in memory first: a process that is killed leaves the old database or the new.
    """
    staging = sqlite3.connect(":memory:")
    template.connection.backup(staging)
    fields = state.model_dump()
    names, places = ", ".join(fields), ", ".join(f":{name}" for name in fields)
    staging.execute(f"INSERT INTO sandbox_state ({names}) VALUES ({places})", fields)  # noqa: S608 -- our own
    staging.execute("UPDATE due_event SET due = due + ?", (state.clock_virtual - built_at,))
    staging.commit()
    store.copy_from(staging)
    staging.close()


@dataclass(frozen=True)
class Claim:
    """What a credential opens."""

    sandbox: Sandbox
    grant: Any
    """What the provider knows of the credential's holder."""


class Directory:
    """Which credential belongs to which sandbox."""

    def __init__(self, default: Sandbox) -> None:
        self.default = default
        """The sandbox whose clock dates what belongs to nobody."""
        self._claims: dict[tuple[str, str], Claim] = {}

    def leave(self, sandbox: Sandbox) -> None:
        """Forget every credential of a sandbox."""
        self._claims = {place: claim for place, claim in self._claims.items() if claim.sandbox is not sandbox}

    def enter(self, provider: str, credential: str, claim: Claim) -> None:
        self._claims[provider, credential] = claim

    def credentials_of(self, sandbox: Sandbox) -> list[str]:
        """Answer all credentials that lead to a sandbox."""
        return [credential for (_, credential), claim in self._claims.items() if claim.sandbox is sandbox]

    def find(self, provider: str, credential: str) -> Claim | None:
        return self._claims.get((provider, credential))
