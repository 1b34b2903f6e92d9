"""INSERTs of many similar rows in few statements, in half the time of one statement for each row.

Each statement has several rows, and the values that they share are bound once
(docs/decisions/0048-rows-alike.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from emulator.storage.store import Store

T = TypeVar("T")

SIZES = (64, 16, 4, 1)
"""How many rows a statement has: a few sizes, so that SQLite keeps all of them prepared."""

SLICE = 1000
"""How many rows are taken at a time: very many in one go would hold all threads."""


def sliced(rows: Iterable[T], size: int = SLICE) -> Iterator[list[T]]:
    """Yield rows in lists of `size`; the last one has what is left."""
    coming = iter(rows)
    while waiting := list(islice(coming, size)):
        yield waiting


class Insertion:
    """The INSERT of rows of a table that share the values of some columns; one column may count them."""

    def __init__(
        self, table: str, counted: str | None, shared: Sequence[str], own: Sequence[str] = ()
    ) -> None:
        """Prepare the statements.

        Args:
            table: The name of the table.
            counted: The column that goes up by one from row to row, if there is one.
            shared: The columns that have the same value in all rows.
            own: The columns of which each row has its value.
        """
        self._is_counted = counted is not None
        names = ", ".join(([counted] if counted else []) + [*shared, *own])
        self._head = f"INSERT OR FAIL INTO {table} ({names}) VALUES "  # noqa: S608 -- our own tables
        self._shared, self._own = len(shared), len(own)
        self._statements = {size: self._statement(size) for size in SIZES}

    def run(self, store: Store, first: int, shared: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
        """Store rows, each with the values of its own columns; the counted column begins at `first`."""
        number = first
        for some in sliced(rows, SIZES[0]):
            waiting = some
            for size in SIZES:
                while len(waiting) >= size:
                    values = chain.from_iterable(waiting[:size])
                    store.execute(self._statements[size], (number, *shared, *values))
                    waiting, number = waiting[size:], number + size

    def _statement(self, size: int) -> str:
        same = [f"?{number}" for number in range(2, 2 + self._shared)]
        before = 2 + self._shared
        return self._head + ", ".join(
            f"({', '.join((*self._count(row), *same, *self._marks(before + row * self._own)))})"
            for row in range(size)
        )

    def _count(self, row: int) -> list[str]:
        return [f"?1 + {row}"] if self._is_counted else []

    def _marks(self, begin: int) -> list[str]:
        return [f"?{number}" for number in range(begin, begin + self._own)]
