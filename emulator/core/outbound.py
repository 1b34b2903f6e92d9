"""The one client that the emulator itself sends requests with.

It reaches loopback and private networks, and other hosts that were allowed by name; never
link-local and metadata addresses. What counts is the address that it connects to, so a name
that resolves to another address at the last moment changes nothing. It follows no redirects.
"""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from string import punctuation
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from emulator.core.clock import Millis, machine_millis

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool

LARGEST_ANSWER = 64 * 1024
"""How many bytes of an answer are read."""

Address = IPv4Address | IPv6Address

NEVER = [
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "ff00::/8",
        "fd00:ec2::/32",
    )
]
"""Unspecified, link-local, multicast and reserved addresses, and those of cloud metadata."""

LOCAL = [
    ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
]
"""Loopback and private networks."""

TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("2002::/16"), ip_network("2001::/32"))
"""IPv6 networks whose addresses stand for IPv4 addresses elsewhere."""


class ForbiddenAddressError(Exception):
    """An address that the emulator does not send to. Its text says why, and what to do."""


@dataclass
class Answer:
    """What came of a request."""

    status: int | None = None
    """The HTTP status; None where no answer came."""
    error: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    duration: Millis = 0


def check_url(url: str) -> None:
    """Raise ValueError for what is no HTTP address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or password")
    _ = parts.port
    if " " in url or not url.isprintable():
        raise ValueError("must have no spaces and no control characters")
    as_sent(url)


def as_sent(url: str) -> str:
    """Answer an address in ASCII, as requests have it. Raises ValueError for a host that no name can be."""
    if url.isascii():
        return url
    parts = urlsplit(url)
    return parts._replace(
        netloc=parts.netloc.encode("idna").decode(),
        path=quote(parts.path, safe=punctuation),
        query=quote(parts.query, safe=punctuation),
        fragment="",
    ).geturl()


def is_forbidden(address: Address, *, named: bool) -> bool:
    """Answer whether nothing is sent to an address; `named` ones were allowed by the name of their host."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_forbidden(address.ipv4_mapped, named=named)
        if any(address in network for network in TRANSLATED):
            return True
    if any(address in network for network in NEVER):
        return True
    return not named and not any(address in network for network in LOCAL)


async def allowed_addresses(host: str, port: int, allowed: Iterable[str]) -> list[str]:
    """Answer the addresses of a host that may be connected to. Raises ForbiddenAddressError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    named = host.lower().rstrip(".") in set(allowed)
    fine = [text for text in addresses if not is_forbidden(ip_address(text), named=named)]
    if not fine:
        raise ForbiddenAddressError(
            f"{host} is {', '.join(addresses)}: not loopback or private; allow it with EMULATOR_WEBHOOK_HOSTS"
        )
    return fine


class Outbound:
    """Sends requests. Its library is loaded when the first is sent."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)
        self._pool: AsyncConnectionPool | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:  # noqa: ASYNC109 -- a property of the request
        """Send a POST, and answer what came of it, whatever that is."""
        begun = machine_millis()
        answer = Answer()
        try:
            async with asyncio.timeout(timeout):
                await self._send(as_sent(url), headers, body, answer)
        except TimeoutError:
            answer.status, answer.error = None, f"no answer within {timeout:g} seconds"
        except ForbiddenAddressError as error:
            answer.error = str(error)
        except (OSError, ValueError) as error:
            answer.status, answer.error = None, _said(error)
        except Exception as error:
            if not type(error).__module__.startswith("httpcore2"):
                raise
            answer.status, answer.error = None, _said(error)
        answer.duration = machine_millis() - begun
        return answer

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes, answer: Answer) -> None:
        pool = self._pool = self._pool or self._new_pool()
        every = [("Host", urlsplit(url).netloc), *headers.items()]
        async with pool.stream("POST", url, headers=every, content=body) as response:
            answer.status = response.status
            answer.headers = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers
            }
            received = bytearray()
            async for chunk in response.aiter_stream():
                received += chunk
                if len(received) >= LARGEST_ANSWER:
                    break
            answer.body = received[:LARGEST_ANSWER].decode("utf-8", "replace")

    def _new_pool(self) -> "AsyncConnectionPool":
        from emulator.core.network import guarded_pool  # noqa: PLC0415 -- loads a library of its own

        return guarded_pool(self._allowed)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
