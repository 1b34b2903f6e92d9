"""Triggers and scenarios that start themselves, or each other, stop after a hundred starts at one instant.

Each test sends a request after the change, which the server has to answer.
"""

import json
import logging
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_scenarios import CART, graph, mail
from tests.altcraft.test_trigger_launches import PAID, made, profile, recipients

pytestmark = pytest.mark.slow

ANN, BOB = "ann@example.com", "bob+opened@example.com"

STOPPED = "Starts itself: stopped after 100 times"


def starts(field: str = "LOYALTY_SCORE", **more: Any) -> dict[str, Any]:
    """Return a start node for profiles whose field changes."""
    query = {"update_query": [{"fieldname": field, "fieldtype": "int"}]}
    return {
        "name": "Changed",
        "type": "start",
        "starts_by": "update",
        "reacts_to": query,
        "resource_id": 0,
    } | more


def incr(field: str = "LOYALTY_SCORE", name: str = "Count", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "update", "data": {field: {"action": "incr", "value": 1}}} | more


def second(altcraft: Altcraft, *nodes: dict[str, Any]) -> None:
    """Create a second scenario, like the one of `graph`."""
    names = [*(node["name"] for node in nodes), None]
    linked = [{"next": following} | node for node, following in zip(nodes, names[1:], strict=True)]
    altcraft.emulator.query(
        """INSERT INTO altcraft_scenario
        (id, name, groups, tags, attributes, list_id, state, mode, nodes, reacts)
        SELECT 7, 'Second', groups, tags, attributes, list_id, state, mode, ?, reacts
        FROM altcraft_scenario WHERE id = 6""",
        json.dumps(linked),
    )  # fmt: skip


def score(altcraft: Altcraft, email: str = ANN) -> int:
    return int(profile(altcraft, email)["LOYALTY_SCORE"])


def write(altcraft: Altcraft, value: int = 0, email: str = ANN) -> None:
    altcraft.answer("/profiles/update", db_id=1, email=email, data={"LOYALTY_SCORE": value})


@pytest.mark.parametrize("mode", ["skip", "restart"])
def test_a_scenario_that_starts_itself_stops_after_a_hundred_times(altcraft: Altcraft, mode: str) -> None:
    graph(altcraft, starts(), incr(), mode=mode, reacts=True)
    write(altcraft)
    assert score(altcraft) == 100
    altcraft.advance("1s")
    assert score(altcraft) == 100


def test_the_next_change_starts_it_again(altcraft: Altcraft) -> None:
    graph(altcraft, starts(), incr(), reacts=True)
    write(altcraft)
    write(altcraft, 1000)
    assert score(altcraft) == 1100


def test_many_are_told_apart(altcraft: Altcraft) -> None:
    graph(altcraft, starts(), incr(), reacts=True)
    data = [{"email": email, "LOYALTY_SCORE": 0} for email in (ANN, BOB)]
    altcraft.answer("/profiles/update_batch", db_id=1, data=data)
    assert [score(altcraft, email) for email in (ANN, BOB)] == [100, 100]


def test_a_wait_makes_it_no_circle(altcraft: Altcraft) -> None:
    graph(altcraft, starts(), {"name": "Wait", "type": "delay", "length": 1000}, incr(), reacts=True)
    write(altcraft)
    altcraft.advance("2m")
    assert score(altcraft) == 120


def test_a_wait_of_no_time_is_none(altcraft: Altcraft) -> None:
    graph(altcraft, starts(), {"name": "Wait", "type": "delay", "length": 0}, incr(), reacts=True)
    write(altcraft)
    assert score(altcraft) == 100


def test_two_scenarios_that_change_what_the_other_starts_by_stop(altcraft: Altcraft) -> None:
    graph(altcraft, starts(), incr("CRM_ID"), reacts=True)
    second(altcraft, starts("CRM_ID"), incr())
    write(altcraft)
    assert score(altcraft) == 100


def test_two_scenarios_that_start_by_the_same_change_stop_each_after_a_hundred_times(
    altcraft: Altcraft,
) -> None:
    graph(altcraft, starts(), incr(), reacts=True)
    second(altcraft, starts(), incr())
    write(altcraft)
    assert score(altcraft) == 200


def test_a_scenario_that_changes_twice_what_it_starts_by_stops(altcraft: Altcraft) -> None:
    graph(altcraft, starts(), incr(), incr(name="Count again"), reacts=True)
    write(altcraft)
    assert score(altcraft) == 200


def test_two_triggers_that_start_by_each_other_stop(altcraft: Altcraft) -> None:
    both = [made(altcraft, trigger_type="action", action="send") for _ in range(2)]
    altcraft.answer("/campaigns/triggers/start", id=PAID, email=ANN)
    assert [job["counts"]["sent"] for job in jobs(altcraft, both)] == [100, 100]
    assert [altcraft.log(number) for number in both] == [[STOPPED]] * 2


def jobs(altcraft: Altcraft, numbers: list[int]) -> list[Any]:
    http = altcraft.emulator.http
    return [http.get(f"/_emulator/jobs/altcraft/mailing/{number}").json() for number in numbers]


def test_a_circle_of_a_trigger_and_a_scenario_stops(altcraft: Altcraft) -> None:
    query = [{"fieldname": "LOYALTY_SCORE", "fieldtype": "int"}]
    letter = made(altcraft, trigger_type="update", update_query=query)
    by_mail = starts() | {"starts_by": "action", "reacts_to": {"action": "send"}}
    graph(altcraft, by_mail, incr(), reacts=True)
    write(altcraft)
    assert (score(altcraft), len(recipients(altcraft, letter))) == (100, 100)
    assert altcraft.log(letter) == [STOPPED]


def test_a_trigger_that_waits_is_no_circle(altcraft: Altcraft) -> None:
    circle = made(altcraft, trigger_type="action", action="send", skip_minutes=1)
    altcraft.answer("/campaigns/triggers/start", id=PAID, email=ANN)
    altcraft.advance("2h")
    mine: dict[str, Any] = {"job": f"altcraft/mailing/{circle}", "recipient": ANN, "limit": 1000}
    assert len(altcraft.emulator.http.get("/_emulator/messages", params=mine).json()["messages"]) == 120
    assert altcraft.log(circle) == []


def test_the_mailings_of_a_scenario_say_that_it_was_stopped(altcraft: Altcraft) -> None:
    graph(altcraft, starts(), incr(), mail(mailing=61), reacts=True)
    altcraft.answer("/campaigns/activate", id=61)
    write(altcraft)
    assert altcraft.log(61) == [f"Scenario {CART}: starts itself: stopped after 100 times"]


def test_the_log_of_the_server_says_so_where_it_has_no_mailing(
    altcraft: Altcraft, caplog: pytest.LogCaptureFixture
) -> None:
    graph(altcraft, starts(), incr(), incr(name="Count again"), reacts=True)
    with caplog.at_level(logging.WARNING, "emulator"):
        write(altcraft)
        score(altcraft)
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"altcraft: Scenario {CART}: starts itself: stopped after 100 times"]
