"""The parts that operations on received messages share: finding a message, and links to its content."""

from typing import Annotated

from fastapi import Path

from emulator.autosend.dialect import BIG_BODY, Call, Policy
from emulator.autosend.listing import find
from emulator.autosend.refusals import AutoSendError, InvalidApiKey, refusal
from emulator.autosend.tables.inbound import InboundMail
from emulator.autosend.values import ID
from emulator.engine.clock import SECOND
from emulator.gateway.origin import origin_of
from emulator.sandbox.links import make_link

InvalidInboundId = refusal(400, "", "Invalid value", name="InvalidInboundId")
# InvalidInboundId, in the form that the page of the raw message shows.
InvalidRawMimeId = refusal(400, "", "Invalid value", form="list", path="id", name="InvalidRawMimeId")
InboundEmailNotFound = refusal(404, "", "Inbound email not found", name="InboundEmailNotFound")

InboundCall = Annotated[Call, Policy(body_limit=BIG_BODY, unknown_key=InvalidApiKey, has_addresses=True)]
MessageId = Annotated[str, Path(alias="id", description="Message id, 24 hex digits.")]


def find_message(call: Call, mail_id: str, malformed: type[AutoSendError] = InvalidInboundId) -> InboundMail:
    """Return the project's message with this id.

    Raises `malformed` for a value without the form of an id, and InboundEmailNotFound for an unknown id.
    """
    if not ID.fullmatch(mail_id):
        raise malformed
    return find(call, InboundMail, mail_id, InboundEmailNotFound)


def link(call: Call, path: str, seconds: int) -> str:
    """Return a signed address that works without a key for a number of seconds."""
    expires = call.now + seconds * SECOND
    return make_link(call.db, origin_of(call), "autosend", path, expires)
