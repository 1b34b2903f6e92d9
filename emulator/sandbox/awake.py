"""Which sandboxes have their database open: as many as fit the memory for that, those that were used last."""

from collections.abc import Mapping

from emulator.sandbox.sandbox import Sandbox

MEGABYTE = 1024 * 1024

AT_ONCE = 4
"""How many databases are packed at once, which takes about 3 ms each: other clients wait for it."""


class Awake:
    """Lets sandboxes rest where all that are awake take more than `megabytes`."""

    def __init__(self, megabytes: int, sandboxes: Mapping[str, Sandbox]) -> None:
        self._memory = megabytes * MEGABYTE
        self._sandboxes = sandboxes

    def make_room(self, woken: Sandbox) -> None:
        """Let others rest for a sandbox that wakes, which itself stays awake in any case."""
        others = [sandbox for sandbox in self._sandboxes.values() if sandbox is not woken]
        self._rest(others, woken.weight + sum(sandbox.weight for sandbox in others) - self._memory)

    def keep_to_memory(self) -> None:
        """Let sandboxes rest where those that are awake have grown."""
        sandboxes = list(self._sandboxes.values())
        for sandbox in sandboxes:
            sandbox.weigh()
        self._rest(sandboxes, sum(sandbox.weight for sandbox in sandboxes) - self._memory)

    def _rest(self, sandboxes: list[Sandbox], excess: int) -> None:
        """Let those rest that were used longest ago and can rest, until there is no excess."""
        if excess <= 0:
            return
        rested = 0
        for sandbox in sorted(filter(_weighs, sandboxes), key=lambda one: one.usage.last):
            weight = sandbox.weight
            sandbox.rest()
            if not sandbox.is_awake:
                rested += 1
                excess -= weight
            if excess <= 0 or rested == AT_ONCE:
                return


def _weighs(sandbox: Sandbox) -> bool:
    return sandbox.weight > 0
