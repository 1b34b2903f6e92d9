"""Long work on a sandbox: on another thread, so that the clients of other sandboxes go on meanwhile.

A transaction must not wait, as others would run inside of it; and while it runs on the event loop, nobody
is served. So what takes long runs on a thread of its own, and who wants the same sandbox waits until it ends.
"""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import RLock
from typing import TypeVar

T = TypeVar("T")


class Aside:
    """The long work of one sandbox, one piece at a time."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._over: asyncio.Event | None = None
        """Set when the work that is under way is over."""

    @property
    def is_busy(self) -> bool:
        return self._over is not None

    async def free(self) -> None:
        """Wait until no long work is under way. Nothing begins before the caller waits for something else."""
        while self._over is not None:
            await self._over.wait()

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

    def _alone(self, work: Callable[[], T]) -> T:
        with self._lock, without_collections():
            return work()


@contextmanager
def without_collections() -> Iterator[None]:
    """Put off garbage collections: with the many objects of long work, one holds all threads for 100 ms."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
