"""The console shows and changes the sandbox that it names, also while somebody else changes it."""

import re

import httpx2
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, SENDING, Held, detail, newest_message, row, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

RULE = {"recipient": "*@x.example", "outcome": "bounced"}
TARGET = {"provider": "autosend", "url": "http://127.0.0.1:9/hooks"}


@pytest.fixture
def shop(client: httpx2.Client) -> dict[str, str]:
    """The parameters that name a second sandbox."""
    assert client.post("/_emulator/sandboxes", json={"name": "shop"}).status_code == 201
    return {"sandbox": "shop"}


def changes_sent_by(page: Page) -> list[str]:
    """Return a list to which the URLs of the page's changing requests are added."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method != "GET":
            sent.append(request.url)

    page.on("request", note)
    return sent


def choose(page: Page, sandbox: str) -> None:
    page.get_by_role("combobox", name="Sandbox").select_option(sandbox)
    expect(page).to_have_url(re.compile(f"#/{sandbox}/"))


def send(client: httpx2.Client, html: str) -> None:
    """Send a mail with this HTML."""
    mail = {"from": {"email": "hello@example.com"}, "to": {"email": "ada@example.com"}, "subject": "Order"}
    answer = client.post("/v1/mails/send", json={**mail, "html": html}, headers=KEY)
    assert answer.status_code == 200, answer.text


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("name", ["Reset", "Money"])
def test_a_dialog_about_a_sandbox_is_closed_when_the_page_goes_to_another(
    page: Page, server: Server, name: str
) -> None:
    visit(page, server)
    choose(page, "shop")
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("shop")
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Sandbox")).to_have_value("default")


@pytest.mark.usefixtures("shop")
def test_a_dialog_whose_sandbox_is_deleted_resets_no_other(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    sent = changes_sent_by(page)
    visit(page, server, "shop/jobs")
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    client.delete("/_emulator/sandboxes/shop")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert sent == []


@pytest.mark.usefixtures("shop")
def test_balances_that_come_late_are_not_offered_in_another_sandbox(page: Page, server: Server) -> None:
    held = Held(page, "**/_emulator/balances?*")
    visit(page, server)
    page.get_by_role("button", name="Money").click()
    choose(page, "shop")
    with page.expect_response("**/_emulator/balances?*") as late:
        held.first().continue_()
    late.value.finished()
    page.evaluate("fetch('/livez')")  # what came before it has been shown by then
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_messages_are_gone_when_somebody_else_resets(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    send(client, "<p>Hello</p>")
    visit(page, server, "default/messages?recipient=ada")
    expect(page.locator("#connection")).to_have_text("live")
    expect(page.locator("#panel-messages tbody tr")).to_have_count(1)
    client.post("/_emulator/reset")
    expect(page.locator("#panel-messages tbody tr")).to_have_count(0)


def test_the_open_tab_shows_rules_that_somebody_else_adds(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server, "default/rules")
    expect(page.locator("#connection")).to_have_text("live")
    page.get_by_text("Add an outcome rule").click()
    typed = page.locator("form", has=page.get_by_role("button", name="Add rule")).locator("[name=recipient]")
    typed.fill("half a word")
    client.post("/_emulator/outcomes", json=RULE)
    expect(page.get_by_role("table", name="Outcomes")).to_contain_text("*@x.example")
    expect(typed).to_have_value("half a word")
    expect(typed).to_be_focused()


def test_the_open_tab_shows_targets_that_somebody_else_adds(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server, "default/webhooks")
    expect(page.locator("#connection")).to_have_text("live")
    client.post("/_emulator/webhooks/targets", json=TARGET)
    expect(page.get_by_role("table", name="Targets")).to_contain_text(TARGET["url"])


def test_the_open_tab_shows_snapshots_that_somebody_else_saves(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server, "default/snapshots")
    expect(page.locator("#connection")).to_have_text("live")
    client.post("/_emulator/snapshots", json={"name": "theirs"})
    expect(page.get_by_role("table", name="Snapshots")).to_contain_text("theirs")


def test_what_is_typed_into_a_filter_stays_while_the_page_looks(page: Page, server: Server) -> None:
    visit(page, server, "default/messages")
    expect(page.locator("#panel-messages tbody tr").first).to_be_visible()
    page.evaluate(
        """() => {
          const [text, subject] = document.querySelectorAll("#panel-messages input[type=search]");
          text.value = "spring";
          text.dispatchEvent(new InputEvent("input", { bubbles: true }));
          subject.focus();
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    expect(page).to_have_url(re.compile("text=spring"))


def test_an_open_message_is_drawn_anew_when_another_has_its_number(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    send(client, '<p id="first">Hello</p>')
    number = newest_message(client)
    visit(page, server, f"default/messages/{number}")
    expect(page.frame_locator("iframe.mail").locator("#first")).to_be_visible()
    client.post("/_emulator/reset")
    send(client, '<p id="second">Hello</p>')
    assert newest_message(client) == number
    expect(page.frame_locator("iframe.mail").locator("#second")).to_be_visible()


@pytest.mark.parametrize(("path", "change"), [("reset", None), ("clock", {"speed": 2})])
def test_what_was_said_of_the_clock_goes_when_somebody_else_sets_or_starts_it(
    page: Page, server: Server, client: httpx2.Client, path: str, change: dict[str, int] | None
) -> None:
    visit(page, server)
    page.get_by_role("button", name="+1h").click()
    expect(page.locator("#clock .note")).to_contain_text("events: ")
    client.post(f"/_emulator/{path}", json=change)
    expect(page.locator("#clock .note")).to_be_empty()


def test_what_is_said_of_the_clock_is_shown_in_whole(page: Page, server: Server) -> None:
    visit(page, server)
    page.set_viewport_size({"width": 700, "height": 900})
    page.get_by_role("button", name="+1d").click()
    note = page.locator("#clock .note")
    expect(note).to_contain_text("events: ")
    assert note.evaluate(
        "one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight + 1"
    )


def test_what_was_said_of_one_sandbox_is_not_said_of_the_next(
    page: Page, server: Server, client: httpx2.Client, shop: dict[str, str]
) -> None:
    note = page.locator("#clock > .note")
    visit(page, server)
    page.get_by_role("button", name="+1h").click()
    expect(note).to_contain_text("events")
    choose(page, "shop")
    expect(note).to_have_text("")


def test_rules_of_one_sandbox_do_not_stand_in_the_next(
    page: Page, server: Server, client: httpx2.Client, shop: dict[str, str]
) -> None:
    for _ in range(2):
        client.post("/_emulator/outcomes", json=RULE)
    visit(page, server, "default/rules")
    page.get_by_role("button", name="Delete rule 1 of Outcomes").click()
    expect(page.locator("#panel-rules")).to_contain_text("Deleted rule 1.")
    page.route("**/_emulator/outcomes?*", lambda _: None)
    choose(page, "shop")
    expect(page.get_by_role("table", name="Outcomes")).to_have_count(0)
    expect(page.locator("#panel-rules")).not_to_contain_text("Deleted rule 1.")


def test_targets_of_one_sandbox_do_not_stand_in_the_next(
    page: Page, server: Server, client: httpx2.Client, shop: dict[str, str]
) -> None:
    client.post("/_emulator/webhooks/targets", json=TARGET)
    visit(page, server, "default/webhooks")
    expect(page.get_by_role("table", name="Targets")).to_be_visible()
    page.route("**/_emulator/webhooks/targets?*", lambda _: None)
    choose(page, "shop")
    expect(page.get_by_role("table", name="Targets")).to_have_count(0)


def test_a_name_that_no_sandbox_has_is_said_and_leaves_no_step_behind(page: Page, server: Server) -> None:
    visit(page, server, "default/requests")
    page.evaluate("location.hash = '#/nosuch/jobs'")
    expect(page).to_have_url(re.compile("#/default/jobs$"))
    expect(page.locator("main > .note")).to_contain_text(["There is no sandbox nosuch"])
    page.go_back()
    expect(page).to_have_url(re.compile("#/default/requests$"))
    expect(page.get_by_text("There is no sandbox nosuch")).to_have_count(0)


def test_a_tab_that_there_is_not_is_said_and_leaves_no_step_behind(page: Page, server: Server) -> None:
    visit(page, server, "default/requests")
    page.evaluate("location.hash = '#/default/nosuch/1?text=spring'")
    expect(page).to_have_url(re.compile("#/default/jobs$"))
    expect(page.locator("main > .note")).to_contain_text(["There is no tab nosuch"])
    expect(page.locator("#panel-jobs tbody tr").first).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("#/default/requests$"))
    expect(page.get_by_text("There is no tab nosuch")).to_have_count(0)


def test_a_sandbox_that_runs_is_frozen_and_goes_on_at_its_speed(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.post("/_emulator/clock", json={"speed": 60})
    visit(page, server)
    clock = page.locator("#clock")
    expect(clock).to_contain_text("60 times as fast")
    clock.get_by_role("button", name="Freeze").click()
    expect(clock).to_contain_text("frozen")
    clock.get_by_role("button", name="Run").click()
    expect(clock).to_contain_text("60 times as fast")
    assert client.get("/_emulator/clock").json()["speed"] == 60


def test_the_page_follows_a_job_to_a_new_status_and_keeps_the_choice(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    job = "autosend/campaign/60d5ec49f1b2c72d9c8b4567"
    visit(page, server, f"default/jobs/{job}")
    form = detail(page).locator("form")
    form.locator("[name=status]").select_option("sent")
    form.locator("[name=force]").focus()
    client.post(f"/_emulator/jobs/{job}/status", json={"action": "pause"})
    expect(row(page, "Spring Sale Newsletter")).to_contain_text("paused")
    expect(page.locator(".machine .current")).to_have_text("paused")
    expect(form.locator("[name=status]")).to_have_value("sent")


def test_the_notes_of_a_tab_are_gone_once_it_was_left(page: Page, server: Server) -> None:
    visit(page, server, "default/snapshots")
    page.get_by_role("textbox", name="Name").fill("half-way")
    page.keyboard.press("Enter")
    note = page.locator("#panel-snapshots .note:not(:empty)")
    expect(note).to_have_text("Saved as half-way.")
    page.get_by_role("tab", name="Jobs").click()
    page.get_by_role("tab", name="Snapshots").click()
    expect(page.get_by_role("table", name="Snapshots")).to_contain_text("half-way")
    expect(note).to_have_count(0)


@pytest.mark.parametrize("tab", ["rules", "snapshots", "live"])
def test_an_item_of_a_tab_that_has_none_leaves_the_address(page: Page, server: Server, tab: str) -> None:
    visit(page, server, f"default/{tab}/5")
    expect(page).to_have_url(re.compile(f"#/default/{tab}$"))


def test_the_focus_is_on_the_row_again_after_the_browsers_back(page: Page, server: Server) -> None:
    visit(page, server)
    link = row(page, "Win-back").get_by_role("link")
    link.focus()
    page.keyboard.press("Enter")
    heading = detail(page).get_by_role("heading", level=2)
    expect(heading).to_be_focused()
    page.go_back()
    expect(detail(page)).to_be_hidden()
    expect(link).to_be_focused()


def test_the_focus_goes_along_to_what_a_link_of_another_tab_leads_to(page: Page, server: Server) -> None:
    visit(page, server, "default/messages?job=autosend/campaign/60d5ec49f1b2c72d9c8b4567")
    page.locator("#panel-messages tbody tr").first.click()
    link = detail(page).get_by_role("link", name=SENDING)
    link.focus()
    page.keyboard.press("Enter")
    heading = page.locator("#panel-jobs").get_by_label("Details").get_by_role("heading", level=2)
    expect(heading).to_be_focused()
    page.go_back()
    expect(
        page.locator("#panel-messages").get_by_label("Details").get_by_role("heading", level=2)
    ).to_be_focused()


def test_the_focus_is_on_the_tab_that_the_browsers_back_leads_to(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_role("tab", name="Webhooks").click()
    expect(page.get_by_role("tab", name="Webhooks")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("tab", name="Jobs")).to_be_focused()


def test_what_is_opened_is_shown_without_waiting_for_the_list(page: Page, server: Server) -> None:
    visit(page, server, "default/messages")
    link = page.locator("#panel-messages tbody tr a").first
    recipient = link.inner_text()
    held = Held(page, "**/_emulator/messages?*")
    link.click()
    expect(detail(page).get_by_role("heading", level=2)).to_have_text(recipient)
    expect(detail(page).get_by_role("heading", level=2)).to_be_focused()
    held.first()
