"""Accounts of points: their balances, and the accruals that the points come from.

The oldest active points are spent first. Points that are given back go to the newest accruals with spent
points, so that the oldest points expire first. If an accrual is cancelled whose points were spent, the active
balance may be below 0, and the next points that become active pay the debt.
"""

from dataclasses import dataclass

from sqlmodel import Session

from emulator.altcraft.loyalty import tiers
from emulator.altcraft.tables.loyalty import (
    Cents,
    LoyaltyProgram,
    PointsAccount,
    PointsCurrency,
    PointsTransaction,
)
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.storage.session import look_up


@dataclass(frozen=True)
class Holder:
    """A member of a program, and one kind of the points that they have."""

    program: LoyaltyProgram
    currency: PointsCurrency
    profile_id: str


def account_of(turn: Turn, profile_id: str, currency_id: int) -> PointsAccount:
    """Return the account of a member, making it if there is none."""
    account = turn.session.get(PointsAccount, (profile_id, currency_id))
    if account is None:
        account = PointsAccount(profile_id=profile_id, currency_id=currency_id)
        turn.session.add(account)
    return account


def balances(session: Session, profile_id: str, currency_id: int) -> tuple[Cents, Cents]:
    """Return all points of a member, and the active ones."""
    account = session.get(PointsAccount, (profile_id, currency_id))
    return (account.total, account.active) if account else (0, 0)


def expiring(session: Session, holder: Holder, since: Millis, until: Millis) -> Cents:
    """Return how many points of a member expire or expired from `since` to `until`, both included."""
    place = (holder.profile_id, holder.currency.id, since, until)
    (total,) = look_up(session, _EXPIRING, place).fetchone()
    return int(total)


def activate(turn: Turn, account: PointsAccount, accrual: PointsTransaction) -> None:
    """Make the points of an accrual active. They pay the account's debt first."""
    owed = max(0, -account.active)
    account.pending -= accrual.remaining
    account.active += accrual.remaining
    accrual.remaining = max(0, accrual.remaining - owed)
    accrual.is_active = True
    _settle(turn, account)


def take(turn: Turn, account: PointsAccount, amount: Cents) -> None:
    """Take points out of an account, the oldest first. Missing points become its debt."""
    account.active -= amount
    changed = []
    for number, remaining in look_up(turn.session, _OLDEST, (account.profile_id, account.currency_id)):
        if not amount:
            break
        taken = min(amount, remaining)
        amount -= taken
        changed.append((remaining - taken, number))
    turn.store.execute_many(_SET_REMAINING, changed)
    _settle(turn, account)


def give_back(turn: Turn, account: PointsAccount, amount: Cents) -> list[str]:
    """Put spent points back into an account; return the ids of the accruals that get them.

    They pay the account's debt first. Some of the accruals may have expired meanwhile.
    """
    rest = max(0, amount + min(0, account.active))
    account.active += amount
    changed = []
    place = (account.profile_id, account.currency_id)
    for number, remaining, spent in look_up(turn.session, _NEWEST_SPENT, place):
        if not rest:
            break
        given = min(rest, spent)
        rest -= given
        changed.append((remaining + given, number))
    turn.store.execute_many(_SET_REMAINING, changed)
    _settle(turn, account)
    return [number for _, number in changed]


def withdraw(turn: Turn, account: PointsAccount, accrual: PointsTransaction) -> None:
    """Take all points of an accrual away; those that were spent are taken from other accruals."""
    if not accrual.is_active:
        account.pending -= accrual.remaining
        accrual.remaining = 0
        return
    spent = accrual.amount - accrual.remaining - accrual.expired
    account.active -= accrual.remaining
    accrual.remaining, accrual.is_active = 0, False
    take(turn, account, spent)


def expire(turn: Turn, account: PointsAccount, accrual: PointsTransaction) -> Cents:
    """Let the remaining points of an accrual expire; return how many there are."""
    amount = accrual.remaining
    account.active -= amount
    accrual.remaining, accrual.expired = 0, accrual.expired + amount
    _settle(turn, account)
    return amount


def _settle(turn: Turn, account: PointsAccount) -> None:
    tiers.settle(turn, account.currency_id, account.profile_id, account.active)


_OLDEST = """
    SELECT id, remaining FROM altcraft_points_transaction
    WHERE profile_id = ? AND currency_id = ? AND is_active AND remaining > 0 ORDER BY created_at, id
"""
_NEWEST_SPENT = """
    SELECT id, remaining, amount - remaining - expired FROM altcraft_points_transaction
    WHERE profile_id = ? AND currency_id = ? AND is_active AND amount > remaining + expired
    ORDER BY created_at DESC, id DESC
"""
_SET_REMAINING = "UPDATE altcraft_points_transaction SET remaining = ? WHERE id = ?"
_EXPIRING = """
    SELECT coalesce(sum(remaining + expired), 0) FROM altcraft_points_transaction
    WHERE profile_id = ? AND currency_id = ? AND expires_at BETWEEN ? AND ?
"""
REMOVAL = (
    """
    DELETE FROM altcraft_points_account WHERE profile_id = ?
    AND currency_id IN (SELECT id FROM altcraft_points_currency WHERE program_id = ?)
    """,
    """
    DELETE FROM altcraft_points_transaction WHERE profile_id = ?
    AND currency_id IN (SELECT id FROM altcraft_points_currency WHERE program_id = ?)
    """,
)
