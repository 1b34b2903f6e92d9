"""Points of loyalty programs: accrued, redeemed, waiting, undone, active and expired in time."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.loyalty import (
    ANN,
    BOB,
    CLEO,
    NOW,
    accrue,
    balance,
    ended,
    kinds,
    moved,
    redeem,
    register,
    transactions,
    whom,
)

REFUSED = "Incorrect request"


@pytest.fixture
def member(altcraft: Altcraft) -> Altcraft:
    """A client, with Cleo as a new member."""
    register(altcraft)
    return altcraft


def test_points_are_added_and_taken_exactly(member: Altcraft) -> None:
    assert moved(member, "accrue", "0.10")["balance"] == "0.10"
    assert moved(member, "accrue", "0.2")["balance"] == "0.30"
    assert moved(member, "redeeme", "0.30")["balance"] == "0.00"
    assert moved(member, "accrue", "123456789012.34")["balance"] == "123456789012.34"


def test_the_path_that_the_page_suggests_redeems_too(member: Altcraft) -> None:
    accrue(member, "5")
    assert moved(member, "redeem", "2")["balance"] == "3.00"


@pytest.mark.parametrize("amount", [100.5, 100, "100.50", "100.5"])
def test_amounts_are_texts_or_numbers(member: Altcraft, amount: Any) -> None:
    assert moved(member, "accrue", amount)["balance"] in {"100.50", "100.00"}


@pytest.mark.parametrize(
    "amount", ["0", "0.00", "-1", "1.001", "1,5", "1e3", "", " ", "ten", "1.", ".5", True, [], 0.001]
)
def test_other_amounts_are_refused(member: Altcraft, amount: Any) -> None:
    said = {"points_currency_eid": "stars", "amount": amount} | whom(CLEO)
    reason = "must be a decimal number above 0 with at most two places"
    refusal = (400, f"{REFUSED}: amount: {'Field required' if amount == '' else reason}")
    assert member.refused("/loyalty/accrue_points", **said) == refusal


@pytest.mark.parametrize("amount", [10**12, "1234567890123.50"])
def test_amounts_have_at_most_twelve_digits(member: Altcraft, amount: Any) -> None:
    said = {"points_currency_eid": "stars", "amount": amount} | whom(CLEO)
    refusal = (400, f"{REFUSED}: amount: must have at most 12 digits before its places")
    assert member.refused("/loyalty/accrue_points", **said) == refusal


def test_more_than_the_active_balance_is_not_redeemed(altcraft: Altcraft) -> None:
    said = {"points_currency_eid": "stars", "amount": "800.51"} | whom(ANN)
    refusal = (400, f"{REFUSED}: amount: more than the active balance 800.50")
    assert altcraft.refused("/loyalty/redeeme_points", **said) == refusal
    assert balance(altcraft, ANN) == ("1000.00", "800.50")


def test_points_that_qualify_are_not_spent(altcraft: Altcraft) -> None:
    said = {"points_currency_eid": "status", "amount": "1"} | whom(ANN)
    refusal = (400, f"{REFUSED}: points currency status is not spent")
    assert altcraft.refused("/loyalty/redeeme_points", **said) == refusal


def test_the_first_standard_currency_is_meant_where_none_is_named(altcraft: Altcraft) -> None:
    assert moved(altcraft, "redeeme", "0.50", ANN, points_currency_eid=None)["balance"] == "800.00"
    assert moved(altcraft, "accrue", "1", ANN, points_currency_eid=None, points_currency_iid="2")[
        "balance"
    ] == ("601.00")


def test_points_become_active_at_their_time(altcraft: Altcraft) -> None:
    altcraft.advance("863999s")
    assert balance(altcraft, ANN) == ("1000.00", "800.50")
    altcraft.advance("1s")
    assert balance(altcraft, ANN) == ("1000.00", "1000.00")
    assert kinds(altcraft, ANN) == [("accrual", "800.50"), ("accrual", "199.50")]


def test_points_expire_at_their_time(altcraft: Altcraft) -> None:
    altcraft.advance("30d")
    assert balance(altcraft, BOB) == ("200.00", "200.00")
    assert kinds(altcraft, BOB)[-1] == ("expiration", "199.50")
    last = transactions(altcraft, BOB)[-1]
    assert (last["created_at"], last["balance_before"], last["balance_after"]) == (
        "2026-04-14T14:30:00Z",
        "399.50",
        "200.00",
    )


def test_points_expire_as_their_currency_says(member: Altcraft) -> None:
    accrue(member, "10")
    accrue(member, "5", activation_date="2026-03-20T00:00:00Z")
    dates = [row["expiration_date"] for row in transactions(member)]
    assert dates == ["2027-03-15T14:30:00Z", "2027-03-20T00:00:00Z"]
    member.advance("365d")
    assert balance(member) == ("5.00", "5.00")


def test_the_oldest_points_are_spent_first(member: Altcraft) -> None:
    accrue(member, "10", expiration_date="2026-03-17T00:00:00Z", created_at="2026-03-02T00:00:00Z")
    accrue(member, "10", expiration_date="2026-03-16T00:00:00Z", created_at="2026-03-01T00:00:00Z")
    redeem(member, "15")
    member.advance("1d")
    assert balance(member) == ("5.00", "5.00")
    member.advance("1d")
    assert kinds(member)[-1] == ("expiration", "5.00")
    assert balance(member) == ("0.00", "0.00")


def test_points_that_have_expired_on_arrival_are_told_so(member: Altcraft) -> None:
    dates = {"activation_date": "2025-01-01T00:00:00Z", "expiration_date": "2025-02-01T00:00:00Z"}
    assert moved(member, "accrue", "10", **dates)["balance"] == "0.00"
    assert kinds(member) == [("accrual", "10.00"), ("expiration", "10.00")]


def test_a_temporary_redemption_takes_its_points_at_once(member: Altcraft) -> None:
    accrue(member, "10")
    number = redeem(member, "4", is_temp=True)
    assert balance(member) == ("6.00", "6.00")
    assert ended(member, "commit", number) == {"transaction_id": number, "balance": "6.00"}
    member.advance("40d")
    assert balance(member) == ("6.00", "6.00")


def test_a_temporary_accrual_gives_nothing_before_it_is_committed(member: Altcraft) -> None:
    number = accrue(member, "10", is_temp=True, transaction_eid="mine")
    assert balance(member) == ("0.00", "0.00")
    done = ended(member, "commit", number)
    assert done["transaction_id"] > number
    assert (done["balance"], balance(member)) == ("10.00", ("10.00", "10.00"))
    rows = transactions(member)
    assert [(row["transaction_id"], row["transaction_eid"]) for row in rows] == [
        (number, "mine"),
        (done["transaction_id"], "mine"),
    ]
    assert [row["balance_after"] for row in rows] == ["0.00", "10.00"]


def test_a_committed_accrual_keeps_its_dates(member: Altcraft) -> None:
    dates = {"activation_date": "2026-03-16T14:30:00Z", "expiration_date": "2026-03-18T14:30:00Z"}
    ended(member, "commit", accrue(member, "10", is_temp=True, **dates))
    assert balance(member) == ("10.00", "0.00")
    member.advance("1d")
    assert balance(member) == ("10.00", "10.00")
    member.advance("2d")
    assert balance(member) == ("0.00", "0.00")


@pytest.mark.parametrize("action", ["rollback", "cancel"])
def test_a_temporary_transaction_is_undone(member: Altcraft, action: str) -> None:
    accrue(member, "10")
    given, taken = accrue(member, "5", is_temp=True), redeem(member, "4", is_temp=True)
    assert ended(member, action, given) == {"transaction_id": given, "balance": "6.00"}
    assert ended(member, action, taken) == {"transaction_id": taken, "balance": "10.00"}
    kind = {"rollback": "rollback", "cancel": "cancellation"}[action]
    assert kinds(member)[-2:] == [(kind, "5.00"), (kind, "4.00")]


def test_a_temporary_transaction_rolls_back_after_its_time(member: Altcraft) -> None:
    accrue(member, "10")
    number = redeem(member, "4", is_temp=True, temp_timeout_sec=60)
    member.advance("59s")
    assert balance(member) == ("6.00", "6.00")
    member.advance("1s")
    assert balance(member) == ("10.00", "10.00")
    refusal = (400, f"{REFUSED}: transaction {number} is rolled back")
    assert member.refused("/loyalty/commit_transaction", transaction_id=number) == refusal


def test_what_was_committed_does_not_roll_back(member: Altcraft) -> None:
    accrue(member, "10")
    ended(member, "commit", redeem(member, "4", is_temp=True, temp_timeout_sec=60))
    ended(member, "commit", accrue(member, "1", is_temp=True, temp_timeout_sec=60))
    member.advance("1h")
    assert balance(member) == ("7.00", "7.00")


def test_a_timeout_is_that_of_temporary_transactions(member: Altcraft) -> None:
    accrue(member, "10", temp_timeout_sec=60)
    member.advance("1h")
    assert balance(member) == ("10.00", "10.00")


def test_external_ids_name_the_transaction_that_counts(altcraft: Altcraft) -> None:
    done = altcraft.data("/loyalty/commit_transaction", transaction_eid="TR-2")
    assert done["balance"] == "424.50"
    refusal = (400, f"{REFUSED}: transaction {done['transaction_id']} is committed")
    assert altcraft.refused("/loyalty/commit_transaction", transaction_eid="TR-2") == refusal
    assert altcraft.data("/loyalty/cancel_transaction", transaction_eid="TR-2") == {
        "transaction_id": done["transaction_id"],
        "balance": "399.50",
    }


@pytest.mark.parametrize("action", ["commit", "rollback", "cancel"])
def test_a_transaction_is_known_by_its_id_in_any_case(member: Altcraft, action: str) -> None:
    number = accrue(member, "10", is_temp=True)
    ended(member, action, number.upper())
    assert member.refused("/loyalty/rollback_transaction", transaction_id=number)[0] == 400


def test_cancelling_a_committed_accrual_by_its_first_id_takes_its_points(member: Altcraft) -> None:
    number = accrue(member, "10", is_temp=True)
    ended(member, "commit", number)
    assert ended(member, "cancel", number) == {"transaction_id": number, "balance": "0.00"}
    assert member.refused("/loyalty/cancel_transaction", transaction_id=number)[0] == 400


@pytest.mark.parametrize(
    ("ending", "action", "state"),
    [
        (None, "commit", "committed"),
        (None, "rollback", "committed"),
        ("commit", "rollback", "committed"),
        ("rollback", "commit", "rolled back"),
        ("rollback", "cancel", "rolled back"),
        ("cancel", "commit", "cancelled"),
        ("cancel", "rollback", "cancelled"),
        ("cancel", "cancel", "cancelled"),
    ],
)
def test_what_has_ended_does_not_end_again(
    member: Altcraft, ending: str | None, action: str, state: str
) -> None:
    accrue(member, "10")
    number = redeem(member, "4", is_temp=ending is not None)
    if ending:
        ended(member, ending, number)
    before = balance(member)
    refusal = (400, f"{REFUSED}: transaction {number} is {state}")
    assert member.refused(f"/loyalty/{action}_transaction", transaction_id=number) == refusal
    assert balance(member) == before


def test_what_nobody_asked_for_is_not_cancelled(altcraft: Altcraft) -> None:
    altcraft.data("/loyalty/rollback_transaction", transaction_eid="TR-1")
    altcraft.advance("30d")
    for row, name in zip(transactions(altcraft, BOB)[-2:], ("a rollback", "an expiration"), strict=True):
        number = row["transaction_id"]
        refusal = (400, f"{REFUSED}: transaction {number} is {name}")
        assert altcraft.refused("/loyalty/cancel_transaction", transaction_id=number) == refusal


def test_a_cancelled_accrual_that_was_spent_leaves_a_debt(member: Altcraft) -> None:
    number = accrue(member, "10")
    redeem(member, "8")
    assert ended(member, "cancel", number)["balance"] == "-8.00"
    assert moved(member, "accrue", "5")["balance"] == "-3.00"
    assert moved(member, "accrue", "5")["balance"] == "2.00"
    member.advance("365d")
    assert kinds(member)[-1] == ("expiration", "2.00")
    assert balance(member) == ("0.00", "0.00")


def test_a_cancelled_accrual_that_was_spent_is_covered_by_others(member: Altcraft) -> None:
    number = accrue(member, "10")
    accrue(member, "20")
    redeem(member, "8")
    assert ended(member, "cancel", number)["balance"] == "12.00"


def test_the_cancellation_of_an_accrual_takes_what_has_not_expired(member: Altcraft) -> None:
    dates = {"activation_date": "2026-03-15T14:30:00Z", "expiration_date": "2026-03-16T14:30:00Z"}
    number = accrue(member, "10", **dates)
    spent = redeem(member, "4")
    member.advance("1d")
    assert ended(member, "cancel", number)["balance"] == "-4.00"
    assert ended(member, "cancel", spent)["balance"] == "0.00"
    assert kinds(member)[2:] == [("expiration", "6.00"), ("cancellation", "4.00"), ("cancellation", "4.00")]


def test_a_cancelled_accrual_never_becomes_active(altcraft: Altcraft) -> None:
    altcraft.data("/loyalty/cancel_transaction", transaction_eid="trans_2")
    assert balance(altcraft, ANN) == ("800.50", "800.50")
    altcraft.advance("10d")
    assert balance(altcraft, ANN) == ("800.50", "800.50")


def test_points_that_come_back_too_late_expire_at_once(member: Altcraft) -> None:
    accrue(member, "10", expiration_date="2026-03-16T00:00:00Z")
    number = redeem(member, "6")
    member.advance("1d")
    assert ended(member, "cancel", number)["balance"] == "0.00"
    assert kinds(member)[1:] == [
        ("redemption", "6.00"),
        ("expiration", "4.00"),
        ("cancellation", "6.00"),
        ("expiration", "6.00"),
    ]


def test_a_promotion_ends_with_its_last_second(altcraft: Altcraft) -> None:
    [now] = altcraft.emulator.query("SELECT clock_virtual FROM sandbox_state")[0]
    altcraft.emulator.query("UPDATE altcraft_promotion SET ends_at = ? WHERE external_id = 'promo_5'", now)
    said = {"promotion_id": "promo_5", "amount": "100"} | whom(ANN)
    altcraft.advance("999ms")
    altcraft.data("/loyalty/accrue_points", **said)
    altcraft.advance("1ms")
    refusal = (400, f"{REFUSED}: promotion promo_5 is over")
    assert altcraft.refused("/loyalty/accrue_points", **said) == refusal


@pytest.mark.parametrize(
    ("action", "promotion", "amount", "reason"),
    [
        ("accrue", "P1", "0.99", "amount: must be 1.00 or more by the promotion"),
        ("redeeme", "P1", "500.01", "amount: must be 500.00 or less by the promotion"),
        ("accrue", "promo_5", "100", "promotion promo_5 is over"),
        ("accrue", "P2", "100", "promotion P2 is inactive"),
    ],
)
def test_promotions_say_how_many_points(
    altcraft: Altcraft, action: str, promotion: str, amount: str, reason: str
) -> None:
    said = {"promotion_id": promotion, "amount": amount} | whom(ANN)
    assert altcraft.refused(f"/loyalty/{action}_points", **said) == (400, f"{REFUSED}: {reason}")


def test_a_static_amount_is_the_only_one(altcraft: Altcraft) -> None:
    said = {"promotion_id": "P1", "points_currency_eid": "bonus"} | whom(ANN)
    refusal = (400, f"{REFUSED}: amount: must be 10.00 by the promotion")
    assert altcraft.refused("/loyalty/accrue_points", amount="9", **said) == refusal
    assert altcraft.data("/loyalty/accrue_points", amount="10", **said)["balance"] == "60.00"
    refusal = (400, f"{REFUSED}: promotion_id: promotion P1 has no rule for redemption of bonus")
    assert altcraft.refused("/loyalty/redeeme_points", amount="10", **said) == refusal


def test_a_promotion_is_named_with_the_transaction(member: Altcraft) -> None:
    accrue(member, "10", promotion_id="P1", transaction_eid="ext-1", created_at="2026-03-01T00:00:00Z")
    (row,) = transactions(member)
    assert row == {
        "transaction_id": row["transaction_id"],
        "transaction_eid": "ext-1",
        "created_at": "2026-03-01T00:00:00Z",
        "transaction_type": "accrual",
        "amount": "10.00",
        "balance_before": "0.00",
        "balance_after": "10.00",
        "promo_iid": 8,
        "promo_eid": "P1",
        "description": "Points for a purchase",
        "activation_date": NOW,
        "expiration_date": "2027-03-15T14:30:00Z",
        "source_type": "promotion",
        "source_iid": 8,
        "source_sid": "P1",
    }


@pytest.mark.parametrize("instant", ["2026-03-15T13:30:00Z", "2025-03-15T14:30:00Z"])
def test_pages_go_on_with_the_latest_transactions_after_the_clock_was_set_back(
    member: Altcraft, instant: str
) -> None:
    first = accrue(member, "10")
    member.emulator.http.post("/_emulator/clock", json={"set": instant})
    second = accrue(member, "20")
    assert [row["transaction_id"] for row in transactions(member, from_id=first)] == [second]
