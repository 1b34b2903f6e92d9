"""The console's texts about empty lists, numbers and times."""

import re
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, SENDING, Held, detail, newest_message, publish, row, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ada@example.com"},
    "subject": "Order",
    "text": "Shipped.",
}


def changed(page: Page, path: str, **changes: Any) -> None:
    """Change fields of the emulator's responses at a path, as the page sees them."""

    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | changes)

    page.route(f"**/_emulator/{path}?*", change)


def test_escape_does_not_close_the_details_while_the_user_types(page: Page, server: Server) -> None:
    visit(page, server, f"default/jobs/{SENDING}")
    expect(detail(page)).to_be_visible()
    advance = page.get_by_role("textbox", name="Advance by")
    advance.fill("1d")
    advance.press("Escape")
    expect(advance).to_be_focused()
    expect(detail(page)).to_be_visible()


def test_keys_work_while_a_checkbox_has_the_focus(page: Page, server: Server) -> None:
    visit(page, server, "default/messages")
    page.get_by_label("Only the latest").focus()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("messages?recipient=nobody", "No messages fit the filters"),
        ("requests?method=DELETE", "No requests fit the filters"),
        ("webhooks?type=email.bounced", "No deliveries fit the filters"),
        ("jobs?text=nothing", "No jobs fit the filters"),
    ],
)
def test_an_empty_list_under_a_filter_says_so(page: Page, server: Server, place: str, words: str) -> None:
    visit(page, server, f"default/{place}")
    expect(page.locator("[role=tabpanel]:visible .list .scroll .empty")).to_contain_text(words)


def test_that_a_list_is_looked_for_is_said_until_it_is_there(page: Page, server: Server) -> None:
    visit(page, server, "default/messages")
    count = page.locator("#panel-messages .count")
    expect(count).to_contain_text(" of ")
    held = Held(page, "**/_emulator/messages?*text=Nothing*")
    page.get_by_role("searchbox", name="Search").fill("Nothing like it")
    held.first()
    expect(count).to_have_text("Looking…")
    held.first().continue_()
    expect(count).to_have_text("0")


def test_a_refused_filter_leaves_no_rows_of_another_behind(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.get("/v1/campaigns", headers=KEY)
    visit(page, server, "default/requests")
    expect(page.locator("#panel-requests tbody tr")).to_have_count(1)
    page.get_by_role("searchbox", name="HTTP status").fill("abc")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="status:")).to_contain_text("These filters are refused")
    expect(page.get_by_text("nothing was changed")).to_have_count(0)
    expect(page.locator("#panel-requests tbody tr")).to_have_count(0)
    expect(page.locator("#panel-requests .count")).to_have_text("")


@pytest.mark.parametrize(
    ("place", "name", "begun", "whole"),
    [
        ("requests", "HTTP status", "4", "422"),
        ("messages", "Job", "rcs/camp", "rcs/campaign/3"),
        ("webhooks", "Type", "email.del", "email.delivered"),
    ],
)
def test_what_has_to_be_whole_is_not_refused_while_the_user_types(
    page: Page, server: Server, place: str, name: str, begun: str, whole: str
) -> None:
    visit(page, server, f"default/{place}")
    typed = page.get_by_role("searchbox", name=name)
    typed.fill(begun)
    for _ in range(2):  # the page looks every 2 seconds, and applies the other filters after 0.2
        page.wait_for_event("response", lambda answer: "/_emulator/clock" in answer.url)
    expect(page).to_have_url(re.compile(f"#/default/{place}$"))
    typed.fill(whole)
    typed.press("Enter")
    expect(page).to_have_url(re.compile(quote(whole, safe="")))
    expect(page.get_by_text("These filters are refused")).to_have_count(0)
    typed.fill("")
    expect(page).not_to_have_url(re.compile(quote(whole, safe="")))


