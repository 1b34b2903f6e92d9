"""The live feed: server-sent events of what happens, sent as it happens."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from starlette.responses import StreamingResponse

from emulator.app import make_providers, make_world
from emulator.control.feed import CHUNK, follow
from emulator.control.problems import ENDING
from emulator.engine.clock import Slices
from emulator.sandbox.moving import move_on
from emulator.sandbox.sandbox import Sandbox
from emulator.settings import Settings
from emulator.watching.feed import KINDS
from emulator.watching.redaction import Redactor
from tests.receiver import receiving
from tests.server import Server

pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
CAMPAIGN = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"


class Reader:
    """A reader of a stream of server-sent events."""

    def __init__(self, stream: httpx2.Response) -> None:
        self.stream = stream
        self._lines = stream.iter_lines()

    def block(self) -> dict[str, str]:
        """Return the fields of the next event by name; a comment has an empty name."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line:
                return fields
            name, _, value = line.partition(": ")
            fields[name.removesuffix(":")] = value
        raise EOFError

    def event(self) -> dict[str, Any]:
        """Return the id, type and data of the next event."""
        while "data" not in (block := self.block()):
            continue
        return block | {"data": json.loads(block["data"])}


@contextmanager
def following(
    server: Server, last: str | None = None, transport: httpx2.HTTPTransport | None = None, **params: str
) -> Iterator[Reader]:
    headers = {} if last is None else {"Last-Event-ID": last}
    with (
        server.client(transport=transport) as client,
        client.stream("GET", "/_emulator/feed", params=params, headers=headers) as stream,
    ):
        assert stream.status_code == 200
        reader = Reader(stream)
        assert reader.block()[""].startswith("what happens in")
        yield reader


def test_a_request_is_told_as_it_is_received(server: Server) -> None:
    with server.client() as client, following(server) as reader:
        assert reader.stream.headers["content-type"].startswith("text/event-stream")
        assert reader.stream.headers["cache-control"] == "no-cache"
        client.patch(f"{CAMPAIGN}?token=abcdefghijklmnqrstuvwxyz", json={"colour": "red"}, headers=KEY)
        event = reader.event()
    assert event["event"] == "request"
    assert int(event["id"]) > 0
    number = event["data"].pop("number")
    assert number > 0
    assert event["data"] == {
        "at": "2026-03-15T14:30:00.000Z",
        "provider": "autosend",
        "operation": "PATCH /v1/campaigns/{campaignId}",
        "credential": "AS_emul…",
        "method": "PATCH",
        "path": CAMPAIGN,
        "query": "token=***",
        "unread": ["body.colour", "query.token"],
        "status": 200,
        "faults": [],
    }


def test_a_sandbox_tells_nothing_of_another(server: Server) -> None:
    with server.client() as client:
        made = client.post("/_emulator/sandboxes", json={"name": "quiet"}).json()
        own = {"Authorization": f"Bearer {made['environment']['AUTOSEND_API_KEY']}"}
        with following(server, sandbox="quiet") as reader:
            client.get("/v1/campaigns/1", headers=KEY)
            client.get("/v1/campaigns/2", headers=own)
            assert reader.event()["data"]["path"] == "/v1/campaigns/2"
        client.delete("/_emulator/sandboxes/quiet")


def test_only_the_types_asked_for_are_told(server: Server) -> None:
    with server.client() as client:
        made = client.post("/_emulator/sandboxes", json={"name": "chosen"}).json()
        key = {"Authorization": f"Bearer {made['environment']['AUTOSEND_API_KEY']}"}
        with (
            following(server, sandbox="chosen", types="request, message") as requests,
            following(server, sandbox="chosen", types="transition,delivery") as others,
        ):
            client.get(CAMPAIGN, headers=key)
            client.delete("/_emulator/sandboxes/chosen")
            assert requests.event()["event"] == "request"
            with pytest.raises(EOFError):
                others.event()


@pytest.mark.parametrize("types", ["requests", "request,colour", "", ","])
def test_a_wrong_type_is_refused(server: Server, types: str) -> None:
    with server.client() as client:
        answer = client.get("/_emulator/feed", params={"types": types})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "types"


def test_a_failure_is_told_before_the_message_that_stands_in(server: Server) -> None:
    body = {
        "phone": {"number": "380671112903"},
        "sender": "my_agent",
        "options": {"text": "Hello"},
        "alternative_channel": {"sms": {"sender": "MyShop", "text": "Hello"}},
    }
    with server.client() as client:
        made = client.post("/_emulator/sandboxes", json={"name": "failing", "clock": "frozen"}).json()
        key = {"Authorization": f"Bearer {made['environment']['RCS_API_KEY']}"}
        with following(server, sandbox="failing", types="message") as reader:
            assert client.post("/api/messages/rcs/send", json=body, headers=key).status_code == 200
            client.post("/_emulator/clock?sandbox=failing", json={"advance": "10s"})
            told = [reader.event()["data"] for _ in range(5)]
        client.delete("/_emulator/sandboxes/failing")
    assert [(one["channel"], one["status"]) for one in told] == [
        ("rcs", "sending"),
        ("rcs", "sent"),
        ("rcs", "undelivered"),
        ("sms", "sent"),
        ("sms", "delivered"),
    ]


