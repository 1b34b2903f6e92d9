"""The path of a request to its operation: every step between the client and the endpoint, in order.

The steps up to `admit` and the fault rules may wait. The steps after them run without waiting, on the event
loop or, where they may take long, on another thread, in one transaction that is committed before the response
is sent.
"""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn, TypeVar

from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator.engine.clock import machine_seconds
from emulator.engine.engine import Turn
from emulator.faults.effects import FaultEffect, bare_response, end_with_response
from emulator.faults.matching import Seen
from emulator.faults.rules import Judgement, RequestFault
from emulator.gateway.call import Call
from emulator.gateway.encodings import (
    MalformedPackingError,
    PackedTooLargeError,
    encoding_of,
    unpacked,
)
from emulator.providers import Dialect, Provider
from emulator.sandbox.aside import beside
from emulator.sandbox.directory import Directory
from emulator.sandbox.refusal import ProviderError

T = TypeVar("T")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
"""FastAPI's route handler: it parses parameters, runs dependencies and endpoint, and makes the response."""


Work = Callable[[], Awaitable[Response]]

LARGE_BODY = 64 * 1024
"""From how many bytes on a body is decoded, and worked on, by another thread."""

MANY_VALUES = 250
"""How many values a body has at most that is worked on here: each may take half a millisecond."""


class BrokenOffError(Exception):
    """The server ends while a request is under way."""


