"""The addresses on which this process listens, so that the emulator sends no request to itself."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from weakref import WeakSet

Address = IPv4Address | IPv6Address

_listeners: WeakSet[socket.socket] = WeakSet()


def note_listener(listener: socket.socket) -> None:
    """Count the address of a listening socket among the emulator's own until the socket is closed."""
    _listeners.add(listener)


def is_own(address: Address, port: int) -> bool:
    """Return whether a connection to an address and port would reach this process."""
    wanted = _unmapped(address)
    return any(_leads_to(wanted, bound) for bound, used in _bound() if used == port)


def _bound() -> Iterator[tuple[Address, int]]:
    for listener in list(_listeners):
        if listener.fileno() >= 0:
            host, port = listener.getsockname()[:2]
            yield _unmapped(ip_address(host)), port


def _leads_to(wanted: Address, bound: Address) -> bool:
    """Return whether a socket that is bound to `bound` listens at `wanted`."""
    if wanted.is_unspecified or wanted == bound:
        return True
    return bound.is_unspecified and (wanted.is_loopback or _is_of_this_machine(wanted))


def _is_of_this_machine(address: Address) -> bool:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 -- IPv4
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, as in `::ffff:127.0.0.1`, or the address."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
