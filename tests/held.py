"""Lets a test hold up a function, to see whether other requests are served meanwhile."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from httpx2 import Response

from emulator.sandbox.sandbox import Sandbox
from emulator.storage import store

PATIENCE = 30
"""Seconds after which a held function goes on in any case, so that a failing test ends."""


class Held:
    """A function that tells when it begins, and waits until it may go on."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.begins, self.may_go_on = Event(), Event()
        self.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        self.begins.set()
        assert self.may_go_on.wait(PATIENCE), "nobody was served meanwhile"
        return self._function(*arguments)


def held_by(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Held:
    """Hold up a function of a module or a class."""
    held = Held(getattr(owner, name))

    def waiting(*arguments: Any) -> Any:  # a function becomes a method of its owner; a `Held` would not
        return held(*arguments)

    monkeypatch.setattr(owner, name, waiting)
    return held


def long_turns(monkeypatch: pytest.MonkeyPatch) -> list[Sandbox]:
    """Return a list to which each sandbox is added when long work runs aside in it."""
    seen: list[Sandbox] = []
    real = Sandbox.long_turn

    async def long_turn(sandbox: Sandbox, work: Any) -> Any:
        seen.append(sandbox)
        return await real(sandbox, work)

    monkeypatch.setattr(Sandbox, "long_turn", long_turn)
    return seen


def make_rows_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a single row be so many that requests about all of a kind run aside."""
    monkeypatch.setattr(store, "MANY_ROWS_TAKE", 0)


def served_beside(held: Held, ask: Callable[[], Response], other: Callable[[], Response]) -> Response:
    """Send a request that is held, and another one meanwhile; return the response to the first."""
    with ThreadPoolExecutor(1) as pool:
        asked: Future[Response] = pool.submit(ask)
        assert held.begins.wait(PATIENCE)
        assert other().status_code == 200
        assert not asked.done()
        held.may_go_on.set()
        return asked.result()
