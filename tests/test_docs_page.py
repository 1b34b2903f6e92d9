"""Swagger UI's page: finding an operation, inputs that are kept, looks, and the control token."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from emulator import __version__
from tests.axe import SEVERE, findings
from tests.browser import CHROMIUM, Watcher, browsing
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

Scheme = Literal["light", "dark"]

LOOKS: dict[int, Scheme] = {390: "dark", 1280: "light"}
"""The widths of the window, and the colour schemes, in which the page is checked."""

DOCUMENTS = ["altcraft", "rcs", "autosend", "control"]
SWAGGER_UI = [".opblock", ".opblock-tag", ".info .title small", ".info .url", ".auth-wrapper", ".models"]
"""The parts that Swagger UI draws itself, in pale colours, and with links of `deepLinking` inside of buttons.

The rest is of the emulator: header, introduction with tables, and the dialog that asks for the token.
"""


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with Server("--clock", "frozen", EMULATOR_CONTROL_TOKEN="open-sesame") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context() as made:
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="module")
def altcraft(browser: Browser, server: Server) -> Page:
    """A page with Altcraft's document, for tests that do not change it: loading one takes seconds."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    visit(page, server, "altcraft")
    return page


def visit(page: Page, server: Server, document: str) -> None:
    page.goto(f"{server.url}/docs?document={document}")
    expect(page.locator(".opblock").first).to_be_visible()


def opened(page: Page, path: str) -> Locator:
    """Open an operation by its path, and return it."""
    operation = page.locator(".opblock", has=page.locator(f'[data-path="{path}"]')).first
    operation.locator(".opblock-summary-control").click()
    return operation


def executed(operation: Locator, status: str) -> None:
    operation.get_by_role("button", name="Execute").click()
    shown = operation.locator(".live-responses-table .response-col_status").last
    expect(shown).to_have_text(re.compile(f"^{status}"))


def enter_token(page: Page, token: str) -> None:
    page.get_by_role("dialog", name="Control token").get_by_role("textbox", name="Token").fill(token)
    page.keyboard.press("Enter")


def authorise(page: Page, value: str) -> None:
    """Enter a credential among Swagger UI's authorisations."""
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    if dialog.get_by_role("button", name="Remove authorization").count():
        dialog.get_by_role("button", name="Remove authorization").first.click()
    dialog.get_by_role("textbox").first.fill(value)
    dialog.locator("form").first.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").first.click()


def test_operations_are_filtered_by_their_path(page: Page, server: Server) -> None:
    visit(page, server, "autosend")
    page.locator(".operation-filter-input").fill("/campaigns")
    expect(page.locator(".opblock-tag")).to_have_count(1)
    expect(page.locator('[data-path="/v1/campaigns"]').first).to_be_visible()


def test_an_address_leads_to_an_operation(page: Page, server: Server) -> None:
    visit(page, server, "control")
    opened(page, "/_emulator/clock")
    address = page.url
    assert "/docs?document=control#/Clock/" in address
    page.goto("about:blank")
    page.goto(address)
    operation = page.locator(".opblock.is-open")
    expect(operation.locator('[data-path="/_emulator/clock"]')).to_be_in_viewport()
    executed(operation, "200")
    expect(operation, "how long it took").to_contain_text("Request duration")


def test_the_way_back_leads_to_the_document_before(page: Page, server: Server) -> None:
    visit(page, server, "rcs")
    page.get_by_label("Document").select_option("control")
    expect(page.locator(".info a.link")).to_have_text("/openapi/control.json?version=3.0")
    opened(page, "/_emulator/clock")
    page.go_back()
    page.go_back()
    expect(page.locator(".info a.link")).to_have_text("/openapi/rcs.json?version=3.0")
    expect(page.get_by_label("Document")).to_have_value("rcs")


def test_a_credential_that_is_entered_is_kept_and_those_of_other_documents_are_filled_in(
    page: Page, server: Server
) -> None:
    with server.client() as client:
        made = client.post("/_emulator/sandboxes", json={}).json()
    visit(page, server, "autosend")
    authorise(page, made["access"]["autosend"]["credentials"][0])
    page.reload()
    executed(opened(page, "/v1/campaigns"), "200")
    page.get_by_label("Document").select_option("rcs")
    executed(opened(page, "/api/campaigns"), "200")
    with server.client() as client:
        seen = client.get("/_emulator/requests", params={"sandbox": made["name"]}).json()["requests"]
    assert [request["path"] for request in seen] == ["/v1/campaigns"]


