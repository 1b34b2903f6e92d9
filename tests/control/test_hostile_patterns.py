"""Patterns that would stop the process, if they were compared by an engine that tries all ways."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from emulator.altcraft.webhooks import ActionHooks
from emulator.app import assemble, make_providers, make_world
from emulator.sandbox.world import World
from emulator.settings import Settings
from emulator.webhooks.targets import Target
from tests.conftest import BASE_URL, Emulator, Sandbox
from tests.server import Server

HOSTILE = "^(a+)+$"
SUBJECT = "a" * 60 + "!"
MAIL = {
    "from": {"email": "news@example.com"},
    "to": {"email": "ann@example.com"},
    "subject": SUBJECT,
    "html": "<p>Hi</p>",
}
KEY = {"Authorization": "Bearer AS_emulator000000000000"}

QUESTIONS = [
    ("/_emulator/requests/verify", {"match": {"body": {"subject": {"matches": HOSTILE}}}, "never": True}),
    (
        "/_emulator/wait",
        {"request": {"body": {"subject": {"matches": "^(a+)+!$"}}}, "timeout": "1s"},
    ),
    ("/__admin/requests/count", {"bodyPatterns": [{"matches": f".*{HOSTILE}"}]}),
    ("/__admin/requests/count", {"bodyPatterns": [{"doesNotMatch": "(.*)*(.*)*=x"}]}),
    ("/__admin/requests/find", {"bodyPatterns": [{"matchesJsonPath": "$..[?(@ =~ /(a+)+/)]"}]}),
    ("/__admin/requests/find", {"bodyPatterns": [{"matchesJsonPath": "$" + "..*" * 100}]}),
    ("/__admin/requests/count", {"urlPathTemplate": "/" + "{a}" * 20 + "{b}"}),
    ("/__admin/near-misses/request-pattern", {"urlPathTemplate": "/" + "{a}" * 19 + "x"}),
    ("/__admin/near-misses/request-pattern", {"urlPattern": "(/v1(/?[a-z]*)*)*!"}),
]


@pytest.mark.slow
def test_they_are_compared_also_by_rules_that_outlive_a_restart(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    with Server(*data) as server, server.client(headers=KEY) as client:
        assert client.post("/v1/mails/send", json=MAIL).status_code == 200
        assert [client.post(path, json=asked).status_code for path, asked in QUESTIONS] == [200] * 6 + [
            422,
            200,
            200,
        ]
        rule = {"provider": "autosend", "match": {"body": {"subject": {"matches": HOSTILE}}}, "status": 500}
        assert client.post("/_emulator/faults", json=rule).status_code == 201
        wildcards = {"recipient": "*a" * 150 + "?b", "outcome": "bounced"}
        assert client.post("/_emulator/outcomes", json=wildcards).status_code == 201
        assert client.post("/v1/mails/send", json=MAIL).status_code == 200
    with Server(*data) as server, server.client(headers=KEY) as client:
        assert client.post("/v1/mails/send", json=MAIL).status_code == 200


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("patterns", clock="frozen")


def refused(answer: httpx2.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("path", "wanted", "field"),
    [
        ("/requests/verify", {"match": {"path": {"matches": "(?=a)"}}}, "match.path.matches"),
        ("/wait", {"request": {"body": {"to": {"matches": "(?=a)"}}}}, "request.body.to.matches"),
        (
            "/faults",
            {"provider": "rcs", "status": 500, "match": {"headers": {"a": {"matches": "(?=a)"}}}},
            "match.headers.a.matches",
        ),
        (
            "/webhooks/targets",
            {"provider": "altcraft", "url": "http://127.0.0.1/", "settings": {"pattern": "(?=a)"}},
            "settings",
        ),
    ],
)
def test_a_construct_without_linear_time_is_refused_by_name(
    box: Sandbox, path: str, wanted: Any, field: str
) -> None:
    assert "a lookahead, (?=" in refused(box.control("POST", path, json=wanted))[field]


@pytest.mark.parametrize(
    "pattern",
    [
        {"urlPattern": "(?=a)"},
        {"bodyPatterns": [{"not": {"matches": "(?=a)"}}]},
        {"bodyPatterns": [{"matchesJsonPath": "$[?(@.a =~ /(?=a)/)]"}]},
    ],
)
def test_wiremocks_form_names_the_construct_too(emulator: Emulator, pattern: Any) -> None:
    answer = emulator.http.post("/__admin/requests/count", json=pattern)
    assert answer.status_code == 422
    assert "a lookahead, (?=" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/faults", {"provider": "rcs", "status": 500, "match": {"body": "patterns"}}),
        ("/requests/verify", {"match": {"query": "patterns"}}),
    ],
)
def test_criteria_hold_a_bounded_number_of_patterns(box: Sandbox, path: str, wanted: Any) -> None:
    many = {f"p{number}": {"matches": rf"{number}\w{{60}}"} for number in range(1000)}
    answer = box.control(
        "POST", path, json=json.loads(json.dumps(wanted).replace('"patterns"', json.dumps(many)))
    )
    assert "too many or too large patterns" in str(refused(answer))


def test_a_request_that_takes_too_much_comparing_is_named(box: Sandbox) -> None:
    payload = {"name": "ab" * 50_000}
    box.http.post("/v1/campaigns", json=payload, headers=box.autosend)
    body = {"name": {"matches": "[ab]*a[ab]{900}c"}}
    answer = box.control("POST", "/requests/verify", json={"match": {"body": body}})
    assert answer.status_code == 422
    assert "Request 1 was not compared" in answer.json()["detail"]
    narrower = {"match": {"operation": "POST /v1/contacts", "body": body}}
    assert box.control("POST", "/requests/verify", json=narrower).json()["count"] == 0


def test_a_rule_does_not_mean_a_request_that_takes_too_much_comparing(box: Sandbox) -> None:
    rule = {
        "provider": "autosend",
        "match": {"body": {"name": {"matches": "[ab]*a[ab]{900}"}}},
        "status": 503,
    }
    assert box.control("POST", "/faults", json=rule).status_code == 201
    answers = [
        box.http.post("/v1/campaigns", json={"name": "ab" * length}, headers=box.autosend).status_code
        for length in (1_000, 50_000)
    ]
    assert answers == [503, 400]


@pytest.mark.parametrize(
    "pattern",
    [
        {"bodyPatterns": [{"matches": "[ab]*a[ab]{900}c"}]},
        {"bodyPatterns": [{"matchesJsonPath": "$" + "..*" * 50}]},
        {"bodyPatterns": [{"matchesJsonPath": "$..[" + ",".join(["'a'"] * 200) + "]"}]},
        {"bodyPatterns": [{"matchesJsonPath": "$..[?(@ in $..*)]"}]},
        {"bodyPatterns": [{"matchesJsonPath": {"expression": "$..*", "contains": "never"}}]},
        {"bodyPatterns": [{"equalToJson": list(range(1, 5001)), "ignoreArrayOrder": True}]},
        {"bodyPatterns": [{"or": [{"matchesJsonPath": f"$..x{number}"} for number in range(100)]}]},
    ],
)
def test_wiremocks_questions_take_a_bounded_number_of_steps(box: Sandbox, pattern: Any) -> None:
    nested: Any = list(range(5000, 0, -1))
    box.http.post("/v1/campaigns", json=nested, headers=box.autosend)
    answer = box.http.post(f"/__admin/requests/count?sandbox={box.name}", json=pattern)
    assert answer.status_code == 422
    assert "more than 5,000,000 steps" in answer.json()["errors"][0]["detail"]


def emulator_of() -> tuple[TestClient, World]:
    settings = Settings(clock="frozen")
    providers = make_providers(settings)
    world = make_world(settings, providers)
    return TestClient(assemble(settings, providers, world), base_url=BASE_URL, headers=KEY), world


@pytest.mark.slow
def test_a_stored_rule_with_an_unusable_pattern_is_listed_and_means_nothing() -> None:
    http, world = emulator_of()
    rule = {"provider": "autosend", "match": {"path": {"matches": "campaigns"}}, "status": 503}
    assert http.post("/_emulator/faults", json=rule).status_code == 201
    with world.default.turn() as turn:
        (kept,) = world.default.faults.all(turn)
        kept.written = kept.written.replace("campaigns", "(?=campaigns)")
    world.default.faults.forget()
    assert http.get("/v1/campaigns").status_code == 200
    (listed,) = http.get("/_emulator/faults").json()["faults"]
    assert listed["problem"].startswith("match.path.matches uses a lookahead, (?=")
    assert (listed["active"], listed["matched"]) == (False, 0)


@pytest.mark.slow
def test_a_stored_hook_with_an_unusable_pattern_says_so_and_takes_no_answer_for_success() -> None:
    http, world = emulator_of()
    wanted = {"provider": "altcraft", "url": "http://127.0.0.1:9/", "settings": {"pattern": "ok"}}
    made = http.post("/_emulator/webhooks/targets", json=wanted).json()
    assert made["problem"] is None
    with world.default.turn() as turn:
        target = turn.session.get_one(Target, made["id"])
        target.settings = {"pattern": "(?=ok)"}
        assert not ActionHooks().is_accepted(target.settings, 200, "ok")
    *_, listed = http.get("/_emulator/webhooks/targets").json()["targets"]
    assert listed["problem"].startswith("pattern uses a lookahead, (?=")