def test_who_comes_back_hears_what_they_missed(server: Server) -> None:
    with server.client() as client:
        with following(server) as reader:
            client.get("/v1/campaigns/1", headers=KEY)
            last = reader.event()["id"]
        client.get("/v1/campaigns/2", headers=KEY)
        with following(server, last=last) as reader:
            assert reader.event()["data"]["path"] == "/v1/campaigns/2"
            client.get("/v1/campaigns/3", headers=KEY)
            assert reader.event()["data"]["path"] == "/v1/campaigns/3"


def test_who_was_away_for_too_long_is_told_so(server: Server) -> None:
    with following(server, last="999999") as reader:
        event = reader.event()
    assert (event["event"], event["data"]) == ("dropped", {"number": None})


def test_the_stream_ends_with_its_sandbox(server: Server) -> None:
    with server.client() as client:
        client.post("/_emulator/sandboxes", json={"name": "short"})
        with following(server, sandbox="short") as reader:
            client.delete("/_emulator/sandboxes/short")
            with pytest.raises(EOFError):
                reader.event()


def test_a_stream_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.control.feed.HEARTBEAT", 0.0)
    settings = Settings(clock="frozen")
    world = make_world(settings, make_providers(settings))

    async def beginning() -> list[Any]:
        answer = await follow(world, world.default, frozenset({"request"}))
        assert isinstance(answer, StreamingResponse)
        return [await anext(aiter(answer.body_iterator)) for _ in range(2)]

    assert asyncio.run(beginning()) == [b": what happens in default\n\n", b": still here\n\n"]
    world.close()


async def chunks_of(stream: Any, number: int) -> list[bytes]:
    """Return the next chunks of a stream, without a client that reads it."""
    return [await anext(stream) for _ in range(number)]


def test_what_happened_is_read_for_secrets_once_for_all_who_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(clock="frozen")
    world = make_world(settings, make_providers(settings))
    seen, usual = list[Any](), Redactor.data

    def data(redactor: Redactor, value: Any, shown: str = "") -> Any:
        if isinstance(value, dict):
            seen.append(value)
        return usual(redactor, value, shown)

    async def followed() -> list[list[bytes]]:
        answers = [await follow(world, world.default, frozenset(KINDS)) for _ in range(3)]
        streams = [aiter(answer.body_iterator) for answer in answers if isinstance(answer, StreamingResponse)]
        for stream in streams:
            await chunks_of(stream, 1)
        for number in range(4):
            world.default.feed.publish("message", {"id": number, "recipient": KEY["Authorization"]})
        return await asyncio.gather(*(chunks_of(stream, 1) for stream in streams))

    monkeypatch.setattr(Redactor, "data", data)
    told = asyncio.run(followed())
    world.close()
    assert told[0] == told[1] == told[2]
    assert told[0][0].count(b"AS_emul\xe2\x80\xa6") == 4
    assert len(seen) == 4


def test_much_is_sent_in_chunks_that_the_client_reads_one_after_the_other() -> None:
    settings = Settings(clock="frozen")
    world = make_world(settings, make_providers(settings))

    async def followed() -> list[bytes]:
        answer = await follow(world, world.default, frozenset({"message"}))
        assert isinstance(answer, StreamingResponse)
        stream = aiter(answer.body_iterator)
        await chunks_of(stream, 1)
        for number in range(10):
            world.default.feed.publish("message", {"id": number, "words": "x" * CHUNK})
        return await chunks_of(stream, 10)

    told = asyncio.run(followed())
    world.close()
    assert [json.loads(chunk.split(b"data: ")[1].split(b"\n")[0])["id"] for chunk in told] == list(range(10))


def test_a_clock_moves_on_no_faster_than_what_happens_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slices, "LENGTH", 0)
    monkeypatch.setattr("emulator.watching.feed.LONGEST_QUEUE", 4)
    settings = Settings(clock="frozen", fixtures="empty")
    world = make_world(settings, make_providers(settings))
    moves, usual = iter(range(10)), Sandbox.move

    async def move(sandbox: Sandbox, limit: int, *, by_instant: bool) -> bool:
        await usual(sandbox, limit, by_instant=by_instant)
        number = next(moves)
        sandbox.feed.publish_all([("message", {"move": number, "id": id_}) for id_ in range(4)])
        return number < 9

    async def followed() -> bytes:
        answer = await follow(world, world.default, frozenset({"message"}))
        assert isinstance(answer, StreamingResponse)
        stream, told = aiter(answer.body_iterator), b""
        await chunks_of(stream, 1)
        moving = asyncio.create_task(move_on(world.default, world.courier, world.default.clock.now() + 1))
        while b'"move":9' not in told:
            told += b"".join(await chunks_of(stream, 1))
        await moving
        return told

    monkeypatch.setattr(Sandbox, "move", move)
    told = asyncio.run(followed())
    world.close()
    assert b"event: dropped" not in told


