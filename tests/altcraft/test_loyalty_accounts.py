"""Points in responses: balances, expiring points, transactions, promotions, and exports of transactions."""

import csv
from io import StringIO
from typing import Any

import pytest
from httpx2 import Response

from emulator.altcraft.principals import Grant
from tests.altcraft.conftest import SUBACCOUNT, TOKEN, Altcraft
from tests.altcraft.loyalty import (
    ANN,
    BOB,
    CLEO,
    CLUB,
    NOW,
    accrue,
    balance,
    redeem,
    register,
    transactions,
    whom,
)

MARCH: dict[str, Any] = {
    "loyalty_program_id": CLUB,
    "points_currency_eid": "stars",
    "date_from": "2026-03-01T00:00:00Z",
    "date_to": "2026-03-31T23:59:59Z",
}


def expiring(altcraft: Altcraft, email: str, since: str, until: str) -> str:
    said = {"points_currency_iid": 1, "date_from": since, "date_to": until} | whom(email)
    return str(altcraft.data("/loyalty/account/expiring_points", **said)["expiring_points"])


def test_the_balance_tells_active_points_from_all(altcraft: Altcraft) -> None:
    assert balance(altcraft, ANN) == ("1000.00", "800.50")
    assert balance(altcraft, BOB) == ("399.50", "399.50")
    assert balance(altcraft, BOB, "status") == ("0.00", "0.00")


def test_points_are_of_their_currency(altcraft: Altcraft) -> None:
    redeem(altcraft, "50", ANN, points_currency_eid="bonus")
    assert balance(altcraft, ANN, "bonus") == ("0.00", "0.00")
    assert balance(altcraft, ANN) == ("1000.00", "800.50")


@pytest.mark.parametrize(
    ("since", "until", "points"),
    [
        ("2026-04-14T14:30:00Z", "2026-04-14T14:30:00Z", "199.50"),
        ("2026-04-14T14:30:00.001Z", "2026-05-01T00:00:00Z", "0.00"),
        ("2026-03-01T00:00:00Z", "2026-04-14T14:29:59.999Z", "0.00"),
        ("2026-04-01T00:00:00Z", "2027-04-01T00:00:00Z", "399.50"),
    ],
)
def test_expiring_points_are_those_that_are_left_in_the_period(
    altcraft: Altcraft, since: str, until: str, points: str
) -> None:
    assert expiring(altcraft, BOB, since, until) == points


def test_points_that_have_expired_are_told_of_their_period(altcraft: Altcraft) -> None:
    altcraft.advance("31d")
    assert expiring(altcraft, BOB, "2026-04-01T00:00:00Z", "2026-04-30T00:00:00Z") == "199.50"


def test_points_that_are_not_active_yet_expire_too(altcraft: Altcraft) -> None:
    assert expiring(altcraft, ANN, "2027-03-25T14:30:00Z", "2027-03-25T14:30:00Z") == "199.50"


def test_transactions_are_paged_by_the_last_one(altcraft: Altcraft) -> None:
    register(altcraft)
    numbers = [accrue(altcraft, str(amount)) for amount in range(1, 6)]
    said = whom(CLEO) | {"points_currency_iid": "1", "limit": 2}
    seen, last = list[str](), ""
    for size in (2, 2, 1, 0):
        page = altcraft.answer("/loyalty/account/transactions", from_id=last, **said)
        assert (len(page["data"]), page["total_count"]) == (size, 5)
        seen += [row["transaction_id"] for row in page["data"]]
        last = page["next_from_id"]
        assert last == seen[-1]
    assert seen == numbers


@pytest.mark.parametrize(("old", "new"), [("0", "\u0660"), ("0", "\uff10"), ("-", "")])
def test_an_id_of_a_transaction_has_the_form_in_which_it_is_shown(
    altcraft: Altcraft, old: str, new: str
) -> None:
    register(altcraft)
    number = accrue(altcraft, "10")
    assert old in number
    said = whom(CLEO) | {"points_currency_iid": "1", "from_id": number.replace(old, new)}
    refusal = (400, "Incorrect request: from_id: is no id of a transaction")
    assert altcraft.refused("/loyalty/account/transactions", **said) == refusal


def test_a_member_without_transactions_has_an_empty_page(altcraft: Altcraft) -> None:
    register(altcraft)
    page = altcraft.answer("/loyalty/account/transactions", points_currency_eid="stars", **whom(CLEO))
    assert (page["data"], page["next_from_id"], page["total_count"]) == ([], "", 0)


def test_a_page_has_twenty_transactions_where_nothing_is_said(altcraft: Altcraft) -> None:
    register(altcraft)
    for _ in range(21):
        accrue(altcraft, "1")
    page = altcraft.answer("/loyalty/account/transactions", points_currency_eid="stars", **whom(CLEO))
    assert (len(page["data"]), page["total_count"]) == (20, 21)


def test_what_a_transaction_does_not_have_is_empty(altcraft: Altcraft) -> None:
    row = transactions(altcraft, BOB)[2]
    assert (row["transaction_type"], row["transaction_eid"], row["created_at"]) == ("redemption", "TR-1", NOW)
    assert [row["activation_date"], row["expiration_date"], row["promo_eid"], row["source_sid"]] == [""] * 4
    assert (row["promo_iid"], row["source_iid"], row["source_type"]) == (None, None, "api")


