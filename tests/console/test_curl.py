"""A request as a curl command: it runs as it is, and shows no credential but those of the sandbox."""

import shutil
import subprocess
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, detail, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]

TOKEN = "abcdefghijklmnqrstuvwxyz"
RUNS: list[Any] = [
    ("POST", "/v1/campaigns?a=1&b=%20c", KEY, {"name": 'It\'s "$HOME" `x` \\ ü', "colour": "red"}),
    ("POST", "/api/v1.1/campaigns/get_status", {}, {"token": TOKEN, "id": 15}),
    ("POST", f"/api/v1.1/campaigns/get_status?token={TOKEN}", {}, {"id": 15}),
    ("POST", "/api/auth/login", {}, {"api_key": "live_emulator000000000000"}),
    ("GET", "/api/campaigns", {"Authorization": "Bearer test_emulator000000000000"}, None),
    ("HEAD", "/v1/campaigns", KEY, None),
    ("GET", "/v1/contacts/a%3Fb%23c%20d", KEY, None),
]
SEEN = ("method", "path", "query", "status", "credential", "operation", "request_body")


@pytest.fixture
def page(browser: Browser, client: httpx2.Client) -> Any:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def copied(page: Page, server: Server, place: str) -> str:
    visit(page, server, place)
    detail(page).get_by_role("button", name="curl").click()
    expect(detail(page).get_by_role("status").get_by_text("Copied")).to_be_visible()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


@pytest.mark.parametrize(("method", "path", "headers", "body"), RUNS)
def test_the_command_sends_the_request_again(
    page: Page,
    server: Server,
    client: httpx2.Client,
    method: str,
    path: str,
    headers: dict[str, str],
    body: Any,
) -> None:
    client.request(method, path, headers=headers, json=body)
    command = copied(page, server, "default/requests/1")
    sh = ["sh", "-c", command]  # as a person pastes it
    done = subprocess.run(sh, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    first, again = client.get("/_emulator/requests").json()["requests"]
    assert {name: again[name] for name in SEEN} == {name: first[name] for name in SEEN}


@pytest.mark.parametrize(
    ("headers", "body", "place"),
    [
        ({"Authorization": "Bearer AS_emulator_of_production"}, None, "default/requests/{}?unclaimed=true"),
        (KEY, {"password": "sesame-of-production"}, "default/requests/1"),
    ],
)
def test_a_credential_that_is_not_the_sandboxs_stays_hidden(
    page: Page, server: Server, client: httpx2.Client, headers: dict[str, str], body: Any, place: str
) -> None:
    client.request("POST", "/v1/campaigns", headers=headers, json=body)
    latest = client.get("/_emulator/requests").json()["unclaimed"]["latest"]
    command = copied(page, server, place.format(latest))
    assert "production" not in command


def test_a_request_of_a_snapshot_shows_the_credential_of_the_sandbox_that_goes_on(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.post("/v1/campaigns", headers=KEY, json={"password": "sesame-of-production"})
    client.post("/_emulator/snapshots", json={"name": "curl"})
    client.post("/_emulator/snapshots/curl/restore")
    client.delete("/_emulator/snapshots/curl")
    command = copied(page, server, "default/requests/1")
    assert f"-H 'authorization: {KEY['Authorization']}'" in command
    assert '{"password":"***"}' in command
