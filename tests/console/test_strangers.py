"""Unclaimed requests on the console: the banner, the reason of each request, and forgetting them."""

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, detail, row, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

WRONG = {"Authorization": "Bearer AS_somebodyelse"}


@pytest.fixture(autouse=True)
def forgotten(client: httpx2.Client) -> None:
    assert client.delete("/_emulator/requests", params={"unclaimed": "true"}).status_code == 204


def test_a_banner_tells_of_a_request_with_an_unknown_credential_and_shows_it(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server)
    client.get("/v1/campaigns", headers=WRONG)
    banner = page.locator("#banner")
    expect(banner).to_contain_text("1 request with an unknown credential")
    banner.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"#/default/requests\?unclaimed=true$"))
    expect(page.locator("#panel-requests tbody tr")).to_have_count(1)
    expect(page.locator("#panel-requests tbody tr")).to_contain_text("unknown credential")
    expect(banner).to_have_text("")
    page.reload()
    expect(page.locator("#panel-requests tbody tr")).to_have_count(1)
    page.get_by_role("tab", name="Jobs").click()
    expect(row(page, "Autumn sale")).to_be_visible()
    expect(banner).to_have_text("")
    client.get("/v1/campaigns", headers=WRONG)
    expect(banner).to_contain_text("2 requests with an unknown credential")


def test_the_banner_says_how_many_there_are_of_each_kind(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.get("/v1/campaigns", headers=WRONG)
    client.get("/v1/campaigns")
    client.get("/v1/campaigns", headers={"Host": "evil.example"})
    visit(page, server)
    expect(page.locator("#banner")).to_contain_text(
        "3 requests of no sandbox: 1 with an unknown credential, 1 without a credential, "
        "1 with a Host that is not let in"
    )


def test_the_console_itself_is_no_such_request(page: Page, server: Server) -> None:
    visit(page, server)
    with page.expect_response("**/_emulator/sandboxes?*"):
        pass
    expect(page.locator("#banner")).to_have_text("")


def test_the_list_of_them_grows_while_it_is_looked_at(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server, "default/requests?unclaimed=true")
    expect(page.locator("#connection")).to_have_text("live")
    client.get("/v1/campaigns", headers=WRONG)
    expect(page.locator("#panel-requests tbody tr")).to_have_count(1)
    expect(page.locator("#banner")).to_have_text("")


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (WRONG, "No sandbox has this credential"),
        ({}, "It showed no credential"),
        ({"Host": "evil.example"}, "Its Host, evil.example, is not let in."),
    ],
)
def test_a_request_of_no_sandbox_says_why_in_plain_words(
    page: Page, server: Server, client: httpx2.Client, headers: dict[str, str], why: str
) -> None:
    client.get("/v1/campaigns", headers=headers)
    visit(page, server, "default/requests?unclaimed=true")
    page.locator("#panel-requests tbody tr").click()
    expect(detail(page)).to_contain_text(why)
    expect(detail(page)).not_to_contain_text("not documented")


def test_those_that_are_shown_are_forgotten_and_no_others(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.get("/v1/campaigns", headers=KEY)
    client.get("/v1/campaigns", headers=WRONG)
    visit(page, server, "default/requests?unclaimed=true")
    page.get_by_role("button", name="Forget all").click()
    page.get_by_role("dialog", name="Forget all requests of no sandbox?").get_by_text("Forget them").click()
    expect(page.locator("#panel-requests .empty")).to_be_visible()
    counted = client.get("/_emulator/requests").json()
    assert (counted["total"], counted["unclaimed"]["total"]) == (1, 0)
