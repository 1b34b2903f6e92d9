"""A sandbox whose receivers do not respond delays no webhook of another one."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Semaphore, Thread
from typing import Any

import pytest

from emulator.engine.clock import machine_pause
from emulator.webhooks.addresses import allowed_addresses
from tests.conftest import Emulator, Sandbox
from tests.control.webhooks.hooks import deliveries, send
from tests.receiver import receiving

pytestmark = pytest.mark.slow

SHARE = 100
"""The most places that one sandbox may hold."""


class HangingReceiver:
    """A receiver that takes requests, and responds to all of them when `go` is set."""

    def __init__(self) -> None:
        self.go = Event()
        self.came = Semaphore(0)
        self.url = ""


@contextmanager
def hanging() -> Iterator[HangingReceiver]:
    receiver = HangingReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.came.release()
            receiver.go.wait()
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 2 * SHARE

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.go.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Stuck:
    """A sandbox with more hanging deliveries than its share of the places."""

    box: Sandbox
    release: Callable[[], None]
    """Lets all of its receivers respond."""


def advancing(box: Sandbox) -> Thread:
    """Move the clock on in another thread, which waits for deliveries."""
    moving = Thread(target=lambda: box.control("POST", "/clock", json={"advance": "1ms"}))
    moving.start()
    return moving


@pytest.fixture
def stuck(emulator: Emulator) -> Iterator[Stuck]:
    box = emulator.sandbox("stuck", clock="frozen")
    with hanging() as receiver:
        for number in range(SHARE + 20):
            phone = f"38067100{number:04}"
            send(box, phone, reference=phone, callback_url=f"{receiver.url}/{number}")
        moving = advancing(box)
        for _ in range(SHARE):
            assert receiver.came.acquire(timeout=30)
        yield Stuck(box, receiver.go.set)
        receiver.go.set()
        moving.join()


def _answered(box: Sandbox) -> Any:
    return [one["attempts"][0]["status"] for one in deliveries(box)]


def test_hanging_receivers_of_one_sandbox_do_not_delay_those_of_another(
    emulator: Emulator, stuck: Stuck
) -> None:
    box = emulator.sandbox("lively", clock="frozen")
    with receiving() as receiver:
        for number in range(5):
            phone = f"38067200{number:04}"
            send(box, phone, reference=phone, callback_url=f"{receiver.url}{number}")
        box.advance("1ms")
        assert _answered(box) == [200] * 5
    assert {one["state"] for one in deliveries(stuck.box, limit=1000)} == {"sending"}
    stuck.release()
    stuck.box.advance("1ms")
    assert {one["state"] for one in deliveries(stuck.box, limit=1000)} == {"delivered"}


def test_hanging_receivers_from_before_a_reset_delay_none_after_it(stuck: Stuck) -> None:
    assert stuck.box.control("POST", "/reset").status_code == 200
    with hanging() as receiver:
        send(stuck.box, callback_url=receiver.url)
        moving = advancing(stuck.box)
        assert receiver.came.acquire(timeout=5)
    stuck.release()
    moving.join()


def test_a_name_server_that_does_not_respond_keeps_no_other_look_up_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    responds = Event()

    def getaddrinfo(host: str, *_: object, **__: object) -> list[Any]:
        if host == "slow.example":
            responds.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 0))]

    async def look_up() -> list[str]:
        slow = [asyncio.create_task(allowed_addresses("slow.example", 80, ())) for _ in range(100)]
        await machine_pause(0)
        try:
            return await allowed_addresses("quick.example", 80, ())
        finally:
            responds.set()
            await asyncio.gather(*slow)

    monkeypatch.setattr("emulator.webhooks.addresses._evident_addresses", lambda _: [])
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert asyncio.run(look_up()) == ["10.0.0.7"]
