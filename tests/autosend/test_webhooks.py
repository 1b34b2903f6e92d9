"""Webhooks: https://docs.autosend.com/api-reference/webhooks."""

from typing import Any

import pytest

from tests.autosend.conftest import OTHER_PROJECT, PROJECT_KEY, AutoSend
from tests.autosend.webhooks import NOW, URL, create, logs, resend
from tests.receiver import Receiver

OF_FIXTURE, FIRST = "66b2c3d40000000000000001", "66b2c3d40000000000000002"
UNKNOWN = "66b2c3d4000000000000ffff"
NOT_FOUND = {"success": False, "error": {"message": "Webhook not found", "code": "WEBHOOK_NOT_FOUND"}}
EVENTS = [
    "email.sent",
    "email.delivered",
    "email.deferred",
    "email.opened",
    "email.clicked",
    "email.bounced",
    "email.spam_reported",
    "email.unsubscribed",
    "email.group_unsubscribed",
    "email.group_resubscribed",
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "email.received",
]


@pytest.fixture
def autosend(autosend: AutoSend) -> AutoSend:
    """A project without the webhook of the fixture."""
    assert autosend.call("DELETE", f"/webhooks/{OF_FIXTURE}").status_code == 200
    return autosend


def test_a_new_webhook_is_active_and_shows_its_secret(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/webhooks", {"url": URL, "events": ["email.opened", "email.opened"]})
    assert answer.status_code == 201
    assert answer.json()["message"] == "Webhook created successfully"
    webhook = answer.json()["data"]["webhook"]
    assert webhook.pop("secret").startswith("whsec_")
    assert webhook == {
        "id": FIRST,
        "organizationId": "66a0c1d2e3f4a5b6c7d8bbbb",
        "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
        "url": URL,
        "events": ["email.opened"],
        "isActive": True,
        "status": "active",
        "failureCount": 0,
        "lastFailedAt": None,
        "lastSuccessAt": None,
        "lastDeliveredAt": None,
        "metadata": None,
        "createdAt": NOW,
        "updatedAt": NOW,
    }


def test_the_secret_is_hidden_but_in_create_and_reveal(autosend: AutoSend) -> None:
    made = create(autosend)
    assert len(made["secret"]) == len("whsec_") + 32
    path = f"/webhooks/{made['id']}"
    changed = autosend.data("PUT", path, {"isActive": True})
    (listed,) = autosend.data("GET", "/webhooks")["webhooks"]
    shown = [changed["secret"], listed["secret"], autosend.data("GET", path)["secret"]]
    assert shown == ["***hidden***"] * 3
    assert autosend.data("GET", f"{path}/reveal") == {"secret": made["secret"]}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"url": None}, "A valid webhook URL is required"),
        ({"url": ""}, "A valid webhook URL is required"),
        ({"url": "hooks.example.org"}, "A valid webhook URL is required"),
        ({"url": "ftp://hooks.example.org"}, "A valid webhook URL is required"),
        ({"url": "https://hooks..example.org"}, "A valid webhook URL is required"),
        ({"url": "http://user:secret@127.0.0.1/"}, "A valid webhook URL is required"),
        ({"url": "http://127.0.0.1:99999/"}, "A valid webhook URL is required"),
        ({"url": "http://[::1/"}, "A valid webhook URL is required"),
        ({"url": "http://127.0.0.1/" + "x" * 2000}, "A valid webhook URL is required"),
        ({"url": 5}, "A valid webhook URL is required"),
        ({"events": None}, "At least one valid event is required"),
        ({"events": []}, "At least one valid event is required"),
        ({"events": "email.sent"}, "At least one valid event is required"),
        ({"events": ["email.sent", "email.lost"]}, "Invalid webhook event: email.lost"),
        ({"events": [{}]}, "Invalid webhook event: {}"),
        ({"events": [None]}, "Invalid webhook event: null"),
        ({"url": "http://127.0.0.1:1/hook\0x"}, "A valid webhook URL is required"),
        ({"url": "http://127.0.0.1:1/ho\tok"}, "A valid webhook URL is required"),
        ({"url": "http://ü..de/"}, "A valid webhook URL is required"),
    ],
)
def test_create_refuses_what_is_no_address_or_no_event(
    autosend: AutoSend, change: dict[str, Any], text: str
) -> None:
    answer = autosend.call("POST", "/webhooks", {"url": URL, "events": ["email.sent"]} | change)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": {"message": text, "code": "VALIDATION_ERROR"}}
    assert autosend.data("GET", "/webhooks")["total"] == 0


