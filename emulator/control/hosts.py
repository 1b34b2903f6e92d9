"""Refuses requests for unknown hosts: a web page could lead its own host name to the emulator."""

import logging

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.control import health
from emulator.control.problems import Problem
from emulator.control.unclaimed import note_unclaimed
from emulator.hostnames import AllowedHosts
from emulator.providers import Prefixes
from emulator.sandbox.world import World
from emulator.watching.journal import OWN_PAGES, Unclaimed

LONGEST_SHOWN = 80
"""How many characters of a refused Host are shown."""

logger = logging.getLogger("emulator")


class HostGuard:
    """Middleware that refuses requests unless their Host is let in, with any port.

    Refused requests are logged, and kept in the journal of requests that belong to no sandbox. The health
    checks accept any Host: HTTP/1.0 has none, and Kubernetes names a pod by its address.
    """

    def __init__(self, app: ASGIApp, hosts: AllowedHosts, world: World, prefixes: Prefixes) -> None:
        self._app = app
        self._hosts = hosts
        self._world = world
        self._prefixes = prefixes
        if hosts.are_all:
            logger.warning(
                "EMULATOR_HOSTS is *: every Host is let in, so any web page can reach the emulator"
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in health.PATHS or self._is_let_in(scope):
            await self._app(scope, receive, send)
            return
        host = b", ".join(_hosts_of(scope)).decode("latin-1")[:LONGEST_SHOWN]
        problem = Problem(
            403,
            f"The Host {host!r} is not let in. Let in are: {self._hosts}. EMULATOR_HOSTS adds to them, "
            "separated by commas: names, endings such as .example.com, or * for all.",
        )
        response = problem.response()
        self._note(scope, host, response)
        await response(scope, receive, send)

    def _is_let_in(self, scope: Scope) -> bool:
        if self._hosts.are_all:
            return True
        hosts = _hosts_of(scope)
        return len(hosts) == 1 and self._hosts.has(hosts[0].decode("latin-1"))

    def _note(self, scope: Scope, host: str, response: Response) -> None:
        """Log a refused request, and add it to the journal."""
        path = self._world.redactor(None).text(scope["path"])
        logger.warning("refused: the Host %r is not let in: %s %r", host, scope["method"], path)
        found = self._prefixes.provider_at(scope["path"])
        provider = found.name if found else OWN_PAGES
        note_unclaimed(self._world, scope, provider, Unclaimed.REFUSED_HOST, response)


def _hosts_of(scope: Scope) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == b"host"]
