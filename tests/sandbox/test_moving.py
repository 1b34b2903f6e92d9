"""Moves of a clock: two at a time add up, and one that is interrupted says so."""

import asyncio

import pytest

from emulator.engine.clock import FROZEN_START, HOUR, machine_pause
from emulator.sandbox.moving import MoveInterruptedError, move_on
from emulator.sandbox.sandbox import Sandbox
from emulator.webhooks.courier import Courier
from tests.sandbox.test_world import world


def test_two_moves_at_a_time_both_come_to_their_end() -> None:
    sandbox, courier = world().default, Courier({}, None, "machine")  # type: ignore[arg-type]

    async def both() -> None:
        first = asyncio.ensure_future(move_on(sandbox, courier, FROZEN_START + HOUR))
        await machine_pause(0)
        assert sandbox.bound_for == FROZEN_START + HOUR
        await move_on(sandbox, courier, FROZEN_START + 3 * HOUR)
        await first

    asyncio.run(both())
    assert sandbox.clock.now() == FROZEN_START + 3 * HOUR
    assert sandbox.bound_for is None


def test_a_move_ends_when_the_sandbox_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    woken = world()

    async def reset_meanwhile(sandbox: Sandbox, _: float) -> float:
        await woken.reset(sandbox)
        return 0

    monkeypatch.setattr(woken.courier, "settle", reset_meanwhile)
    with pytest.raises(MoveInterruptedError, match="default"):
        asyncio.run(move_on(woken.default, woken.courier, FROZEN_START + HOUR))
    assert woken.default.clock.now() == FROZEN_START
