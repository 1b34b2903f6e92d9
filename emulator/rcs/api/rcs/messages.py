"""RCS messages and their statuses.

https://telcowwt.com/documentations/rest-api/rcs-api/get-the-status-of-a-sent-rcs-message/
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import BigInteger, cast
from sqlmodel import Session, col, func, select

from emulator.engine.clock import Millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals
from emulator.rcs.channels import RCS, SMS, VIBER
from emulator.rcs.contents import Said, said_by
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.listing import Offset, Way, page_of
from emulator.rcs.models import Body, Model, Page
from emulator.rcs.money import cost
from emulator.rcs.periods import period
from emulator.rcs.prices import UNKNOWN_COUNTRY, sms_parts
from emulator.rcs.sends.answers import Amount
from emulator.rcs.tables.campaigns import Dispatch
from emulator.rcs.values import MAX_ID, InHours, Integer, MaybeStamp, MomentOrDay, Stamp, between, stamp
from emulator.rcs.violations import at_most
from emulator.rcs.webhooks import AFTER_REPORT, REPORTED
from emulator.sending.job_table import Job
from emulator.sending.messages import Message, StatusChange
from emulator.storage.tables import among

router = APIRouter(prefix="/api", tags=["RCS: messages"], route_class=OperationRoute)


class MessageFilters(Body):
    limit: Annotated[Integer, between(15, 500)] = Field(50, alias="page[limit]")
    offset: Offset = Field(0, alias="page[offset]")
    since: MomentOrDay | None = Field(None, alias="filter[from]")
    until: MomentOrDay | None = Field(None, alias="filter[to]")
    campaign_id: Integer | None = Field(None, ge=1, le=MAX_ID, alias="filter[campaign_id]")
    reference_id: str | None = Field(None, min_length=1, alias="filter[reference_id]")
    id: Integer | None = Field(None, ge=1, le=MAX_ID, alias="filter[id]")
    sort: Literal["id", "phone", "delivered"] = "id"
    way: Way = "asc"


_REPORTED_AT = (
    select(func.max(StatusChange.at))
    .where(StatusChange.message_id == Message.id, col(StatusChange.status).in_(REPORTED))
    .where(col(Message.status).in_(AFTER_REPORT))
    .correlate(Message)
    .scalar_subquery()
)
SORTED_BY: dict[str, Any] = {
    "id": col(Message.id),
    "phone": cast(Message.recipient, BigInteger),
    "delivered": _REPORTED_AT,
}


class SmsMessage(Model):
    """An SMS: of an SMS campaign, or as a substitute for another message."""

    id: int
    campaign_id: int | None
    reference_id: str | None
    type: str
    source: str
    text: str
    phone: int
    validity: InHours
    status: str
    amount: Amount
    sender: str
    created_at: Stamp
    sent_at: MaybeStamp
    delivered_at: MaybeStamp
    country: str
    parts: int


class SubstituteIds(Model):
    parts: int
    id: list[int]


class ReplaceableMessage(SmsMessage):
    """A message by Viber or WhatsApp, or an SMS, for which a substitute may go out."""

    alternative_channels: dict[Literal["sms", "viber"], SubstituteIds] | None


class RcsMessage(ReplaceableMessage):
    rcs_options: dict[str, Any]


ShownMessage = RcsMessage | ReplaceableMessage | SmsMessage
MessagePage = Page[ShownMessage]


@router.get("/messages", responses=refuses(refusals.GivenDataInvalid))
async def messages_and_statuses(call: LongCall, filters: Annotated[MessageFilters, Query()]) -> MessagePage:
    """Page through messages and their statuses: a single one, those of a campaign, or those of a period.

    https://telcowwt.com/documentations/rest-api/rcs-api/get-the-status-of-a-sent-rcs-message/
    """
    wanted = select(Message).where(*_conditions(call, filters))
    messages, meta = page_of(call, wanted, (SORTED_BY[filters.sort], col(Message.id)), filters)
    substitutes = _substitutes(call.db, messages)
    standing_in = [one for found in substitutes.values() for one in found]
    contents = said_by(call.db, [*messages, *standing_in])
    reports = _reports(call.db, messages)
    rows = [
        _row(call, message, contents, substitutes.get(message.id, []), reports.get(message.id))
        for message in messages
    ]
    return MessagePage(data=rows, meta=meta)


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


def _substitutes(session: Session, messages: Sequence[Message]) -> dict[int | None, list[Message]]:
    """Return the substitutes of messages, by the ids of the messages that they stand in for."""
    ids = [message.id for message in messages]
    found: dict[int | None, list[Message]] = {}
    for message in session.exec(
        select(Message).where(among(Message.parent_id, ids)).order_by(col(Message.id))
    ):
        found.setdefault(message.parent_id, []).append(message)
    return found


def _reports(session: Session, messages: Sequence[Message]) -> dict[int, Millis]:
    """Return when the delivery reports of messages came, by the ids of the messages."""
    reports = select(Message.id, _REPORTED_AT)
    found = session.exec(reports.where(among(Message.id, [message.id for message in messages])))
    return {number: at for number, at in found if at is not None}


def _row(
    call: Call,
    message: Message,
    contents: Mapping[int, Said],
    substitutes: Sequence[Message],
    reported_at: Millis | None,
) -> ShownMessage:
    dispatch, content = call.db.get_one(Dispatch, message.job_id), contents[message.id]
    shown: dict[str, Any] = {
        "campaign_id": dispatch.campaign_id,
        "reference_id": message.reference,
        "type": message.channel,
        "source": dispatch.source,
        "phone": int(message.recipient),
        "delivered_at": reported_at,
        "validity": dispatch.lifetime if message.parent_id is None else dispatch.fallback_lifetime,
        "amount": Amount.of(call.account, value=_amount(call.db, message)),
        "sender": content.sender,
        "country": message.country or UNKNOWN_COUNTRY,
    }
    alternatives = _alternatives(substitutes, contents)
    if message.channel == SMS:
        shown |= {"text": content.text, "parts": sms_parts(content.text)}
        if alternatives is None:
            return SmsMessage.of(message, **shown)
        return ReplaceableMessage.of(message, alternative_channels=alternatives, **shown)
    options = content.options or {}
    shown |= {"text": options.get("text") or content.text, "parts": 1, "alternative_channels": alternatives}
    if message.channel == RCS:
        return RcsMessage.of(message, rcs_options=options, **shown)
    return ReplaceableMessage.of(message, **shown)


def _alternatives(substitutes: Sequence[Message], contents: Mapping[int, Said]) -> dict[str, Any] | None:
    """Return the substitutes of a message, by channel, with their number of parts; RCS ones are not shown."""
    channel = substitutes[0].channel if substitutes else RCS
    if channel not in {SMS, VIBER}:
        return None
    parts = sms_parts(contents[substitutes[0].id].text) if channel == SMS else 1
    return {channel: {"parts": parts, "id": [one.id for one in substitutes]}}


def _amount(session: Session, message: Message) -> int:
    is_dropped = session.get_one(Job, message.job_id).state == "stopped"
    return cost(message.channel, message.status, message.price, is_dropped=is_dropped)
