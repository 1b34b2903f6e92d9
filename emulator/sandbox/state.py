"""The state of a sandbox itself, beside its data: its name, seed and clock, and how it began."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

from sqlmodel import Field, Session

from emulator.engine.clock import LATEST, MAX_SPEED, Clock, Millis
from emulator.storage.columns import OneOf
from emulator.storage.failures import IncompatibleStoreError
from emulator.storage.session import look_up
from emulator.storage.store import Store
from emulator.storage.tables import Table


class SandboxState(Table, table=True):
    """The one row that holds a sandbox's name, seed, clock and plan. Read and written past the session.

    A start needs the row, and the session would need the mappers of all tables for it.
    """

    KEPT: ClassVar[bool] = False
    __tablename__ = "sandbox_state"

    id: int = Field(default=1, primary_key=True)
    name: str
    seed: int = Field(ge=0)
    ids_seed: int | None = Field(default=None, ge=0)
    """The seed of the snapshot that its ids go on from; None where they are of its own."""
    clock_virtual: Millis = Field(le=LATEST)
    clock_machine: Millis
    clock_speed: float = Field(ge=0, le=MAX_SPEED)
    clock_setting: str
    """The setting by which the clock begins: `real`, `frozen` or a speed factor."""
    tag: str = ""
    """The text that its credentials are derived from; empty where it has those of the fixtures."""
    expires_after: Millis | None = None
    """How long it may be idle before it is deleted, in the machine's time; None for ever."""
    made_at: Millis = 0
    """When it was made, in the machine's time."""
    webhook_timestamp: Annotated[str, OneOf("machine", "sandbox")] | None = None
    """By whose clock its webhooks are dated; None for the emulator's setting."""
    link_key: str = ""
    """The key that signs its links; no response has it, and a snapshot has none."""
    fixtures: str | None = None
    """The set of fixtures that it begins with; None for the emulator's."""
    clock_begins: Millis | None = Field(default=None, le=LATEST)
    """The instant at which the clock begins, at first and after a reset; None for the machine's time."""
    origin: int = Field(default=0, ge=0)
    """The number of the template of its own; 0 where it was never seeded."""


@dataclass(frozen=True)
class Plan:
    """The values that a sandbox begins with, at first and when it is reset."""

    seed: int
    clock: str
    """`real`, `frozen` or a speed factor."""
    tag: str = ""
    expires_after: Millis | None = None
    made_at: Millis = 0
    webhook_timestamp: str | None = None
    link_key: str = ""
    fixtures: str | None = None
    """A set of fixtures by its name; None for what the emulator was started with."""
    begins_at: Millis | None = None
    """The instant at which the clock begins; None for the machine's time at each beginning."""
    origin: int = 0
    """The number of the template of its own; 0 where it was never seeded."""

    @property
    def begins_now(self) -> bool:
        """Whether the clock begins at the machine's time, at each beginning anew or when it was made."""
        return self.begins_at in {None, self.made_at}

    def first_clock(self) -> Clock:
        """Return the clock as it begins. Raises ValueError."""
        return Clock.named(self.clock, self.begins_at)


class State(NamedTuple):
    """The columns of a SandboxState, which explains them."""

    name: str
    seed: int
    ids_seed: int | None
    clock_virtual: Millis
    clock_machine: Millis
    clock_speed: float
    clock_setting: str
    tag: str
    expires_after: Millis | None
    made_at: Millis
    webhook_timestamp: str | None
    link_key: str
    fixtures: str | None
    clock_begins: Millis | None
    origin: int

    @property
    def clock(self) -> Clock:
        return Clock(self.clock_virtual, self.clock_machine, self.clock_speed)

    @property
    def plan(self) -> Plan:
        return Plan(
            self.seed,
            self.clock_setting,
            self.tag,
            self.expires_after,
            self.made_at,
            self.webhook_timestamp,
            self.link_key,
            self.fixtures,
            self.clock_begins,
            self.origin,
        )


def state_of(session: Session) -> State:
    """Return the state of a sandbox. Raises IncompatibleStoreError if the store holds none."""
    found = look_up(session, _READ_STATE, ()).fetchone()
    if found is None:
        raise IncompatibleStoreError("holds no sandbox")
    return State(*found)


def note_clock(store: Store, clock: Clock) -> None:
    """Store a sandbox's clock, in the transaction that is open."""
    store.execute(_WRITE_CLOCK, (clock.virtual, clock.machine, clock.speed))


def write_state(store: Store, name: str, plan: Plan, clock: Clock) -> None:
    """Write the one row of `SandboxState` for a sandbox that begins with this plan and clock."""
    with store.transaction():
        store.execute("DELETE FROM sandbox_state")
        own = {"name": name, "virtual": clock.virtual, "machine": clock.machine, "speed": clock.speed}
        store.execute(_WRITE_STATE, vars(plan) | own)


_WRITE_STATE = """
    INSERT INTO sandbox_state (id, name, seed, clock_virtual, clock_machine, clock_speed, clock_setting,
                               tag, expires_after, made_at, webhook_timestamp, link_key, fixtures,
                               clock_begins, origin)
    VALUES (1, :name, :seed, :virtual, :machine, :speed, :clock, :tag, :expires_after, :made_at,
            :webhook_timestamp, :link_key, :fixtures, :begins_at, :origin)
"""

_READ_STATE = f"SELECT {', '.join(State._fields)} FROM sandbox_state WHERE id = 1"  # noqa: S608 -- its own columns
_WRITE_CLOCK = "UPDATE sandbox_state SET clock_virtual = ?, clock_machine = ?, clock_speed = ?"
