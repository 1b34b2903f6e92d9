"""Triggers that start themselves over time do so once in a fixture's past, or it would never end."""

from typing import Any

import pytest

from tests.altcraft.seeds import seeded
from tests.altcraft.test_fixture_mailings import EDITED
from tests.conftest import Emulator, Sandbox

pytestmark = pytest.mark.slow

OPENED = "bob+opened@example.com"
"""A person of the set `empty` who opens mails a minute after they left; cleo+clicked@… does so, too."""
LETTER, FIRST, SECOND = 7, 8, 9
COMMON = {"name": "M", "list": 1, "templates": [1], "edited": EDITED, "active": True}
ON_OPEN = COMMON | {"kind": "trigger", "starts_by": "action", "action": "open"}


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox(fixtures="empty", clock="frozen", at="2026-03-10T14:30:00Z")


def filled(box: Sandbox, *triggers: dict[str, Any], ago: str = "30d", **more: Any) -> None:
    """Seed a sandbox with triggers, and with a mailing to everybody that was launched long ago."""
    letter = COMMON | {"id": LETTER, "kind": "broadcast", "launched": ago}
    mailings = [letter, *(one | {"id": number} for number, one in enumerate(triggers, FIRST))]
    answer = seeded(box, mailings=mailings, **more)
    assert answer.status_code == 200, answer.text


def received(box: Sandbox, mailing: int) -> int:
    """Return how many messages of a mailing went to a person who opens them."""
    about = {"job": f"altcraft/mailing/{mailing}", "recipient": OPENED, "limit": 1000}
    return int(box.control("GET", "/messages", params=about).json()["total"])


@pytest.mark.parametrize("wait", [{}, {"wait": "5m"}])
def test_a_trigger_by_the_opening_of_its_own_mails_starts_once(box: Sandbox, wait: dict[str, str]) -> None:
    filled(box, ON_OPEN | wait)
    assert received(box, FIRST) == 1


def test_two_triggers_by_the_same_event_start_once_each(box: Sandbox) -> None:
    filled(box, ON_OPEN, ON_OPEN)
    assert [received(box, FIRST), received(box, SECOND)] == [1, 1]


def test_what_began_in_the_past_goes_on_with_the_sandbox(box: Sandbox) -> None:
    filled(box, ON_OPEN, ago="90s")
    box.advance("10m")
    assert received(box, FIRST) > 5


def test_a_scenario_that_starts_itself_through_a_wait_does_so_once(box: Sandbox) -> None:
    by_opening = {"type": "start", "name": "Opened", "starts_by": "action", "action": "open"}
    nodes = [
        by_opening | {"next": "Wait"},
        {"type": "delay", "name": "Wait", "length": "1h", "next": "Mail"},
        {"type": "campaign", "name": "Mail", "mailing": FIRST},
    ]
    scenario = {"id": 1, "name": "S", "database": 1, "active": True, "nodes": nodes}
    filled(box, COMMON | {"kind": "trigger"}, scenarios=[scenario])
    assert received(box, FIRST) == 1
