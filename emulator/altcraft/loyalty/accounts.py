"""Accounts of points: their balances, and which accruals these consist of.

Points that are spent are the oldest active ones, and what is given back goes to the newest accruals that
were spent of, so that the oldest points expire first. Where points were spent whose accrual was cancelled,
the active balance is below 0, and the next points that become active pay for it.
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
    """Return the account of a member, which is made where there is none."""
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
    """Return the points of a member that expire, or have expired, in a period with both of its ends."""
    place = (holder.profile_id, holder.currency.id, since, until)
    (total,) = look_up(session, _EXPIRING, place).fetchone()
    return int(total)


def activate(turn: Turn, account: PointsAccount, accrual: PointsTransaction) -> None:
    """Let the points of an accrual be active. What the account owes is paid first."""
    owed = max(0, -account.active)
    account.pending -= accrual.remaining
    account.active += accrual.remaining
    accrual.remaining = max(0, accrual.remaining - owed)
    accrual.is_active = True
    _settle(turn, account)


def take(turn: Turn, account: PointsAccount, amount: Cents) -> None:
    """Take points out of an account, the oldest first; what is not there is owed."""
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
    """Put points that were spent back into an account; return the accruals whose points they are.

    What is owed is paid first. Accruals that have expired meanwhile may be among them.
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
    """Take the points of an accrual away: what was spent of it is taken from others."""
    if not accrual.is_active:
        account.pending -= accrual.remaining
        accrual.remaining = 0
        return
    spent = accrual.amount - accrual.remaining - accrual.expired
    account.active -= accrual.remaining
    accrual.remaining, accrual.is_active = 0, False
    take(turn, account, spent)


def expire(turn: Turn, account: PointsAccount, accrual: PointsTransaction) -> Cents:
    """Let what remains of an accrual expire; return how much that is."""
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
