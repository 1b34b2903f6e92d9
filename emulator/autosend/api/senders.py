"""Senders: addresses that mails may come from.

https://docs.autosend.com/api-reference/senders
"""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import col, select

from emulator.autosend.domains import sending_domain
from emulator.autosend.errors import ValidationFailed
from emulator.autosend.errors.senders import (
    SenderAlreadyExists,
    SenderInUse,
    SenderNotFound,
    VerifiedDomainRequired,
)
from emulator.autosend.letters import OptionalEmail
from emulator.autosend.models import Model
from emulator.autosend.tables.account import Sender
from emulator.autosend.tables.mails import Template
from emulator.autosend.wire import Body, Call, Done, Email, MessageReply, Reply
from emulator.gateway.route import OperationRoute, refusals
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/senders", tags=["Senders"], route_class=OperationRoute)

SenderId = Annotated[str, Path(alias="senderId", description="Sender id, 24 hex digits.")]


class SenderAnswer(Model):
    id: str
    email: str
    name: str
    replyTo: str


def _answer(sender: Sender) -> SenderAnswer:
    return SenderAnswer(id=sender.id, email=sender.email, name=sender.name, replyTo=sender.reply_to)


def _find(call: Call, sender_id: str) -> Sender:
    sender = call.db.get(Sender, sender_id)
    if sender is None or sender.project_id != call.project_id:
        raise SenderNotFound
    return sender


class Senders(Model):
    senders: list[SenderAnswer]


@router.get("")
async def list_senders(call: Call) -> Reply[Senders]:
    """Answer all senders of the project, as they were made.

    https://docs.autosend.com/api-reference/senders/list
    """
    rows = call.db.exec(
        select(Sender).where(Sender.project_id == call.project_id).order_by(insertion_order(Sender))
    )
    return Reply(data=Senders(senders=[_answer(row) for row in rows]))


@router.get("/{senderId}", responses=refusals(SenderNotFound))
async def get_sender(call: Call, sender_id: SenderId) -> Reply[SenderAnswer]:
    """Answer one sender.

    https://docs.autosend.com/api-reference/senders/get
    """
    return Reply(data=_answer(_find(call, sender_id)))


class CreateSender(Body):
    email: Email
    name: str | None = Field(None, max_length=200)
    replyTo: OptionalEmail = None


class CreatedSender(Model):
    sender: SenderAnswer
    projectId: str


@router.post("", responses=refusals(ValidationFailed, VerifiedDomainRequired, SenderAlreadyExists))
async def create_sender(call: Call, body: CreateSender) -> MessageReply[CreatedSender]:
    """Add an address on a verified domain.

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
        reply_to=body.replyTo or "",
    )
    call.db.add(sender)
    created = CreatedSender(sender=_answer(sender), projectId=sender.project_id)
    return MessageReply(data=created, message="Authenticated sender added successfully")


@router.delete("/{senderId}", responses=refusals(SenderNotFound, SenderInUse))
async def delete_sender(call: Call, sender_id: SenderId) -> Done:
    """Delete a sender that no template uses.

    https://docs.autosend.com/api-reference/senders/delete
    """
    sender = _find(call, sender_id)
    using = select(Template.id).where(Template.sender_id == sender.id, col(Template.deleted_at).is_(None))
    if call.db.exec(using).first() is not None:
        raise SenderInUse
    call.db.delete(sender)
    return Done(message="Authenticated sender deleted successfully")
