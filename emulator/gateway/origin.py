"""The origin: the address that the base URLs and the links in responses begin with."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

PUBLIC_URL = "emulator.public_url"
"""The key in a request's scope state for the server's public URL, where it has one."""


class Published:
    """Middleware of a server with a public URL: base URLs and links in all responses begin with it."""

    def __init__(self, app: ASGIApp, url: str) -> None:
        self._app = app
        self._url = url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})[PUBLIC_URL] = self._url
        await self._app(scope, receive, send)


def origin_of(request: Request) -> str:
    """Return the server's public URL or, where it has none, the address by which the client reached it."""
    url: str | None = request.scope.get("state", {}).get(PUBLIC_URL)
    return url or str(request.base_url).rstrip("/")
