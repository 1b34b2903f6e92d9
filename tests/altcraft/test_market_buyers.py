"""The buyers of orders: an import finds or creates them; orders in the history of profiles."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_market_orders import ORDER, imported, order, orders, profile
from tests.altcraft.test_segments import added, count, item, rule
from tests.altcraft.test_trigger_launches import made, recipients


def history(altcraft: Altcraft, profile_id: str) -> list[tuple[str, bool, Any]]:
    """Return a profile's history: actions, whether they were silent, details."""
    rows = altcraft.emulator.query(
        "SELECT action, is_silent, details FROM altcraft_past WHERE profile_id = ? ORDER BY id", profile_id
    )
    return [(action, bool(silent), json.loads(details)) for action, silent, details in rows]


def ordered(altcraft: Altcraft, profile_id: str) -> list[str]:
    """Return the ids of the orders in a profile's history."""
    past = history(altcraft, profile_id)
    return [details["external_id"] for action, _, details in past if action == "ordered"]


def test_who_is_unknown_becomes_a_profile_of_the_market(altcraft: Altcraft) -> None:
    rows = [ORDER | {"external_id": f"O-{n}", "email": " New@example.com"} for n in (8, 9)]
    imported(altcraft, *rows)
    new = profile(altcraft, email="new@example.com")
    assert {order(altcraft, name)["profile_id"] for name in ("O-8", "O-9")} == {new["id"]}
    assert [action for action, _, _ in history(altcraft, new["id"])] == ["import", "ordered", "ordered"]


@pytest.mark.parametrize(
    "match",
    [
        {"phone": "+7 900 000-00-01"},
        {"matching": "email_profile", "email": "ann@example.com"},
        {"matching": "email_phone", "email": "", "phone": 79000000001},
        {"matching": "custom", "field_name": "_lname", "field_value": "Ivanova"},
    ],
)
def test_who_is_known_is_found_and_left_as_it_is(altcraft: Altcraft, match: dict[str, Any]) -> None:
    before = profile(altcraft, email="ann@example.com")
    happened = history(altcraft, before["id"])
    rest = {name: value for name, value in ORDER.items() if name != "email"}
    assert imported(altcraft, rest | match)[0]["error"] == 0
    assert order(altcraft)["profile_id"] == before["id"]
    assert profile(altcraft, email="ann@example.com") == before
    assert [action for action, _, _ in history(altcraft, before["id"])[len(happened) :]] == ["ordered"]


def test_those_without_an_email_are_each_somebody_else(altcraft: Altcraft) -> None:
    rows = [ORDER | {"external_id": f"O-{n}", "email": "localhost"} for n in (8, 9)]
    imported(altcraft, *rows)
    assert order(altcraft, "O-8")["profile_id"] != order(altcraft, "O-9")["profile_id"]


def test_a_resource_that_does_not_exist_refuses_its_order_alone(altcraft: Altcraft) -> None:
    outcomes = imported(
        altcraft,
        ORDER | {"external_id": "A", "resource_id": 999},
        ORDER | {"external_id": "B", "resource_id": 1},
    )
    assert [(one["error"], one["error_text"]) for one in outcomes] == [
        (404, "Object not found: resource 999"),
        (0, ""),
    ]


def test_somebody_new_is_made_of_what_was_looked_for(altcraft: Altcraft) -> None:
    rest = {name: value for name, value in ORDER.items() if name != "email"}
    subscribed = {"matching": "email_sub", "email": "sub@example.com", "resource_id": 1}
    outcomes = imported(
        altcraft,
        rest | {"external_id": "A", "phone": "+79110000001"},
        rest | {"external_id": "B", "field_name": "CRM_ID", "field_value": "17"},
        rest | {"external_id": "C"} | subscribed,
        rest | {"external_id": "D"} | subscribed | {"email": "x@example.com", "resource_id": 9},
    )
    assert [one["error"] for one in outcomes] == [0, 0, 0, 404]
    assert profile(altcraft, phone="+79110000001")["id"] == order(altcraft, "A")["profile_id"]
    assert profile(altcraft, field_name="CRM_ID", field_value=17)["id"] == order(altcraft, "B")["profile_id"]
    assert profile(altcraft, email="sub@example.com")["id"] == order(altcraft, "C")["profile_id"]


def test_an_order_is_a_change_of_its_profile(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER | {"status": "paid"})
    action, is_silent, details = history(altcraft, order(altcraft)["profile_id"])[-1]
    assert (action, is_silent) == ("ordered", False)
    assert details == {
        "order_id": 3,
        "external_id": "O-9",
        "endpoint": "website",
        "status": "paid",
        "total_price": "900",
        "currency": "USD",
    }


def test_the_history_shows_what_was_ordered(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER)
    row = altcraft.data("/subscribers/history_get", list_id=1, email=ORDER["email"])[-1]
    assert (row["action"], row["external_id"], row["order_id"]) == ("ordered", "O-9", 3)


@pytest.mark.parametrize("path", ["merge", "split"])
def test_an_order_stays_in_the_history_of_who_ordered(altcraft: Altcraft, path: str) -> None:
    imported(altcraft, ORDER)
    buyer, other = {"db_id": 1, "email": ORDER["email"]}, {"db_id": 1, "email": "other@example.com"}
    whom = {"merge": ([buyer], other), "split": (buyer, [other])}[path]
    answer = altcraft.answer(f"/profiles/{path}", db_id=1, source=whom[0], destination=whom[1])
    destination = answer["profile_id"] if path == "merge" else answer["result"][0]["profile_id"]
    assert "O-9" in ordered(altcraft, order(altcraft)["profile_id"])
    assert ordered(altcraft, destination) == []


def test_a_trigger_and_a_segment_may_be_about_who_ordered(altcraft: Altcraft) -> None:
    trigger = made(altcraft, trigger_type="action", action="ordered")
    imported(altcraft, ORDER)
    imported(altcraft, ORDER | {"external_id": "O-10"}, skip_triggers=True)
    assert recipients(altcraft, trigger) == [ORDER["email"]]
    segment = added(altcraft, item(rule("action", "at_least", "ordered", count=2)))
    assert count(altcraft, segment) == 1


def test_a_change_of_an_order_is_no_other_order(altcraft: Altcraft) -> None:
    trigger = made(altcraft, trigger_type="action", action="ordered")
    for status in ("new", "paid", "delivered"):
        imported(altcraft, ORDER | {"status": status})
    assert recipients(altcraft, trigger) == [ORDER["email"]]
    assert ordered(altcraft, order(altcraft)["profile_id"]) == ["O-9"]
    assert order(altcraft)["status"] == "delivered"


def test_skipping_triggers_makes_all_changes_silent(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER | {"email": "new@example.com"}, skip_triggers=True)
    new = profile(altcraft, email="new@example.com")
    assert [silent for _, silent, _ in history(altcraft, new["id"])] == [True, True]


def test_an_order_passes_to_another_profile(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER, ORDER | {"email": "bob+opened@example.com"})
    assert order(altcraft)["profile_id"] == profile(altcraft, email="bob+opened@example.com")["id"]


def test_an_order_stays_when_its_profile_is_deleted(altcraft: Altcraft) -> None:
    imported(altcraft, ORDER)
    before = order(altcraft)
    altcraft.answer("/profiles/delete", db_id=1, email="ann@example.com")
    assert order(altcraft) == before


@pytest.mark.parametrize(
    ("named", "answer"),
    [
        ({"external_id": "O-9"}, {"error": 0, "error_text": ""}),
        ({"id": 3}, {"error": 0, "error_text": ""}),
        ({"id": 3, "group_id": 0, "with_fire": True}, {"error": 0, "error_text": "", "result": []}),
        ({"id": 3, "with_fire": False}, {"error": 0, "error_text": "", "result": []}),
    ],
)
def test_an_order_is_deleted_and_taken_out_of_the_history(
    altcraft: Altcraft, named: dict[str, object], answer: dict[str, object]
) -> None:
    imported(altcraft, ORDER, ORDER | {"email": "bob+opened@example.com"}, ORDER | {"external_id": "O-10"})
    people = [profile(altcraft, email=email)["id"] for email in ("ann@example.com", "bob+opened@example.com")]
    assert [ordered(altcraft, one) for one in people] == [["O-9", "O-10"], ["O-1", "O-9"]]
    assert altcraft.answer("/market/orders/delete", **named) == answer
    assert [one["external_id"] for one in orders(altcraft)] == ["O-1", "O-2", "O-10"]
    assert [ordered(altcraft, one) for one in people] == [["O-10"], ["O-1"]]
