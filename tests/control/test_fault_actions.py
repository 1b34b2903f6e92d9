"""The effects of fault rules on responses that can be seen without a real connection."""

import json
from typing import Any

import pytest

from emulator.app import make_providers
from emulator.settings import Settings
from tests.conftest import Emulator, Sandbox, in_process

PROVIDERS = {provider.name: provider for provider in make_providers(Settings())}
ERRORS = [(provider, name) for provider in PROVIDERS for name in PROVIDERS[provider].errors()]
REQUESTS = {
    "autosend": ("GET", "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"),
    "rcs": ("GET", "/api/accounts/balance"),
    "altcraft": ("POST", "/api/v1.1/campaigns/get"),
}
SENDING = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"
NEW = {"name": "n", "subject": "s", "htmlTemplate": "<p>", "toLists": ["66a0c1d2e3f4a5b6c7d8dddd"]}


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("mine", clock="frozen")


def add(box: Sandbox, **rule: Any) -> None:
    answer = box.control("POST", "/faults", json={"provider": "autosend"} | rule)
    assert answer.status_code == 201, answer.text


def ask(box: Sandbox, provider: str = "autosend", **headers: str) -> Any:
    method, path = REQUESTS[provider]
    credential = {"autosend": box.autosend, "rcs": box.rcs, "altcraft": box.altcraft}[provider]
    body = {"id": 12} if method == "POST" else None
    return box.http.request(method, path, json=body, headers=credential | headers)


def abort(box: Sandbox) -> Any:
    return box.http.post(f"{SENDING}/abort", headers=box.autosend)


def status(box: Sandbox) -> Any:
    """Return the status of the campaign that is being sent, after deleting all rules."""
    box.control("DELETE", "/faults")
    return ask(box).json()["data"]["status"]


def last(box: Sandbox) -> Any:
    return box.control("GET", "/requests").json()["requests"][-1]


@pytest.fixture(scope="module")
def documented(running: Emulator) -> Any:
    """The errors that rules can name, by provider."""
    return running.http.get("/_emulator/faults/errors").json()


@pytest.mark.parametrize(("provider", "name"), ERRORS)
def test_every_documented_error_comes_as_it_is_listed(
    box: Sandbox, documented: Any, provider: str, name: str
) -> None:
    (error,) = (error for error in documented[provider] if error["name"] == name)
    add(box, provider=provider, error=name)
    answer = ask(box, provider)
    assert (answer.status_code, answer.json()) == (error["status"], error["body"])


def test_an_error_comes_in_the_form_that_the_client_wants(box: Sandbox) -> None:
    add(box, provider="altcraft", error="AccessDenied")
    answer = ask(box, "altcraft", Accept="application/xml")
    assert answer.headers["content-type"] == "application/xml"
    assert "<error>403</error>" in answer.text


