"""Mailings whose state a test sets: one that was never launched has no run."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_regulars import made
from tests.altcraft.test_runs import broadcast, job, messages

NEVER_LAUNCHED = 12
NESTED, CAMPAIGN = 26, 18
SEGMENT = 7
SOON = {"start_hours": [15], "start_mins": [0]}


def steer(altcraft: Altcraft, name: str, **wanted: Any) -> str:
    answer = altcraft.emulator.http.post(f"/_emulator/jobs/altcraft/{name}/status", json=wanted)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


def force(altcraft: Altcraft, mailing: int, state: str) -> None:
    assert steer(altcraft, f"mailing/{mailing}", status=state, force=True) == state


def check_calm(altcraft: Altcraft) -> None:
    assert altcraft.emulator.http.get("/_emulator/clock/failed").json()["total"] == 0


@pytest.mark.parametrize("state", ["running", "draining"])
def test_what_was_never_launched_is_aborted(altcraft: Altcraft, state: str) -> None:
    force(altcraft, NEVER_LAUNCHED, state)
    altcraft.data("/campaigns/deactivate", id=NEVER_LAUNCHED, abort_if_running=True)
    assert altcraft.status(NEVER_LAUNCHED) == "Inactive"


@pytest.mark.parametrize("before", [(), ("active",), ("completed",)])
@pytest.mark.parametrize(("state", "after"), [("running", "completed"), ("draining", "completed")])
def test_what_was_never_launched_is_sent_when_it_is_forced_to(
    altcraft: Altcraft, state: str, after: str, before: tuple[str, ...]
) -> None:
    mailing = broadcast(altcraft)
    for one in (*before, state):
        force(altcraft, mailing, one)
    assert job(altcraft.emulator, mailing)["counts"] == {"queued": 40}
    altcraft.advance("1d")
    check_calm(altcraft)
    assert job(altcraft.emulator, mailing)["status"] == after
    assert len(messages(altcraft.emulator, mailing)) == 40


@pytest.mark.parametrize("state", ["running", "draining"])
def test_what_was_never_launched_and_can_not_be_sent_is_in_the_forced_state_alone(
    altcraft: Altcraft, state: str
) -> None:
    mailing = broadcast(altcraft, data_type="segment", data_id=SEGMENT)
    altcraft.emulator.query("DELETE FROM altcraft_segment")
    force(altcraft, mailing, state)
    altcraft.advance("1d")
    check_calm(altcraft)
    assert job(altcraft.emulator, mailing)["status"] == state
    assert steer(altcraft, f"mailing/{mailing}", action="finish") == "completed"


def check_it_waits_for_its_campaign(altcraft: Altcraft) -> None:
    altcraft.advance("1d")
    assert set(job(altcraft.emulator, NESTED)["counts"]) == {"queued"}
    altcraft.data("/scampaigns/activate", id=CAMPAIGN, activate_date="")
    altcraft.advance("1d")
    assert "queued" not in job(altcraft.emulator, NESTED)["counts"]
    check_calm(altcraft)


@pytest.mark.parametrize("state", ["running", "draining"])
def test_what_was_never_launched_waits_for_its_campaign(altcraft: Altcraft, state: str) -> None:
    altcraft.data("/scampaigns/deactivate", id=CAMPAIGN)
    force(altcraft, NESTED, state)
    check_it_waits_for_its_campaign(altcraft)


@pytest.mark.parametrize("state", ["running", "draining"])
@pytest.mark.parametrize(
    ("wanted", "after"),
    [
        ({"action": "abort"}, "inactive"),
        ({"action": "finish"}, "completed"),
        ({"status": "completed"}, "completed"),
        ({"action": "deactivate"}, "draining"),
    ],
)
def test_what_was_never_launched_is_steered(
    altcraft: Altcraft, state: str, wanted: dict[str, str], after: str
) -> None:
    force(altcraft, NEVER_LAUNCHED, state)
    assert steer(altcraft, f"mailing/{NEVER_LAUNCHED}", **wanted) == after
    altcraft.advance("1d")
    check_calm(altcraft)


@pytest.mark.parametrize("state", ["running", "draining"])
def test_a_campaign_is_completed_though_a_mailing_of_it_was_never_launched(
    altcraft: Altcraft, state: str
) -> None:
    force(altcraft, NESTED, state)
    altcraft.data("/scampaigns/completed", id=CAMPAIGN)
    assert altcraft.status(NESTED) == "Inactive"


@pytest.mark.parametrize(
    ("kind", "state", "sent"), [("broadcast", "completed", 0), ("regular", "draining", 40)]
)
def test_the_schedule_starts_nothing_that_is_not_active(
    altcraft: Altcraft, kind: str, state: str, sent: int
) -> None:
    make = broadcast if kind == "broadcast" else made
    mailing = make(altcraft, is_active=True, start_schedule=SOON)
    force(altcraft, mailing, state)
    altcraft.advance("1d")
    check_calm(altcraft)
    assert len(messages(altcraft.emulator, mailing)) == sent


def test_what_is_active_by_force_starts_by_its_schedule(altcraft: Altcraft) -> None:
    mailing = broadcast(altcraft, is_active=True, start_schedule=SOON)
    force(altcraft, mailing, "completed")
    force(altcraft, mailing, "active")
    altcraft.advance("1d")
    assert len(messages(altcraft.emulator, mailing)) == 40


def test_what_is_running_by_force_waits_for_its_campaign(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=NESTED, run_now=True)
    steer(altcraft, f"mailing/{NESTED}", action="abort")
    altcraft.data("/scampaigns/deactivate", id=CAMPAIGN)
    force(altcraft, NESTED, "running")
    check_it_waits_for_its_campaign(altcraft)
