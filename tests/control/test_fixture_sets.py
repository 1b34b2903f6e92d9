"""Sets of fixtures: the accounts that sandboxes begin with."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings, shipped_fixtures
from tests.conftest import BASE_URL, Emulator, Sandbox


@contextmanager
def serving(**settings: Any) -> Iterator[TestClient]:
    app = create_app(Settings(**{"clock": "frozen"} | settings))
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as http:
        yield http


def make(http: httpx2.Client, **wanted: Any) -> Any:
    answer = http.post("/_emulator/sandboxes", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


def held(http: httpx2.Client, name: str = "default") -> dict[str, int]:
    """Return how many messages, jobs and due events a sandbox has."""
    about = {"sandbox": name}
    totals = {kind: http.get(f"/_emulator/{kind}", params=about).json()["total"] for kind in KINDS}
    is_due = http.get("/_emulator/clock", params=about).json()["next_event"] is not None
    return totals | {"due": int(is_due)}


KINDS = ("messages", "jobs", "requests")
NOTHING = {"messages": 0, "jobs": 0, "requests": 0, "due": 0}


@pytest.mark.parametrize("clock", ["frozen", "real", 60])
def test_an_empty_sandbox_holds_no_history(emulator: Emulator, clock: Any) -> None:
    made = make(emulator.http, name="one", fixtures="empty", clock=clock)
    assert made["fixtures"] == "empty"
    assert held(emulator.http, "one") == NOTHING


def test_a_sandbox_begins_as_the_emulator_does_unless_it_says_otherwise(emulator: Emulator) -> None:
    demo = held(emulator.http)
    assert demo["messages"] > 100
    made = make(emulator.http, name="one", clock="frozen")
    assert (made["fixtures"], held(emulator.http, "one")) == ("demo", demo)
    listed = emulator.http.get("/_emulator/sandboxes").json()["sandboxes"]
    assert {one["name"]: one["fixtures"] for one in listed} == {"default": "demo", "one": "demo"}


def test_a_sandbox_keeps_its_set_when_it_is_reset(emulator: Emulator) -> None:
    make(emulator.http, name="one", fixtures="empty")
    reset = emulator.http.post("/_emulator/reset", params={"sandbox": "one"}, json={"seed": 7}).json()
    assert reset["fixtures"] == "empty"
    assert held(emulator.http, "one") == NOTHING


@pytest.mark.slow
def test_a_sandbox_keeps_its_set_over_a_restart(tmp_path: Path) -> None:
    with serving(data=tmp_path) as http:
        make(http, name="one", fixtures="empty")
    with serving(data=tmp_path) as http:
        http.post("/_emulator/reset", params={"sandbox": "one"})
        assert http.get("/_emulator/sandboxes/one").json()["fixtures"] == "empty"
        assert held(http, "one") == NOTHING


@pytest.mark.slow
def test_a_sandbox_keeps_its_set_when_it_goes_on_from_the_snapshot_of_another(emulator: Emulator) -> None:
    make(emulator.http, name="one", fixtures="empty")
    emulator.http.post("/_emulator/snapshots", json={"name": "full"})
    emulator.http.post("/_emulator/snapshots/full/restore", params={"sandbox": "one"})
    assert held(emulator.http, "one")["messages"] > 100
    emulator.http.post("/_emulator/reset", params={"sandbox": "one"})
    assert held(emulator.http, "one") == NOTHING


@pytest.mark.parametrize("name", ["emtpy", "", "EMPTY", ".", "../demo", "schemas", 5, ["empty"]])
def test_a_set_that_is_not_there_is_refused_by_name(emulator: Emulator, name: Any) -> None:
    answer = emulator.http.post("/_emulator/sandboxes", json={"name": "one", "fixtures": name})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "fixtures"
    assert "empty" in error["message"]
    assert "demo" in error["message"]
    assert emulator.http.get("/_emulator/sandboxes/one").status_code == 404


@pytest.mark.slow
def test_the_usual_credentials_open_an_emulator_that_begins_empty(emulator: Emulator) -> None:
    usual = emulator.http.get("/_emulator/sandboxes/default").json()["access"]
    with serving(fixtures="empty") as http:
        assert http.get("/_emulator/sandboxes/default").json()["access"] == usual
        assert held(http) == NOTHING
        assert make(http)["fixtures"] == "empty"
        assert held(http, make(http, fixtures="demo")["name"])["messages"] > 100


def test_every_provider_sends_from_an_empty_sandbox(emulator: Emulator) -> None:
    box = Sandbox(emulator.http, make(emulator.http, fixtures="empty", clock="frozen"))
    mail = {"from": {"email": "hello@example.com"}, "to": {"email": "zoe@example.com"}}
    sent = box.http.post("/v1/mails/send", json=mail | {"subject": "Hi", "text": "Hi"}, headers=box.autosend)
    assert sent.status_code == 200, sent.text
    message = {"phone": {"number": "380670001000"}, "sender": "my_agent", "options": {"text": "Hi"}}
    sent = box.http.post("/api/messages/rcs/send", json=message, headers=box.rcs)
    assert sent.status_code == 200, sent.text
    broadcast = {"name": "First", "data_type": "list", "data_id": 1, "content": [{"message_id": 1}]}
    more = {"send_channel": "email", "resource_id": 1, "is_active": True}
    saved = box.http.post("/api/v1.1/campaigns/broadcasts/add", json=broadcast | more, headers=box.altcraft)
    run = {"id": saved.json()["data"]["saved_id"]}
    started = box.http.post("/api/v1.1/campaigns/broadcasts/start", json=run, headers=box.altcraft).json()
    assert started["error"] == 0, started
    box.advance("1h")
    found = box.control("GET", "/messages").json()["messages"]
    assert {(one["provider"], one["status"]) for one in found} >= {
        (provider, "delivered") for provider in ("altcraft", "autosend", "rcs")
    }


def test_a_provider_that_is_given_no_account_gets_that_of_the_sandboxs_set(emulator: Emulator) -> None:
    make(emulator.http, name="one", fixtures="empty", clock="frozen")
    about = {"sandbox": "one"}
    for provider in ("autosend", "rcs"):
        text = (shipped_fixtures() / "demo" / provider / "account.yaml").read_text()
        emulator.http.post("/_emulator/seed", params=about, json={"fixtures": {provider: text}})
        jobs = emulator.http.get("/_emulator/jobs", params=about).json()["jobs"]
        assert {job["provider"] for job in jobs} == {provider}


@pytest.mark.parametrize("past", ["1d, stopped: 2h", "1h, paused: 3h"])
@pytest.mark.parametrize("now", ["2020-01-01", "2026-05-31", "2026-06-01", "2027-01-01"])
def test_the_past_of_an_rcs_campaign_has_been_wherever_a_clock_begins(
    emulator: Emulator, past: str, now: str
) -> None:
    make(emulator.http, name="one", fixtures="empty", clock="frozen", at=f"{now}T10:00:00Z")
    text = (shipped_fixtures() / "empty" / "rcs" / "account.yaml").read_text("utf-8")
    text += "\ncampaigns:\n  - {id: 1, sender: my_agent, text: Hi, phones: ['380670001000'], "
    text += f"created: 2026-06-01T10:00:00Z, first_batch_in: {past}}}\n"
    about = {"sandbox": "one"}
    answer = emulator.http.post("/_emulator/seed", params=about, json={"fixtures": {"rcs": text}})
    assert answer.status_code == 200, answer.text
    (job,) = emulator.http.get("/_emulator/jobs", params=about).json()["jobs"]
    assert job["status"] in past


def test_an_account_of_altcraft_has_a_sending_policy_of_its_own(emulator: Emulator) -> None:
    make(emulator.http, name="one", fixtures="empty", clock="frozen")
    text = (shipped_fixtures() / "empty" / "altcraft" / "account.yaml").read_text("utf-8")
    text += "\npolicies: [{id: 3, name: Calm, recipient: {messages: 1, days: 1}}]\npolicy: "
    for policy, status in ((3, 200), (4, 422)):
        fixtures = {"altcraft": f"{text}{policy}\n"}
        answer = emulator.http.post("/_emulator/seed", params={"sandbox": "one"}, json={"fixtures": fixtures})
        assert answer.status_code == status, answer.text
    assert "policy: there is no 4 among the policies" in answer.json()["errors"][0]["message"]


@pytest.mark.slow
def test_an_emulator_with_accounts_of_its_own_makes_sandboxes_of_the_sets_too(tmp_path: Path) -> None:
    folder = tmp_path / "accounts"
    shutil.copytree(shipped_fixtures() / "empty", folder)
    with serving(fixtures=str(folder)) as http:
        assert http.get("/_emulator/sandboxes/default").json()["fixtures"] is None
        assert make(http)["fixtures"] is None
        assert held(http, make(http, fixtures="demo")["name"])["messages"] > 100


@pytest.mark.slow
def test_a_folder_that_is_wrong_by_now_refuses_the_sandbox_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "accounts"
    shutil.copytree(shipped_fixtures() / "empty", folder)
    with serving(fixtures=str(folder)) as http:
        shutil.rmtree(folder)
        answer = http.post("/_emulator/sandboxes", json={"clock": "real"})
        assert answer.status_code == 409
        assert str(folder) in answer.json()["detail"]
        assert http.get("/_emulator/sandboxes").json()["total"] == 1
        assert make(http, clock="frozen")["fixtures"] is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "keys", "shipped", "variable"),
    [
        (
            "autosend",
            "[AS_second0000000000000, AS_first00000000000000]",
            "[AS_emulator000000000000]",
            "AUTOSEND_API_KEY",
        ),
        (
            "rcs",
            "[test_one0000000000000000, live_second00000000, live_first000000000]",
            "[live_emulator000000000000, test_emulator000000000000]",
            "RCS_API_KEY",
        ),
    ],
)
def test_the_environment_names_the_first_key_of_the_fixture(
    tmp_path: Path, file: str, keys: str, shipped: str, variable: str
) -> None:
    shutil.copytree(shipped_fixtures() / "empty", tmp_path / "empty")
    account = tmp_path / "empty" / file / "account.yaml"
    text = account.read_text("utf-8")
    assert shipped in text
    account.write_text(text.replace(shipped, keys), "utf-8")
    with serving(fixtures=str(tmp_path / "empty")) as http:
        detail = http.get("/_emulator/sandboxes/default").json()
    assert "second" in detail["environment"][variable]
