"""Host names: how a `Host` header or a setting names a host, and which hosts are let in."""

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

ANY = "*"
"""The entry that lets in all hosts."""

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
OF_LOCALHOST = ".localhost"
OF_NETWORKS = (".internal", ".svc", ".svc.cluster.local")
"""The suffixes of host names inside container engines, clouds and Kubernetes; no public name has them."""

AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::[0-9]*)?")
NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
FOLDER = re.compile(r"(?:/[\w.~!$&'()*+,;=:@%-]+)*", re.ASCII)
"""The path of a server's address, where a proxy adds one and removes it from requests."""


@lru_cache(maxsize=256)
def host_in(authority: str) -> str:
    """Return the host of `name`, `name:80`, `NAME.`, `[::1]:80`: in lower case, without port and last dot.

    An IPv6 address is in its shortest spelling, in brackets. An empty text where it is no host.
    """
    found = AUTHORITY.fullmatch(authority.lower())
    host = found[1].removesuffix(".") if found else ""
    if host.startswith("["):
        with suppress(ValueError):
            return f"[{IPv6Address(host[1:-1])}]"
    return host if NAME.fullmatch(host) else ""


def is_address(host: str) -> bool:
    """Return whether a host that `host_in` returned is an IP address."""
    with suppress(ValueError):
        return host.startswith("[") or bool(IPv4Address(host))
    return False


def bare_host(text: str) -> str:
    """Return the usual spelling of the host that a server listens at, without brackets."""
    return (host_in(f"[{text}]") or host_in(text)).strip("[]") or text


def entry_of(text: str) -> str:
    """Return an entry of the list of hosts in its usual spelling: `name`, `.suffix` or `*`.

    A suffix, also written `*.suffix`, stands for all names that end with it. Raises ValueError for a
    text that is none of these.
    """
    if text == ANY:
        return ANY
    suffix = text.removeprefix(ANY)
    if suffix.startswith(".") and (name := host_in(suffix[1:])):
        return f".{name}"
    if host := host_in(f"[{text}]") or host_in(text):
        return host
    raise ValueError(f"{text!r} is no host: write emulator, .example.com, 10.0.0.7 or *")


def whole_host(text: str) -> str:
    """Return one host in its usual spelling. Raises ValueError for `.suffix`, `*` and what is no host."""
    with suppress(ValueError):
        host = entry_of(text)
        if host != ANY and not host.startswith("."):
            return host
    raise ValueError(f"{text!r} is no host: name each host, such as hooks.example.com or 8.8.8.8")


def server_url(text: str) -> str:
    """Return the address of a server in its usual spelling: `http://name:4610`, `https://name/path`.

    Raises ValueError for other texts.
    """
    with suppress(ValueError):
        parts = urlsplit(text)
        host, path, port = host_in(parts.netloc), parts.path.rstrip("/"), parts.port
        is_plain = parts.scheme in {"http", "https"} and not parts.query and not parts.fragment
        if is_plain and host and port != 0 and FOLDER.fullmatch(path):
            return f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}"
    raise ValueError(f"{text!r} is no address of a server: write http://emulator-0.emulator:4610") from None


class AllowedHosts:
    """The hosts that are let in: local ones, and those of `entries`.

    Unless the server `is_local`, hosts that no public name server can point to it are let in, too: IP
    addresses, names without a dot, and names inside of networks (OF_NETWORKS).
    """

    def __init__(self, entries: Iterable[str], *, is_local: bool) -> None:
        listed = set(entries)
        suffixes = {entry for entry in listed if entry.startswith(".")}
        self.are_all = ANY in listed
        self._is_local = is_local
        self._names = LOCAL | listed - suffixes - {ANY}
        self._suffixes = (OF_LOCALHOST, *suffixes, *(() if is_local else OF_NETWORKS))

    def has(self, authority: str) -> bool:
        """Return whether the host of a `Host` header is let in."""
        if self.are_all or authority in self._names:
            return True
        host = host_in(authority)
        if host in self._names or host.endswith(self._suffixes):
            return True
        return (
            bool(host) and not self._is_local and (("." not in host and "[" not in host) or is_address(host))
        )

    def __str__(self) -> str:
        general = [] if self._is_local else ["IP addresses", "names without a dot"]
        return ", ".join([*general, *sorted(self._names | {f"{ANY}{suffix}" for suffix in self._suffixes})])
