"""The journal: the latest requests and responses of a sandbox, within bounds of number and size."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile
from typing import Any

from emulator.engine.clock import Millis, iso_millis
from emulator.watching.redaction import masked

Headers = list[tuple[bytes, bytes]]

OWN_PAGES = "emulator"
"""The name in place of a provider's for requests to the emulator's own pages."""


class Unclaimed(StrEnum):
    """Why a request belongs to no sandbox."""

    NO_CREDENTIAL = "no credential"
    UNKNOWN_CREDENTIAL = "unknown credential"
    REFUSED_HOST = "refused Host"
    NO_PROVIDER = "path of no provider"


@dataclass(slots=True)
class Entry:
    """One request and its response, as they were sent over the network."""

    provider: str
    """The name of the provider that the path belongs to, or OWN_PAGES."""
    method: str
    path: str
    query: bytes
    request_head: bytes
    """The headers of the request, packed: a list of them weighs four times as much."""
    client: str = ""
    """The address of the client."""
    number: int = 0
    at: Millis = 0
    operation: str | None = None
    """The documented operation, `POST /v1/campaigns`; None where the path is not documented."""
    credential: str = ""
    """The client's credential, in full: it is never written to disk, and redacted wherever it is shown."""
    request_body: bytes = b""
    status: int = 0
    answer_head: bytes = b""
    """The headers of the response, packed."""
    answer_body: bytes = b""
    is_under_way: bool = False
    """Whether its response is still to come, or to be sent to its end."""
    is_cut: bool = False
    """Whether its bodies were shortened: they are too large for the journal, or to be read."""
    is_refused: bool = False
    """Whether the response is a refusal, whatever its status: Altcraft's have the status 200."""
    faults: list[int] = field(default_factory=list)
    """The numbers of the fault rules that acted on the request."""
    find_unread: Callable[["Entry"], list[str]] | None = None
    """A function that returns the fields of an entry that the client sent and no handler read."""
    credential_of: str | None = None
    """The provider that knows the credential, if this one does not."""
    unclaimed: Unclaimed | None = None
    """Why it belongs to no sandbox; None for a request of a sandbox."""

    @property
    def request_headers(self) -> Headers:
        return unpacked(self.request_head)

    @property
    def answer_headers(self) -> Headers:
        return unpacked(self.answer_head)

    @property
    def unread(self) -> list[str]:
        """The fields that the client sent and no handler read: `body.colour`, `query.verbose`."""
        return self.find_unread(self) if self.find_unread else []

    @property
    def answered(self) -> int | None:
        """The HTTP status of the response: 0 where none came, None while the request is under way."""
        return None if self.is_under_way else self.status

    @property
    def is_answered(self) -> bool:
        """Whether the request is for a documented operation that the emulator implements."""
        return self.find_unread is not None

    @property
    def size(self) -> int:
        """How many bytes of memory the entry takes, roughly."""
        bodies = len(self.request_body) + len(self.answer_body)
        return (
            OVERHEAD
            + len(self.path)
            + len(self.query)
            + len(self.request_head)
            + len(self.answer_head)
            + bodies
        )

    def summary(self) -> dict[str, Any]:
        """Return the entry as the feed shows it: without headers and bodies."""
        return {
            "number": self.number,
            "at": iso_millis(self.at),
            "provider": self.provider,
            "operation": self.operation,
            "credential": masked(self.credential),
            "method": self.method,
            "path": self.path,
            "query": self.query.decode("latin-1"),
            "unread": self.unread,
            "status": self.status,
            "faults": self.faults,
        }

    def cut(self, length: int) -> None:
        """Shorten both bodies to `length` bytes."""
        self.is_cut = self.is_cut or length < max(len(self.request_body), len(self.answer_body))
        self.request_body = self.request_body[:length]
        self.answer_body = self.answer_body[:length]


def packed(headers: Headers) -> bytes:
    """Return headers as lines of `name:value`: no name has a colon, and none a line break."""
    return b"\n".join([name + b":" + value for name, value in headers])


