"""The progress of contacts through automations: stories on the frozen clock."""

from typing import Any

import pytest

from tests.autosend.automations import (
    TEMPLATE,
    add_contact,
    change,
    counts,
    create,
    letter,
    matches,
    numbers,
    pause,
    subjects,
    wait,
)
from tests.autosend.conftest import AutoSend
from tests.receiver import receiving

ADA = "66c1d2e3f4a5b6c7d8e90001"
WELCOME = "A-0f1e2d3c4b5a6978879a"
READERS, NOBODY = "66a0c1d2e3f4a5b6c7d8dddd", "66a0c1d2e3f4a5b6c7d8dd03"
GRACE = "grace@example.com"
ORG = "66a0c1d2e3f4a5b6c7d81002"


def send(autosend: AutoSend, name: str = "order_completed", **properties: Any) -> None:
    body = {"eventName": name, "contactId": ADA, "eventProperties": properties}
    autosend.data("POST", "/events/send", body, 201)


def test_a_new_contact_waits_gets_its_mails_and_is_through(autosend: AutoSend) -> None:
    steps = [wait(1, "hours"), letter("Hello {{firstName}}"), wait(2, "days"), letter("Still there?")]
    series = create(autosend, steps=steps)
    add_contact(autosend, firstName="Grace")
    assert counts(autosend, series) == (1, 0, 0, 1)
    autosend.advance("59m")
    assert subjects(autosend) == []
    autosend.advance("1m")
    assert subjects(autosend) == ["Hello Grace"]
    autosend.advance("2d")
    assert subjects(autosend) == ["Hello Grace", "Still there?"]
    assert counts(autosend, series) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("unit", "just_before"),
    [("minutes", "119999ms"), ("mins", "119999ms"), ("hours", "119m"), ("days", "47h")],
)
def test_a_wait_has_units(autosend: AutoSend, unit: str, just_before: str) -> None:
    series = create(autosend, steps=[wait(2, unit), letter("Now")])
    add_contact(autosend)
    autosend.advance(just_before)
    assert counts(autosend, series)[3] == 1
    autosend.advance("1h")
    assert subjects(autosend) == ["Now"]


def test_no_delay_sends_at_once(autosend: AutoSend) -> None:
    create(autosend)
    add_contact(autosend)
    autosend.advance("0s")
    assert subjects(autosend) == ["Hello {{firstName}}"]


def test_who_is_there_already_does_not_enter(autosend: AutoSend) -> None:
    series = create(autosend)
    change(autosend, "ada@example.com", firstName="A.")
    assert counts(autosend, series) == (0, 0, 0, 0)


def test_the_numbers_are_those_of_the_mails(autosend: AutoSend) -> None:
    series = create(autosend)
    for word in ("clicked", "opened", "bounced", "delivered"):
        add_contact(autosend, f"grace+{word}@example.com")
    autosend.advance("10m")
    found = numbers(autosend, series)
    names = ("sent", "delivered", "opened", "clicked", "bounced")
    assert [found[name] for name in names] == [4, 3, 2, 1, 1]


def test_what_is_not_tracked_is_not_counted(autosend: AutoSend) -> None:
    series = create(autosend, trackingOpen=False, trackingClick=False)
    add_contact(autosend, "grace+clicked@example.com")
    autosend.advance("10m")
    found = numbers(autosend, series)
    assert (found["delivered"], found["opened"], found["clicked"]) == (1, 0, 0)


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("is_click", [True, False])
def test_what_was_counted_of_a_mail_stays_whatever_is_tracked_later(
    autosend: AutoSend, *, is_open: bool, is_click: bool
) -> None:
    series = create(autosend, trackingOpen=is_open, trackingClick=is_click)
    add_contact(autosend, "grace+clicked@example.com")
    autosend.advance("10m")
    before = numbers(autosend, series)
    assert (before["opened"], before["clicked"]) == (int(is_open), int(is_click))
    pause(autosend, series)
    other = {"trackingOpen": not is_open, "trackingClick": not is_click}
    autosend.data("PATCH", f"/automations/{series['id']}", other)
    assert numbers(autosend, series) == before


def test_a_mail_is_that_of_its_step(autosend: AutoSend) -> None:
    email = {
        "subject": "Subject",
        "htmlTemplate": "<p>Hi {{firstName}}</p>",
        "senderEmail": "news@example.org",
        "senderName": "The News",
        "senderReplyToEmail": "reply@example.org",
        "senderReplyToName": "Reply Desk",
    }
    series = create(autosend, steps=[wait(), {"type": "email", "email": email}], unsubscribeGroupId="7QK2M")
    add_contact(autosend, firstName="Grace")
    autosend.advance("1m")
    (message,) = autosend.messages(GRACE)
    assert message["job"] == f"autosend/automation/{series['id']}"
    assert message["sender"] == "The News <news@example.org>"
    assert autosend.emulator.query(
        "SELECT reply_to, unsubscribe_group FROM autosend_mail WHERE automation_id = ?", series["id"]
    ) == [("Reply Desk <reply@example.org>", "7QK2M")]
    html = autosend.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text
    assert "<p>Hi Grace</p>" in html


