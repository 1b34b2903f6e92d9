"""Sandboxes: isolated worlds, chosen by the credential of a request."""

import subprocess
from itertools import islice
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.conftest import BASE_URL, Emulator, Sandbox

CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"
MAILING = {"id": 12}


def stop_everything(sandbox: Sandbox) -> None:
    http = sandbox.http
    assert http.post(f"{CAMPAIGN}/abort", headers=sandbox.autosend).status_code == 200
    assert http.put("/api/campaigns/1/stop", headers=sandbox.rcs).status_code == 200
    body = {"id": 15, "abort_if_running": True}
    answer = http.post("/api/v1.1/campaigns/deactivate", json=body, headers=sandbox.altcraft)
    assert answer.json()["error"] == 0


def states(sandbox: Sandbox) -> list[Any]:
    """Return, from each provider, the state of an entity that `stop_everything` changes."""
    http = sandbox.http
    mailing = http.post("/api/v1.1/campaigns/get_status", json={"id": 15}, headers=sandbox.altcraft)
    return [
        http.get(CAMPAIGN, headers=sandbox.autosend).json(),
        http.get("/api/campaigns/1", headers=sandbox.rcs).json(),
        mailing.json(),
    ]


def test_a_new_sandbox_answers_credentials_for_all_three_providers(emulator: Emulator) -> None:
    made = emulator.http.post("/_emulator/sandboxes", json={"name": "checkout"})
    assert made.status_code == 201
    access = made.json()["access"]
    assert {name: way["base_url"] for name, way in access.items()} == {
        "altcraft": "http://127.0.0.1:4610/api/v1.1",
        "rcs": "http://127.0.0.1:4610",
        "autosend": "http://127.0.0.1:4610/v1",
    }
    assert access["autosend"]["credentials"][0].startswith("AS_")
    assert access["autosend"]["credentials"][1].startswith("ASA_")
    assert access["rcs"]["credentials"][0].startswith("live_")
    everybody = [credential for way in access.values() for credential in way["credentials"]]
    assert len(everybody) == len(set(everybody))
    assert not any("emulator" in credential for credential in everybody)


def test_the_environment_block_can_be_pasted_into_a_shell(emulator: Emulator) -> None:
    made = emulator.http.post("/_emulator/sandboxes", json={}).json()
    script = made["environment_block"] + 'echo "$AUTOSEND_BASE_URL $AUTOSEND_API_KEY"'
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)  # noqa: S607 -- the shell of the machine
    assert said.stdout.split() == ["http://127.0.0.1:4610/v1", made["access"]["autosend"]["credentials"][0]]


def test_what_happens_in_one_sandbox_is_unknown_in_another(emulator: Emulator) -> None:
    one, other = emulator.sandbox("one", clock="frozen"), emulator.sandbox("other", clock="frozen")
    untouched = states(other)
    stop_everything(one)
    one.advance("3d")
    assert states(one) != untouched
    assert states(other) == untouched
    operations = [entry["method"] for entry in other.control("GET", "/requests").json()["requests"]]
    assert operations == ["POST", "GET", "GET"] * 2


def test_two_sandboxes_with_the_same_seed_answer_the_same(emulator: Emulator) -> None:
    made = [emulator.sandbox(clock="frozen", seed=7) for _ in range(2)]
    answers = [emulator.http.post(f"{CAMPAIGN}/duplicate", headers=one.autosend).text for one in made]
    assert answers[0] == answers[1]
    third = emulator.sandbox(clock="frozen", seed=8)
    assert emulator.http.post(f"{CAMPAIGN}/duplicate", headers=third.autosend).text != answers[0]


def test_an_rcs_login_leads_to_the_sandbox_of_its_key(emulator: Emulator) -> None:
    one, other = emulator.sandbox("one"), emulator.sandbox("other")
    tokens = [
        emulator.http.post("/api/auth/login", json={"api_key": box.environment["RCS_API_KEY"]}).json()
        for box in (one, other)
    ]
    bearer = {"Authorization": f"Bearer {tokens[0]['bearer']}"}
    assert emulator.http.put("/api/campaigns/1/stop", headers=bearer).status_code == 200
    assert emulator.http.get("/api/campaigns/1", headers=one.rcs).json()["data"]["status"] == "stopped"
    assert emulator.http.get("/api/campaigns/1", headers=other.rcs).json()["data"]["status"] == "sending"


