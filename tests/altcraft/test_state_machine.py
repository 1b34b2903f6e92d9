"""For any sequence of requests and clock changes, mailings and campaigns keep their invariants."""

from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from emulator.altcraft.tables.campaigns import CAMPAIGN
from emulator.altcraft.tables.mailings import MAILINGS, STATUSES
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_lifecycle import OF_BROADCASTS, OPERATIONS
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

DURATIONS = st.sampled_from(["1ms", "999ms", "1s", "10s", "1m", "1h", "1d", "3d"])
BROADCASTS = dict.fromkeys((12, 34, 15, 19, 44, 91), "broadcast")
KINDS = BROADCASTS | dict.fromkeys((82, 42, 26), "regular")
CAMPAIGNS = {18: "active", 20: "inactive"}
ON_CAMPAIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "activate": ("activate", {"start_date": ""}),
    "plan": ("activate", {"start_date": "2026-03-18T00:00:00Z"}),
    "deactivate": ("deactivate", {}),
    "complete": ("completed", {}),
}
ACTIONS = {
    name: call for name, call in (OPERATIONS | OF_BROADCASTS).items() if name not in {"delete", "update"}
}


class Mailings(RuleBasedStateMachine):
    emulator: ClassVar[Emulator]

    def __init__(self) -> None:
        super().__init__()
        self.emulator.reset()
        self.emulator.calm("altcraft")
        self.altcraft = Altcraft(self.emulator)
        self.sent: dict[int, int] = {}
        self.stopped: set[int] = set()

    @rule(number=st.sampled_from(sorted(KINDS)), action=st.sampled_from(sorted(ACTIONS)))
    def act(self, number: int, action: str) -> None:
        state, job = self._state(number)
        kind = KINDS[number]
        path, body = ACTIONS[action]
        answer = self.altcraft.call(path, id=number, **body).json()
        if action == "start" and kind != "broadcast":
            assert answer["error"] == 404
            return
        expected = MAILINGS[kind].target(state, action)
        campaign = self._campaign_state(number)
        frozen = campaign == "completed" and action == "activate"
        frozen = frozen or (campaign not in {None, "active"} and action in {"launch", "start"})
        assert (answer["error"] == 0) == (expected is not None and not frozen)
        after, _ = self._state(number)
        if answer["error"]:
            assert after == state
        else:
            assert after == expected or self._has_ended(number)
        if (
            action == "abort"
            and job is not None
            and answer["error"] == 0
            and state in {"running", "draining"}
        ):
            assert self._job_state(job) == "stopped"

    @rule(campaign=st.sampled_from(sorted(CAMPAIGNS)), action=st.sampled_from(sorted(ON_CAMPAIGNS)))
    def act_on_campaign(self, campaign: int, action: str) -> None:
        state = self.altcraft.state(campaign)
        path, body = ON_CAMPAIGNS[action]
        ((now,),) = self.emulator.query("SELECT clock_virtual FROM sandbox_state")
        is_past = action == "plan" and now >= 1_773_792_000_000
        expected = CAMPAIGN.target(state, "activate" if is_past else action)
        answer = self.altcraft.call(f"/scampaigns/{path}", id=campaign, **body).json()
        assert (answer["error"] == 0) == (expected is not None)
        assert self.altcraft.state(campaign) == (expected or state)
        if self.altcraft.state(campaign) == "completed":
            self._assert_nothing_runs_in(campaign)

    @rule(duration=DURATIONS)
    def wait(self, duration: str) -> None:
        self.emulator.advance(duration)

    @invariant()
    def the_status_is_the_state(self) -> None:
        for number in KINDS:
            state, _ = self._state(number)
            status = self.altcraft.data("/campaigns/get_status", id=number)
            assert status["status"] == STATUSES[state]
            assert status["is_active"] == (state in {"active", "running"})
            assert status["is_completed"] == (state == "completed")

    @invariant()
    def counters_are_those_of_the_messages_and_only_grow(self) -> None:
        jobs = self.emulator.query("SELECT id, state, total, left FROM job WHERE provider = 'altcraft'")
        for job, state, total, left in jobs:
            now = self.emulator.message_counts(job_id=job)
            gone = sum(now.values()) - now.get("queued", 0)
            assert sum(now.values()) == total
            assert left == gone
            assert gone >= self.sent.get(job, 0), "sent shrank"
            if job in self.stopped:
                assert gone == self.sent[job], "something went out after a stop"
            if state == "stopped":
                self.stopped.add(job)
            self.sent[job] = gone

    def _state(self, number: int) -> tuple[str, int | None]:
        ((state, job),) = self.emulator.query(
            "SELECT state, job_id FROM altcraft_mailing WHERE id = ?", number
        )
        return state, job

    def _job_state(self, job: int) -> str:
        ((state,),) = self.emulator.query("SELECT state FROM job WHERE id = ?", job)
        return str(state)

    def _has_ended(self, number: int) -> bool:
        _, job = self._state(number)
        return job is not None and self._job_state(job) == "over"

    def _campaign_state(self, number: int) -> str | None:
        ((campaign,),) = self.emulator.query("SELECT campaign_id FROM altcraft_mailing WHERE id = ?", number)
        return None if campaign is None else self.altcraft.state(campaign)

    def _assert_nothing_runs_in(self, campaign: int) -> None:
        states = self.emulator.query("SELECT state FROM altcraft_mailing WHERE campaign_id = ?", campaign)
        assert {state for (state,) in states} <= {"inactive", "completed"}


def test_mailings_keep_their_rules(running: Emulator) -> None:
    Mailings.emulator = running
    run_state_machine_as_test(
        Mailings, settings=settings(max_examples=20, stateful_step_count=25, deadline=None, derandomize=True)
    )
