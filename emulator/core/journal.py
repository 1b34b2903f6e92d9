"""The journal: the last requests and answers of a sandbox, in a bounded ring."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.core.clock import Millis

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Entry:
    """One request and its answer, as they went over the wire."""

    provider: str
    method: str
    path: str
    query: bytes
    request_headers: Headers
    number: int = 0
    at: Millis = 0
    operation: str | None = None
    """The documented operation, `POST /v1/campaigns`; None where the path is not documented."""
    request_body: bytearray = field(default_factory=bytearray)
    status: int = 0
    answer_headers: Headers = field(default_factory=list)
    answer_body: bytearray = field(default_factory=bytearray)
    faults: list[int] = field(default_factory=list)
    """The numbers of the fault rules that acted on it."""
    find_unread: Callable[["Entry"], list[str]] | None = None
    """Answers the fields of an entry that the client sent and no handler read."""

    @property
    def unread(self) -> list[str]:
        """The fields that the client sent and no handler read: `body.colour`, `query.verbose`."""
        return self.find_unread(self) if self.find_unread else []

    @property
    def size(self) -> int:
        return len(self.request_body) + len(self.answer_body) + OVERHEAD


OVERHEAD = 2048
"""What an entry weighs beside its bodies, in bytes, roughly."""


class Journal:
    """Entries in the order of their answers, dropped from the oldest on when it grows beyond its bounds."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._last = 0

    def add(self, entry: Entry) -> None:
        """Keep an entry; of one that would push out most others, the beginnings of its bodies."""
        if entry.size > self._max_bytes // 4:
            for body in (entry.request_body, entry.answer_body):
                del body[self._max_bytes // 16 :]
        self._last += 1
        entry.number = self._last
        self._entries.append(entry)
        self._bytes += entry.size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._bytes -= self._entries.popleft().size

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> list[Entry]:
        return list(self._entries)

    def clear(self) -> None:
        self._entries.clear()
        self._bytes = 0
        self._last = 0
