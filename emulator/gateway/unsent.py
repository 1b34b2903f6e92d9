"""The response to a client that went away before its request was whole."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Unsent(Response):
    """A response that sends nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pass
