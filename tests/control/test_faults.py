"""Fault rules: which requests they match, when they act, and what they count."""

from typing import Any

import pytest

from emulator.faults import rules as faults
from tests.conftest import Emulator, Sandbox

SPRING = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"
DRAFT = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"
GET = "GET /v1/campaigns/{campaignId}"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("mine", clock="frozen")


def add(box: Sandbox, **rule: Any) -> Any:
    """Add a rule, by default for AutoSend; without an action, it responds with 503."""
    actions = {"error", "status", "slow_body", "truncate", "malform", "reset", "rate_limit", "delay"}
    default = {} if actions & rule.keys() else {"status": 503}
    answer = box.control("POST", "/faults", json={"provider": "autosend"} | default | rule)
    assert answer.status_code == 201, answer.text
    return answer.json()


def get(box: Sandbox, path: str = SPRING) -> int:
    return int(box.http.get(path, headers=box.autosend).status_code)


def gets(box: Sandbox, number: int) -> list[int]:
    return [get(box) for _ in range(number)]


def counters(box: Sandbox, number: int = 1) -> tuple[int, int, bool]:
    """Return the fields `matched`, `hits` and `active` of a rule."""
    rule = box.control("GET", f"/faults/{number}").json()
    return rule["matched"], rule["hits"], rule["active"]


def test_a_rule_acts_on_its_operation_and_on_no_other(box: Sandbox) -> None:
    add(box, operation=GET)
    assert get(box) == 503
    assert get(box, "/v1/campaigns") == 200
    assert box.http.get("/api/accounts/balance", headers=box.rcs).status_code == 200


def test_a_rule_without_an_operation_acts_on_all_of_its_provider(box: Sandbox) -> None:
    add(box)
    assert get(box) == get(box, "/v1/campaigns") == 503
    assert box.http.get("/api/accounts/balance", headers=box.rcs).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/v1/campaigns"), ("GET", "/v1/nothing")],
    ids=["wrong method", "unknown path"],
)
def test_it_acts_on_requests_that_no_operation_is_there_for(box: Sandbox, method: str, path: str) -> None:
    assert box.http.request(method, path, headers=box.autosend).status_code == 404
    add(box)
    assert box.http.request(method, path, headers=box.autosend).status_code == 503


def test_an_operation_that_is_not_built_can_be_named(box: Sandbox) -> None:
    def answer(path: str) -> tuple[int, str]:
        answered = box.http.post(path, json={}, headers=box.altcraft)
        return answered.status_code, answered.text

    before = answer("/push/content/get")
    assert '"error":501' in before[1]
    add(box, provider="altcraft", operation="POST /push/content/get")
    assert answer("/push/content/get") == (503, "")
    assert '"error":501' in answer("/integrations/tilda/profile_import")[1]


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "Bearer AS_emulator000000000000"}]
)
def test_a_request_without_a_credential_of_the_sandbox_meets_no_rule(
    box: Sandbox, headers: dict[str, str]
) -> None:
    add(box)
    assert box.http.get(SPRING, headers=headers).status_code in {401, 200}
    assert counters(box) == (0, 0, True)


MATCHES = [
    ({"method": "PATCH"}, {"method": "GET"}),
    ({"path": {"matches": "80001$"}}, {"path": {"matches": "80002$"}}),
    ({"path": DRAFT}, {"path": SPRING}),
    ({"query": {"page": 2}}, {"query": {"page": 3}}),
    ({"headers": {"X-Trace": {"contains": "b"}}}, {"headers": {"X-Trace": {"absent": True}}}),
    ({"body": {"name": "March"}}, {"body": {"name": "April"}}),
    ({"body": {"toLists.*": {"contains": "dd"}}}, {"body": {"toLists.1": {"absent": False}}}),
    ({"text": "MARCH"}, {"text": "april"}),
    ({"method": "PATCH", "text": "March"}, {"method": "PATCH", "text": "April"}),
]


