"""The console in a real browser, as a person uses it while testing a client."""

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser import CHROMIUM
from tests.console.pages import (
    ALTCRAFT_TOKEN,
    KEY,
    SCHEDULED,
    SENDING,
    Held,
    detail,
    publish,
    row,
    status_of,
    visit,
)
from tests.receiver import Receiver
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


def test_a_sandbox_is_made_chosen_and_deleted(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server)
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("textbox", name="Name").fill("checkout")
    page.get_by_role("button", name="Create sandbox").click()
    expect(page.get_by_role("combobox", name="Sandbox")).to_have_value("checkout")
    expect(page).to_have_url(re.compile("#/checkout/jobs$"))
    page.get_by_role("button", name="Access").click()
    environment = client.get("/_emulator/sandboxes/checkout").json()["environment_block"]
    assert page.get_by_role("dialog").locator("pre").text_content() == environment
    page.keyboard.press("Escape")
    page.locator("#sandboxes").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete sandbox").click()
    expect(page.get_by_role("combobox", name="Sandbox")).to_have_value("default")
    assert client.get("/_emulator/sandboxes").json()["total"] == 1


def test_a_wrong_name_is_refused_next_to_the_button(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("textbox", name="Name").fill("No spaces!")
    page.get_by_role("button", name="Create sandbox").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("name: ")


def test_a_sandbox_that_is_gone_is_left(page: Page, server: Server, client: httpx2.Client) -> None:
    client.post("/_emulator/sandboxes", json={"name": "checkout"})
    visit(page, server, "checkout/jobs")
    expect(row(page, "Autumn sale")).to_be_visible()
    client.delete("/_emulator/sandboxes/checkout")
    expect(page.get_by_role("combobox", name="Sandbox")).to_have_value("default")


def test_a_button_aborts_a_campaign(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server)
    row(page, "Spring Sale Newsletter").click()
    expect(page.locator(".machine .current")).to_have_text("sending")
    detail(page).get_by_role("button", name="abort").click()
    expect(page.locator(".machine .current")).to_have_text("aborted")
    expect(row(page, "Spring Sale Newsletter")).to_contain_text("aborted")
    expect(detail(page).get_by_role("button", name="abort →")).to_have_count(0)
    assert status_of(client, SENDING) == "aborted"


def test_a_refusal_has_the_words_of_the_page_and_leaves_quotes_and_addresses(
    page: Page, server: Server
) -> None:
    errors = [
        {"field": "expires_after", "message": "is not 'of_us', a_b@c.test or /_x/a_b; force=true sets it"}
    ]
    page.route(
        "**/_emulator/jobs?*",
        lambda route: route.fulfill(status=422, json={"detail": "No.", "errors": errors}),
    )
    visit(page, server, "default/jobs")
    said = "expires after: is not 'of_us', a_b@c.test or /_x/a_b; “by force” sets it"
    expect(page.get_by_role("alert").filter(has_text="These filters")).to_contain_text(said)


def test_an_action_that_came_too_late_says_why(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server, f"default/jobs/{SENDING}")
    expect(detail(page).get_by_role("button", name="pause")).to_be_visible()
    seen = client.get(f"/_emulator/jobs/{SENDING}").text
    page.route(f"**/_emulator/jobs/{SENDING}?*", lambda route: route.fulfill(body=seen))
    client.post(f"/_emulator/jobs/{SENDING}/status", json={"action": "abort"})
    detail(page).get_by_role("button", name="pause").click()
    expect(detail(page).locator(".buttons + .note")).to_have_text(re.compile("In state aborted, it can not"))


@pytest.mark.parametrize(
    ("way", "said", "state"),
    [
        ("by an action", "“by force” sets any of its states", "scheduled"),
        ("by force", "Set to sent.", "sent"),
    ],
)
def test_a_state_is_set(
    page: Page, server: Server, client: httpx2.Client, way: str, said: str, state: str
) -> None:
    visit(page, server, f"default/jobs/{SCHEDULED}")
    form = detail(page).locator("form")
    form.locator("[name=status]").select_option("sent")
    form.locator("[name=force]").select_option(label=way)
    form.get_by_role("button", name="Set").click()
    expect(form.get_by_role("status")).to_contain_text(said)
    assert status_of(client, SCHEDULED) == state


OVERLAPS = """() => {
  const drawn = [...document.querySelectorAll(".machine .way text, .machine rect")];
  const boxes = drawn.map((one) => one.getBBox());
  const before = (a, b) => a.x + a.width <= b.x || a.y + a.height <= b.y + 3;
  const apart = (a, b) => before(a, b) || before(b, a);
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => !apart(a, b))).length;
}"""


@pytest.mark.parametrize(
    ("job", "states"),
    [
        ("altcraft/mailing/12", 6),
        ("altcraft/mailing/26", 5),
        ("altcraft/mailing/27", 3),
        ("altcraft/campaign/8", 4),
        ("altcraft/campaign/23", 5),
        ("rcs/campaign/1", 8),
        (SENDING, 8),
        ("autosend/campaign/66a0c1d2e3f4a5b6c7d80004", 8),
    ],
)
def test_every_state_machine_is_drawn_with_no_label_covered(
    page: Page, server: Server, client: httpx2.Client, job: str, states: int
) -> None:
    visit(page, server, f"default/jobs/{job}")
    expect(page.locator(".machine .state")).to_have_count(states)
    shown = page.locator(".machine .current text").first.text_content() or ""
    assert shown.replace(" ", "_") == status_of(client, job)
    assert page.evaluate(OVERLAPS) == 0


def test_launches_are_listed_each_with_its_messages(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    for limit in (2, 3):
        order = {"token": ALTCRAFT_TOKEN, "id": 82, "run_now": True, "override_limit": limit}
        answer = client.post("/api/v1.1/campaigns/activate/", json=order)
        assert answer.json()["error"] == 0, answer.text
        assert client.post("/_emulator/clock", json={"advance": "1m"}).status_code == 200
    visit(page, server, "default/jobs/altcraft/mailing/82")
    launches = detail(page).get_by_role("table", name="Launches").locator("tbody tr")
    expect(launches).to_have_text(
        [re.compile("14:31:00.*list 3.*3 delivered"), re.compile("14:30:00.*2 delivered")]
    )
    launches.last.get_by_role("link").click()
    expect(page.locator("#panel-messages tbody tr")).to_have_count(2)


def test_messages_come_when_the_clock_is_moved(page: Page, server: Server, client: httpx2.Client) -> None:
    job = publish(client)
    visit(page, server, f"default/messages?job={job}")
    expect(page.locator("#panel-messages .empty")).to_be_visible()
    page.get_by_role("button", name="+1h").click()
    expect(page.locator("#panel-messages tbody tr")).to_have_count(3)
    expect(row(page, "bob+opened@example.com")).to_contain_text("opened")
    expect(page.get_by_label("Now in the sandbox")).to_contain_text("15:30:00")
    expect(page.locator("#clock").get_by_role("status")).to_contain_text("events: ")


def test_the_clock_runs_and_stops_and_goes_to_the_next_event(page: Page, server: Server) -> None:
    visit(page, server)
    clock = page.locator("#clock")
    clock.get_by_role("button", name="To the next event").click()
    expect(clock.get_by_label("Now in the sandbox")).to_contain_text("14:34:50")
    clock.get_by_role("textbox").fill("1d12h")
    clock.get_by_role("button", name="Advance").click()
    expect(clock.get_by_label("Now in the sandbox")).to_contain_text("2026-03-1702:34:50")
    clock.get_by_role("button", name="Run").click()
    expect(clock).to_contain_text("running")
    clock.get_by_role("button", name="Freeze").click()
    expect(clock).to_contain_text("frozen")


def test_the_requests_tab_shows_what_a_client_just_sent(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server, "default/requests")
    client.patch("/v1/campaigns/66a0c1d2e3f4a5b6c7d80001", json={"name": "n", "colour": "red"}, headers=KEY)
    xml = {"Authorization": "Bearer abcdefghijklmnqrstuvwxyz", "Content-Type": "application/xml"}
    client.post("/api/v1.1/campaigns/get_status", content="<xml><id>15</id></xml>", headers=xml)
    expect(row(page, "1")).to_contain_text("PATCH /v1/campaigns/66a0c1d2e3f4a5b6c7d80001")
    expect(row(page, "1")).to_contain_text("1 unread")
    expect(page.locator("#panel-requests tbody tr").first.get_by_role("link")).to_have_text("2")
    row(page, "1").click()
    expect(detail(page)).to_contain_text("body.colour")
    expect(detail(page).locator("pre").first).to_have_text('{\n  "name": "n",\n  "colour": "red"\n}')
    row(page, "2").click()
    expect(detail(page).locator("pre").first).to_have_text("<xml><id>15</id></xml>")


def test_the_webhooks_tab_shows_a_delivery_and_replays_it(
    page: Page, server: Server, client: httpx2.Client, receiver: Receiver
) -> None:
    visit(page, server, "default/webhooks")
    page.get_by_text("Add a target", exact=True).click()
    form = page.locator("#panel-webhooks form", has=page.get_by_role("button", name="Add target"))
    form.locator("[name=provider]").select_option("rcs")
    expect(form.locator("[name=field]")).to_be_visible()
    form.locator("[name=provider]").select_option("autosend")
    expect(form.locator("[name=field]")).to_be_hidden()
    form.locator("[name=url]").fill(receiver.url)
    form.locator("[name=events]").fill("email.delivered")
    form.get_by_role("button", name="Add target").click()
    expect(page.get_by_role("table", name="Targets")).to_contain_text(receiver.url)
    publish(client)
    client.post("/_emulator/clock", json={"advance": "4m"})
    row(page, "1").click()
    expect(detail(page)).to_contain_text("Attempt 1")
    sent = len(receiver.requests)
    detail(page).get_by_role("button", name="Replay").click()
    expect(detail(page)).to_contain_text("Attempt 2")
    expect(detail(page).get_by_role("status").first).to_contain_text("Replayed: delivered")
    assert len(receiver.requests) == sent + 1


def test_all_types_of_a_batch_are_shown(
    page: Page, server: Server, client: httpx2.Client, receiver: Receiver
) -> None:
    batched = {"provider": "altcraft", "events": ["campaign_start", "send"], "settings": {"batch": 3}}
    client.post("/_emulator/webhooks/targets", json=batched | {"url": receiver.url})
    visit(page, server, "default/live")
    expect(page.locator("#connection")).to_have_text("live")
    launch = {"token": ALTCRAFT_TOKEN, "id": 91, "run_now": True}
    client.post("/api/v1.1/campaigns/activate", json=launch)
    client.post("/_emulator/clock", json={"advance": "1m"})
    expect(page.locator("#panel-live")).to_contain_text("campaign_start, send to")
    visit(page, server, "default/webhooks")
    expect(page.get_by_role("table", name="Deliveries")).to_contain_text("campaign_start, send")


def test_rules_are_added_and_deleted(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server, "default/rules")
    page.get_by_text("Add an outcome rule").click()
    form = page.locator("form", has=page.get_by_role("button", name="Add rule"))
    form.locator("[name=recipient]").fill("*@slow.example.com")
    form.locator("[name=outcome]").select_option("delayed")
    form.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("table", name="Outcomes")).to_contain_text("*@slow.example.com")
    assert client.get("/_emulator/outcomes").json()["rules"][0]["outcome"] == "delayed"
    page.get_by_role("button", name="Delete rule 1 of Outcomes").click()
    expect(page.get_by_role("table", name="Outcomes")).to_have_count(0)
    assert client.get("/_emulator/outcomes").json()["total"] == 0


def test_a_fault_is_made_of_the_fields_that_go_with_it(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server, "default/rules")
    page.get_by_text("Add a fault").click()
    form = page.locator("form", has=page.get_by_role("button", name="Add fault"))
    form.locator("[name=provider]").select_option("autosend")
    expect(form.locator("[name=error]")).to_contain_text("RateLimitExceeded")
    form.locator("[name=action]").select_option("status")
    expect(form.locator("[name=error]")).to_be_hidden()
    form.locator("[name=status]").fill("503")
    form.locator("[name=times]").fill("1")
    form.get_by_role("button", name="Add fault").click()
    expect(page.get_by_role("table", name="Faults")).to_contain_text("status 503")
    statuses = [client.get("/v1/campaigns", headers=KEY).status_code for _ in range(2)]
    assert statuses == [503, 200]


def test_errors_are_those_of_the_provider_that_was_chosen_last(page: Page, server: Server) -> None:
    held = Held(page, "**/openapi/altcraft.json")
    visit(page, server, "default/rules")
    page.get_by_text("Add a fault").click()
    form = page.locator("form", has=page.get_by_role("button", name="Add fault"))
    form.locator("[name=provider]").select_option("autosend")
    expect(form.locator("[name=error]")).to_contain_text("CampaignNotFound")
    with page.expect_response("**/openapi/altcraft.json") as late:
        held.first().continue_()
    late.value.finished()
    page.evaluate("fetch('/livez')")  # what came before it has been shown by then
    expect(form.locator("[name=error]")).to_contain_text("CampaignNotFound")


def test_a_snapshot_is_saved_and_restored(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server, "default/snapshots")
    page.get_by_role("textbox", name="Name").fill("half-way")
    page.get_by_role("button", name="Save this sandbox").click()
    expect(page.get_by_role("table", name="Snapshots")).to_contain_text("half-way")
    client.post("/_emulator/clock", json={"advance": "1d"})
    page.get_by_role("button", name="Restore half-way").click()
    expect(page.get_by_role("dialog")).to_contain_text("What it has now is lost.")
    page.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_label("Now in the sandbox")).to_contain_text("2026-03-1514:30:00")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download half-way").click()
    assert download.value.suggested_filename == "half-way.sqlite"
    client.delete("/_emulator/snapshots/half-way")


