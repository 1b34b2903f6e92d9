"""Invalid fault rules: they are refused when they are added, and not stored."""

import json
from typing import Any

import pytest

from emulator.faults import rules as faults
from tests.conftest import Emulator, Sandbox

GET = "GET /v1/campaigns/{campaignId}"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("mine", clock="frozen")


def post(box: Sandbox, rule: dict[str, Any]) -> Any:
    content, kind = json.dumps(rule), {"Content-Type": "application/json"}
    return box.control("POST", "/faults", content=content, headers=kind)


REFUSED = [
    ({"provider": "sendgrid"}, "provider"),
    ({"provider": None}, "provider"),
    ({"operation": "POST /v1/campaign"}, "operation"),
    ({"operation": "POST /api/auth/login"}, "operation"),
    ({"operation": "campaign.sent"}, "operation"),
    ({"match": {"provider": "autosend"}}, "match.provider"),
    ({"match": {"operation": GET}}, "match.operation"),
    ({"match": {"status": 200}}, "match.status"),
    ({"match": {"colour": "red"}}, "match.colour"),
    ({"match": {"path": {"matches": "("}}}, "match.path.matches"),
    ({"match": {"body": {"name": {}}}}, "match.body.name"),
    ({"match": {"body": {"name": "\ud800"}}}, "body"),
    ({"error": "TooManyRequests", "status": None}, "error"),
    ({"error": "AutoSendError", "status": None}, "error"),
    ({"error": "NotImplementedHere", "status": None}, "error"),
    ({"error": "Unauthorized"}, "status"),
    ({"truncate": True, "malform": True}, "truncate"),
    ({"reset": True}, "reset"),
    ({"rate_limit": {"requests": 1, "per": "1s"}}, "rate_limit"),
    ({"status": None}, "body"),
    ({"status": None, "malform": False, "reset": False, "truncate": False}, "body"),
    ({"status": 100}, "status"),
    ({"status": 600}, "status"),
    ({"status": -1}, "status"),
    ({"status": "down"}, "status"),
    ({"status": 204, "body": "text"}, "body"),
    ({"status": 101, "body": {}}, "body"),
    ({"body": 5}, "body"),
    ({"body": {"a": float("nan")}}, "body"),
    ({"body": "\udfff"}, "body"),
    ({"status": None, "reset": True, "body": "text"}, "body"),
    ({"status": None, "reset": True, "headers": {"a": "b"}}, "headers"),
    ({"headers": {"a b": "c"}}, "headers"),
    ({"headers": {"a": "b\r\nc: d"}}, "headers"),
    ({"headers": {"a": "Привет"}}, "headers"),
    ({"headers": {"Content-Length": "5"}}, "headers"),
    ({"headers": {"transfer-encoding": "chunked"}}, "headers"),
    ({"status": None, "truncate": -1}, "truncate"),
    ({"status": None, "truncate": "half"}, "truncate"),
    ({"status": None, "truncate": 1.5}, "truncate"),
    ({"status": None, "truncate": 2**63}, "truncate"),
    ({"status": None, "slow_body": "0s"}, "slow_body"),
    ({"status": None, "slow_body": "301s"}, "slow_body"),
    ({"status": None, "delay": "6m"}, "delay"),
    ({"delay": "soon"}, "delay"),
    ({"delay": 5}, "delay"),
    ({"status": None, "rate_limit": {"requests": -1, "per": "1s"}}, "rate_limit.requests"),
    ({"status": None, "rate_limit": {"requests": 1, "per": "0s"}}, "rate_limit.per"),
    ({"status": None, "rate_limit": {"requests": 1}}, "rate_limit.per"),
    ({"provider": "rcs", "status": None, "rate_limit": {"requests": 1, "per": "1s"}}, "rate_limit"),
    ({"provider": "altcraft", "status": None, "rate_limit": {"requests": 1, "per": "1s"}}, "rate_limit"),
    (
        {"status": None, "rate_limit": {"requests": 1, "per": "1s"}, "executed": True},
        "executed",
    ),
    ({"status": None, "truncate": True, "executed": False}, "executed"),
    ({"executed": "perhaps"}, "executed"),
    ({"after": -1}, "after"),
    ({"after": 2**63}, "after"),
    ({"times": 0}, "times"),
    ({"times": -1}, "times"),
    ({"lasts": "0s"}, "lasts"),
    ({"probability": 0.5}, "probability"),
]


