"""Get Raw MIME."""

from fastapi import APIRouter

from emulator.autosend.api.inbound.finding import (
    InboundCall,
    InboundEmailNotFound,
    InvalidRawMimeId,
    MessageId,
    find_message,
    link,
)
from emulator.autosend.inbound import RawMimeNotAvailable, source_of
from emulator.autosend.models import Model, Reply
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/inbound/messages", tags=["Inbound Emails"], route_class=OperationRoute)

LASTS = 300
"""Seconds that the link can be followed."""


class SourceAnswer(Model):
    url: str
    expiresIn: int


@router.get("/{id}/raw", responses=refuses(InvalidRawMimeId, InboundEmailNotFound, RawMimeNotAvailable))
async def get_raw_mime(call: InboundCall, message_id: MessageId) -> Reply[SourceAnswer]:
    """Answer where a message can be fetched as it came.

    https://docs.autosend.com/api-reference/inbound-emails/get-raw-mime
    """
    mail = find_message(call, message_id, InvalidRawMimeId)
    source_of(call.db, mail, call.now)
    return Reply(data=SourceAnswer(url=link(call, f"message/{mail.id}", LASTS), expiresIn=LASTS))
