"""The feed: what happens in a sandbox, passed to its listeners. Without listeners it costs nothing.

Waiting uses it too: code that waits for something listens, and looks again when something happened.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from emulator.engine.clock import (
    SECOND,
    Millis,
    Slices,
    machine_millis,
    machine_seconds,
    machine_wait,
    millis_since,
)
from emulator.engine.firing import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)

KEPT = 500
"""How many of the latest happenings are kept for a listener that reconnects."""

KEPT_FOR: Millis = 60 * SECOND
"""How long happenings are kept after the last listener left, in the machine's time."""

LONGEST_QUEUE = 1000
"""How many happenings are queued for a slow listener; beyond that, the oldest are dropped."""


@dataclass(slots=True)
class Happening:
    """Something that happened. Credentials in it are not hidden: the code that shows it does that."""

    number: int
    kind: Kind
    data: Mapping[str, Any]
    shown: bytes | None = None
    """What listeners are sent; None until it is written for the first of them."""


class Listener:
    """One listener of a feed, with the happenings that it has not received yet."""

    def __init__(self) -> None:
        self.dropped = 0
        """How many happenings the listener missed because it was too slow."""
        self._queue: deque[Happening] = deque(maxlen=LONGEST_QUEUE)
        self._news = asyncio.Event()

    def tell(self, happenings: Sequence[Happening]) -> None:
        self.dropped += max(len(self._queue) + len(happenings) - LONGEST_QUEUE, 0)
        self._queue.extend(happenings)
        self._news.set()

    def wake(self) -> None:
        """End the wait for the next happening without one."""
        self._news.set()

    async def hear(self, seconds: float) -> list[Happening]:
        """Return the happenings since the last call; where there are none, wait up to `seconds` for one."""
        if not self._queue:
            await machine_wait(self._news, seconds)
        heard = list(self._queue)
        self._queue.clear()
        self._news.clear()
        return heard


class Feed:
    """The feed of one sandbox."""

    def __init__(self) -> None:
        self.is_over = False
        """Whether nothing will happen any more: the sandbox was deleted, or the server ends."""
        self._listeners: list[Listener] = []
        self._kept: deque[Happening] = deque(maxlen=KEPT)
        self._left_at: float | None = None
        self._last = machine_millis()
        """The latest number; the first is the machine's time, so an earlier server's do not come again."""
        self._written: asyncio.Event | None = None
        """Set once the listener that writes has written; None while none writes."""

    @property
    def has_listeners(self) -> bool:
        """Whether happenings are to be kept: somebody listens, or may come back."""
        return bool(self._listeners) or self._keeps()

    def publish(self, kind: Kind, data: Mapping[str, Any]) -> None:
        """Pass a happening to all listeners, and keep it for those that may come back."""
        self.publish_all([(kind, data)])

    def publish_all(self, said: Sequence[tuple[Kind, Mapping[str, Any]]]) -> None:
        """Publish several happenings, in order."""
        if not said or not self.has_listeners:
            return
        happenings = [Happening(number, *one) for number, one in enumerate(said, self._last + 1)]
        self._last += len(happenings)
        self._kept.extend(happenings)
        for listener in self._listeners:
            listener.tell(happenings)

    async def show(self, happenings: Sequence[Happening], write: Callable[[Happening], bytes]) -> None:
        """Write what listeners are sent, in slices: one of them writes each happening once for all."""
        while unwritten := [one for one in happenings if one.shown is None]:
            if self._written is not None:
                await self._written.wait()
                continue
            self._written, slices = asyncio.Event(), Slices()
            try:
                for one in unwritten:
                    one.shown = write(one)
                    await slices.next()
            finally:
                self._written.set()
                self._written = None

    async def caught_up(self) -> None:
        """Wait until the listener that writes is done: happenings then come no faster than it writes."""
        if self._written is not None:
            await self._written.wait()

    def listen(self) -> Listener:
        """Return a new listener that receives what happens from now on."""
        listener = Listener()
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener, *, may_come_back: bool = False) -> None:
        """Remove a listener; if it may come back, keep what happens for KEPT_FOR."""
        self._listeners.remove(listener)
        if may_come_back:
            self._left_at = machine_seconds()

    def since(self, number: int) -> tuple[list[Happening], bool]:
        """Return the kept happenings after this number, and whether none is missing.

        Where some are missing, all kept ones are returned.
        """
        self._keeps()
        first = self._kept[0].number if self._kept else self._last + 1
        is_known = first - 1 <= number <= self._last
        return [one for one in self._kept if one.number > number or not is_known], is_known

    def end(self) -> None:
        """Mark the feed as over, and wake all listeners."""
        self.is_over = True
        for listener in self._listeners:
            listener.wake()

    def _keeps(self) -> bool:
        """Return whether happenings are kept for a listener that left; after its time, forget them."""
        if self._left_at is None:
            return False
        if millis_since(self._left_at) < KEPT_FOR:
            return True
        self._left_at = None
        if not self._listeners:
            self._kept.clear()
            self._last += 1  # a number for all that happens unheard, so that `since` reports a gap
        return False
