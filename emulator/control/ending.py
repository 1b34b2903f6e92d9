"""The response to requests for the emulator's own pages that are under way when the server ends."""

from asyncio import CancelledError

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.control.problems import ENDING, Problem
from emulator.sandbox.world import World


class BrokenOff:
    """Middleware that answers a request which the ending server cancels, unless its response has begun."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except CancelledError:
            if has_begun or not self._world.is_ending or scope["type"] != "http":
                raise
            await Problem(503, ENDING).response()(scope, receive, send)
