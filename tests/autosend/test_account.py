"""The account's fixture: what in it names something that does not exist is found before the server starts."""

from pathlib import Path
from typing import Any

import pytest

from emulator.autosend import account
from emulator.sandbox.fixtures import FixtureError, read_fixture
from emulator.settings import shipped_fixtures
from tests.autosend.conftest import AutoSend

TEXT = (shipped_fixtures() / "demo" / "autosend" / "account.yaml").read_text("utf-8")


@pytest.mark.parametrize("named", ["sender", "template", "lists"])
def test_a_campaign_that_names_what_its_project_has_not_is_shown_with_its_line(
    tmp_path: Path, named: str
) -> None:
    lines = TEXT.splitlines()
    first = lines.index("    campaigns:")
    number = next(n for n, line in enumerate(lines) if n > first and line.strip().startswith(f"{named}:"))
    unknown = "[64a1f0c2e4b0a1b2c3d40000]" if named == "lists" else "A-00000000000000000000"
    lines[number] = f"{lines[number].split(':')[0]}: {unknown}"
    file = tmp_path / "account.yaml"
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(FixtureError, match=f":{number + 1}: projects.0.campaigns.*{named}.* there is no "):
        read_fixture(file, account.AccountFixture)


def seeded(autosend: AutoSend, old: str, new: str) -> Any:
    """Return what is said to a demo set with another text in its file."""
    assert old in TEXT
    box = autosend.emulator.sandbox(clock="frozen")
    return box.control("POST", "/seed", json={"fixtures": {"autosend": TEXT.replace(old, new, 1)}})


def shown(autosend: AutoSend, path: str, old: str, new: str) -> Any:
    """Return what a sandbox of the demo set shows with another text in its file."""
    said = seeded(autosend, old, new)
    assert said.status_code == 200, said.text
    headers = {"Authorization": f"Bearer {said.json()['environment']['AUTOSEND_API_KEY']}"}
    return autosend.call("GET", path, headers=headers).json()["data"]


def campaign(autosend: AutoSend, number: str, old: str, new: str) -> Any:
    """Return a campaign of a sandbox of the demo set with another text in its file."""
    return shown(autosend, f"/campaigns/{number}", old, new)


def test_a_campaign_that_was_paused_and_aborted_has_been_both(autosend: AutoSend) -> None:
    found = campaign(autosend, "66a0c1d2e3f4a5b6c7d80003", "paused: 1h", "paused: 1h\n        aborted: 30m")
    assert found["status"] == "aborted"
    assert found["pausedAt"] == "2026-03-15T13:30:00.000Z"


def test_a_campaign_is_not_younger_than_its_release(autosend: AutoSend) -> None:
    wanted = "created: 2026-03-01T10:00:00Z", "created: 2026-03-15T14:29:00Z"
    assert campaign(autosend, "60d5ec49f1b2c72d9c8b4567", *wanted)["createdAt"] == "2026-03-15T13:30:00.000Z"


def test_a_campaign_is_to_each_of_its_lists_once(autosend: AutoSend) -> None:
    one = "66a0c1d2e3f4a5b6c7d8dddd"
    found = campaign(autosend, "60d5ec49f1b2c72d9c8b4567", f"lists: [{one}]", f"lists: [{one}, {one}]")
    assert [to["id"] for to in found["toLists"]] == [one]


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["/campaigns/60d5ec49f1b2c72d9c8b4567", "/automations/66b3c4d5e6f7a8b9c0d10001"]
)
def test_campaigns_and_automations_are_tracked_as_their_project_is(autosend: AutoSend, path: str) -> None:
    inbound = "    inbound: k3x9 "
    found = shown(autosend, path, inbound, f"    tracking_open: false\n{inbound}")
    assert (found["trackingOpen"], found["trackingClick"]) == (False, True)


def test_a_webhook_has_each_of_its_events_once(autosend: AutoSend) -> None:
    events = "events: [email.delivered, email.bounced]"
    twice = "events: [email.delivered, email.bounced, email.delivered]"
    (found,) = shown(autosend, "/webhooks", events, twice)["webhooks"]
    assert found["events"] == ["email.delivered", "email.bounced"]


def test_a_campaign_that_waits_for_its_time_is_not_immediate(autosend: AutoSend) -> None:
    said = seeded(autosend, "        mode: scheduled\n        scheduled_in: 10d", "        scheduled_in: 10d")
    assert said.status_code == 422
    expected = "projects.0.campaigns.5: with scheduled_in, mode is scheduled or gradual"
    assert said.json()["errors"][0]["message"].endswith(expected)


@pytest.mark.parametrize("subject", ["What happened this month", "Don't miss our Spring Sale!"])
def test_a_subject_of_blanks_alone_is_none(autosend: AutoSend, subject: str) -> None:
    said = seeded(autosend, f"subject: {subject}", 'subject: "  "')
    assert (said.status_code, "subject: is required" in said.text) == (422, True)


@pytest.mark.parametrize("nothing", ["", "  "])
def test_a_campaign_that_begins_has_something_to_say(autosend: AutoSend, nothing: str) -> None:
    html = next(line for line in TEXT.splitlines() if line.startswith("        html: "))
    said = seeded(autosend, html, f'        html: "{nothing}"')
    assert said.status_code == 422
    expected = "projects.0.templates.0.html: a campaign that begins has content"
    assert said.json()["errors"][0]["message"].endswith(expected)


ENTRY = "entry: {type: event_trigger, eventName: signed_up}"
OF_MAIL = "{templateId: A-0f1e2d3c4b5a69788796}}\n        tags"
ENTERS = "entry: does not say who enters"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (ENTRY, "entry: {type: contact_added_to_list}", ENTERS),
        (ENTRY, "entry: {type: contact_property_matches_with}", ENTERS),
        (
            OF_MAIL,
            "{templateId: A-0f1e2d3c4b5a69788796, senderEmail: a@example.net}}\n        tags",
            "steps.1: has no delay, or no template that says something, or sender at a verified domain",
        ),
        ("type: wait, delay: {value: 0, unit: minutes}}", "type: wait}", "steps.0: has no delay, or no"),
    ],
)
def test_an_automation_that_could_not_be_activated_is_not_active(
    autosend: AutoSend, old: str, new: str, said: str
) -> None:
    answer = seeded(autosend, old, new)
    assert answer.status_code == 422
    assert f"projects.0.automations.0.{said}" in answer.json()["errors"][0]["message"]


def test_an_automation_that_is_paused_may_lack_something(autosend: AutoSend) -> None:
    assert seeded(autosend, f"status: active\n        {ENTRY}", "status: paused").status_code == 200
