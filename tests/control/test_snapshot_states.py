"""A sandbox with any content, at any moment, can be saved, and goes on from the snapshot."""

from typing import Any

import pytest

from emulator.app import make_providers
from emulator.gateway.examples import Example, load_examples
from emulator.settings import Settings
from tests.conftest import Emulator, Sandbox

PROVIDERS = [provider.name for provider in make_providers(Settings())]
AT_ONCE = 20
"""How many requests are sent between two snapshots."""
CONTACT = {"email": "ann@example.com"}
RECEIVED = {"from": "ann@customer.test", "to": ["help@k3x9.autosend.email"], "subject": "Hi", "text": "Hello"}


def empty(emulator: Emulator) -> Sandbox:
    return emulator.sandbox(fixtures="empty", clock="frozen")


def check(box: Sandbox, after: str) -> None:
    """Check that a sandbox can be saved, and restored from the snapshot."""
    saved = box.control("POST", "/snapshots", json={"name": "state", "replace": True})
    assert saved.status_code == 201, f"{after}: {saved.text}"
    restored = box.control("POST", "/snapshots/state/restore")
    assert restored.status_code == 200, f"{after}: {restored.text}"


def send(box: Sandbox, provider: str, example: Example) -> Any:
    credential = example.credential or getattr(box, provider)["Authorization"].removeprefix("Bearer ")
    headers = {"Authorization": f"Bearer {credential}"}
    return box.http.request(
        example.method, example.url, params=example.query, json=example.body, headers=headers
    )


def create_contact(box: Sandbox) -> None:
    assert box.http.post("/v1/contacts", json=CONTACT, headers=box.autosend).status_code == 200


def test_a_sandbox_that_has_told_of_a_contact_and_has_no_message_can_be_restored(emulator: Emulator) -> None:
    box = empty(emulator)
    create_contact(box)
    check(box, "a contact")
    assert [one["type"] for one in box.control("GET", "/webhooks/events").json()["events"]] == [
        "contact.created"
    ]


def test_a_file_that_tells_of_nothing_but_a_contact_is_taken_in(emulator: Emulator) -> None:
    box = empty(emulator)
    create_contact(box)
    assert box.control("POST", "/snapshots", json={"name": "own"}).status_code == 201
    content = box.http.get("/_emulator/snapshots/own").content
    answer = box.http.put(
        "/_emulator/snapshots/sent", content=content, headers={"Content-Type": "application/vnd.sqlite3"}
    )
    assert answer.status_code == 201, answer.text


def test_a_sandbox_that_has_received_a_mail_and_sent_none_can_be_restored(emulator: Emulator) -> None:
    box = empty(emulator)
    answer = box.control("POST", "/autosend/inbound", json=RECEIVED)
    assert answer.status_code == 201, answer.text
    check(box, "a received mail")


def test_a_sandbox_whose_happenings_are_of_a_deleted_project_can_be_restored(emulator: Emulator) -> None:
    box = empty(emulator)
    access = box.http.get(f"/_emulator/sandboxes/{box.name}").json()["access"]
    account = {"Authorization": f"Bearer {access['autosend']['credentials'][1]}"}
    made = box.http.post("/v1/account/projects", json={"name": "Short"}, headers=account).json()["data"]["id"]
    own = account | {"x-project-id": made}
    assert box.http.post("/v1/contacts", json=CONTACT, headers=own).status_code == 200
    assert box.http.delete(f"/v1/account/projects/{made}", headers=account).status_code == 200
    check(box, "a deleted project")


@pytest.mark.slow
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fixtures", ["empty", "demo"])
def test_a_sandbox_can_be_restored_while_everything_documented_happens(
    emulator: Emulator, fixtures: str, provider: str
) -> None:
    box = emulator.sandbox(fixtures=fixtures, clock="frozen", at="2026-03-15T14:30:00Z")
    for number, example in enumerate(load_examples(provider).values(), 1):
        assert send(box, provider, example).status_code < 500, example.key
        if number % AT_ONCE == 0:
            box.advance("7s")
            check(box, example.key)
    box.advance("40d")
    check(box, "a month")
