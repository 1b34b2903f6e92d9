"""A sandbox: one isolated world of data, time, ids and journal.

Two sandboxes share nothing, so tests that hold different credentials never meet.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Field

from emulator.engine.clock import Clock, Millis, machine_millis
from emulator.engine.engine import Engine, Firing, Handler, Telling, Turn
from emulator.faults.rules import Faults
from emulator.storage.shelf import Shelf
from emulator.storage.store import Store
from emulator.storage.tables import Table
from emulator.watching.feed import Feed
from emulator.watching.journal import Journal
from emulator.webhooks.events import undelivered

LARGEST_RESTING = 8 * 1024 * 1024
"""Bytes of a database in memory that is not worth packing."""


class SandboxState(Table, table=True):
    """The one row of what a sandbox is beside its data."""

    __tablename__ = "sandbox_state"

    id: int = Field(default=1, primary_key=True)
    name: str
    seed: int
    clock_virtual: Millis
    clock_machine: Millis
    clock_speed: float
    clock_setting: str
    """How the clock begins: `real`, `frozen` or a speed factor."""
    tag: str = ""
    """What its credentials are made from; empty for those of the fixtures."""
    expires_after: Millis | None = None
    """How long it may be idle, in the machine's time; None for ever."""
    made_at: Millis = 0
    """When it was made, in the machine's time."""

    @property
    def clock(self) -> Clock:
        return Clock(self.clock_virtual, self.clock_machine, self.clock_speed)


