"""Members of loyalty programs: registered, removed, with their tiers."""

from tests.altcraft.conftest import Altcraft
from tests.altcraft.loyalty import (
    ANN,
    CLEO,
    CLUB,
    NOW,
    accrue,
    balance,
    ended,
    redeem,
    register,
    tier,
    transactions,
    whom,
)
from tests.altcraft.test_segments import added, count, item, rule


def test_a_new_member_begins_with_the_points_of_one(altcraft: Altcraft) -> None:
    assert len(register(altcraft)) == 24
    assert balance(altcraft) == ("0.00", "0.00")
    assert balance(altcraft, currency="bonus") == ("50.00", "50.00")
    (row,) = transactions(altcraft, currency="bonus")
    assert (row["transaction_type"], row["amount"], row["description"]) == (
        "accrual",
        "50.00",
        "Initial balance",
    )


def test_registering_a_member_again_changes_nothing(altcraft: Altcraft) -> None:
    first = register(altcraft, registration_date="2024-09-01T12:34:56Z")
    redeem(altcraft, "50", points_currency_eid="bonus")
    assert register(altcraft) == first
    assert balance(altcraft, currency="bonus") == ("0.00", "0.00")
    when = altcraft.emulator.query(
        "SELECT registered_at FROM altcraft_loyalty_member WHERE profile_id = ?", first
    )
    assert when == [(1_725_194_096_000,)]


def test_a_membership_goes_with_its_points(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/loyalty/delete_member", **whom(ANN))
    assert answer.keys() == {"error", "error_text", "profile_id"}
    refusal = (404, f"Object not found: member email={ANN}")
    assert altcraft.refused("/loyalty/account/balance", **whom(ANN)) == refusal
    assert altcraft.refused("/loyalty/delete_member", **whom(ANN)) == refusal
    register(altcraft, ANN)
    assert balance(altcraft, ANN) == ("0.00", "0.00")
    altcraft.advance("11d")
    assert balance(altcraft, ANN) == ("0.00", "0.00")


def test_a_deleted_profile_is_no_member(altcraft: Altcraft) -> None:
    altcraft.data("/profiles/delete", db_id=1, email=ANN)
    left = altcraft.emulator.query("SELECT DISTINCT profile_id FROM altcraft_points_transaction")
    assert len(left) == 1
    altcraft.advance("400d")
    assert altcraft.emulator.query("SELECT error FROM failed_event") == []


def test_segments_choose_members(altcraft: Altcraft) -> None:
    segment = added(altcraft, item(rule("loyalty", "exist", loyalty_program_id=CLUB)))
    assert count(altcraft, segment) == 2
    register(altcraft)
    assert count(altcraft, segment) == 3


def test_tiers_are_those_that_were_reached_with_the_highest_last(altcraft: Altcraft) -> None:
    said = whom(ANN) | {"tiers_group_id": 3}
    rows = altcraft.data("/loyalty/account/tiers", **said)
    assert rows == [
        {
            "tiers_group_type": "cumulative",
            "tier_eid": name,
            "tier_id": number,
            "tier_order": place,
            "reached_at": NOW,
        }
        for place, (number, name) in enumerate([(12, "bronze"), (13, "silver"), (14, "gold")])
    ]


def test_a_new_member_has_the_tier_that_takes_no_points(altcraft: Altcraft) -> None:
    altcraft.advance("1d")
    register(altcraft)
    assert tier(altcraft, CLEO) == ["bronze"]
    assert tier(altcraft, CLEO, group=4) == []


def test_a_tier_is_reached_with_its_points(altcraft: Altcraft) -> None:
    register(altcraft)
    accrue(altcraft, "99.99", points_currency_eid="status")
    assert tier(altcraft, CLEO) == ["bronze"]
    altcraft.advance("1d")
    accrue(altcraft, "0.01", points_currency_eid="status")
    (_, row) = altcraft.data("/loyalty/account/tiers", **whom(CLEO) | {"tiers_group_id": 3})
    assert (row["tier_eid"], row["reached_at"]) == ("silver", "2026-03-16T14:30:00Z")


def test_a_tier_is_reached_when_points_become_active(altcraft: Altcraft) -> None:
    assert tier(altcraft, ANN, group=4) == ["regular"]
    altcraft.advance("10d")
    assert tier(altcraft, ANN, group=4) == ["regular", "devoted"]


def test_a_cumulative_tier_is_kept_for_good(altcraft: Altcraft) -> None:
    (row,) = transactions(altcraft, ANN, "status")
    ended(altcraft, "cancel", row["transaction_id"])
    assert balance(altcraft, ANN, "status") == ("0.00", "0.00")
    assert tier(altcraft, ANN) == ["bronze", "silver", "gold"]


def test_other_tiers_are_lost_with_their_points(altcraft: Altcraft) -> None:
    redeem(altcraft, "300.51", ANN)
    assert tier(altcraft, ANN, group=4) == []
    altcraft.advance("10d")
    assert tier(altcraft, ANN, group=4) == ["regular"]
    altcraft.advance("365d")
    assert tier(altcraft, ANN, group=4) == []
