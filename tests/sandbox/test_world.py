"""Sandboxes after a crash, with another fixture folder, and at the end of time."""

import asyncio
import shutil
from pathlib import Path
from threading import current_thread
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.engine.clock import machine_pause
from emulator.sandbox.world import World
from emulator.settings import Settings, shipped_fixtures
from emulator.storage.store import Store


def world(**settings: Any) -> World:
    made = Settings(**{"clock": "frozen"} | settings)
    return make_world(made, make_providers(made))


class KilledError(Exception):
    """Raised in place of a kill of the process."""


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_process_killed_in_a_reset_leaves_a_whole_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = world(data=tmp_path)
    copy = Store.copy_from

    def killed(store: Store, template: Any, *_: Any) -> None:
        if step == "after":
            copy(store, template)
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Store, "copy_from", killed)
        with pytest.raises(KilledError):
            asyncio.run(first.reset(first.default))
    first.close()
    again = world(data=tmp_path)
    assert again.default.clock.mode == "frozen"
    assert again.directory.find("autosend", "AS_emulator000000000000") is not None


def test_a_reset_takes_the_credentials_of_the_fixtures_that_there_are(tmp_path: Path) -> None:
    world(data=tmp_path).close()
    shutil.copytree(shipped_fixtures() / "demo", tmp_path / "fixtures")
    file = tmp_path / "fixtures" / "autosend" / "account.yaml"
    file.write_text(file.read_text().replace("AS_emulator000000000000", "AS_another00000000000000"))
    other = world(data=tmp_path, fixtures=str(tmp_path / "fixtures"))
    assert other.directory.find("autosend", "AS_emulator000000000000") is not None
    asyncio.run(other.reset(other.default))
    assert other.directory.find("autosend", "AS_emulator000000000000") is None
    assert other.directory.find("autosend", "AS_another00000000000000") is not None


@pytest.mark.slow
@pytest.mark.parametrize("fixtures", ["demo", "empty"])
def test_ids_of_a_set_do_not_depend_on_who_asked_for_it_first(fixtures: str) -> None:
    found = []
    for first in (1, 2):
        own = world()
        asyncio.run(own.create(seed=first, clock="60", fixtures=fixtures))
        sandbox = asyncio.run(own.create(seed=9, clock="60", fixtures=fixtures))
        found.append(sandbox.store.execute("SELECT id FROM altcraft_profile ORDER BY number").fetchall())
        own.close()
    assert found[0] == found[1]


def test_a_reset_begins_with_the_clock_that_the_sandbox_began_with(tmp_path: Path) -> None:
    world(data=tmp_path).close()
    kept = world(data=tmp_path, clock="real")
    asyncio.run(kept.reset(kept.default))
    assert kept.default.clock.mode == "frozen"


def test_the_waker_leaves_a_sandbox_alone_that_can_not_be_looked_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken, here = world(), current_thread()
    neighbour = asyncio.run(woken.create("neighbour"))
    looks = {"default": 0, "neighbour": 0}
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        if current_thread() is not here:  # the waker of the emulator that other tests share
            await machine_pause(seconds)
            return
        pauses.append(seconds)
        if len(pauses) == 4:
            raise KilledError

    def crash() -> None:
        looks["default"] += 1
        raise ZeroDivisionError

    def note() -> None:
        looks["neighbour"] += 1

    monkeypatch.setattr("emulator.sandbox.world.machine_pause", pause)
    monkeypatch.setattr(woken.default, "catch_up", crash)
    monkeypatch.setattr(neighbour, "catch_up", note)
    with pytest.raises(ExceptionGroup) as ended:
        asyncio.run(woken.keep_awake())
    assert ended.group_contains(KilledError)
    assert looks == {"default": 1, "neighbour": 3}
