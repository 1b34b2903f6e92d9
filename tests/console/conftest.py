"""Fixtures: a server, a browser, and a client that uses the same emulator as the page."""

from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browsing
from tests.receiver import Receiver, receiving
from tests.server import Server

expect.set_options(timeout=15_000)  # the machine may be busy with other tests


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with Server("--clock", "frozen") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """A client of an emulator that was just reset."""
    with server.client() as client:
        for sandbox in client.get("/_emulator/sandboxes").json()["sandboxes"]:
            if sandbox["name"] != "default":
                client.delete(f"/_emulator/sandboxes/{sandbox['name']}")
        assert client.post("/_emulator/reset").status_code == 200
        yield client


@pytest.fixture
def page(browser: Browser, client: httpx2.Client) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening
