"""The block of a turn: one transaction of a sandbox, with the lock that keeps long work out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from emulator.engine.engine import Turn
from emulator.engine.firing import Firing
from emulator.sandbox.aside import Aside

T = TypeVar("T")


class Turning:
    """What `Sandbox.turn` returns; a generator would take three times as long to enter and to leave."""

    __slots__ = ("_begin", "_end", "_fired", "_lock", "_turn")

    def __init__(
        self,
        lock: AbstractContextManager[object],
        begin: Callable[[], tuple[Turn, Firing | None]],
        end: Callable[[Turn, Firing | None], None],
    ) -> None:
        self._lock = lock
        self._begin = begin
        """Returns the turn, and the due events that ran in its transaction."""
        self._end = end
        """Called with both once they are committed."""

    def __enter__(self) -> Turn:
        self._lock.__enter__()
        try:
            self._turn, self._fired = self._begin()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self._turn

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            self._turn.store.transaction().__exit__(kind, error, trace)
            if error is None:
                self._end(self._turn, self._fired)
        finally:
            self._lock.__exit__(None, None, None)


def transacted(turn: Turn, work: Callable[[Turn], T], aside: Aside) -> T:
    """Run work as one transaction of a turn. Raises StorageError if it was broken off."""
    with turn.store.transaction():
        result = work(turn)
        aside.check_wanted()
        return result
