"""The rows of a statistic job's result."""

from sqlmodel import Session, col, select

from emulator.rcs.contents import Said, said_by
from emulator.rcs.countries import COUNTRIES
from emulator.rcs.models import Model
from emulator.rcs.statistics import operator_of, shown_status
from emulator.rcs.tables.statistics import Operator, StatisticJob, StatisticRow
from emulator.rcs.values import DecimalText, MaybeStamp, Stamp
from emulator.sending.messages import Message


class StatisticRowAnswer(Model):
    """The price and the status of a message."""

    message_id: str
    message_type: str
    msisdn: str
    country_name: str | None
    brand: str | None
    mcc: str | None
    mnc: str | None
    originator: str
    price: DecimalText
    currency: str
    time_in: Stamp
    time_sent: MaybeStamp
    time_dlr: MaybeStamp
    status: str
    body: str
    sl_clicks: int | None


def rows_of(session: Session, job: StatisticJob, currency: str) -> list[StatisticRowAnswer]:
    """Return the rows that a job has collected, ordered by the ids of the messages."""
    operators = {operator.prefix: operator for operator in session.exec(select(Operator))}
    collected = session.exec(
        select(StatisticRow, Message)
        .join(Message, col(Message.id) == col(StatisticRow.message_id))
        .where(StatisticRow.statistic_job_id == job.id)
        .order_by(col(StatisticRow.message_id))
    ).all()
    contents = said_by(session, [message for _, message in collected])
    return [
        _answer(row, message, contents[message.id], operator_of(operators, message.recipient), currency)
        for row, message in collected
    ]


def _answer(
    row: StatisticRow, message: Message, content: Said, operator: Operator | None, currency: str
) -> StatisticRowAnswer:
    return StatisticRowAnswer.of(
        row,
        message_id=str(message.id),
        message_type=message.channel,
        msisdn=message.recipient,
        country_name=COUNTRIES.get(message.country or ""),
        brand=operator and operator.brand,
        mcc=operator and operator.mcc,
        mnc=operator and operator.mnc,
        originator=content.sender,
        currency=currency,
        time_in=message.created_at,
        status=shown_status(row.status),
        body=_body(content),
    )


def _body(content: Said) -> str:
    """Return the text of a message, or that of its first card."""
    options = content.options or {}
    cards = options.get("cards") or [{}]
    return options.get("text") or content.text or cards[0].get("text") or ""
