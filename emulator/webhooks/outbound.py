"""The one HTTP client by which the emulator itself sends requests.

addresses.py says where it may send them. It follows no redirects.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emulator.engine.clock import Millis, machine_seconds, millis_since
from emulator.watching.journal import joined
from emulator.webhooks.addresses import ForbiddenAddressError, as_sent, check_evident

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool

LARGEST_ANSWER = 64 * 1024
"""How many bytes of a response's body are kept."""


@dataclass(frozen=True)
class Outgoing:
    """A request to send."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: float
    """How long the response may take, in seconds."""
    most: int = LARGEST_ANSWER
    """How many bytes of its body are kept."""


@dataclass
class Answer:
    """The result of a request: a response or an error."""

    status: int | None = None
    """The HTTP status; None where no response came."""
    error: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    duration: Millis = 0


class Outbound:
    """The HTTP client. Its library is imported when the first request is sent."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)
        self._pool: AsyncConnectionPool | None = None

    async def send(self, request: Outgoing) -> Answer:
        """Send a request and return the result; failures to send are in its `error`."""
        begun, answer = machine_seconds(), Answer()
        try:
            async with asyncio.timeout(request.timeout):
                await self._send(request, answer)
        except TimeoutError:
            answer = _failed(answer, f"no answer within {request.timeout:g} seconds")
        except ForbiddenAddressError as error:
            answer = _failed(answer, str(error))
        except (OSError, ValueError) as error:
            answer = _failed(answer, _error_text(error))
        except Exception as error:
            if not type(error).__module__.startswith("httpcore2"):
                raise
            answer = _failed(answer, _error_text(error))
        answer.duration = millis_since(begun)
        return answer

    def check(self, url: str) -> None:
        """Raise ForbiddenAddressError if a URL shows, without a look-up, that nothing may be sent there."""
        check_evident(url, self._allowed)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()

    async def _send(self, request: Outgoing, answer: Answer) -> None:
        pool = self._pool = self._pool or self._new_pool()
        url = as_sent(request.url)
        every = [("Host", urlsplit(url).netloc), *request.headers.items()]
        async with pool.stream(request.method, url, headers=every, content=request.body) as response:
            answer.status = response.status
            answer.headers = joined(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers
            )
            received = bytearray()
            async for chunk in response.aiter_stream():
                received += chunk
                if len(received) >= request.most:
                    break
            answer.content = bytes(received[: request.most])

    def _new_pool(self) -> "AsyncConnectionPool":
        from emulator.webhooks.network import guarded_pool  # noqa: PLC0415 -- loads a library of its own

        return guarded_pool(self._allowed)


def _failed(answer: Answer, error: str) -> Answer:
    """Return the result of a failed request: a response that broke off does not count, but is mentioned."""
    begun = "" if answer.status is None else f" (a response with status {answer.status} had begun)"
    return Answer(error=error + begun)


def _error_text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
