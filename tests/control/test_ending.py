"""Requests to the control plane that are under way when the server ends."""

import asyncio
from typing import Any

import httpx2
import pytest
from pydantic_core import from_json
from starlette.types import Message

from emulator.app import assemble, make_providers, make_world
from emulator.control.problems import ENDING
from emulator.sandbox.sandbox import Sandbox
from emulator.settings import Settings
from tests.conftest import BASE_URL, scope_of

ADVANCE = httpx2.Request("POST", f"{BASE_URL}/_emulator/clock", json={"advance": "1h"})
FOLLOW = httpx2.Request("GET", f"{BASE_URL}/_emulator/feed")


def broken_off(request: httpx2.Request, begun: asyncio.Event) -> list[Message]:
    """Return what is sent to a request that is cancelled, as uvicorn does it, once it has begun."""
    settings = Settings(clock="frozen")
    providers = make_providers(settings)
    world = make_world(settings, providers)
    app, sent, received = assemble(settings, providers, world), list[Message](), [request.read()]

    async def receive() -> Message:
        if received:
            return {"type": "http.request", "body": received.pop()}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            begun.set()

    async def asked() -> None:
        task = asyncio.ensure_future(app(scope_of(request), receive, send))
        await begun.wait()
        world.is_ending = True
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(asked())
    world.close()
    return sent


def test_a_request_that_the_end_of_the_server_breaks_off_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()

    async def move(*_: Any, **__: Any) -> bool:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(Sandbox, "move", move)
    start, body = broken_off(ADVANCE, begun)
    assert (start["status"], from_json(body["body"])["detail"]) == (503, ENDING)


def test_a_response_that_has_begun_is_left_as_it_is() -> None:
    sent = broken_off(FOLLOW, asyncio.Event())
    assert [message.get("status") for message in sent] == [200, None]
