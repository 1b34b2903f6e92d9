"""Campaigns whose state a test sets: no money stays reserved, and none is lost."""

from decimal import Decimal
from itertools import product

import pytest

from tests.rcs.conftest import Rcs

PHONES = [f"3806711{number:02}{ending}" for number, ending in enumerate(("111", "901", "902", "903", "904"))]
STATES = ("sending", "paused", "stopped", "done", "moderation")


def force(rcs: Rcs, campaign: str, state: str) -> None:
    wanted = {"status": state, "force": True}
    job = f"/_emulator/jobs/rcs/campaign/{campaign}/status"
    answer = rcs.emulator.http.post(job, json=wanted)
    assert (answer.status_code, answer.json().get("status")) == (200, state), answer.text


def reserved(rcs: Rcs) -> int:
    ((found,),) = rcs.emulator.query("SELECT reserved FROM rcs_account")
    return int(found)


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), [*product(STATES, STATES)])
def test_what_was_put_aside_is_charged_or_given_back(rcs: Rcs, first: str, second: str) -> None:
    for third, wait in product(STATES, ("1ms", "1m")):
        rcs.emulator.reset()
        rcs.emulator.calm("rcs")
        rcs.emulator.query("DELETE FROM due_event")
        before = reserved(rcs)
        funds = Decimal(str(rcs.balance()))
        campaign = rcs.send(*PHONES)["id"]
        rcs.advance("3100ms")
        for state in (first, second, third):
            force(rcs, campaign, state)
            rcs.advance(wait)
        rcs.advance("80h")
        said = first, second, third, wait
        assert rcs.emulator.http.get("/_emulator/clock/failed").json()["total"] == 0, said
        assert reserved(rcs) == before, said
        cost = Decimal(rcs.detail(campaign)["total_price"])
        assert Decimal(str(rcs.balance())) == funds - cost, said


@pytest.mark.parametrize("state", ["stopped", "spam", "done"])
def test_what_a_campaign_has_not_sent_at_its_end_stays_as_it_was(rcs: Rcs, state: str) -> None:
    campaign = rcs.send(*PHONES, start_at="2026-03-16 09:00:00")["id"]
    force(rcs, campaign, state)
    rcs.advance("2d")
    left = {
        (one["status"], one["amount"]["value"], one["sent_at"]) for one in rcs.messages(campaign_id=campaign)
    }
    assert left == {("scheduled", "0.0000000", None)}
