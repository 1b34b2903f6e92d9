"""RCS messages: reading them and what became of them.

https://telcowwt.com/documentations/rest-api/rcs-api/get-the-status-of-a-sent-rcs-message/
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import BigInteger, cast
from sqlmodel import Session, col, func, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals
from emulator.rcs.api.rcs.answers import Amount
from emulator.rcs.api.rcs.periods import Offset, Way, period
from emulator.rcs.dialect import Call
from emulator.rcs.models import Body, Meta, Model, Page, PageInfo
from emulator.rcs.prices import decimal, sms_parts
from emulator.rcs.sending import UNPAID
from emulator.rcs.tables import RCS, SMS, Dispatch
from emulator.rcs.values import MAX_ID, Integer, MomentOrDay, between, hours, stamp, stamp_or_none
from emulator.rcs.violations import at_most
from emulator.sending.messages import Message

router = APIRouter(prefix="/api", tags=["RCS: messages"], route_class=OperationRoute)


class MessageFilters(Body):
    limit: Annotated[Integer, between(15, 500)] = Field(50, alias="page[limit]")
    offset: Offset = Field(0, alias="page[offset]")
    since: MomentOrDay | None = Field(None, alias="filter[from]")
    until: MomentOrDay | None = Field(None, alias="filter[to]")
    campaign_id: Integer | None = Field(None, ge=1, le=MAX_ID, alias="filter[campaign_id]")
    reference_id: str | None = Field(None, alias="filter[reference_id]")
    id: Integer | None = Field(None, ge=1, le=MAX_ID, alias="filter[id]")
    sort: Literal["id", "phone", "delivered"] = "id"
    way: Way = "asc"


SORTED_BY: dict[str, Any] = {
    "id": col(Message.id),
    "phone": cast(Message.recipient, BigInteger),
    "delivered": col(Message.delivered_at),
}


UNKNOWN_COUNTRY = "ZZ"
"""What stands for no country in ISO 3166-1."""


class SmsMessage(Model):
    """An SMS: of a campaign of SMS, or in the stead of an RCS message."""

    id: int
    campaign_id: int | None
    reference_id: str | None
    type: str
    source: str
    text: str
    phone: int
    validity: int
    status: str
    amount: Amount
    sender: str
    created_at: str
    sent_at: str | None
    delivered_at: str | None
    country: str
    parts: int


class SubstituteIds(Model):
    parts: int
    id: list[int]


class Substitutes(Model):
    sms: SubstituteIds


class RcsMessage(SmsMessage):
    rcs_options: dict[str, Any]
    alternative_channels: Substitutes | None


@router.get("/messages", responses=refuses(refusals.GivenDataInvalid))
async def messages_and_statuses(
    call: Call, filters: Annotated[MessageFilters, Query()]
) -> Page[RcsMessage | SmsMessage]:
    """Page through messages and their statuses: one, those of a campaign, or those of a time.

    https://telcowwt.com/documentations/rest-api/rcs-api/get-the-status-of-a-sent-rcs-message/
    """
    conditions = _conditions(call, filters)
    total = call.db.exec(select(func.count()).select_from(Message).where(*conditions)).one()
    order: Any = SORTED_BY[filters.sort], col(Message.id)
    wanted = (
        select(Message)
        .where(*conditions)
        .order_by(*(column.desc() if filters.way == "desc" else column for column in order))
    )
    rows = call.db.exec(wanted.offset(filters.offset).limit(filters.limit)).all()
    substitutes = _substitutes(call.db, rows)
    return Page(
        data=[_row(call, message, substitutes.get(message.id, [])) for message in rows],
        meta=Meta(page=PageInfo(total=total, limit=filters.limit, offset=filters.offset)),
    )


def _conditions(call: Call, filters: MessageFilters) -> list[Any]:
    for name, moment in (("filterfrom", filters.since), ("filterto", filters.until)):
        if moment is not None and moment > call.now:
            raise refusals.GivenDataInvalid({name: [at_most(stamp(call.now))]})
    ours = select(Dispatch.job_id)
    if filters.campaign_id is not None:
        ours = ours.where(Dispatch.campaign_id == filters.campaign_id)
    conditions: list[Any] = [col(Message.job_id).in_(ours)]
    names_some = filters.campaign_id or filters.reference_id or filters.id
    if not names_some or filters.since is not None or filters.until is not None:
        when = func.coalesce(Message.sent_at, Message.created_at)
        conditions.append(when.between(*period(filters.since, filters.until, call.now)))
    if filters.reference_id is not None:
        conditions.append(Message.reference == filters.reference_id)
    if filters.id is not None:
        conditions.append(Message.id == filters.id)
    return conditions


def _substitutes(session: Session, messages: Sequence[Message]) -> dict[int | None, list[int]]:
    """Answer the ids of the SMS that stand in for these messages, by the ids of the messages."""
    ids = [message.id for message in messages]
    found: dict[int | None, list[int]] = {}
    statement = select(Message.parent_id, Message.id).where(col(Message.parent_id).in_(ids))
    for parent_id, message_id in session.exec(statement):
        found.setdefault(parent_id, []).append(message_id)
    return found


def _row(call: Call, message: Message, substitutes: list[int]) -> RcsMessage | SmsMessage:
    dispatch = call.db.get_one(Dispatch, message.job_id)
    if message.channel == RCS:
        sent = None
        if substitutes:
            sent = Substitutes(sms=SubstituteIds(parts=sms_parts(dispatch.fallback_text), id=substitutes))
        options = (dispatch.options if message.parent_id is None else dispatch.fallback_options) or {}
        fields = _fields(call, message, dispatch, options.get("text"), parts=1)
        return RcsMessage(**fields, rcs_options=options, alternative_channels=sent)
    text = dispatch.text if dispatch.channel == SMS else dispatch.fallback_text
    return SmsMessage(**_fields(call, message, dispatch, text, parts=sms_parts(text or "")))


def _fields(
    call: Call, message: Message, dispatch: Dispatch, text: str | None, *, parts: int
) -> dict[str, Any]:
    stands_in = message.parent_id is not None
    lifetime = dispatch.fallback_lifetime if stands_in else dispatch.lifetime
    return {
        "id": message.id,
        "campaign_id": dispatch.campaign_id,
        "reference_id": message.reference,
        "type": message.channel,
        "source": "rest",
        "text": text or "",
        "phone": int(message.recipient),
        "validity": hours(lifetime),
        "status": message.status,
        "amount": Amount(value=decimal(_amount(message)), currency=call.account.currency),
        "sender": dispatch.fallback_sender if stands_in else dispatch.sender,
        "created_at": stamp(message.created_at),
        "sent_at": stamp_or_none(message.sent_at),
        "delivered_at": stamp_or_none(message.delivered_at),
        "country": message.country or UNKNOWN_COUNTRY,
        "parts": parts,
    }


def _amount(message: Message) -> int:
    """Answer what a message costs: nothing if it ended without being charged."""
    return 0 if message.channel == RCS and message.status in UNPAID else message.price