NOTHING_TO_DO: list[tuple[dict[str, Any], str]] = [
    ({"malform": True}, "malform"),
    ({"truncate": True}, "truncate"),
    ({"truncate": 0}, "truncate"),
    ({"slow_body": "1s"}, "slow_body"),
    ({"status": 200}, "status"),
    ({"status": 302, "delay": "1s"}, "status"),
    ({"status": 503, "headers": {"Retry-After": "1"}}, "headers"),
    ({"status": 503, "body": {"error": "busy"}}, "body"),
]
"""Rules that could have no effect on mails over SMTP, and the field that the refusal names."""


@pytest.mark.parametrize(
    "about", [{"operation": "SMTP"}, {"match": {"method": "smtp"}}], ids=["operation", "method"]
)
@pytest.mark.parametrize(("said", "field"), NOTHING_TO_DO)
def test_a_rule_for_mails_over_smtp_that_would_do_nothing_is_refused(
    box: Sandbox, about: dict[str, Any], said: dict[str, Any], field: str
) -> None:
    answer = post(box, {"provider": "autosend"} | about | said)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["field"], "over SMTP" in error["message"]) == (field, True)


@pytest.mark.parametrize(
    "said",
    [
        {"status": 451},
        {"status": 503, "body": "Busy"},
        {"error": "RateLimitExceeded"},
        {"rate_limit": {"requests": 1, "per": "1m"}},
        {"reset": True},
        {"delay": "1s", "executed": True},
    ],
)
def test_what_can_be_done_to_mails_over_smtp_is_taken(box: Sandbox, said: dict[str, Any]) -> None:
    assert post(box, {"provider": "autosend", "operation": "SMTP"} | said).status_code == 201


@pytest.mark.parametrize(("said", "field"), REFUSED)
def test_a_wrong_rule_is_refused_by_the_name_of_the_field(
    box: Sandbox, said: dict[str, Any], field: str
) -> None:
    rule = {"provider": "autosend", "status": 503} | said
    answer = post(box, {name: value for name, value in rule.items() if value is not None})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert box.control("GET", "/faults").json()["total"] == 0


def test_a_refused_name_comes_with_the_names_that_are_near(box: Sandbox) -> None:
    wrong = {"provider": "autosend", "operation": "POST /v1/campaign", "error": "RateLimitExeeded"}
    errors = post(box, wrong).json()["errors"]
    assert "POST /v1/campaigns" in errors[0]["message"]
    assert "RateLimitExceeded" in errors[1]["message"]


@pytest.mark.parametrize("number", ["1", "-1", "99999999999999999999999999"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_rule_is_a_problem(box: Sandbox, method: str, number: str) -> None:
    answer = box.control(method, f"/faults/{number}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert number in answer.json()["detail"]


def test_the_rules_of_a_sandbox_are_no_longer_together_than_they_may(box: Sandbox) -> None:
    rule = {"provider": "autosend", "status": 503, "body": "x" * 1_000_000}
    assert [post(box, rule).status_code for _ in range(4)] == [201] * 4
    answer = post(box, rule)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "The fault rules would have more than 4194304 characters together; delete one.",
    )
    assert box.control("GET", "/faults").json()["total"] == 4


def test_a_sandbox_has_no_more_rules_than_it_may(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults.MOST_RULES == 1000
    monkeypatch.setattr(faults, "MOST_RULES", 2)
    rule = {"provider": "autosend", "status": 503}
    assert [post(box, rule).status_code for _ in range(2)] == [201, 201]
    answer = post(box, rule)
    assert answer.status_code == 409
    assert box.control("GET", "/faults").json()["total"] == 2
