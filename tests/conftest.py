"""Fixtures for using the emulator over HTTP as a client does, on a frozen clock and without a socket."""

import asyncio
import gc
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import httpx2
import pytest
from starlette.types import ASGIApp, Message, Scope

from emulator.app import assemble, make_providers, make_world
from emulator.engine.clock import GRAIN, Clock
from emulator.sandbox.world import World
from emulator.server.serving import COLLECTIONS
from emulator.settings import Settings
from tests.server import Server

T = TypeVar("T")

BASE_URL = "http://127.0.0.1:4610"


class Loop:
    """An event loop that runs only while a thread waits for a result, on that thread.

    With a thread of its own, each request would switch threads, which takes longer than most requests.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._turn = threading.Lock()

    def result(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine, run on this thread or on the one that already runs the loop."""
        if self._turn.acquire(blocking=False):
            return self._run(work)
        asked = asyncio.run_coroutine_threadsafe(work, self._loop)
        while not asked.done():
            if self._turn.acquire(timeout=0.01):
                self._run(asyncio.wrap_future(asked, loop=self._loop))
        return asked.result()

    def _run(self, work: Awaitable[T]) -> T:
        try:
            return self._loop.run_until_complete(work)
        finally:
            self._turn.release()

    @contextmanager
    def living(self, app: ASGIApp) -> Iterator[None]:
        """Run an application's lifespan for the block."""
        told, begun = asyncio.Queue[Message](), asyncio.Event()

        async def send(_: Message) -> None:
            begun.set()

        async def begin() -> asyncio.Task[None]:
            await told.put({"type": "lifespan.startup"})
            lifespan = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, told.get, send))
            await begun.wait()
            return lifespan

        async def end(lifespan: asyncio.Task[None]) -> None:
            await told.put({"type": "lifespan.shutdown"})
            await lifespan
            await self._loop.shutdown_default_executor()

        lifespan = self.result(begin())
        try:
            yield
        finally:
            self.result(end(lifespan))
            self._loop.close()


class OnTheLoop(httpx2.BaseTransport):
    """A transport that hands each request to an application, on an event loop.

    An application that ends without a response gives a 500; one that ends within a body gives what it sent.
    """

    def __init__(self, loop: Loop, app: ASGIApp) -> None:
        self._loop = loop
        self._app = app

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._loop.result(self._answered(request, request.read()))

    async def _answered(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        start: Message = {"status": 500, "headers": []}
        received: list[Message] = [{"type": "http.request", "body": content}]
        body: list[bytes] = []
        is_complete = asyncio.Event()

        async def receive() -> Message:
            if received:
                return received.pop()
            await is_complete.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.append(message.get("body", b""))
            if not message.get("more_body", False):
                is_complete.set()

        with suppress(Exception):  # the application has logged it
            await self._app(scope_of(request), receive, send)
        stream = httpx2.ByteStream(b"" if request.method == "HEAD" else b"".join(body))
        return httpx2.Response(start["status"], headers=start["headers"], stream=stream)


def scope_of(request: httpx2.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 123),
        "root_path": "",
        "state": {},
    }


class Emulator:
    """A running emulator, with methods that steer it."""

    def __init__(self, http: httpx2.Client, world: World, loop: Loop) -> None:
        self.http = http
        self.world = world
        self._loop = loop

    def advance(self, duration: str) -> int:
        """Move the clock on, and return how many due events ran; none may crash."""
        answer = self.http.post("/_emulator/clock", json={"advance": duration})
        assert answer.status_code == 200, answer.text
        assert answer.json()["failed"] == 0, "an event crashed; the log has its traceback"
        return int(answer.json()["fired"])

    def query(self, statement: str, *parameters: object) -> list[Any]:
        """Query or change the default sandbox's database directly, on the event loop."""

        def ask() -> list[Any]:
            with (store := self.world.default.store).transaction():
                return store.rewrite(statement, parameters).fetchall()

        return self.on_the_loop(ask)

    def on_the_loop(self, work: Callable[[], T]) -> T:
        """Call a function on the event loop: two threads must not use a database at the same time."""

        async def call() -> T:
            return work()

        return self._loop.result(call())

    def awaited(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return the result of an asynchronous function, run on the event loop."""

        async def call() -> T:
            return await work()

        return self._loop.result(call())

    def goes_on_until(self, event: threading.Event, within: float) -> bool:
        """Let the event loop run until an event is set, or for `within` seconds; return whether it is set."""
        return self._loop.result(asyncio.to_thread(event.wait, within))

    def message_counts(self, **columns: object) -> dict[str, int]:
        """Return the number of messages with these column values by status, from the database."""
        conditions = " AND ".join(f"{name} = ?" for name in columns) or "true"
        statement = f"SELECT status, count(*) FROM message WHERE {conditions} GROUP BY status"  # noqa: S608 -- names of columns
        return dict(self.query(statement, *columns.values()))

    def calm(self, provider: str) -> None:
        """Delete the due events of the other providers, which take time and do not matter to the test."""
        self.query("DELETE FROM due_event WHERE name NOT LIKE ?", f"{provider}.%")

    def reset(self) -> None:
        """Restore the state after a start: only a fresh default sandbox, no snapshots, no journal entries."""
        self._loop.result(self._begin_anew())

    async def _begin_anew(self) -> None:
        for sandbox in list(self.world.sandboxes.values()):
            if sandbox is not self.world.default:
                await self.world.delete(sandbox)
        for snapshot in self.world.snapshots.all():
            self.world.snapshots.delete(snapshot.name)
        self.world.unclaimed.clear()
        await self.world.default.ready()
        await self.world.reset(self.world.default)

    def sandbox(self, name: str | None = None, **wanted: Any) -> "Sandbox":
        """Create a sandbox; its ids are the same each time, unless another `seed` is given."""
        answer = self.http.post("/_emulator/sandboxes", json={"name": name, "seed": 1} | wanted)
        assert answer.status_code == 201, answer.text
        return Sandbox(self.http, answer.json())


class Sandbox:
    """A sandbox as a client uses it: with the credentials from the response that created it."""

    def __init__(self, http: httpx2.Client, made: Any) -> None:
        self.http = http
        self.name: str = made["name"]
        self.environment: dict[str, str] = made["environment"]
        self.autosend = {"Authorization": f"Bearer {self.environment['AUTOSEND_API_KEY']}"}
        self.rcs = {"Authorization": f"Bearer {self.environment['RCS_API_KEY']}"}
        self.altcraft = {"Authorization": f"Bearer {self.environment['ALTCRAFT_TOKEN']}"}

    def control(self, method: str, path: str, **options: Any) -> Any:
        """Send a request about this sandbox to the control plane."""
        params = {"sandbox": self.name} | options.pop("params", {})
        return self.http.request(method, f"/_emulator{path}", params=params, **options)

    def advance(self, duration: str) -> Any:
        answer = self.control("POST", "/clock", json={"advance": duration})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the quick tests, and put the slow ones first, so that the others fill the gaps at the end."""
    begun = set[str]()
    for item in items:
        table = item.nodeid.partition("[")[0]
        if table not in begun and item.get_closest_marker("slow") is None:
            item.add_marker("quick")
        begun.add(table)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Collect garbage as rarely as a server does, and leave out the 20,000 tests, which stay."""
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, count a skipped test as failed: a tool is not installed."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@contextmanager
def in_process(**chosen: Any) -> Iterator[Emulator]:
    """Run an emulator with these settings on a frozen clock, without a socket."""
    settings = Settings.model_validate({"clock": "frozen"} | chosen)
    providers = make_providers(settings)
    world = make_world(settings, providers)
    app = assemble(settings, providers, world)
    loop = Loop()
    transport = OnTheLoop(loop, app)
    with (
        loop.living(app),
        httpx2.Client(transport=transport, base_url=BASE_URL, follow_redirects=True) as http,
    ):
        yield Emulator(http, world, loop)


@pytest.fixture(scope="session")
def frozen_server() -> Iterator[Server]:
    with Server("--clock", "frozen") as running:
        yield running


@pytest.fixture(scope="module")
def server(frozen_server: Server) -> Server:
    """A server on a frozen clock, in the same state as after its start."""
    frozen_server.reset()
    return frozen_server


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    with in_process() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def begun_empty() -> Iterator[Emulator]:
    with in_process(fixtures="empty") as emulator:
        yield emulator


@pytest.fixture
def empty_emulator(begun_empty: Emulator) -> Emulator:
    """A fresh emulator whose accounts are empty, so that no due events of theirs take time."""
    begun_empty.reset()
    return begun_empty


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """A fresh emulator for each test, in the same state as after its start."""
    running.reset()
    return running


@pytest.fixture
def early(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let due events run 13 ms early on the frozen clock, as they may on a running one."""
    emulator.advance("13ms")
    monkeypatch.setattr(Clock, "grain", GRAIN)