@pytest.mark.parametrize("path", ["/webhooks", f"/webhooks/{FIRST}/resend"])
def test_no_body_is_an_empty_one(autosend: AutoSend, path: str) -> None:
    create(autosend)
    answer = autosend.call("POST", path, {})
    assert answer.status_code == 400
    assert autosend.call("POST", path).json() == answer.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [({"url": URL, "events": ["email.sent"], "metadata": 5}, "metadata"), ([], "body")],
)
def test_what_else_is_wrong_has_the_code_of_the_section(autosend: AutoSend, body: Any, field: str) -> None:
    answer = autosend.call("POST", "/webhooks", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert error["message"] == "Validation failed"
    assert [one["field"] for one in error["details"]] == [field]


@pytest.mark.parametrize(
    ("content", "content_type"), [("{", "application/json"), ("{}", "text/plain"), ("[", "application/json")]
)
def test_a_body_that_can_not_be_read_has_it_too(autosend: AutoSend, content: str, content_type: str) -> None:
    headers = {"Authorization": f"Bearer {PROJECT_KEY}", "Content-Type": content_type}
    answer = autosend.emulator.http.post("/v1/webhooks", content=content, headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [one["field"] for one in error["details"]] == ["body"]


def test_an_address_may_have_letters_of_any_script(autosend: AutoSend, receiver: Receiver) -> None:
    assert create(autosend, "https://müller.de/ü")["url"] == "https://müller.de/ü"
    made = create(autosend, f"{receiver.url}/ü%20?q=ß")
    resend(autosend, made)
    assert [one.path for one in receiver.requests] == ["/hooks/%C3%BC%20?q=%C3%9F"]


def test_create_needs_both_fields(autosend: AutoSend) -> None:
    assert autosend.refused("POST", "/webhooks", {"events": ["email.sent"]})[1] == "VALIDATION_ERROR"
    assert autosend.refused("POST", "/webhooks", {"url": URL})[1] == "VALIDATION_ERROR"


@pytest.mark.slow
def test_a_project_has_at_most_100_webhooks(autosend: AutoSend) -> None:
    for _ in range(100):
        create(autosend)
    body = {"url": URL, "events": ["email.sent"]}
    assert autosend.refused("POST", "/webhooks", body) == (
        400,
        "MAX_WEBHOOKS_REACHED",
        "Maximum number of webhooks (100) reached for this project.",
    )
    assert autosend.call("POST", "/webhooks", body, headers=OTHER_PROJECT).status_code == 201


def test_the_list_comes_in_pages_the_newest_first(autosend: AutoSend) -> None:
    made = [create(autosend)["id"] for _ in range(3)]
    page = autosend.data("GET", "/webhooks?page=1&limit=2")
    assert [one["id"] for one in page.pop("webhooks")] == made[:0:-1]
    assert page == {"total": 3, "page": 1, "limit": 2, "totalPages": 2}
    rest = autosend.data("GET", "/webhooks?page=2&limit=2")
    assert [one["id"] for one in rest["webhooks"]] == made[:1]
    assert autosend.data("GET", "/webhooks")["limit"] == 50


def test_the_list_tells_active_ones_from_others(autosend: AutoSend) -> None:
    active, other = create(autosend)["id"], create(autosend)["id"]
    autosend.data("PUT", f"/webhooks/{other}", {"isActive": False})
    found = {
        query: [one["id"] for one in autosend.data("GET", f"/webhooks{query}")["webhooks"]]
        for query in ("?isActive=true", "?isActive=false", "")
    }
    assert found == {"?isActive=true": [active], "?isActive=false": [other], "": [other, active]}


def test_a_webhook_that_autosend_disabled_is_listed_among_those_that_are_not_active(
    autosend: AutoSend,
) -> None:
    made = create(autosend)["id"]
    [target] = autosend.emulator.http.get("/_emulator/webhooks/targets").json()["targets"]
    path = f"/_emulator/webhooks/targets/{target['id']}"
    assert autosend.emulator.http.patch(path, json={"settings": {"disabled": True}}).status_code == 200
    for query, listed in (("?isActive=true", []), ("?isActive=false", [(made, False, "disabled")])):
        page = autosend.data("GET", f"/webhooks{query}")
        assert [(one["id"], one["isActive"], one["status"]) for one in page["webhooks"]] == listed
        assert page["total"] == len(listed)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "page=0", "page=x", "isActive=perhaps"])
