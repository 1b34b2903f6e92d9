"""Agents that do not reach a phone, and the substitutes of their messages."""

import pytest

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


@pytest.mark.parametrize("tariff", [5, 9])
@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("393331112233", "IT"),
        ("33612345678", "FR"),
        ("79161234567", "RU"),
        ("77012345678", "KZ"),
        ("14165550123", "CA"),
        ("881612345678", "ZZ"),
    ],
)
def test_the_country_of_a_message_is_that_of_its_phone_whatever_the_tariff(
    rcs: Rcs, tariff: int, phone: str, country: str
) -> None:
    number = rcs.send_one(phone, tariff_code=tariff)["id"]
    assert rcs.messages(id=number)[0]["country"] == country


@pytest.mark.parametrize(("phone", "status"), [("393331112299", "delivered"), ("33612345699", "failed")])
def test_an_agent_bound_to_a_country_reaches_it_by_every_tariff(rcs: Rcs, phone: str, status: str) -> None:
    rcs.emulator.query("UPDATE rcs_agent SET countries = ? WHERE name = 'ukraine_only'", '["IT"]')
    number = rcs.send_one(phone, sender="ukraine_only", tariff_code=5)["id"]
    rcs.advance("1m")
    assert rcs.messages(id=number)[0]["status"] == status
