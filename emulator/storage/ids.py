"""Ids: everything that looks random is derived from the sandbox's seed.

An id is a hash of the seed, the kind of thing and the thing's number. The last numbers are stored in the
sandbox's database: a rolled back request gives its ids back, and a restarted or restored sandbox goes on
where it was.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from sqlmodel import Field

from emulator.storage.tables import Table

LARGEST_NUMBER = 2**62
"""The largest number that may have been given out: those that follow must fit into SQLite, too."""


class Sequence(Table, table=True):
    """The last number given out for a kind of thing."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "sequence"
    __table_args__ = {"sqlite_with_rowid": False}

    name: str = Field(primary_key=True)
    last: int = Field(ge=0, le=LARGEST_NUMBER)


KEPT_APART = 1_000_000
"""So many given seeds, and as many made ones, have numbers that no other seed has."""

MADE_SEEDS = 2**32
"""The seeds from this one on are made by `made_seed`; somebody has given the smaller ones."""


def made_seed(seed: int, number: int) -> int:
    """Return the seed of a sandbox that was given none, from the server's seed and the sandbox's number."""
    return (seed % 2**30 + 1) * MADE_SEEDS + number


def place_of(seed: int) -> int:
    """Return the place of a seed's room among the rooms of numbers, counted from 0."""
    return KEPT_APART + seed % KEPT_APART if seed >= MADE_SEEDS else (seed - 1) % KEPT_APART


def keep_apart(connection: sqlite3.Connection, seed: int, rooms: Mapping[str, int]) -> None:
    """Move the numbers of some kinds on to the seed's own room, where no other seed has numbers.

    `rooms` says how many numbers of a kind each seed has; after so many, those of the next seed follow.
    """
    place = place_of(seed)
    connection.executemany(_MOVE_ON, [(kind, place * room) for kind, room in rooms.items()])


_MOVE_ON = (
    "INSERT INTO sequence (name, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = last + excluded.last"
)


class Numbers:
    """The last number given out for each kind of thing, cached, and written with the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._last: dict[str, int] = {}
        self._unwritten: set[str] = set()

    @property
    def are_written(self) -> bool:
        return not self._unwritten

    def last(self, kind: str) -> int:
        """Return the last number of `kind`, 0 where there is none yet."""
        if kind not in self._last:
            found = self._connection.execute(_LAST, (kind,)).fetchone()
            self._last[kind] = found[0] if found else 0
        return self._last[kind]

    def go_on(self, kind: str, last: int) -> None:
        """Set the last number of `kind`, to be written later."""
        self._last[kind] = last
        self._unwritten.add(kind)

    def write(self) -> None:
        if self._unwritten:
            kinds = sorted(self._unwritten)
            self._connection.executemany(_GO_ON, [(kind, self._last[kind]) for kind in kinds])
            self._unwritten.clear()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Forget which numbers the block gave out: they are given out again later."""
        last, unwritten = dict(self._last), set(self._unwritten)
        try:
            yield
        finally:
            self._last, self._unwritten = last, unwritten

    def forget(self) -> None:
        self._last.clear()
        self._unwritten.clear()


_LAST = "SELECT last FROM sequence WHERE name = ?"
_GO_ON = "INSERT INTO sequence (name, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last"


class Identifiers:
    """The id factory of one sandbox."""

    def __init__(self, numbers: Numbers, seed: int) -> None:
        self._numbers = numbers
        self._seed = seed

    def number(self, kind: str) -> int:
        """Return the next number of `kind`, counting from 1 or from where `begin` set it."""
        return self.reserve(kind, 1)

    def reserve(self, kind: str, count: int) -> int:
        """Take `count` consecutive numbers of `kind`; return the first."""
        last = self._numbers.last(kind)
        self._numbers.go_on(kind, last + count)
        return last + 1

    def upcoming(self, kind: str) -> int:
        """Return the number of `kind` that is given out next, without taking it."""
        return self._numbers.last(kind) + 1

    def rehearsal(self) -> AbstractContextManager[None]:
        """Return a context whose numbers are given out again after it."""
        return self._numbers.rehearsal()

    def begin(self, kind: str, above: int) -> None:
        """Make every later number of `kind` greater than `above`."""
        self._numbers.go_on(kind, max(above, self._numbers.last(kind)))

    def hex(self, kind: str, length: int = 24) -> str:
        """Return a new id of `length` lower-case hex digits (at most 64)."""
        return self.hexes(kind, 1, length)[0]

    def hexes(self, kind: str, count: int, length: int = 24) -> list[str]:
        """Return `count` new ids of `length` lower-case hex digits (at most 64)."""
        first = self.reserve(kind, count)
        texts = (f"{self._seed}/{kind}/{number}" for number in range(first, first + count))
        return [sha256(text.encode()).hexdigest()[:length] for text in texts]

    def uuid(self, kind: str) -> str:
        """Return a new id in the form of a random UUID."""
        return self.uuids(kind, 1)[0]

    def uuids(self, kind: str, count: int) -> list[str]:
        """Return `count` new ids in the form of random UUIDs."""
        return [str(UUID(digits, version=4)) for digits in self.hexes(kind, count, 32)]
