"""The pace at which messages leave, set for a sandbox, a provider or a job."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.rcs.tables.account import Tariff
from emulator.sending.pace import Pacing
from tests.conftest import Emulator, Sandbox

PEOPLE = 40
LATE = "autosend/campaign/66a0c1d2e3f4a5b6c7d80005"
"""A scheduled campaign to 48 people."""


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("paced", clock="frozen")


def set_pace(box: Sandbox, pace: Any, path: str = "/pace", **more: Any) -> Any:
    answer = box.control("POST", path, json={"pace": pace, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def job(box: Sandbox, name: str) -> Any:
    return box.control("GET", f"/jobs/{name}").json()


def act(box: Sandbox, name: str, action: str) -> None:
    assert box.control("POST", f"/jobs/{name}/status", json={"action": action}).status_code == 200


def left(box: Sandbox, **wanted: Any) -> int:
    """Return how many messages of this test have left the queue."""
    params = {"since": "2026-03-15T14:30:00Z", "limit": 1000, **wanted}
    found = box.control("GET", "/messages", params=params).json()["messages"]
    return sum(1 for one in found if one["sent_at"])


def send_mails(box: Sandbox) -> None:
    body = {
        "from": {"email": "hello@example.com"},
        "subject": "Hello",
        "html": "<p>Hello</p>",
        "recipients": [{"email": f"p{number}@example.net"} for number in range(PEOPLE)],
    }
    assert box.http.post("/v1/mails/bulk", json=body, headers=box.autosend).status_code == 200


def send_rcs(box: Sandbox) -> None:
    phones = [{"number": f"4479460000{number:02d}"} for number in range(PEOPLE)]
    body = {"phones": phones, "sender": "my_agent", "options": {"text": "Hello"}}
    assert box.http.post("/api/campaigns/rcs/send", json=body, headers=box.rcs).status_code == 200


def launch_mailing(box: Sandbox) -> None:
    act(box, "altcraft/mailing/12", "launch")


SENDERS: list[tuple[str, Callable[[Sandbox], None]]] = [
    ("autosend", send_mails),
    ("rcs", send_rcs),
    ("altcraft", launch_mailing),
]


def test_a_campaign_without_mailings_has_no_pace_to_set(box: Sandbox) -> None:
    answer = box.control("POST", "/jobs/altcraft/campaign/8/pace", json={"pace": 1})
    assert answer.status_code == 409
    assert "mailings" in answer.json()["detail"]


@pytest.mark.parametrize(("provider", "send"), SENDERS)
def test_what_a_provider_sends_is_half_sent(
    box: Sandbox, provider: str, send: Callable[[Sandbox], None]
) -> None:
    set_pace(box, 1, provider=provider)
    send(box)
    box.advance("20s")
    assert 0 < left(box, provider=provider) <= PEOPLE // 2 + 1


@pytest.mark.parametrize(("provider", "send"), SENDERS)
def test_all_providers_have_a_pace_at_once(
    box: Sandbox, provider: str, send: Callable[[Sandbox], None]
) -> None:
    paces = set_pace(box, 0.1)["paces"]
    assert [(one["provider"], one["pace"]) for one in paces] == [
        ("altcraft", 0.1),
        ("rcs", 0.1),
        ("autosend", 0.1),
    ]
    send(box)
    box.advance("35s")
    assert 0 < left(box, provider=provider) <= 4


def test_a_pace_is_read(box: Sandbox) -> None:
    set_pace(box, 2.5, provider="rcs")
    shown = box.control("GET", "/pace").json()
    assert shown["total"] == 3
    assert {one["provider"]: one["pace"] for one in shown["paces"]} == {
        "altcraft": 20,
        "rcs": 2.5,
        "autosend": 100,
    }


SLOW = [
    "autosend/campaign/60d5ec49f1b2c72d9c8b4567",
    "altcraft/mailing/15",
    "rcs/campaign/1",
]
"""Jobs under way that send nothing for many minutes."""


@pytest.mark.parametrize("name", SLOW)
def test_a_job_under_way_that_is_made_faster_goes_on_at_once(box: Sandbox, name: str) -> None:
    box.advance("1m")
    assert job(box, name)["status"] in {"sending", "running"}
    assert set_pace(box, 50, f"/jobs/{name}/pace")["pace"] == 50
    box.advance("10m")
    assert job(box, name)["status"] in {"sent", "completed", "done"}


@pytest.mark.parametrize("name", SLOW)
def test_the_pace_of_a_provider_replaces_that_of_its_jobs(box: Sandbox, name: str) -> None:
    set_pace(box, 7, provider=name.partition("/")[0])
    assert job(box, name)["pace"] == 7


BEGUN_LATER = [
    (LATE, "release"),
    ("altcraft/mailing/12", "launch"),
    ("rcs/campaign/4", "accept"),
]


@pytest.mark.parametrize(("name", "action"), BEGUN_LATER)
def test_a_job_that_has_yet_to_begin_gets_a_pace(box: Sandbox, name: str, action: str) -> None:
    assert set_pace(box, 0.1, f"/jobs/{name}/pace")["pace"] == 0.1
    act(box, name, action)
    assert job(box, name)["pace"] == 0.1


def test_the_mailings_of_a_campaign_get_its_pace(box: Sandbox) -> None:
    assert set_pace(box, 3, "/jobs/altcraft/campaign/18/pace")["pace"] is None
    assert job(box, "altcraft/mailing/26")["pace"] == 3


def test_the_next_batch_of_a_job_that_is_made_slower_leaves_as_planned(box: Sandbox) -> None:
    send_rcs(box)
    box.advance("3s")
    set_pace(box, 0.01, provider="rcs")
    box.advance("2s")
    before = left(box, provider="rcs")
    assert 0 < before < PEOPLE
    box.advance("90s")
    assert left(box, provider="rcs") == before


def test_a_scheduled_mail_keeps_its_time(box: Sandbox) -> None:
    body = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ann@example.net"},
        "subject": "Later",
        "html": "<p>Later</p>",
        "scheduledAt": "2026-03-15T16:00:00Z",
    }
    set_pace(box, 0.0001)
    assert box.http.post("/v1/mails/send", json=body, headers=box.autosend).status_code == 200
    set_pace(box, 100)
    box.advance("1h29m")
    assert left(box, provider="autosend", recipient="ann@example.net") == 0
    box.advance("2m")
    assert left(box, provider="autosend", recipient="ann@example.net") == 1


def test_a_reset_gives_the_pace_of_the_fixtures_back(box: Sandbox) -> None:
    before = box.control("GET", "/pace").json()
    set_pace(box, 1)
    assert box.control("POST", "/reset").status_code == 200
    assert box.control("GET", "/pace").json() == before


def test_a_paused_job_has_its_new_pace_when_it_goes_on(box: Sandbox) -> None:
    name = "autosend/campaign/60d5ec49f1b2c72d9c8b4567"
    act(box, name, "pause")
    set_pace(box, 50, f"/jobs/{name}/pace")
    box.advance("1h")
    assert job(box, name)["status"] == "paused"
    act(box, name, "resume")
    box.advance("1m")
    assert job(box, name)["status"] == "sent"


WRONG: list[dict[str, Any]] = [
    {"pace": 0},
    {"pace": -1},
    {"pace": 1e-7},
    {"pace": 1e7},
    {"pace": "1"},
    {"pace": True},
    {"pace": None},
    {"pace": [1]},
    {},
    {"pace": 1, "speed": 2},
    {"pace": 1, "provider": "mailgun"},
    {"pace": 1, "provider": 7},
]


@pytest.mark.parametrize("body", WRONG)
def test_a_pace_that_can_not_be_is_refused(box: Sandbox, body: Any) -> None:
    before = box.control("GET", "/pace").json()
    answer = box.control("POST", "/pace", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] in {"pace", "speed", "provider"}
    assert box.control("GET", "/pace").json() == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_pace_that_is_no_number_is_refused(box: Sandbox, number: str) -> None:
    for path in ("/pace", "/jobs/rcs/campaign/1/pace"):
        body = f'{{"pace": {number}}}'
        answer = box.control("POST", path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422


@pytest.mark.parametrize("body", [body for body in WRONG if set(body) <= {"pace", "speed"}])
def test_a_pace_that_a_job_can_not_have_is_refused(box: Sandbox, body: Any) -> None:
    assert box.control("POST", "/jobs/rcs/campaign/1/pace", json=body).status_code == 422
    assert job(box, "rcs/campaign/1")["pace"] == 20


def test_a_job_that_is_not_there_has_no_pace(box: Sandbox) -> None:
    assert box.control("POST", "/jobs/rcs/campaign/999/pace", json={"pace": 1}).status_code == 404


def test_an_automation_has_the_pace_of_its_provider(box: Sandbox) -> None:
    jobs = box.control("GET", "/jobs", params={"provider": "autosend"}).json()["jobs"]
    name = next(one["id"] for one in jobs if one["kind"] == "automation")
    assert job(box, name)["pace"] is None
    answer = box.control("POST", f"/jobs/{name}/pace", json={"pace": 1})
    assert answer.status_code == 409
    assert "autosend" in answer.json()["detail"]


def test_a_provider_that_keeps_no_pace_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="Tariff has no column `pace`"):
        Pacing(Tariff)
