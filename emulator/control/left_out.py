"""Whom a job left out, as the control plane shows it."""

from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from emulator.engine.clock import iso_millis
from emulator.sending.left_out import MOST_NAMED
from emulator.sending.steering import JobKind, JobView


class LeftOutRecipient(BaseModel):
    recipient: str = Field(
        description="The address, or the id at the provider of somebody without one",
        examples=["ann@example.com"],
    )
    reason: str = Field(description="In plain words", examples=["UNSUBSCRIBE in the suppression group News"])
    at: str = Field(description="When that was found, on the sandbox's clock")


class LeftOutList(BaseModel):
    """The recipients who got no message of a job, in all of its launches."""

    total: int
    reasons: dict[str, int] = Field(description="How many, by the reason", examples=[{"the stop list": 2}])
    recipients: list[LeftOutRecipient] = Field(description=f"The first {MOST_NAMED} of them, by time")


def left_out_list(session: Session, kind: JobKind[Any], view: JobView) -> LeftOutList:
    """Return whom a job left out."""
    found = kind.left_out(session, view)
    first = [
        LeftOutRecipient(recipient=one.recipient, reason=one.reason, at=iso_millis(one.at))
        for one in found.first
    ]
    return LeftOutList(total=sum(found.reasons.values()), reasons=dict(found.reasons), recipients=first)
