"""Long work on a sandbox: on another thread, so that the clients of other sandboxes go on meanwhile.

A transaction must not wait, as others would run inside of it; and while it runs on the event loop, nobody
is served. So what takes long runs on a thread of its own, and who wants the same sandbox waits until it ends.
"""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock, RLock
from typing import TypeVar

from emulator.engine.clock import machine_pause
from emulator.storage.failures import StorageError

T = TypeVar("T")

AGAIN = 0.001
"""After how many seconds work is broken off once more: between two statements it does not notice."""

SHORT = 0.001
"""For how many seconds at least a request has the event loop that is noted at all."""

SHARE = 0.02
"""For how many seconds a sandbox has the event loop before the clients of others come first."""


class Aside:
    """The long work of one sandbox, one piece at a time."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._over: asyncio.Event | None = None
        """Set when the work that is under way is over."""
        self._spent = 0.0
        """How many seconds it has had the event loop for in this round, as far as they were long."""
        self._is_broken_off = False

    @property
    def is_busy(self) -> bool:
        """Whether long work is under way, or it has had its share of this round of the event loop."""
        return self._over is not None or self._spent >= SHARE

    async def free(self) -> None:
        """Wait until no long work is under way. Nothing begins before the caller waits for something else."""
        while self.is_busy:
            await (self._over.wait() if self._over is not None else machine_pause(0))

    def note(self, seconds: float) -> None:
        """Note how long a request has had the event loop, so that others come first if it was long."""
        if seconds < SHORT:
            return
        if not self._spent:
            asyncio.get_running_loop().call_soon(self._begin_round)
        self._spent += seconds

    def _begin_round(self) -> None:
        self._spent = 0.0

    async def run(self, work: Callable[[], T]) -> T:
        """Run work on another thread, after what is under way; return its result, or raise what it raises."""
        await self.free()
        self._over = over = asyncio.Event()
        try:
            return await asyncio.to_thread(self._alone, work)
        finally:
            self._over = None
            over.set()

    def held(self) -> AbstractContextManager[object]:
        """Hold the sandbox for the block. Who did not wait for `free` blocks here, rather than interfere."""
        return self._lock

    @contextmanager
    def ended(self, break_off: Callable[[], None]) -> Iterator[None]:
        """Hold the sandbox for the block. Long work that is under way, which nobody awaits, is broken off."""
        while not self._lock.acquire(timeout=AGAIN):
            self._is_broken_off = True
            break_off()
        self._is_broken_off = False
        try:
            yield
        finally:
            self._lock.release()

    def check_wanted(self) -> None:
        """Raise StorageError where the work that is under way was broken off, and has not noticed."""
        if self._is_broken_off:
            raise StorageError("nobody awaits the work any more, as the emulator ends")

    def _alone(self, work: Callable[[], T]) -> T:
        with self._lock:
            return _uncollected(work)


async def beside(work: Callable[[], T]) -> T:
    """Run work that needs no sandbox on another thread; return its result, or raise what it raises."""
    return await asyncio.to_thread(_uncollected, work)


def _uncollected(work: Callable[[], T]) -> T:
    with _COLLECTIONS.put_off():
        return work()


class Collections:
    """The garbage collections of this process, put off by any number of threads at once.

    With the many objects of long work, one holds all threads for 100 ms.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._puts_off = 0

    @contextmanager
    def put_off(self) -> Iterator[None]:
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def _change(self, by: int) -> None:
        with self._lock:
            self._puts_off += by
            (gc.disable if self._puts_off else gc.enable)()


_COLLECTIONS = Collections()
