"""The SQL conditions that tables share."""

from typing import Any

import pytest
from sqlmodel import select

from emulator.sending.rules import OutcomeRule
from emulator.storage.store import Store
from emulator.storage.tables import among

STORED = ["spoon", "fork", "fork\0knife", "käse"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        (["fork"], ["fork"]),
        (["fork\0knife"], ["fork\0knife"]),
        (["fork\0"], []),
        (["spoon", "fork\0knife", "plate"], ["spoon", "fork\0knife"]),
        (["käse", "fork\0"], ["käse"]),
        ([f"plate {number}" for number in range(50_000)], []),
    ],
    ids=lambda case: f"{len(case)}",
)
def test_among_compares_whole_texts(values: list[str], found: list[str]) -> None:
    store = Store()
    store.create_tables()
    nothing: dict[str, Any] = {"provider": None, "channel": None, "recipient": None, "job": None}
    store.session.add_all(OutcomeRule(outcome=outcome, **nothing) for outcome in STORED)
    assert (
        store.session.exec(select(OutcomeRule.outcome).where(among(OutcomeRule.outcome, values))).all()
        == found
    )
