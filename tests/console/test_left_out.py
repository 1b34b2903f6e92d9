"""The console shows whom a job left out, and why."""

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser import CHROMIUM
from tests.console.pages import KEY, detail, publish, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

SUPPRESS = "/v1/suppression-groups/emails/suppress"


def test_a_job_shows_whom_it_left_out_and_why(page: Page, server: Server, client: httpx2.Client) -> None:
    job = publish(client)
    client.post("/_emulator/clock", json={"advance": "2m"})
    [first, *_] = client.get("/_emulator/messages", params={"job": job, "after": 0}).json()["messages"]
    visit(page, server, f"default/jobs/{job}")
    expect(detail(page)).to_contain_text("sending")
    expect(detail(page).get_by_role("heading", name="Left out")).to_have_count(0)
    client.post(SUPPRESS, json={"emails": [first["recipient"]]}, headers=KEY)
    client.post("/_emulator/clock", json={"advance": "1m"})
    table = detail(page).get_by_role("table", name="Left out")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table).to_contain_text(first["recipient"])
    expect(table).to_contain_text("MANUAL in the suppression group All mail")
    expect(detail(page)).to_contain_text("1 because of MANUAL in the suppression group All mail")
