"""The console under axe-core: it finds nothing on any tab, wide and narrow, light and dark."""

from collections.abc import Iterator
from typing import Literal

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.axe import findings
from tests.browser import CHROMIUM
from tests.console.pages import KEY, SENDING, newest_message, publish, visit
from tests.receiver import Receiver
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

Scheme = Literal["light", "dark"]

FILLED = {
    "jobs": "tbody tr",
    f"jobs/{SENDING}": ".machine",
    "messages": "tbody tr",
    "messages/{message}": ".history li",
    "requests": "tbody tr",
    "requests/1": ".detail pre",
    "requests/{unclaimed}?unclaimed=true": ".detail .note",
    "webhooks": "table[aria-label=Targets]",
    "webhooks/1": ".detail pre",
    "rules": "table[aria-label=Outcomes]",
    "snapshots": "table[aria-label=Snapshots]",
    "live": ".live li",
}
"""Each place of the console to check, and the selector of an element that is there once data are shown."""

DIALOGS = ["Access", "Money", "New", "Reset", "Keys"]


@pytest.fixture
def places(client: httpx2.Client, receiver: Receiver) -> Iterator[dict[str, str]]:
    """The places to check, with their selectors, in a sandbox that has data for each of them."""
    client.post("/_emulator/webhooks/targets", json={"provider": "autosend", "url": receiver.url})
    client.post("/_emulator/outcomes", json={"outcome": "bounced", "recipient": "*@x.example"})
    client.post("/_emulator/snapshots", json={"name": "half-way"})
    publish(client, colour="red")
    client.post("/_emulator/clock", json={"advance": "4m"})
    client.get("/v1/campaigns", headers={"Authorization": "Bearer AS_somebodyelse"})
    unclaimed = client.get("/_emulator/requests").json()["unclaimed"]["latest"]
    message = newest_message(client)
    yield {place.format(message=message, unclaimed=unclaimed): sign for place, sign in FILLED.items()}
    client.delete("/_emulator/snapshots/half-way")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_on_any_tab(
    browser: Browser,
    server: Server,
    client: httpx2.Client,
    places: dict[str, str],
    width: int,
    scheme: Scheme,
) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": 800}, reduced_motion="reduce", color_scheme=scheme
    )
    visit(page, server, "default/live")
    expect(page.locator("#connection")).to_have_text("live")
    client.get("/v1/campaigns", headers=KEY)
    found = {}
    for place, sign in reversed(
        places.items()
    ):  # the live tab keeps what it has shown until the page is left
        page.evaluate("hash => { location.hash = hash }", f"#/default/{place}")
        expect(page.locator(f"[role=tabpanel]:visible {sign}").first).to_be_visible()
        found[place] = findings(page)
    assert not any(found.values()), found
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_the_dialogs(browser: Browser, server: Server, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    visit(page, server)
    found = {}
    for name in DIALOGS:
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found[name] = findings(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert not any(found.values()), found
    page.close()


def test_the_picker_of_sandboxes_has_its_name_when_it_is_narrow(browser: Browser, server: Server) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    visit(page, server)
    expect(page.get_by_role("combobox", name="Sandbox")).to_be_visible()
    page.close()
