"""Orders that are calculated before they are placed: with promotions, points and promo codes.

https://guides.altcraft.com/en/developer-guide/loyalty/preorder and …/loyalty/preorder-commit. Promotions of
orders are set up by the platform's administrator: percents off prices, and percents back in points. How
requests name points and codes is not shown, and inferred: `points: {"redeem": "50"}` and `promo_codes`. A
point is worth one of the order's currency.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pydantic import Field
from sqlmodel import Session, col, select

from emulator.altcraft.loyalty import accounts, promo_codes, transactions
from emulator.altcraft.loyalty.accounts import Holder
from emulator.altcraft.loyalty.amounts import read_amount, shown
from emulator.altcraft.loyalty.members import is_member
from emulator.altcraft.loyalty.programs import find_currency
from emulator.altcraft.loyalty.transactions import Source, Terms
from emulator.altcraft.market.orders import Placed, read_trade, store_orders
from emulator.altcraft.market.pricing import Catalogue
from emulator.altcraft.market.rows import Price, Trade
from emulator.altcraft.market.settings import Known
from emulator.altcraft.models import Body
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.loyalty import LoyaltyProgram, OrderPromotion, PointsCurrency
from emulator.altcraft.tables.market import Order
from emulator.altcraft.values import Listed, Name, Words
from emulator.engine.engine import Turn

CENT = Decimal("0.01")
HUNDRED = 100
TOO_DEAR = Decimal(10**15)
"""The bound of an order's price, as prices have 15 digits: a higher one could give too many points."""


NO_POINTS = re.compile(r"(0+(\.0{1,2})?)?")
"""A text that redeems no points: empty, or 0 with places, as responses to preorders write it."""


class RedeemedPoints(Body):
    redeem: Words = Field("", description="How many points pay for a part of the order")


class PreorderRow(Trade):
    """An order that is calculated."""

    final_total_price: Price = Field("", description="What the client expects; another result is no error")
    promo_codes: Listed[Name] = Field([], description="Promo codes that the order uses; inferred")
    points: RedeemedPoints = Field(RedeemedPoints(), description="Points that pay for a part of it; inferred")


class CommittedRow(PreorderRow):
    """An order that is placed after it was calculated."""

    final_total_price: Price = Field(description="What the client expects; another result is no error")


@dataclass(frozen=True)
class Calculated:
    """A calculated order: its price, and the points that it moves."""

    values: dict[str, Any]
    """The columns of the order; its lines have their prices with discounts."""
    total: Decimal
    """The price of all lines without discounts, with the delivery."""
    final: Decimal
    """The price to pay, with discounts, without the redeemed points."""
    delivery: Decimal
    redeemed: int
    """Points that pay for a part of it, in hundredths."""
    accrued: Sequence[tuple[PointsCurrency, OrderPromotion, int]]
    """The points that each promotion gives, in hundredths."""
    promotions: Sequence[OrderPromotion]
    codes: Sequence[str]
    program: LoyaltyProgram | None


def calculate(
    turn: Turn, known: Known, database_id: int, profile_id: str | None, row: PreorderRow
) -> Calculated:
    """Return an order calculated for its profile, or for an unknown buyer if that is None.

    Changes nothing. Raises ObjectNotFound, IncorrectRequest and WrongState.
    """
    values = read_trade(known, Catalogue(turn, [row]), row, place="data.")
    program = _program_of(turn.session, database_id, profile_id)
    _check_codes(turn, program, profile_id, row.promo_codes)
    promotions = _promotions(turn.session, program, has_codes=bool(row.promo_codes))
    percent = min(Decimal(HUNDRED), sum((one.percent_off for one in promotions), Decimal()))
    lines, base, reduced = _reduced(values["lines"], percent)
    delivery = Decimal(row.delivery_cost or 0)
    if base + delivery >= TOO_DEAR:
        raise IncorrectRequest("data.lines", "cost more than a price can be")
    redeemed = _redeemed(turn, program, profile_id, row.points.redeem, reduced)
    paid = reduced - _money(redeemed)
    accrued = _accrued(turn.session, program, promotions, paid) if program is not None else []
    return Calculated(
        values=values | {"lines": lines},
        total=_in_cents(base + delivery),
        final=_in_cents(paid + delivery),
        delivery=_in_cents(delivery),
        redeemed=redeemed,
        accrued=accrued,
        promotions=promotions,
        codes=row.promo_codes,
        program=program,
    )


