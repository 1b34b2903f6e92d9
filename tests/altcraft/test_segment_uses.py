"""Entities that use a segment, and keep it from being deleted."""

from collections.abc import Callable

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_scenarios import CART, delay, graph
from tests.altcraft.test_segments import GOLD, added, by_hand, emails_sent, item, move, rule

BROADCAST, ON_SEGMENT = 12, 19
"""A mailing to a database, and one to a segment."""


def is_deletable(altcraft: Altcraft, segment: int) -> bool:
    answer = altcraft.call("/segments/delete", id=segment).json()
    if answer["error"]:
        assert answer["error_text"] == f"Incorrect request: segment {segment} is in use"
    return bool(answer["error"] == 0)


def asked_by_a_scenario(altcraft: Altcraft, segment: int) -> None:
    ends = [delay(name=name, next=None) for name in ("In it", "Not")]
    graph(altcraft, {"name": "Who?", "type": "condition", "segment": segment, "then": "In it"}, *ends)


def sent_by_a_mailing(altcraft: Altcraft, segment: int) -> None:
    """Have an active mailing go to a segment."""
    altcraft.emulator.query("UPDATE altcraft_mailing SET data_id = ? WHERE id = ?", segment, ON_SEGMENT)


def launched(altcraft: Altcraft, segment: int) -> None:
    source = {"override_source_type": "segment", "override_source_id": segment}
    altcraft.data("/campaigns/activate/", id=BROADCAST, run_now=True, **source)


def draining(altcraft: Altcraft, segment: int) -> None:
    launched(altcraft, segment)
    altcraft.data("/campaigns/deactivate", id=BROADCAST)


def drained(altcraft: Altcraft, segment: int) -> None:
    draining(altcraft, segment)
    altcraft.advance("1h")


def asleep(altcraft: Altcraft, segment: int) -> None:
    asked_by_a_scenario(altcraft, segment)
    altcraft.data("/workflows/deactivate", id=CART)


Use = Callable[[Altcraft, int], object]


@pytest.mark.parametrize(
    ("use", "is_used"),
    [
        (asked_by_a_scenario, True),
        (asleep, False),
        (sent_by_a_mailing, True),
        (launched, True),
        (draining, True),
        (drained, False),
        (emails_sent, False),
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_what_is_active_needs_its_segment(altcraft: Altcraft, use: Use, depth: int, *, is_used: bool) -> None:
    innermost = outermost = by_hand(altcraft)
    move(altcraft, innermost)
    for level in range(depth):
        family = "dynseg" if level else "statseg"
        outermost = added(
            altcraft, item(GOLD["queries"][0], rule(family, "exist", segment_id=outermost), condition="or")
        )
    use(altcraft, outermost)
    assert is_deletable(altcraft, innermost) == (not is_used)


def test_a_segment_that_another_one_names_may_go_where_nothing_needs_that(altcraft: Altcraft) -> None:
    inner = by_hand(altcraft)
    outer = added(altcraft, item(rule("statseg", "never", segment_id=inner)))
    assert is_deletable(altcraft, inner)
    assert is_deletable(altcraft, outer)
