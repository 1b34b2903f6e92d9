"""uvicorn's HTTP protocol, extended for unusual clients and for fault rules.

Clients offer to upgrade the connection, send half a head, or a body that nobody reads. Fault rules cut
connections in the middle of a response.
"""

import asyncio
import os
import socket
import struct
from array import array
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, TypeAlias, cast
from weakref import ref

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from emulator.faults.effects import CONNECTION
from emulator.server.lingering import LingeringTransport

Buffer: TypeAlias = "bytes | bytearray | memoryview[int] | array[int]"

AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""The value of SO_LINGER that makes a close send a reset to the client at once."""

MAX_HEAD = 256 * 1024
"""How many bytes the head of a request may have: some operations take thousands of ids in the query."""
MAX_URL = 2**16 - 1
"""How many bytes of a URL httptools reads. The query of a longer one is taken off, and added afterwards."""
HEAD_WITHIN = 30.0
"""Seconds after its first byte in which a head must be complete."""
BODY_WITHIN = 2.0
"""Seconds in which a body must be complete once the server ends."""
AFTER_KEEP_ALIVE = 5.0
"""Seconds that an idle connection stays open longer than clients are told, for requests on their way."""


class OfferIgnoringParser(HttpRequestParser):
    """httptools' parser, for which an offer to upgrade the connection is a header like any other.

    httptools takes everything after a head with an offer for another protocol. So a new parser reads the head
    again, without the offer, and goes on with the body; after `Connection: close`, the old one would not.
    """

    def __init__(self, protocol: "ClientProtocol") -> None:
        super().__init__(protocol)
        self._protocol = protocol
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does

    def feed_data(self, data: Buffer) -> None:
        parser, rest = self, memoryview(data)
        while True:
            try:
                HttpRequestParser.feed_data(parser, rest)
            except HttpParserUpgrade as offer:
                rest = rest[offer.args[0] :]
                head = self._protocol.head_without_offer()
                parser = self._protocol.parser = OfferIgnoringParser(self._protocol)
                HttpRequestParser.feed_data(parser, head)
            else:
                return


class ClientProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also puts the connection into the scope of each request."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.parser = OfferIgnoringParser(self)
        self._keep_alive_header = (b"keep-alive", b"timeout=%d" % self.timeout_keep_alive)
        self._is_in_head = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._has_advanced = False
        """Whether the data that is being parsed has completed a part of a request."""
        self._at_least = self._at_most = 0
        """The least and the most bytes since the last completed part, which ends anywhere in its data."""
        self._offer: list[tuple[bytes, bytes]] = []
        self._is_path_too_long = False

    @property
    def is_between_requests(self) -> bool:
        """Whether every request that the client has begun to send is complete."""
        latest = self._latest
        return not self._is_in_head and (latest is None or not latest.more_body)

    @property
    def _latest(self) -> RequestResponseCycle | None:
        """What uvicorn knows of the latest request, None before the first."""
        return self.cycle

    @property
    def _is_idle(self) -> bool:
        latest = self._latest
        return latest is None or latest.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lingering = LingeringTransport(transport, self)
        super().connection_made(cast("asyncio.Transport", self._lingering))
        self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lingering.cancel()
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._has_advanced = False
        self._at_most += len(data)
        super().data_received(data)
        if self._has_advanced:
            self._at_least, self._at_most = 0, len(data)
        else:
            self._at_least += len(data)
        if self.transport.is_closing():
            return
        if self._at_least > MAX_HEAD:
            self._refuse_large_head()
        elif self._is_in_head:
            if self._head_timer is None:
                self._head_timer = self.loop.call_later(HEAD_WITHIN, self._refuse_slow_head)
        elif self.timeout_keep_alive_task is None and self._is_idle:
            self._wait_for_request()

    def on_message_begin(self) -> None:
        self._has_advanced = self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._has_advanced = True
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise ValueError("this is no proxy")
            return
        if self._at_most > MAX_HEAD and self._head_size() > MAX_HEAD:
            self._at_least = MAX_HEAD + 1
            raise ValueError("the head is too large")
        self._is_in_head = False
        self._stop_head_timer()
        self.headers += self._offer
        self._offer = []
        if len(self.url) > MAX_URL:
            self._complete_with_long_query()
        else:
            super().on_headers_complete()
        cycle = self.cycle
        cycle.scope["state"][CONNECTION] = CuttableConnection(cycle)
        if cycle.keep_alive:
            cycle.default_headers = [*cycle.default_headers, self._keep_alive_header]

    def _complete_with_long_query(self) -> None:
        """Complete a head without its query, and add that afterwards: the application reads it later."""
        self.url, _, query = self.url.partition(b"#")[0].partition(b"?")
        if len(self.url) > MAX_URL:
            self._is_path_too_long = True
            raise ValueError("the path is too long")
        super().on_headers_complete()
        self.scope["query_string"] = query

    def on_body(self, body: bytes) -> None:
        self._has_advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._has_advanced = True
        if not self._is_in_head:  # a head with an offer will be read again
            super().on_message_complete()
            self.cycle.more_body = False  # uvicorn does not set it after the response

    def head_without_offer(self) -> bytes:
        """Return the head that was read last, without its offer to upgrade the connection."""
        self._offer = [header for header in self.headers if header[0] == b"upgrade"]
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([b"%b %b HTTP/%b" % (method, self.url, version), *lines, b"", b""])

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, after requests on their way have had time to arrive."""
        self.timeout_keep_alive_task = self.loop.call_later(
            AFTER_KEEP_ALIVE, super().timeout_keep_alive_handler
        )

    def shutdown(self) -> None:
        """End the connection after its current response, or without one if the body does not come in time.

        A client that does not close its end is not waited for either, as TLS would do.
        """
        self._lingering.may_linger = False
        if self.cycle is not None:
            self.cycle.scope["state"][CONNECTION].end_with_response()
        super().shutdown()
        if self.transport.is_closing() or not self.is_between_requests:
            self.loop.call_later(BODY_WITHIN, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that the parser can not read."""
        if self._is_path_too_long or self._at_least > MAX_HEAD:
            self._refuse_large_head()
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _refuse_large_head(self) -> None:
        text = f"The head of the request is larger than {MAX_HEAD} bytes."
        if self._is_path_too_long:
            text = f"The address of the request has more than {MAX_URL} bytes before its query."
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text)

    def _refuse_slow_head(self) -> None:
        text = f"The head of the request was not whole after {HEAD_WITHIN:.0f} seconds."
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, text)

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Close the connection; with a response, unless it could be taken for that of an earlier request."""
        cycle = self._latest
        if cycle is None or cycle.response_complete:
            self._write_refusal(status, text)
        else:
            cycle.disconnected = True
            cycle.message_event.set()
            if not self._is_in_head and not cycle.response_started:
                self._write_refusal(status, text)
        self._stop_head_timer()
        self._lingering.linger()

    def _write_refusal(self, status: HTTPStatus, text: str) -> None:
        body = text.encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        lines = [
            b"HTTP/1.1 %d %b" % (status, status.phrase.encode()),
            *(b"%b: %b" % pair for pair in headers),
        ]
        self.transport.write(b"\r\n".join([*lines, b"", body]))

    def _wait_for_request(self) -> None:
        """Close the connection if no request comes for a while."""
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class CuttableConnection:
    """The connection of one request. Once it is cut, uvicorn treats the client as disconnected.

    It holds a weak reference to uvicorn's cycle of the request, whose scope refers to it: a circle would
    leave every request to the garbage collector, which takes a tenth of the time of a small one.
    """

    __slots__ = ("_found",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._found = ref(cycle)

    @property
    def is_gone(self) -> bool:
        cycle = self._found()
        return cycle is None or cycle.disconnected

    def leave_out(self, names: Iterable[str]) -> None:
        cycle = self._found()
        if cycle is not None:
            unwanted = {name.lower().encode("latin-1") for name in names}
            cycle.default_headers = [pair for pair in cycle.default_headers if pair[0] not in unwanted]

    def end_with_response(self) -> None:
        cycle = self._found()
        if cycle is not None:
            cycle.keep_alive = False
            self.leave_out(["keep-alive"])

    def close(self) -> None:
        transport = self._let_go()
        if transport is not None:
            transport.close()

    def reset(self) -> None:
        transport = self._let_go()
        if transport is not None:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            transport.abort()

    def _let_go(self) -> asyncio.Transport | None:
        """Mark the client as disconnected for uvicorn; return the transport, None if it is closed already.

        The file descriptor of a closed transport may belong to another connection by now.
        """
        cycle = self._found()
        if cycle is None:
            return None
        cycle.disconnected = True
        return None if cycle.transport.is_closing() else cycle.transport
