"""Agents that do not reach a phone, with what stands in for their messages."""

from tests.rcs.conftest import Rcs
from tests.rcs.test_outcomes import ALTERNATIVE, RCS_PART, ends, send


def test_an_agent_that_does_not_reach_a_phone_whose_sms_comes_late(rcs: Rcs) -> None:
    campaign = rcs.send("390501110908", sender="ukraine_only", **ALTERNATIVE)["id"]
    rcs.advance("14m")
    assert [message["status"] for message in rcs.messages(campaign_id=campaign)] == ["failed", "sent"]
    assert ends(rcs, campaign) == [("rcs", "failed"), ("sms", "delivered")]


def test_an_agent_that_does_not_reach_a_phone_in_the_stead_of_an_sms(rcs: Rcs) -> None:
    part = RCS_PART | {"sender": "ukraine_only"}
    phones = {"phones": [{"number": "447911123903"}]}
    campaign = send(rcs, "903", "sms", "rcs", rcs=part, recipients=phones)
    assert ends(rcs, campaign) == [("sms", "undelivered"), ("rcs", "failed")]