def test_a_template_brings_what_the_step_leaves_out(autosend: AutoSend) -> None:
    create(autosend, steps=[wait(), {"type": "email", "email": {"templateId": TEMPLATE}}])
    add_contact(autosend)
    autosend.advance("1m")
    (message,) = autosend.messages(GRACE)
    assert (message["subject"], message["sender"]) == (
        "What happened this month",
        "Example Shop <hello@example.com>",
    )


DESK = {"email": "desk@example.com", "name": "The Desk", "replyTo": "answers@example.com"}


@pytest.mark.parametrize(
    ("fields", "sender", "reply_to"),
    [
        ({"templateId": WELCOME}, "The Desk <desk@example.com>", "answers@example.com"),
        ({"senderEmail": "DESK@example.com"}, "The Desk <desk@example.com>", "answers@example.com"),
        ({"senderEmail": "new@example.com", "templateId": WELCOME}, "new@example.com", ""),
        ({"senderEmail": "news@example.org"}, "Example News <news@example.org>", ""),
        ({"templateId": WELCOME, "senderName": "Us"}, "Us <desk@example.com>", "answers@example.com"),
        (
            {"templateId": WELCOME, "senderReplyToEmail": "a@b.example", "senderReplyToName": "A"},
            "The Desk <desk@example.com>",
            "A <a@b.example>",
        ),
        ({}, "Example Shop <hello@example.com>", ""),
    ],
    ids=["template's", "named", "not stored", "without replies", "renamed", "own replies", "default"],
)
def test_a_sender_brings_what_the_step_leaves_out(
    autosend: AutoSend, fields: dict[str, str], sender: str, reply_to: str
) -> None:
    desk = autosend.data("POST", "/senders", DESK)["sender"]["id"]
    autosend.emulator.query("UPDATE autosend_template SET sender_id = ? WHERE id = ?", desk, WELCOME)
    email = {"subject": "Subject", "htmlTemplate": "<p>Hi</p>"} | fields
    create(autosend, steps=[wait(), {"type": "email", "email": email}])
    add_contact(autosend)
    autosend.advance("1m")
    assert [message["sender"] for message in autosend.messages(GRACE)] == [sender]
    assert autosend.emulator.query("SELECT reply_to FROM autosend_mail WHERE automation_id NOT NULL") == [
        (reply_to,)
    ]


def test_webhooks_name_the_automation(autosend: AutoSend) -> None:
    with receiving() as receiver:
        target = {"provider": "autosend", "url": receiver.url, "events": ["email.sent"]}
        assert autosend.emulator.http.post("/_emulator/webhooks/targets", json=target).status_code == 201
        series = create(autosend)
        add_contact(autosend)
        autosend.advance("1s")
        data = receiver.requests[0].json["data"]
    assert (data["to"]["email"], data["workflowAutomationId"]) == (GRACE, series["id"])


def test_a_suppressed_contact_gets_no_mail_and_goes_on(autosend: AutoSend) -> None:
    series = create(autosend, unsubscribeGroupId="7QK2M")
    autosend.call("POST", "/contacts/remove", {"emails": ["gone@example.com"]})
    add_contact(autosend, "gone@example.com")
    autosend.advance("1m")
    assert [one["status"] for one in autosend.messages("gone@example.com")] == ["suppressed"]
    assert counts(autosend, series) == (1, 1, 0, 0)
    assert numbers(autosend, series)["sent"] == 0


def test_a_mail_from_a_domain_that_is_not_verified_any_more_is_passed_over(autosend: AutoSend) -> None:
    steps = [wait(), letter("Never", senderEmail="any@example.org"), wait(1, "days"), letter("Later")]
    series = create(autosend, steps=steps)
    path = f"/_emulator/jobs/autosend/domain/{ORG}/status"
    assert autosend.emulator.http.post(path, json={"action": "fall back"}).status_code == 200
    add_contact(autosend)
    autosend.advance("2d")
    assert subjects(autosend) == ["Later"]
    assert counts(autosend, series) == (1, 1, 0, 0)


@pytest.mark.parametrize("html", ["", "{{#if x}}oops"])
def test_a_mail_of_a_template_that_says_nothing_any_more_is_passed_over(
    autosend: AutoSend, html: str
) -> None:
    template = {"templateName": "T", "subject": "Never", "emailTemplate": "<p>Hi</p>"}
    made = autosend.data("POST", "/templates", template)["templateId"]
    steps = [wait(), {"type": "email", "email": {"templateId": made}}, wait(1, "days"), letter("Later")]
    series = create(autosend, steps=steps)
    autosend.data("PUT", f"/templates/{made}", {"emailTemplate": html})
    add_contact(autosend)
    autosend.advance("2d")
    assert subjects(autosend) == ["Later"]
    assert counts(autosend, series) == (1, 1, 0, 0)


