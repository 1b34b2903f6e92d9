"""Fixtures for using the emulator over HTTP as a client does, on a frozen clock and without a socket."""

import os
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

import pytest
from starlette.testclient import TestClient

from emulator.app import assemble, make_providers, make_world
from emulator.sandbox.world import World
from emulator.settings import Settings

T = TypeVar("T")

BASE_URL = "http://127.0.0.1:4610"


class Emulator:
    """A running emulator, with methods that steer it."""

    def __init__(self, http: TestClient, world: World) -> None:
        self.http = http
        self.world = world

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
        assert self.http.portal is not None
        return self.http.portal.call(work)

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

    def __init__(self, http: TestClient, made: Any) -> None:
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


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    settings = Settings(clock="frozen")
    providers = make_providers(settings)
    world = make_world(settings, providers)
    app = assemble(settings, providers, world)
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as http:
        yield Emulator(http, world)


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """A fresh emulator for each test, in the same state as after its start."""
    running.reset()
    return running
