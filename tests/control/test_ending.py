"""Requests that are under way when the server ends."""

import asyncio
from typing import Any

import httpx2
import pytest
from pydantic_core import from_json
from starlette.types import Message

from emulator.app import LateApplications, assemble, make_providers, make_world
from emulator.control.problems import ENDING
from emulator.gateway.path import RequestPath
from emulator.sandbox.sandbox import Sandbox
from emulator.settings import Settings
from tests.conftest import BASE_URL, scope_of
from tests.held import PATIENCE

ADVANCE = httpx2.Request("POST", f"{BASE_URL}/_emulator/clock", json={"advance": "1h"})
FOLLOW = httpx2.Request("GET", f"{BASE_URL}/_emulator/feed")


def broken_off(request: httpx2.Request, begun: asyncio.Event, *, at_once: bool = False) -> list[Message]:
    """Return the ASGI messages that a request gets which is cancelled, as uvicorn does, after it began.

    With `at_once`, it is not cancelled: requests that the server's end gives up at once end by themselves.
    """
    settings = Settings(clock="frozen")
    providers = make_providers(settings)
    world = make_world(settings, providers)
    late, sent, received = LateApplications(world, providers), list[Message](), [request.read()]
    app = assemble(settings, providers, world, late)

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
        late.control.give_up()
        if not at_once:
            task.cancel()
        await asyncio.wait([task], timeout=PATIENCE)

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


def test_a_request_that_waits_until_the_control_plane_is_loaded_is_given_up_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = asyncio.Event()

    async def load(_: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("emulator.app.beside", load)
    start, body = broken_off(ADVANCE, begun, at_once=True)
    assert (start["status"], from_json(body["body"])["detail"]) == (503, ENDING)


CRASHED: list[tuple[str, str, Any]] = [
    (
        "/api/v1.1/profiles/import_batch",
        "abcdefghijklmnqrstuvwxyz",
        {"data": None, "error": 500, "error_text": "Internal error"},
    ),
    ("/api/contacts", "live_emulator000000000000", {"message": "Internal Server Error", "errors": []}),
    (
        "/v1/mails/bulk",
        "AS_emulator000000000000",
        {
            "success": False,
            "error": {"message": "Something went wrong on our end", "code": "INTERNAL_SERVER_ERROR"},
        },
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "key", "said"), CRASHED)
def test_providers_answer_what_is_broken_off_in_their_own_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str, key: str, said: Any
) -> None:
    begun = asyncio.Event()

    async def work(*_: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(RequestPath, "_work", work)
    headers = {"Authorization": f"Bearer {key}"}
    start, body = broken_off(httpx2.Request("POST", f"{BASE_URL}{path}", json={}, headers=headers), begun)
    assert (start["status"], from_json(body["body"])) == (500, said)
    assert caplog.messages == [f"POST {path}: is broken off, as the emulator is ending"]


def test_a_response_that_has_begun_is_left_as_it_is() -> None:
    sent = broken_off(FOLLOW, asyncio.Event())
    assert [message.get("status") for message in sent] == [200, None]
