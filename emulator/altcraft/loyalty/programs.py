"""The parts of a loyalty program: currencies of points, groups of tiers, and trigger promotions.

https://guides.altcraft.com/en/user-guide/loyalty-programs/loyalties
"""

from typing import Literal

from sqlmodel import Session, col, select

from emulator.altcraft import refusals
from emulator.altcraft.loyalty.amounts import shown
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.loyalty import Cents, LoyaltyProgram, PointsCurrency, Promotion, TierGroup
from emulator.engine.clock import Millis

Direction = Literal["accrual", "redemption"]


def refuse_inactive(program: LoyaltyProgram) -> None:
    """Raise WrongState for an inactive program."""
    if not program.is_active:
        raise refusals.WrongState("loyalty program", program.id, "inactive")


def currencies(session: Session, program: LoyaltyProgram) -> list[PointsCurrency]:
    """Return the points currencies of a program, by id."""
    own = select(PointsCurrency).where(PointsCurrency.program_id == program.id)
    return list(session.exec(own.order_by(col(PointsCurrency.id))))


def find_currency(
    session: Session, program: LoyaltyProgram, number: int | None, external_id: str | None
) -> PointsCurrency:
    """Return the currency of a program with these ids; with none, its first standard one.

    Raises ObjectNotFound.
    """
    own = currencies(session, program)
    if number is None and external_id is None:
        own = [one for one in own if one.kind == "standard"]
    fitting = (one for one in own if number in {None, one.id} and external_id in {None, one.external_id})
    found = next(fitting, None)
    if found is None:
        named = external_id if number is None else number
        raise refusals.ObjectNotFound("points currency", named or f"of loyalty program {program.id}")
    return found


def find_tier_group(session: Session, program: LoyaltyProgram, number: int) -> TierGroup:
    """Return a group of tiers of a program. Raises ObjectNotFound."""
    group = session.get(TierGroup, number)
    if group is None or group.program_id != program.id:
        raise refusals.ObjectNotFound("group of tiers", number)
    return group


def find_promotion(session: Session, program: LoyaltyProgram, external_id: str) -> Promotion:
    """Return a trigger promotion of a program. Raises ObjectNotFound."""
    own = select(Promotion).where(Promotion.program_id == program.id, Promotion.external_id == external_id)
    promotion: Promotion | None = session.exec(own).first()
    if promotion is None:
        raise refusals.ObjectNotFound("promotion", external_id)
    return promotion


def check_promotion(
    promotion: Promotion, currency: PointsCurrency, direction: Direction, amount: Cents, now: Millis
) -> None:
    """Raise WrongState for an inactive promotion, IncorrectRequest for an amount that its rule forbids."""
    state = promotion.state(now)
    if state != "active":
        raise refusals.WrongState("promotion", promotion.external_id, state)
    rules = promotion.accrual_rules if direction == "accrual" else promotion.redeem_rules
    rule = next((one for one in rules if one["currency_id"] == currency.id), None)
    if rule is None:
        reason = f"promotion {promotion.external_id} has no rule for {direction} of {currency.external_id}"
        raise IncorrectRequest("promotion_id", reason)
    static, lowest, highest = (rule[name] for name in ("static_amount", "min_amount", "max_amount"))
    if static not in {None, amount}:
        raise IncorrectRequest("amount", f"must be {shown(static)} by the promotion")
    if lowest is not None and amount < lowest:
        raise IncorrectRequest("amount", f"must be {shown(lowest)} or more by the promotion")
    if highest is not None and amount > highest:
        raise IncorrectRequest("amount", f"must be {shown(highest)} or less by the promotion")
