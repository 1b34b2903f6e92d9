"""Places for requests under way: a party that holds many of them does not keep others waiting."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from emulator.engine.clock import machine_pause
from emulator.webhooks.places import Places

Task = asyncio.Task[None]


class Crowd:
    """Parties that take places and keep them until they are told to leave."""

    def __init__(self, total: int) -> None:
        self._places = Places(total)
        self.inside: list[str] = []
        self.tasks: list[tuple[str, Task]] = []

    async def come(self, party: str, times: int = 1) -> None:
        for _ in range(times):
            self.tasks.append((party, asyncio.create_task(self._stay(party))))
        await self._settle()

    async def leave(self, party: str) -> None:
        """End the oldest stay of a party, or its oldest wait for a place."""
        found = next(pair for pair in self.tasks if pair[0] == party)
        self.tasks.remove(found)
        found[1].cancel()
        with suppress(asyncio.CancelledError):
            await found[1]
        await self._settle()

    async def _stay(self, party: str) -> None:
        async with self._places.place(party):
            self.inside.append(party)
            try:
                await asyncio.Event().wait()
            finally:
                self.inside.remove(party)

    async def _settle(self) -> None:
        for _ in range(5):
            await machine_pause(0)

    def counts(self) -> dict[str, int]:
        return {party: self.inside.count(party) for party in sorted(set(self.inside))}


Scene = Callable[[Crowd], Coroutine[Any, Any, None]]


async def one_alone(crowd: Crowd) -> None:
    await crowd.come("a", 20)


async def two_at_once(crowd: Crowd) -> None:
    await crowd.come("a", 20)
    await crowd.come("b", 20)


async def a_late_comer(crowd: Crowd) -> None:
    await two_at_once(crowd)
    await crowd.come("c")


async def who_has_fewest_comes_first(crowd: Crowd) -> None:
    await a_late_comer(crowd)
    await crowd.come("c", 5)
    await crowd.leave("a")


async def who_gave_up_is_passed_over(crowd: Crowd) -> None:
    await crowd.come("a", 5)
    await crowd.come("b", 5)
    waiting = [pair for pair in crowd.tasks if pair[0] == "b"][-1]
    crowd.tasks.remove(waiting)
    waiting[1].cancel()
    for _ in range(5):
        await crowd.leave("a")


async def places_come_back(crowd: Crowd) -> None:
    await crowd.come("a", 20)
    for _ in range(20):
        await crowd.leave("a")
    await crowd.come("b", 20)


@pytest.mark.parametrize(
    ("scene", "inside"),
    [
        (one_alone, {"a": 5}),
        (two_at_once, {"a": 5, "b": 3}),
        (a_late_comer, {"a": 5, "b": 3, "c": 1}),
        (who_has_fewest_comes_first, {"a": 4, "b": 3, "c": 2}),
        (who_gave_up_is_passed_over, {"b": 4}),
        (places_come_back, {"b": 5}),
    ],
)
def test_whoever_holds_fewer_places_than_are_free_gets_one(scene: Scene, inside: dict[str, int]) -> None:
    crowd = Crowd(10)

    async def play() -> None:
        await scene(crowd)
        assert crowd.counts() == inside
        while crowd.tasks:
            await crowd.leave(crowd.tasks[-1][0])

    asyncio.run(play())
