"""What a request to an operation passes through.

In this order, each step refusing in the provider's dialect: body size, content type,
body syntax, credential, repetition, validation, and then the endpoint. Reading the body
waits for the network; everything after it runs in one go, in one transaction.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from emulator.core.call import Call
from emulator.core.directory import Directory
from emulator.core.journal import Entry
from emulator.core.provider import Dialect
from emulator.core.sandbox import Sandbox
from emulator.core.section import Handle

T = TypeVar("T")


class Exchange:
    """One request on its way through a provider."""

    def __init__(self, dialect: Dialect, directory: Directory, entry: Entry) -> None:
        self.dialect = dialect
        self.directory = directory
        self.entry = entry
        self.payload: Any = None
        self.sandbox: Sandbox | None = None

    async def pass_through(self, request: Request, handle: Handle) -> Response:
        """Take `request` to the endpoint behind `handle`, and answer its answer."""
        body = await self._read(request)
        if body:
            self.payload = self.dialect.read(request.headers.get("content-type", ""), body)
        self.entry.credential = self.dialect.credential(request, self.payload)
        call = self.dialect.call(request, body, self.payload)
        call.sandbox = self.sandbox = self.dialect.admit(call, self.directory)
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
        limit = self.dialect.body_limit(request.url.path)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise self.dialect.too_large(limit)
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise self.dialect.too_large(limit)
                if chunk:
                    chunks.append(chunk)
        finally:
            self.entry.request_body = b"".join(chunks)
        return self.entry.request_body


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