def test_an_account_key_reaches_both_projects_of_its_sandbox(emulator: Emulator) -> None:
    made = emulator.http.post("/_emulator/sandboxes", json={}).json()
    key = made["access"]["autosend"]["credentials"][1]
    headers = {"Authorization": f"Bearer {key}", "x-project-id": "66a0c1d2e3f4a5b6c7d8aaaa"}
    assert emulator.http.get(CAMPAIGN, headers=headers).status_code == 200


def test_sandboxes_are_listed_and_inspected(emulator: Emulator) -> None:
    emulator.sandbox("checkout", seed=5, clock="frozen", expires_after="90m")
    listed = emulator.http.get("/_emulator/sandboxes").json()
    assert [one["name"] for one in listed["sandboxes"]] == ["default", "checkout"]
    found = emulator.http.get("/_emulator/sandboxes/checkout").json()
    assert (found["seed"], found["clock"], found["expires_after"]) == (5, "frozen", "90m")
    assert found["now"] == found["clock_state"]["now"] == "2026-03-15T14:30:00.000Z"


def test_a_reset_makes_a_sandbox_as_it_was_when_it_was_new(emulator: Emulator) -> None:
    box = emulator.sandbox("one", clock="frozen")
    fresh = states(box)
    stop_everything(box)
    box.advance("2d")
    answer = box.control("POST", "/reset")
    assert answer.json()["environment"] == box.environment
    assert states(box) == fresh


def test_a_deleted_sandbox_opens_nothing_any_more(emulator: Emulator) -> None:
    box = emulator.sandbox("gone")
    assert emulator.http.delete("/_emulator/sandboxes/gone").status_code == 204
    assert emulator.http.get(CAMPAIGN, headers=box.autosend).status_code == 401
    assert emulator.http.get("/_emulator/sandboxes/gone").status_code == 404
    assert emulator.sandbox("gone").environment["RCS_API_KEY"] != box.environment["RCS_API_KEY"]


def test_the_default_sandbox_can_not_be_deleted(emulator: Emulator) -> None:
    answer = emulator.http.delete("/_emulator/sandboxes/default")
    assert answer.status_code == 409
    assert "reset" in answer.json()["detail"]


@pytest.mark.parametrize(("name", "way"), [("default", "reset it"), ("checkout", "delete it")])
def test_a_taken_name_says_what_to_do(emulator: Emulator, name: str, way: str) -> None:
    emulator.http.post("/_emulator/sandboxes", json={"name": "checkout"})
    answer = emulator.http.post("/_emulator/sandboxes", json={"name": name})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        f"There is a sandbox '{name}'; {way}, or choose another name.",
    )


def test_a_name_is_given_once(emulator: Emulator) -> None:
    emulator.sandbox("once")
    answer = emulator.http.post("/_emulator/sandboxes", json={"name": "once"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "../etc/passwd"}, "name"),
        ({"name": "Ünicode"}, "name"),
        ({"name": "x" * 64}, "name"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"seed": "one"}, "seed"),
        ({"clock": "sundial"}, "clock"),
        ({"clock": 0}, "clock"),
        ({"clock": True}, "clock"),
        ({"seed": True}, "seed"),
        ({"expires_after": "soon"}, "expires_after"),
        ({"colour": "red"}, "colour"),
        ([], "body"),
    ],
)
def test_a_wrong_wish_is_refused_and_makes_nothing(emulator: Emulator, wanted: Any, field: str) -> None:
    answer = emulator.http.post("/_emulator/sandboxes", json=wanted)
    assert answer.status_code == 422
    assert any(error["field"].startswith(field) for error in answer.json()["errors"])
    assert emulator.http.get("/_emulator/sandboxes").json()["total"] == 1


