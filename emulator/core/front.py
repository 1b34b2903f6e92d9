"""The door of one provider: finds the operation, answers in dialect whatever happens, keeps the journal."""

import logging
from collections.abc import Callable
from functools import cached_property, partial
from traceback import format_exc
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from emulator.core.call import EXCHANGE, InvalidFieldsError, ProviderError
from emulator.core.catalogue import Operation
from emulator.core.exchange import Exchange
from emulator.core.journal import Entry, packed
from emulator.core.provider import Dialect, Provider
from emulator.core.sandbox import Sandbox
from emulator.core.unread import unread_fields
from emulator.core.world import World

if TYPE_CHECKING:
    from emulator.core.section import OperationRoute

logger = logging.getLogger("emulator")

Segments = tuple[str, ...]
"""A path without its slashes, decoded."""


class Front:
    """The ASGI application of one provider."""

    def __init__(self, provider: Provider, world: World) -> None:
        self.provider = provider
        self._world = world
        self._keeps_journal = world.unclaimed.is_on
        self._operations = OperationIndex(provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = Entry(
            provider=self.provider.name,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"],
            request_head=packed(scope["headers"]),
            client=scope["client"][0] if scope.get("client") else "",
        )
        exchange = scope[EXCHANGE] = Exchange(self.provider, self._world.directory, entry)

        async def answer(message: Message) -> None:
            if exchange.disturbance is None:
                self._note(scope, exchange, message)
                await send(message)
                return
            async for part in exchange.disturbance.parts(message):
                self._note(scope, exchange, part)
                await send(part)

        try:
            await self._respond(scope, receive, answer)
        except ClientDisconnect:
            logger.info("%s %s: the client went away before its request was whole", *self._named(exchange))
        except Exception:  # noqa: BLE001 -- it is logged, without what it may tell of credentials
            self._report_crash(exchange)
        if self._keeps_journal and not exchange.is_stale:
            self._write_down(scope, exchange)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._operations.respond(request)
        except ClientDisconnect:
            raise
        except Exception as problem:  # noqa: BLE001 -- each is answered in dialect
            response = self._refusal(request, problem)
        await response(scope, receive, send)

    def _report_crash(self, exchange: Exchange) -> None:
        """Log the exception that is being handled, without credentials that stand in its message."""
        hide = self._world.redactor(exchange.sandbox)
        logger.error(
            "%s %s: crashed; please report this with the request\n%s",
            *self._named(exchange),
            hide.text(format_exc(), exchange.entry.credential),
        )

    def _named(self, exchange: Exchange) -> tuple[str, str]:
        """Answer what a log calls a request: its method and path, without credentials."""
        entry = exchange.entry
        return entry.method, self._world.redactor(exchange.sandbox).text(entry.path, entry.credential)

    def _note(self, scope: Scope, exchange: Exchange, message: Message) -> None:
        """Complete a part of the answer, and keep it for the journal."""
        if message["type"] != "http.response.start":
            if self._keeps_journal:
                exchange.entry.answer_body += message.get("body", b"")
            return
        sandbox = exchange.sandbox or self._world.default
        credential = exchange.entry.credential or self._credential(scope, exchange)
        extra = self.provider.dialect.headers(credential, sandbox, exchange.window)
        message["headers"] += [(name.encode(), value.encode("latin-1")) for name, value in extra]
        exchange.entry.status = message["status"]
        exchange.entry.answer_head = packed(message["headers"])

    def _write_down(self, scope: Scope, exchange: Exchange) -> None:
        entry = exchange.entry
        sandbox = exchange.sandbox or self._owner(scope, exchange)
        entry.at = (sandbox or self._world.default).clock.now()
        if sandbox is None:
            self._world.unclaimed.add(entry)
            return
        sandbox.journal.add(entry)
        if sandbox.feed.has_listeners:
            sandbox.feed.publish("request", entry.summary())

    def _owner(self, scope: Scope, exchange: Exchange) -> Sandbox | None:
        """Answer whose a request is that was refused before its credential was looked at."""
        dialect = self.provider.dialect
        credential = exchange.entry.credential = self._credential(scope, exchange)
        try:
            call = dialect.call(Request(scope), credential, b"", exchange.payload)
            return dialect.admit(call, self._world.directory)
        except ProviderError:
            return None

    def _credential(self, scope: Scope, exchange: Exchange) -> str:
        return self.provider.dialect.credential(Request(scope), exchange.payload)

    def _refusal(self, request: Request, problem: Exception) -> Response:
        exchange: Exchange = request.scope[EXCHANGE]
        error = self._translated(request, problem)
        return self.provider.dialect.refuse(request, error, exchange.payload)

    def _translated(self, request: Request, problem: Exception) -> ProviderError:
        match problem:
            case ProviderError():
                return problem
            case InvalidFieldsError():
                return self.provider.dialect.invalid(problem.problems)
        self._report_crash(request.scope[EXCHANGE])
        return self.provider.dialect.crashed()


class OperationIndex:
    """Finds an operation by path in about one look, however many a provider has."""

    def __init__(self, provider: Provider) -> None:
        self._dialect = provider.dialect
        self._literal: dict[Segments, dict[str, Target]] = {}
        self._templated: dict[tuple[object, ...], list[Target]] = {}
        for operation in provider.catalogue.routable():
            self._add(Target(provider, operation))

    def _add(self, target: "Target") -> None:
        if target.parameters:
            self._templated.setdefault(_shape(target.segments), []).append(target)
        else:
            self._literal.setdefault(target.segments, {})[target.operation.method] = target

    async def respond(self, request: Request) -> Response:
        """Answer a request, or raise why not."""
        segments = _segments(self._dialect, request.scope["raw_path"].decode("latin-1"))
        targets = self._literal.get(segments) or self._matching(segments)
        target = targets.get(request.method)
        if target is not None:
            return await target.respond(request, segments)
        if targets:
            return await turned_away(request, self._dialect.wrong_method(request.method))
        return await turned_away(request, self._dialect.unknown_path(request.scope["path"]))

    def _matching(self, segments: Segments) -> dict[str, "Target"]:
        candidates = self._templated.get(_shape(segments), ())
        return {target.operation.method: target for target in candidates if target.fits(segments)}


async def turned_away(request: Request, refusal: ProviderError) -> Response:
    """Refuse a request that has no endpoint."""
    exchange: Exchange = request.scope[EXCHANGE]
    return await exchange.turn_away(request, refusal)


def _segments(dialect: Dialect, path: str) -> Segments:
    """Split a path as it came, and only then decode it: `%2F` is a letter of a segment."""
    segments = dialect.normal_path(path).split("/")
    return tuple(map(unquote, segments) if "%" in path else segments)


def _shape(segments: Segments) -> tuple[object, ...]:
    """Answer what all paths of a template share: the number of segments, and the first two."""
    return len(segments), *segments[1:3]


class Target:
    """A documented operation as a place to go: its endpoint, or the word that it is not built."""

    def __init__(self, provider: Provider, operation: Operation) -> None:
        self.operation = operation
        self.segments = _segments(provider.dialect, operation.route)
        self.parameters = {
            place: part[1:-1] for place, part in enumerate(self.segments) if part.startswith("{")
        }
        self._provider = provider

    @cached_property
    def _route(self) -> "OperationRoute | None":
        return self._provider.menu.route(self.operation)

    @cached_property
    def _find_unread(self) -> Callable[[Entry], list[str]] | None:
        return partial(unread_fields, self._route, self._provider.dialect) if self._route else None

    def fits(self, segments: Segments) -> bool:
        """Answer whether a path of as many segments is this one's."""
        pairs = enumerate(zip(self.segments, segments, strict=True))
        return all(own == theirs or (theirs and place in self.parameters) for place, (own, theirs) in pairs)

    async def respond(self, request: Request, segments: Segments) -> Response:
        scope = request.scope
        exchange: Exchange = scope[EXCHANGE]
        exchange.entry.operation = self.operation.key
        if self._route is None:
            return await turned_away(request, self._provider.dialect.not_built(self.operation))
        exchange.entry.find_unread = self._find_unread
        scope["path_params"] = {name: segments[place] for place, name in self.parameters.items()}
        return await self._route.respond(request)
