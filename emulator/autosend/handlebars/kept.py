"""Keeps the results of recent parsing and rendering, so that looking at a mail again costs little."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Kept(Generic[Result]):
    """A cache of the results that were used last, up to a total weight."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        self._results: OrderedDict[Hashable, tuple[Result, int]] = OrderedDict()

    def find(self, key: Hashable) -> Result | None:
        """Return the result that is kept under a key, None if there is none."""
        found = self._results.get(key)
        if found is None:
            return None
        self._results.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, result: Result, weight: int) -> None:
        """Keep a result, and drop those that were not used for the longest time."""
        if weight > self._most or key in self._results:
            return
        self._results[key] = result, weight
        self._weight += weight
        while self._weight > self._most:
            self._weight -= self._results.popitem(last=False)[1][1]
