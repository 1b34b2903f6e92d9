"""Deliveries of webhooks with their attempts, as responses show them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field
from sqlmodel import col, select

from emulator.control.values import shown
from emulator.engine.engine import Turn
from emulator.storage.tables import among
from emulator.webhooks.events import Attempt, Delivery

State = Literal["gathering", "waiting", "sending", "delivered", "failed", "dropped", "held"]
"""The states of deliveries."""


class AttemptInfo(BaseModel):
    """One attempt to make a delivery."""

    number: int = Field(description="Counted over all replays")
    at: str = Field(description="When it was sent, by the sandbox's clock")
    sent_at: str = Field(description="When it was sent, in the machine's time")
    duration_ms: int = Field(description="In the machine's time")
    request_headers: dict[str, str]
    status: int | None = Field(description="The HTTP status; null where no answer came")
    error: str | None
    answer_headers: dict[str, str]
    answer_body: str


class DeliveryInfo(BaseModel):
    """One webhook request to a client, with its attempts."""

    id: int
    name: str = Field(description="What identifies it to its receiver, over all attempts")
    provider: str
    type: str = Field(description="The type of its event; of a batch, that of the first")
    types: list[str] = Field(description="The types of its events, each once; a batch may have several")
    target_id: int | None
    url: str
    message_id: int | None
    state: State
    body: str
    created_at: str
    next_attempt_at: str | None
    attempts: list[AttemptInfo]


def delivery_info(turn: Turn, row: Delivery) -> DeliveryInfo:
    return delivery_infos(turn, [row])[0]


def delivery_infos(turn: Turn, rows: Sequence[Delivery]) -> list[DeliveryInfo]:
    attempts = defaultdict[int | None, list[AttemptInfo]](list)
    of_them = among(Attempt.delivery_id, [row.id for row in rows if row.id is not None])
    for attempt in turn.session.exec(select(Attempt).where(of_them).order_by(col(Attempt.id))):
        attempts[attempt.delivery_id].append(_attempt(attempt))
    return [_info(row, attempts[row.id]) for row in rows]


def _info(row: Delivery, attempts: list[AttemptInfo]) -> DeliveryInfo:
    fields = row.model_dump(include=set(DeliveryInfo.model_fields) - {"attempts"})
    times = {"created_at": shown(row.created_at), "next_attempt_at": shown(row.next_attempt_at)}
    return DeliveryInfo(**fields | times, attempts=attempts)


def _attempt(row: Attempt) -> AttemptInfo:
    fields = row.model_dump(include=set(AttemptInfo.model_fields))
    times = {"at": shown(row.at), "sent_at": shown(row.sent_at), "duration_ms": row.duration}
    return AttemptInfo(**fields | times)
