"""Applications in this process, asked without a socket: what each request costs in processor time."""

import asyncio
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from loads import LOADS, Sent
from starlette.types import ASGIApp, Message

from emulator.app import create_app
from emulator.settings import Settings

BLOCK = 8
"""How many requests are measured in one go: so few that many are over before another process has a turn."""


class RefusedError(Exception):
    """An application did not answer a request with success."""


class Application:
    """An application that is asked block after block of a load."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._loads = {load: cycle(requests) for load, requests in LOADS.items()}

    def seconds(self, load: str) -> float:
        """Return the processor time of the next requests of a load. Raises RefusedError."""
        prepared = list(map(_prepared, islice(self._loads[load], BLOCK)))
        begun = time.process_time()
        self._loop.run_until_complete(self._ask(prepared))
        return time.process_time() - begun

    async def _ask(self, prepared: Sequence[tuple[dict[str, Any], bytes]]) -> None:
        for scope, body in prepared:
            await _ask(self._app, scope, body)


def emulator(fixtures: Path) -> Application:
    """Return the emulator with these fixtures, its clock frozen."""
    settings = Settings(fixtures=str(fixtures), clock="frozen", altcraft_http_status="mirror", cache="off")
    return Application(create_app(settings))


async def _ask(app: ASGIApp, scope: dict[str, Any], body: bytes) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message.get("status", 200) >= 300:
            raise RefusedError(f"{scope['method']} {scope['path']}: {message['status']}")

    await app(scope, receive, send)


def _prepared(one: Sent) -> tuple[dict[str, Any], bytes]:
    """Return a request as a server hands it to an application."""
    body = (one.written() or "").encode()
    headers = {"host": "127.0.0.1:4610", "content-length": str(len(body)), **one.headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 4610),
        "client": ("127.0.0.1", 50000),
        "method": one.method,
        "root_path": "",
        "path": one.path,
        "raw_path": one.path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "state": {},
    }
    return scope, body
