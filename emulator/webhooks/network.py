"""The network backend of outbound.py's HTTP library: it connects to checked addresses only."""

from collections.abc import Iterable
from typing import Any

import httpcore2

from emulator.webhooks.addresses import allowed_addresses


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """A backend that resolves a host itself, and connects only to addresses that it has checked."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the library's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await allowed_addresses(host, port, self._allowed)
        for address in addresses[:-1]:
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError:
                continue
        return await self._sockets.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 -- the library's
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError("sockets of files are not for webhooks")

    async def sleep(self, seconds: float) -> None:
        await self._sockets.sleep(seconds)


def guarded_pool(allowed: Iterable[str]) -> httpcore2.AsyncConnectionPool:
    """Make a pool that keeps no connection open: one test's deliveries must not reach another's receiver.

    It never lets a request wait: places.py decides before who may send one.
    """
    return httpcore2.AsyncConnectionPool(
        max_connections=None, max_keepalive_connections=0, network_backend=GuardedBackend(allowed)
    )