def test_promotions_are_listed_with_their_rules(altcraft: Altcraft) -> None:
    page = altcraft.answer("/loyalty/trigger_promotions", loyalty_program_id=CLUB)
    assert [row["id"] for row in page["data"]] == [5, 8, 9]
    assert (page["next_from_id"], page["total_count"]) == (9, 3)
    assert page["data"][1] == {
        "id": 8,
        "name": "Any purchase",
        "description": "Points for a purchase",
        "external_id": "P1",
        "start_date": "",
        "end_date": "",
        "is_active": True,
        "redeem_rules": [
            {
                "points_currency_iid": 1,
                "points_currency_eid": "stars",
                "static_amount": "",
                "min_amount": "",
                "max_amount": "500.00",
            }
        ],
        "accrual_rules": [
            {
                "points_currency_iid": number,
                "points_currency_eid": name,
                "static_amount": static,
                "min_amount": lowest,
                "max_amount": "",
            }
            for number, name, static, lowest in [(1, "stars", "", "1.00"), (3, "bonus", "10.00", "")]
        ],
    }


@pytest.mark.parametrize(
    ("filters", "ids", "following", "total"),
    [
        ({"from_id": 5}, [8, 9], 9, 3),
        ({"from_id": "8", "limit": 1}, [9], 9, 3),
        ({"limit": 2}, [5, 8], 8, 3),
        ({"from_id": 9}, [], 9, 3),
        ({"is_active": True}, [5, 8], 8, 2),
        ({"is_active": "false"}, [9], 9, 1),
        ({"is_active": False, "from_id": 9}, [], 9, 1),
        ({"loyalty_program_id": 6}, [], 0, 0),
    ],
)
def test_promotions_are_paged_by_the_last_one(
    altcraft: Altcraft, filters: dict[str, Any], ids: list[int], following: int, total: int
) -> None:
    page = altcraft.answer("/loyalty/trigger_promotions", **{"loyalty_program_id": CLUB} | filters)
    assert [row["id"] for row in page["data"]] == ids
    assert (page["next_from_id"], page["total_count"]) == (following, total)


def download(altcraft: Altcraft, url: str, token: str = TOKEN) -> Response:
    return altcraft.emulator.http.get(url, headers={"Authorization": f"Bearer {token}"})


def result(altcraft: Altcraft, **body: Any) -> Any:
    """Start an export, and return the result of its task."""
    task = altcraft.data("/loyalty/transactions_export", **MARCH | body)["task_id"]
    altcraft.advance("1m")
    return altcraft.data("/tasks/status", task_id=task)["result"]


def exported(altcraft: Altcraft, **body: Any) -> list[dict[str, str]]:
    (url,) = result(altcraft, **body)["urls"]
    return list(csv.DictReader(StringIO(download(altcraft, url).text)))


def test_an_export_is_a_task_with_a_file(altcraft: Altcraft) -> None:
    found = result(altcraft)
    assert {name: found[name] for name in ("errors", "source_id", "total", "type")} == {
        "errors": [],
        "source_id": CLUB,
        "total": 6,
        "type": "loyalty_program",
    }
    file = download(altcraft, found["urls"][0])
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"].endswith('"12_loyalty_transactions_export.csv"')


@pytest.mark.parametrize(("right", "status"), [("loyalty.view", 200), ("profiles.view", 403)])
def test_whoever_may_view_loyalty_downloads_the_export(
    altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch, right: str, status: int
) -> None:
    (url,) = result(altcraft)["urls"]
    monkeypatch.setattr(Grant, "may", lambda _, asked: asked in {"", right})
    assert download(altcraft, url).status_code == status


def test_an_export_has_the_transactions_of_all_members(altcraft: Altcraft) -> None:
    redeem(altcraft, "0.50", ANN, external_data={"order_id": "O-1"})
    rows = exported(altcraft)
    assert [row["amount"] for row in rows] == [
        "800.50",
        "199.50",
        "300.00",
        "200.00",
        "100.50",
        "25.00",
        "0.50",
    ]
    assert len({row["profile_id"] for row in rows}) == 2
    last = transactions(altcraft, ANN)[-1]
    assert rows[-1] == {
        **{name: "" if value is None else value for name, value in last.items()},
        "profile_id": rows[0]["profile_id"],
        "external_data": '{"order_id":"O-1"}',
    }


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ({"date_from": "2026-03-15T14:30:00Z", "date_to": "2026-03-15T14:30:00Z"}, 6),
        ({"date_from": "2026-03-15T14:30:01Z"}, 0),
        ({"date_to": "2026-03-15T14:29:59Z"}, 0),
        ({"points_currency_eid": None, "points_currency_iid": 3}, 2),
    ],
)
def test_an_export_is_of_a_currency_and_a_period(
    altcraft: Altcraft, body: dict[str, Any], number: int
) -> None:
    assert len(exported(altcraft, **body)) == number


def test_an_export_begins_behind_a_transaction(altcraft: Altcraft) -> None:
    all_of_them = [row["transaction_id"] for row in exported(altcraft)]
    rest = [row["transaction_id"] for row in exported(altcraft, from_id=all_of_them[3].upper())]
    assert rest == all_of_them[4:]


def test_an_export_is_of_those_who_see_the_program(altcraft: Altcraft) -> None:
    (url,) = result(altcraft)["urls"]
    assert download(altcraft, url, SUBACCOUNT).status_code == 404


def test_a_period_ends_with_the_whole_second_that_times_are_shown_with(altcraft: Altcraft) -> None:
    altcraft.advance("16d9h29m59s400ms")
    accrue(altcraft, "7", BOB, transaction_eid="last", expiration_date="2026-04-05T00:00:00.300Z")
    shown = next(one for one in transactions(altcraft, BOB) if one["transaction_eid"] == "last")
    assert shown["created_at"] == MARCH["date_to"]
    assert exported(altcraft)[-1]["transaction_eid"] == "last"
    assert expiring(altcraft, BOB, shown["expiration_date"], shown["expiration_date"]) == "7.00"