def test_the_errors_of_one_provider_can_be_listed(box: Sandbox) -> None:
    assert list(box.control("GET", "/faults/errors", params={"provider": "rcs"}).json()) == ["rcs"]
    answer = box.control("GET", "/faults/errors", params={"provider": "sendgrid"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "provider")


@pytest.mark.parametrize(
    ("rule", "code", "content_type", "text"),
    [
        ({"status": 503}, 503, None, ""),
        ({"status": 502, "body": "Bad Gateway"}, 502, "text/plain; charset=utf-8", "Bad Gateway"),
        ({"status": 200, "body": {"ok": False}}, 200, "application/json", '{"ok": false}'),
        ({"status": 429, "body": []}, 429, "application/json", "[]"),
        (
            {"status": 403, "body": "<html>", "headers": {"Content-Type": "text/html"}},
            403,
            "text/html",
            "<html>",
        ),
        ({"status": 301, "headers": {"Location": "/elsewhere"}}, 301, None, ""),
        ({"status": 204}, 204, None, ""),
        ({"status": 304}, 304, None, ""),
        ({"status": 599}, 599, None, ""),
    ],
)
def test_a_status_comes_with_the_body_and_the_headers_that_were_said(
    box: Sandbox, rule: dict[str, Any], code: int, content_type: str | None, text: str
) -> None:
    add(box, **rule)
    answer = box.http.get(SENDING, headers=box.autosend, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("content-type"), answer.text) == (code, content_type, text)
    for name, value in rule.get("headers", {}).items():
        assert answer.headers[name] == value


@pytest.mark.parametrize(
    "action",
    [{"error": "InternalServerError"}, {"status": 503}, {"reset": True}, {"status": 503, "delay": "1ms"}],
)
@pytest.mark.parametrize("executed", [False, True])
def test_the_work_is_done_or_not_while_its_answer_is_lost(
    box: Sandbox, action: dict[str, Any], *, executed: bool
) -> None:
    add(box, **action, executed=executed)
    assert abort(box).status_code >= 500
    assert status(box) == ("aborted" if executed else "sending")


@pytest.mark.parametrize(
    "action", [{"malform": True}, {"truncate": True}, {"slow_body": "2ms"}, {"delay": "1ms"}]
)
def test_where_the_answer_is_needed_the_work_is_done(box: Sandbox, action: dict[str, Any]) -> None:
    add(box, **action)
    assert abort(box).status_code == 200
    assert status(box) == "aborted"


def test_a_refusal_of_lost_work_is_lost_with_it(box: Sandbox) -> None:
    add(
        box,
        operation="POST /v1/campaigns/{campaignId}/abort",
        error="RateLimitExceeded",
        executed=True,
        after=1,
    )
    assert [abort(box).status_code for _ in range(2)] == [200, 429]
    add(box, operation="POST /v1/campaigns", status=503, executed=True)
    assert box.http.post("/v1/campaigns", json={}, headers=box.autosend).status_code == 503


def test_who_repeats_a_request_that_was_executed_gets_its_first_answer(box: Sandbox) -> None:
    add(box, operation="POST /v1/campaigns", status=504, executed=True, times=1)
    headers = box.autosend | {"Idempotency-Key": "once"}
    first, second = (box.http.post("/v1/campaigns", json=NEW, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (504, 200)
    third = box.http.post("/v1/campaigns", json=NEW, headers=headers)
    assert third.json() == second.json()


@pytest.mark.parametrize("provider", sorted(REQUESTS))
def test_a_malformed_body_is_whole_and_can_not_be_read(box: Sandbox, provider: str) -> None:
    proper = ask(box, provider)
    add(box, provider=provider, malform=True)
    broken = ask(box, provider)
    assert broken.headers["content-type"] == proper.headers["content-type"]
    assert int(broken.headers["content-length"]) == len(broken.content) == len(proper.content)
    with pytest.raises(json.JSONDecodeError):
        broken.json()


def test_malformed_xml_is_no_xml(box: Sandbox) -> None:
    add(box, provider="altcraft", malform=True)
    answer = ask(box, "altcraft", Accept="application/xml")
    assert answer.headers["content-type"] == "application/xml"
    assert answer.text.endswith("</xml,")


@pytest.mark.parametrize("path", [SENDING, "/v1/nothing", "/v1/domains", "/v1/campaigns/none"])
def test_the_body_of_a_refusal_is_disturbed_too(box: Sandbox, path: str) -> None:
    proper = box.http.get(path, headers=box.autosend)
    add(box, malform=True)
    broken = box.http.get(path, headers=box.autosend)
    assert broken.status_code == proper.status_code
    assert broken.content == proper.content[:-1] + b","


@pytest.mark.parametrize("wanted", [True, 0, 7, 10**9])
def test_the_journal_shows_what_was_sent_of_a_truncated_body(box: Sandbox, *, wanted: bool | int) -> None:
    whole = ask(box).text
    add(box, truncate=wanted)
    ask(box)
    length = len(whole) // 2 if wanted is True else min(wanted, len(whole) - 1)
    entry = last(box)
    assert (entry["status"], entry["answer_body"]) == (200, whole[:length])
    assert entry["answer_headers"]["content-length"] == str(len(whole))


@pytest.mark.parametrize(
    ("rule", "code", "text"),
    [
        ({"status": 503, "body": "down"}, 503, "down"),
        ({"reset": True}, 0, ""),
        ({"reset": True, "executed": True}, 0, ""),
        ({"status": 503, "body": "down", "executed": True}, 503, "down"),
    ],
)
def test_the_journal_shows_what_was_sent_instead(
    box: Sandbox, rule: dict[str, Any], code: int, text: str
) -> None:
    add(box, **rule)
    ask(box)
    assert (last(box)["status"], last(box)["answer_body"]) == (code, text)


def test_a_slow_body_arrives_whole(box: Sandbox) -> None:
    proper = ask(box)
    add(box, slow_body="5ms")
    assert ask(box).content == proper.content
    assert last(box)["answer_body"] == proper.text


def limits(answer: Any) -> tuple[str, str, str]:
    headers = answer.headers
    return tuple(headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "reset"))


def test_a_rate_limit_counts_down_and_then_refuses_as_autosend_does(box: Sandbox) -> None:
    add(box, rate_limit={"requests": 3, "per": "10s"})
    answers = [ask(box) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [limits(answer) for answer in answers] == [
        ("3", str(remaining), "1773585010") for remaining in (2, 1, 0, 0, 0)
    ]
    assert answers[3].json() == {
        "success": False,
        "error": {"message": "Rate limit exceeded", "code": "RATE_LIMIT_EXCEEDED", "retryAfter": 10},
    }
    rule = box.control("GET", "/faults/1").json()
    assert (rule["matched"], rule["hits"]) == (5, 2)


def test_a_rate_limit_begins_anew_when_its_window_ends(box: Sandbox) -> None:
    add(box, rate_limit={"requests": 1, "per": "90s"})
    box.advance("7s")
    assert [ask(box).status_code for _ in range(2)] == [200, 429]
    box.advance("88500ms")
    assert ask(box).json()["error"]["retryAfter"] == 2
    box.advance("1500ms")
    assert [ask(box).status_code for _ in range(2)] == [200, 429]


def test_the_headers_are_the_usual_ones_where_no_rate_limit_applies(box: Sandbox) -> None:
    add(box, operation="GET /v1/campaigns", rate_limit={"requests": 9, "per": "1m"}, lasts="1h")
    assert limits(ask(box))[0] == "2"
    other = box.http.get("/v1/campaigns", headers=box.autosend)
    assert limits(other) == ("9", "8", "1773585060")
    box.advance("1h")
    assert limits(box.http.get("/v1/campaigns", headers=box.autosend))[0] == "2"


@pytest.mark.slow
@pytest.mark.parametrize(("is_enforced", "remaining"), [(True, "0"), (False, "1")])
def test_the_documented_refusal_of_a_rate_limit_says_that_it_is_used_up_where_one_is_enforced(
    *, is_enforced: bool, remaining: str
) -> None:
    with in_process(autosend_rate_limit=is_enforced) as running:
        box = running.sandbox("mine", clock="frozen")
        add(box, error="RateLimitExceeded", times=1)
        refused = ask(box)
        assert (refused.status_code, limits(refused)) == (429, ("2", remaining, "1773585001"))
        assert (ask(box).status_code, limits(ask(box))[0]) == (200, "2")


def test_the_headers_of_a_rule_take_the_place_of_the_usual_ones(box: Sandbox) -> None:
    add(box, status=429, headers={"x-ratelimit-remaining": "0", "X-RateLimit-Reset": "5"})
    headers = ask(box).headers
    shown = {name: headers.get_list(f"x-ratelimit-{name}") for name in ("limit", "remaining", "reset")}
    assert shown == {"limit": ["2"], "remaining": ["0"], "reset": ["5"]}


def test_of_two_rate_limits_the_headers_show_the_narrower_one(box: Sandbox) -> None:
    add(box, rate_limit={"requests": 2, "per": "1m"})
    add(box, rate_limit={"requests": 9, "per": "1h"})
    assert [limits(ask(box))[0] for _ in range(3)] == ["2", "2", "2"]


def test_what_passes_a_rate_limit_meets_the_next_rule(box: Sandbox) -> None:
    add(box, rate_limit={"requests": 1, "per": "1m"})
    add(box, status=503)
    assert [ask(box).status_code for _ in range(2)] == [503, 429]


def test_a_rate_limit_of_nothing_refuses_all(box: Sandbox) -> None:
    add(box, rate_limit={"requests": 0, "per": "1m"}, times=1)
    assert [ask(box).status_code for _ in range(2)] == [429, 200]


@pytest.mark.slow
def test_a_rate_limit_is_counted_in_a_snapshot(box: Sandbox) -> None:
    add(box, rate_limit={"requests": 2, "per": "1m"})
    assert ask(box).status_code == 200
    box.control("POST", "/snapshots", json={"name": "one-used"})
    for _ in range(2):
        box.control("POST", "/snapshots/one-used/restore")
        assert [ask(box).status_code for _ in range(2)] == [200, 429]
