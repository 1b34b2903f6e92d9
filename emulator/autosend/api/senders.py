"""Senders: addresses that mails can be sent from.

https://docs.autosend.com/api-reference/senders
"""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import select

from emulator.autosend.dialect import Call
from emulator.autosend.domains import sending_domain
from emulator.autosend.letters import OptionalEmail
from emulator.autosend.limits import SenderName
from emulator.autosend.listing import find
from emulator.autosend.models import Body, Done, MessageReply, Model, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.removal import users_of
from emulator.autosend.tables.account import Sender
from emulator.autosend.values import Email
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/senders", tags=["Senders"], route_class=OperationRoute)

VerifiedDomainRequired = refusal(
    400,
    "",
    "A verified domain is required before adding an authenticated sender",
    form="text",
    name="VerifiedDomainRequired",
)
SenderAlreadyExists = refusal(
    409, "", "An authenticated sender with this email already exists", form="text", name="SenderAlreadyExists"
)
SenderInUse = refusal(
    400,
    "AUTHENTICATED_SENDER_IN_USE",
    "Cannot delete authenticated sender as it is used in templates",
    form="status",
    name="SenderInUse",
)
SenderNotFound = refusal(
    404,
    "AUTHENTICATED_SENDER_NOT_FOUND",
    "Authenticated sender not found",
    form="status",
    name="SenderNotFound",
)

SenderId = Annotated[str, Path(alias="senderId", description="Sender id, 24 hex digits.")]


class SenderAnswer(Model):
    id: str
    email: str
    name: str
    reply_to: str


class Senders(Model):
    senders: list[SenderAnswer]


@router.get("")
async def list_senders(call: Call) -> Reply[Senders]:
    """Return all senders of the project, the oldest first.

    https://docs.autosend.com/api-reference/senders/list
    """
    rows = call.db.exec(
        select(Sender).where(Sender.project_id == call.project_id).order_by(insertion_order(Sender))
    )
    return Reply(data=Senders(senders=[SenderAnswer.of(row) for row in rows]))


@router.get("/{senderId}", responses=refuses(SenderNotFound))
async def get_sender(call: Call, sender_id: SenderId) -> Reply[SenderAnswer]:
    """Return one sender.

    https://docs.autosend.com/api-reference/senders/get
    """
    return Reply(data=SenderAnswer.of(find(call, Sender, sender_id, SenderNotFound)))


class CreateSender(Body):
    email: Email
    name: SenderName | None = None
    reply_to: OptionalEmail = None


class CreatedSender(Model):
    sender: SenderAnswer
    project_id: str


@router.post("", responses=refuses(ValidationFailed, VerifiedDomainRequired, SenderAlreadyExists))
async def create_sender(call: Call, body: CreateSender) -> MessageReply[CreatedSender]:
    """Add an address at a verified domain.

    https://docs.autosend.com/api-reference/senders/create
    """
    if sending_domain(call.db, call.project_id, body.email) is None:
        raise VerifiedDomainRequired
    same = select(Sender.id).where(Sender.project_id == call.project_id, Sender.email == body.email)
    if call.db.exec(same).first() is not None:
        raise SenderAlreadyExists
    sender = Sender(
        id=call.turn.ids.hex("autosend.sender"),
        project_id=call.project_id,
        email=body.email,
        name=body.name or "",
        reply_to=body.reply_to or "",
    )
    call.db.add(sender)
    created = CreatedSender(sender=SenderAnswer.of(sender), project_id=sender.project_id)
    return MessageReply(data=created, message="Authenticated sender added successfully")


@router.delete("/{senderId}", responses=refuses(SenderNotFound, SenderInUse))
async def delete_sender(call: Call, sender_id: SenderId) -> Done:
    """Delete a sender that no template and no active campaign or automation uses.

    https://docs.autosend.com/api-reference/senders/delete
    """
    sender = find(call, Sender, sender_id, SenderNotFound)
    using = users_of(call.db, sender)
    if using is not None:
        raise SenderInUse(text=f"Cannot delete authenticated sender as it is used in {using}")
    call.db.delete(sender)
    return Done(message="Authenticated sender deleted successfully")
