"""Fixtures: a server, a browser, and a client of the same emulator that the page shows."""

from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page

from tests.browser import browsing
from tests.receiver import Receiver, receiving
from tests.server import Server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """A client of an emulator that was just reset."""
    server.reset()
    with server.client() as client:
        yield client


@pytest.fixture
def page(browser: Browser, client: httpx2.Client) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield page
    page.unroute_all(behavior="ignoreErrors")  # the page goes on asking
    page.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening
