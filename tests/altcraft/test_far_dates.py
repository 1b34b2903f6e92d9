"""Dates far away, which clients use for no bound."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_segments import ANN, added, count, item, rule

EVERYBODY = 41
EARLY = ("0001-01-01T00:00:00+05:00", "0001-01-01", "1900-01-01", "1960-01-01")
ORDERED = """
    UPDATE altcraft_profile SET fields = json_set(fields, '$.last_order', '2024-05-01T00:00:00.000Z')
"""
LATE = ("9999-12-31", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-05:00")


@pytest.mark.parametrize("field", ["_createtime", "_updatetime", "last_order"])
@pytest.mark.parametrize("far", [*EARLY, *LATE])
def test_a_rule_on_a_date_may_be_far_away(altcraft: Altcraft, field: str, far: str) -> None:
    altcraft.emulator.query(ORDERED)
    after, before = (EVERYBODY, 0) if far in EARLY else (0, EVERYBODY)
    wanted = {
        "after": (rule("date", "greater", field, value=far), after),
        "before": (rule("date", "less", field, value=far), before),
        "from": (rule("date", "between", field, **{"from": far}), after),
        "to": (rule("date", "between", field, to=far), before),
        "same": (rule("date", "in_data", field, value=[far]), 0),
    }
    chosen = {name: count(altcraft, added(altcraft, item(one))) for name, (one, _) in wanted.items()}
    assert chosen == {name: number for name, (_, number) in wanted.items()}


def test_the_last_century_is_among_the_last_days(altcraft: Altcraft) -> None:
    for field in ("_createtime", "_updatetime"):
        assert count(altcraft, added(altcraft, item(rule("date", "days", field, last=36_500)))) == EVERYBODY


@pytest.mark.parametrize("far", [*EARLY, *LATE])
@pytest.mark.parametrize(
    ("type_", "name", "number"), [("action", "import", 4), ("action", "click", 1), ("goal", "order", 1)]
)
def test_a_rule_on_events_may_have_bounds_far_away(
    altcraft: Altcraft, type_: str, name: str, number: int, far: str
) -> None:
    altcraft.answer("/goals/register", db_id=1, email=ANN, pixel_id=1, goal="order")
    inner = "date_from" if far in EARLY else "date_to"
    outer = "date_to" if far in EARLY else "date_from"
    for bound, chosen in ((inner, number), (outer, 0)):
        assert count(altcraft, added(altcraft, item(rule(type_, "exist", name, **{bound: far})))) == chosen


@pytest.mark.parametrize("name", ["_createtime", "subscriptions.reg_info.date", "last_order"])
@pytest.mark.parametrize("far", [*EARLY, *LATE])
def test_a_query_may_name_a_date_far_away(altcraft: Altcraft, name: str, far: str) -> None:
    altcraft.emulator.query(ORDERED)
    wanted: dict[str, Any] = {operator: {name: {operator: far}} for operator in ("$gt", "$lt", "$eq")}
    listed = {
        key: len(altcraft.data("/profiles/list", db_id=1, query=query)) for key, query in wanted.items()
    }
    after, before = (EVERYBODY, 0) if far in EARLY else (0, EVERYBODY)
    assert listed == {"$gt": after, "$lt": before, "$eq": 0}


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59Z", *LATE[1:]])
def test_points_expire_before_a_date_far_away(altcraft: Altcraft, until: str) -> None:
    period = {"date_from": "1900-01-01T00:00:00Z", "date_to": until}
    whom = {"loyalty_program_id": 12, "matching": "email", "email": ANN, "points_currency_eid": "stars"}
    answer = altcraft.data("/loyalty/account/expiring_points", **whom, **period)
    assert float(answer["expiring_points"]) > 0


@pytest.mark.parametrize("far", [EARLY[0], LATE[2]])
def test_a_date_that_is_stored_has_to_be_one_of_ours(altcraft: Altcraft, far: str) -> None:
    refusal = altcraft.refused("/profiles/import", db_id=1, email=ANN, data={"last_order": far})
    assert refusal == (440, 'with field "last_order": Incorrect field')
