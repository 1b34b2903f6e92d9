"""Transactions of points in a file.

https://guides.altcraft.com/en/developer-guide/loyalty/transactions-export
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from emulator.altcraft.csv_form import table
from emulator.altcraft.loyalty.amounts import shown
from emulator.altcraft.tables.loyalty import LoyaltyProgram, PointsCurrency, PointsTransaction, Promotion
from emulator.altcraft.tables.tasks import File
from emulator.altcraft.tasks import Exported
from emulator.altcraft.values import to_the_second
from emulator.engine.clock import Millis
from emulator.storage.sqlite import json_text


class Period(NamedTuple):
    """A period of transactions, both ends included, and the id after which they begin."""

    since: Millis
    until: Millis
    last: str = ""


def promotion_ids(session: Session, program: LoyaltyProgram) -> dict[int, str]:
    """Return the external ids of a program's promotions by their own."""
    own = select(Promotion.id, Promotion.external_id).where(Promotion.program_id == program.id)
    return dict(session.exec(own).all())


def row_of(transaction: PointsTransaction, promotions: Mapping[int, str]) -> dict[str, Any]:
    """Return a transaction as lists and files show it."""
    promotion_id = transaction.promotion_id
    return {
        "transaction_id": transaction.id,
        "transaction_eid": transaction.external_id or "",
        "created_at": to_the_second(transaction.created_at),
        "transaction_type": transaction.kind,
        "amount": shown(transaction.amount),
        "balance_before": shown(transaction.balance_before),
        "balance_after": shown(transaction.balance_after),
        "promo_iid": promotion_id,
        "promo_eid": promotions.get(promotion_id, "") if promotion_id else "",
        "description": transaction.description,
        "activation_date": to_the_second(transaction.activates_at),
        "expiration_date": to_the_second(transaction.expires_at),
        "source_type": transaction.source_type,
        "source_iid": transaction.source_iid,
        "source_sid": transaction.source_sid,
    }


def export(
    session: Session, program: LoyaltyProgram, currency: PointsCurrency, period: Period, file_id: str
) -> Exported:
    """Write the transactions of a currency in a period to a file, the oldest first."""
    wanted = select(PointsTransaction).where(
        PointsTransaction.currency_id == currency.id,
        col(PointsTransaction.created_at).between(period.since, period.until),
        PointsTransaction.id > period.last,
    )
    found = session.exec(wanted.order_by(col(PointsTransaction.id))).all()
    name = f"{program.id}_loyalty_transactions_export.csv"
    content = _table(found, promotion_ids(session, program)).encode()
    file = File(id=file_id, name=name, content_type="text/csv; charset=utf-8", content=content)
    result = {
        "errors": [],
        "source_id": program.id,
        "total": len(found),
        "type": "loyalty_program",
        "urls": [f"/api/download/data/{file_id}/{name}"],
    }
    return Exported(file, result)


COLUMNS = (
    *("transaction_id", "transaction_eid", "profile_id", "created_at", "transaction_type", "amount"),
    *("balance_before", "balance_after", "promo_iid", "promo_eid", "description", "activation_date"),
    *("expiration_date", "source_type", "source_iid", "source_sid", "external_data"),
)


def _table(transactions: Iterable[PointsTransaction], promotions: Mapping[int, str]) -> str:
    rows = (
        row_of(one, promotions)
        | {"profile_id": one.profile_id, "external_data": json_text(one.external_data)}
        for one in transactions
    )
    return table(COLUMNS, rows)
