"""Points of a member that are accrued, spent and cancelled, in any order."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.altcraft.conftest import Altcraft
from tests.altcraft.loyalty import CLEO, balance, register, transactions, whom
from tests.conftest import Emulator

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("accrue"), st.integers(1, 9), st.integers(1, 4), st.integers(0, 2)),
        st.tuples(st.just("redeem"), st.integers(1, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("wait")),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_balances_follow_from_each_other(
    emulator: Emulator, steps: list[tuple[Any, ...]]
) -> None:
    """Points are accrued, valid from some day on and for some days, and spent; both can be cancelled."""
    emulator.reset()
    emulator.query("DELETE FROM due_event")
    altcraft, made = Altcraft(emulator), list[str]()
    register(altcraft)
    for number, (action, *said) in enumerate(steps):
        path, body = f"/loyalty/{action}_points", whom(CLEO) | {"transaction_eid": str(number)}
        match action:
            case "wait":
                altcraft.advance("1d")
                continue
            case "accrue":
                waited = sum(step[0] == "wait" for step in steps[:number])
                start = datetime(2026, 3, 15, 14, 30, tzinfo=UTC) + timedelta(days=waited + said[2])
                body |= {"amount": said[0], "activation_date": start.isoformat()}
                body["expiration_date"] = (start + timedelta(days=said[1])).isoformat()
            case "redeem":
                body["amount"] = said[0]
            case "cancel" if made:
                path, body = "/loyalty/cancel_transaction", {"transaction_id": made[said[0] % len(made)]}
        answer = altcraft.call(path, **body).json()
        if answer["error"] == 0 and action != "cancel":
            made.append(answer["data"]["transaction_id"])
        _check(altcraft)
    altcraft.advance("30d")
    _check(altcraft)
    total, active = (Decimal(one) for one in balance(altcraft))
    assert total == active <= 0


def _check(altcraft: Altcraft) -> None:
    """Check that balances follow from each other, and that points that can expire are the unspent ones."""
    rows = transactions(altcraft)
    before = ["0.00", *(row["balance_after"] for row in rows)]
    assert [row["balance_before"] for row in rows] == before[:-1]
    assert [row["transaction_id"] for row in rows] == sorted(row["transaction_id"] for row in rows)
    total, active = balance(altcraft)
    assert total == before[-1]
    ((accrued, spent, left),) = altcraft.emulator.query(SUMS)
    assert Decimal(active) == Decimal(accrued - spent) / 100
    assert left == max(0, accrued - spent)


SUMS = """
    SELECT coalesce(sum(iif(is_active, amount - expired, 0)), 0),
        coalesce(sum(iif(kind = 'redemption' AND state = 'committed', amount, 0)), 0),
        coalesce(sum(iif(is_active, remaining, 0)), 0)
    FROM altcraft_points_transaction WHERE currency_id = 1
    AND profile_id = (SELECT id FROM altcraft_profile WHERE email = 'cleo+clicked@example.com')
"""
"""Points that were accrued and have not expired, spent points, and points left to be spent or to expire."""