@pytest.mark.parametrize(("meant", "other"), MATCHES)
def test_a_rule_means_the_requests_that_its_criteria_fit(
    box: Sandbox, meant: dict[str, Any], other: dict[str, Any]
) -> None:
    add(box, match=other)
    add(box, match=meant, status=599)
    answer = box.http.patch(
        f"{DRAFT}?page=2",
        json={"name": "March", "toLists": ["66a0c1d2e3f4a5b6c7d8dddd"]},
        headers=box.autosend | {"X-Trace": "abc"},
    )
    assert answer.status_code == 599


@pytest.mark.parametrize("provider", ["autosend", "rcs", "altcraft"])
def test_a_rule_means_a_credential(box: Sandbox, provider: str) -> None:
    path, variable = {
        "autosend": (SPRING, "AUTOSEND_API_KEY"),
        "rcs": ("/api/accounts/balance", "RCS_API_KEY"),
        "altcraft": ("/api/v1.1/campaigns/get", "ALTCRAFT_TOKEN"),
    }[provider]
    add(box, provider=provider, match={"credential": "another"}, status=500)
    add(box, provider=provider, match={"credential": box.environment[variable]})
    credential = {"autosend": box.autosend, "rcs": box.rcs, "altcraft": box.altcraft}[provider]
    method = "POST" if provider == "altcraft" else "GET"
    assert box.http.request(method, path, headers=credential).status_code == 503


def test_the_key_of_a_login_is_its_credential(box: Sandbox) -> None:
    key = box.environment["RCS_API_KEY"]
    add(box, provider="rcs", operation="POST /api/auth/login", match={"credential": key})
    assert box.http.post("/api/auth/login", json={"api_key": key}).status_code == 503


def test_the_first_rule_that_means_a_request_takes_it(box: Sandbox) -> None:
    add(box, operation=GET, status=501)
    add(box, status=502)
    assert (get(box), get(box, "/v1/campaigns")) == (501, 502)
    assert [counters(box, number)[1] for number in (1, 2)] == [1, 1]


def test_every_rule_counts_the_requests_that_it_means(box: Sandbox) -> None:
    add(box, times=1, status=501)
    add(box, after=2, status=502)
    assert gets(box, 4) == [501, 200, 502, 502]
    assert counters(box, 1) == (4, 1, False)
    assert counters(box, 2) == (4, 2, True)


@pytest.mark.parametrize(
    ("limits", "answers", "counted"),
    [
        ({}, [503, 503, 503, 503], (4, 4, True)),
        ({"times": 2}, [503, 503, 200, 200], (4, 2, False)),
        ({"after": 2}, [200, 200, 503, 503], (4, 2, True)),
        ({"after": 1, "times": 2}, [200, 503, 503, 200], (4, 2, False)),
    ],
)
def test_a_rule_acts_on_the_first_calls_or_after_so_many(
    box: Sandbox, limits: dict[str, int], answers: list[int], counted: tuple[int, int, bool]
) -> None:
    add(box, **limits)
    assert gets(box, 4) == answers
    assert counters(box) == counted


def test_a_rule_ends_after_a_time_of_the_sandbox(box: Sandbox) -> None:
    box.advance("1m")
    assert add(box, lasts="90s")["made_at"] == "2026-03-15T14:31:00.000Z"
    box.advance("89s")
    assert get(box) == 503
    box.advance("1s")
    assert counters(box) == (1, 1, False)
    assert get(box) == 200
    assert counters(box) == (2, 1, False)


def test_when_one_rule_has_ended_the_next_one_has_its_turn(box: Sandbox) -> None:
    for status in (500, 502, 503):
        add(box, status=status, times=1)
    assert gets(box, 4) == [500, 502, 503, 200]


