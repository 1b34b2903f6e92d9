"""The effects of fault rules on responses: a bare status, a slow or broken body, a lost connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Scope

from emulator.engine.clock import SECOND, Millis, machine_pause
from emulator.faults.rules import RequestFault

CONNECTION = "emulator.connection"
"""The key in a request's scope state for its `Connection`; absent where the server gives none."""

PIECE_EVERY: Millis = 50
"""The usual time between two pieces of a slow body."""


class Connection(Protocol):
    """The connection of a request's client."""

    @property
    def is_gone(self) -> bool:
        """Whether the client has closed it."""

    def leave_out(self, names: Iterable[str]) -> None:
        """Add none of these headers to the response: the application sends its own."""

    def end_with_response(self) -> None:
        """Close it once the response has been sent, which says so."""

    def close(self) -> None:
        """Close it once everything written has been sent; the rest of the response is dropped."""

    def reset(self) -> None:
        """Reset it at once; the rest of the response is dropped."""


def end_with_response(scope: Scope) -> None:
    """Close the connection after the response to a request whose body is not read to its end.

    A client that waits for a `100 Continue` before it sends the body would otherwise go on with its next
    request, which the server would take for the body.
    """
    connection: Connection | None = scope.get("state", {}).get(CONNECTION)
    if connection is not None:
        connection.end_with_response()


def has_no_body(status: int) -> bool:
    """Return whether HTTP allows no body in a response with this status."""
    return status < 200 or status in {204, 304}  # noqa: PLR2004 -- HTTP's


def bare_response(rule: RequestFault) -> Response:
    """Return the response of a rule that names an HTTP status."""
    assert rule.status is not None
    headers = {name.lower(): value for name, value in rule.headers.items()}
    if has_no_body(rule.status):
        # after a status below 200, clients wait for another response: closing tells them that none follows
        closing = {"content-length": "0", "connection": "close"} if rule.status < 200 else {}  # noqa: PLR2004 -- HTTP's
        return Response(status_code=rule.status, headers=headers | closing)
    if isinstance(rule.body, str | None):
        return Response(rule.body, rule.status, headers, "text/plain" if rule.body else None)
    return Response(json.dumps(rule.body), rule.status, headers, "application/json")


class FaultEffect:
    """Applies a fault rule to a response while it is sent."""

    def __init__(self, rule: RequestFault, scope: Scope) -> None:
        self.is_lost = rule.reset
        """Whether the connection is reset instead of sending the rest of the response."""
        self._rule = rule
        self._connection: Connection | None = scope.get("state", {}).get(CONNECTION)
        if self._connection is not None:
            self._connection.leave_out(rule.headers)
        self._start: Message = {}
        self._body = bytearray()

    async def pause(self, milliseconds: float) -> None:
        """Wait in the machine's time. If the server ends meanwhile, mark the connection as lost."""
        try:
            await machine_pause(milliseconds / SECOND)
        except asyncio.CancelledError:
            self.is_lost = True

    async def parts(self, message: Message) -> AsyncIterator[Message]:
        """Take a part of the original response; yield the parts that are sent to the client instead."""
        rule = self._rule
        if self.is_lost:
            if message["type"] == "http.response.start":
                self._lose()
        elif not (rule.slow_body or rule.malform) and rule.truncate is None:
            yield message
        elif message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                yield self._start
                async for part in self._pieces(bytes(self._body)):
                    yield part

    async def _pieces(self, body: bytes) -> AsyncIterator[Message]:
        rule = self._rule
        if rule.malform:
            yield _part(malformed(body))
        elif rule.truncate is not None:
            yield _part(truncated(body, rule.truncate), more=True)
            if self._connection is not None:
                self._connection.close()
        elif rule.slow_body:
            async for part in self._slowly(body, rule.slow_body):
                yield part

    async def _slowly(self, body: bytes, length: Millis) -> AsyncIterator[Message]:
        pieces = max(1, min(len(body), max(2, length // PIECE_EVERY)))
        for number in range(pieces):
            await self.pause(length / pieces)
            if self._connection is not None and self._connection.is_gone:
                return
            if self.is_lost:
                self._lose()
                return
            begin, end = len(body) * number // pieces, len(body) * (number + 1) // pieces
            yield _part(body[begin:end], more=number + 1 < pieces)

    def _lose(self) -> None:
        if self._connection is not None:
            self._connection.reset()


def malformed(body: bytes) -> bytes:
    """Return a body of the same length that is neither JSON nor XML: no document ends in a comma."""
    return body[:-1] + b"," if body else body


def truncated(body: bytes, wanted: bool | int) -> bytes:  # noqa: FBT001 -- True stands for a half
    """Return the first `wanted` bytes of a body (True: half of it), and never the last byte."""
    length = len(body) // 2 if wanted is True else min(wanted, len(body) - 1)
    return body[: max(0, length)]


def _part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
