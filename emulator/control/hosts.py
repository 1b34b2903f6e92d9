"""Refuses requests for other hosts, so that no web page reaches the emulator by its own host name."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.control import health
from emulator.control.problems import Problem

LOCAL = ("localhost", "127.0.0.1", "[::1]")


class HostGuard:
    """Middleware that refuses requests unless their Host is local or configured, with any port.

    The health checks may do without: HTTP/1.0 knows no Host, and no web page leaves it out.
    """

    def __init__(self, app: ASGIApp, extra: Iterable[str]) -> None:
        self._app = app
        self._allowed = {name.lower() for name in (*LOCAL, *extra)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_allowed(scope):
            await self._app(scope, receive, send)
            return
        allowed = ", ".join(sorted(self._allowed))
        problem = Problem(
            403, f"Host is not one of {allowed}. Add it with EMULATOR_HOSTS, separated by commas."
        )
        await problem.response()(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if not hosts:
            return scope["path"] in health.PATHS
        return len(hosts) == 1 and _without_port(hosts[0].decode("latin-1")) in self._allowed


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()