def test_the_address_keeps_the_place_and_the_filters(page: Page, server: Server) -> None:
    visit(page, server, "default/messages")
    page.get_by_role("searchbox", name="Recipient").fill("dan+bounced")
    expect(page.locator("#panel-messages tbody tr").first).to_contain_text("dan+bounced@example.com")
    page.locator("#panel-messages tbody tr").first.click()
    expect(detail(page).get_by_role("heading", level=2)).to_have_text("dan+bounced@example.com")
    page.reload()
    expect(detail(page).get_by_role("heading", level=2)).to_have_text("dan+bounced@example.com")
    expect(page.get_by_role("searchbox", name="Recipient")).to_have_value("dan+bounced")
    page.go_back()
    expect(detail(page)).to_be_hidden()


def test_a_mail_is_found_by_its_words_and_by_its_id(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    mail = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ada@example.com"},
        "cc": [{"email": "bob@example.com"}],
        "subject": "Welcome aboard",
        "html": '<p>Your code is 482915</p><a href="https://shop.example.com/verify">Verify</a>',
    }
    own = client.post("/v1/mails/send", json=mail, headers=KEY).json()["data"]["emailId"]
    visit(page, server, "default/messages")
    page.get_by_role("searchbox", name="Search").fill("code is 482915")
    expect(page.locator("#panel-messages tbody tr")).to_have_count(2)
    page.get_by_role("searchbox", name="Id").fill(own)
    expect(page.locator("#panel-messages tbody tr")).to_have_count(1)
    page.locator("#panel-messages tbody tr").first.click()
    for shown in ("bob@example.com", "482915", "https://shop.example.com/verify", own):
        expect(detail(page).get_by_text(shown, exact=True).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .eml").click()
    assert download.value.suggested_filename.endswith(".eml")


def test_a_page_that_loses_the_emulator_finds_it_again(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    visit(page, server)
    expect(row(page, "Autumn sale")).to_be_visible()
    page.route("**/_emulator/**", lambda route: route.abort())
    page.get_by_role("button", name="+1m").click()
    expect(page.locator("#connection")).to_have_text("not reachable")
    expect(page.locator("#clock .note:visible")).to_have_text("The emulator could not be reached. Try again.")
    page.unroute("**/_emulator/**")
    client.post("/_emulator/clock", json={"advance": "1h"})
    expect(page.get_by_label("Now in the sandbox")).to_contain_text("15:30:00")
    expect(page.locator("#connection")).not_to_have_text("not reachable")


def test_a_page_that_opens_while_the_emulator_is_gone_waits_for_it(page: Page, server: Server) -> None:
    page.route("**/_emulator/**", lambda route: route.abort())
    page.goto(f"{server.url}/#/default/messages")
    expect(page.locator("#connection")).to_have_text("not reachable")
    page.unroute("**/_emulator/**")
    expect(page.locator("#panel-messages tbody tr").first).to_be_visible()
    expect(page.locator("#connection")).to_have_text("live")


def test_a_balance_is_topped_up_and_set(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server)
    page.get_by_role("button", name="Money").click()
    dialog = page.get_by_role("dialog", name="Money in default")
    expect(dialog).to_contain_text("1000 USD")
    dialog.locator("[name=add]").fill("12.5")
    dialog.get_by_role("button", name="Top up").click()
    expect(dialog).to_contain_text("The balance is 1012.5 USD.")
    dialog.locator("[name=set]").fill("0.0000001")
    dialog.get_by_role("button", name="Set").click()
    expect(dialog).to_contain_text("The balance is 0.0000001 USD.")
    dialog.locator("[name=add]").fill("much")
    dialog.get_by_role("button", name="Top up").click()
    expect(dialog.get_by_role("status").first).to_contain_text("add:")
    assert client.get("/_emulator/balances/rcs").json()["balance"] == 1e-7
