"""Every cell of the campaign's transition tables, over HTTP."""

from typing import Any

import pytest
from httpx2 import Response

from emulator.autosend.tables.campaigns import CAMPAIGN, GRADUAL_CAMPAIGN, REFUSALS
from emulator.sending.lifecycle import Lifecycle
from tests.autosend.campaigns import RELEASED, bring_to, status_of
from tests.autosend.conftest import AutoSend
from tests.conftest import Emulator

REQUESTS: dict[str, tuple[str, str, Any]] = {
    "update": ("PATCH", "", {"subject": "Twice"}),
    "publish": ("PATCH", "", {"publish": True}),
    "delete": ("DELETE", "", None),
    "pause": ("POST", "/pause", None),
    "resume": ("POST", "/resume", None),
    "abort": ("POST", "/abort", None),
}


def reachable(table: Lifecycle, mode: str) -> list[Any]:
    """Return the cells whose action a client can take."""
    return [
        pytest.param(mode, *cell, id=f"{mode} {cell[0]} {cell[1]}")
        for cell in table.cells()
        if cell[1] in REQUESTS
    ]


CELLS = reachable(CAMPAIGN, "immediate") + reachable(GRADUAL_CAMPAIGN, "gradual")


def act(autosend: AutoSend, campaign: str, action: str) -> Response:
    method, path, body = REQUESTS[action]
    return autosend.call(method, f"/campaigns/{campaign}{path}", body)


@pytest.mark.parametrize(("mode", "state", "action", "target"), CELLS)
def test_every_cell(
    emulator: Emulator, autosend: AutoSend, mode: str, state: str, action: str, target: str | None
) -> None:
    campaign = bring_to(autosend, state, mode)
    answer = act(autosend, campaign, action)
    if target is None:
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == REFUSALS[action].code
        assert status_of(autosend, campaign) == state
    elif target == "deleted":
        assert answer.status_code == 200
        assert autosend.call("GET", f"/campaigns/{campaign}").status_code == 404
    else:
        assert answer.status_code == 200
        assert answer.json()["data"]["status"] == target
        assert status_of(autosend, campaign) == target


BY_ITSELF = [
    ("immediate", "scheduled", RELEASED, "release", "sending"),
    ("immediate", "sending", "1m", "finish", "sent"),
    ("immediate", "paused", "14d", "expire", "aborted"),
    ("gradual", "scheduled", RELEASED, "release", "sending_gradual"),
    ("gradual", "sending_gradual", "9d", "finish", "sent"),
    ("gradual", "paused", "14d", "expire", "aborted"),
]


@pytest.mark.parametrize(("mode", "state", "wait", "event", "target"), BY_ITSELF)
def test_what_happens_by_itself(
    autosend: AutoSend, mode: str, state: str, wait: str, event: str, target: str
) -> None:
    table = GRADUAL_CAMPAIGN if mode == "gradual" else CAMPAIGN
    assert table.target(state, event) == target
    campaign = bring_to(autosend, state, mode)
    autosend.advance(wait)
    assert status_of(autosend, campaign) == target


def test_the_tables_have_no_other_moves() -> None:
    events = {event for *_, event, _ in BY_ITSELF} | {"fail", "reschedule"}
    assert set(CAMPAIGN.actions) == set(REQUESTS) | events
    assert set(GRADUAL_CAMPAIGN.actions) == set(CAMPAIGN.actions) | {"adjust"}


@pytest.mark.parametrize("state", [*CAMPAIGN.states, "sending_gradual"])
def test_every_status_can_be_read_and_copied(autosend: AutoSend, state: str) -> None:
    campaign = bring_to(autosend, state, "gradual" if state == "sending_gradual" else "immediate")
    assert autosend.call("GET", f"/campaigns/{campaign}/analytics").json()["data"]["status"] == state
    assert autosend.data("POST", f"/campaigns/{campaign}/duplicate")["status"] == "draft"
    assert campaign in [row["id"] for row in autosend.data("GET", f"/campaigns?status={state}")["campaigns"]]
