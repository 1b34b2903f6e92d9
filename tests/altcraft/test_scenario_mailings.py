"""The mailings that scenarios send: which ones are passed over, and which ones can not be deleted."""

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_scenarios import ANN, CART, WELCOME, delay, engaged, graph, mail, states
from tests.altcraft.test_trigger_launches import PAID, recipients

ITS_TEMPLATE, ITS_SENDER = 41, 1


def test_a_mailing_that_is_inactive_is_passed_over(altcraft: Altcraft) -> None:
    graph(altcraft, mail(mailing=61), delay())
    engaged(altcraft, CART)
    assert (recipients(altcraft, 61), states(altcraft)) == ([], [("Wait", "inside")])
    [line] = altcraft.data("/campaigns/log_v2", id=61)
    assert (line["level"], line["message"]) == ("WARNING", f"Scenario {CART}: mailing 61 is inactive")


def test_a_mailing_of_a_paused_campaign_is_passed_over(altcraft: Altcraft) -> None:
    altcraft.emulator.query("UPDATE altcraft_scenario SET campaign_id = NULL WHERE id = 6")
    graph(altcraft, mail(mailing=27), delay())
    altcraft.answer("/scampaigns/deactivate", id=18)
    engaged(altcraft, CART)
    assert (recipients(altcraft, 27), altcraft.log(27)) == ([], [f"Scenario {CART}: campaign 18 is inactive"])


def test_a_mailing_that_is_gone_is_passed_over(altcraft: Altcraft) -> None:
    altcraft.answer("/campaigns/delete", id=61)
    graph(altcraft, mail("Gone", mailing=61), mail())
    engaged(altcraft, CART)
    assert recipients(altcraft) == [ANN]
    assert altcraft.log(PAID) == [f"Scenario {CART}: mailing 61 is deleted"]


def test_nobody_is_in_a_segment_that_is_gone_and_the_log_says_so(altcraft: Altcraft) -> None:
    segment = altcraft.data("/segments/add/", name="Mine", is_static=True, list_id=1)["saved_id"]
    altcraft.answer("/segments/delete", id=segment)
    graph(altcraft, {"name": "In?", "type": "condition", "segment": segment, "otherwise": "Mail"}, mail())
    engaged(altcraft, CART)
    assert recipients(altcraft) == [ANN]
    assert altcraft.log(PAID) == [f"Scenario {CART}: segment {segment} is deleted"]


@pytest.fixture
def paused(altcraft: Altcraft) -> Altcraft:
    """Deactivate the mailing of an active scenario, which has a virtual sender."""
    by = "UPDATE altcraft_mailing SET virtual_sender_id = ? WHERE id = ?"
    altcraft.emulator.query(by, ITS_SENDER, PAID)
    altcraft.answer("/campaigns/deactivate", id=PAID)
    return altcraft


NEEDED = [("/campaigns", "mailing", PAID), ("/templates", "template", ITS_TEMPLATE),
          ("/vsenders", "virtual sender", ITS_SENDER)]  # fmt: skip


@pytest.mark.parametrize(("path", "kind", "number"), NEEDED)
def test_what_an_active_scenario_sends_is_not_deleted(
    paused: Altcraft, path: str, kind: str, number: int
) -> None:
    answer = paused.call(f"{path}/delete", id=number).json()
    assert (answer["error"], answer["error_text"]) == (400, f"Incorrect request: {kind} {number} is in use")


@pytest.mark.parametrize(("path", "kind", "number"), NEEDED)
def test_what_an_inactive_scenario_sends_is_deleted(
    paused: Altcraft, path: str, kind: str, number: int
) -> None:
    paused.answer("/workflows/deactivate", id=WELCOME)
    paused.answer(f"{path}/delete", id=number)
