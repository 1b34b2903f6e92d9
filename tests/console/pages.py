"""Helpers for tests of the console, on the page and beside it."""

from typing import Any

import httpx2
from playwright.sync_api import Locator, Page, Route, expect

from tests.server import Server

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
ALTCRAFT_TOKEN = "abcdefghijklmnqrstuvwxyz"
SENDING = "autosend/campaign/60d5ec49f1b2c72d9c8b4567"
SCHEDULED = "autosend/campaign/66a0c1d2e3f4a5b6c7d80005"
TEAM = "66a0c1d2e3f4a5b6c7d8dd01"


class Held:
    """Requests of a page to an address, held until the test lets them go on."""

    def __init__(self, page: Page, address: str, method: str = "") -> None:
        self.routes: list[Route] = []
        self._page = page
        self._method = method
        page.route(address, self._hold)

    def first(self) -> Route:
        """Wait for the first request, and return it: the page may send it a moment later."""
        for _ in range(500):
            if self.routes:
                return self.routes[0]
            self._page.wait_for_timeout(10)
        raise AssertionError("no request has come")

    def _hold(self, route: Route) -> None:
        if self._method in {"", route.request.method}:
            self.routes.append(route)
        else:
            route.continue_()


def visit(page: Page, server: Server, place: str = "default/jobs") -> None:
    page.goto("about:blank")
    page.goto(f"{server.url}/#/{place}")
    expect(page.get_by_role("tab", selected=True)).to_be_visible()


def row(page: Page, name: str) -> Locator:
    return page.locator("tbody tr", has=page.get_by_role("link", name=name, exact=True))


def detail(page: Page) -> Locator:
    return page.locator("[role=tabpanel]:visible").get_by_label("Details")


def publish(client: httpx2.Client, **changes: Any) -> str:
    """Schedule a campaign to three people, sent when the clock moves on; return its name as a job."""
    draft = {
        "name": "Weekly",
        "subject": "News",
        "htmlTemplate": "<h1>Hello</h1>",
        "from": {"email": "hello@example.com"},
        "toLists": [TEAM],
        "sendNow": True,
        "publish": True,
    }
    answer = client.post("/v1/campaigns", json=draft | changes, headers=KEY)
    assert answer.status_code == 200, answer.text
    return f"autosend/campaign/{answer.json()['data']['id']}"


def status_of(client: httpx2.Client, job: str) -> str:
    status: str = client.get(f"/_emulator/jobs/{job}").json()["status"]
    return status


def newest_message(client: httpx2.Client) -> int:
    number: int = client.get("/_emulator/messages?order=newest&limit=1").json()["messages"][0]["id"]
    return number
