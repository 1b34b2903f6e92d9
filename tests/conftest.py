"""Fixtures for using the emulator over HTTP as a client does, on a frozen clock and without a socket."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import pytest
from anyio.from_thread import BlockingPortal
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.app import assemble, make_providers, make_world
from emulator.sandbox.world import World
from emulator.settings import Settings

T = TypeVar("T")

BASE_URL = "http://127.0.0.1:4610"


class OnTheLoop(httpx2.BaseTransport):
    """Takes each request to an application on the event loop of another thread, and back, in one go.

    Starlette's client crosses over seven times for each request, which takes longer than the application.
    """

    def __init__(self, portal: BlockingPortal, app: ASGIApp) -> None:
        self._portal = portal
        self._transport = httpx2.ASGITransport(ended(app), raise_app_exceptions=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return self._portal.call(self._answered, request)

    async def _answered(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._transport.handle_async_request(request)
        content = await response.aread()
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=httpx2.ByteStream(content)
        )


def ended(app: ASGIApp) -> ASGIApp:
    """Return an application that ends what another left open: no response is a 500, half a body the whole."""

    async def ending(scope: Scope, receive: Receive, send: Send) -> None:
        missing: list[Message] = [
            {"type": "http.response.start", "status": 500, "headers": []},
            {"type": "http.response.body"},
        ]

        async def sending(message: Message) -> None:
            if message["type"] == missing[0]["type"] and not message.get("more_body", False):
                del missing[0]
            await send(message)

        await app(scope, receive, sending)
        for message in missing:
            await send(message)

    return ending


class Emulator:
    """A running emulator, with methods that steer it."""

    def __init__(self, http: httpx2.Client, world: World, portal: BlockingPortal) -> None:
        self.http = http
        self.world = world
        self._portal = portal

    def advance(self, duration: str) -> int:
        """Move the clock on, and return how many due events ran."""
        answer = self.http.post("/_emulator/clock", json={"advance": duration})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["fired"])

    def query(self, statement: str, *parameters: object) -> list[Any]:
        """Query or change the default sandbox's database directly, on the thread that uses it."""

        def ask() -> list[Any]:
            return self.world.default.store.rewrite(statement, parameters).fetchall()

        return self.on_the_loop(ask)

    def on_the_loop(self, work: Callable[[], T]) -> T:
        """Call a function on the event loop's thread: databases must not be used by two threads at a time."""
        return self._portal.call(work)

    def message_counts(self, **columns: object) -> dict[str, int]:
        """Return the number of messages with these column values by status, from the database."""
        conditions = " AND ".join(f"{name} = ?" for name in columns) or "true"
        statement = f"SELECT status, count(*) FROM message WHERE {conditions} GROUP BY status"  # noqa: S608 -- names of columns
        return dict(self.query(statement, *columns.values()))

    def reset(self) -> None:
        """Restore the state after a start: a fresh default sandbox, no other sandboxes, no snapshots."""
        assert self.http.post("/_emulator/reset").status_code == 200
        self.on_the_loop(self._clear)

    def _clear(self) -> None:
        for sandbox in list(self.world.sandboxes.values()):
            if sandbox is not self.world.default:
                self.world.delete(sandbox)
        for snapshot in self.world.snapshots.all():
            self.world.snapshots.delete(snapshot.name)

    def sandbox(self, name: str | None = None, **wanted: Any) -> "Sandbox":
        """Create a sandbox, with the same ids each time unless `seed` is something else."""
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, so that the quick ones fill the gaps at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, count a skipped test as failed: it hides that a tool is not installed."""
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
    with TestClient(app) as lifespan:
        assert lifespan.portal is not None
        transport = OnTheLoop(lifespan.portal, app)
        with httpx2.Client(transport=transport, base_url=BASE_URL, follow_redirects=True) as http:
            yield Emulator(http, world, lifespan.portal)


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    with in_process() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """A fresh emulator for each test, in the same state as after its start."""
    running.reset()
    return running
