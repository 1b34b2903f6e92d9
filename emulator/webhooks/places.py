"""How many requests the emulator has under way at once, and whose turn it is to send one."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

MOST_AT_ONCE = 200
"""How many requests are under way at most: each one holds a connection, of which a process has few."""


class Places:
    """The places for requests that are under way, shared among parties.

    A party gets one more place while it holds fewer than are free. So one alone may hold half of all places,
    two hold a third each, and however many hold theirs for long, places are left for those that hold none.
    """

    def __init__(self, total: int = MOST_AT_ONCE) -> None:
        self._free = total
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def place(self, party: Hashable) -> AsyncIterator[None]:
        """Hold a place for the block, once the party may have one more."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party, deque()).append(turn)
        self._serve()
        try:
            await turn
            yield
        finally:
            if not turn.cancelled():
                self._take_back(party)

    def _serve(self) -> None:
        """Give places to those that wait: the party with the fewest first, its oldest request first."""
        while self._waiting:
            party = min(self._waiting, key=self._held.__getitem__)
            if self._held[party] >= self._free:
                return
            turn = self._waiting[party].popleft()
            if not self._waiting[party]:
                del self._waiting[party]
            if not turn.cancelled():
                self._free -= 1
                self._held[party] += 1
                turn.set_result(None)

    def _take_back(self, party: Hashable) -> None:
        self._free += 1
        self._held[party] -= 1
        if not self._held[party]:
            del self._held[party]
        self._serve()