@pytest.mark.parametrize("path", ["/webhooks", f"/webhooks/{FIRST}/logs"])
def test_a_wrong_page_is_refused(autosend: AutoSend, path: str, query: str) -> None:
    create(autosend)
    if path.endswith("/logs") and query.startswith("isActive"):
        assert autosend.call("GET", f"{path}?{query}").status_code == 200
    else:
        assert autosend.refused("GET", f"{path}?{query}")[:2] == (400, "VALIDATION_ERROR")


def test_an_update_changes_the_given_fields_alone(autosend: AutoSend) -> None:
    made = create(autosend, metadata={"team": "a"})
    autosend.advance("1m")
    path = f"/webhooks/{made['id']}"
    answer = autosend.call("PUT", path, {"events": ["email.opened"], "isActive": False}).json()
    assert answer["message"] == "Webhook updated successfully"
    expected = {"events": ["email.opened"], "isActive": False, "status": "inactive", "secret": "***hidden***"}
    assert answer["data"] == made | expected | {"updatedAt": "2026-03-15T14:31:00.000Z"}
    autosend.data("PUT", path, {"url": "https://hooks.example.org/", "metadata": {"team": "b"}})
    after = autosend.data("GET", path)
    assert (after["url"], after["metadata"], after["events"]) == (
        "https://hooks.example.org/",
        {"team": "b"},
        ["email.opened"],
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"secret": "x"}, "Secret cannot be updated. Create a new webhook instead."),
        ({"secret": None, "isActive": False}, "Secret cannot be updated. Create a new webhook instead."),
        ({"url": "nope", "isActive": False}, "A valid webhook URL is required"),
        ({"events": [], "isActive": False}, "At least one valid event is required"),
        ({"events": ["email.lost"]}, "Invalid webhook event: email.lost"),
    ],
)
def test_a_refused_update_changes_nothing(autosend: AutoSend, change: dict[str, Any], text: str) -> None:
    made = create(autosend)
    answer = autosend.call("PUT", f"/webhooks/{made['id']}", change)
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": {"message": text, "code": "VALIDATION_ERROR"}}
    assert autosend.data("GET", f"/webhooks/{made['id']}") == made | {"secret": "***hidden***"}


