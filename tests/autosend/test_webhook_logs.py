"""Delivery logs and Resend Webhook: https://docs.autosend.com/api-reference/webhooks."""

from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.webhooks import NOW, create, logs, resend
from tests.receiver import Receiver

MANY_DELIVERIES = """
    WITH RECURSIVE twin(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM twin WHERE n < 1004)
    INSERT INTO webhook_delivery
        (provider, target_id, url, type, types, name, body, method, events, state, is_corrupt, attempts,
         replayed_after, secret, kept_settings, created_at)
    SELECT provider, target_id, url, type, types, name, body, method, events, state, is_corrupt, attempts,
        replayed_after, secret, kept_settings, created_at
    FROM webhook_delivery, twin
"""
MANY_ATTEMPTS = """
    INSERT INTO webhook_attempt
        (delivery_id, number, at, sent_at, took, duration,
         request_headers, status, answer_headers, answer_body)
    SELECT id, 1, created_at, created_at, 0, 1, '{}', 200, '{}', '' FROM webhook_delivery WHERE id > 1
"""


def test_the_log_tells_of_successes(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    resend(autosend, made)
    found = logs(autosend, made)
    (entry,) = found.pop("logs")
    assert found == {"total": 1, "page": 1, "limit": 50, "totalPages": 1}
    assert entry == {
        "_id": "66b2c3d50000000000000001",
        "webhookId": made["id"],
        "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
        "event": "contact.created",
        "url": receiver.url,
        "statusCode": 200,
        "success": True,
        "attempts": 1,
        "duration": 0,
        "errorMessage": None,
        "deliveredAt": NOW,
        "createdAt": NOW,
        "updatedAt": NOW,
    }


def test_the_log_tells_of_failures(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(500, 404)
    resend(autosend, made)
    autosend.advance("5s")
    (entry,) = logs(autosend, made)["logs"]
    assert (entry["statusCode"], entry["success"], entry["attempts"]) == (404, False, 2)
    assert entry["errorMessage"] == "Request failed with status code 404"
    assert (entry["deliveredAt"], entry["updatedAt"]) == (None, "2026-03-15T14:30:05.000Z")


FAILED_FOR_GOOD = (500, 500, 500, 500)


@pytest.mark.parametrize("answers", [(*FAILED_FOR_GOOD, 200), (200, 200), (200, *FAILED_FOR_GOOD)])
def test_the_log_tells_of_a_replayed_delivery_once_by_its_last_attempt(
    autosend: AutoSend, receiver: Receiver, answers: tuple[int, ...]
) -> None:
    made = create(autosend, receiver.url)
    receiver.answer(*answers)
    resend(autosend, made)
    autosend.advance("1m")
    assert autosend.emulator.http.post("/_emulator/webhooks/replay", json={}).json() == {"replayed": 1}
    autosend.advance("1m")
    found = logs(autosend, made)
    (entry,) = found["logs"]
    is_success = answers[-1] == 200
    assert (found["total"], entry["attempts"]) == (1, len(answers))
    assert (entry["statusCode"], entry["success"]) == (answers[-1], is_success)
    assert (entry["errorMessage"] is None, entry["deliveredAt"] is not None) == (is_success, is_success)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://169.254.169.254/latest", "never sent to"),
        ("http://8.8.8.8/", "not loopback or private"),
        ("http://0.0.0.0:4610/", "say 127.0.0.1"),
    ],
)
def test_nothing_is_sent_to_addresses_that_are_not_private(autosend: AutoSend, url: str, reason: str) -> None:
    made = create(autosend, url)
    resend(autosend, made)
    (entry,) = logs(autosend, made)["logs"]
    assert (entry["statusCode"], entry["success"]) == (None, False)
    assert reason in entry["errorMessage"]


def test_the_log_comes_in_pages_the_newest_first(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url, "contact.created", "contact.updated", "contact.deleted")
    for event in ("contact.created", "contact.updated", "contact.deleted"):
        resend(autosend, made, event)
    first = logs(autosend, made, "?limit=2")
    assert [one["event"] for one in first["logs"]] == ["contact.deleted", "contact.updated"]
    assert (first["total"], first["totalPages"]) == (3, 2)
    assert [one["event"] for one in logs(autosend, made, "?limit=2&page=2")["logs"]] == ["contact.created"]
    assert logs(autosend, made, "?page=1000000000")["logs"] == []


@pytest.mark.slow
def test_the_log_keeps_successes_a_day_and_failures_two(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url, "contact.created", "contact.updated")
    resend(autosend, made, "contact.created")
    receiver.answer(500)
    resend(autosend, made, "contact.updated")
    autosend.advance("35s")
    kept = []
    for duration in ("1m", "1d", "1d"):
        autosend.advance(duration)
        kept.append([one["event"] for one in logs(autosend, made)["logs"]])
    assert kept == [["contact.updated", "contact.created"], ["contact.updated"], []]


def test_the_log_keeps_at_most_1000(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    resend(autosend, made)
    autosend.emulator.query(MANY_DELIVERIES)
    autosend.emulator.query(MANY_ATTEMPTS)
    found = logs(autosend, made, "?limit=100&page=10")
    assert (found["total"], found["totalPages"], len(found["logs"])) == (1000, 10, 100)
    assert logs(autosend, made, "?limit=100&page=11")["logs"] == []


def test_an_event_is_sent_again_as_the_client_makes_it_up(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    body = {"event": "contact.created", "data": {"emailId": "66b1", "note": "Grüße"}}
    answer = autosend.call("POST", f"/webhooks/{made['id']}/resend", body)
    assert answer.json() == {
        "success": True,
        "message": "Webhook queued for delivery",
        "data": {"jobId": "1"},
    }
    autosend.advance("1ms")
    (request,) = receiver.requests
    assert request.json == {"type": "contact.created", "createdAt": NOW, "data": body["data"]}
    assert request.headers["x-webhook-event"] == "contact.created"


def test_an_inactive_webhook_can_be_tried(autosend: AutoSend, receiver: Receiver) -> None:
    made = create(autosend, receiver.url)
    autosend.data("PUT", f"/webhooks/{made['id']}", {"isActive": False})
    resend(autosend, made)
    assert receiver.types == ["contact.created"]


@pytest.mark.parametrize("event", ["email.opened", "nonsense"])
def test_only_a_subscribed_event_is_sent_again(autosend: AutoSend, event: str) -> None:
    made = create(autosend)
    answer = autosend.call("POST", f"/webhooks/{made['id']}/resend", {"event": event, "data": {}})
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "message": f"Webhook is not subscribed to this event: {event}",
        "code": "WEBHOOK_NOT_SUBSCRIBED",
    }


@pytest.mark.parametrize(
    "body", [{}, {"event": "email.sent"}, {"event": 5, "data": {}}, {"event": "e", "data": []}]
)
def test_a_wrong_resend_is_refused(autosend: AutoSend, body: Any) -> None:
    path = f"/webhooks/{create(autosend)['id']}/resend"
    assert autosend.refused("POST", path, body)[:2] == (400, "VALIDATION_ERROR")
