"""Client connections that can be cut in the middle of an answer: what injected faults need of the server."""

import asyncio
import os
import socket
import struct
from weakref import ref

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from emulator.faults.effects import CONNECTION

AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""SO_LINGER for a close that waits for nothing: the peer gets a reset."""


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, with the connection in the scope of each request."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.scope["state"][CONNECTION] = CuttableConnection(self.cycle)


class CuttableConnection:
    """The connection that a request came over. A request that cut it has, for uvicorn, lost its client.

    It only points at uvicorn's cycle of the request, whose scope points at it: a circle would leave
    every request to the garbage collector, which takes a tenth of the time of a small one.
    """

    __slots__ = ("_found",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._found = ref(cycle)

    @property
    def is_gone(self) -> bool:
        cycle = self._found()
        return cycle is None or cycle.disconnected

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
        """Let uvicorn expect no more of the answer; answer the transport, unless it is closed already.

        The number of a closed one's socket may be another connection's by now.
        """
        cycle = self._found()
        if cycle is None:
            return None
        cycle.disconnected = True
        return None if cycle.transport.is_closing() else cycle.transport
