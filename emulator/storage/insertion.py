"""Many rows alike in few statements, which takes half as long as one statement for each row.

Each statement has several rows, and what they share is bound once (docs/decisions/0048-rows-alike.md).
"""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from emulator.storage.store import Store

SIZES = (64, 16, 4, 1)
"""How many rows a statement has: a few sizes, so that SQLite keeps all of them prepared."""


class Insertion:
    """The INSERT of rows of a table that are counted by one column, and share the values of others."""

    def __init__(self, table: str, counted: str, shared: Sequence[str], own: Sequence[str] = ()) -> None:
        """Prepare the statements.

        Args:
            table: The name of the table.
            counted: The column that goes up by one from row to row.
            shared: The columns that have the same value in all rows.
            own: The columns of which each row has its value.
        """
        names = ", ".join((counted, *shared, *own))
        self._head = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608 -- our own tables
        self._shared, self._own = len(shared), len(own)
        self._statements = {size: self._statement(size) for size in SIZES}

    def run(self, store: Store, first: int, shared: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
        """Store rows: the first is counted `first`, and each has values of the columns of its own."""
        coming, number = iter(rows), first
        while waiting := list(islice(coming, SIZES[0])):
            for size in SIZES:
                while len(waiting) >= size:
                    values = chain.from_iterable(waiting[:size])
                    store.execute(self._statements[size], (number, *shared, *values))
                    waiting, number = waiting[size:], number + size

    def _statement(self, size: int) -> str:
        same = [f"?{number}" for number in range(2, 2 + self._shared)]
        before = 2 + self._shared
        return self._head + ", ".join(
            f"({', '.join((f'?1 + {row}', *same, *self._marks(before + row * self._own)))})"
            for row in range(size)
        )

    def _marks(self, begin: int) -> list[str]:
        return [f"?{number}" for number in range(begin, begin + self._own)]
