"""What a request to an operation passes through.

In this order, each step refusing in the provider's dialect: body size, content type,
body syntax, credential, repetition, validation, and then the endpoint. Reading the body
waits for the network; everything after it runs in one go, in one transaction.
"""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NoReturn, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator.core.call import Call, Handle, InvalidFieldsError, ProviderError
from emulator.core.directory import Directory
from emulator.core.disturbance import Disturbance, bare_answer
from emulator.core.faults import RateWindow, Rule, Verdict
from emulator.core.journal import Entry
from emulator.core.matching import Seen
from emulator.core.provider import Provider
from emulator.core.sandbox import Sandbox

T = TypeVar("T")


class Exchange:
    """One request on its way through a provider."""

    def __init__(self, provider: Provider, directory: Directory, entry: Entry) -> None:
        self.provider = provider
        self.dialect = provider.dialect
        self.directory = directory
        self.entry = entry
        self.payload: Any = None
        self.sandbox: Sandbox | None = None
        self.window: RateWindow | None = None
        """The rate limit of a fault rule that the request counts in."""
        self.disturbance: Disturbance | None = None
        """What a fault rule does to the answer on its way."""
        self._generation = 0

    @property
    def is_stale(self) -> bool:
        """Whether the sandbox began anew, or is gone, since it let the request in."""
        return self.sandbox is not None and self.sandbox.generation != self._generation

    async def pass_through(self, request: Request, handle: Handle) -> Response:
        """Take `request` to the endpoint behind `handle`, and answer its answer."""
        call = await self._admitted(request)
        if call.sandbox.faults.rules:
            return await self._disturbed(call, partial(self._execute, call, handle))
        return self._execute(call, handle)

    async def turn_away(self, request: Request, refusal: ProviderError) -> Response:
        """Refuse a request that no endpoint is there for, unless a fault rule has something else for it."""
        try:
            call = await self._admitted(request)
        except ProviderError:
            raise refusal from None
        return await self._disturbed(call, partial(_raise, refusal))

    async def _admitted(self, request: Request) -> Call:
        body = await self._read(request)
        if body:
            self.payload = self.dialect.read(request.headers.get("content-type", ""), body)
        self.entry.credential = self.dialect.credential(request, self.payload)
        call = self.dialect.call(request, self.entry.credential, body, self.payload)
        call.sandbox = self.sandbox = self.dialect.admit(call, self.directory)
        self._generation = call.sandbox.generation
        return call

    async def _disturbed(self, call: Call, work: Callable[[], Response]) -> Response:
        """Do the work, or what the first fault rule that takes the request has in its stead."""
        verdict = self._judged(call)
        rule = verdict.rule
        if rule is None:
            return work()
        self.disturbance = Disturbance(rule, call.scope)
        outcome = _done(work) if rule.executed else work
        if rule.delay:
            await self.disturbance.pause(rule.delay)
        if self.is_stale:
            self.disturbance.is_lost = True
        if self.disturbance.is_lost:
            return Response()
        return self._instead(rule, verdict, call) or outcome()

    def _judged(self, call: Call) -> Verdict:
        """Ask the rules, in a turn of its own: what they count stays when the request is refused."""
        if not call.sandbox.faults.rules:
            return Verdict()
        with call.sandbox.turn() as turn:
            verdict = call.sandbox.faults.judge(turn, self._seen(call))
        self.window = call.window = verdict.window
        if verdict.rule is not None:
            self.entry.faults.append(verdict.number)
        return verdict

    def _seen(self, call: Call) -> Seen:
        return Seen(
            provider=self.provider.name,
            operation=self.entry.operation,
            method=self.entry.method,
            path=self.entry.path,
            query=self.entry.query,
            headers=self.entry.request_headers,
            credential=call.credential,
            body=call.raw,
            payload=self.payload,
        )

    def _instead(self, rule: Rule, verdict: Verdict, call: Call) -> Response | None:
        """Answer what a rule puts in the place of the real answer. Raises ProviderError."""
        if rule.error is not None:
            raise self.provider.errors()[rule.error].example()
        if rule.rate_limit is not None:
            assert verdict.window is not None
            refusal = self.dialect.too_many(max(1, verdict.window.ends - call.sandbox.clock.now()))
            assert refusal is not None
            raise refusal
        return None if rule.status is None else bare_answer(rule)

    def _execute(self, call: Call, handle: Handle) -> Response:
        with call.sandbox.turn() as call.turn:
            return self._answer(call, handle)

    def _answer(self, call: Call, handle: Handle) -> Response:
        self.dialect.authorise(call)
        earlier = self.dialect.repeated(call)
        if earlier is not None:
            return earlier
        response = self.dialect.encode(call, drive(handle(call)))
        self.dialect.remember(call, response)
        return response

    async def _read(self, request: Request) -> bytes:
        """Read the body, but never more of it than the limit."""
        headers = request.headers
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return b""
        limit = self.dialect.body_limit(request.scope["path"])
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise self.dialect.too_large(limit)
        chunks: list[bytes] = []
        room, is_whole = limit, False
        try:
            while not is_whole:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk = message.get("body", b"")
                room -= len(chunk)
                if room < 0:
                    raise self.dialect.too_large(limit)
                chunks.append(chunk)
                is_whole = not message.get("more_body", False)
        finally:
            self.entry.request_body = b"".join(chunks)
        return self.entry.request_body


def _raise(refusal: Exception) -> NoReturn:
    raise refusal


def _done(work: Callable[[], T]) -> Callable[[], T]:
    """Do the work now; answer what gives its result, or its refusal, later."""
    try:
        result = work()
    except (ProviderError, InvalidFieldsError) as refusal:
        return partial(_raise, refusal)
    return lambda: result


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, to its end.

    A transaction must not span a wait: this makes sure of it, by refusing to wait.
    """
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("an endpoint waited inside of its transaction")
