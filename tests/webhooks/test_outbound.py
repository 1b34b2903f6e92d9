"""The HTTP client of webhooks: which bytes count as a response."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from emulator.engine.clock import HOUR, machine_millis
from emulator.webhooks.outbound import Answer, Outbound, Outgoing

Writer = asyncio.StreamWriter

BEGUN = b"HTTP/1.1 200 OK\r\nX-Receipt: 7\r\nContent-Length: 10\r\n\r\nhalf"


async def breaks_off(writer: Writer) -> None:
    writer.write(BEGUN)
    await writer.drain()


async def hangs(writer: Writer) -> None:
    writer.write(BEGUN)
    await writer.drain()
    await asyncio.Event().wait()


async def says_nothing(writer: Writer) -> None:
    pass


def asked(receiver: Callable[[Writer], Awaitable[None]], timeout: float = 10) -> Answer:
    """Return the result of a request to this receiver."""

    async def ask() -> Answer:
        async def receive(reader: asyncio.StreamReader, writer: Writer) -> None:
            await reader.readuntil(b"\r\n\r\n")
            try:
                await receiver(writer)
            finally:
                writer.close()

        server = await asyncio.start_server(receive, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            request = Outgoing("POST", f"http://127.0.0.1:{port}/", {}, b"", timeout)
            return await Outbound(()).send(request)
        finally:
            server.close()

    return asyncio.run(ask())


async def says_it_twice(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Tag: one\r\nX-Tag: two\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


def test_a_header_that_comes_twice_has_both_values() -> None:
    assert asked(says_it_twice).headers["X-Tag"] == "one, two"


def test_how_long_it_took_where_the_machine_s_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    instants = count(machine_millis(), -HOUR)
    monkeypatch.setattr("time.time_ns", lambda: next(instants) * 1_000_000)
    assert asked(says_it_twice).duration >= 0


@pytest.mark.parametrize(("receiver", "timeout"), [(breaks_off, 10), (hangs, 0.2)])
def test_a_response_that_breaks_off_is_none(
    receiver: Callable[[Writer], Awaitable[None]], timeout: float
) -> None:
    answer = asked(receiver, timeout)
    assert (answer.status, answer.headers, answer.content) == (None, {}, b"")
    assert (answer.error or "").endswith("(a response with status 200 had begun)")


def test_a_connection_that_ends_without_a_response_is_an_error() -> None:
    answer = asked(says_nothing)
    assert answer.status is None
    assert "had begun" not in (answer.error or "")
