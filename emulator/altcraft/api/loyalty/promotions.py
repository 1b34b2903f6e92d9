"""Trigger promotions, which limit how many points are accrued and redeemed.

https://guides.altcraft.com/en/developer-guide/loyalty/trigger-promotions
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

from emulator.altcraft import refusals
from emulator.altcraft.api.loyalty.answers import Limit100, OfProgram, ViewCall
from emulator.altcraft.listing import find_program, page_after
from emulator.altcraft.loyalty.amounts import shown
from emulator.altcraft.loyalty.programs import currencies
from emulator.altcraft.models import Model, Page
from emulator.altcraft.tables.loyalty import Promotion
from emulator.altcraft.values import Flag, Int64, MaybeSecond
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/loyalty", tags=["Loyalty"], route_class=OperationRoute)


class PromotionFilters(OfProgram):
    from_id: Int64 = Field(0, description="The last promotion of the page before")
    limit: Limit100 = Field(20)
    is_active: Flag | None = Field(None, description="Active ones or inactive ones alone")


class RuleRow(Model):
    """A rule of a trigger promotion. A limit that the rule does not have is an empty text."""

    points_currency_iid: int
    points_currency_eid: str
    static_amount: str
    min_amount: str
    max_amount: str


class PromotionRow(Model):
    id: int
    name: str
    description: str
    external_id: str
    starts_at: MaybeSecond = Field(serialization_alias="start_date")
    ends_at: MaybeSecond = Field(serialization_alias="end_date")
    is_active: bool
    redeem_rules: list[RuleRow]
    accrual_rules: list[RuleRow]


@router.post("/trigger_promotions", responses=refuses(refusals.ObjectNotFound))
async def get_trigger_promotions_list(call: ViewCall, body: PromotionFilters) -> Page[PromotionRow]:
    """Page through the trigger promotions of a program, by id.

    https://guides.altcraft.com/en/developer-guide/loyalty/trigger-promotions
    """
    program = find_program(call, body.loyalty_program_id)
    wanted = select(Promotion).where(Promotion.program_id == program.id)
    if body.is_active is not None:
        wanted = wanted.where(Promotion.is_active == body.is_active)
    found, total = page_after(call, wanted, col(Promotion.id), body.limit, body.from_id)
    names = {one.id: one.external_id for one in currencies(call.db, program)}
    return Page(
        data=[_row(one, names) for one in found],
        next_from_id=found[-1].id if found else body.from_id,
        total_count=total,
    )


def _row(promotion: Promotion, names: Mapping[int, str]) -> PromotionRow:
    return PromotionRow.of(
        promotion,
        redeem_rules=[_rule(one, names) for one in promotion.redeem_rules],
        accrual_rules=[_rule(one, names) for one in promotion.accrual_rules],
    )


def _rule(rule: Mapping[str, Any], names: Mapping[int, str]) -> RuleRow:
    limits = {
        name: "" if rule[name] is None else shown(rule[name])
        for name in ("static_amount", "min_amount", "max_amount")
    }
    currency_id = rule["currency_id"]
    return RuleRow(points_currency_iid=currency_id, points_currency_eid=names[currency_id], **limits)
