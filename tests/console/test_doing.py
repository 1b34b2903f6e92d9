"""Actions on the console are done once, confirmed where the user looks, and leave the focus nearby."""

import httpx2
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, Held, publish, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

TARGET = {"provider": "autosend", "url": "http://127.0.0.1:9/hooks"}


def confirm(page: Page, action: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=action, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def said(page: Page, tab: str) -> Locator:
    return page.locator(f"#panel-{tab} .note:not(:empty)")


def test_a_reset_is_said(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_role("button", name="Reset", exact=True).click()
    confirm(page, "Reset")
    expect(page.locator("main > [role=status]")).to_have_text("Reset default.")


def test_the_deletion_of_a_sandbox_is_said(page: Page, server: Server, client: httpx2.Client) -> None:
    client.post("/_emulator/sandboxes", json={"name": "shop"})
    visit(page, server, "shop/jobs")
    page.locator("#sandboxes").get_by_role("button", name="Delete").click()
    confirm(page, "Delete sandbox")
    expect(page.locator("main > [role=status]")).to_have_text("Deleted shop. This is default.")


def test_the_deletion_of_a_snapshot_is_said_and_focused(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.post("/_emulator/snapshots", json={"name": "half-way"})
    visit(page, server, "default/snapshots")
    page.get_by_role("button", name="Delete half-way").click()
    confirm(page, "Delete")
    expect(said(page, "snapshots")).to_have_text("Deleted half-way.")
    expect(said(page, "snapshots")).to_be_focused()


def test_the_deletion_of_a_target_is_said(page: Page, server: Server, client: httpx2.Client) -> None:
    number = client.post("/_emulator/webhooks/targets", json=TARGET).json()["id"]
    visit(page, server, "default/webhooks")
    page.get_by_role("button", name=f"Delete target {number}").click()
    confirm(page, "Delete")
    expect(said(page, "webhooks")).to_have_text(f"Deleted target {number}.")


def test_the_deletion_of_all_rules_is_said(page: Page, server: Server, client: httpx2.Client) -> None:
    client.post("/_emulator/outcomes", json={"outcome": "bounced"})
    visit(page, server, "default/rules")
    page.get_by_role("button", name="Delete all: Outcomes").click()
    confirm(page, "Delete all")
    expect(said(page, "rules")).to_have_text("Deleted all of Outcomes.")


@pytest.mark.parametrize(("button", "said"), [("Retry", "rcs.batch ran."), ("Drop", "Dropped rcs.batch.")])
def test_what_became_of_a_crashed_event_is_said_and_focused(
    page: Page, server: Server, button: str, said: str
) -> None:
    event = {"id": 7, "event": "rcs.batch", "subject": "x:1", "due": "2026-03-15T14:30:01.000Z"}
    crashed = [event | {"error": "ValueError: x", "trace": ""}]

    def clock(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"failed": len(crashed)})

    def mend(route: Route) -> None:
        crashed.clear()
        route.fulfill(json={})

    page.route("**/_emulator/clock?*", clock)
    page.route("**/_emulator/clock/failed?*", lambda route: route.fulfill(json={"events": crashed}))
    page.route("**/_emulator/clock/failed/7**", mend)
    visit(page, server)
    page.get_by_role("button", name=f"{button} rcs.batch of x:1").press("Enter")
    expect(page.locator("#clock .note:visible")).to_have_text(said)
    expect(page.locator("#clock .note:visible")).to_be_focused()
    expect(page.locator(".failures")).to_be_hidden()


def test_that_requests_are_forgotten_is_said(page: Page, server: Server, client: httpx2.Client) -> None:
    client.get("/v1/campaigns", headers=KEY)
    visit(page, server, "default/requests")
    page.get_by_role("button", name="Forget all").click()
    confirm(page, "Forget them")
    expect(said(page, "requests")).to_have_text("Forgot all requests of this sandbox.")


def test_a_double_click_does_it_once_and_the_button_shows_that_it_works(page: Page, server: Server) -> None:
    held = Held(page, "**/_emulator/reset?*")
    visit(page, server)
    page.get_by_role("button", name="Reset", exact=True).click()
    button = page.get_by_role("dialog").get_by_role("button", name="Reset", exact=True)
    button.dblclick()
    expect(button).to_be_disabled()
    expect(button).to_be_focused()
    held.first().continue_()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(held.routes) == 1


def test_a_form_that_is_sent_twice_does_it_once(page: Page, server: Server) -> None:
    held = Held(page, "**/_emulator/outcomes*", "POST")
    visit(page, server, "default/rules")
    page.get_by_text("Add an outcome rule").click()
    button = page.get_by_role("button", name="Add rule")
    button.dblclick()
    expect(button).to_be_disabled()
    held.first().continue_()
    expect(said(page, "rules")).to_have_text("Added rule 1.")
    assert len(held.routes) == 1


def test_the_focus_stays_on_a_target_that_is_switched(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    number = client.post("/_emulator/webhooks/targets", json=TARGET).json()["id"]
    visit(page, server, "default/webhooks")
    page.get_by_role("button", name=f"Switch off target {number}").click()
    expect(said(page, "webhooks")).to_have_text(f"Switched off target {number}.")
    expect(page.get_by_role("button", name=f"Switch on target {number}")).to_be_focused()


@pytest.mark.parametrize("width", [400, 1300])
def test_the_buttons_of_a_target_are_in_sight(
    page: Page, server: Server, client: httpx2.Client, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    url = "http://127.0.0.1:9/hooks/of/a/long/and/winding/road/that/leads/nowhere"
    target = {**TARGET, "url": url, "events": ["email.delivered", "email.bounced"]}
    number = client.post("/_emulator/webhooks/targets", json=target).json()["id"]
    publish(client)
    client.post("/_emulator/clock", json={"advance": "4m"})
    visit(page, server, "default/webhooks/1" if width > 900 else "default/webhooks")
    button = page.get_by_role("button", name=f"Delete target {number}")
    expect(button).to_be_visible()
    assert button.evaluate(
        """one => {
          const box = one.getBoundingClientRect();
          return one.contains(document.elementFromPoint(box.right - 2, box.top + box.height / 2));
        }"""
    )


def test_targets_of_one_host_are_told_apart(page: Page, server: Server, client: httpx2.Client) -> None:
    urls = [f"http://127.0.0.1:9/hooks/of/the/same/team/{name}" for name in ("one", "two")]
    for url in urls:
        client.post("/_emulator/webhooks/targets", json={**TARGET, "url": url})
    visit(page, server, "default/webhooks/1")
    for url in urls:
        address = page.get_by_role("table", name="Targets").get_by_text(url, exact=True)
        assert address.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_why_a_target_can_not_succeed_is_said(page: Page, server: Server, client: httpx2.Client) -> None:
    target = client.post("/_emulator/webhooks/targets", json=TARGET).json()

    def spoil(route: Route) -> None:
        answer = route.fetch()
        problem = {"problem": "timeout must be a number"}
        route.fulfill(response=answer, json=answer.json() | {"targets": [target | problem]})

    page.route("**/_emulator/webhooks/targets?*", spoil)
    visit(page, server, "default/webhooks")
    expect(page.get_by_role("table", name="Targets")).to_contain_text("timeout must be a number")
