"""How long nobody has used a sandbox: no time counts while a request about it is under way."""

from collections.abc import Iterator
from contextlib import contextmanager

from emulator.engine.clock import Millis, machine_seconds, millis_since


class Usage:
    """The use of one sandbox, in the machine's time."""

    def __init__(self) -> None:
        self.last = machine_seconds()
        """When the sandbox was last used, by a clock that nobody sets."""
        self._under_way = 0

    def note(self) -> None:
        """Note that the sandbox is used now."""
        self.last = machine_seconds()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Count the sandbox as used for as long as the block waits for something."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self.note()

    def is_over_for(self, length: Millis | None) -> bool:
        """Return whether nobody has used the sandbox for longer than `length`; None is for ever."""
        return length is not None and not self._under_way and millis_since(self.last) > length
