"""HEAD requests, which get what GET gets, without the body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED = "emulator.method"
"""The key in a request's scope state for the client's method, where the scope has another one."""


def method_of(scope: Scope) -> str:
    """Return the method that the client asked with."""
    method: str = scope.get("state", {}).get(ASKED, scope["method"])
    return method


class HeadAsGet:
    """Middleware that passes HEAD requests on as GET. The server leaves out the body, as HTTP wants it.

    A stream, whose length nobody knows, ends with its head: else it would never end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        has_ended = False

        async def send_head(message: Message) -> None:
            nonlocal has_ended
            if has_ended:
                return
            await send(message)
            if message["type"] == "http.response.start" and not _has_length(message):
                has_ended = True
                await send({"type": "http.response.body"})

        state = scope.get("state", {}) | {ASKED: "HEAD"}
        await self._app({**scope, "method": "GET", "state": state}, receive, send_head)


def _has_length(start: Message) -> bool:
    return any(name.lower() == b"content-length" for name, _ in start["headers"])
