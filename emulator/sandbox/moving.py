"""Moving a sandbox's clock on, so that receivers of webhooks react before the next event, and back."""

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

    Where events make deliveries, these are attempted before the next instant, and what their receivers did
    meanwhile counts. So are those that requests have made, but for those that receivers do not answer soon:
    see `Courier.let_earlier_end`. Raises MoveInterruptedError and SandboxGoneError.
    """
    generation, patience, bound_for = sandbox.generation, LONGEST_MOVE, sandbox.bound_for
    is_at_limit = False
    if is_over is None:  # else nobody knows how far it goes
        bound_for = sandbox.bound_for = max(limit, bound_for or limit)
    try:
        # in the midst of another change, the receiver that this one waits for is most likely who asks
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
    """Set the clock to an earlier time, and let what comes again, and what was remembered, go by that."""
    was = sandbox.clock.now()

    def go_back(turn: Turn) -> None:
        for step in going_back:
            step(turn, was)

    sandbox.set_clock(clock, go_back)
