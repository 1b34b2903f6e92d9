"""Watching a sandbox: checking again, up to a time limit, whenever something happened in it."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect, Request

from emulator.control.entries import JournalEntry, compared, kept, read_entries, shown
from emulator.control.problems import ENDING, Problem
from emulator.control.unmet import check_criteria
from emulator.control.values import Chosen, Providers, TheWorld
from emulator.engine.clock import SECOND, Millis, Slices, machine_seconds, millis_since
from emulator.faults.matching import Criteria, Seen
from emulator.gateway.seen import seen
from emulator.providers import Provider
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import World
from emulator.watching.journal import Entry

LOOK_EVERY: Millis = 50
"""The longest time between two checks while nothing happens, in the machine's time."""

MOST_SHOWN = 100
"""How many of the things found a response shows, the latest ones, unless more were asked for."""


@dataclass(frozen=True)
class Scene:
    """The sandbox to watch, and what is needed to watch it."""

    world: World
    sandbox: Sandbox
    providers: Sequence[Provider]
    request: Request
    """The request that started the watch: when its client disconnects, watching ends."""


async def _scene(world: TheWorld, sandbox: Chosen, providers: Providers, request: Request) -> Scene:
    return Scene(world, sandbox, providers, request)


TheScene = Annotated[Scene, Depends(_scene)]


class Watch(ABC):
    """One kind of things to wait for, and the criteria that they must match, from a field of the request.

    Raises Problem for criteria that nothing can ever meet, such as a provider that there is not.
    """

    def __init__(self, scene: Scene, criteria: Any, field: str, count: int) -> None:
        self.check(scene.providers, criteria, f"{field}.")
        self.scene = scene
        self.criteria = criteria
        self.most = max(MOST_SHOWN, count)
        """How many of those that match are shown: at least as many as were asked for."""

    @staticmethod
    @abstractmethod
    def check(providers: Sequence[Provider], criteria: Any, place: str) -> None:
        """Raise Problem for criteria that nothing can ever meet; `place` begins the names of their fields."""

    @abstractmethod
    async def look(self) -> int:
        """Return how many match now, including those from before the watch began."""

    @abstractmethod
    async def matched(self) -> Sequence[BaseModel]:
        """Return the latest of those that `look` counted, the oldest first."""

    @abstractmethod
    async def arrived(self) -> Sequence[BaseModel]:
        """Return what arrived instead, for a watch that found too few."""


async def watch(scene: Scene, is_enough: Callable[[], Awaitable[bool]], length: Millis) -> Millis:
    """Wait until `is_enough` returns true, or for `length`; return how long that took.

    Both times are the machine's. Meanwhile, the sandbox's events run when they are due. It raises Problem
    if the server ends, SandboxGoneError, and ClientDisconnect.
    """
    feed, begun = scene.sandbox.feed, machine_seconds()
    listener, next_check = feed.listen(), LOOK_EVERY
    try:
        while True:
            await scene.sandbox.ready()
            scene.sandbox.touch()
            scene.sandbox.catch_up()
            scene.world.courier.collect(scene.sandbox)
            waited, looked = millis_since(begun), machine_seconds()
            has_enough = await is_enough()
            scene.sandbox.aside.note(machine_seconds() - looked)
            if has_enough or waited >= length:
                return waited
            await listener.hear(min(length - waited, LOOK_EVERY) / SECOND)
            if feed.is_over and scene.world.is_ending:
                raise Problem(503, ENDING)
            scene.sandbox.check_there()
            if millis_since(begun) >= next_check:
                if await scene.request.is_disconnected():
                    raise ClientDisconnect
                next_check = millis_since(begun) + LOOK_EVERY
    finally:
        feed.leave(listener)


class NearMiss(BaseModel):
    """A request that does not match, and which of the criteria it does not meet."""

    request: JournalEntry
    misses: list[str] = Field(examples=[["method", "body.from.email"]])


class RequestWatch(Watch):
    """Waits for requests in the journal."""

    criteria: Criteria
    check = staticmethod(check_criteria)

    def __init__(self, scene: Scene, criteria: Criteria, field: str, count: int) -> None:
        super().__init__(scene, criteria, field, count)
        self._journal = kept(scene.sandbox.journal)
        self._dialects = {provider.name: provider.dialect for provider in scene.providers}
        self._begin()

    def _begin(self) -> None:
        self._beginnings = self._journal.beginnings
        self._last = self._count = 0
        self.unknown = self._journal.dropped
        """How many more requests may match: the journal has dropped them, or cut their bodies."""
        self._under_way = list[Entry]()
        """The requests under way that do not match: they may match when their responses have come."""
        self._latest: deque[Entry] = deque(maxlen=self.most)

    async def look(self) -> int:
        """Count the matching requests since the last call, and return the total. Raises Problem."""
        if self._journal.beginnings != self._beginnings:
            self._begin()
        slices, beginnings = Slices(), self._beginnings
        due, self._under_way = [*self._under_way, *self._journal.after(self._last)], []
        for entry in due:
            self._last, is_under_way = max(self._last, entry.number), entry.is_under_way
            if await read_entries([entry], partial(self._meets, entry)):
                self._count += 1
                self._latest.append(entry)
            elif is_under_way:
                self._under_way.append(entry)
            elif entry.is_cut and await read_entries([entry], partial(self._may_meet, entry)):
                self.unknown += 1
            await slices.next()
            if self._journal.beginnings != beginnings:
                return await self.look()
        return self._count

    async def matched(self) -> list[JournalEntry]:
        latest, show = sorted(self._latest, key=lambda entry: entry.number), self._show()
        return await read_entries(latest, lambda: [show(entry) for entry in latest])

    async def arrived(self) -> list[NearMiss]:
        return await self.near_misses(MOST_SHOWN)

    async def near_misses(self, most: int) -> list[NearMiss]:
        """Return up to `most` requests that do not match, the closest first; of equals, the latest first.

        A request that takes too much work to compare is left out.
        """
        entries, show = self._journal.entries(), self._show()

        def read() -> list[NearMiss]:
            closest = nsmallest(
                most, self._missing(entries), key=lambda pair: (len(pair[0]), -pair[1].number)
            )
            return [NearMiss(request=show(entry), misses=misses) for misses, entry in closest]

        return await read_entries(entries, read)

    def _show(self) -> Callable[[Entry], JournalEntry]:
        redactor = self.scene.world.redactor(self.scene.sandbox)
        return partial(shown, redactor=redactor, providers=self.scene.providers)

    def _missing(self, entries: Iterable[Entry]) -> Iterator[tuple[list[str], Entry]]:
        for entry in entries:
            with suppress(Problem):
                if misses := self._misses(entry):
                    yield misses, entry

    def _seen(self, entry: Entry) -> Seen:
        return seen(entry, self._dialects[entry.provider], self.criteria)

    def _meets(self, entry: Entry) -> bool:
        return compared(entry, partial(self.criteria.meets, self._seen(entry)))

    def _may_meet(self, entry: Entry) -> bool:
        """Return whether an entry misses only criteria about its body, which was cut."""
        return all(name == "text" or name.startswith("body.") for name in self._misses(entry))

    def _misses(self, entry: Entry) -> list[str]:
        return compared(entry, partial(self.criteria.misses, self._seen(entry)))