def test_a_rule_is_shown_as_it_was_written(box: Sandbox) -> None:
    written = {
        "provider": "autosend",
        "operation": GET,
        "match": {"path": {"matches": "4567$"}, "body": {"note": {"equals": None}}},
        "status": 503,
        "body": {"down": True},
        "headers": {"Retry-After": "5"},
        "delay": "20ms",
        "executed": True,
        "after": 1,
        "times": 3,
        "lasts": "36h",
    }
    made = add(box, **written)
    seen = {"id": 1, "matched": 0, "hits": 0, "active": True, "made_at": "2026-03-15T14:30:00.000Z"}
    assert made == written | seen
    assert box.control("GET", "/faults/1").json() == made
    assert box.control("GET", "/faults").json() == {"total": 1, "faults": [made]}


def test_the_documented_example_is_a_rule(box: Sandbox) -> None:
    schemas = box.http.get("/openapi/control.json").json()["components"]["schemas"]
    for example in schemas["FaultRule"]["examples"]:
        assert add(box, **example)["active"] is True


@pytest.mark.parametrize(
    "rule",
    [
        {"slow_body": "1500ms", "times": 1},
        {"truncate": True},
        {"truncate": 0},
        {"malform": True},
        {"reset": True, "executed": True},
        {"rate_limit": {"requests": 3, "per": "1m"}},
        {"delay": "5m"},
        {"status": 503, "body": "down for a while"},
    ],
)
def test_every_action_is_shown_as_it_was_written(box: Sandbox, rule: dict[str, Any]) -> None:
    assert add(box, **rule).items() >= rule.items()


def test_a_deleted_rule_acts_no_more_and_its_number_is_not_given_again(box: Sandbox) -> None:
    add(box, status=501)
    add(box, status=502)
    assert box.control("DELETE", "/faults/2").status_code == 204
    assert box.control("DELETE", "/faults/1").status_code == 204
    assert get(box) == 200
    assert add(box)["id"] == 3


def test_all_rules_can_be_deleted(box: Sandbox) -> None:
    add(box)
    add(box)
    assert box.control("DELETE", "/faults").status_code == 204
    assert box.control("GET", "/faults").json() == {"total": 0, "faults": []}
    assert get(box) == 200


def test_a_rule_of_one_sandbox_is_none_of_another(emulator: Emulator, box: Sandbox) -> None:
    other = emulator.sandbox("other", clock="frozen")
    add(box, status=501)
    assert (get(other), get(box)) == (200, 501)
    assert other.control("GET", "/faults").json()["total"] == 0
    add(other, status=502)
    assert (get(other), get(box)) == (502, 501)
    other.control("DELETE", "/faults")
    assert (get(other), get(box)) == (200, 501)


def test_a_reset_clears_the_rules(box: Sandbox) -> None:
    add(box)
    assert get(box) == 503
    assert box.control("POST", "/reset").status_code == 200
    assert get(box) == 200
    assert add(box)["id"] == 1


@pytest.mark.slow
def test_a_snapshot_carries_rules_and_what_they_counted(emulator: Emulator, box: Sandbox) -> None:
    other = emulator.sandbox("other", clock="frozen")
    add(box, times=3)
    add(box, status=502, lasts="1h")
    assert gets(box, 2) == [503, 503]
    assert box.control("POST", "/snapshots", json={"name": "faulty"}).status_code == 201
    box.control("DELETE", "/faults")
    other.advance("2h")
    for place in (box, other):
        assert place.control("POST", "/snapshots/faulty/restore").status_code == 200
        assert counters(place) == (2, 2, True)
        assert gets(place, 2) == [503, 502]


def test_what_is_no_rule_is_refused_with_its_snapshot(
    emulator: Emulator, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults.RequestFault, "written", '{"provider": []}')
    add(box)
    box.control("POST", "/snapshots", json={"name": "odd"})
    image = box.control("GET", "/snapshots/odd").content
    kind = {"Content-Type": "application/vnd.sqlite3"}
    answer = box.control("PUT", "/snapshots/again", content=image, headers=kind)
    assert answer.status_code == 422
    assert "fault rule" in answer.json()["detail"]
