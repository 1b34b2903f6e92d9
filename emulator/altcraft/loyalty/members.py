"""Registering and removing members of loyalty programs.

https://guides.altcraft.com/en/developer-guide/loyalty/register-member. Points, tiers and transactions go with
the membership.
"""

from sqlmodel import Session

from emulator.altcraft.loyalty import accounts, tiers
from emulator.altcraft.loyalty.accounts import Holder
from emulator.altcraft.loyalty.programs import currencies, refuse_inactive
from emulator.altcraft.loyalty.transactions import Terms, accrue
from emulator.altcraft.tables.loyalty import LoyaltyProgram, Member
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn


def is_member(session: Session, program: LoyaltyProgram, profile_id: str) -> bool:
    return session.get(Member, (profile_id, program.id)) is not None


def register(turn: Turn, program: LoyaltyProgram, profile_id: str, at: Millis | None = None) -> None:
    """Make a profile a member, with the initial points; nothing changes if it is one.

    Raises WrongState for an inactive program.
    """
    if is_member(turn.session, program, profile_id):
        return
    refuse_inactive(program)
    registered_at = turn.now if at is None else at
    turn.session.add(Member(profile_id=profile_id, program_id=program.id, registered_at=registered_at))
    for currency in currencies(turn.session, program):
        holder = Holder(program, currency, profile_id)
        tiers.settle(turn, currency.id, profile_id, 0)
        if currency.initial:
            accrue(turn, holder, Terms(currency.initial, description="Initial balance"))


def remove(turn: Turn, program: LoyaltyProgram, profile_id: str) -> None:
    """Remove a membership, with the member's points, tiers and transactions."""
    for statement in (*tiers.REMOVAL, *accounts.REMOVAL, _REMOVE):
        turn.store.execute(statement, (profile_id, program.id))


_REMOVE = "DELETE FROM altcraft_loyalty_member WHERE profile_id = ? AND program_id = ?"
