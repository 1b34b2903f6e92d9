"""The people in Altcraft's scenarios and AutoSend's automations, and the steps where they stand."""

from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.control.test_jobs import box, job, steer

__all__ = ["box"]

WELCOME, CART = "altcraft/scenario/4", "altcraft/scenario/6"
ANN = "ann@example.com"
WAIT, LETTER = "wait-a-day", "letter"


def engaged(box: Sandbox, scenario: int = 4, email: str = ANN) -> Any:
    body = {"id": scenario, "email": email}
    return box.http.post("/api/v1.1/workflows/start", json=body, headers=box.altcraft).json()


def people(box: Sandbox, name: str, **wanted: Any) -> Any:
    answer = box.control("GET", f"/jobs/{name}/people", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def series(box: Sandbox) -> str:
    """Create an automation with a wait and a mail, which new contacts enter; return its name as a job."""
    steps = [
        {"stepId": WAIT, "type": "wait", "delay": {"value": 1, "unit": "days"}},
        {"stepId": LETTER, "type": "email", "email": {"subject": "Hi", "htmlTemplate": "<p>Hi</p>"}},
    ]
    made = autosend(box, "/automations", name="Series", active=True, steps=steps)
    return f"autosend/automation/{made['id']}"


def autosend(box: Sandbox, path: str, **body: Any) -> Any:
    answer = box.http.post(f"/v1{path}", json=body, headers=box.autosend)
    assert answer.is_success, answer.text
    return answer.json()["data"]


def test_a_scenario_shows_its_nodes_and_how_many_stand_at_each(box: Sandbox) -> None:
    engaged(box)
    found = job(box, WELCOME)
    assert (found["name"], found["status"], found["actions"]) == (
        "Welcome",
        "active",
        ["activate", "deactivate"],
    )
    assert [(one["key"], one["type"], one["people"]) for one in found["steps"]] == [
        ("Start", "start", 0),
        ("Hello mail", "campaign", 0),
        ("Wait a day", "delay", 1),
        ("Opened?", "feedback", 0),
        ("Note it", "update", 0),
        ("Second mail", "campaign", 0),
    ]
    assert found["people"] == {"inside": 1}


def test_an_automation_shows_its_steps_and_how_many_stand_at_each(box: Sandbox, series: str) -> None:
    autosend(box, "/contacts", email="grace@example.com")
    found = job(box, series)
    assert [(one["key"], one["type"], one["people"]) for one in found["steps"]] == [
        (WAIT, "wait", 1),
        (LETTER, "email", 0),
    ]
    assert found["people"] == {"active": 1}
    box.advance("1d")
    assert job(box, series)["people"] == {"completed": 1}


def test_jobs_that_only_send_have_no_steps(box: Sandbox) -> None:
    found = job(box, "rcs/campaign/3")
    assert (found["steps"], found["people"]) == ([], {})
    assert people(box, "rcs/campaign/3") == {"total": 0, "people": []}


def test_a_scenario_tells_who_is_in_it(box: Sandbox) -> None:
    [profile_id] = engaged(box)["result"]
    now = box.control("GET", "/clock").json()["now"]
    assert people(box, WELCOME) == {
        "total": 1,
        "people": [
            {
                "number": 1,
                "id": profile_id,
                "address": ANN,
                "state": "inside",
                "step": "Wait a day",
                "entered_at": now,
            }
        ],
    }


def test_an_automation_tells_who_is_in_it(box: Sandbox, series: str) -> None:
    grace = autosend(box, "/contacts", email="grace@example.com")
    [found] = people(box, series)["people"]
    assert (found["id"], found["address"]) == (grace["id"], "grace@example.com")
    assert (found["state"], found["step"]) == ("active", WAIT)
    box.advance("1d")
    [found] = people(box, series)["people"]
    assert (found["state"], found["step"]) == ("completed", None)


def test_people_are_found_by_id_address_and_state(box: Sandbox, series: str) -> None:
    ids = [
        autosend(box, "/contacts", email=f"{name}@example.com")["id"] for name in ("grace", "alan", "joan")
    ]
    assert [one["id"] for one in people(box, series)["people"]] == ids
    assert [one["id"] for one in people(box, series, limit=2)["people"]] == ids[:2]
    assert people(box, series, limit=2)["total"] == 3
    first = people(box, series)["people"][0]["number"]
    assert [one["id"] for one in people(box, series, after=first, limit=1)["people"]] == ids[1:2]
    assert [one["id"] for one in people(box, series, person="ALAN@example.com")["people"]] == ids[1:2]
    assert [one["id"] for one in people(box, series, person=ids[2])["people"]] == ids[2:]
    assert people(box, series, state="completed") == {"total": 0, "people": []}
    assert people(box, series, person="nobody") == {"total": 0, "people": []}


def test_people_of_what_is_no_job_are_not_found(box: Sandbox) -> None:
    answer = box.control("GET", "/jobs/altcraft/scenario/99/people")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "There is no job 'altcraft/scenario/99' in this sandbox.",
    )


@pytest.mark.slow
def test_profiles_stand_still_while_a_scenario_is_inactive(box: Sandbox) -> None:
    engaged(box)
    assert steer(box, WELCOME, action="deactivate").json()["status"] == "inactive"
    box.advance("2d")
    assert people(box, WELCOME)["people"][0]["step"] == "Wait a day"
    assert steer(box, WELCOME, action="activate").json()["status"] == "active"
    assert people(box, WELCOME)["people"][0]["step"] == "Opened?"


def test_scenarios_end_and_go_on_with_a_campaign_that_is_set(box: Sandbox) -> None:
    engaged(box)
    steer(box, "altcraft/campaign/18", status="inactive", force=True)
    box.advance("2d")
    assert people(box, WELCOME)["people"][0]["step"] == "Wait a day"
    steer(box, "altcraft/campaign/18", status="active", force=True)
    assert people(box, WELCOME)["people"][0]["step"] == "Opened?"
    steer(box, "altcraft/campaign/18", status="deleted", force=True)
    assert job(box, WELCOME)["status"] == "inactive"


def test_an_inactive_scenario_can_be_set_active(box: Sandbox) -> None:
    assert engaged(box, 6)["error_text"] == "Incorrect request: scenario 6 is inactive"
    assert steer(box, CART, status="active").json()["status"] == "active"
    assert engaged(box, 6)["error"] == 0


def test_the_messages_of_a_scenario_are_found_by_it(box: Sandbox) -> None:
    engaged(box)
    [message] = box.control("GET", "/messages", params={"job": WELCOME}).json()["messages"]
    assert (message["recipient"], message["job"]) == (ANN, "altcraft/mailing/60")
    found = job(box, WELCOME)
    assert (found["total"], sum(found["counts"].values())) == (1, 1)
    named = box.control("GET", "/jobs", params={"id": message["id"]}).json()["jobs"]
    assert {one["id"] for one in named} == {"altcraft/mailing/60", WELCOME}


def test_an_outcome_for_a_scenario_is_that_of_its_messages(box: Sandbox) -> None:
    rule = {"outcome": "bounced", "job": WELCOME}
    assert box.control("POST", "/outcomes", json=rule).status_code == 201
    engaged(box)
    box.advance("1m")
    [message] = box.control("GET", "/messages", params={"job": WELCOME}).json()["messages"]
    assert message["status"] == "bounced"
