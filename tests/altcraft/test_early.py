"""On a running clock, due events run up to 20 ms early, and still find that their time has come."""

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.loyalty import CLEO, accrue, balance, ended, redeem, register
from tests.altcraft.test_exports import ASKED
from tests.altcraft.test_policies import ONE_A_DAY, policy, trigger
from tests.altcraft.test_promo_codes import BIRTHDAY, update
from tests.altcraft.test_scenarios import CART, delay, engaged, graph, mail, states
from tests.altcraft.test_trigger_launches import messages
from tests.receiver import receiving

pytestmark = pytest.mark.usefixtures("early")

DAY = 86_400_000
IN_AN_HOUR = "2026-03-15T15:30:00.013Z"


def test_a_task_is_completed_when_it_is_told(altcraft: Altcraft) -> None:
    with receiving() as receiver:
        feedback = {"type": "JSON", "url": receiver.url}
        altcraft.data("/databases/refresh_counters", id=1, resource_id=1, feedback=feedback)
        altcraft.advance("1s")
        sent = receiver.requests[0].json
    assert (sent["status"], sent["progress"], bool(sent["result"])) == ("completed", 100, True)


def test_a_task_that_was_told_is_completed_for_whoever_asks(altcraft: Altcraft) -> None:
    with receiving() as receiver:
        feedback = {"type": "JSON", "url": receiver.url}
        task = altcraft.data("/databases/refresh_counters", id=1, resource_id=1, feedback=feedback)["task_id"]
        altcraft.advance("987ms")
        assert len(receiver.requests) == 1
    assert altcraft.data("/tasks/status", task_id=task)["status"] == "completed"


def test_what_is_kept_for_a_time_goes_when_that_is_over(altcraft: Altcraft) -> None:
    altcraft.data("/profiles/get_all", **ASKED)
    altcraft.advance("7d")
    assert altcraft.emulator.query("SELECT count(*) FROM altcraft_file WHERE task_id IS NOT NULL") == [(0,)]


def test_a_day_after_its_first_mail_a_scenario_sends_one_a_day_again(altcraft: Altcraft) -> None:
    policy(altcraft, 1, ONE_A_DAY)
    second = trigger(altcraft, policy_id=1)
    graph(altcraft, mail(), delay(DAY), mail("Second", mailing=second))
    engaged(altcraft, CART)
    altcraft.advance("1d")
    assert states(altcraft) == [("Second", "completed")]
    assert len(messages(altcraft, second)) == 1


def test_points_that_come_back_when_they_expire_are_gone(altcraft: Altcraft) -> None:
    register(altcraft)
    accrue(altcraft, "10", expiration_date=IN_AN_HOUR)
    redeem(altcraft, "10", is_temp=True, temp_timeout_sec=3600)
    altcraft.advance("1h")
    assert balance(altcraft, CLEO) == ("0.00", "0.00")


def test_points_that_come_back_just_before_they_expire_still_expire(altcraft: Altcraft) -> None:
    register(altcraft)
    accrue(altcraft, "10", expiration_date=IN_AN_HOUR)
    number = redeem(altcraft, "10", is_temp=True)
    altcraft.advance("3599992ms")
    ended(altcraft, "rollback", number)
    assert balance(altcraft, CLEO) == ("10.00", "10.00")
    altcraft.advance("1s")
    assert balance(altcraft, CLEO) == ("0.00", "0.00")


def test_a_scenario_has_no_use_for_a_code_that_expires_when_it_comes_to_it(altcraft: Altcraft) -> None:
    update(altcraft, "CODE-3", expire_date=IN_AN_HOUR)
    give = {"name": "Give", "type": "promo_attach", "program": BIRTHDAY, "code": "CODE-3"}
    graph(altcraft, delay(3_600_000), give)
    engaged(altcraft, CART)
    altcraft.advance("1h")
    assert states(altcraft) == [("Give", "error")]
