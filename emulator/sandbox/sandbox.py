"""A sandbox: one isolated world of data, time, ids and journal.

Two sandboxes share nothing, so tests that hold different credentials never meet.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from emulator.engine.clock import Clock, Millis, Slices
from emulator.engine.engine import Engine, Handler, Stops, Telling, Turn
from emulator.engine.firing import Firing
from emulator.faults.rules import Faults
from emulator.sandbox.aside import Aside
from emulator.sandbox.exchanging import delete, exchange
from emulator.sandbox.firings import Firings, noting
from emulator.sandbox.state import Plan, State, note_clock, state_of
from emulator.sandbox.turning import Turning, transacted
from emulator.sandbox.usage import Usage
from emulator.storage.failures import IncompatibleStoreError
from emulator.storage.shelf import LARGEST_PACKED, Shelf
from emulator.storage.store import Store
from emulator.watching.feed import Feed
from emulator.watching.journal import NOTHING, Journal, Kept
from emulator.webhooks.events import undelivered

T = TypeVar("T")


class SandboxGoneError(Exception):
    """The sandbox was deleted while something was under way in it."""


class Sandbox:
    """One sandbox with its store. The store may be closed while it is not used, and is opened when needed."""

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
        self.usage = Usage()
        self.windows: dict[str, tuple[int, int]] = {}
        """The rate limit windows by credential: the window's number and the requests counted in it."""
        self.outbox: deque[int] = deque()
        """The ids of webhook deliveries for the courier."""
        self.fired = Firings()
        self.generation = 0
        """How often it began anew: requests and deliveries from before are not completed after."""
        self.faults = Faults(lambda: self.store)
        self.aside = Aside()
        self.renewal = asyncio.Lock()
        """Held while its contents are replaced by those of a template, or it is deleted."""
        self.bound_for: Millis | None = None
        """Where the clock will be after the move that is under way."""
        self._shelf = shelf
        self._handlers = handlers
        self._on_wake = on_wake
        self._tell = tell
        self._open: tuple[Store, Engine] | None = None
        self._coming: Future[Store | None] | None = None
        """The new database, while the old one is closed already; its result is None if it is in a file."""
        self._is_gone = False
        self._weight = 0
        self._is_weighed = False
        self._next_due: Millis | None = None
        self._next_due_known = False
        self._failed = 0

    @property
    def store(self) -> Store:
        """The database, which is opened if it is closed."""
        return self._wake()[0]

    @property
    def _engine(self) -> Engine:
        return self._wake()[1]

    def _wake(self) -> tuple[Store, Engine]:
        """Open the database unless it is. Raises SandboxGoneError, IncompatibleStoreError, StorageError."""
        if self._open is not None:
            return self._open
        self.check_there()
        store = (self._coming and self._coming.result()) or self._shelf.take()
        self._coming = None
        try:
            return self._use(store)
        except BaseException:
            store.close()
            raise

    def check_there(self) -> None:
        """Raise SandboxGoneError if the sandbox was deleted."""
        if self._is_gone:
            raise SandboxGoneError(f"The sandbox {self.name!r} is gone: it was deleted meanwhile.")

    def _use(self, store: Store) -> tuple[Store, Engine]:
        """Use an open store from now on, with its clock and plan. Raises IncompatibleStoreError."""
        with store.transaction() as session:
            try:
                state = state_of(session)
            except IncompatibleStoreError as error:
                raise IncompatibleStoreError(f"{store.path or 'the file'}: {error}") from error
            self._clock, self._plan = state.clock, state.plan
            self.outbox = deque(undelivered(session))
            seed = state.seed if state.ids_seed is None else state.ids_seed
        engine = Engine(store, self._handlers, seed, self.feed, self._tell, lambda: self._clock.grain)
        self._open = store, engine
        self._is_weighed = False
        self.weigh()
        self._on_wake(self)
        return self._open

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def plan(self) -> Plan:
        return self._plan

    @property
    def webhook_timestamp(self) -> str | None:
        return self._plan.webhook_timestamp

    @property
    def is_new(self) -> bool:
        """Whether it has never begun."""
        return self._open is None and self._coming is None and self._shelf.is_empty

    @property
    def is_awake(self) -> bool:
        return self._open is not None

    @property
    def weight(self) -> int:
        """How many bytes would be free if it rested; 0 if it rests already or is too large to rest."""
        return 0 if self._open is None else self._weight

    def weigh(self) -> None:
        """Find the weight of the open database anew, if it may have changed."""
        if self._open is None or self._is_weighed or self.aside.is_busy:
            return
        store, _ = self._open
        self._weight = 0 if store.size > LARGEST_PACKED else store.held
        self._is_weighed = True

    @property
    def has_expired(self) -> bool:
        """Whether it has been unused for longer than its plan allows."""
        return self.usage.is_over_for(self._plan.expires_after)

    def begin(self, contents: Store) -> None:
        """Replace everything in the sandbox by a store in memory, and begin anew.

        A process that is killed meanwhile leaves either the old content or the new; so does a StorageError.
        """
        self.check_there()
        state = state_of(contents.session)
        if self._shelf.path is None:
            self.close()
            self._coming = None
            self._use(contents)
        else:
            with self._shelf.replacing(self._shelf.form_of(contents)):
                self.close()
            contents.close()
        self._begin_anew(state)
        self._wake()

    async def begin_from(self, contents: Store, journal: Kept = NOTHING) -> None:
        """Do what `begin` does on another thread, with a draft and a journal. The draft is closed.

        A database in memory is closed before the draft is read into memory, since both may be large. If that
        fails, which only a lack of memory or a bad disk can cause, there is no content until it begins again.
        """
        self.check_there()
        state = state_of(contents.session)
        old = None if self.is_new else self.store
        self._open, self._coming = None, Future()
        try:
            await self.aside.run(partial(exchange, self._shelf, old, contents, self._coming, self.aside))
        except BaseException:
            if self._shelf.path is not None:
                self._coming = None
            raise
        self._begin_anew(state, journal)
        self._wake()

    def _begin_anew(self, state: State, journal: Kept = NOTHING) -> None:
        """Take over the state of the new contents, even before they can be opened."""
        self._clock, self._plan = state.clock, state.plan
        self._next_due_known = False
        self.generation += 1
        self.fired.forget()
        self.journal.restart(journal)
        self.windows.clear()
        self.faults.forget()

    @property
    def folder(self) -> Path | None:
        """Where its database is kept; None where that is in memory."""
        return self._shelf.path and self._shelf.path.parent

    def rest(self) -> None:
        """Close the store until it is needed, unless it is in use, has open deliveries or is too large."""
        if self._open is None or self.aside.is_busy:
            return
        store, _ = self._open
        is_idle = not store.is_in_use and not self.outbox and not undelivered(store.session)
        if is_idle and store.size <= LARGEST_PACKED:
            self._know_next_due()
            self._failed = self.failed
            self.faults.forget()
            self._open = None
            self._shelf.put(store)

    def close(self) -> None:
        """Close the store without keeping what is only in memory; long work under way is broken off."""
        with self.aside.ended(self.break_off):
            if self._open is not None:
                self._open[0].close()
                self._open = None

    def break_off(self) -> None:
        if self._open is not None:
            self._open[0].break_off()

    async def discard(self) -> None:
        """Delete what the sandbox holds, for good; its feed ends. Raises StorageError where that fails."""
        store, self._open = self._open and self._open[0], None
        await self.aside.run(partial(delete, self._shelf, store))
        self._is_gone = True
        self.generation += 1
        self.feed.end()

    @property
    def failed(self) -> int:
        """How many crashed events wait to be retried or dropped."""
        if self._open is None:
            return self._failed
        return int(self.store.execute("SELECT count(*) FROM failed_event").fetchone()[0])

    def retry(self, number: int) -> None:
        """Run a crashed event once more. If it crashes again, it stays set aside, and the error is raised."""
        self.catch_up()
        self._note(self._engine.retry(number, self._clock.now()))

    async def ready(self) -> None:
        """Wait until no long work is under way or due; none begins before the caller waits again."""
        await self.aside.free()
        while self.has_long_work:
            with noting(self._note) as ran:
                await self.aside.run(partial(self._engine.run_until, self._clock.now(), ran=ran))
            await self.aside.free()

    @property
    def has_long_work(self) -> bool:
        """Whether events are due that are better run on another thread; none are once it was deleted."""
        now = self._clock.now()
        return not self._is_gone and self._is_behind(now) and self._engine.has_long_work(now)

    async def move(self, limit: Millis, *, by_instant: bool) -> bool:
        """Move the clock on towards `limit`, from one time at which events are due to the next, and run them.

        It stops after one instant if `by_instant`, and otherwise when deliveries wait to be attempted, or
        after about 20 ms. Returns False if it has come to `limit`. It never goes back.
        """
        await self.ready()
        self.catch_up()
        is_long = not self.outbox and self._engine.has_long_work(limit)
        with noting(self._note) as ran:
            work = partial(self._run_towards, limit, ran, by_instant=by_instant, is_long=is_long)
            await self.aside.run(work) if is_long else work()
        if not ran.has_stopped and limit > self._clock.now():
            self._put_clock(self._clock.set_to(limit))
        return ran.has_stopped

    def _run_towards(self, limit: Millis, ran: Firing, *, by_instant: bool, is_long: bool) -> None:
        """Run events that are due by `limit`; none while deliveries wait to be attempted."""
        work, engine = Slices(), self._engine

        def is_over(has_posts: bool) -> bool:  # noqa: FBT001 -- asked by the engine
            if by_instant or has_posts or work.is_over:
                return True
            return not is_long and engine.has_long_work(engine.next_due() or limit)

        with self.aside.held():
            if self.outbox:
                ran.has_stopped = True
                return
            try:
                engine.run_until(limit, Stops(is_over, self._come_to), ran)
            finally:
                self._clock = state_of(self.store.session).clock

    def _come_to(self, instant: Millis) -> None:
        """Store that the clock has come to an instant, together with what happens then."""
        if instant > self._clock.now():
            note_clock(self.store, self._clock.set_to(instant))

    def set_clock(self, clock: Clock, also: Callable[[Turn], object] = lambda _turn: None) -> None:
        """Set the clock, and do `also`, in one transaction; then run the events that are due by its time."""
        self._put_clock(clock, also)
        self.catch_up()

    def _put_clock(self, clock: Clock, also: Callable[[Turn], object] = lambda _turn: None) -> None:
        with self.aside.held(), self.store.transaction():
            turn = self._engine.turn(clock.now())
            turn.grain = clock.grain
            note_clock(self.store, clock)
            also(turn)
        self._clock = clock
        self._end_turn(turn)

    def touch(self) -> None:
        """Note that the sandbox is used now."""
        self.usage.note()
        self._is_weighed = False

    def turn(self) -> Turning:
        """Run the due events, then the block, in one transaction. If it raises, the events stay due."""
        return Turning(self.aside.held(), self._begin_turn, self._end_turn)

    def _begin_turn(self) -> tuple[Turn, Firing | None]:
        self.check_there()
        self.touch()
        now, fired = self._clock.now(), None
        if self._is_behind(now):
            fired = self._engine.run_along(now)
            if fired is None:
                self.catch_up()
            now = self._clock.now()
        return self._engine.turn(now), fired

    async def long_turn(self, work: Callable[[Turn], T]) -> T:
        """Run work that takes long as one transaction, on another thread; return its result."""
        await self.ready()
        self.touch()
        self.catch_up()
        turn = self._engine.turn(self._clock.now())
        with self.usage.going_on():
            result = await self.aside.run(partial(transacted, turn, work, self.aside))
        self._end_turn(turn)
        return result

    def _end_turn(self, turn: Turn, fired: Firing | None = None) -> None:
        if fired is not None:
            self._note(fired)
        if turn.cancelled:
            self._next_due_known = False
        elif turn.earliest is not None and (self._next_due is None or turn.earliest < self._next_due):
            self._next_due = turn.earliest
        self.feed.publish_all(turn.said)

    def catch_up(self) -> None:
        """Run the events that are due. Raises SandboxGoneError."""
        self.check_there()
        with self.aside.held():
            now = self._clock.now()
            if self._is_behind(now):
                self._next_due_known = False
                with noting(self._note) as ran:
                    self._engine.run_until(now, ran=ran)

    def _is_behind(self, now: Millis) -> bool:
        """Return whether events are due."""
        self._know_next_due()
        return self._next_due is not None and self._next_due <= now

    def _note(self, fired: Firing) -> None:
        self._next_due_known = self._is_weighed = False
        self.outbox.extend(fired.posts)
        self.feed.publish_all(fired.said)
        self.fired.add(fired)

    @property
    def next_due(self) -> Millis | None:
        """The time at which the next event is due, or None where none will be before time ends."""
        self.check_there()
        self._know_next_due()
        return self._next_due

    def _know_next_due(self) -> None:
        if not self._next_due_known:
            self._next_due = self._engine.next_due()
            self._next_due_known = True
