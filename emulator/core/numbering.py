"""The numbers that a sandbox gives out: rng.py makes ids of them, in the table that it declares."""

import sqlite3


class Numbers:
    """The last number given out for each kind of thing: known here, and written with the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last: dict[str, int] = {}
        self._unwritten: set[str] = set()

    @property
    def are_written(self) -> bool:
        return not self._unwritten

    def last(self, kind: str) -> int:
        """Answer the last number of `kind`, 0 where there is none yet."""
        if kind not in self._last:
            found = self._connection.execute(_LAST, (kind,)).fetchone()
            self._last[kind] = found[0] if found else 0
        return self._last[kind]

    def go_on(self, kind: str, last: int) -> None:
        """Let `last` be the last number of `kind`."""
        self._last[kind] = last
        self._unwritten.add(kind)

    def write(self) -> None:
        if self._unwritten:
            kinds = sorted(self._unwritten)
            self._connection.executemany(_GO_ON, [(kind, self._last[kind]) for kind in kinds])
            self._unwritten.clear()

    def forget(self) -> None:
        self._last.clear()
        self._unwritten.clear()


_LAST = "SELECT last FROM sequence WHERE name = ?"
_GO_ON = "INSERT INTO sequence (name, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last"