def test_the_states_are_folded_below_the_introduction(altcraft: Page) -> None:
    state = altcraft.get_by_role("cell", name="draining").first
    expect(state).to_be_hidden()
    expect(altcraft.locator(".opblock").first).to_be_in_viewport()
    altcraft.get_by_text("States and actions").click()
    expect(state).to_be_visible()
    altcraft.get_by_text("States and actions").click()
    expect(state).to_be_hidden()


def test_the_page_says_the_version(altcraft: Page) -> None:
    expect(altcraft.get_by_role("banner")).to_contain_text(f"Messaging emulator {__version__}")


def test_the_theme_follows_the_system(altcraft: Page) -> None:
    altcraft.emulate_media(color_scheme="dark")
    expect(altcraft.locator("html")).to_have_class("dark-mode")
    altcraft.emulate_media(color_scheme="light")
    expect(altcraft.locator("html")).not_to_have_class("dark-mode")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_axe_finds_nothing_of_ours_and_nothing_is_wider_than_the_page(
    page: Page, server: Server, document: str
) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, server, document)
    expect(page.locator("html")).to_have_class("dark-mode")
    expect(page.get_by_role("main")).to_have_count(1)
    if page.locator("summary").count():
        page.locator("summary").first.click()
    for width, scheme in LOOKS.items():
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert [text for impact, text in findings(page, SWAGGER_UI) if impact in SEVERE] == [], width


def test_a_token_that_is_entered_in_the_console_is_known_to_swagger_ui(
    context: BrowserContext, guarded: Server
) -> None:
    console, docs = context.new_page(), context.new_page()
    console.goto(guarded.url)
    enter_token(console, "open-sesame")
    expect(console.get_by_role("tab", name="Jobs")).to_be_visible()
    visit(docs, guarded, "control")
    executed(opened(docs, "/_emulator/clock"), "200")
    expect(docs.get_by_role("dialog")).to_have_count(0)


def test_swagger_ui_asks_for_the_token_once_and_the_console_then_knows_it(
    context: BrowserContext, guarded: Server
) -> None:
    docs, watcher = context.new_page(), Watcher(guarded.url)
    watcher.watch(docs)
    visit(docs, guarded, "control")
    operation = opened(docs, "/_emulator/clock")
    operation.get_by_role("button", name="Execute").click()
    enter_token(docs, "guess")
    expect(docs.get_by_role("alert")).to_have_text("That token was refused.")
    assert [text for impact, text in findings(docs, SWAGGER_UI) if impact in SEVERE] == []
    enter_token(docs, "open-sesame")
    expect(operation.locator(".live-responses-table .response-col_status").last).to_have_text(
        re.compile("^200")
    )
    executed(opened(docs, "/_emulator/jobs"), "200")
    expect(docs.locator(".opblock.is-open").last.locator(".curl")).to_contain_text("Bearer open-sesame")
    console = context.new_page()
    watcher.watch(console)
    console.goto(guarded.url)
    expect(console.locator("#panel-jobs tbody tr").first).to_be_visible()
    assert [url for url in watcher.requests if "sesame" in url] == []
    assert watcher.foreign == []


def test_a_token_among_the_authorisations_is_the_consoles_too_until_it_is_forgotten(
    context: BrowserContext, guarded: Server
) -> None:
    docs, console = context.new_page(), context.new_page()
    visit(docs, guarded, "control")
    authorise(docs, "open-sesame")
    console.goto(guarded.url)
    expect(console.locator("#panel-jobs tbody tr").first).to_be_visible()
    docs.get_by_role("button", name="Authorize").first.click()
    docs.locator(".dialog-ux").get_by_role("button", name="Remove authorization").click()
    console.reload()
    expect(console.get_by_role("dialog", name="Control token")).to_be_visible()


def test_whoever_cancels_sees_the_refusal(page: Page, guarded: Server) -> None:
    visit(page, guarded, "control")
    operation = opened(page, "/_emulator/clock")
    operation.get_by_role("button", name="Execute").click()
    page.get_by_role("dialog", name="Control token").get_by_role("button", name="Cancel").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_have_text(
        re.compile("^401")
    )
