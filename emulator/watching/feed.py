"""The feed: what happens in a sandbox, told to whoever listens. Without listeners it costs nothing.

It is also how waiting works: who waits for something listens, and looks again when something happened.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from emulator.engine.clock import SECOND, Millis, machine_millis, machine_wait
from emulator.engine.engine import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)

KEPT = 500
"""How many happenings are kept for a listener who comes back."""

KEPT_FOR: Millis = 60 * SECOND
"""How long after the last listener left, in the machine's time."""

LONGEST_QUEUE = 1000
"""How many happenings wait for a listener who is slow; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened. Credentials in it are not hidden: that is for whoever shows it."""

    number: int
    kind: Kind
    data: Mapping[str, Any]


class Listener:
    """Somebody who listens, with what they have not heard yet."""

    def __init__(self) -> None:
        self.dropped = 0
        """How many happenings they will never hear, because they were too slow."""
        self._queue: deque[Happening] = deque()
        self._news = asyncio.Event()

    def tell(self, happening: Happening) -> None:
        if len(self._queue) == LONGEST_QUEUE:
            self._queue.popleft()
            self.dropped += 1
        self._queue.append(happening)
        self._news.set()

    def wake(self) -> None:
        """End the wait for the next happening."""
        self._news.set()

    async def hear(self, seconds: float) -> list[Happening]:
        """Return what happened since the last time; wait for it, but no longer than this."""
        if not self._queue:
            await machine_wait(self._news, seconds)
        heard = list(self._queue)
        self._queue.clear()
        self._news.clear()
        return heard


class Feed:
    """What happens in one sandbox."""

    def __init__(self) -> None:
        self.is_over = False
        """Whether nothing will happen any more: the sandbox is gone, or the server ends."""
        self._listeners: list[Listener] = []
        self._kept: deque[Happening] = deque(maxlen=KEPT)
        self._kept_until: Millis | None = None
        self._last = 0

    @property
    def has_listeners(self) -> bool:
        """Whether anybody wants to know what happens, now or when they come back."""
        return bool(self._listeners) or self._keeps()

    def publish(self, kind: Kind, data: Mapping[str, Any]) -> None:
        """Tell the listeners that something happened."""
        if not self.has_listeners:
            return
        self._last += 1
        happening = Happening(self._last, kind, data)
        self._kept.append(happening)
        for listener in self._listeners:
            listener.tell(happening)

    def publish_all(self, said: Iterable[tuple[Kind, Mapping[str, Any]]]) -> None:
        """Tell the listeners several things, in order."""
        for kind, data in said:
            self.publish(kind, data)

    def listen(self) -> Listener:
        """Let somebody listen from now on."""
        listener = Listener()
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener, *, may_come_back: bool = False) -> None:
        """Let somebody go; for who may come back, what happens is kept for a while."""
        self._listeners.remove(listener)
        if may_come_back:
            self._kept_until = machine_millis() + KEPT_FOR

    def since(self, number: int) -> tuple[list[Happening], bool]:
        """Return what is kept of what happened after a happening, and whether that is all."""
        self._keeps()
        first = self._kept[0].number if self._kept else self._last + 1
        is_known = first - 1 <= number <= self._last
        return [one for one in self._kept if one.number > number or not is_known], is_known

    def end(self) -> None:
        """Send all listeners home."""
        self.is_over = True
        for listener in self._listeners:
            listener.wake()

    def _keeps(self) -> bool:
        """Return whether a listener who left may still come back; when that time is over, forget."""
        if self._kept_until is None:
            return False
        if machine_millis() < self._kept_until:
            return True
        self._kept_until = None
        if not self._listeners:
            self._kept.clear()
            self._last += 1  # stands for all that happens while nobody listens
        return False
