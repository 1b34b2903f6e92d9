"""Senders: https://docs.autosend.com/api-reference/senders."""

from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, AutoSend

SHOP, NEWS, MAGAZINE = "66a0c1d2e3f4a5b6c7d82001", "66a0c1d2e3f4a5b6c7d82002", "66a0c1d2e3f4a5b6c7d82003"
NOT_FOUND = {
    "success": False,
    "error": {
        "message": "Authenticated sender not found",
        "code": "AUTHENTICATED_SENDER_NOT_FOUND",
        "status": 404,
    },
}


def test_a_sender_is_wrapped_only_where_it_was_made(autosend: AutoSend) -> None:
    body = {"email": "Letters@Example.org", "name": "Letters", "replyTo": "Desk@example.org"}
    made = autosend.data("POST", "/senders", body)
    assert made["projectId"] == "66a0c1d2e3f4a5b6c7d8aaaa"
    sender = made["sender"]
    assert sender == {
        "id": sender["id"],
        "email": "letters@example.org",
        "name": "Letters",
        "replyTo": "desk@example.org",
    }
    assert autosend.data("GET", f"/senders/{sender['id']}") == sender
    assert autosend.data("GET", "/senders")["senders"][-1] == sender


@pytest.mark.parametrize("reply_to", [{}, {"replyTo": None}, {"replyTo": ""}])
def test_without_an_address_for_answers_it_is_an_empty_text(
    autosend: AutoSend, reply_to: dict[str, Any]
) -> None:
    made = autosend.data("POST", "/senders", {"email": "a@example.org"} | reply_to)
    assert (made["sender"]["name"], made["sender"]["replyTo"]) == ("", "")


def test_senders_are_listed_as_they_were_made(autosend: AutoSend) -> None:
    assert [one["id"] for one in autosend.data("GET", "/senders")["senders"]] == [SHOP, NEWS]


@pytest.mark.parametrize("email", ["a@example.net", "a@elsewhere.example", "a@sub.example.com"])
def test_its_domain_must_be_verified_in_the_project(autosend: AutoSend, email: str) -> None:
    answer = autosend.call("POST", "/senders", {"email": email})
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": "A verified domain is required before adding an authenticated sender",
    }


def test_an_address_is_added_once(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/senders", {"email": "HELLO@example.com"})
    assert answer.status_code == 409
    assert answer.json() == {
        "success": False,
        "error": "An authenticated sender with this email already exists",
    }
    body = {"email": "hello@example.com"}
    assert autosend.call("POST", "/senders", body, headers=OTHER_PROJECT).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.org", "name": "x" * 201}, "name"),
        ({"email": "a@example.org", "replyTo": "nobody"}, "replyTo"),
    ],
)
def test_a_wrong_field_is_named(autosend: AutoSend, body: Any, field: str) -> None:
    answer = autosend.call("POST", "/senders", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert len(autosend.data("GET", "/senders")["senders"]) == 2


@pytest.mark.parametrize("sender", ["000000000000000000000000", MAGAZINE, "nope", "%00", "é"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_sender_is_not_found(autosend: AutoSend, method: str, sender: str) -> None:
    answer = autosend.call(method, f"/senders/{sender}")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_deleted_sender_is_gone(autosend: AutoSend) -> None:
    answer = autosend.call("DELETE", f"/senders/{NEWS}")
    assert answer.json() == {"success": True, "message": "Authenticated sender deleted successfully"}
    assert autosend.call("GET", f"/senders/{NEWS}").json() == NOT_FOUND
    assert [one["id"] for one in autosend.data("GET", "/senders")["senders"]] == [SHOP]


def test_a_sender_of_templates_stays_as_long_as_they_do(autosend: AutoSend) -> None:
    template = {"templateName": "n", "subject": "s", "templateType": "transactional", "senderId": NEWS}
    made = autosend.data("POST", "/templates", template)["templateId"]
    answer = autosend.call("DELETE", f"/senders/{NEWS}")
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {
            "message": "Cannot delete authenticated sender as it is used in templates",
            "code": "AUTHENTICATED_SENDER_IN_USE",
            "status": 400,
        },
    }
    autosend.call("DELETE", f"/templates/{made}")
    assert autosend.call("DELETE", f"/senders/{NEWS}").status_code == 200


IN_USE = "Cannot delete authenticated sender as it is used in active {}"


@pytest.mark.parametrize("status", ["scheduled", "sending", "paused"])
def test_a_sender_of_an_active_campaign_stays(autosend: AutoSend, status: str) -> None:
    sender = autosend.data("POST", "/senders", {"email": "new@example.com"})["sender"]["id"]
    draft = {"name": "n", "subject": "s", "htmlTemplate": "h", "toLists": ["GLOBAL_CONTACT_LIST"]}
    made = autosend.data("POST", "/campaigns", draft | {"fromSenderId": sender})["id"]
    path = f"/_emulator/jobs/autosend/campaign/{made}/status"
    assert autosend.emulator.http.post(path, json={"status": status, "force": True}).status_code == 200
    refused = autosend.refused("DELETE", f"/senders/{sender}")
    assert refused == (400, "AUTHENTICATED_SENDER_IN_USE", IN_USE.format("campaigns"))
    assert autosend.emulator.http.post(path, json={"status": "aborted", "force": True}).status_code == 200
    assert autosend.call("DELETE", f"/senders/{sender}").status_code == 200


def test_a_sender_of_an_active_automation_stays(autosend: AutoSend) -> None:
    sender = autosend.data("POST", "/senders", {"email": "new@example.com"})["sender"]["id"]
    steps = [
        {"type": "wait", "delay": {"value": 1, "unit": "days"}},
        {"type": "email", "email": {"subject": "s", "htmlTemplate": "h", "senderEmail": "new@example.com"}},
    ]
    body = {"name": "A", "active": True, "entryCriteria": {"type": "contact_created"}, "steps": steps}
    made = autosend.data("POST", "/automations", body, status=201)["id"]
    refused = autosend.refused("DELETE", f"/senders/{sender}")
    assert refused == (400, "AUTHENTICATED_SENDER_IN_USE", IN_USE.format("automations"))
    autosend.data("POST", f"/automations/{made}/pause")
    assert autosend.call("DELETE", f"/senders/{sender}").status_code == 200
