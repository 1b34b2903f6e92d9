"""Rules and snapshots on the console: the forms' fields, and how existing ones are shown."""

import httpx2
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser import CHROMIUM
from tests.console.pages import Held, visit
from tests.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


def form(page: Page, summary: str, action: str) -> Locator:
    """Open a form."""
    page.get_by_text(summary).click()
    return page.locator("form", has=page.get_by_role("button", name=action))


def is_asked_for(field: Locator) -> bool:
    """Return whether the browser has focused the field because it is required and empty."""
    asked: bool = field.evaluate("one => one === document.activeElement && one.validity.valueMissing")
    return asked


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"truncate": 0}, "truncate 0"),
        ({"truncate": True}, "truncate"),
        ({"delay": "2s"}, "delay 2s"),
        ({"status": 503, "delay": "2s"}, "status 503, delay 2s"),
    ],
)
def test_a_fault_is_told_by_its_action(
    page: Page, server: Server, client: httpx2.Client, rule: dict[str, object], words: str
) -> None:
    client.post("/_emulator/faults", json={"provider": "autosend", **rule})
    visit(page, server, "default/rules")
    expect(page.get_by_role("table", name="Faults").locator("tbody td").nth(1)).to_have_text(words)


@pytest.mark.parametrize(("action", "name"), [("delay", "delay"), ("backdate", "age")])
def test_a_disturbance_asks_for_its_length_and_for_no_other(
    page: Page, server: Server, action: str, name: str
) -> None:
    visit(page, server, "default/rules")
    filled = form(page, "Add a disturbance", "Add disturbance")
    filled.locator("[name=action]").select_option(action)
    other = {"delay": "age", "age": "delay"}[name]
    expect(filled.locator(f"[name={other}]")).to_be_hidden()
    filled.get_by_role("button", name="Add disturbance").click()
    assert is_asked_for(filled.locator(f"[name={name}]"))


@pytest.mark.parametrize(
    ("action", "name"),
    [("status", "status"), ("delay", "delay"), ("slow_body", "slow_body"), ("rate_limit", "per")],
)
def test_a_fault_asks_for_what_its_action_needs(page: Page, server: Server, action: str, name: str) -> None:
    visit(page, server, "default/rules")
    filled = form(page, "Add a fault", "Add fault")
    filled.locator("[name=provider]").select_option("autosend")
    expect(filled.locator("[name=error]")).to_contain_text("RateLimitExceeded")
    filled.locator("[name=action]").select_option(action)
    if action == "rate_limit":
        filled.locator("[name=requests]").fill("2")
    filled.get_by_role("button", name="Add fault").click()
    assert is_asked_for(filled.locator(f"[name={name}]"))


def test_a_rate_limit_is_offered_where_the_provider_documents_one(page: Page, server: Server) -> None:
    visit(page, server, "default/rules")
    filled = form(page, "Add a fault", "Add fault")
    limit = filled.locator("option[value=rate_limit]")
    for provider, offered in (("autosend", True), ("rcs", False), ("altcraft", False)):
        filled.locator("[name=provider]").select_option(provider)
        expect(limit).to_be_enabled(enabled=offered)


def test_a_form_is_there_once_its_choices_are_known(page: Page, server: Server) -> None:
    rules = Held(page, "**/_emulator/faults?*")
    visit(page, server, "default/rules")
    expect(page.get_by_text("Add an outcome rule")).to_be_visible()
    expect(page.get_by_text("Add a fault")).to_be_hidden()
    rules.first().continue_()
    filled = form(page, "Add a fault", "Add fault")
    expect(filled.locator("[name=error]")).to_contain_text("IncorrectRequest")


def test_errors_do_not_wait_for_operations_and_are_no_other_providers(page: Page, server: Server) -> None:
    documents = Held(page, "**/openapi/rcs.json")
    visit(page, server, "default/rules")
    filled = form(page, "Add a fault", "Add fault")
    error = filled.locator("[name=error]")
    expect(error).to_contain_text("IncorrectRequest")
    errors = Held(page, "**/_emulator/faults/errors?*")
    filled.locator("[name=provider]").select_option("rcs")
    expect(error.locator("option")).to_have_count(0)
    errors.first().continue_()
    expect(error).to_contain_text("GivenDataInvalid")
    documents.first().continue_()


def test_the_button_of_a_rule_with_a_long_recipient_is_in_sight(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    rule = {"outcome": "bounced", "recipient": f"{'a' * 200}@example.com"}
    client.post("/_emulator/outcomes", json=rule)
    visit(page, server, "default/rules")
    button = page.get_by_role("button", name="Delete rule 1 of Outcomes")
    assert button.evaluate("one => one.getBoundingClientRect().right < innerWidth")


def test_an_outcome_has_its_reason(page: Page, server: Server, client: httpx2.Client) -> None:
    visit(page, server, "default/rules")
    filled = form(page, "Add an outcome rule", "Add rule")
    filled.locator("[name=outcome]").select_option("bounced")
    filled.locator("[name=reason]").fill("NoEmail")
    filled.get_by_role("button", name="Add rule").click()
    expect(page.get_by_role("table", name="Outcomes")).to_contain_text("NoEmail")
    assert client.get("/_emulator/outcomes").json()["rules"][0]["reason"] == "NoEmail"


def test_a_snapshot_is_not_replaced_unasked(page: Page, server: Server, client: httpx2.Client) -> None:
    client.post("/_emulator/snapshots", json={"name": "half-way"})
    client.post("/_emulator/clock", json={"advance": "1d"})
    visit(page, server, "default/snapshots")
    saving = page.locator("form", has=page.get_by_role("button", name="Save this sandbox"))
    saving.locator("[name=name]").fill("half-way")
    saving.get_by_role("button", name="Save this sandbox").click()
    dialog = page.get_by_role("dialog", name="There is a snapshot half-way already. Replace it?")
    expect(dialog).to_be_visible()
    assert client.get("/_emulator/snapshots").json()["snapshots"][0]["at"].startswith("2026-03-15")
    dialog.get_by_role("button", name="Replace").click()
    expect(page.locator("#panel-snapshots .note:not(:empty)")).to_have_text("Replaced half-way.")
    assert client.get("/_emulator/snapshots").json()["snapshots"][0]["at"].startswith("2026-03-16")


def test_an_uploaded_file_gets_a_name_that_fits_and_can_be_changed(
    page: Page, server: Server, client: httpx2.Client
) -> None:
    client.post("/_emulator/snapshots", json={"name": "half-way"})
    content = client.get("/_emulator/snapshots/half-way").content
    visit(page, server, "default/snapshots")
    upload = page.locator("form", has=page.get_by_role("button", name="Upload"))
    file = FilePayload(name="Half-way (1).sqlite", mimeType="application/vnd.sqlite3", buffer=content)
    upload.locator("[name=file]").set_input_files(file)
    expect(upload.locator("[name=name]")).to_have_value("half-way-1")
    upload.locator("[name=name]").fill("theirs")
    upload.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("table", name="Snapshots")).to_contain_text("theirs")
    expect(upload.get_by_role("status")).to_have_text("Uploaded theirs.")
