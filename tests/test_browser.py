"""Swagger UI in a real browser: each document opens, and one documented call per provider runs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import CHROMIUM, browsing
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

CALLS = [
    ("altcraft", "/api/v1.1/campaigns/deactivate", '"error_text": "Successful operation"'),
    ("altcraft", "/api/v1.1/scampaigns/completed", '"error_text": "Successful operation"'),
    ("rcs", "/api/campaigns/{id}/stop", '"status": "stopped"'),
    ("autosend", "/v1/campaigns/{campaignId}/abort", '"status": "aborted"'),
    ("control", "/_emulator/clock", '"mode": '),
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browsing() as browser:
        yield browser.new_page()


@pytest.fixture
def foreign(page: Page, server: Server) -> list[str]:
    """The list that collects the page's requests to other servers than the emulator."""
    found: list[str] = []
    page.on("request", lambda request: None if server.url in request.url else found.append(request.url))
    return found


@pytest.mark.parametrize(("document", "path", "answer"), CALLS)
def test_a_documented_call_runs_without_typing(
    page: Page, server: Server, foreign: list[str], document: str, path: str, answer: str
) -> None:
    page.goto(f"{server.url}/docs?document={document}")
    page.locator(".operation-filter-input").fill(path)  # of a large document, what is in sight alone is drawn
    expect(page.locator(".opblock-tag")).to_have_count(1)
    operation = page.locator(".opblock", has=page.locator(f'[data-path="{path}"]')).first
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Execute").click()
    live = operation.locator(".live-responses-table")
    expect(live.locator(".response-col_status").last).to_have_text(re.compile("^200"))
    expect(live.locator(".microlight").first).to_contain_text(answer)
    assert [url for url in foreign if not url.startswith("data:")] == []


def test_the_picker_offers_every_document(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/docs")
    names = page.get_by_label("Document").locator("option").evaluate_all("all => all.map(one => one.value)")
    assert names == ["altcraft", "rcs", "autosend", "control"]
    for name in names:
        page.get_by_label("Document").select_option(name)
        expect(page.locator(".info a.link")).to_have_text(f"/openapi/{name}.json?version=3.0")
        expect(page.locator(".opblock").first).to_be_visible()


def test_an_altcraft_call_runs_in_xml(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/docs?document=altcraft")
    operation = page.locator(
        ".opblock", has=page.locator('[data-path="/api/v1.1/campaigns/get_status"]')
    ).first
    operation.locator(".opblock-summary-control").click()
    operation.get_by_label("Request content type").select_option("application/xml")
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .microlight").first).to_contain_text("<error>0</error>")


def test_the_page_and_the_console_lead_to_each_other(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/docs")
    page.get_by_role("link", name="Console").click()
    page.get_by_role("link", name="API docs").click()
    expect(page.get_by_label("Document")).to_be_visible()


def test_an_emulator_with_a_public_url_is_asked_where_the_page_is_from(page: Page) -> None:
    with Server("--clock", "frozen", "--public-url", "http://emulator-0.emulator:4610") as server:
        page.goto(f"{server.url}/docs?document=control")
        operation = page.locator(".opblock", has=page.locator('[data-path="/_emulator/sandboxes"]')).first
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Execute").click()
        live = operation.locator(".live-responses-table")
        expect(live.locator(".response-col_status").last).to_have_text(re.compile("^20"))
        page.goto(server.url)
        expect(page.get_by_title("Public URL")).to_have_text("http://emulator-0.emulator:4610")
