"""Recurring launches in a fixture's past: only the first and the last ones happen, to keep starts short."""

from itertools import pairwise
from typing import Any

import pytest

from emulator.altcraft.scenarios import ENDS
from emulator.altcraft.starts import LAST_STARTS
from tests.altcraft.seeds import seeded
from tests.altcraft.test_fixture_mailings import EDITED
from tests.conftest import Emulator, Sandbox

pytestmark = pytest.mark.slow

REGULAR, LETTER = 7, 8
COMMON = {"name": "M", "list": 1, "templates": [1], "edited": EDITED, "active": True}
MINUTELY = {"hours": list(range(24))}
THREE_YEARS = "1095d"
OPENED = "bob+opened@example.com"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox(fixtures="empty", clock="frozen", at="2026-03-10T14:30:00Z")


def launches(box: Sandbox, mailing: int, recipient: str = OPENED) -> list[str]:
    """Return when the messages of a mailing to one person were made, in order."""
    about = {"job": f"altcraft/mailing/{mailing}", "recipient": recipient, "limit": 1000}
    found = box.control("GET", "/messages", params=about).json()["messages"]
    return sorted(message["created_at"][:16] for message in found)


def with_regular(box: Sandbox, **more: Any) -> None:
    regular = COMMON | {"id": REGULAR, "kind": "regular"} | more
    assert seeded(box, mailings=[regular]).status_code == 200


def test_a_minutely_mailing_has_had_its_launch_and_its_last_starts(box: Sandbox) -> None:
    with_regular(box, launched=THREE_YEARS, **MINUTELY)
    first, *others = launches(box, REGULAR)
    assert first == "2023-03-11T14:30"
    assert (len(others), others[0], others[-1]) == (LAST_STARTS, "2026-03-10T12:51", "2026-03-10T14:30")
    box.advance("2m")
    assert launches(box, REGULAR)[-2:] == ["2026-03-10T14:31", "2026-03-10T14:32"]


def test_a_mailing_that_started_seldom_has_had_all_its_starts(box: Sandbox) -> None:
    with_regular(box, launched="90d", hours=[15], minutes=[10])
    assert len(launches(box, REGULAR)) == 1 + 90


@pytest.mark.parametrize("end", ["deactivated", "aborted"])
def test_what_ended_has_had_the_last_starts_before(box: Sandbox, end: str) -> None:
    with_regular(box, launched=THREE_YEARS, **MINUTELY, **{end: "365d"})
    first, *others = launches(box, REGULAR)
    assert first == "2023-03-11T14:30"
    assert (len(others), others[0]) == (LAST_STARTS - 1, "2025-03-10T12:51")  # the last was not made any more
    box.advance("1h")
    assert len(launches(box, REGULAR)) == LAST_STARTS


def test_a_mailing_whose_campaign_stands_still_looks_at_its_last_starts_alone(box: Sandbox) -> None:
    campaign = {"id": 1, "name": "C", "list": 1, "segment": 1, "state": "inactive", "created": EDITED}
    segment = {"id": 1, "name": "S", "kind": "static", "database": 1}
    regular = COMMON | {"id": REGULAR, "kind": "regular", "campaign": 1, "launched": THREE_YEARS} | MINUTELY
    answer = seeded(box, segments=[segment], campaigns=[campaign], mailings=[regular])
    assert answer.status_code == 200, answer.text
    assert launches(box, REGULAR) == ["2023-03-11T14:30"]


def in_circle(box: Sandbox, *nodes: dict[str, Any], ago: str = THREE_YEARS) -> None:
    """Seed a sandbox with a scenario that a person entered by opening a mail launched long ago."""
    start = {"type": "start", "name": "Opened", "starts_by": "action", "action": "open", "next": "Mail"}
    mail = {"type": "campaign", "name": "Mail", "mailing": LETTER, "next": "Wait"}
    scenario = {"id": 1, "name": "S", "database": 1, "active": True, "nodes": [start, mail, *nodes]}
    mailings = [
        COMMON | {"id": REGULAR, "kind": "broadcast", "launched": ago},
        COMMON | {"id": LETTER, "kind": "trigger"},
    ]
    answer = seeded(box, mailings=mailings, scenarios=[scenario])
    assert answer.status_code == 200, answer.text


DELAY = {"type": "delay", "name": "Wait", "length": "1m", "next": "Mail"}
FEEDBACK = {"type": "feedback", "name": "Wait", "event": "open", "timeout": "1d"}


def test_a_circle_through_a_delay_was_walked_at_first_and_at_last(box: Sandbox) -> None:
    in_circle(box, DELAY)
    made = launches(box, LETTER)
    assert 2 * ENDS <= len(made) <= 2 * ENDS + 2
    assert (made[0][:10], made[-1][:14]) == ("2023-03-11", "2026-03-10T14:")
    assert sum(before[:10] != after[:10] for before, after in pairwise(made)) == 1
    box.advance("3m")
    assert len(launches(box, LETTER)) == len(made) + 3


def test_a_circle_that_was_walked_a_few_times_was_so_each_time(box: Sandbox) -> None:
    in_circle(box, DELAY | {"length": "1d"}, ago="18d")
    assert len(launches(box, LETTER)) == 18


@pytest.mark.parametrize("exit_", ["then", "otherwise"])
def test_a_circle_through_a_feedback_was_walked_at_first_and_at_last(box: Sandbox, exit_: str) -> None:
    in_circle(box, FEEDBACK | {"timeout": "1m" if exit_ == "otherwise" else "1d", exit_: "Mail"})
    made = launches(box, LETTER)
    assert len(made) <= 3 * ENDS + 1
    assert made[0][:10] == "2023-03-11"


def test_a_circle_that_became_quicker_is_walked_on_by_the_sandbox(box: Sandbox) -> None:
    in_circle(
        box,
        {"type": "delay", "name": "Wait", "length": "1d", "next": "Soon"},
        {"type": "delay", "name": "Soon", "length": "1m", "next": "More"},
        {"type": "campaign", "name": "More", "mailing": LETTER, "next": "Soon"},
    )
    made = launches(box, LETTER)
    assert ENDS < len(made) <= 3 * ENDS + 1
    box.advance("5h")
    assert len(launches(box, LETTER)) > len(made)
