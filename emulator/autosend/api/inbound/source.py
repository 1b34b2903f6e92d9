"""Get Raw MIME."""

from emulator.autosend.api.inbound.finding import PREFIX, TITLE, MessageId, find_message, link
from emulator.autosend.errors.inbound import InboundEmailNotFound, InvalidRawMimeId, RawMimeNotAvailable
from emulator.autosend.inbound import source_of
from emulator.autosend.wire import Call, Reply
from emulator.core.model import Model
from emulator.core.section import Section

section = Section(TITLE, PREFIX)

LASTS = 300
"""Seconds that the link can be followed."""


class SourceAnswer(Model):
    url: str
    expiresIn: int


@section.get("/{id}/raw", InvalidRawMimeId, InboundEmailNotFound, RawMimeNotAvailable)
async def get_raw_mime(call: Call, id: MessageId) -> Reply[SourceAnswer]:  # noqa: A002 -- AutoSend's name
    """Answer where a message can be fetched as it came.

    https://docs.autosend.com/api-reference/inbound-emails/get-raw-mime
    """
    mail = find_message(call, id, InvalidRawMimeId)
    source_of(call.db, mail, call.now)
    return Reply(data=SourceAnswer(url=link(call, f"message/{mail.id}", LASTS), expiresIn=LASTS))
