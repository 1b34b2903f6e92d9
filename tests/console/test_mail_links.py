"""In a browser, a mail is opened, its links are followed, and preferences chosen, only by keyboard."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.receiver import receiving
from tests.server import Server

pytestmark = pytest.mark.slow

HTML = """<h1>Story</h1><a id="shop" href="{shop}">Shop</a>
<a id="choose" href="{{{{unsubscribe_preference}}}}">Choose</a>
<a id="leave" href="{{{{unsubscribe}}}}">Leave</a>"""
ANN = "ann@new.example"


class Reader:
    """A recipient who reads a mail in a browser."""

    def __init__(self, http: httpx2.Client, page: Page, shop: str) -> None:
        self.http, self.page = http, page
        made = self.http.post("/_emulator/sandboxes", json={"clock": "frozen", "fixtures": "empty"}).json()
        self.sandbox = {"sandbox": made["name"]}
        self.key = {"Authorization": f"Bearer {made['environment']['AUTOSEND_API_KEY']}"}
        mail = {"subject": "s", "html": HTML.format(shop=shop), "trackingOpen": True, "trackingClick": True}
        people = {"from": {"email": "hello@example.com"}, "to": {"email": ANN}}
        sent = self.http.post("/v1/mails/send", json=mail | people, headers=self.key)
        self.email_id = sent.json()["data"]["emailId"]
        self.http.post("/_emulator/clock", params=self.sandbox, json={"advance": "1m"})

    def open(self) -> None:
        """Open the mail as mail programs show it: its HTML, with pictures."""
        path = f"/_emulator/messages/{self.email_id}/html"
        self.page.set_content(self.http.get(path, params=self.sandbox).text, wait_until="networkidle")

    @property
    def status(self) -> Any:
        return self.http.get(f"/v1/mails/{self.email_id}/status", headers=self.key).json()["data"]["status"]

    def groups(self) -> list[str]:
        """Return the groups that hold the reader's address."""
        body = {"email": ANN}
        found = self.http.post("/v1/suppression-groups/email/entries", json=body, headers=self.key)
        return [entry["id"] for entry in found.json()["data"]]


def without_script(browser: Browser) -> BrowserContext:
    return browser.new_context(java_script_enabled=False)


def test_a_browser_opens_and_clicks_a_mail(server: Server, browser: Browser) -> None:
    with receiving() as shop, server.client() as http, without_script(browser) as context:
        reader = Reader(http, context.new_page(), shop.url)
        assert reader.status == "delivered"
        reader.open()
        assert reader.status == "opened"
        reader.page.click("#shop")
        reader.page.wait_for_url(shop.url)
        assert reader.status == "clicked"


def test_a_browser_chooses_what_its_reader_gets(server: Server, browser: Browser) -> None:
    with server.client() as http, without_script(browser) as context:
        reader = Reader(http, context.new_page(), "http://127.0.0.1:9/")
        reader.open()
        reader.page.click("#choose")
        reader.page.wait_for_load_state()
        first = reader.page.locator("input[type=checkbox]").nth(1)
        assert first.is_checked()
        for key in ("Tab", "Tab", "Space"):
            reader.page.keyboard.press(key)
        assert not first.is_checked()
        while not reader.page.locator("button:focus").count():
            reader.page.keyboard.press("Tab")
        reader.page.keyboard.press("Enter")
        reader.page.wait_for_selector("[role=status]")
        assert len(reader.groups()) == 1
        assert not reader.page.locator("input[type=checkbox]").nth(1).is_checked()


def test_a_browser_leaves_by_the_link_of_a_mail(server: Server, browser: Browser) -> None:
    with server.client() as http, without_script(browser) as context:
        reader = Reader(http, context.new_page(), "http://127.0.0.1:9/")
        reader.open()
        reader.page.click("#leave")
        reader.page.get_by_role("button", name="Unsubscribe").click()
        reader.page.get_by_role("button", name="Subscribe again").wait_for()
        assert (reader.status, len(reader.groups())) == ("unsubscribed", 1)
