"""Criteria that no request can meet are refused: a wrong test would pass."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

SEND = "POST /v1/mails/send"
ABORT = "POST /v1/campaigns/{campaignId}/abort"
CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("one", clock="frozen")


UNMET: list[tuple[dict[str, Any], str]] = [
    ({"operation": SEND, "method": "GET"}, "method"),
    ({"operation": SEND, "method": "SMTP"}, "method"),
    ({"operation": SEND, "method": "head"}, "method"),
    ({"operation": "SMTP", "method": "POST"}, "method"),
    ({"path": "v1/campaigns"}, "path"),
    ({"path": "http://127.0.0.1:4610/v1/campaigns"}, "path"),
    ({"path": ""}, "path"),
    ({"path": 5}, "path"),
    ({"path": {"equals": None}}, "path"),
    ({"path": {"absent": True}}, "path"),
    ({"path": "/api/accounts/balance"}, "path"),
    ({"operation": SEND, "path": "/v1/campaigns"}, "path"),
    ({"operation": ABORT, "path": CAMPAIGN}, "path"),
    ({"operation": "SMTP", "path": "/v1/mails/send"}, "path"),
    ({"method": "SMTP", "path": {"contains": "mails"}}, "path"),
    ({"operation": "SMTP", "query": {"page": "1"}}, "query.page"),
    ({"operation": "SMTP", "headers": {"X-Trace": "1"}}, "headers.X-Trace"),
    ({"operation": "SMTP", "body": {"subject": "Hello"}}, "body.subject"),
    ({"query": {"page": None}}, "query.page"),
    ({"headers": {"x-trace": {"equals": None}}}, "headers.x-trace"),
    ({"headers": {"X Trace": "1"}}, "headers.X Trace"),
    ({"headers": {"X-Trace:": "1"}}, "headers.X-Trace:"),
    ({"body": {"name": {"absent": True, "equals": "a"}}}, "body.name"),
    ({"query": {"page": {"absent": True, "contains": "1"}}}, "query.page"),
    ({"body": {"name": {"equals": "a", "contains": "b"}}}, "body.name"),
    ({"body": {"name": {"equals": "a", "matches": "^b"}}}, "body.name"),
]
"""Criteria of AutoSend's requests, and the field that the refusal names."""


@pytest.mark.parametrize(("match", "field"), UNMET)
def test_what_no_request_meets_is_not_verified(box: Sandbox, match: dict[str, Any], field: str) -> None:
    wanted = {"match": match | {"provider": "autosend"}, "never": True}
    answer = box.control("POST", "/requests/verify", json=wanted)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [f"match.{field}"]


@pytest.mark.parametrize(("match", "field"), UNMET)
def test_a_rule_for_what_no_request_meets_is_refused(box: Sandbox, match: dict[str, Any], field: str) -> None:
    others = {name: value for name, value in match.items() if name != "operation"}
    rule = {"provider": "autosend", "operation": match.get("operation"), "match": others, "reset": True}
    answer = box.control("POST", "/faults", json=rule)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [f"match.{field}"]


@pytest.mark.parametrize(
    "match",
    [
        {"operation": SEND, "method": "post"},
        {"operation": "GET /v1/campaigns/{campaignId}", "method": "HEAD", "path": CAMPAIGN},
        {"operation": ABORT, "path": f"{CAMPAIGN}/abort"},
        {"operation": ABORT, "path": "/v1/campaigns/a/b/abort"},
        {"path": "//v1/campaigns"},
        {"path": {"contains": "v1/campaigns", "matches": "abort$"}},
        {"path": {"equals": CAMPAIGN, "contains": "campaigns"}},
        {
            "provider": "altcraft",
            "operation": "POST /api/v1.1/campaigns/get",
            "path": "/api/v1.1/campaigns/get/",
        },
        {"provider": "rcs", "path": "/api/accounts/balance"},
        {"operation": "SMTP", "method": "smtp", "path": "/"},
        {"operation": "SMTP", "headers": {"Rcpt-To": {"contains": "ada@"}}, "text": "Subject: Hello"},
        {"operation": "SMTP", "query": {"page": {"absent": True}}, "headers": {"X-Trace": {"absent": True}}},
        {"method": "OPTIONS", "path": CAMPAIGN},
        {"query": {"page": 1}, "headers": {"X-Dry": True}},
        {"body": {"name": None}},
        {"body": {"count": {"equals": 10, "contains": "1"}}},
        {"body": {"name": {"absent": False, "equals": "a"}}},
    ],
)
def test_what_a_request_may_meet_is_looked_for(box: Sandbox, match: dict[str, Any]) -> None:
    provider = match.get("provider", "autosend")
    answer = box.control("POST", "/requests/verify", json={"match": match, "never": True})
    assert answer.json().get("passed") is True, answer.text
    others = {name: value for name, value in match.items() if name not in {"operation", "provider"}}
    rule = {"provider": provider, "operation": match.get("operation"), "match": others, "reset": True}
    assert box.control("POST", "/faults", json=rule).status_code == 201


def test_what_no_request_meets_is_not_waited_for(box: Sandbox) -> None:
    wanted = {"request": {"operation": SEND, "method": "GET"}, "timeout": "0s"}
    answer = box.control("POST", "/wait", json=wanted)
    assert [error["field"] for error in answer.json()["errors"]] == ["request.method"]


def test_what_no_request_meets_is_not_listed(box: Sandbox) -> None:
    answer = box.control("GET", "/requests", params={"operation": SEND, "method": "GET"})
    assert [error["field"] for error in answer.json()["errors"]] == ["method"]


def test_a_refusal_says_what_can_be_met(box: Sandbox) -> None:
    rule = {
        "provider": "autosend",
        "operation": SEND,
        "match": {"method": "GET", "path": "v1"},
        "status": 503,
    }
    errors = box.control("POST", "/faults", json=rule).json()["errors"]
    assert [error["message"] for error in errors] == [
        f"is not that of {SEND}",
        "must begin with a slash, as every path does",
    ]
