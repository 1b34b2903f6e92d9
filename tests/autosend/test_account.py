"""The account's fixture: references to what does not exist are found before the server starts."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.autosend import account
from emulator.sandbox.fixtures import FixtureError, read_fixture
from emulator.settings import shipped_fixtures
from emulator.yaml_text import read_yaml
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
    """Return the response to seeding the demo set with `old` replaced by `new` in its file."""
    assert old in TEXT
    box = autosend.emulator.sandbox(clock="frozen")
    return box.control("POST", "/seed", json={"fixtures": {"autosend": TEXT.replace(old, new, 1)}})


def shown(autosend: AutoSend, path: str, old: str, new: str) -> Any:
    """Return the data of a GET request to a sandbox that was seeded so."""
    said = seeded(autosend, old, new)
    assert said.status_code == 200, said.text
    headers = {"Authorization": f"Bearer {said.json()['environment']['AUTOSEND_API_KEY']}"}
    return autosend.call("GET", path, headers=headers).json()["data"]


def campaign(autosend: AutoSend, number: str, old: str, new: str) -> Any:
    """Return a campaign of a sandbox that was seeded so."""
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


LONG = "x" * 5001
HOOK = "url: http://127.0.0.1:9000/hooks"
EVENT = "properties: {order_total: number, currency: string}"
OF_STEP = "email: {templateId: A-0f1e2d3c4b5a69788796}}\n        tags"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "first_name: Ada",
            f"first_name: {LONG}",
            "contacts.0.first_name: String should have at most 500 characters",
        ),
        ('mobile: "+14155550123"', 'mobile: "0415"', "contacts.0.mobile: "),
        ("name: Team", "name: All Contacts", "lists.1.name: All Contacts is the list of everybody"),
        (
            "name: Team",
            f"name: Team\n        description: {LONG}",
            "lists.1.description: String should have at most 500",
        ),
        (
            "default: free",
            f"default: {LONG}",
            "properties.0.default: String should have at most 5000 characters",
        ),
        (
            "name: Newsletter\n        description",
            "name: ' '\n        description",
            "groups.0.name: is required",
        ),
        ("name: Example News", f"name: {LONG}", "senders.1.name: String should have at most 200 characters"),
        ("name: Newsletter\n        subject", "name: ' '\n        subject", "templates.0.name: is required"),
        (
            "preview: In three",
            f"preview: {LONG}In three",
            "templates.0.preview: String should have at most 140 characters",
        ),
        (
            "variables: {firstName: string}",
            f"variables: {{firstName: {LONG}}}",
            "templates.1.variables.firstName",
        ),
        ("name: Autumn sale", "name: ' '", "campaigns.1.name: is required"),
        (
            "preview: Ten days",
            f"preview: {LONG}Ten",
            "campaigns.1.preview: String should have at most 200 characters",
        ),
        (
            "daily: 5\n",
            "daily: 1000000001\n",
            "campaigns.3.daily: Input should be less than or equal to 1000000000",
        ),
        (
            "description: Checkout done",
            f"description: {LONG}",
            "events.0.description: String should have at most 1000",
        ),
        (EVENT, "properties: {order total: number}", "events.0.properties.order total"),
        ("name: Welcome series", "name: ' '", "automations.0.name: is required"),
        ("tags: [onboarding]", "tags: [' ']", "automations.0.tags.0: "),
        (
            OF_STEP,
            "email: {subject: 'Hi {{', htmlTemplate: Hi}}\n        tags",
            "automations.0.steps.1.email.subject: Malformed template",
        ),
        (
            HOOK,
            "url: http://me:secret@127.0.0.1:9000/hooks",
            "webhooks.0.url: must not hold a user or password",
        ),
        (
            "to: help@support.ex",
            "to: help@nowhere.ex",
            "inbound_mails.0.to: there is no nowhere.example.org among",
        ),
        ("name: Example Shop\n    owner", "name: ' '\n    owner", "name: is required"),
    ],
)
def test_what_the_api_refuses_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    file = tmp_path / "account.yaml"
    file.write_text(TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(FixtureError) as error:
        read_fixture(file, account.AccountFixture)
    assert f": projects.0.{said}" in str(error.value)


def test_a_project_has_50_drafts(tmp_path: Path) -> None:
    found = json.loads(json.dumps(read_yaml(TEXT), default=str))
    draft = found["projects"][0]["campaigns"][1]
    found["projects"][0]["campaigns"] = [draft | {"id": f"{number:024x}"} for number in range(51)]
    file = tmp_path / "account.yaml"
    file.write_text(json.dumps(found), "utf-8")
    with pytest.raises(FixtureError, match=r"projects\.0\.campaigns\.50: a project has at most 50 drafts"):
        read_fixture(file, account.AccountFixture)


def test_addresses_are_in_the_global_group_of_a_project(tmp_path: Path) -> None:
    file = tmp_path / "account.yaml"
    file.write_text(TEXT.replace("code: GLB00,", "code: GLB00, suppressed: [ann@example.com],"), "utf-8")
    with pytest.raises(FixtureError, match=r"global_group\.suppressed: is not a field here"):
        read_fixture(file, account.AccountFixture)


AGES = [3, 1, 2]
DATED: dict[str, list[dict[str, Any]]] = {
    "contacts": [{"email": f"{day}@example.com"} for day in AGES],
    "domains": [{"id": f"{day:024x}", "name": f"d{day}.example"} for day in AGES],
    "lists": [{"id": f"{day:024x}", "name": f"L{day}"} for day in AGES],
    "events": [{"id": f"{day:024x}", "name": f"e{day}"} for day in AGES],
    "automations": [{"id": f"{day:024x}", "name": f"A{day}", "steps": []} for day in AGES],
    "webhooks": [{"url": f"http://example.com/{day}", "events": ["email.sent"]} for day in AGES],
}


def test_lists_are_in_the_order_in_which_things_of_a_fixture_were_made(autosend: AutoSend) -> None:
    found = read_yaml((shipped_fixtures() / "empty" / "autosend" / "account.yaml").read_text("utf-8"))
    for name, parts in DATED.items():
        dated = [
            part | {"created": f"2026-02-0{day}T10:00:00Z"} for part, day in zip(parts, AGES, strict=True)
        ]
        found["projects"][0].setdefault(name, []).extend(dated)
    found["projects"][0]["lists"][0] |= {"generate": {"count": 1, "pattern": "{n}@example.org"}}
    box = autosend.emulator.sandbox(clock="frozen")
    said = box.control("POST", "/seed", json={"fixtures": {"autosend": json.dumps(found, default=str)}})
    opened = {"Authorization": f"Bearer {said.json()['environment']['AUTOSEND_API_KEY']}"}

    def listed(path: str, name: str, field: str, body: Any = None) -> list[str]:
        answer = autosend.call("POST" if body else "GET", path, body, headers=opened)
        return [one[field] for one in answer.json()["data"][name]]

    everybody = {"contactListId": "GLOBAL_CONTACT_LIST"}
    people = listed("/contact-lists/contacts/search", "contacts", "email", everybody)
    assert people == ["1@example.org", "1@example.com", "2@example.com", "3@example.com"]
    domains = listed("/domains", "domains", "domainName")
    assert domains == ["example.com", "d1.example", "d2.example", "d3.example"]
    assert listed("/contact-lists", "lists", "name") == ["All Contacts", "L1", "L2", "L3"]
    assert listed("/events", "events", "eventName") == ["e3", "e2", "e1"]
    assert listed("/automations", "workflowAutomations", "name") == ["A3", "A2", "A1"]
    assert [url[-1] for url in listed("/webhooks", "webhooks", "url")] == ["3", "2", "1"]


def test_the_past_uses_nothing_of_the_quota(autosend: AutoSend) -> None:
    said = seeded(autosend, "admins: [admin@example.com]", "admins: [admin@example.com]\nquota: 10")
    opened = {"Authorization": f"Bearer {said.json()['environment']['AUTOSEND_API_KEY']}"}
    digest = autosend.call("GET", "/campaigns/66a0c1d2e3f4a5b6c7d80002", headers=opened).json()["data"]
    assert (digest["status"], digest["metrics"]["sent"]) == ("sent", 50)
    sandbox = {"sandbox": said.json()["environment"]["EMULATOR_SANDBOX"]}
    path = "/_emulator/jobs/autosend/organization/66a0c1d2e3f4a5b6c7d8bbbb"
    settings = autosend.emulator.http.get(path, params=sandbox).json()["settings"]
    assert (settings["quota"], settings["used"]) == (10, 0)


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ("help@support.example.org", "PROCESSED"),
        ("help@k3x9.autosend.email", "PROCESSED"),
        ("help@example.org", "BLOCKED_UNROUTED"),
    ],
)
def test_a_received_mail_of_a_fixture_is_as_its_domain_lets_it_be(
    autosend: AutoSend, to: str, status: str
) -> None:
    path = "/inbound/messages?includeBlocked=true"
    (found,) = shown(autosend, path, "to: help@support.example.org", f"to: {to}")["items"]
    assert (found["status"], found["domainName"]) == (status, to.partition("@")[2])


@pytest.mark.parametrize(
    ("domain", "sent"), [("new: true", 300), ("new: true, created: 2026-03-14T10:00:00Z", 301)]
)
def test_a_domain_that_is_new_has_its_first_day_when_the_sandbox_begins(
    autosend: AutoSend, domain: str, sent: int
) -> None:
    name = "name: mail.example.org"
    said = seeded(autosend, f"{name}}}", f"{name}, {domain}}}")
    environment = said.json()["environment"]
    opened = {"Authorization": f"Bearer {environment['AUTOSEND_API_KEY']}"}
    mail = {"from": {"email": "a@mail.example.org"}, "subject": "s", "text": "t"}
    for number in (100, 100, 100, 1):
        people = [{"email": f"reader-{place}@new.example"} for place in range(number)]
        autosend.call("POST", "/mails/bulk", mail | {"recipients": people}, headers=opened)
    sandbox = {"sandbox": environment["EMULATOR_SANDBOX"]}
    autosend.emulator.http.post("/_emulator/clock", json={"advance": "1m"}, params=sandbox)
    searched = sandbox | {"status": "delivered", "recipient": "@new.example"}
    assert autosend.emulator.http.get("/_emulator/messages", params=searched).json()["total"] == sent


def test_a_campaign_has_the_settings_of_its_fixture(autosend: AutoSend) -> None:
    to = "lists: [66a0c1d2e3f4a5b6c7d8dddd]"
    more = "exclude: [66a0c1d2e3f4a5b6c7d8dd01], group: 7QK2M, reply_to: me@example.org"
    new = f"lists: [GLOBAL_CONTACT_LIST], {more}".replace(", ", "\n        ")
    found = campaign(autosend, "60d5ec49f1b2c72d9c8b4567", to, new)
    assert (found["sendToGlobalList"], found["unsubscribeGroupId"]) == (True, "7QK2M")
    assert ([one["name"] for one in found["excludeLists"]], found["replyTo"]) == (["Team"], "me@example.org")
    assert (found["metrics"]["totalContacts"], found["metrics"]["suppressed"]) == (71, 3)


def test_an_automation_has_the_group_of_its_fixture(autosend: AutoSend) -> None:
    path, tags = "/automations/66b3c4d5e6f7a8b9c0d10001", "tags: [onboarding]"
    assert shown(autosend, path, tags, f"{tags}\n        group: 7QK2M")["unsubscribeGroupId"] == "7QK2M"


def test_a_contact_has_no_value_that_is_empty(autosend: AutoSend) -> None:
    path = "/contacts/66c1d2e3f4a5b6c7d8e90001"
    found = shown(autosend, path, "seats: 4, isPremium: true", "seats: 4, isPremium: ''")
    assert found["customFields"] == {"company": "Engines Ltd", "seats": 4}


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
