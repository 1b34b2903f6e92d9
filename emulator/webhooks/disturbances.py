"""Disturbances: a test sets what happens to deliveries of webhooks on their way. Nothing is random."""

from collections.abc import Callable, Collection
from typing import Annotated

from sqlmodel import Field, Session, col, select

from emulator.engine.clock import Millis
from emulator.storage.columns import OneOf
from emulator.storage.tables import Table

ACTIONS = ("duplicate", "reorder", "drop", "delay", "corrupt_signature", "backdate")


class WebhookDisturbance(Table, table=True):
    """What happens to the deliveries that match; None matches any."""

    __tablename__ = "webhook_disturbance"

    id: int | None = Field(default=None, primary_key=True)
    provider: str | None
    type: str | None
    action: Annotated[str, OneOf(*ACTIONS)]
    delay: Millis = 0
    """How much later a delayed delivery is attempted."""
    age: Millis = 0
    """By how much a backdated delivery is dated before the time of sending."""
    after: int = 0
    """How many matching deliveries go through before it takes effect."""
    times: int | None = None
    """How often it takes effect at most; None for no limit."""
    matched: int = 0
    hits: int = 0

    def fits(self, provider: str, types: Collection[str]) -> bool:
        return self.provider in {None, provider} and (self.type is None or self.type in types)

    @property
    def is_over(self) -> bool:
        return self.times is not None and self.hits >= self.times


def disturbances_of(session: Session) -> list[WebhookDisturbance]:
    """Return all disturbances in the order in which they were set."""
    return list(session.exec(select(WebhookDisturbance).order_by(col(WebhookDisturbance.id))))


def take_disturbance(
    session: Session, provider: str, types: Collection[str], suffers: Callable[[str], bool]
) -> WebhookDisturbance | None:
    """Return the disturbance that takes effect on a delivery, or None, and count the delivery.

    Matching ones that were set before it count the delivery too. One whose action `suffers` refuses does not
    match.
    """
    for disturbance in disturbances_of(session):
        if not disturbance.fits(provider, types) or disturbance.is_over or not suffers(disturbance.action):
            continue
        disturbance.matched += 1
        if disturbance.matched > disturbance.after:
            disturbance.hits += 1
            return disturbance
    return None
