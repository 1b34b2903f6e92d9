"""Moving a sandbox's clock on: so that receivers of webhooks react before the next event."""

from collections.abc import Callable

from emulator.engine.clock import Millis, machine_pause
from emulator.sandbox.sandbox import Sandbox
from emulator.webhooks.courier import Courier

LONGEST_STEP = 12.0
"""How many seconds the deliveries of one instant are waited for at most: longer than a receiver may take."""

LONGEST_MOVE = 30.0
"""How many seconds one move waits for deliveries at most; from then on it goes on without waiting."""


class MoveInterruptedError(Exception):
    """The sandbox was reset or restored while its clock was moving."""


async def move_on(
    sandbox: Sandbox, courier: Courier, limit: Millis, is_over: Callable[[], bool] = lambda: False
) -> None:
    """Move the clock on from event to event to `limit`, or until `is_over`, which is asked before each.

    Events of one instant run together. Before the next ones, the deliveries of those before are attempted,
    and what their receivers did meanwhile counts. Raises MoveInterruptedError and SandboxGoneError.
    """
    generation, patience = sandbox.generation, LONGEST_MOVE
    bound_for = sandbox.bound_for = max(limit, sandbox.bound_for or limit)
    try:
        while not is_over():
            is_at_limit = not sandbox.step(limit)
            patience -= await courier.settle(sandbox, min(patience, LONGEST_STEP))
            await machine_pause(0)
            await sandbox.aside.free()
            sandbox.check_there()
            if sandbox.generation != generation:
                raise MoveInterruptedError(f"Sandbox {sandbox.name!r} began anew while its clock moved.")
            if is_at_limit:
                return
    finally:
        if sandbox.bound_for == bound_for:
            sandbox.bound_for = None
