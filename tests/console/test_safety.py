"""The console sends no requests to other hosts, runs no scripts from data, and admits no strangers."""

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import CHROMIUM, Watcher
from tests.console.pages import KEY, detail, newest_message, publish, row, visit
from tests.receiver import Receiver
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


TABS = ["jobs", "messages", "requests", "webhooks", "rules", "snapshots", "live"]
HOSTILE = '<img src="/stolen" onerror="window.stolen = true"><script>window.stolen = true</script>'


def test_every_tab_opens_offline_and_without_a_complaint(page: Page, server: Server) -> None:
    watcher = Watcher(server.url)
    watcher.watch(page)
    visit(page, server)
    for name in TABS:
        page.locator(f"#tab-{name}").click()
        expect(page.locator(f"#panel-{name}")).to_be_visible()
        page.wait_for_load_state()
    expect(page.locator("#connection")).to_have_text("live")
    assert watcher.foreign == []
    assert watcher.complaints == []


EVIL = f"""<style>h1 {{ color: rgb(200, 0, 0) }}</style><h1 style="letter-spacing: 3px">Spring</h1>
<script>window.stolen = true; parent.stolen = true; parent.document.title = "stolen";
fetch("/_emulator/reset", {{method: "POST"}})</script><meta http-equiv="refresh" content="0; url=/stolen">
<img src="https://tracker.example.com/pixel.gif">{HOSTILE}"""


POPUPS = "allow-popups allow-popups-to-escape-sandbox"


def assert_harmless(page: Page, watcher: Watcher) -> None:
    heading = page.frame_locator("iframe.mail").get_by_role("heading", name="Spring")
    expect(heading).to_have_css("color", "rgb(200, 0, 0)")
    expect(heading).to_have_css("letter-spacing", "3px")
    assert page.locator("iframe.mail").get_attribute("sandbox") == POPUPS
    assert page.evaluate("window.stolen") is None
    assert "stolen" not in page.title()
    assert watcher.foreign == []
    assert [url for url in watcher.requests if url.endswith(("/stolen", "/reset"))] == []


def test_the_html_of_a_mail_is_shown_and_runs_no_script(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    watcher = Watcher(server.url)
    watcher.watch(page)
    publish(client, htmlTemplate=EVIL)
    client.post("/_emulator/clock", json={"advance": "4m"})
    visit(page, server, "default/messages")
    row(page, "eve@example.com").first.click()
    expect(detail(page).locator(".history")).to_contain_text("delivered")
    assert_harmless(page, watcher)
    assert any("Blocked script execution" in said for said in watcher.complaints)


def test_a_link_of_a_mail_opens_a_tab_of_its_own(
    page: Page, server: Server, client: httpx2.Client, receiver: Receiver
) -> None:
    scripted = "<a id='js' href='javascript:parent.document.title=`stolen`'>Win</a>"
    link = f"<a id='shop' href='{receiver.url}'>Shop</a>"
    publish(client, htmlTemplate=f"<h1>Spring</h1>{scripted}{link}")
    client.post("/_emulator/clock", json={"advance": "4m"})
    visit(page, server, f"default/messages/{newest_message(client)}")
    mail = page.frame_locator("iframe.mail")
    mail.locator("#js").click()
    with page.expect_popup() as opened:
        mail.locator("#shop").click()
    opened.value.wait_for_url(receiver.url)
    assert opened.value.evaluate("window.opener") is None
    expect(mail.get_by_role("heading", name="Spring")).to_be_visible()
    assert "stolen" not in page.title()
    opened.value.close()


@pytest.mark.parametrize(
    "link", ["<a href='#below'>", '<a id="a" HREF = "#below" target="_top">', "<a href=#below>"]
)
def test_a_link_to_a_place_in_a_mail_leads_there(
    page: Page, server: Server, client: httpx2.Client, link: str
) -> None:
    html = f"{link}Down</a>{'<p>text</p>' * 100}<h2 id='below'>The offer</h2>"
    mail = {"from": {"email": "hello@example.com"}, "to": {"email": "ada@example.com"}, "subject": "Order"}
    assert client.post("/v1/mails/send", json={**mail, "html": html}, headers=KEY).status_code == 200
    visit(page, server, f"default/messages/{newest_message(client)}")
    shown = page.frame_locator("iframe.mail")
    expect(shown.get_by_role("heading", name="The offer")).not_to_be_in_viewport()
    shown.get_by_role("link", name="Down").click()
    expect(shown.get_by_role("heading", name="The offer")).to_be_in_viewport()
    assert len(page.context.pages) == 1


def test_with_a_token_the_page_asks_for_it_and_shows_the_same(browser: Browser) -> None:
    with (
        Server("--clock", "frozen", EMULATOR_CONTROL_TOKEN="open-sesame") as guarded,
        guarded.client(headers={"Authorization": "Bearer open-sesame"}) as client,
    ):
        publish(client, htmlTemplate=EVIL)
        client.post("/_emulator/clock", json={"advance": "4m"})
        page, watcher = browser.new_page(), Watcher(guarded.url)
        watcher.watch(page)
        page.goto(f"{guarded.url}/#/default/messages/{newest_message(client)}")
        page.get_by_role("textbox", name="Token").fill("guess")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert").first).to_have_text("That token was refused.")
        page.get_by_role("textbox", name="Token").fill("open-sesame")
        page.keyboard.press("Enter")
        assert_harmless(page, watcher)
        page.reload()
        expect(page.get_by_label("Now in the sandbox")).to_contain_text("14:34:00")
        page.close()


def test_hostile_names_are_text(page: Page, server: Server, client: httpx2.Client) -> None:
    watcher = Watcher(server.url)
    watcher.watch(page)
    job = publish(client, name=HOSTILE, subject=HOSTILE, **{HOSTILE: HOSTILE})
    client.post("/_emulator/outcomes", json={"recipient": HOSTILE, "outcome": "bounced"})
    client.post("/_emulator/clock", json={"advance": "4m"})

    def named(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace("eve@example.com", "<img src=x onerror=alert(1)>")
        )

    page.route("**/_emulator/messages?*", named)
    visit(page, server, f"default/jobs/{job}")
    expect(detail(page).get_by_role("heading", level=2)).to_have_text(HOSTILE)
    page.locator("#tab-messages").click()
    expect(row(page, "<img src=x onerror=alert(1)>")).to_contain_text(HOSTILE)
    page.locator("#tab-requests").click()
    row(page, "1").click()
    expect(detail(page).locator("pre").first).to_contain_text('\\"window.stolen = true\\"')
    page.locator("#tab-rules").click()
    expect(page.get_by_role("table", name="Outcomes")).to_contain_text(HOSTILE)
    assert page.evaluate("window.stolen") is None
    assert page.locator("main img, main script").count() == 0
    assert [url for url in watcher.requests if url.endswith(("/stolen", "/x"))] == []
    page.unroute_all(behavior="ignoreErrors")
