"""The middleware around a provider's application: headers of every response, fault effects, the journal."""

from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.gateway.call import Call
from emulator.gateway.request_log import note
from emulator.providers import Provider
from emulator.sandbox.world import World
from emulator.watching.journal import Unclaimed, packed


class Journaling:
    """Middleware that makes the call of each request, and adds it to the journal with its response."""

    def __init__(self, app: ASGIApp, provider: Provider, world: World) -> None:
        self._app = app
        self._provider = provider
        self._dialect = provider.dialect
        self._world = world
        self._keeps_journal = world.unclaimed.is_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        dialect = self._dialect
        call = state["call"] = dialect.call(
            scope, receive, provider=self._provider.name, policy=dialect.usual_policy
        )
        try:
            await self._app(scope, receive, partial(self._send, call, send))
        except Exception:  # noqa: BLE001, S110 -- application.py has logged it, without credentials
            pass
        finally:
            del state[
                "call"
            ]  # it holds the scope: a circle would leave every request to the garbage collector
        note(scope, call.owner, call.entry)
        if self._keeps_journal and not call.is_stale:
            self._write_down(call)

    async def _send(self, call: Call, send: Send, message: Message) -> None:
        """Apply the fault effect, if there is one, to a part of the response, and send the result."""
        if call.effect is None:
            self._note(call, message)
            await send(message)
            return
        with call.sandbox.usage.going_on():
            async for part in call.effect.parts(message):
                self._note(call, part)
                await send(part)

    def _note(self, call: Call, message: Message) -> None:
        """Add the usual headers to the start of the response, and note each part for the journal.

        Headers of a fault rule take the place of the usual ones.
        """
        if message["type"] != "http.response.start":
            if self._keeps_journal and call.entry.method != "HEAD":
                call.entry.answer_body += message.get("body", b"")
            return
        extra = self._dialect.headers(call, call.owner or self._world.default)
        said = dict(message["headers"])
        usual = ((name.encode(), value.encode("latin-1")) for name, value in extra)
        message["headers"] += [(name, value) for name, value in usual if name.lower() not in said]
        call.entry.status = message["status"]
        call.entry.answer_head = packed(message["headers"])

    def _write_down(self, call: Call) -> None:
        entry, sandbox = call.entry, call.owner
        if not entry.is_under_way:
            entry.at = (sandbox or self._world.default).clock.now()
        if sandbox is None:
            entry.unclaimed = Unclaimed.UNKNOWN_CREDENTIAL if entry.credential else Unclaimed.NO_CREDENTIAL
            entry.credential_of = self._world.directory.provider_of(entry.credential)
            self._world.unclaimed.add(entry)
            return
        sandbox.journal.add(entry)
        if sandbox.feed.has_listeners:
            sandbox.feed.publish("request", entry.summary())
