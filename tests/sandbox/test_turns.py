"""Due events run with the turn that follows them: in its transaction, and not at all if the turn fails."""

from contextlib import suppress
from typing import Any

import pytest
from sqlmodel import select

from emulator.rcs.tables.account import Account
from emulator.sandbox.sandbox import Sandbox
from tests.sandbox.test_world import world


@pytest.fixture
def box() -> Sandbox:
    return world().default


def plan(box: Sandbox, name: str, subject: str = "", **details: Any) -> None:
    """Schedule an event that is due at once, so that the next turn runs it."""
    with box.turn() as turn:
        turn.schedule(turn.now, name, subject, **details)


def plan_money(box: Sandbox, *amounts: int) -> None:
    with box.turn() as turn:
        (account,) = turn.session.exec(select(Account.id))
        for money in amounts:
            turn.schedule(turn.now, "rcs.balance", "", account_id=account, money=money)


def money(box: Sandbox) -> int:
    with box.turn() as turn:
        return turn.session.exec(select(Account.money)).one()


def commits(box: Sandbox) -> list[str]:
    seen: list[str] = []
    box.store.connection.set_trace_callback(seen.append)
    with box.turn() as turn:
        turn.store.execute("INSERT INTO status_change (status, at) VALUES ('x', 0)")
    box.store.connection.set_trace_callback(None)
    return [statement for statement in seen if statement == "COMMIT"]


def refused(box: Sandbox) -> int:
    """Return the money that a turn sees, which then raises an error."""
    seen = []
    with suppress(ZeroDivisionError), box.turn() as turn:
        seen.append(turn.session.exec(select(Account.money)).one())
        raise ZeroDivisionError
    return seen[0]


def test_a_turn_sees_what_was_due(box: Sandbox) -> None:
    plan_money(box, 7, 5)
    assert money(box) == 5
    assert box.fired.take().number >= 2


def test_the_events_share_the_transaction_of_the_turn(box: Sandbox) -> None:
    plan_money(box, *range(10))
    assert commits(box) == ["COMMIT"]


def test_a_turn_that_raises_leaves_the_events_to_the_next(box: Sandbox) -> None:
    plan_money(box, 5)
    box.fired.take()
    assert (refused(box), refused(box)) == (5, 5)
    assert box.fired.take().number == 0
    box.catch_up()
    assert box.fired.take().number == 1
    assert money(box) == 5


def test_an_event_that_crashes_is_set_aside_and_the_turn_goes_on(box: Sandbox) -> None:
    plan_money(box, 5)
    plan(box, "rcs.action", "x:1")
    assert money(box) == 5
    assert (box.failed, box.next_due is None or box.next_due > box.clock.now()) == (1, True)


def test_many_events_run_before_the_turn(box: Sandbox) -> None:
    plan_money(box, *range(120))
    assert money(box) == 119
    assert box.fired.take().number >= 120
