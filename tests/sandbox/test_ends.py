"""How a server ends in the midst of work, and how the next start on its data folder goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator import spelling
from emulator.app import assemble, make_providers, make_world
from emulator.engine import engine
from emulator.engine.clock import (
    FROZEN_START,
    HOUR,
    SECOND,
    Millis,
    from_datetime,
    machine_wait_for,
)
from emulator.engine.engine import MANY_ROWS, Turn
from emulator.sandbox.fixtures import Accounts, fixture_file
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.state import note_clock, state_of
from emulator.sandbox.world import World
from emulator.settings import Settings
from emulator.storage import store
from emulator.storage.failures import StorageError
from emulator.storage.store import Store
from emulator.webhooks import courier
from emulator.webhooks.events import SENDING, Delivery, attempt_at
from tests.conftest import Emulator, in_process
from tests.receiver import Received, Receiver, receiving
from tests.sandbox.test_data_folder import world

PATIENCE = 20
LATER = FROZEN_START + HOUR


class Endless:
    """Work on a sandbox that goes on until it is broken off."""

    def __init__(self) -> None:
        self.begun, self.outcomes = Event(), list[str]()

    def __call__(self, turn: Turn, *_: object) -> None:
        try:
            for number in count():
                turn.store.execute("INSERT INTO sequence (name, last) VALUES (?, 1)", (f"row {number}",))
                self.begun.set()
        except BaseException as error:
            self.outcomes.append(type(error).__name__)
            raise

    def world(self, data: Path) -> World:
        """Return a world in which the work can be a due event."""
        settings = Settings(clock="frozen", fixtures="empty", data=data)
        first, *others = make_providers(settings)
        return make_world(settings, [replace(first, events={**first.events, "test.long": self}), *others])


async def given_up(request: Coroutine[Any, Any, object], begun: Event) -> None:
    """Cancel a request, as the end of a server does, once its work has begun."""
    task = asyncio.create_task(request)
    await asyncio.to_thread(begun.wait, PATIENCE)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.slow
@pytest.mark.parametrize("is_due", [True, False])
def test_long_work_that_the_end_breaks_off_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_due: bool
) -> None:
    work = Endless()

    async def broken_off() -> None:
        ending = work.world(tmp_path)
        box = ending.default
        if is_due:
            with box.turn() as turn:
                turn.schedule(turn.now, "test.long", "test", rows=MANY_ROWS)
        await given_up(box.ready() if is_due else box.long_turn(work), work.begun)
        ending.close()

    asyncio.run(broken_off())
    assert work.outcomes == ["StorageError"]
    assert caplog.text == ""
    again = work.world(tmp_path)
    waiting = again.default.store.execute("SELECT count(*) FROM due_event WHERE name = 'test.long'")
    assert waiting.fetchone() == (int(is_due),)
    rows = again.default.store.execute("SELECT count(*) FROM sequence WHERE name LIKE 'row %'")
    assert rows.fetchone() == (0,)
    assert again.default.failed == 0
    again.close()


@pytest.mark.slow
def test_work_whose_request_was_broken_off_ends_before_webhooks_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, seen = Endless(), list[list[str]]()
    ending = work.world(tmp_path)

    async def begin() -> None:
        await given_up(ending.default.long_turn(work), work.begun)

    async def close(_: courier.Courier) -> None:
        seen.append(list(work.outcomes))

    monkeypatch.setattr(courier.Courier, "close", close)
    with TestClient(assemble(Settings(), [], ending)) as lifespan:
        assert lifespan.portal is not None
        lifespan.portal.call(begin)
    assert seen == [["StorageError"]]


@pytest.mark.slow
def test_long_work_that_is_broken_off_after_its_last_statement_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, is_ending = Event(), Event()
    monkeypatch.setattr(Store, "break_off", lambda _: is_ending.set())

    def work(turn: Turn) -> None:
        turn.store.execute("INSERT INTO sequence (name, last) VALUES ('row 1', 1)")
        begun.set()
        is_ending.wait(PATIENCE)

    async def broken_off() -> None:
        ending = Endless().world(tmp_path)
        await given_up(ending.default.long_turn(work), begun)
        ending.break_off()
        with ending.default.turn() as turn:
            turn.store.execute("INSERT INTO sequence (name, last) VALUES ('row 2', 1)")
        ending.close()

    asyncio.run(broken_off())
    again = Endless().world(tmp_path)
    rows = again.default.store.execute("SELECT name FROM sequence WHERE name LIKE 'row %'")
    assert rows.fetchall() == [("row 2",)]
    again.close()


@pytest.mark.slow
def test_a_restore_into_memory_that_is_exchanging_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, is_ending, pieces = Event(), Event(), list[int]()
    copy = Store.copy_from

    def copy_slowly(self: Store, other: Store, check: Callable[[], object] = lambda: None) -> None:
        def wait_and_check() -> None:
            pieces.append(len(pieces))
            begun.set()
            is_ending.wait(PATIENCE)
            check()

        copy(self, other, wait_and_check)

    async def broken_off() -> None:
        ending = world(fixtures="empty")
        await ending.saving.save(ending.default, "kept")
        monkeypatch.setattr(store, "PIECE", 10)
        monkeypatch.setattr(Store, "copy_from", copy_slowly)
        monkeypatch.setattr(Sandbox, "break_off", lambda _: is_ending.set())
        await given_up(ending.saving.restore(ending.default, "kept"), begun)
        ending.close()

    asyncio.run(broken_off())
    assert pieces == [0]


class EndlessAccounts(Accounts):
    """The accounts of a provider; loading those of one file never ends."""

    def __init__(self, package: str, file: Path, work: Endless) -> None:
        super().__init__(package)
        self._file, self._work = file, work

    def load(self, turn: Turn, file: Path) -> None:
        if file == self._file:
            self._work(turn)
        super().load(turn, file)


def loading_endlessly(work: Endless, folder: Path) -> World:
    """Return a world in which loading the accounts of a folder never ends."""
    settings = Settings(clock="frozen", fixtures="empty")
    first, *others = make_providers(settings)
    own = fixture_file(folder, first.name)
    own.parent.mkdir()
    first = replace(first, account=EndlessAccounts(first.account.package, own, work))
    return make_world(settings, [first, *others])


@pytest.mark.slow
def test_accounts_that_are_loaded_when_the_end_comes_are_broken_off(tmp_path: Path) -> None:
    work = Endless()

    async def broken_off() -> None:
        ending = loading_endlessly(work, tmp_path)
        await given_up(ending.seed(ending.default, tmp_path), work.begun)
        ending.close()

    asyncio.run(broken_off())
    assert work.outcomes == ["StorageError"]


@pytest.mark.slow
def test_accounts_that_take_long_to_load_keep_nobody_else_waiting(tmp_path: Path) -> None:
    work = Endless()

    async def filled() -> bool:
        world = loading_endlessly(work, tmp_path)
        await given_up(world.seed(world.default, tmp_path), work.begun)
        other = asyncio.create_task(world.create("other", at="2026-05-01T09:00:00Z", fixtures="demo"))
        done, _ = await asyncio.wait([other], timeout=PATIENCE)
        world.close()
        return bool(done)

    assert asyncio.run(filled())


def delivery(turn: Turn, number: int, **more: Any) -> Delivery:
    made = Delivery(
        id=number,
        provider="rcs",
        url="http://127.0.0.1:9/hooks",
        type="status",
        types=["status"],
        name=f"delivery-{number}",
        body="{}",
        created_at=turn.now,
        **more,
    )
    turn.session.add(made)
    return made


@pytest.mark.slow
def test_webhooks_that_were_under_way_go_out_again_in_their_order(tmp_path: Path) -> None:
    first = world(data=tmp_path)
    with first.default.turn() as turn:
        for number, due in ((1, 50), (2, 10), (3, 10)):
            delivery(turn, number, state=SENDING, next_attempt_at=turn.now + due)
    first.close()
    again = world(data=tmp_path)
    assert list(again.default.outbox) == [2, 3, 1]
    again.close()


def listen(emulator: Emulator, receiver: Receiver) -> None:
    """Let a receiver have one event of AutoSend."""
    hook = {"provider": "autosend", "url": receiver.url, "events": ["contact.created"]}
    assert emulator.http.post("/_emulator/webhooks/targets", json=hook).is_success
    key = {"Authorization": "Bearer AS_emulator000000000000"}
    assert emulator.http.post("/v1/contacts", json={"email": "ann@new.example"}, headers=key).is_success


def attempted(emulator: Emulator) -> tuple[list[Millis], Millis]:
    """Return when the only delivery was attempted, after all due events, and when the next attempt is due."""
    emulator.advance("0s")
    (found,) = emulator.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    *times, following = (
        from_datetime(spelling.instant(text))
        for text in (*(one["at"] for one in found["attempts"]), found["next_attempt_at"])
    )
    return times, following


@pytest.mark.slow
def test_retries_that_were_due_while_no_server_ran_keep_their_distance(tmp_path: Path) -> None:
    with receiving() as receiver:
        receiver.answer(500)
        with in_process(data=tmp_path, fixtures="empty") as first:
            listen(first, receiver)
            attempted(first)
            first.query("UPDATE sandbox_state SET clock_virtual = ?", LATER)  # as a running clock comes there
        with in_process(data=tmp_path, fixtures="empty") as again:
            assert attempted(again) == ([FROZEN_START, LATER], LATER + 10 * SECOND)


@pytest.mark.slow
def test_a_webhook_that_is_answered_while_the_server_ends_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_come, is_ending = Event(), Event()

    async def waited(*asked: Any) -> float:
        is_ending.set()
        return await machine_wait_for(*asked)

    def react(_: Received) -> None:
        has_come.set()
        is_ending.wait(PATIENCE)

    monkeypatch.setattr(courier, "machine_wait_for", waited)
    with receiving() as receiver:
        receiver.react = react
        with in_process(data=tmp_path, fixtures="empty") as first:
            listen(first, receiver)
            assert first.goes_on_until(has_come, within=PATIENCE)
        with in_process(data=tmp_path, fixtures="empty") as again:
            again.advance("0s")
            (found,) = again.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    assert (found["state"], len(receiver.requests)) == ("delivered", 1)


Step = Callable[[Sandbox], object]
STEPS: dict[str, Step] = {
    "catch up": lambda box: box.set_clock(box.clock.set_to(FROZEN_START + 1)),
    "move": lambda box: asyncio.run(box.move(FROZEN_START + 1, by_instant=False)),
    "long work": lambda box: asyncio.run(ready_at(box, FROZEN_START + 1)),
}


async def ready_at(box: Sandbox, instant: int) -> None:
    with box.store.transaction():
        note_clock(box.store, box.clock.set_to(instant))
    box._clock = box.clock.set_to(instant)  # noqa: SLF001 -- as a running clock comes there
    await box.ready()


@pytest.mark.parametrize("step", STEPS)
def test_what_ran_before_the_file_failed_has_happened(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    monkeypatch.setattr(engine, "TOGETHER", 1)
    monkeypatch.setattr(engine, "MANY", 1 if step == "long work" else 200)
    box = world(fixtures="empty").default
    with box.turn() as turn:
        for number in (1, 2):
            attempt_at(turn, delivery(turn, number), turn.now + 1)
    run, calls = engine.Engine._run_together, count()  # noqa: SLF001 -- one of two transactions fails

    def failing(self: engine.Engine, *others: Any) -> int:
        if next(calls) == 1:
            raise StorageError("the file can not be written")
        return run(self, *others)

    monkeypatch.setattr(engine.Engine, "_run_together", failing)
    with pytest.raises(StorageError):
        STEPS[step](box)
    assert list(box.outbox) == [1]
    assert box.clock.now() == state_of(box.store.session).clock.now()
    box.catch_up()
    assert list(box.outbox) == [1, 2]
