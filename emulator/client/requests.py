"""The client for the requests that a sandbox received."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Unpack

from emulator.client.connection import PATIENCE, Scope, part, seconds
from emulator.client.given import given
from emulator.client.lines import body_lines, request_line
from emulator.client.pages import whole
from emulator.client.shapes import Criteria, Duration, Entries, JournalEntry, RequestFilter
from emulator.client.waiting import wait_for

SHOWN = 100
"""How many requests a failed verification shows."""


class Requests:
    """The requests that a sandbox received, and their responses."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(self, **wanted: Unpack[RequestFilter]) -> Entries:
        """Return all requests that match, the oldest first; `limit` only the latest."""
        return whole(self._scope, "/requests", given(wanted), field="requests", most=10_000)

    def get(self, number: int) -> JournalEntry:
        entry: JournalEntry = self._scope.ask("GET", f"/requests/{part(number)}")
        return entry

    def verify(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        never: bool = False,
        within: Duration | None = None,
        **match: Unpack[Criteria],
    ) -> Entries:
        """Return the requests that match. Raises AssertionError unless there are as many as expected.

        Where very many match, the latest are returned: 100, or as many as there have to be if that is more.
        """
        __tracebackhide__ = True
        wanted = {
            "match": given(match),
            "exactly": exactly,
            "at_least": at_least,
            "at_most": at_most,
            "never": never or None,
            "within": within,
        }
        body = {name: value for name, value in wanted.items() if value is not None}
        patience = PATIENCE + (seconds(within) if within else 0)
        answer = self._scope.ask("POST", "/requests/verify", body=body, patience=patience)
        if not answer["passed"]:
            raise AssertionError("\n".join(_difference(match, answer)))
        matched: Entries = answer["matched"]
        return matched

    def wait(self, *, count: int = 1, timeout: Duration = "5s", **match: Unpack[Criteria]) -> Entries:
        """Wait for `count` requests that match, and return them. Raises AssertionError at the timeout.

        Where more match, the latest are returned: 100, or `count` if that is more.
        """
        __tracebackhide__ = True
        found: Entries = wait_for(self._scope, "request", given(match), count, timeout, _near_line)
        return found

    def clear(self) -> None:
        """Empty the journal."""
        self._scope.ask("DELETE", "/requests")


def _difference(match: Mapping[str, Any], answer: Any) -> Iterator[str]:
    """Yield the lines of a failure: what was expected, what was received, and what came close."""
    yield f"expected {answer['expected']} of {dict(match)}, received {answer['count']}"
    if answer["unknown"]:
        yield (
            f"{answer['unknown']} more may be so: the journal had no room for them, or for their bodies "
            "(EMULATOR_JOURNAL_ENTRIES, EMULATOR_JOURNAL_BYTES); requests.clear() empties it"
        )
    if answer["matched"]:
        yield "received:" if answer["count"] <= SHOWN else f"received, the last {SHOWN} of them:"
        yield from _entry_lines(answer["matched"][-SHOWN:])
    for near in answer["near_misses"]:
        yield f"near miss: {_near_line(near)}"


def _near_line(near: Any) -> str:
    """Return a request and its bodies as lines; of a near miss, also the criteria that it does not meet."""
    entry = near.get("request", near)
    misses = f"; other in {', '.join(near['misses'])}" if "misses" in near else ""
    line = f"{request_line(entry)}{misses}"
    return "\n".join([line, *(f"    {body}" for body in body_lines(entry))])


def _entry_lines(entries: Iterable[JournalEntry]) -> Iterator[str]:
    for entry in entries:
        yield f"  {request_line(entry)}"
        yield from (f"    {body}" for body in body_lines(entry))
