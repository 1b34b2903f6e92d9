"""Jobs: campaigns and mailings as the control plane shows them, and steering them."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("jobs", clock="frozen")


def job(box: Sandbox, name: str) -> Any:
    answer = box.control("GET", f"/jobs/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def steer(box: Sandbox, name: str, **wanted: Any) -> Any:
    return box.control("POST", f"/jobs/{name}/status", json=wanted)


def test_jobs_of_all_providers_are_listed(box: Sandbox) -> None:
    listed = box.control("GET", "/jobs").json()
    assert listed["total"] == len(listed["jobs"])
    assert {(one["provider"], one["kind"]) for one in listed["jobs"]} == {
        ("altcraft", "mailing"),
        ("altcraft", "campaign"),
        ("altcraft", "scenario"),
        ("rcs", "campaign"),
        ("rcs", "sender_request"),
        ("rcs", "otp_template"),
        ("autosend", "campaign"),
        ("autosend", "automation"),
    }


def test_jobs_can_be_chosen_by_provider_and_status(box: Sandbox) -> None:
    listed = box.control("GET", "/jobs", params={"provider": "rcs", "status": "paused"}).json()["jobs"]
    assert [one["id"] for one in listed] == ["rcs/campaign/6"]


def test_jobs_are_found_by_their_ids_and_by_those_of_their_messages(box: Sandbox) -> None:
    for name in ("autosend/campaign/60d5ec49f1b2c72d9c8b4567", "rcs/campaign/3", "altcraft/mailing/15"):
        messages = box.control("GET", "/messages", params={"job": name, "limit": 1}).json()["messages"]
        ids = [name, *job(box, name)["provider_ids"].values()]
        ids += [message["id"] for message in messages] if name.startswith("autosend") else []
        ids += [message["provider_id"] for message in messages if name.startswith("autosend")]
        for one in ids:
            found = box.control("GET", "/jobs", params={"id": one, "provider": name.split("/")[0]}).json()
            assert name in [one["id"] for one in found["jobs"]]


def test_the_latest_launch_of_a_mailing_stands_with_it(box: Sandbox) -> None:
    message = box.control("GET", "/messages", params={"provider": "altcraft", "latest": True}).json()[
        "messages"
    ][0]
    ids = job(box, message["job"])["provider_ids"]
    assert ids == {
        "id": message["provider_ids"]["campaign_id"],
        "launch_id": message["provider_ids"]["launch_id"],
    }


def test_an_unknown_id_is_of_no_job(box: Sandbox) -> None:
    assert box.control("GET", "/jobs", params={"id": "nothing"}).json() == {"total": 0, "jobs": []}


def test_a_job_shows_its_state_machine_and_what_its_state_allows(box: Sandbox) -> None:
    found = job(box, "autosend/campaign/60d5ec49f1b2c72d9c8b4567")
    assert found["status"] == "sending"
    assert found["total"] == 51
    assert sum(found["counts"].values()) == 51
    assert found["actions"] == ["pause", "finish", "fail", "abort", "refresh"]
    assert {"from": "sending", "action": "abort", "to": "aborted"} in found["moves"]
    assert "paused" in found["states"]


ACTIONS = [
    ("autosend/campaign/60d5ec49f1b2c72d9c8b4567", "pause", "paused"),
    ("autosend/campaign/60d5ec49f1b2c72d9c8b4567", "abort", "aborted"),
    ("autosend/campaign/60d5ec49f1b2c72d9c8b4567", "finish", "sent"),
    ("autosend/campaign/60d5ec49f1b2c72d9c8b4567", "fail", "failed"),
    ("autosend/campaign/66a0c1d2e3f4a5b6c7d80001", "publish", "scheduled"),
    ("autosend/campaign/66a0c1d2e3f4a5b6c7d80003", "resume", "sending_gradual"),
    ("autosend/campaign/66a0c1d2e3f4a5b6c7d80003", "expire", "aborted"),
    ("autosend/campaign/66a0c1d2e3f4a5b6c7d80005", "release", "sending"),
    ("rcs/campaign/1", "finish", "done"),
    ("rcs/campaign/1", "starve", "paused"),
    ("rcs/campaign/1", "stop", "stopped"),
    ("rcs/campaign/4", "accept", "sending"),
    ("rcs/campaign/4", "refuse", "spam"),
    ("rcs/campaign/5", "begin", "sending"),
    ("rcs/campaign/6", "renew", "sending"),
    ("altcraft/mailing/12", "activate", "active"),
    ("altcraft/mailing/12", "launch", "running"),
    ("altcraft/mailing/34", "start", "running"),
    ("altcraft/mailing/15", "deactivate", "draining"),
    ("altcraft/mailing/15", "finish", "completed"),
    ("altcraft/mailing/15", "abort", "inactive"),
    ("altcraft/campaign/18", "deactivate", "inactive"),
    ("altcraft/campaign/18", "complete", "completed"),
    ("altcraft/campaign/20", "activate", "active"),
]


@pytest.mark.parametrize(("name", "action", "after"), ACTIONS)
def test_an_action_takes_a_job_to_its_next_state(box: Sandbox, name: str, action: str, after: str) -> None:
    answer = steer(box, name, action=action)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == job(box, name)["status"] == after


@pytest.mark.parametrize(("name", "action", "after"), ACTIONS)
def test_a_state_is_reached_by_the_action_that_leads_there(
    box: Sandbox, name: str, action: str, after: str
) -> None:
    assert steer(box, name, status=after).json()["status"] == after


def test_a_job_that_is_finished_has_sent_everything(box: Sandbox) -> None:
    steer(box, "rcs/campaign/1", action="finish")
    box.advance("1m")
    counts = job(box, "rcs/campaign/1")["counts"]
    assert "scheduled" not in counts
    assert counts["delivered"] > 0


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("autosend/campaign/60d5ec49f1b2c72d9c8b4567", "resume"),
        ("rcs/campaign/2", "stop"),
        ("altcraft/campaign/22", "activate"),
    ],
)
def test_an_action_that_the_state_does_not_allow_is_refused(box: Sandbox, name: str, action: str) -> None:
    before = job(box, name)
    answer = steer(box, name, action=action)
    assert answer.status_code == 409
    assert "Possible:" in answer.json()["detail"]
    assert job(box, name) == before


@pytest.mark.parametrize("force", [{}, {"force": True}])
@pytest.mark.parametrize(
    "name", ["autosend/campaign/66a0c1d2e3f4a5b6c7d80006", "rcs/campaign/1", "altcraft/mailing/47"]
)
def test_a_job_stays_in_the_state_that_it_has(box: Sandbox, name: str, force: dict[str, bool]) -> None:
    before = job(box, name)
    answer = steer(box, name, status=before["status"], **force)
    assert (answer.status_code, job(box, name)) == (200, before)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("autosend/campaign/66a0c1d2e3f4a5b6c7d80001", "sent"),
        ("autosend/campaign/66a0c1d2e3f4a5b6c7d80006", "sending"),
        ("autosend/campaign/60d5ec49f1b2c72d9c8b4567", "draft"),
        ("rcs/campaign/7", "sending"),
        ("rcs/campaign/1", "moderation"),
        ("rcs/campaign/1", "spam"),
        ("altcraft/mailing/46", "completed"),
        ("altcraft/mailing/47", "running"),
        ("altcraft/campaign/22", "active"),
    ],
)
def test_any_state_can_be_forced_and_none_without_force(box: Sandbox, name: str, state: str) -> None:
    refused = steer(box, name, status=state)
    assert refused.status_code == 409
    forced = steer(box, name, status=state, force=True)
    assert forced.status_code == 200, forced.text
    assert forced.json()["status"] == state
    box.advance("1d")


def test_what_autosend_paused_itself_only_force_resumes(box: Sandbox) -> None:
    answer = steer(box, "autosend/campaign/66a0c1d2e3f4a5b6c7d80003", status="sending_gradual")
    assert answer.json()["status"] == "sending_gradual"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "body"),
        ({"action": "pause", "status": "paused"}, "body"),
        ({"action": "pause", "force": True}, "body"),
        ({"state": "paused"}, "state"),
    ],
)
def test_a_wrong_wish_is_refused(box: Sandbox, wanted: Any, field: str) -> None:
    answer = steer(box, "rcs/campaign/1", **wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "name",
    [
        "rcs/campaign/99",
        "rcs/campaign/x",
        "rcs/mailing/1",
        "pigeon/campaign/1",
        "altcraft/mailing/-1",
        "autosend/campaign/%00",
        "rcs/campaign/99999999999999999999",
    ],
)
def test_an_unknown_job_is_a_problem(box: Sandbox, name: str) -> None:
    assert box.control("GET", f"/jobs/{name}").status_code == 404
    assert steer(box, name, action="stop").status_code == 404


def test_a_state_that_does_not_exist_can_not_be_forced(box: Sandbox) -> None:
    assert steer(box, "rcs/campaign/1", status="asleep", force=True).status_code == 422
