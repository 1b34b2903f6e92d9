"""Long due events run on another thread: other sandboxes go on, and requests to this one wait for them."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from threading import Event, get_ident
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.engine.clock import FROZEN_START, HOUR, machine_pause
from emulator.engine.engine import MANY, MANY_ROWS, Turn
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import World
from emulator.settings import Settings

PATIENCE = 20


class Scene:
    """A world with two sandboxes, and an event that waits until the test lets it go on."""

    def __init__(self) -> None:
        self.begun, self.may_end = Event(), Event()
        self.threads: list[int] = []
        settings = Settings(clock="frozen", fixtures="empty")
        first, *others = make_providers(settings)
        first = replace(
            first,
            events={
                **first.events,
                "test.long": self._long,
                "test.short": self._short,
                "test.plans": self._plans,
            },
        )
        self.world: World = make_world(settings, [first, *others])
        self.box: Sandbox

    async def begin(self) -> None:
        self.box = await self.world.create("box")

    def plan(self, name: str, *, rows: int = 1, due: int = FROZEN_START, number: int = 1) -> None:
        with self.box.turn() as turn:
            for _ in range(number):
                turn.schedule(due, name, "test", rows=rows)

    def _long(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        self.begun.set()
        assert self.may_end.wait(PATIENCE)
        self._short(turn, subject, details)

    def _plans(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        self._short(turn, subject, details)
        for _ in range(2):
            turn.schedule(turn.now + HOUR, "test.short", subject, rows=MANY_ROWS // 2)

    def _short(self, turn: Turn, subject: str, details: Mapping[str, Any]) -> None:
        self.threads.append(get_ident())
        turn.store.execute("INSERT INTO sequence (name, last) VALUES (?, 1)", (f"done {len(self.threads)}",))


Story = Callable[[Scene], Coroutine[Any, Any, None]]


def told(story: Story) -> None:
    async def run() -> None:
        scene = Scene()
        try:
            await scene.begin()
            await asyncio.wait_for(story(scene), PATIENCE)
        finally:
            scene.may_end.set()
            scene.world.close()

    asyncio.run(run())


def done(box: Sandbox) -> int:
    with box.turn() as turn:
        found: int = turn.store.execute("SELECT count(*) FROM sequence WHERE name LIKE 'done %'").fetchone()[
            0
        ]
    return found


def test_others_go_on_while_it_runs() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.long", rows=MANY_ROWS)
        waiting = asyncio.create_task(scene.box.ready())
        await asyncio.to_thread(scene.begun.wait, PATIENCE)
        with scene.world.default.turn() as turn:
            turn.store.execute("SELECT 1")
        assert not waiting.done()
        scene.may_end.set()
        await waiting
        assert scene.threads != [get_ident()]
        assert done(scene.box) == 1

    told(story)


def test_who_wants_the_sandbox_waits_and_sees_all_of_it() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.long", rows=MANY_ROWS)
        seen: list[int] = []

        async def ask() -> None:
            await scene.box.ready()
            seen.append(done(scene.box))

        asking = [asyncio.create_task(ask()) for _ in range(3)]
        await asyncio.to_thread(scene.begun.wait, PATIENCE)
        await machine_pause(0.05)
        assert seen == []
        scene.may_end.set()
        await asyncio.gather(*asking)
        assert seen == [1, 1, 1]

    told(story)


def test_a_short_one_runs_where_it_is_wanted() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.short")
        await scene.box.ready()
        assert scene.threads == []
        assert done(scene.box) == 1
        assert scene.threads == [get_ident()]

    told(story)


def test_many_short_ones_are_long_work() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.short", number=MANY)
        assert scene.box.has_long_work
        await scene.box.ready()
        assert len(scene.threads) == MANY
        assert get_ident() not in scene.threads

    told(story)


@pytest.mark.parametrize(("rows", "number"), [(MANY_ROWS, 1), (MANY_ROWS // 2, 2), (50, MANY_ROWS // 50)])
def test_many_rows_together_are_long_work(rows: int, number: int) -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.short", rows=rows, number=number)
        assert scene.box.has_long_work
        await scene.box.ready()
        assert len(scene.threads) == number
        assert get_ident() not in scene.threads

    told(story)


def test_fewer_rows_are_changed_where_they_are_wanted() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.short", rows=MANY_ROWS // 2 - 1, number=2)
        assert not scene.box.has_long_work

    told(story)


def test_one_that_is_not_due_yet_is_not_waited_for() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.long", rows=MANY_ROWS, due=FROZEN_START + HOUR)
        await scene.box.ready()
        assert not scene.begun.is_set()

    told(story)


@pytest.mark.parametrize("by_instant", [True, False])
def test_a_clock_that_moves_runs_it_on_another_thread(*, by_instant: bool) -> None:
    async def story(scene: Scene) -> None:
        due = FROZEN_START + HOUR
        scene.plan("test.long", rows=MANY_ROWS, due=due)
        moving = asyncio.create_task(scene.box.move(due, by_instant=by_instant))
        await asyncio.to_thread(scene.begun.wait, PATIENCE)
        with scene.world.default.turn() as turn:
            turn.store.execute("SELECT 1")
        scene.may_end.set()
        await moving
        assert scene.box.clock.now() == due
        assert get_ident() not in scene.threads

    told(story)


def test_a_clock_that_moves_hands_over_what_becomes_long_on_the_way() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.plans", due=FROZEN_START + HOUR)
        while await scene.box.move(FROZEN_START + 3 * HOUR, by_instant=False):
            pass
        assert scene.box.clock.now() == FROZEN_START + 3 * HOUR
        assert scene.threads[0] == get_ident()
        assert len(scene.threads) == 1 + 2
        assert get_ident() not in scene.threads[1:]

    told(story)


@pytest.mark.slow
def test_the_emulator_runs_it_by_itself_and_looks_after_the_others_meanwhile() -> None:
    async def story(scene: Scene) -> None:
        scene.plan("test.long", rows=MANY_ROWS)
        waking = asyncio.create_task(scene.world.keep_awake())
        await asyncio.to_thread(scene.begun.wait, PATIENCE)
        other = await scene.world.create("other")
        with other.turn() as turn:
            turn.schedule(FROZEN_START, "test.short", "test")
        while not scene.threads:
            await machine_pause(0.01)
        assert scene.threads == [get_ident()]
        scene.may_end.set()
        await scene.box.ready()
        waking.cancel()

    told(story)