@pytest.mark.parametrize("filters", ["nosuch=1", "since=then&latest=true&status=delivered&recipient=ann"])
def test_filters_are_cleared_those_too_that_are_not_in_sight(
    page: Page, server: Server, filters: str
) -> None:
    visit(page, server, f"default/messages?{filters}")
    expect(page.get_by_text("These filters are refused")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page).to_have_url(re.compile("#/default/messages$"))
    expect(page.locator("#panel-messages tbody tr")).to_have_count(100)
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    expect(page.get_by_label("Only the latest")).not_to_be_checked()
    expect(page.get_by_role("button", name="Clear filters")).to_be_hidden()


@pytest.mark.parametrize("place", ["requests/abc", "webhooks/abc"])
def test_an_item_that_can_not_be_is_not_said_to_be_a_filter(page: Page, server: Server, place: str) -> None:
    visit(page, server, f"default/{place}")
    expect(detail(page)).to_contain_text("must be a whole number")
    expect(page.get_by_text("These filters are refused")).to_have_count(0)


def test_all_statuses_and_channels_are_offered_and_not_only_those_of_the_newest(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    for number in range(101):
        client.post("/v1/mails/send", json={**MAIL, "to": {"email": f"n{number}@example.com"}}, headers=KEY)
    visit(page, server, "default/messages")
    expect(page.locator("#panel-messages tbody tr")).to_have_count(100)
    for name, value in (("Status", "suppressed"), ("Channel", "push")):
        expect(page.locator("#panel-messages").get_by_label(name).locator(f"[value={value}]")).to_have_count(
            1
        )


def test_a_full_date_is_shown_whatever_the_year(page: Page, server: Server, client: httpx2.Client) -> None:
    client.post("/_emulator/clock", json={"advance": "800d"})
    client.post("/v1/mails/send", json=MAIL, headers=KEY)
    visit(page, server, "default/messages?recipient=ada")
    expect(row(page, "ada@example.com")).to_contain_text("2028-05-23")


def test_a_live_list_that_was_cleared_says_that(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server, "default/live")
    expect(page.locator("#connection")).to_have_text("live")
    panel = page.locator("#panel-live")
    client.get("/v1/campaigns", headers=KEY)
    expect(panel.get_by_role("listitem")).to_have_count(1)
    panel.get_by_role("button", name="Clear").click()
    expect(panel).to_contain_text("Nothing has happened since the list was cleared.")


def test_one_message_is_one_message(page: Page, server: Server, client: httpx2.Client) -> None:
    job = publish(client)
    changed(page, f"jobs/{job}", total=1, counts={"queued": 1})
    visit(page, server, f"default/jobs/{job}")
    expect(detail(page).get_by_role("link", name="Show the message", exact=True)).to_be_visible()


def test_one_webhook_is_one_webhook(page: Page, server: Server) -> None:
    changed(page, "clock", outstanding=1)
    visit(page, server)
    page.get_by_role("button", name="+1m").click()
    expect(page.locator("#clock").get_by_role("status")).to_contain_text("1 webhook is still outstanding.")


def test_what_is_strange_in_a_name_does_not_turn_the_address_round(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.post(
        "/v1/mails/send",
        json={**MAIL, "from": {"email": "hello@example.com", "name": "a\u202eb"}},
        headers=KEY,
    )
    visit(page, server, f"default/messages/{newest_message(client)}")
    sender = detail(page).locator("dt", has_text="From").locator("+ dd")
    expect(sender).to_have_text("a\u202eb <hello@example.com>")
    expect(sender.locator("bdi")).to_have_text("a\u202eb")


def test_the_focus_goes_to_the_first_of_the_last_that_are_shown(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    for number in range(101):
        client.get(f"/v1/campaigns/{number}", headers=KEY)
    visit(page, server, "default/requests")
    page.locator("#panel-requests").get_by_role("button", name="Show more").click()
    expect(row(page, "1").get_by_role("link")).to_be_focused()
