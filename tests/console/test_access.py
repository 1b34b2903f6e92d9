"""The console by keyboard, on a small screen, and while its data changes."""

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, SENDING, detail, publish, row, status_of, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

TABS = ["Jobs", "Messages", "Requests", "Webhooks", "Rules", "Snapshots", "Live"]


def focused(page: Page) -> str:
    """Return the text of the focused element."""
    text: str = page.evaluate("document.activeElement.textContent")
    return text


def tab_to(page: Page, name: str) -> None:
    """Press Tab until an element with this text has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(f"Tab does not lead to {name}; it came to {focused(page)}")


def test_a_job_is_picked_and_aborted_with_the_keyboard(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server)
    expect(row(page, "Spring Sale Newsletter")).to_be_visible()
    tab_to(page, "Jobs")
    tab_to(page, "Win-back")
    while focused(page) != "Spring Sale Newsletter":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(detail(page).get_by_role("heading", level=2)).to_be_focused()
    tab_to(page, "abort")
    page.keyboard.press("Enter")
    expect(detail(page).locator(".buttons + .note")).to_have_text("abort led to aborted.")
    expect(detail(page).locator(".buttons + .note")).to_be_focused()
    assert status_of(client, SENDING) == "aborted"
    page.keyboard.press("Escape")
    expect(detail(page)).to_be_hidden()
    expect(page.get_by_role("link", name="Spring Sale Newsletter")).to_be_focused()


def test_arrows_go_through_the_tabs(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_role("tab", name="Jobs").focus()
    for name in [*TABS[1:], TABS[0]]:
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name, selected=True)).to_be_focused()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Live")).to_be_focused()


def test_keys_lead_to_the_search_and_to_their_list(page: Page, server: Server) -> None:
    visit(page, server)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search").first).to_be_focused()
    page.keyboard.type("holiday?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Backspace")
    expect(page.locator("#panel-jobs tbody tr")).to_have_count(1)
    page.get_by_role("tab", name="Jobs").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("tab", name="Jobs")).to_be_focused()


def test_that_something_was_copied_is_said_aloud_in_a_dialog_too(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_role("button", name="Access").click()
    dialog = page.get_by_role("dialog", name="Access to default")
    dialog.get_by_role("button", name="Copy the address of rcs").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Copied")
    expect(dialog.get_by_role("button", name="Copy the address of rcs")).to_be_focused()
    expect(dialog.get_by_role("status")).to_have_count(0)


def test_a_refresh_leaves_the_focus_where_it_is(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server)
    link = page.get_by_role("link", name="Spring Sale Newsletter")
    link.focus()
    client.post(f"/_emulator/jobs/{SENDING}/status", json={"action": "pause"})
    expect(row(page, "Spring Sale Newsletter")).to_contain_text("paused")
    expect(link).to_be_focused()


@pytest.mark.parametrize("width", [320, 400, 900])
def test_a_small_screen_shows_everything_in_its_width(
    browser: Browser, server: Server, client: httpx2.Client, width: int
) -> None:
    publish(client)
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    visit(page, server, f"default/jobs/{SENDING}")
    expect(page.locator(".machine")).to_be_visible()
    for name in TABS:
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, name
    page.close()


@pytest.mark.parametrize("height", [256, 640])
def test_on_a_small_screen_the_clock_covers_nothing_that_has_the_focus(
    page: Page, server: Server, height: int
) -> None:
    page.set_viewport_size({"width": 320, "height": height})
    visit(page, server, "default/messages")
    expect(page.locator("#panel-messages tbody tr")).to_have_count(100)
    page.locator("#panel-messages tbody a").nth(20).focus()
    covered = [page.evaluate(COVERED)]
    for _ in range(15):
        page.keyboard.press("ArrowUp")
        covered.append(page.evaluate(COVERED))
    assert not any(covered)


COVERED = """() => {
  const { left, top } = document.activeElement.getBoundingClientRect();
  return document.getElementById("clock").contains(document.elementFromPoint(left + 2, top + 2));
}"""


def test_on_a_small_screen_details_stand_in_for_the_list(
    browser: Browser, server: Server, client: httpx2.Client
) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 800}, reduced_motion="reduce")
    visit(page, server)
    row(page, "Autumn sale").click()
    expect(detail(page).get_by_role("heading", level=2)).to_have_text("Autumn sale")
    expect(row(page, "Autumn sale")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Autumn sale")).to_be_focused()
    page.close()


def test_the_page_shows_what_happens_by_itself(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server)
    expect(row(page, "Spring Sale Newsletter")).to_contain_text("sending")
    client.post("/v1/campaigns/60d5ec49f1b2c72d9c8b4567/abort", headers=KEY)
    expect(row(page, "Spring Sale Newsletter")).to_contain_text("aborted")


def test_without_a_feed_the_page_looks_for_itself(page: Page, server: Server, client: httpx2.Client) -> None:
    page.route("**/_emulator/feed?*", lambda route: route.fulfill(status=404, json={"detail": "None."}))
    visit(page, server, "default/live")
    expect(page.locator("#connection")).to_have_text("every 2 s")
    expect(page.get_by_role("tabpanel", name="Live")).to_contain_text("This emulator has no live feed.")
    page.get_by_role("tab", name="Requests").click()
    client.get("/v1/campaigns", headers=KEY)
    expect(row(page, "1")).to_contain_text("GET /v1/campaigns")


def test_the_live_tab_leads_to_what_happened(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server, "default/live")
    expect(page.locator("#connection")).to_have_text("live")
    panel = page.get_by_role("tabpanel", name="Live")
    job = publish(client)
    client.post("/_emulator/clock", json={"advance": "2m"})
    expect(panel.get_by_role("listitem")).to_have_count(2)
    expect(panel.get_by_role("listitem").first).to_contain_text(f"{job} was scheduled")
    panel.get_by_role("link", name="POST /v1/campaigns").click()
    expect(detail(page).get_by_role("heading", level=2)).to_have_text("1: POST autosend")


def test_the_live_tab_waits_while_it_is_paused(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server, "default/live")
    expect(page.locator("#connection")).to_have_text("live")
    panel = page.get_by_role("tabpanel", name="Live")
    panel.get_by_role("button", name="Pause").click()
    client.get("/v1/campaigns", headers=KEY)
    expect(panel).to_contain_text("1 waiting")
    expect(panel.get_by_role("listitem")).to_have_count(0)
    panel.get_by_role("button", name="Resume").click()
    expect(panel.get_by_role("listitem")).to_have_count(1)


def test_the_live_tab_keeps_no_more_than_it_can_show(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server, "default/live")
    expect(page.locator("#connection")).to_have_text("live")
    for _ in range(510):
        client.get("/v1/campaigns/none", headers=KEY)
    client.get("/v1/campaigns/last", headers=KEY)
    lines = page.get_by_role("tabpanel", name="Live").get_by_role("listitem")
    expect(lines.first).to_contain_text("/v1/campaigns/last")
    expect(lines).to_have_count(500)
