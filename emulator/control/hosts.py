"""Refuses requests for other hosts, so that no web page reaches the emulator by its own host name."""

import logging
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.control import health
from emulator.control.problems import Problem

LOCAL = ("localhost", "127.0.0.1", "[::1]")

OF_NETWORKS = (".internal", ".svc", ".svc.cluster.local")
"""The endings of names that only private networks give: `host.docker.internal`, services of Kubernetes."""

logger = logging.getLogger("emulator")


class HostGuard:
    """Middleware that refuses requests for a host name that a public name server could lead here.

    Local and configured names are let in, with any port. An emulator that other machines reach also lets in
    addresses, names without a dot and names of private networks: a web page that wants to reach it under its
    own origin needs a public name. The health checks are not guarded, as they say nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        extra: Iterable[str],
        *,
        is_reachable: bool,
        note: Callable[[Scope, Problem], None],
    ) -> None:
        self._app = app
        self._allowed = {_plain(name) for name in (*LOCAL, *extra)}
        self._endings = tuple(name for name in self._allowed if name.startswith("."))
        self._is_open = "*" in self._allowed
        self._is_reachable = is_reachable
        self._note = note
        if self._is_open:
            logger.warning("EMULATOR_HOSTS is *: requests for any host name are let in")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in health.PATHS or self._is_open:
            await self._app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and self._is_allowed(_plain(_without_port(hosts[0]))):
            await self._app(scope, receive, send)
            return
        allowed = ", ".join(sorted(self._allowed))
        problem = Problem(
            403,
            f"Host {', '.join(hosts)[:100]!r} is not one of {allowed}. Add it with EMULATOR_HOSTS, separated "
            "by commas: a name, an ending such as .example.test, or * for all.",
        )
        logger.warning("a request for another host was refused: %s", problem.detail)
        self._note(scope, problem)
        await problem.response()(scope, receive, send)

    def _is_allowed(self, name: str) -> bool:
        if name in self._allowed or name.endswith((".localhost", *self._endings)):
            return True
        return self._is_reachable and _is_of_networks(name)


def _is_of_networks(name: str) -> bool:
    """Return whether no public name server knows a name: an address, one without a dot, an internal one."""
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return bool(name) and ("." not in name or name.endswith(OF_NETWORKS))
    return True


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _plain(name: str) -> str:
    """Return a name in lower case, without the dot that may end it."""
    return name.lower().removesuffix(".")