@dataclass(frozen=True)
class Plan:
    """What a sandbox begins with, and begins with again when it is reset."""

    seed: int
    clock: str
    """`real`, `frozen` or a speed factor."""
    tag: str = ""
    expires_after: Millis | None = None
    made_at: Millis = 0

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still at the beginning, where frozen clocks do."""
        return self.clock == "frozen"


class Sandbox:
    """One sandbox over one store that holds an account. Its store rests while it is not used."""

    def __init__(
        self,
        name: str,
        shelf: Shelf,
        handlers: Mapping[str, Handler],
        journal: Journal,
        on_wake: Callable[["Sandbox"], None],
        tell: Telling,
    ) -> None:
        self.name = name
        self.journal = journal
        self.feed = Feed()
        self.last_used = machine_millis()
        """When it was last asked for something, in the machine's time."""
        self.windows: dict[str, tuple[int, int]] = {}
        """Rate windows by credential: the window's number and the requests counted in it."""
        self.outbox: deque[int] = deque()
        """Webhook deliveries for the courier."""
        self.fired = Firing()
        """What ran since `take_fired` was last called."""
        self.generation = 0
        """How often it began anew: what was asked before is not answered after."""
        self.faults = Faults(lambda: self.store)
        self._shelf = shelf
        self._handlers = handlers
        self._on_wake = on_wake
        self._tell = tell
        self._open: tuple[Store, Engine] | None = None
        self._next_due: Millis | None = None
        self._next_due_known = False
        if not shelf.is_empty:
            self._wake()

    @property
    def store(self) -> Store:
        """The database, opened when it rests."""
        return self._wake()[0]

    @property
    def _engine(self) -> Engine:
        return self._wake()[1]

    def _wake(self) -> tuple[Store, Engine]:
        return self._open or self._use(self._shelf.take())

    def _use(self, store: Store) -> tuple[Store, Engine]:
        """Go on with an open store."""
        store.check_version()
        with store.transaction() as session:
            state = session.get_one(SandboxState, 1)
            self._clock = state.clock
            self._plan = Plan(state.seed, state.clock_setting, state.tag, state.expires_after, state.made_at)
            self.outbox = deque(undelivered(session))
        self._open = store, Engine(store, self._handlers, state.seed, self.feed, self._tell)
        self._on_wake(self)
        return self._open

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def plan(self) -> Plan:
        return self._plan

    @property
    def seed(self) -> int:
        return self._plan.seed

    @property
    def is_awake(self) -> bool:
        return self._open is not None

    @property
    def has_expired(self) -> bool:
        """Whether nobody asked it for anything for longer than its plan allows."""
        allowed = self._plan.expires_after
        return allowed is not None and machine_millis() - self.last_used > allowed

    def begin(self, contents: Store) -> None:
        """Become what a store in memory holds. A process that is killed leaves the old or the new."""
        if self._shelf.path is None:
            self.close()
            self._use(contents)
        else:
            store = self._shelf.take() if self._open is None else self._open[0]
            store.copy_from(contents)
            contents.close()
            self._use(store)
        self._next_due_known = False
        self.generation += 1
        self.fired = Firing()
        self.journal.restart()
        self.windows.clear()
        self.faults.forget()

    def rest(self) -> None:
        """Close the store until it is needed, unless that costs more than it brings."""
        if self._open is None:
            return
        store, _ = self._open
        if store.session.in_transaction():
            return
        is_idle = not self.outbox and not undelivered(store.session)
        store.session.rollback()
        if is_idle and store.size <= LARGEST_RESTING:
            self._know_next_due()
            self.faults.forget()
            self._open = None
            self._shelf.put(store)

    def close(self) -> None:
        """Let go of the store for good."""
        if self._open is not None:
            self._open[0].close()
            self._open = None

    def discard(self) -> None:
        """Let go of the store, and of what it holds; nothing will happen here any more."""
        self.generation += 1
        self.feed.end()
        self.close()
        self._shelf.discard()

    def take_fired(self) -> Firing:
        """Return what ran since this was last asked, whoever's request or look it was that ran it."""
        fired, self.fired = self.fired, Firing()
        return fired

    def set_clock(self, clock: Clock) -> None:
        """Go on with `clock`, first running what is due by its time."""
        with self.store.transaction() as session:
            state = session.get_one(SandboxState, 1)
            state.clock_virtual, state.clock_machine = clock.virtual, clock.machine
            state.clock_speed = clock.speed
        self._clock = clock
        self.catch_up()

    def touch(self) -> None:
        """Note that somebody asked for something."""
        self.last_used = machine_millis()

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Run what is due, then the block, as one indivisible piece of work at one instant."""
        self.touch()
        self.catch_up()
        turn = self._engine.turn(self._clock.now())
        with turn.store.transaction():
            yield turn
        self._note_schedule(turn)
        self.feed.publish_all(turn.said)

    def _note_schedule(self, turn: Turn) -> None:
        if turn.cancelled:
            self._next_due_known = False
        elif turn.earliest is not None and (self._next_due is None or turn.earliest < self._next_due):
            self._next_due = turn.earliest

    def catch_up(self) -> None:
        """Run the events that are due."""
        self._know_next_due()
        now = self._clock.now()
        if self._next_due is None or self._next_due > now:
            return
        self._next_due_known = False
        fired = self._engine.run_until(now)
        self.outbox.extend(fired.posts)
        self.fired.extend(fired)

    @property
    def next_due(self) -> Millis | None:
        """When the next event is due, or None where nothing waits."""
        self._know_next_due()
        return self._next_due

    def _know_next_due(self) -> None:
        if not self._next_due_known:
            self._next_due = self._engine.next_due()
            self._next_due_known = True


def write_state(store: Store, name: str, plan: Plan, clock: Clock) -> None:
    """Make the one row of state say what a sandbox begins with."""
    with store.transaction():
        store.rewrite("DELETE FROM sandbox_state")
        store.execute(
            _WRITE_STATE,
            (
                name,
                plan.seed,
                clock.virtual,
                clock.machine,
                clock.speed,
                plan.clock,
                plan.tag,
                plan.expires_after,
                plan.made_at,
            ),
        )


_WRITE_STATE = """
    INSERT INTO sandbox_state (id, name, seed, clock_virtual, clock_machine, clock_speed, clock_setting,
                               tag, expires_after, made_at)
    VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
