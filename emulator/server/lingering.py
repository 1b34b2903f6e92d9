"""Closes connections so that the client can read the response, even if it is still sending its request."""

import asyncio
from typing import Protocol

LINGERS_FOR = 30.0
"""Seconds for which a closed connection reads, and drops, the data that the client goes on sending."""


class Client(Protocol):
    """What the transport needs to know of its client."""

    loop: asyncio.AbstractEventLoop

    @property
    def is_between_requests(self) -> bool:
        """Whether every request that the client has begun to send is complete."""


class LingeringTransport:
    """A client's transport, which closes at once only between requests.

    The kernel resets a connection that is closed with unread bytes in it, and a client that is still sending
    then loses the response. So the end of the response is sent first, and the connection is closed when the
    client has closed it, when `close` is called again, or after a while.
    """

    def __init__(self, transport: asyncio.Transport, client: Client) -> None:
        self._transport = transport
        self._client = client
        self._end: asyncio.TimerHandle | None = None
        self.may_linger = True
        self.write = transport.write
        self.abort = transport.abort
        self.get_extra_info = transport.get_extra_info
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def is_closing(self) -> bool:
        return self._end is not None or self._transport.is_closing()

    def close(self) -> None:
        if self._client.is_between_requests or not self.may_linger or self.is_closing():
            self._transport.close()
        else:
            self.linger()

    def linger(self) -> None:
        """Send what was written and the end of the stream, and close the connection after a while."""
        if self.is_closing():
            return
        self._end = self._client.loop.call_later(LINGERS_FOR, self._transport.close)
        self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self.write = _drop

    def cancel(self) -> None:
        """Stop waiting for the client: the connection is closed."""
        if self._end is not None:
            self._end.cancel()


def _drop(data: object) -> None:
    """Write nothing: the stream has ended."""