def test_a_failed_delivery_is_counted_until_one_succeeds(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    autosend.advance("35s")
    failed = autosend.data("GET", f"/webhooks/{made['id']}")
    assert len(receiver.requests) == 4
    assert (failed["failureCount"], failed["status"]) == (1, "active")
    assert failed["lastFailedAt"] == failed["lastDeliveredAt"] == "2026-03-15T14:30:35.000Z"
    assert failed["lastSuccessAt"] is None
    receiver.answer(204)
    resend(autosend, made)
    fine = autosend.data("GET", f"/webhooks/{made['id']}")
    assert fine["failureCount"] == 0
    assert fine["lastSuccessAt"] == fine["lastDeliveredAt"] == "2026-03-15T14:30:35.001Z"


def test_retries_are_counted_from_the_start_of_an_attempt(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    seen = []
    for step in ("0s", "5s", "10s", "20s"):
        autosend.advance(step)
        seen.append(len(receiver.requests))
    assert seen == [1, 2, 3, 4]


def test_the_last_attempt_is_shown_while_it_is_repeated(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    autosend.advance("6s")
    tried = autosend.data("GET", f"/webhooks/{made['id']}")
    assert (tried["failureCount"], tried["lastFailedAt"]) == (0, None)
    assert tried["lastDeliveredAt"] == "2026-03-15T14:30:05.000Z"


@pytest.mark.parametrize("steps", [("1h",), ("1m",) * 60])
def test_what_failed_before_the_last_success_does_not_count(
    autosend: AutoSend, receiver: Receiver, steps: tuple[str, ...]
) -> None:
    made = create(autosend, receiver.url, "email.delivered")
    receiver.refused = b"first@example.com"
    for recipient in ("first@example.com", "q+delayed@example.com"):
        mail = {
            "to": {"email": recipient},
            "from": {"email": "hello@example.com"},
            "subject": "A",
            "text": "B",
        }
        autosend.data("POST", "/mails/send", mail)
    for step in steps:
        autosend.advance(step)
    after = autosend.data("GET", f"/webhooks/{made['id']}")
    assert after["failureCount"] == 0
    assert after["lastFailedAt"] == "2026-03-15T14:30:37.000Z"
    assert after["lastSuccessAt"] == after["lastDeliveredAt"]
    assert after["lastSuccessAt"] > after["lastFailedAt"]


def test_who_is_active_again_has_no_failures(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    autosend.advance("1m")
    path = f"/webhooks/{made['id']}"
    assert autosend.data("PUT", path, {"isActive": True})["failureCount"] == 1
    assert autosend.data("PUT", path, {"isActive": False})["failureCount"] == 1
    again = autosend.data("PUT", path, {"isActive": True})
    assert (again["failureCount"], again["status"]) == (0, "active")


def test_an_inactive_webhook_is_told_nothing(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url, "contact.created")
    autosend.data("PUT", f"/webhooks/{made['id']}", {"isActive": False})
    autosend.data("POST", "/contacts", {"email": "new@example.com"})
    autosend.advance("1s")
    assert receiver.requests == []


def test_a_deleted_webhook_is_gone_and_gets_nothing_that_waited(
    autosend: AutoSend, receiver: Receiver
) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500)
    resend(autosend, made)
    path = f"/webhooks/{made['id']}"
    answer = autosend.call("DELETE", path)
    assert answer.json() == {"success": True, "message": "Webhook deleted successfully"}
    assert autosend.call("GET", path).json() == NOT_FOUND
    other = create(autosend, receiver.url)
    autosend.advance("1h")
    assert len(receiver.requests) == 1
    assert other["id"] != made["id"]
    assert logs(autosend, other)["total"] == 0
    found = autosend.emulator.http.get("/_emulator/webhooks/deliveries").json()["deliveries"]
    assert [one["state"] for one in found] == ["dropped"]


def test_there_are_fourteen_events(autosend: AutoSend) -> None:
    assert autosend.data("GET", "/webhooks/events/available") == {"events": EVENTS}


@pytest.mark.parametrize(
    ("method", "end", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"isActive": False}),
        ("DELETE", "", None),
        ("GET", "/logs", None),
        ("GET", "/reveal", None),
        ("POST", "/resend", {"event": "email.sent", "data": {}}),
    ],
)
@pytest.mark.parametrize("webhook_id", [UNKNOWN, "nope", "66b2c3d4ffffffffffffffff", "1", "%00"])
def test_what_is_not_there_is_not_found(
    autosend: AutoSend, method: str, end: str, body: Any, webhook_id: str
) -> None:
    answer = autosend.call(method, f"/webhooks/{webhook_id}{end}", body)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    create(autosend)
    assert autosend.call(method, f"/webhooks/{FIRST}{end}", body, headers=OTHER_PROJECT).status_code == 404


def test_what_the_control_plane_adds_is_a_webhook_of_all_events(autosend: AutoSend) -> None:
    for provider in ("rcs", "autosend"):
        wanted = {"provider": provider, "url": URL}
        assert autosend.emulator.http.post("/_emulator/webhooks/targets", json=wanted).status_code == 201
    (webhook,) = autosend.data("GET", "/webhooks")["webhooks"]
    assert (webhook["url"], webhook["events"]) == (URL, EVENTS)
    autosend.call("DELETE", f"/webhooks/{webhook['id']}")
    (left,) = autosend.emulator.http.get("/_emulator/webhooks/targets").json()["targets"]
    assert left["provider"] == "rcs"


def test_a_fault_rule_refuses_access_as_another_organisation_gets_it(autosend: AutoSend) -> None:
    path = f"/webhooks/{create(autosend)['id']}/reveal"
    rule = {"provider": "autosend", "error": "UnauthorizedWebhookAccess", "times": 1}
    assert autosend.emulator.http.post("/_emulator/faults", json=rule).status_code == 201
    answer = autosend.call("GET", path)
    assert answer.status_code == 403
    assert answer.json() == {
        "success": False,
        "error": {
            "message": "Unauthorized access to webhook",
            "code": "UNAUTHORIZED_WEBHOOK_ACCESS",
            "status": 403,
        },
    }
    assert autosend.call("GET", path).status_code == 200
