"""Long work on a sandbox: other sandboxes go on, and requests to the same one wait for it."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from threading import Event, get_ident
from typing import Any

import httpx2
import pytest

from emulator.app import assemble, make_providers, make_world
from emulator.autosend.smtp import Refused, SmtpRelay
from emulator.engine.clock import machine_pause
from emulator.engine.engine import Turn
from emulator.sandbox.aside import SHARE, SHORT, beside
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import World
from emulator.settings import Settings

PATIENCE = 20

Story = Callable[[World, Sandbox], Coroutine[Any, Any, None]]


def told(story: Story, name: str = "long") -> None:
    """Run a story, an asynchronous function, with a world and a sandbox of it."""

    async def run() -> None:
        settings = Settings(clock="frozen", fixtures="empty")
        world = make_world(settings, make_providers(settings))
        try:
            sandbox = world.sandboxes.get(name) or await world.create(name)
            await asyncio.wait_for(story(world, sandbox), PATIENCE)
        finally:
            world.close()

    asyncio.run(run())


def noted(turn: Turn, name: str) -> None:
    turn.store.execute("INSERT INTO sequence (name, last) VALUES (?, 1)", (name,))


def known(sandbox: Sandbox) -> set[str]:
    with sandbox.turn() as turn:
        return {name for (name,) in turn.store.execute("SELECT name FROM sequence WHERE last = 1")}


def test_others_go_on_while_it_runs_on_another_thread() -> None:
    async def story(world: World, sandbox: Sandbox) -> None:
        begun, may_end = Event(), Event()

        def work(turn: Turn) -> int:
            begun.set()
            assert may_end.wait(PATIENCE)
            noted(turn, "work")
            return get_ident()

        task = asyncio.create_task(sandbox.long_turn(work))
        await asyncio.to_thread(begun.wait, PATIENCE)
        with world.default.turn() as turn:
            noted(turn, "other")
        may_end.set()
        assert await task != get_ident()
        assert "work" in known(sandbox)

    told(story)


def test_who_wants_the_same_sandbox_waits_until_it_is_over() -> None:
    async def story(world: World, sandbox: Sandbox) -> None:
        begun, may_end = Event(), Event()

        def work(turn: Turn) -> None:
            noted(turn, "work")
            begun.set()
            assert may_end.wait(PATIENCE)

        async def look() -> set[str]:
            await sandbox.aside.free()
            return known(sandbox)

        task = asyncio.create_task(sandbox.long_turn(work))
        await asyncio.to_thread(begun.wait, PATIENCE)
        looking = asyncio.create_task(look())
        second = asyncio.create_task(sandbox.long_turn(lambda turn: noted(turn, "second")))
        await machine_pause(0)
        assert not looking.done()
        may_end.set()
        await task
        assert "work" in await looking
        await second
        assert "second" in known(sandbox)

    told(story)


async def a_followed_link(world: World, sandbox: Sandbox) -> str:
    settings = Settings(clock="frozen", fixtures="empty")
    app = assemble(settings, make_providers(settings), world)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        return (await client.get(f"/_emulator/links/{sandbox.name}/autosend/somewhere")).text


async def a_mail_by_smtp(world: World, _: Sandbox) -> str:
    relay = SmtpRelay(world.directory, {}, enforce_rate_limit=False)
    try:
        return await relay.check_recipient(None, "somebody@example.com", 1)
    except Refused as refused:
        return refused.reply


@pytest.mark.slow
@pytest.mark.parametrize(
    ("come", "reply"),
    [(a_followed_link, "leads nowhere"), (a_mail_by_smtp, "Authentication required")],
)
def test_what_comes_by_other_ways_waits_too(
    come: Callable[[World, Sandbox], Coroutine[Any, Any, str]], reply: str
) -> None:
    async def story(world: World, sandbox: Sandbox) -> None:
        begun, may_end = Event(), Event()

        def work(turn: Turn) -> None:
            begun.set()
            assert may_end.wait(PATIENCE / 4)

        task = asyncio.create_task(sandbox.long_turn(work))
        await asyncio.to_thread(begun.wait, PATIENCE)
        coming = asyncio.create_task(come(world, sandbox))
        for _ in range(100):
            await machine_pause(0)
        assert not coming.done()
        may_end.set()
        await task
        assert reply in await coming

    told(story, "default")


def test_what_fails_is_undone_and_the_sandbox_is_free_again() -> None:
    async def story(world: World, sandbox: Sandbox) -> None:
        def work(turn: Turn) -> None:
            noted(turn, "work")
            raise LookupError("in vain")

        with pytest.raises(LookupError, match="in vain"):
            await sandbox.long_turn(work)
        await sandbox.aside.free()
        assert "work" not in known(sandbox)

    told(story)


def test_a_sandbox_that_has_had_its_share_lets_the_others_go_first() -> None:
    async def story(world: World, sandbox: Sandbox) -> None:
        came: list[str] = []

        async def come(box: Sandbox) -> None:
            await box.ready()
            came.append(box.name)
            box.aside.note(SHARE)

        boxes = [sandbox, sandbox, sandbox, world.default]
        await asyncio.gather(*map(come, boxes))
        assert came == [sandbox.name, world.default.name, sandbox.name, sandbox.name]

    told(story)


def test_short_requests_do_not_wait_for_a_round_of_their_own() -> None:
    async def story(world: World, sandbox: Sandbox) -> None:
        for _ in range(1000):
            sandbox.aside.note(SHORT / 2)
        assert not sandbox.aside.is_busy
        sandbox.aside.note(SHARE / 2)
        assert not sandbox.aside.is_busy
        sandbox.aside.note(SHARE / 2)
        assert sandbox.aside.is_busy
        await machine_pause(0)
        assert not sandbox.aside.is_busy

    told(story)


def test_garbage_collections_come_again_after_the_last_of_several_pieces_of_work() -> None:
    begun, may_end = Event(), Event()

    def work() -> bool:
        begun.set()
        return may_end.wait(PATIENCE)

    async def story() -> None:
        long = asyncio.create_task(beside(work))
        await asyncio.to_thread(begun.wait, PATIENCE)
        assert await beside(gc.isenabled) is False
        assert not gc.isenabled()
        may_end.set()
        assert await long
        assert gc.isenabled()

    asyncio.run(story())
