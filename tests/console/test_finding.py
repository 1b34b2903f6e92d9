"""Finding messages and jobs on the console, and what it shows of a message."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, detail, newest_message, publish, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ada@example.com"},
    "cc": [{"email": "bob@example.com"}],
    "subject": "Order 77 has shipped",
    "html": "<p>On its way.</p>",
    "attachments": [{"fileName": "slip.txt", "content": "aGk="}],
    "headers": {"X-Order": "77"},
}


def send(client: httpx2.Client, **changes: Any) -> str:
    answer = client.post("/v1/mails/send", json=MAIL | changes, headers=KEY)
    assert answer.status_code == 200, answer.text
    own: str = answer.json()["data"]["emailId"]
    return own


def rows(page: Page, tab: str) -> Any:
    return page.locator(f"#panel-{tab} tbody tr")


def test_messages_are_found_by_their_subject(page: Page, server: Server, client: httpx2.Client) -> None:
    send(client)
    send(client, subject="Order 78 has shipped")
    visit(page, server, "default/messages")
    page.get_by_role("searchbox", name="Subject").fill("order 77")
    expect(rows(page, "messages")).to_have_count(2)
    expect(rows(page, "messages").first).to_contain_text("bob@example.com cc")


def test_the_latest_of_those_that_match_is_found(page: Page, server: Server, client: httpx2.Client) -> None:
    send(client, cc=[])
    send(client, cc=[])
    visit(page, server, "default/messages?subject=Order+77")
    expect(rows(page, "messages")).to_have_count(2)
    page.get_by_label("Only the latest").check()
    expect(rows(page, "messages")).to_have_count(1)
    expect(rows(page, "messages")).to_contain_text(str(newest_message(client)))


def test_messages_are_found_by_when_they_were_made(page: Page, server: Server, client: httpx2.Client) -> None:
    client.post("/_emulator/clock", json={"advance": "1h"})
    send(client, cc=[])
    visit(page, server, "default/messages")
    page.get_by_label("Made since (UTC)").fill("2026-03-15T15:30")
    expect(rows(page, "messages")).to_have_count(1)
    page.reload()
    expect(rows(page, "messages")).to_have_count(1)
    expect(page.get_by_label("Made since (UTC)")).to_have_value("2026-03-15T15:30")


def test_a_mail_shows_role_attachments_and_headers(page: Page, server: Server, client: httpx2.Client) -> None:
    send(client)
    visit(page, server, f"default/messages/{newest_message(client)}")
    expect(detail(page).locator("dt", has_text="Role").locator("+ dd")).to_have_text("cc")
    expect(detail(page)).to_contain_text("slip.txt text/plain, 2 bytes")
    detail(page).get_by_text("Headers beside the usual ones").click()
    expect(detail(page).get_by_role("row", name="X-Order")).to_contain_text("77")


def test_a_mail_shows_the_names_of_those_it_goes_to(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    send(client, cc=[{"email": "li@example.com", "name": "王小明"}, {"email": "bob@example.com"}])
    visit(page, server, f"default/messages/{newest_message(client)}")
    shown = detail(page).locator("dt", has_text="Cc").locator("+ dd")
    expect(shown).to_have_text("王小明 <li@example.com>, bob@example.com")


def test_a_status_is_chosen_from_those_that_there_are(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    own = send(client, cc=[])
    visit(page, server, f"default/messages/{own}")
    form = detail(page).locator("form")
    expect(form.locator("[name=status]")).to_have_value("sent")
    offered = form.locator("[name=status] option").evaluate_all("all => all.map(one => one.value)")
    assert offered == client.get(f"/_emulator/messages/{own}").json()["statuses"]
    form.locator("[name=status]").select_option("bounced")
    form.get_by_role("button", name="Set").click()
    expect(form.get_by_role("status")).to_contain_text("Set to bounced.")
    assert client.get(f"/_emulator/messages/{own}").json()["status"] == "bounced"


def test_jobs_are_found_by_their_id_and_by_that_of_a_message(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    job = publish(client)
    client.post("/_emulator/clock", json={"advance": "4m"})
    found = client.get("/_emulator/messages", params={"job": job}).json()["messages"]
    visit(page, server)
    for id_ in (job, job.rpartition("/")[2], found[0]["provider_id"]):
        page.get_by_role("searchbox", name="Id").fill(id_)
        expect(rows(page, "jobs")).to_have_count(1)
        expect(rows(page, "jobs")).to_contain_text("Weekly")


def test_a_scenario_shows_where_people_stand(page: Page, server: Server, client: httpx2.Client) -> None:
    body = {"token": "abcdefghijklmnqrstuvwxyz", "id": 4, "email": "ann@example.com"}
    client.post("/api/v1.1/workflows/start", json=body)
    visit(page, server, "default/jobs/altcraft/scenario/4")
    steps = detail(page).get_by_role("table", name="Steps").locator("tbody tr")
    expect(steps).to_have_count(6)
    expect(steps.nth(2)).to_have_text("Wait a daydelay1")
    way = detail(page).get_by_role("table", name="People").locator("tbody tr")
    expect(way).to_have_count(1)
    expect(way).to_contain_text("ann@example.com")
    expect(way).to_contain_text("Wait a day")


def test_messages_that_were_not_looked_into_are_counted(page: Page, server: Server) -> None:
    def short(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"unsearched": 7})

    page.route("**/_emulator/messages?*", short)
    visit(page, server, "default/messages?text=code")
    expect(page.locator("#panel-messages .count")).to_contain_text("7 not looked into")
    page.unroute_all(behavior="ignoreErrors")


RCS_KEY = {"Authorization": "Bearer live_emulator000000000000"}


def test_cards_are_drawn_as_their_readers_see_them(page: Page, server: Server, client: httpx2.Client) -> None:
    buttons = [
        {"text": "Open shop", "url": "https://shop.example.com/"},
        {"text": "Call us", "phone": "380670000009"},
    ]
    cards = [
        {"title": "Sale", "text": "Up to 30% off", "media": {"url": "https://cdn.example.com/a.jpg"}},
        {"text": "Only today", "suggestions": buttons},
    ]
    body = {"phone": {"number": "380671112233"}, "sender": "my_agent", "options": {"cards": cards}}
    number = client.post("/api/messages/rcs/send", json=body, headers=RCS_KEY).json()["data"]["id"]
    visit(page, server, f"default/messages/{number}")
    drawn = detail(page).locator(".card")
    expect(drawn).to_have_count(2)
    for text in ("Sale", "Up to 30% off", "https://cdn.example.com/a.jpg"):
        expect(drawn.first).to_contain_text(text)
    expect(drawn.last.get_by_role("listitem")).to_have_text(
        ["Open shop https://shop.example.com/", "Call us tel:380670000009"]
    )


def test_requests_are_found_by_the_method_head(page: Page, server: Server, client: httpx2.Client) -> None:
    client.head("/v1/campaigns", headers=KEY)
    client.get("/v1/campaigns", headers=KEY)
    visit(page, server, "default/requests")
    page.locator("#panel-requests").get_by_label("Method").select_option("HEAD")
    expect(rows(page, "requests")).to_have_count(1)
    expect(rows(page, "requests")).to_contain_text("HEAD /v1/campaigns")
