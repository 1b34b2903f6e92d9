"""How a server ends in the midst of work, and what the next start on its data folder makes of that."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.engine import clock, engine
from emulator.engine.clock import FROZEN_START, SECOND, Millis, from_datetime, read_datetime
from emulator.engine.engine import MANY_ROWS, Turn
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.state import note_clock, state_of
from emulator.sandbox.world import World
from emulator.settings import Settings
from emulator.storage.failures import StorageError
from emulator.webhooks.events import SENDING, Delivery, attempt_at
from tests.conftest import Emulator, in_process
from tests.receiver import receiving
from tests.sandbox.test_data_folder import world

PATIENCE = 20


class Endless:
    """Work that goes on until it is broken off."""

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
        """Return a world in which it may be due."""
        settings = Settings(clock="frozen", fixtures="empty", data=data)
        first, *others = make_providers(settings)
        return make_world(settings, [replace(first, events={**first.events, "test.long": self}), *others])


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
        request = asyncio.create_task(box.ready() if is_due else box.long_turn(work))
        await asyncio.to_thread(work.begun.wait, PATIENCE)
        request.cancel()
        with suppress(asyncio.CancelledError):
            await request
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


def attempted(emulator: Emulator) -> tuple[list[Millis], Millis]:
    """Return when the only delivery was attempted, once what is due was, and when it will be next."""
    emulator.advance("0s")
    (found,) = emulator.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    *times, following = (
        from_datetime(read_datetime(text))
        for text in (*(one["at"] for one in found["attempts"]), found["next_attempt_at"])
    )
    return times, following


@pytest.mark.slow
def test_retries_that_were_due_while_no_server_ran_keep_their_distance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Any = {"data": tmp_path, "fixtures": "empty", "clock": "real"}
    with receiving() as receiver:
        receiver.answer(500)
        with in_process(**settings) as first:
            hook = {"provider": "autosend", "url": receiver.url, "events": ["contact.created"]}
            assert first.http.post("/_emulator/webhooks/targets", json=hook).is_success
            key = {"Authorization": "Bearer AS_emulator000000000000"}
            assert first.http.post("/v1/contacts", json={"email": "ann@new.example"}, headers=key).is_success
            attempted(first)
        now = clock.machine_millis
        monkeypatch.setattr(clock, "machine_millis", lambda: now() + clock.HOUR)
        with in_process(**settings) as again:
            (begun, latest), following = attempted(again)
    assert latest - begun >= clock.HOUR
    assert following - latest == 10 * SECOND


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
