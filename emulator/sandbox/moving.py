"""Moving a sandbox's clock: on, so that receivers of webhooks react before the next event, and back."""

from collections.abc import Awaitable, Callable, Iterable

from emulator.engine.back import GoingBack
from emulator.engine.clock import Clock, Millis, machine_pause
from emulator.engine.engine import Turn
from emulator.sandbox.sandbox import Sandbox
from emulator.webhooks.courier import LONGEST_EARLIER, Courier

LONGEST_STEP = 12.0
"""How many seconds the deliveries of one instant are waited for at most: longer than a receiver may take."""

LONGEST_MOVE = 30.0
"""How many seconds one move waits for deliveries at most; from then on it goes on without waiting."""


class MoveInterruptedError(Exception):
    """The sandbox was reset or restored while its clock was moving."""


async def move_on(
    sandbox: Sandbox, courier: Courier, limit: Millis, is_over: Callable[[], Awaitable[bool]] | None = None
) -> None:
    """Move the clock on from event to event to `limit`, or until `is_over`, asked before each instant.

    Deliveries that events make are attempted before the next instant, so that what their receivers do counts.
    Deliveries of earlier requests are too, unless their receivers do not respond soon: see
    `Courier.let_earlier_end`. Raises MoveInterruptedError and SandboxGoneError.
    """
    generation, patience, bound_for = sandbox.generation, LONGEST_MOVE, sandbox.bound_for
    is_at_limit = False
    if is_over is None:  # else its end is not known
        bound_for = sandbox.bound_for = max(limit, bound_for or limit)
    try:
        # during another change, this request most likely comes from the receiver that it would wait for
        is_nested = sandbox.fired.are_of_several
        patience -= await courier.let_earlier_end(sandbox, 0 if is_nested else LONGEST_EARLIER)
        while True:
            patience -= await courier.settle(sandbox, min(patience, LONGEST_STEP))
            await machine_pause(0)
            await sandbox.feed.caught_up()
            await sandbox.ready()
            sandbox.check_there()
            if sandbox.generation != generation:
                raise MoveInterruptedError(f"Sandbox {sandbox.name!r} began anew while its clock moved.")
            if is_at_limit or (is_over is not None and await is_over()):
                return
            is_at_limit = not await sandbox.move(limit, by_instant=is_over is not None)
    finally:
        if is_over is None and sandbox.bound_for == bound_for:
            sandbox.bound_for = None


def set_back(sandbox: Sandbox, clock: Clock, going_back: Iterable[GoingBack]) -> None:
    """Set the clock to an earlier time, and adapt due events and remembered times to it (engine/back.py)."""
    was = sandbox.clock.now()

    def go_back(turn: Turn) -> None:
        for step in going_back:
            step(turn, was)

    sandbox.set_clock(clock, go_back)
