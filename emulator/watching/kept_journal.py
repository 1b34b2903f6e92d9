"""The journal in a snapshot: rows that only the file of a snapshot has, with credentials hidden."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.storage.ids import LARGEST_NUMBER
from emulator.storage.sqlite import json_text
from emulator.storage.store import Store
from emulator.storage.tables import Table, json_list, json_or_none
from emulator.watching.journal import Entry, Headers, Kept, packed
from emulator.watching.redaction import ABRIDGED, CUT, Redactor, charset_of, decoded, encoded, masked

WORTH_A_VACUUM = 20
"""A database is written anew without its journal if that leaves more than 1/20 of its pages free."""


class KeptEntry(Table, table=True):
    """One request and its response, as the journal showed them when the snapshot was saved."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "journal_entry"

    number: int = Field(primary_key=True, gt=0, le=LARGEST_NUMBER)
    at: Millis
    provider: str
    operation: str | None
    credential: str
    client: str
    method: str
    path: str
    query: bytes
    request_head: bytes
    request_body: bytes
    status: int
    answer_head: bytes
    answer_body: bytes
    is_cut: bool
    is_refused: bool
    faults: list[int] = json_list()
    unread: list[str] | None = json_or_none()
    """None if the request was for no operation that the emulator implements."""


class Dropped(Table, table=True):
    """How many entries the journal had dropped by then: one row, and none where it had dropped none."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "journal_dropped"

    id: int = Field(default=1, primary_key=True, ge=1, le=1)
    number: int = Field(gt=0, le=LARGEST_NUMBER)


def write_journal(store: Store, kept: Kept, redactor: Redactor) -> None:
    """Write a journal into a copy of a sandbox, with credentials hidden."""
    with store.transaction():
        store.execute_many(_WRITE, (_hidden(entry, redactor) for entry in kept.entries))
        if kept.dropped:
            store.execute_many("INSERT INTO journal_dropped (id, number) VALUES (1, ?)", [(kept.dropped,)])


def take_journal(store: Store) -> Kept:
    """Return the journal in a snapshot's database, and delete it there: that of a sandbox in use has none."""
    rows = store.connection.execute(_READ).fetchall()
    dropped = store.connection.execute("SELECT number FROM journal_dropped").fetchall()
    if rows or dropped:
        with store.transaction():
            store.rewrite("DELETE FROM journal_entry")
            store.rewrite("DELETE FROM journal_dropped")
        (free,) = store.connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
        if free * WORTH_A_VACUUM > pages:
            store.connection.execute("VACUUM")
    entries = [_entry(dict(zip(COLUMNS, row, strict=True))) for row in rows]
    return Kept(entries, sum(number for (number,) in dropped))


def _hidden(entry: Entry, redactor: Redactor) -> tuple[object, ...]:
    own = entry.credential
    return (
        entry.number,
        entry.at,
        entry.provider,
        entry.operation,
        masked(own),
        entry.client,
        entry.method,
        redactor.text(entry.path, own),
        _latin(redactor.query(entry.query, own)),
        _head(entry.request_headers, redactor, own),
        _body(entry.request_body, entry.request_headers, redactor, own),
        entry.status,
        _head(entry.answer_headers, redactor, own),
        _body(entry.answer_body, entry.answer_headers, redactor, own),
        entry.is_cut,
        entry.is_refused,
        json_text(entry.faults),
        json_text([redactor.text(name, own) for name in entry.unread]) if entry.is_answered else None,
    )


def _latin(query: str) -> bytes:
    return "".join(letter if ord(letter) < 256 else quote(letter) for letter in query).encode("latin-1")  # noqa: PLR2004 -- Latin-1 has no more


def _head(headers: Headers, redactor: Redactor, own: str) -> bytes:
    shown = redactor.headers(headers, own)
    return packed(
        [(name.encode("latin-1"), value.replace(CUT, ABRIDGED).encode("latin-1")) for name, value in shown]
    )


def _body(body: bytes, headers: Headers, redactor: Redactor, own: str) -> bytes:
    """Return a body with credentials hidden; one without any stays as it is, byte for byte."""
    charset = charset_of(headers, body)
    shown = redactor.body(body, own, charset)
    return body if shown == decoded(body, charset) else encoded(shown, charset)


def _entry(row: Mapping[str, Any]) -> Entry:
    unread = row["unread"]
    names = None if unread is None else json.loads(unread)
    plain = {name: row[name] for name in COLUMNS if name not in READ}
    return Entry(
        **plain,
        is_cut=bool(row["is_cut"]),
        is_refused=bool(row["is_refused"]),
        faults=json.loads(row["faults"]),
        find_unread=None if names is None else lambda _: list(names),
    )


COLUMNS = tuple(KeptEntry.model_fields)
READ = frozenset({"is_cut", "is_refused", "faults", "unread"})
"""The columns whose values an Entry has in another form."""
_WRITE = f"INSERT INTO journal_entry ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 -- our own table
_READ = f"SELECT {', '.join(COLUMNS)} FROM journal_entry ORDER BY number"  # noqa: S608 -- our own table
