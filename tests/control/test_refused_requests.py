"""Refusals in the journal: which requests were refused, and the known paths that an unknown one is like."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("box", clock="frozen")


def last(box: Sandbox) -> Any:
    return box.control("GET", "/requests").json()["requests"][-1]


def ask(box: Sandbox, method: str, path: str, **options: Any) -> Any:
    """Send a request to a provider; return its journal entry."""
    provider = box.autosend if path.startswith("/v1") else box.rcs
    headers = box.altcraft if path.startswith("/api/v1") else provider
    box.http.request(method, path, headers=headers, **options)
    return last(box)


REFUSED: list[tuple[str, str, Any, int]] = [
    ("POST", "/v1/campaigns", {}, 400),
    ("GET", "/v1/campaigns/66a0c1d2e3f4a5b6c7d89999", None, 404),
    ("GET", "/v1/nothing", None, 404),
    ("POST", "/api/messages/rcs/send", {"sender": "nobody"}, 422),
    ("POST", "/api/v1.1/campaigns/get", {"id": 999_999}, 200),
    ("POST", "/api/v1.1/campaigns/get", {"id": "?"}, 200),
    ("POST", "/api/v1.1/nothing", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), REFUSED)
def test_a_refusal_is_told_from_a_success_whatever_its_status(
    box: Sandbox, method: str, path: str, body: Any, status: int
) -> None:
    entry = ask(box, method, path, json=body)
    assert (entry["status"], entry["refused"]) == (status, True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/campaigns", None),
        ("GET", "/api/accounts/balance", None),
        ("POST", "/api/v1.1/campaigns/get", {"id": 12}),
    ],
)
def test_a_success_is_no_refusal(box: Sandbox, method: str, path: str, body: Any) -> None:
    entry = ask(box, method, path, json=body)
    assert (entry["refused"], entry["nearest"]) == (False, [])


def test_a_refusal_by_a_fault_rule_is_one(box: Sandbox) -> None:
    rule = {"provider": "altcraft", "error": "InternalError"}
    assert box.control("POST", "/faults", json=rule).status_code == 201
    assert ask(box, "POST", "/api/v1.1/campaigns/get", json={"id": 12})["refused"]


def test_a_snapshot_keeps_what_was_refused(box: Sandbox) -> None:
    ask(box, "POST", "/api/v1.1/campaigns/get", json={"id": 999_999})
    ask(box, "POST", "/api/v1.1/campaigns/get", json={"id": 12})
    assert box.control("POST", "/snapshots", json={"name": "kept"}).status_code == 201
    assert box.control("POST", "/snapshots/kept/restore").status_code == 200
    entries = box.control("GET", "/requests").json()["requests"]
    assert [entry["refused"] for entry in entries] == [True, False]


NEAREST = [
    ("POST", "/v1/campaign", "POST /v1/campaigns"),
    ("GET", "/v1/campaign", "GET /v1/campaigns"),
    ("POST", "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001/stop", "POST /v1/campaigns/{campaignId}/abort"),
    ("POST", "/v1/campaign/66a0c1d2e3f4a5b6c7d80001/abort", "POST /v1/campaigns/{campaignId}/abort"),
    ("GET", "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001/abort", "POST /v1/campaigns/{campaignId}/abort"),
    ("POST", "/v1/mail/send", "POST /v1/mails/send"),
    ("POST", "/v1/mail", "POST /v1/mails/send"),
    ("DELETE", "/v1/campaigns", "DELETE /v1/campaigns/{campaignId}"),
    ("PUT", "/api/campaign/1/stop", "PUT /api/campaigns/{id}/stop"),
    ("POST", "/api/campaigns/1/stop", "PUT /api/campaigns/{id}/stop"),
    ("POST", "/api/v1.1/campaigns/desactivate", "POST /api/v1.1/campaigns/deactivate"),
    ("POST", "/api/campaigns/deactivate", "POST /api/v1.1/campaigns/deactivate"),
]


@pytest.mark.parametrize(("method", "path", "operation"), NEAREST)
def test_an_unknown_path_is_like_some_that_are_known(
    box: Sandbox, method: str, path: str, operation: str
) -> None:
    entry = ask(box, method, path)
    assert entry["operation"] is None
    assert 1 <= len(entry["nearest"]) <= 3
    assert operation in [one.rstrip("/") for one in entry["nearest"]]


@pytest.mark.parametrize(
    "path", ["/v1/0123456789/0123456789/0123456789", "/v1/zzz", "/api/foo", "/api/v1.1/zzz/qqq"]
)
def test_what_is_like_nothing_has_no_neighbours(box: Sandbox, path: str) -> None:
    assert ask(box, "GET", path)["nearest"] == []


def test_a_long_path_is_compared_at_little_cost(box: Sandbox) -> None:
    assert len(ask(box, "GET", "/v1/campaigns" + "/x" * 10_000)["nearest"]) <= 3


def test_one_request_and_near_misses_show_them(box: Sandbox) -> None:
    number = ask(box, "POST", "/v1/campaign")["number"]
    shown = box.control("GET", f"/requests/{number}").json()["nearest"]
    body = {"match": {"path": "/v1/campaigns"}}
    verified = box.control("POST", "/requests/verify", json=body).json()
    assert shown == verified["near_misses"][0]["request"]["nearest"] != []


@pytest.mark.parametrize(
    ("path", "operation"),
    [("/campaigns", "GET /v1/campaigns"), ("/v2/mails/send", "POST /v1/mails/send")],
)
def test_a_path_of_no_provider_is_like_some_that_are_known(
    emulator: Emulator, path: str, operation: str
) -> None:
    answer = emulator.http.get(path)
    assert answer.status_code == 404
    assert operation in answer.json()["detail"].partition("Nearest: ")[2]


def test_a_path_of_the_control_plane_is_like_some_of_its_own(emulator: Emulator) -> None:
    detail = emulator.http.get("/_emulator/sandboxez").json()["detail"]
    assert "Nearest: GET /_emulator/sandboxes, POST /_emulator/sandboxes" in detail
