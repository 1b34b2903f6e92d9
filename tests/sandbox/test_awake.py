"""Which sandboxes stay awake: the ones that were used last, as many as fit the memory."""

import asyncio

import pytest
from pydantic import ValidationError

from emulator.sandbox.awake import AT_ONCE, MEGABYTE, Awake
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import World
from emulator.settings import Settings
from emulator.storage.shelf import LARGEST_PACKED
from emulator.storage.store import OPEN
from tests.sandbox.test_world import world


def scene(megabytes: int, number: int) -> tuple[World, list[Sandbox]]:
    """Return a world with so many empty sandboxes, each used after the one before."""
    made = world(memory=megabytes, fixtures="empty")
    made.default.usage.last = -1
    sandboxes = []
    for moment in range(number):
        sandboxes.append(asyncio.run(made.create(f"box-{moment}")))
        sandboxes[-1].usage.last = moment
    return made, sandboxes


def awake(sandboxes: list[Sandbox]) -> list[str]:
    return [sandbox.name for sandbox in sandboxes if sandbox.is_awake]


def use(sandbox: Sandbox, moment: int) -> None:
    with sandbox.turn():
        pass
    sandbox.usage.last = moment


def grow(sandbox: Sandbox, size: int) -> None:
    """Let the database of a sandbox grow by `size` bytes."""
    with sandbox.turn() as turn:
        turn.store.execute("CREATE TABLE IF NOT EXISTS ballast (content BLOB)")
        turn.store.execute("INSERT INTO ballast VALUES (zeroblob(?))", (size,))


@pytest.mark.slow
def test_as_many_are_awake_as_fit_the_memory() -> None:
    _, sandboxes = scene(megabytes=4, number=10)
    each = sandboxes[-1].weight
    assert OPEN < each < MEGABYTE
    stay = 4 * MEGABYTE // each
    assert 1 < stay < 10
    assert awake(sandboxes) == [f"box-{number}" for number in range(10 - stay, 10)]


@pytest.mark.slow
def test_one_that_is_used_wakes_and_the_one_that_was_used_longest_ago_rests() -> None:
    _, sandboxes = scene(megabytes=4, number=10)
    before = awake(sandboxes)
    use(sandboxes[0], moment=10)
    assert awake(sandboxes) == ["box-0", *before[1:]]


def test_the_one_that_is_used_is_awake_however_little_memory_there_is() -> None:
    made, sandboxes = scene(megabytes=1, number=3)
    assert awake(sandboxes) == ["box-2"]
    use(sandboxes[0], moment=3)
    assert awake([made.default, *sandboxes]) == ["box-0"]


@pytest.mark.slow
def test_all_are_awake_that_fit() -> None:
    made, sandboxes = scene(megabytes=640, number=20)
    assert len(awake([made.default, *sandboxes])) == 21


def test_others_rest_when_one_has_grown() -> None:
    made, sandboxes = scene(megabytes=8, number=6)
    keeping = Awake(8, made.sandboxes)
    grow(sandboxes[5], 4 * MEGABYTE)
    sandboxes[5].usage.last = 5
    assert len(awake(sandboxes)) == 6
    keeping.keep_to_memory()
    stay = awake(sandboxes)
    assert stay == [f"box-{number}" for number in range(6 - len(stay), 6)]
    assert 1 < len(stay) < 6


def test_one_that_is_too_large_to_rest_does_not_keep_others_from_being_awake() -> None:
    made, sandboxes = scene(megabytes=8, number=4)
    grow(sandboxes[0], LARGEST_PACKED)
    Awake(8, made.sandboxes).keep_to_memory()
    assert (sandboxes[0].weight, len(awake(sandboxes))) == (0, 4)


@pytest.mark.slow
def test_a_few_are_packed_at_once() -> None:
    made, sandboxes = scene(megabytes=64, number=12)
    less = Awake(1, made.sandboxes)
    less.keep_to_memory()
    assert len(awake([made.default, *sandboxes])) == 13 - AT_ONCE


def test_one_with_deliveries_on_their_way_stays_awake_and_the_next_rests() -> None:
    _, sandboxes = scene(megabytes=4, number=5)
    first, second = [sandbox for sandbox in sandboxes if sandbox.is_awake][:2]
    first.outbox.append(1)
    use(sandboxes[0], moment=10)
    assert (first.is_awake, second.is_awake) == (True, False)


def test_what_a_sandbox_holds_is_the_same_after_it_rested() -> None:
    _, sandboxes = scene(megabytes=1, number=2)
    before = sandboxes[0].store.image()
    use(sandboxes[1], moment=10)
    assert not sandboxes[0].is_awake
    assert sandboxes[0].store.image() == before


def test_there_is_some_memory() -> None:
    with pytest.raises(ValidationError, match="memory"):
        Settings(memory=0)
