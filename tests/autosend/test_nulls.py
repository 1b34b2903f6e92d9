"""Null in an update counts as left out; the fields that it clears are here, too."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.autosend import automations
from tests.autosend.campaigns import DRAFT, GRADUAL, create
from tests.autosend.conftest import AutoSend
from tests.autosend.suppressions import GROUPS, NEWSLETTER
from tests.autosend.test_emails import MAIL
from tests.autosend.test_webhooks import OF_FIXTURE

WELCOME = "A-0f1e2d3c4b5a6978879a"
SHOP = "66a0c1d2e3f4a5b6c7d82001"
ORDER = "/events/eventName/order_completed"
CAMPAIGN = DRAFT | GRADUAL | {
    "previewText": "It was",
    "fromSenderId": SHOP,
    "replyTo": "desk@example.org",
    "excludeLists": ["66a0c1d2e3f4a5b6c7d8dd03"],
    "unsubscribeGroupId": NEWSLETTER,
    "trackingClick": False,
    "trackingOpen": False,
    "timezone": "Europe/Berlin",
}  # fmt: skip
AUTOMATION = {
    "description": "Greets",
    "entryCriteria": {"type": "event_trigger", "eventName": "signed_up"},
    "exitCriteria": {"type": "entry_criteria_no_longer_met"},
    "tags": ["a"],
    "unsubscribeGroupId": NEWSLETTER,
    "trackingOpen": False,
    "trackingClick": False,
    "active": False,
}
TEMPLATE = ("templateName", "description", "subject", "previewText", "emailTemplate", "templateType")


def nulls(names: Iterable[str], **others: Any) -> dict[str, Any]:
    return dict.fromkeys(names) | others


def unchanged(autosend: AutoSend, method: str, path: str, body: dict[str, Any]) -> None:
    """Send an update an hour later, and check that it changes only the time of the last change."""
    before = autosend.data("GET", path)
    autosend.advance("1h")
    autosend.data(method, path, body)
    after = autosend.data("GET", path)
    assert after | {"updatedAt": None} == before | {"updatedAt": None}


def test_an_update_of_a_campaign(autosend: AutoSend) -> None:
    campaign = create(autosend, **CAMPAIGN)
    others = ("from", "templateId", "sendNow", "sendToGlobalList", "publish")
    unchanged(autosend, "PATCH", f"/campaigns/{campaign}", nulls([*CAMPAIGN, *others]))


def test_an_update_of_a_template(autosend: AutoSend) -> None:
    autosend.data("PUT", f"/templates/{WELCOME}", {"dynamicVariables": {"name": "Ada"}})
    unchanged(autosend, "PUT", f"/templates/{WELCOME}", nulls([*TEMPLATE, "dynamicVariables"]))


def test_an_update_of_a_suppression_group(autosend: AutoSend) -> None:
    unchanged(autosend, "PUT", f"{GROUPS}/{NEWSLETTER}", nulls(["name", "description", "isActive"]))


def test_an_update_of_an_automation(autosend: AutoSend) -> None:
    made = automations.create(autosend, **AUTOMATION)
    unchanged(autosend, "PATCH", f"/automations/{made['id']}", nulls([*AUTOMATION, "name", "steps"]))


def test_an_update_of_a_webhook(autosend: AutoSend) -> None:
    path = f"/webhooks/{OF_FIXTURE}"
    autosend.data("PUT", path, {"metadata": {"a": 1}})
    unchanged(autosend, "PUT", path, nulls(["url", "events", "isActive", "metadata"]))


@pytest.mark.parametrize(("given", "kept"), [("description", "properties"), ("properties", "description")])
def test_an_update_of_an_event(autosend: AutoSend, given: str, kept: str) -> None:
    changed: dict[str, Any] = {"description": "After payment", "properties": []}
    before = autosend.data("GET", ORDER)
    after = autosend.data("PATCH", ORDER, {given: changed[given], kept: None})
    assert (after[given], after[kept]) == (changed[given], before[kept])


def test_an_upsert_of_a_contact(autosend: AutoSend) -> None:
    names = ("firstName", "lastName", "userId", "mobile", "customFields", "listIds")
    autosend.data(
        "POST", "/contacts/email", {"email": "ada@example.com", "firstName": "A", "mobile": "+4930123456"}
    )
    body = {"email": "ada@example.com"}
    before = autosend.data("POST", "/contacts/email", body)
    assert autosend.data("POST", "/contacts/email", body | nulls(names)) == before


def test_null_takes_the_sender_of_a_template_away(autosend: AutoSend) -> None:
    path = f"/templates/{WELCOME}"
    autosend.data("PUT", path, {"senderId": SHOP})
    assert "sender" in autosend.data("GET", path)
    autosend.data("PUT", path, {"senderId": None})
    assert "sender" not in autosend.data("GET", path)


def test_null_takes_the_time_of_a_draft_away(autosend: AutoSend) -> None:
    campaign = create(autosend, scheduledAt="2026-03-20T10:00:00Z")
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] is not None
    autosend.data("PATCH", f"/campaigns/{campaign}", {"scheduledAt": None})
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/campaigns", DRAFT | {"templateId": "", "fromSenderId": "", "unsubscribeGroupId": ""}),
        ("/mails/send", MAIL | {"templateId": "", "unsubscribeGroupId": ""}),
        ("/events/send", {"eventName": "signed_up", "email": "ada@example.com", "contactId": ""}),
        (f"{GROUPS}/emails/suppress", {"emails": ["ada@example.com"], "groupId": ""}),
    ],
)
def test_an_empty_id_is_one_that_is_not_given(autosend: AutoSend, path: str, body: dict[str, Any]) -> None:
    assert autosend.call("POST", path, body).json()["success"] is True


def test_an_empty_id_of_an_automation_is_one_that_is_not_given(autosend: AutoSend) -> None:
    made = automations.create(autosend, unsubscribeGroupId="", active=False)
    assert made["unsubscribeGroupId"] is None


def test_empty_ids_leave_template_and_sender_of_a_campaign(autosend: AutoSend) -> None:
    campaign = create(autosend, **CAMPAIGN)
    unchanged(autosend, "PATCH", f"/campaigns/{campaign}", {"templateId": "", "fromSenderId": ""})


def test_an_empty_text_takes_the_group_of_an_automation_away(autosend: AutoSend) -> None:
    made = automations.create(autosend, **AUTOMATION)
    changed = autosend.data("PATCH", f"/automations/{made['id']}", {"unsubscribeGroupId": ""})
    assert changed["unsubscribeGroupId"] is None


def test_an_empty_text_takes_the_group_of_a_campaign_away(autosend: AutoSend) -> None:
    campaign = create(autosend, unsubscribeGroupId=NEWSLETTER)
    autosend.data("PATCH", f"/campaigns/{campaign}", {"unsubscribeGroupId": ""})
    assert autosend.data("GET", f"/campaigns/{campaign}")["unsubscribeGroupId"] is None
