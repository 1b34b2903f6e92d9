"""Exports of transactions to files, made by tasks.

https://guides.altcraft.com/en/developer-guide/loyalty/transactions-export
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals, tasks
from emulator.altcraft.answers import TaskStarted
from emulator.altcraft.api.loyalty.answers import OfCurrency, TransactionId, currency_in, need_currency
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find_program
from emulator.altcraft.loyalty.exporting import Period, export
from emulator.altcraft.models import Reply
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.values import LastMoment, Moment
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/loyalty", tags=["Loyalty"], route_class=OperationRoute)

ExportCall = Annotated[Call, Policy(right="loyalty.view", deduplicated="by id", is_long=True)]


class ExportedTransactions(OfCurrency):
    from_id: TransactionId | None = Field(None, description="A transaction behind which the file begins")
    date_from: Moment
    date_to: LastMoment = Field(description="The last second of the period")


@router.post("/transactions_export", responses=refuses(refusals.ObjectNotFound))
async def export_points_transactions(call: ExportCall, body: ExportedTransactions) -> Reply[TaskStarted]:
    """Begin an export of a currency's transactions to a file; tasks/status returns its address.

    https://guides.altcraft.com/en/developer-guide/loyalty/transactions-export
    """
    need_currency(body)
    if body.date_to < body.date_from:
        raise IncorrectRequest("date_to", "must not be before date_from")
    program = find_program(call, body.loyalty_program_id)
    period = Period(body.date_from, body.date_to, body.from_id or "")
    currency, file_id = currency_in(call, program, body), call.turn.ids.uuid("altcraft.file")
    made = export(call.db, program, currency, period, file_id)
    task = tasks.start(call.turn, made.result, rows=made.result["total"], files=[made.file])
    return Reply(data=TaskStarted(task_id=f"{tasks.PREFIX}{task}"))
