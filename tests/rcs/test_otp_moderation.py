"""Templates of one-time passwords, moderated past the API."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.otp import refused, send

PATH = "/2fa/authentications/templates"


def create(rcs: Rcs, **settings: Any) -> int:
    body = {"name": "Sign in", "text": "Your code is {code2fa}"} | settings
    number: int = rcs.data("POST", PATH, body)["template_id"]
    return number


def status(rcs: Rcs, number: int) -> str:
    found: str = rcs.data("GET", f"{PATH}/{number}")["status"]
    return found


def steer(rcs: Rcs, number: int, **wanted: Any) -> Any:
    path = f"/_emulator/jobs/rcs/otp_template/{number}/status"
    answer = rcs.emulator.http.post(path, json=wanted)
    return answer.json() if answer.status_code == 200 else answer.status_code


def test_a_template_is_among_the_jobs(rcs: Rcs) -> None:
    found = rcs.emulator.http.get(f"/_emulator/jobs/rcs/otp_template/{create(rcs)}").json()
    assert (found["name"], found["status"], found["total"]) == ("Template Sign in", "requested", 0)
    assert found["actions"] == ["approve", "reject"]


@pytest.mark.parametrize(("action", "after"), [("approve", "approved"), ("reject", "rejected")])
@pytest.mark.parametrize("name", ["Sign in", "Reject it"])
def test_tests_moderate_templates(rcs: Rcs, name: str, action: str, after: str) -> None:
    number = create(rcs, name=name)
    rcs.advance("5s")
    assert steer(rcs, number, action=action)["status"] == after
    rcs.advance("1d")
    found = rcs.data("GET", f"{PATH}/{number}")
    assert (found["status"], found["updated_at"]) == (after, "2026-03-15 14:30:05")


def test_what_was_approved_can_be_sent_at_once(rcs: Rcs) -> None:
    number = create(rcs)
    assert refused(rcs, template_id=number) == ["Invalid template status"]
    steer(rcs, number, action="approve")
    send(rcs, template_id=number)


def test_a_decision_is_undone_by_force_alone(rcs: Rcs) -> None:
    assert steer(rcs, 517, action="approve") == 409
    assert steer(rcs, 517, status="requested", force=True)["status"] == "requested"
    rcs.advance("1m")
    assert status(rcs, 517) == "approved"


def test_a_deleted_template_can_be_brought_back(rcs: Rcs) -> None:
    rcs.data("DELETE", f"{PATH}/515")
    assert steer(rcs, 515, status="approved", force=True)["status"] == "approved"
    send(rcs, template_id=515)


def test_a_deleted_template_is_not_moderated(rcs: Rcs) -> None:
    number = create(rcs)
    rcs.data("DELETE", f"{PATH}/{number}")
    rcs.advance("5m")
    assert status(rcs, number) == "deleted"


def test_nobody_decides_on_the_default_template(rcs: Rcs) -> None:
    assert steer(rcs, 12, action="reject") == 404
    found = rcs.emulator.http.get("/_emulator/jobs", params={"provider": "rcs"}).json()["jobs"]
    keys = [job["key"] for job in found if job["kind"] == "otp_template"]
    assert keys == ["515", "516", "517"]


def test_the_clock_runs_until_a_template_is_approved(rcs: Rcs) -> None:
    number = create(rcs)
    until = {"job": f"rcs/otp_template/{number}", "status": "approved", "within": "1h"}
    assert rcs.emulator.http.post("/_emulator/clock", json={"until": until}).status_code == 200
    assert rcs.data("GET", f"{PATH}/{number}")["updated_at"] == "2026-03-15 14:31:00"
