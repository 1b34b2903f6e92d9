"""Feedback nodes of scenarios: they wait for an event of the last message to a profile."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_scenarios import ANN, BOB, CART, delay, engaged, graph, mail, states
from tests.altcraft.test_trigger_launches import PAID, made, messages


@pytest.mark.parametrize(("email", "node"), [(BOB, "Opened"), (ANN, "Not opened")])
def test_feedback_waits_for_an_event_of_the_last_message(altcraft: Altcraft, email: str, node: str) -> None:
    ask = {"name": "Ask", "type": "feedback", "event": "open", "timeout": 3_600_000}
    ends = (delay(name="Opened", next=None), delay(name="Not opened", next=None))
    graph(altcraft, mail(), ask | {"then": "Opened", "otherwise": "Not opened"}, *ends)
    engaged(altcraft, CART, email=email)
    assert states(altcraft) == [("Ask", "inside")]
    altcraft.advance("30m")
    assert states(altcraft) == [("Opened" if node == "Opened" else "Ask", states(altcraft)[0][1])]
    altcraft.advance("31m")
    assert states(altcraft)[0][0] == node


def test_what_happened_before_the_question_counts(altcraft: Altcraft) -> None:
    ask = {"name": "Ask", "type": "feedback", "event": "open", "timeout": 60_000}
    graph(altcraft, mail(), delay(3_600_000), ask | {"then": "Opened"}, mail("Opened", next=None))
    engaged(altcraft, CART, email=BOB)
    altcraft.advance("1h")
    assert states(altcraft) == [("Opened", "completed")]


def force(altcraft: Altcraft, message: dict[str, Any], status: str = "opened") -> None:
    answer = altcraft.emulator.http.post(
        f"/_emulator/messages/{message['id']}/status", json={"status": status}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("when", ["before", "after"])
def test_feedback_takes_nothing_of_another_message_of_the_mailing(altcraft: Altcraft, when: str) -> None:
    ask = {"name": "Ask", "type": "feedback", "event": "open", "timeout": 3_600_000}
    graph(altcraft, mail(), delay(), ask | {"then": "Opened"}, delay(name="Opened"))
    engaged(altcraft, CART)
    altcraft.answer("/campaigns/triggers/start", id=PAID, email=ANN)
    [_, foreign] = sorted(messages(altcraft), key=lambda message: int(message["id"]))
    altcraft.advance("30s" if when == "before" else "2m")
    force(altcraft, foreign)
    altcraft.advance("2m")
    assert states(altcraft) == [("Ask", "inside")]


def test_feedback_asks_for_the_message_that_was_sent_last(altcraft: Altcraft) -> None:
    ask = {"type": "feedback", "event": "open", "timeout": 3_600_000}
    first, last = ask | {"name": "Ask", "then": "Again"}, ask | {"name": "Ask again", "then": "End"}
    graph(altcraft, mail(), first, mail("Again"), last, delay(name="End"))
    engaged(altcraft, CART)
    altcraft.advance("1m")
    force(altcraft, messages(altcraft)[0])
    [message] = [one for one in messages(altcraft) if one["status"] == "sent"]
    assert states(altcraft) == [("Ask again", "inside")]
    force(altcraft, message)
    altcraft.advance("1s")
    assert states(altcraft) == [("End", "inside")]


def test_feedback_waits_for_a_message_that_waits_itself(altcraft: Altcraft) -> None:
    late = made(altcraft, skip_minutes=5)
    ask = {"name": "Ask", "type": "feedback", "event": "deliv", "timeout": 3_600_000}
    graph(
        altcraft,
        mail(),
        delay(),
        mail("Late", mailing=late),
        ask | {"then": "End"},
        delay(3_600_000, name="End"),
    )
    engaged(altcraft, CART)
    altcraft.advance("5m")
    assert states(altcraft) == [("Ask", "inside")]
    altcraft.advance("2m")
    assert states(altcraft) == [("End", "inside")]


def test_the_history_has_what_follows_behind_what_it_follows(altcraft: Altcraft) -> None:
    ask = {"name": "Ask", "type": "feedback", "event": "open", "timeout": 3_600_000, "then": "Note"}
    note = {"name": "Note", "type": "update", "data": {"occupation": "reader"}}
    graph(altcraft, mail(), ask, note)
    altcraft.answer("/profiles/import", db_id=1, email="new+opened@example.com", data={})
    engaged(altcraft, CART, email="new+opened@example.com")
    altcraft.advance("5m")
    rows = altcraft.data("/subscribers/history_get", list_id=1, email="new+opened@example.com")
    assert [row["action"] for row in rows] == ["import", "send", "deliv", "open", "update"]