def unpacked(head: bytes) -> Headers:
    parts = (line.partition(b":") for line in head.split(b"\n") if line)
    return [(name, value) for name, _, value in parts]


def by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of headers or parameters by name: one that comes twice has two."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers with the values of a repeated one joined to one value, as HTTP does."""
    return {name: ", ".join(values) for name, values in by_name(pairs).items()}


OVERHEAD = 2048
"""How many bytes an entry takes beside its texts, roughly."""


@dataclass(frozen=True)
class Kept:
    """The content of a journal at a moment."""

    entries: Sequence[Entry] = ()
    dropped: int = 0
    """How many earlier entries were dropped for want of room."""


NOTHING = Kept()


class Journal:
    """The entries of a sandbox in the order of their responses; beyond the bounds, the oldest are dropped.

    Requests that a fault rule delays are in it before their response, as clients may go away meanwhile. A
    journal with `max_entries` 0 is switched off.
    """

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: deque[Entry] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._last = 0
        self.dropped = 0
        """How many entries were dropped for want of room since it was emptied."""
        self.beginnings = 0
        """How often the journal was emptied: code that counts entries must start over when it changes."""

    @property
    def is_on(self) -> bool:
        return self._max_entries > 0

    def add(self, entry: Entry) -> None:
        """Add an entry, with the next number unless it has one; or finish one that was begun.

        Its bodies are shortened where it would take more than a quarter of the journal.
        """
        if entry.is_under_way:
            self._finish(entry)
        else:
            self._put(entry, self._shortened(entry))

    def begin(self, entry: Entry, at: Millis) -> None:
        """Add an entry whose response is still to come: `add` finishes it, and may shorten it then."""
        entry.at, entry.is_under_way = at, True
        self._put(entry, min(entry.size, self._max_bytes // 4))

    def _finish(self, entry: Entry) -> None:
        """Count an entry that was begun with its size now, unless it was dropped or removed."""
        entry.is_under_way = False
        for place, kept in enumerate(self._entries):
            if kept is entry:
                size = self._shortened(entry)
                self._bytes += size - self._sizes[place]
                self._sizes[place] = size
                self._keep_bounds()
                return

    def _shortened(self, entry: Entry) -> int:
        """Shorten the bodies of an entry that is too large; return its size."""
        if entry.size > self._max_bytes // 4:
            entry.cut(self._max_bytes // 16)
        return entry.size

    def _put(self, entry: Entry, size: int) -> None:
        if not entry.number:
            entry.number = self._last + 1
        self._last = entry.number
        self._entries.append(entry)
        self._sizes.append(size)
        self._bytes += size
        self._keep_bounds()

    def _keep_bounds(self) -> None:
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._entries.popleft()
            self._bytes -= self._sizes.popleft()
            self.dropped += 1

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def kept(self) -> Kept:
        """Return its present content, as a snapshot has it."""
        return Kept(self.entries(), self.dropped)

    def after(self, number: int) -> list[Entry]:
        """Return the entries with a number above this one, the oldest first."""
        return list(takewhile(lambda entry: entry.number > number, reversed(self._entries)))[::-1]

    def get(self, number: int) -> Entry | None:
        return next((entry for entry in self._entries if entry.number == number), None)

    def remove(self, entries: Iterable[Entry]) -> None:
        """Remove some entries."""
        numbers = {entry.number for entry in entries}
        self._entries = deque(entry for entry in self._entries if entry.number not in numbers)
        self._sizes = deque(entry.size for entry in self._entries)
        self._bytes = sum(self._sizes)

    def clear(self) -> None:
        """Remove all entries; the next one has the next number."""
        self._entries.clear()
        self._sizes.clear()
        self._bytes = self.dropped = 0
        self.beginnings += 1

    def restart(self, kept: Kept = NOTHING) -> None:
        """Replace all entries by a snapshot's, with their numbers; without any, begin with number 1."""
        self.clear()
        self._last, self.dropped = 0, kept.dropped
        for entry in kept.entries:
            self.add(entry)