class RequestPath:
    """The steps that all requests to a provider take."""

    def __init__(self, provider: Provider, directory: Directory) -> None:
        self._provider = provider
        self._dialect: Dialect[Any, Any] = provider.dialect
        self._directory = directory

    async def travel(self, call: Call, handler: Handler) -> Response:
        """Take a request through all steps to its endpoint, and return the response.

        Raises ProviderError, and BrokenOffError where the server ends meanwhile.
        """
        try:
            return await self._travelled(call, handler)
        except CancelledError as end:
            raise BrokenOffError("is broken off, as the emulator is ending") from end

    async def _travelled(self, call: Call, handler: Handler) -> Response:
        await self._enter(call)
        if call.sandbox.aside.is_busy:  # the long work may replace the sandbox's rules
            await call.sandbox.ready()
            self._admit(call)
        work = partial(self._work, call, handler)
        # Rules act before anything is changed, and their counters are kept when the request is refused.
        return await self._with_faults(call, work) if call.sandbox.faults.rules else await work()

    async def turn_away(self, call: Call, refusal: ProviderError) -> Response:
        """Raise `refusal` for a request without an endpoint, or return a fault rule's response instead."""
        try:
            await self._enter(call)
        except ProviderError:
            raise refusal from None
        self._dialect.turned_away(call)
        return await self._with_faults(call, partial(_raise_later, refusal))

    async def _enter(self, call: Call) -> None:
        """Read and decode the body, and find the request's sandbox, also where the body can not be read."""
        try:
            # The only step that waits for the client. It keeps no more bytes than the operation's limit.
            await self._receive_body(call)
            # Before the credential is read, because the body may hold it.
            await self._decode_body(call)
        except Exception:
            with suppress(ProviderError):
                self._admit(call)
                self._dialect.turned_away(call)
            raise
        self._admit(call)

    async def _work(self, call: Call, handler: Handler) -> Response:
        """Run the endpoint in one transaction: here, or on another thread where that may take long."""
        if call.sandbox.aside.is_busy or call.sandbox.has_long_work:
            await call.sandbox.ready()
            # The sandbox may have begun anew, or be gone.
            self._admit(call)
        work = partial(self._transact, call, handler)
        if _may_take_long(call):
            return await call.sandbox.long_turn(work)
        begun = machine_seconds()
        try:
            with call.sandbox.turn() as turn:
                return work(turn)
        finally:
            call.sandbox.aside.note(machine_seconds() - begun)

    def _transact(self, call: Call, handler: Handler, turn: Turn) -> Response:
        """Run the endpoint in a turn; return its response, or the earlier one for a repetition."""
        call.turn = turn
        # In the turn, because rights, expiry, rate limits and keys of encrypted bodies are the sandbox's.
        self._dialect.authorise(call)
        # Before the fields are checked: a repetition gets its response even if they would be refused now.
        earlier = self._dialect.repeated(call)
        if earlier is not None:
            return earlier
        response = run(handler(call))
        # Before `remember`, which keeps the response for repetitions in the form that the client wants.
        response = self._dialect.encode(call, response)
        self._dialect.remember(call, response)
        return response

    async def _receive_body(self, call: Call) -> None:
        if "content-length" not in call.headers and "transfer-encoding" not in call.headers:
            return
        limit = call.policy.body_limit
        declared = call.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise self._left_unread(call, limit)
        encoding = encoding_of(call.headers) if declared != "0" else ""
        if encoding and encoding not in self._dialect.encodings:
            raise self._dialect.unsupported_encoding(encoding)
        chunks: list[bytes] = []
        room, is_whole = limit, False
        try:
            while not is_whole:
                message = await call.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk = message.get("body", b"")
                room -= len(chunk)
                if room < 0:
                    raise self._left_unread(call, limit)
                chunks.append(chunk)
                is_whole = not message.get("more_body", False)
            call.raw = b"".join(chunks)
        finally:
            call.entry.request_body = b"".join(chunks)
        if encoding:
            # The journal has the body as it is read: what is packed could be neither searched nor redacted.
            call.raw = call.entry.request_body = await beside(partial(self._unpacked, call, encoding, limit))

    def _left_unread(self, call: Call, limit: int) -> ProviderError:
        end_with_response(call.scope)
        call.entry.is_cut = True
        refusal: ProviderError = self._dialect.too_large(limit)
        return refusal

    def _unpacked(self, call: Call, encoding: str, limit: int) -> bytes:
        try:
            return unpacked(encoding, call.raw, limit)
        except PackedTooLargeError:
            raise self._dialect.too_large(limit) from None
        except MalformedPackingError as problem:
            raise self._dialect.invalid(
                [{"loc": ("body",), "msg": f"Malformed {encoding}: {problem}"}]
            ) from problem

    async def _decode_body(self, call: Call) -> None:
        if call.raw:
            read = partial(self._dialect.read, call.content_type, call.raw)
            call.payload = await beside(read) if len(call.raw) > LARGE_BODY else read()

    def _admit(self, call: Call) -> None:
        call.credential = call.entry.credential = self._dialect.credential(call)
        sandbox = self._dialect.admit(call, self._directory)
        call.owner, call.generation = sandbox, sandbox.generation
        call.show_as_json()

    async def _with_faults(self, call: Call, work: Work) -> Response:
        """Do the work and return its response, or what the first fault rule that acts puts in its place."""
        await call.sandbox.ready()
        judgement = self._judge(call)
        rule = judgement.rule
        if rule is None:
            return await work()
        effect = call.effect = FaultEffect(rule, call.scope)
        outcome = await _done(work) if rule.executed else work
        if rule.delay or rule.slow_body:
            # At once, because the client may give up before the response has left.
            call.sandbox.journal.begin(call.entry, call.sandbox.clock.now())
        if rule.delay:
            with call.sandbox.usage.going_on():
                await effect.pause(rule.delay)
        if call.is_stale:
            effect.is_lost = True
        if effect.is_lost:
            return Response()
        return await self._instead(rule, judgement, call) or await outcome()

    def _judge(self, call: Call) -> Judgement:
        """Apply the fault rules to the request, in a transaction of its own that a refusal does not undo."""
        if not call.sandbox.faults.rules:
            return Judgement()
        with call.sandbox.turn() as turn:
            judgement = call.sandbox.faults.judge(turn, Seen.of(call.entry, call.payload))
        call.window = judgement.window
        if judgement.rule is not None:
            call.entry.faults.append(judgement.number)
        return judgement

    async def _instead(self, rule: RequestFault, judgement: Judgement, call: Call) -> Response | None:
        """Return a rule's own response, None where it keeps the real one. Raises ProviderError."""
        if rule.error is not None:
            errors = await beside(self._provider.errors)
            raise errors[rule.error].example()
        if rule.rate_limit is not None:
            assert judgement.window is not None
            refusal = self._dialect.too_many(max(1, judgement.window.ends - call.sandbox.clock.now()))
            assert refusal is not None
            raise refusal
        return None if rule.status is None else bare_response(rule)


def _may_take_long(call: Call) -> bool:
    if call.policy.is_long and call.sandbox.store.has_many_rows and call.is_long:
        return True
    size = len(call.raw)
    return size > LARGE_BODY or (size > 2 * MANY_VALUES and _has_many_values(call.payload))


def _has_many_values(body: Any) -> bool:
    room, waiting = MANY_VALUES, [body]
    while waiting and room >= 0:
        value = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        room -= len(inner)
        waiting.extend(inner)
    return room < 0


async def _raise_later(refusal: Exception) -> NoReturn:
    raise refusal


async def _return_later(response: Response) -> Response:
    return response


async def _done(work: Work) -> Work:
    """Do the work now; return a function that returns its response, or raises its refusal, later."""
    try:
        response = await work()
    except (ProviderError, RequestValidationError) as refusal:
        return partial(_raise_later, refusal)
    return partial(_return_later, response)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, and return its result. Raises RuntimeError if it waits.

    While it waited, other requests would run inside of its transaction.
    """
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError(
        "an endpoint or a dependency waited inside of its transaction: both are `async def` and never wait; "
        "what takes time belongs into a background task or a due event"
    )
