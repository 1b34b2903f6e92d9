"""The sandboxes whose databases are open: those that were used last, as many as fit into memory."""

from collections.abc import Mapping

from emulator.sandbox.sandbox import Sandbox

MEGABYTE = 1024 * 1024

AT_ONCE = 4
"""How many databases are packed in one go: each takes about 3 ms, for which other clients wait."""


class Awake:
    """Lets sandboxes rest, with their databases closed, if all that are awake take more than `megabytes`."""

    def __init__(self, megabytes: int, sandboxes: Mapping[str, Sandbox]) -> None:
        self._memory = megabytes * MEGABYTE
        self._sandboxes = sandboxes

    def make_room(self, woken: Sandbox) -> None:
        """Let other sandboxes rest to make room for one that wakes, which stays awake in any case."""
        others = [sandbox for sandbox in self._sandboxes.values() if sandbox is not woken]
        self._rest(others, woken.weight + sum(sandbox.weight for sandbox in others) - self._memory)

    def keep_to_memory(self) -> None:
        """Let sandboxes rest if those that are awake have grown too large."""
        sandboxes = list(self._sandboxes.values())
        for sandbox in sandboxes:
            sandbox.weigh()
        self._rest(sandboxes, sum(sandbox.weight for sandbox in sandboxes) - self._memory)

    def _rest(self, sandboxes: list[Sandbox], excess: int) -> None:
        """Let sandboxes rest, the longest unused first, until `excess` bytes are free."""
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
