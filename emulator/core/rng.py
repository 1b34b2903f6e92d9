"""Ids and chance: everything that looks random comes from the sandbox's seed.

An id is a hash of the seed, the kind of thing and the thing's number. The numbers are
rows of the sandbox's database, so a rolled back request gives its ids back, and a
restarted or restored sandbox goes on where it was.
"""

import re
import secrets
from hashlib import sha256

from sqlmodel import Field, Session

from emulator.core.session import KeepingSession
from emulator.core.store import Table


class Sequence(Table, table=True):
    """The last number given out for a kind of thing."""

    __tablename__ = "sequence"
    __table_args__ = {"sqlite_with_rowid": False}

    name: str = Field(primary_key=True)
    last: int


class Identifiers:
    """The id factory of one sandbox."""

    def __init__(self, session: Session, seed: int) -> None:
        assert isinstance(session, KeepingSession)
        self._numbers = session.numbers
        self._seed = seed

    def number(self, kind: str) -> int:
        """Answer the next number of `kind`, counting from 1 or from where `begin` put it."""
        return self.reserve(kind, 1)

    def reserve(self, kind: str, count: int) -> int:
        """Take `count` numbers in a row and answer the first."""
        last = self._numbers.last(kind)
        self._numbers.go_on(kind, last + count)
        return last + 1

    def begin(self, kind: str, above: int) -> None:
        """Let every later number of `kind` be greater than `above`."""
        self._numbers.go_on(kind, max(above, self._numbers.last(kind)))

    def hex(self, kind: str, length: int = 24) -> str:
        """Answer a new id of `length` lower-case hex digits (at most 64)."""
        return self.hexes(kind, 1, length)[0]

    def hexes(self, kind: str, count: int, length: int = 24) -> list[str]:
        """Answer `count` new ids."""
        first = self.reserve(kind, count)
        texts = (f"{self._seed}/{kind}/{number}" for number in range(first, first + count))
        return [sha256(text.encode()).hexdigest()[:length] for text in texts]


def reissued(credential: str, tag: str) -> str:
    """Answer a credential that looks like this one, and is that of `tag` alone.

    What comes before the last `_` or `:` stays; the rest becomes hex digits, or digits where it is a number.
    """
    found = re.fullmatch(r"(.*[_:])?(.*)", credential, re.DOTALL)
    assert found is not None
    head, rest = found[1] or "", found[2]
    digest = sha256(f"{tag}/{credential}".encode()).hexdigest()
    if rest.isdecimal():
        return f"{head}{1_000_000_000 + int(digest[:12], 16) % 1_000_000_000}"
    return head + digest[: max(LEAST_SECRET, min(len(rest), len(digest)))]


LEAST_SECRET = 20
"""How many digits a credential has at least."""


def machine_token() -> str:
    """Answer a secret of the machine's own chance, for our own pages; never part of a provider's answer."""
    return secrets.token_urlsafe(24)
