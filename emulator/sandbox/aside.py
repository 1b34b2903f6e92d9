"""Long work on a sandbox: on another thread, so that the clients of other sandboxes go on meanwhile.

A transaction must not wait, as others would run inside of it; and while it runs on the event loop, nobody is
served. So long work runs on a thread of its own, and requests for the same sandbox wait until it ends.
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
"""Seconds between two attempts to break work off: between two of its statements, one has no effect."""

SHORT = 0.001
"""A request that has the event loop for fewer seconds is not counted."""

SHARE = 0.02
"""For how many seconds a sandbox has the event loop before other sandboxes come first."""


class Aside:
    """The long work of one sandbox, one piece at a time."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._over: asyncio.Event | None = None
        """Set when the work under way ends; None where there is none."""
        self._spent = 0.0
        """How many seconds its longer requests have had the event loop in this round."""
        self._is_broken_off = False

    @property
    def is_busy(self) -> bool:
        """Whether long work is under way, or the sandbox has had its share of this round of the loop."""
        return self._over is not None or self._spent >= SHARE

    async def free(self) -> None:
        """Wait until no long work is under way. None begins before the caller waits again."""
        while self.is_busy:
            await (self._over.wait() if self._over is not None else machine_pause(0))

    def note(self, seconds: float) -> None:
        """Note how long a request has had the event loop: after a long one, other sandboxes come first."""
        if seconds < SHORT:
            return
        if not self._spent:
            asyncio.get_running_loop().call_soon(self._begin_round)
        self._spent += seconds

    def _begin_round(self) -> None:
        self._spent = 0.0

    async def run(self, work: Callable[[], T]) -> T:
        """Run work on another thread, after any that is under way; return its result."""
        await self.free()
        self._over = over = asyncio.Event()
        try:
            return await asyncio.to_thread(self._alone, work)
        finally:
            self._over = None
            over.set()

    def held(self) -> AbstractContextManager[object]:
        """Hold the sandbox for the block. Long work blocks a caller here that has not waited for `free`."""
        return self._lock

    @contextmanager
    def ended(self, break_off: Callable[[], None]) -> Iterator[None]:
        """Break off long work, which nobody awaits any more, and hold the sandbox for the block."""
        while not self._lock.acquire(timeout=AGAIN):
            self._is_broken_off = True
            break_off()
        self._is_broken_off = False
        try:
            yield
        finally:
            self._lock.release()

    def check_wanted(self) -> None:
        """Raise StorageError if the work under way was broken off between two of its statements."""
        if self._is_broken_off:
            raise StorageError("nobody awaits the work any more, as the emulator ends")

    def _alone(self, work: Callable[[], T]) -> T:
        with self._lock:
            return _uncollected(work)


async def beside(work: Callable[[], T]) -> T:
    """Run work that needs no sandbox on another thread; return its result."""
    return await asyncio.to_thread(_uncollected, work)


def _uncollected(work: Callable[[], T]) -> T:
    with _COLLECTIONS.put_off():
        return work()


class Collections:
    """Puts off the garbage collections of this process, for any number of threads at once.

    With the many objects of long work, a collection holds all threads for 100 ms.
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
