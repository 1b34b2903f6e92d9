"""Every cell of the mailings' transition tables, by the operations that change their states."""

from typing import Any

import pytest

from emulator.altcraft.tables.mailings import MAILINGS, STATUSES
from tests.altcraft.conftest import SUCCESS, Altcraft

IN_STATE = {
    "broadcast": {"inactive": 12, "active": 34, "running": 15, "draining": 44, "completed": 47},
    "regular": {"inactive": 82, "active": 41, "running": 42, "draining": 45},
    "trigger": {"inactive": 61, "active": 27},
}
"""The id of a mailing of the account for each kind and state."""

SETTINGS = {"name": "n", "data_type": "list", "data_id": 1, "content": [{"message_id": 1}]}
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "activate": ("/campaigns/activate/", {}),
    "launch": ("/campaigns/activate/", {"run_now": True}),
    "deactivate": ("/campaigns/deactivate", {}),
    "abort": ("/campaigns/deactivate", {"abort_if_running": True}),
    "delete": ("/campaigns/delete", {}),
}
OF_BROADCASTS: dict[str, tuple[str, dict[str, Any]]] = {
    "start": ("/campaigns/broadcasts/start", {}),
    "update": ("/campaigns/broadcasts/update", SETTINGS),
}
CELLS = [
    pytest.param(kind, state, action, id=f"{action} of a {kind} mailing that is {state}")
    for kind, states in IN_STATE.items()
    for state in states
    for action in (OPERATIONS | OF_BROADCASTS if kind == "broadcast" else OPERATIONS)
]


@pytest.mark.parametrize(("kind", "state", "action"), CELLS)
def test_an_action_leads_where_the_table_says(altcraft: Altcraft, kind: str, state: str, action: str) -> None:
    mailing = IN_STATE[kind][state]
    path, body = (OPERATIONS | OF_BROADCASTS)[action]
    target = MAILINGS[kind].target(state, action)
    answer = altcraft.call(path, id=mailing, **body).json()
    if target is None:
        assert answer["error"] == 400
        assert answer["error_text"].startswith(f"Incorrect request: mailing {mailing} is ")
    else:
        saved = {"data": {"saved_id": mailing}} if action == "update" else {}
        assert answer == SUCCESS | saved
    if target == "deleted":
        assert altcraft.refused("/campaigns/get", id=mailing)[0] == 404
    else:
        assert altcraft.status(mailing) == STATUSES[target or state]


@pytest.mark.parametrize("kind", IN_STATE)
def test_the_account_has_a_mailing_in_every_state_of_the_table(altcraft: Altcraft, kind: str) -> None:
    assert set(IN_STATE[kind]) == set(MAILINGS[kind].states)
    for state, mailing in IN_STATE[kind].items():
        assert altcraft.data("/campaigns/get", id=mailing)["type"] == kind
        assert altcraft.status(mailing) == STATUSES[state]
