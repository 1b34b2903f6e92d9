"""How long connections live, and how large and slow the heads of requests may be, on a clock that jumps."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from emulator.engine.clock import machine_pause
from emulator.server.connection import HEAD_WITHIN, MAX_HEAD, MAX_URL, ClientProtocol
from emulator.server.lingering import LINGERS_FOR

KEEP_ALIVE = 75
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
UNREAD = b"POST /unread HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 10\r\n\r\n"
OK = "HTTP/1.1 200 OK"


class JumpingSelector(selectors.SelectSelector):
    """A selector that passes the time at once, instead of waiting."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "nothing will ever happen"
            self.passed += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] != "/unread":
        await Request(scope, receive).body()
    await PlainTextResponse("ok")(scope, receive, send)


class Wire(asyncio.Transport):
    """The server's end of a connection, and what came out of it."""

    def __init__(self) -> None:
        super().__init__()
        config = Config(
            application, http=ClientProtocol, ws="none", lifespan="off", timeout_keep_alive=KEEP_ALIVE
        )
        config.load()
        self.state = ServerState()
        self.said = b""
        self.has_ended = self.is_closed = False
        self.protocol = ClientProtocol(config, self.state, {})
        self.protocol.connection_made(self)

    async def send(self, data: bytes) -> str:
        """Send data; return the first line of what comes back at once."""
        self.said = b""
        self.protocol.data_received(data)
        await machine_pause(0)
        while self.state.tasks and not self.protocol.cycle.more_body:
            await machine_pause(0)
        return self.said.partition(b"\r\n")[0].decode()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.has_ended
        self.said += bytes(data)

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = self.has_ended = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.has_ended = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def jumping(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on a loop whose time jumps."""

    @wraps(test)
    def run(**given: Any) -> None:
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(test(**given))

    return run


@jumping
async def test_a_connection_that_is_used_again_in_time_is_never_closed() -> None:
    wire = Wire()
    for pause in (0, KEEP_ALIVE - 0.001, KEEP_ALIVE, KEEP_ALIVE + 0.001, KEEP_ALIVE + 1, 1):
        await machine_pause(pause)
        assert not wire.is_closed
        assert await wire.send(GET) == OK
        assert b"\r\nkeep-alive: timeout=75\r\n" in wire.said


@jumping
async def test_an_idle_connection_is_closed_later_than_clients_are_told() -> None:
    for sent in (b"", GET, b"\r\n", UNREAD.replace(b"close", b"keep-alive") + b"0123456789"):
        wire = Wire()
        await wire.send(sent)
        await machine_pause(KEEP_ALIVE + 1)
        assert not wire.is_closed
        await machine_pause(KEEP_ALIVE)
        assert wire.is_closed


@jumping
async def test_a_response_that_closes_the_connection_does_not_promise_to_keep_it() -> None:
    wire = Wire()
    assert await wire.send(GET.replace(b"Host", b"Connection: close\r\nHost")) == OK
    assert b"keep-alive" not in wire.said
    assert wire.is_closed


@jumping
async def test_half_a_head_is_refused_after_a_while_however_slowly_it_goes_on() -> None:
    wire = Wire()
    assert await wire.send(GET + GET[:20]) == OK
    for _ in range(int(HEAD_WITHIN) - 1):
        assert await wire.send(b"a") == ""
        await machine_pause(1)
    wire.said = b""
    assert not wire.has_ended
    await machine_pause(1)
    assert wire.said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert wire.has_ended


@jumping
async def test_a_head_may_take_its_time_and_so_may_a_body() -> None:
    wire = Wire()
    await wire.send(b"POST / HTTP/1.1\r\nContent-Le")
    await machine_pause(HEAD_WITHIN - 1)
    await wire.send(b"ngth: 2\r\n\r\na")
    await machine_pause(1000)
    assert await wire.send(b"b") == OK


@jumping
async def test_a_head_is_refused_above_its_limit_in_one_piece_or_in_many() -> None:
    for excess, status in ((0, OK), (1, "HTTP/1.1 431 Request Header Fields Too Large")):
        filler = MAX_HEAD - len(b"/hostax") + excess
        head = b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"y" * filler)
        for size in (len(head), 5000):
            wire = Wire()
            said = [await wire.send(head[begin : begin + size]) for begin in range(0, len(head), size)]
            assert said[-1] == status


@jumping
async def test_a_query_may_be_longer_than_what_the_parser_reads_of_a_url() -> None:
    for length in (10, MAX_URL - 3, MAX_URL - 2, MAX_URL + 1, 3 * MAX_URL):
        query = b"ids=" + b"7" * length
        for target, path in ((b"/a%20b?" + query, "/a b"), (b"/a?" + query + b"#x?y", "/a")):
            wire = Wire()
            assert await wire.send(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % target) == OK
            scope = wire.protocol.cycle.scope
            assert (scope["path"], scope["query_string"]) == (path, query)
            assert await wire.send(GET) == OK
            assert wire.protocol.cycle.scope["query_string"] == b""


@jumping
async def test_a_long_url_comes_with_an_offer_and_before_other_requests() -> None:
    query = b"y" * 2 * MAX_URL
    head = b"POST /a?%b HTTP/1.1\r\nHost: a\r\n%bContent-Length: 2\r\n\r\nhi"
    for offer in (b"", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"):
        wire = Wire()
        assert await wire.send(head % (query, offer)) == OK
        assert wire.protocol.cycle.scope["query_string"] == query
    wire = Wire()
    await wire.send(head % (query, b"") + GET)
    assert wire.said.count(OK.encode()) == 2


@jumping
async def test_a_path_that_the_parser_does_not_read_is_refused() -> None:
    for target in (
        b"/" + b"a" * MAX_URL,
        b"/" + b"a" * MAX_URL + b"?b=c",
        b"http://" + b"a" * MAX_URL + b"/?b",
    ):
        wire = Wire()
        said = await wire.send(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % target)
        assert said == "HTTP/1.1 431 Request Header Fields Too Large"
        assert wire.said.endswith(
            b"\r\n\r\nThe address of the request has more than 65535 bytes before its query."
        )
    head = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"
    assert await Wire().send(head % (b"a" * (MAX_URL - 1))) == OK


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /",
        b"GET / HTTP/1.1\r\nX: ",
        b"\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
)
@jumping
async def test_what_never_ends_is_refused(endless: bytes) -> None:
    wire = Wire()
    said = await wire.send(endless)
    for _ in range(MAX_HEAD // 1000 + 2):
        said = said or await wire.send(endless[:2] * 500)
    assert said == "HTTP/1.1 431 Request Header Fields Too Large"
    assert wire.has_ended


@jumping
async def test_a_closed_connection_takes_in_the_rest_of_the_body_first() -> None:
    wire = Wire()
    assert await wire.send(UNREAD) == OK
    assert wire.has_ended
    assert await wire.send(b"0123456") == ""
    assert not wire.is_closed
    await machine_pause(LINGERS_FOR)
    assert wire.is_closed


@jumping
async def test_the_end_of_the_server_ends_what_is_not_whole() -> None:
    for sent in (GET[:20], b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", UNREAD, b""):
        wire = Wire()
        await wire.send(sent)
        wire.protocol.shutdown()
        await machine_pause(3)
        assert wire.is_closed
        assert not wire.state.tasks


@jumping
async def test_the_end_of_the_server_waits_for_a_body_that_comes() -> None:
    wire = Wire()
    await wire.send(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na")
    wire.protocol.shutdown()
    assert await wire.send(b"b") == OK
    assert b"connection: close" in wire.said
    assert b"keep-alive" not in wire.said
    await machine_pause(0)
    assert wire.is_closed
