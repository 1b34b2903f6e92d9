"""Which addresses the emulator itself may send requests to.

Loopback and private networks, and other hosts that were allowed by name; never link-local and metadata
addresses, and never the emulator's own. The address that is connected to is the one that was checked, so a
name that resolves to another one in between changes nothing.
"""

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from string import punctuation
from urllib.parse import quote, urlsplit, urlunsplit

from anyio import CapacityLimiter, to_thread

from emulator.hostnames import host_in
from emulator.webhooks.doors import Address, is_own

DEFAULT_PORTS = {"http": 80, "https": 443}

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
"""Unspecified, link-local, multicast and reserved addresses, and those of cloud metadata services."""

LOCAL = [
    ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
]
"""Loopback and private networks."""

TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("2002::/16"), ip_network("2001::/32"))
"""IPv6 networks whose addresses stand for IPv4 addresses elsewhere."""


ADDRESS = "must be an http or https address"


class ForbiddenAddressError(Exception):
    """The emulator does not send to an address. The text says why, and what to do."""


class OwnAddressError(ValueError):
    """An address is the emulator's own: a request to it would reach the emulator itself."""


def check_form(url: str) -> str:
    """Return a text if it is an HTTP address, wherever it leads. Raises ValueError."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(ADDRESS) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(ADDRESS)
    try:
        _ = parts.port, parts.hostname.encode("idna")
    except ValueError:
        raise ValueError("must have a host and a port that can be") from None
    if " " in url or not url.isprintable():
        raise ValueError("must have no spaces and no control characters")
    return url


def check_open(url: str) -> str:
    """Return a text if it is an HTTP address without a user and a password. Raises ValueError."""
    parts = urlsplit(check_form(url))
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or password")
    return url


def check_url(url: str) -> None:
    """Raise ValueError for a text that is not an acceptable HTTP address.

    It is an OwnAddressError if the text itself shows an address of the emulator; names are looked up only
    when something is delivered.
    """
    sent = urlsplit(as_sent(check_open(url)))
    port = sent.port or DEFAULT_PORTS[sent.scheme]
    if any(is_own(ip_address(text), port) for text in _evident_addresses(sent.hostname or "")):
        raise OwnAddressError("must not be an address of the emulator itself")


def as_sent(url: str) -> str:
    """Return an address in ASCII, as requests and redirects need it. Raises ValueError where it can not."""
    if url.isascii():
        return url
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    host = (parts.hostname or "").encode("idna").decode()
    place = f"{quote(user, safe=punctuation)}{at}{f'[{host}]' if ':' in host else host}"
    if parts.port is not None:
        place += f":{parts.port}"
    return urlunsplit((parts.scheme, place, *(quote(part, safe=punctuation) for part in parts[2:])))


def is_forbidden(address: Address, *, named: bool) -> bool:
    """Return whether sending to an address is forbidden; `named`: its host was allowed by name."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_forbidden(address.ipv4_mapped, named=named)
        if any(address in network for network in TRANSLATED):
            return True
    if any(address in network for network in NEVER):
        return True
    return not named and not any(address in network for network in LOCAL)


async def allowed_addresses(host: str, port: int, allowed: Iterable[str]) -> list[str]:
    """Return the addresses of a host that are not forbidden. Raises ForbiddenAddressError for none."""
    return _permitted(host, _evident_addresses(host) or await _looked_up(host), port, allowed)


def check_evident(url: str, allowed: Iterable[str]) -> None:
    """Raise ForbiddenAddressError if a URL shows, without a look-up, that nothing may be sent there."""
    sent = urlsplit(as_sent(url))
    host = sent.hostname or ""
    addresses = _evident_addresses(host)
    if addresses:
        _permitted(host, addresses, sent.port or DEFAULT_PORTS[sent.scheme], allowed)


def _permitted(host: str, addresses: Sequence[str], port: int, allowed: Iterable[str]) -> list[str]:
    """Return those of a host's addresses that are not forbidden. Raises ForbiddenAddressError for none."""
    others = [text for text in addresses if not is_own(ip_address(text), port)]
    if not others:
        raise ForbiddenAddressError(f"{host}:{port} is the emulator itself, which sends nothing to itself")
    named = host_in(f"[{host}]" if ":" in host else host) in set(allowed)
    fine = [text for text in others if not is_forbidden(ip_address(text), named=named)]
    if not fine:
        looked_up = "" if others == [host] else f"{', '.join(others)}: "
        raise ForbiddenAddressError(f"{host} is {looked_up}{_reason(others)}")
    return fine


def _reason(addresses: Sequence[str]) -> str:
    """Return why nothing is sent to a host with these addresses, and what to do."""
    found = [ip_address(text) for text in addresses]
    if not all(is_forbidden(address, named=True) for address in found):
        return "not loopback or private; name the host in EMULATOR_WEBHOOK_HOSTS to allow it"
    if any(address.is_unspecified for address in found):
        return "an address to listen at, and not to send to; say 127.0.0.1 for this machine"
    return (
        "never sent to, whatever EMULATOR_WEBHOOK_HOSTS names: unspecified, link-local, multicast, reserved "
        "and metadata addresses, and IPv6 addresses that stand for IPv4 ones elsewhere"
    )


def _evident_addresses(host: str) -> list[str]:
    """Return the addresses that a host name shows without a look-up, such as `127.1` or `localhost`."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return ["::1", "127.0.0.1"]
    try:
        return _addresses(name, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []


async def _looked_up(host: str) -> list[str]:
    """Return the addresses of a name; a name server that does not respond keeps no other look-up waiting."""
    return await to_thread.run_sync(_addresses, host, abandon_on_cancel=True, limiter=CapacityLimiter(1))


def _addresses(host: str, flags: int = 0) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