def _program_of(session: Session, database_id: int, profile_id: str | None) -> LoyaltyProgram | None:
    """Return the active loyalty program of the market's people, if a profile is a member of it."""
    active = select(LoyaltyProgram).where(LoyaltyProgram.database_id == database_id)
    program: LoyaltyProgram | None = session.exec(active.where(col(LoyaltyProgram.is_active))).first()
    if program is None or profile_id is None or not is_member(session, program, profile_id):
        return None
    return program


def _check_codes(
    turn: Turn, program: LoyaltyProgram | None, profile_id: str | None, codes: Sequence[str]
) -> None:
    """Raise ObjectNotFound, WrongState or IncorrectRequest for codes that a profile can not activate."""
    if codes and (program is None or profile_id is None):
        raise IncorrectRequest("data.promo_codes", "are for members of a loyalty program")
    if len(set(codes)) < len(codes):
        raise IncorrectRequest("data.promo_codes", "name a code twice")
    for text in codes:
        assert program is not None
        assert profile_id is not None
        promo_codes.check_usable(turn, program, profile_id, text)


def _promotions(session: Session, program: LoyaltyProgram | None, *, has_codes: bool) -> list[OrderPromotion]:
    """Return the promotions of an order, by id. Those that need a code apply if the order has any."""
    if program is None:
        return []
    own = select(OrderPromotion).where(OrderPromotion.program_id == program.id)
    found = session.exec(own.order_by(col(OrderPromotion.id))).all()
    return [one for one in found if has_codes or not one.needs_code]


def _reduced(
    lines: Sequence[dict[str, Any]], percent: Decimal
) -> tuple[list[dict[str, Any]], Decimal, Decimal]:
    """Return the lines with discounts down to their lowest prices, and the sums before and after."""
    found, base, reduced = list[dict[str, Any]](), Decimal(), Decimal()
    for line in lines:
        own, lowest = Decimal(line["base_price_per_item"]), Decimal(line["min_price_per_item"])
        wanted = _in_cents(own * (HUNDRED - percent) / HUNDRED)
        price = own if not percent else max(wanted, min(lowest, own))
        found.append({**line, "final_price_per_item": str(price)})
        base, reduced = base + own * line["count"], reduced + price * line["count"]
    return found, base, reduced


def _redeemed(
    turn: Turn, program: LoyaltyProgram | None, profile_id: str | None, said: str, price: Decimal
) -> int:
    """Return how many points pay for a part of an order, in hundredths. Raises IncorrectRequest."""
    if NO_POINTS.fullmatch(said):
        return 0
    place = "data.points.redeem"
    try:
        amount = read_amount(said)
    except ValueError as problem:
        raise IncorrectRequest(place, str(problem)) from problem
    if program is None or profile_id is None:
        raise IncorrectRequest(place, "is for members of a loyalty program")
    currency = find_currency(turn.session, program, None, None)
    _, active = accounts.balances(turn.session, profile_id, currency.id)
    if amount > active:
        raise IncorrectRequest(place, f"more than the active balance {shown(active)}")
    if _money(amount) > price:
        raise IncorrectRequest(place, f"more than the lines cost, {price}")
    return amount


def _accrued(
    session: Session, program: LoyaltyProgram, promotions: Sequence[OrderPromotion], paid: Decimal
) -> list[tuple[PointsCurrency, OrderPromotion, int]]:
    """Return the points that each promotion gives back for the paid price, in hundredths."""
    found = []
    for one in promotions:
        cents = int((paid * one.percent_back).quantize(Decimal(1), ROUND_HALF_UP))
        if cents:
            found.append((find_currency(session, program, one.currency_id, None), one, cents))
    return found


def _in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _money(cents: int) -> Decimal:
    return Decimal(cents) / HUNDRED


def place(turn: Turn, profile_id: str, external_id: str, found: Calculated, *, is_silent: bool) -> Order:
    """Store an order that was calculated, move its points, and activate its codes. Raises AltcraftError."""
    values = found.values | {"total_price": str(found.final), "delivery_cost": str(found.delivery)}
    [order] = store_orders(turn, [Placed(external_id, profile_id, values)], is_silent=is_silent)
    source = Source("order", order.id, external_id)
    if found.program is None:
        return order
    if found.redeemed:
        holder = Holder(found.program, find_currency(turn.session, found.program, None, None), profile_id)
        transactions.redeem(turn, holder, Terms(found.redeemed, source=source))
    for currency, promotion, amount in found.accrued:
        terms = Terms(amount, description=promotion.name, source=source)
        transactions.accrue(turn, Holder(found.program, currency, profile_id), terms)
    for code in found.codes:
        promo_codes.activate_own(turn, found.program, profile_id, code)
    return order