def test_an_event_is_an_entrance_for_those_whom_it_fits(autosend: AutoSend) -> None:
    group = {"fieldType": "number", "operator": "greater_than", "value": 100}
    criteria = {"groups": [group | {"field": "event.properties.order_total"}]}
    entry = {"type": "event_trigger", "eventName": "order_completed", "filterCriteria": criteria}
    series = create(autosend, entryCriteria=entry)
    send(autosend, "signed_up")
    send(autosend, order_total=99)
    assert counts(autosend, series)[0] == 0
    send(autosend, order_total="101")
    autosend.advance("1m")
    assert subjects(autosend, "ada@example.com") == ["What happened this month", "Hello Ada"]


def test_a_contact_enters_once(autosend: AutoSend) -> None:
    series = create(autosend, entryCriteria={"type": "event_trigger", "eventName": "order_completed"})
    for _ in range(2):
        send(autosend)
        send(autosend)
        autosend.advance("1h")
    assert counts(autosend, series) == (1, 1, 0, 0)
    assert subjects(autosend, "ada@example.com") == ["Hello Ada"]


@pytest.mark.parametrize(("fields", "entered"), [({}, 0), ({"runWorkflow": True}, 3)])
def test_bulk_updates_start_automations_where_they_say_so(
    autosend: AutoSend, fields: dict[str, bool], entered: int
) -> None:
    criteria = matches("firstName", "Ada")
    by_match = {"type": "contact_property_matches_with", "filterCriteria": criteria}
    all_series = [create(autosend), create(autosend, entryCriteria=by_match)]
    contacts = [{"email": GRACE, "firstName": "Ada"}, {"email": "gone@example.com", "firstName": "Ada"}]
    autosend.data("POST", "/contacts/bulk-update", {"contacts": contacts} | fields)
    assert sum(counts(autosend, series)[0] for series in all_series) == entered


def test_a_paused_automation_keeps_its_contacts_and_lets_none_in(autosend: AutoSend) -> None:
    steps = [wait(1, "hours"), letter("One"), wait(1, "hours"), letter("Two")]
    series = create(autosend, steps=steps)
    add_contact(autosend)
    autosend.advance("90m")
    paused = autosend.data("POST", f"/automations/{series['id']}/pause")
    assert paused == {
        "id": series["id"],
        "name": "Series",
        "status": "paused",
        "updatedAt": "2026-03-15T16:00:00.000Z",
    }
    add_contact(autosend, "ida@example.com")
    autosend.advance("10d")
    assert subjects(autosend) == ["One"]
    assert counts(autosend, series) == (1, 0, 0, 1)
    resumed = autosend.data("POST", f"/automations/{series['id']}/resume")
    assert (resumed["status"], resumed["activeAt"]) == ("active", "2026-03-25T16:00:00.000Z")
    autosend.advance("0s")
    assert subjects(autosend) == ["One", "Two"]
    assert counts(autosend, series) == (1, 1, 0, 0)


def test_a_wait_that_is_not_over_goes_on_after_a_pause(autosend: AutoSend) -> None:
    series = create(autosend, steps=[wait(1, "days"), letter("One")])
    add_contact(autosend)
    autosend.data("POST", f"/automations/{series['id']}/pause")
    autosend.advance("1h")
    autosend.data("PATCH", f"/automations/{series['id']}", {"active": False})
    autosend.data("PATCH", f"/automations/{series['id']}", {"active": True})
    autosend.advance("22h")
    assert subjects(autosend) == []
    autosend.advance("1h")
    assert subjects(autosend) == ["One"]


def test_who_stands_at_a_step_that_is_gone_is_out(autosend: AutoSend) -> None:
    series = create(autosend, steps=[wait(2, "days", stepId="a"), letter("Old")])
    add_contact(autosend)
    autosend.data("POST", f"/automations/{series['id']}/pause")
    kept = {"steps": [wait(1, "days", stepId="a"), letter("New")]}
    autosend.data("PATCH", f"/automations/{series['id']}", kept)
    assert counts(autosend, series) == (1, 0, 0, 1)
    autosend.data("PATCH", f"/automations/{series['id']}", {"steps": [wait(stepId="b"), letter("New")]})
    assert counts(autosend, series) == (1, 0, 1, 0)


def test_deleting_stops_whoever_is_on_the_way(autosend: AutoSend) -> None:
    series = create(autosend, steps=[wait(1, "hours"), letter("One")])
    add_contact(autosend)
    autosend.call("DELETE", f"/automations/{series['id']}")
    autosend.advance("90d")
    assert subjects(autosend) == []
    assert autosend.emulator.query("SELECT state FROM autosend_automation_run") == [("exited",)]


def test_a_deleted_contact_is_out(autosend: AutoSend) -> None:
    series = create(autosend, steps=[wait(1, "hours"), letter("One")])
    autosend.call("DELETE", f"/contacts/{add_contact(autosend)['id']}")
    autosend.advance("1d")
    assert counts(autosend, series) == (1, 0, 1, 0)
    assert subjects(autosend) == []


def test_nobody_stays_for_more_than_60_days(autosend: AutoSend) -> None:
    series = create(autosend, steps=[wait(61, "days"), letter("Late")])
    add_contact(autosend)
    autosend.advance("59d")
    assert counts(autosend, series) == (1, 0, 0, 1)
    autosend.advance("1d")
    assert counts(autosend, series) == (1, 0, 1, 0)
