"""Statistic jobs with their rows, and the operators that phones belong to."""

from typing import Annotated, Any, ClassVar

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_object


class StatisticJob(Table, table=True):
    """A search for messages, whose result is kept for a while."""

    __tablename__ = "rcs_statistic_job"

    id: int = Field(primary_key=True)
    key: str = Field(unique=True)
    """The key by which clients name it."""
    status: Annotated[str, OneOf("Processing", "Done")] = "Processing"
    request: dict[str, Any] = json_object()
    """The request, as the list of jobs shows it together with the account's number."""
    criteria: dict[str, Any] = json_object()
    """The same request as criteria of the search."""


class StatisticRow(Table, table=True):
    """A row of a statistic job's result, about one message. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_statistic_row"
    __table_args__ = {"sqlite_with_rowid": False}

    statistic_job_id: Annotated[int, RowOf("rcs_statistic_job")] = Field(primary_key=True)
    message_id: Annotated[int, RowOf("message")] = Field(primary_key=True)
    status: str
    price: int
    """The price that was charged for it."""
    time_sent: Millis | None
    time_dlr: Millis | None
    """When its delivery report came."""
    sl_clicks: int | None
    """How often its short link was followed; None without one."""


class Operator(Table, table=True):
    """The operator of the phones whose numbers begin with `prefix`."""

    __tablename__ = "rcs_operator"

    prefix: str = Field(primary_key=True)
    brand: str
    mcc: str
    mnc: str
