"""Client connections that fault effects can cut in the middle of a response."""

import asyncio
import os
import socket
import struct
from weakref import ref

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from emulator.faults.effects import CONNECTION

AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""The value of SO_LINGER that makes a close send a reset to the client at once."""


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also puts the connection into the scope of each request."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.scope["state"][CONNECTION] = CuttableConnection(self.cycle)


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