def test_a_reader_who_does_not_read_stops_nobody_and_is_told_what_was_lost(server: Server) -> None:
    little = httpx2.HTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)])
    path = f"/v1/campaigns/{'x' * 12_000}"
    with server.client() as client, following(server, transport=little) as reader:
        for _ in range(1500):
            assert client.get(path, headers=KEY).status_code == 404
        kinds = set[str]()
        while "dropped" not in kinds:
            event = reader.event()
            kinds.add(event["event"])
    assert event["data"]["number"] > 0


def test_a_server_ends_promptly_though_somebody_listens_and_somebody_waits() -> None:
    with Server("--clock", "frozen") as server, ThreadPoolExecutor() as pool, server.client() as client:
        with following(server) as reader:
            wanted = {"request": {}, "count": 9, "timeout": "5m"}
            sent = threading.Event()

            def trace(step: str, _: object) -> None:
                if step == "http11.send_request_body.complete":
                    sent.set()

            waiting = pool.submit(client.post, "/_emulator/wait", json=wanted, extensions={"trace": trace})
            assert sent.wait(timeout=20)
            client.get(CAMPAIGN, headers=KEY)
            reader.event()
            server.process.terminate()
            with pytest.raises(EOFError):
                reader.event()
        answer = waiting.result(timeout=20)
        assert (answer.status_code, answer.json()["detail"]) == (503, ENDING)
        server.process.wait(timeout=30)
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def advance(client: httpx2.Client, duration: str) -> None:
    assert client.post("/_emulator/clock", json={"advance": duration}).status_code == 200


def send(client: httpx2.Client, phone: str, **more: Any) -> int:
    body = {"phone": {"number": phone}, "sender": "my_agent", "options": {"text": "Hi"}}
    bearer = {"Authorization": "Bearer live_emulator000000000000"}
    number: int = client.post("/api/messages/rcs/send", json=body | more, headers=bearer).json()["data"]["id"]
    return number


def test_a_message_is_told_with_each_status(server: Server) -> None:
    with server.client() as client, following(server, types="message") as reader:
        client.post("/_emulator/reset")
        number = send(client, "380670001000")
        advance(client, "3s")
        told = [reader.event() for _ in range(3)]
    assert [event["event"] for event in told] == ["message"] * 3
    assert [(event["data"]["id"], event["data"]["status"]) for event in told] == [
        (number, "sending"),
        (number, "sent"),
        (number, "delivered"),
    ]
    assert told[-1]["data"]["at"] == "2026-03-15T14:30:03.000Z"


def test_a_transition_is_told_with_both_states(server: Server) -> None:
    with server.client() as client, following(server, types="transition") as reader:
        client.post("/_emulator/reset")
        bearer = {"Authorization": "Bearer live_emulator000000000000"}
        client.put("/api/campaigns/1/stop", headers=bearer)
        event = reader.event()
    assert event["event"] == "transition"
    assert event["data"] == {
        "provider": "rcs",
        "job": "rcs/campaign/1",
        "at": "2026-03-15T14:30:00.000Z",
        "from": "sending",
        "to": "stopped",
    }


def test_a_transition_of_a_scenario_is_told(server: Server) -> None:
    with server.client() as client, following(server, types="transition") as reader:
        client.post("/_emulator/reset")
        client.post("/_emulator/jobs/altcraft/scenario/4/status", json={"action": "deactivate"})
        told = reader.event()["data"]
    assert (told["job"], told["from"], told["to"]) == ("altcraft/scenario/4", "active", "inactive")


def test_what_was_refused_is_no_transition(server: Server) -> None:
    with server.client() as client, following(server, types="transition,request") as reader:
        client.post("/_emulator/reset")
        client.post(f"{CAMPAIGN}/abort", headers=KEY)
        client.post("/v1/campaigns/60d5ec49f1b2c72d9c8b4567/pause", headers=KEY)
        told = [reader.event() for _ in range(3)]
    assert [event["event"] for event in told] == ["request", "transition", "request"]


def test_a_delivery_is_told_with_what_came_of_it(server: Server) -> None:
    with (
        receiving() as receiver,
        server.client() as client,
        following(server, types="delivery") as reader,
    ):
        client.post("/_emulator/reset")
        receiver.answer(503)
        send(client, "380670001000", callback_url=receiver.url)
        advance(client, "100ms")
        told = [reader.event()["data"] for _ in range(2)]
    assert [(one["state"], one["status"]) for one in told] == [("waiting", None), ("failed", 503)]


def test_secrets_in_the_query_of_a_request_are_hidden(server: Server) -> None:
    with following(server, types="request") as reader, server.client() as client:
        client.get("/v1/campaigns?%61piKey=hunter2hunter2&token_count=3", headers=KEY)
        assert reader.event()["data"]["query"] == "%61piKey=***&token_count=3"