@pytest.mark.slow
def test_a_sandbox_can_begin_with_other_accounts(emulator: Emulator) -> None:
    box = emulator.sandbox("mine", clock="frozen")
    account = """
id: 77
keys: [live_mine]
currency: EUR
money: 5
pace: 1
tariffs: [{code: 1, name: One, default: true, prices: [{prefix: "", text: 1, card: 1, carousel: 1, sms: 1}]}]
"""
    answer = box.control("POST", "/seed", json={"fixtures": {"rcs": account}})
    assert answer.status_code == 200, answer.text
    key = answer.json()["access"]["rcs"]["credentials"][0]
    bearer = {"Authorization": f"Bearer {key}"}
    assert emulator.http.get("/api/accounts/balance", headers=bearer).json()["data"]["currency"] == "EUR"
    box.control("POST", "/reset")
    assert emulator.http.get("/api/accounts/balance", headers=bearer).json()["data"]["currency"] == "EUR"
    assert emulator.http.get(CAMPAIGN, headers=box.autosend).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "field", "says"),
    [
        ({"fixtures": {"telegram": "x"}}, "fixtures.telegram", "altcraft, rcs, autosend"),
        ({"fixtures": {"rcs": "id: [1"}}, "fixtures", "rcs/account.yaml"),
        ({"fixtures": {"rcs": "id: 1"}}, "fixtures", "keys"),
        ({"fixtures": 5}, "fixtures", "object"),
    ],
)
def test_wrong_accounts_are_refused_and_change_nothing(
    emulator: Emulator, wanted: Any, field: str, says: str
) -> None:
    box = emulator.sandbox("mine", clock="frozen")
    fresh = states(box)
    answer = box.control("POST", "/seed", json=wanted)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert says in error["message"]
    assert states(box) == fresh


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
def test_a_page_of_another_origin_is_refused(emulator: Emulator, method: str) -> None:
    for origin in ("http://evil.example", "http://127.0.0.1:9999", "null"):
        answer = emulator.http.request(method, "/_emulator/sandboxes", headers={"Origin": origin})
        assert answer.status_code == 403
    same = {"Origin": "http://127.0.0.1:4610"}
    assert emulator.http.get("/_emulator/sandboxes", headers=same).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_write_needs_a_json_content_type(emulator: Emulator, content_type: str) -> None:
    answer = emulator.http.post("/_emulator/sandboxes", content=b"{}", headers={"Content-Type": content_type})
    assert answer.status_code == 415
    assert emulator.http.get("/_emulator/sandboxes").json()["total"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["frozen", "real"])
def test_what_a_sandbox_holds_is_past_by_its_own_clock(clock: str) -> None:
    app = create_app(Settings(clock="real" if clock == "frozen" else "frozen"))
    with TestClient(app, base_url=BASE_URL) as http:
        box = Sandbox(http, http.post("/_emulator/sandboxes", json={"clock": clock}).json())
        now = box.control("GET", "/clock").json()["now"]
        sent = [
            message["sent_at"]
            for message in box.control("GET", "/messages", params={"limit": 1000}).json()["messages"]
            if message["sent_at"]
        ]
    assert sent
    assert max(sent) <= now
    assert max(sent)[:7] == now[:7]


def names(emulator: Emulator) -> list[str]:
    return [one["name"] for one in emulator.http.get("/_emulator/sandboxes").json()["sandboxes"]]


def test_a_sandbox_that_nobody_uses_is_forgotten_after_its_time(emulator: Emulator) -> None:
    kept, idle = emulator.sandbox("kept", expires_after="1h"), emulator.sandbox("idle", expires_after="1ms")
    looks = iter(lambda: "idle" in names(emulator), False)
    assert sum(1 for _ in islice(looks, 20_000)) < 20_000
    assert emulator.http.get(CAMPAIGN, headers=idle.autosend).status_code == 401
    assert emulator.http.get(CAMPAIGN, headers=kept.autosend).status_code == 200
