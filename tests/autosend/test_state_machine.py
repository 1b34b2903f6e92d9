"""For any sequence of requests and clock changes, a campaign keeps its invariants."""

from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from emulator.autosend.tables.campaigns import CAMPAIGN, GRADUAL_CAMPAIGN
from tests.autosend.campaigns import GRADUAL, NOBODY, READERS, RELEASE, create
from tests.autosend.conftest import AutoSend
from tests.autosend.test_transitions import act
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

DURATIONS = st.sampled_from(["1ms", "900ms", "1s", "30s", "119s", "2m", "1h", "1d", "3d", "15d"])
STOPPED = {"aborted", "failed", "sent", "paused"}


class Campaigns(RuleBasedStateMachine):
    emulator: ClassVar[Emulator]
    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.emulator.reset()
        self.emulator.calm("autosend")
        self.autosend = AutoSend(self.emulator)
        self.last: dict[str, Any] = {}

    @rule(target=made, to=st.sampled_from([READERS, NOBODY]), mode=st.sampled_from([{}, GRADUAL]))
    def draft(self, to: str, mode: dict[str, object]) -> str:
        return self._known(create(self.autosend, toLists=[to], **mode))

    @rule(target=made, to=st.sampled_from([READERS, NOBODY]), mode=st.sampled_from([{}, GRADUAL]))
    def release(self, to: str, mode: dict[str, object]) -> str:
        return self._known(create(self.autosend, toLists=[to], **mode, **RELEASE))

    @rule(campaign=made, action=st.sampled_from(["update", "publish", "pause", "resume", "abort"]))
    def act(self, campaign: str, action: str) -> None:
        before = self.last[campaign]
        table = GRADUAL_CAMPAIGN if before["sendMode"] == "gradual" else CAMPAIGN
        expected = table.target(before["status"], action)
        answer = act(self.autosend, campaign, action)
        assert (answer.status_code == 200) == (expected is not None)
        self._read(campaign)
        assert self.last[campaign]["status"] in {expected or before["status"], "failed"}

    @rule(duration=DURATIONS)
    def wait(self, duration: str) -> None:
        self.autosend.advance(duration)
        for campaign in self.last:
            self._read(campaign)

    @invariant()
    def counters_are_those_of_the_messages(self) -> None:
        for campaign in self.last.values():
            metrics = campaign["metrics"]
            if campaign["agendaJobId"] is None:
                assert metrics["sent"] == 0
                continue
            now = self.emulator.message_counts(job_id=int(campaign["agendaJobId"]))
            sent = sum(now.values()) - now.get("queued", 0) - now.get("suppressed", 0) - now.get("failed", 0)
            assert metrics["sent"] == sent
            assert metrics["totalContacts"] == sum(now.values())
            assert metrics["suppressed"] == now.get("suppressed", 0)
            assert metrics["processedCount"] == sum(now.values()) - now.get("queued", 0)
            assert (campaign["status"] == "sent") == (now.get("queued", 0) == 0)

    def _known(self, campaign: str) -> str:
        self.last[campaign] = self.autosend.data("GET", f"/campaigns/{campaign}")
        return campaign

    def _read(self, campaign: str) -> None:
        before, after = self.last[campaign], self.autosend.data("GET", f"/campaigns/{campaign}")
        sent_before, sent_after = before["metrics"]["sent"], after["metrics"]["sent"]
        assert sent_after >= sent_before, "sent shrank"
        if before["status"] in STOPPED and after["status"] in STOPPED:
            assert sent_after == sent_before, "something went out after a stop"
        self.last[campaign] = after


def test_campaigns_keep_their_rules(running: Emulator) -> None:
    Campaigns.emulator = running
    run_state_machine_as_test(
        Campaigns, settings=settings(max_examples=25, stateful_step_count=25, deadline=None, derandomize=True)
    )
