"""Does the loading that first requests would wait for, at times when no request comes."""

import asyncio
import gc
from collections.abc import Callable, Iterable

from uvicorn.server import ServerState

from emulator.engine.clock import machine_pause

QUIET = 0.5
"""Seconds without a request before anything is prepared: a server that is used at once is as fast as ever."""


async def prepare(steps: Iterable[Callable[[], object]], state: ServerState, quiet: float = QUIET) -> None:
    """Take the steps on another thread, each when no request is under way, and none came since the last.

    A request that comes during a step shares the interpreter with it, and waits for it if it needs the same.
    """
    seen = -1
    for step in steps:
        while state.tasks or state.total_requests != seen:
            seen = state.total_requests
            await machine_pause(quiet)
        await asyncio.to_thread(step)
    gc.freeze()  # the objects that were made stay, like those of the start
