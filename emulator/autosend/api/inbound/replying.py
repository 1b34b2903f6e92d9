"""Reply to Message."""

import binascii
from base64 import b64decode

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import select

from emulator.autosend.api.inbound.answers import (
    InboundCall,
    InboundEmailNotFound,
    InvalidInboundId,
    MessageId,
    find_message,
)
from emulator.autosend.complaints import INVALID
from emulator.autosend.dialect import Call
from emulator.autosend.domains import limited, sending_domain
from emulator.autosend.inbound import reply_headers, reply_subject
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.sending.mails import Addressee, send
from emulator.autosend.tables.account import Domain, Project, Sender
from emulator.autosend.tables.inbound import InboundMail
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.values import Email, OneLine, Whole, is_email
from emulator.autosend.webhooks import email_id
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/inbound/messages", tags=["Inbound Emails"], route_class=OperationRoute)

ReplyFromRequired = refusal(400, "", "A `from` address is required to reply", name="ReplyFromRequired")
ReplyFromOtherDomain = refusal(
    400,
    "",
    "Reply `from` address must use the same domain that received the message",
    name="ReplyFromOtherDomain",
)

LONGEST_BODY = 4_000_000
MOST_COPIES = 50
MOST_ATTACHMENTS = 20
ANY_FILE = "application/octet-stream"


class ReplyFrom(Body):
    email: str | None = Field(None, max_length=320)
    name: OneLine | None = Field(None, max_length=256)


class Copy(Body):
    email: Email
    name: OneLine | None = Field(None, max_length=256)


class ReplyAttachment(Body):
    file_name: OneLine = Field(min_length=1, max_length=256)
    file_url: str | None = Field(None, max_length=2000)
    content: str | None = Field(None, description="Base64")
    content_type: OneLine | None = Field(None, max_length=200)
    file_size: Whole | None = Field(None, ge=1, le=1_000_000_000)
    content_id: OneLine | None = Field(None, max_length=128)
    description: OneLine | None = Field(None, max_length=256)


class ReplyToMessage(Body):
    sender: ReplyFrom | None = Field(None, alias="from")
    subject: OneLine | None = Field(None, min_length=1, max_length=998)
    html: str | None = Field(None, max_length=LONGEST_BODY)
    text: str | None = Field(None, max_length=LONGEST_BODY)
    cc: list[Copy] = Field([], max_length=MOST_COPIES)
    bcc: list[Copy] = Field([], max_length=MOST_COPIES)
    attachments: list[ReplyAttachment] = Field([], max_length=MOST_ATTACHMENTS)

    @property
    def from_email(self) -> str:
        return (self.sender.email if self.sender else None) or ""


class ReplyQueued(Model):
    email_id: str
    message: str = "Email queued successfully."
    status: str = "QUEUED"
    total_recipients: int


@router.post(
    "/{id}/reply",
    status_code=202,
    responses=refuses(
        ValidationFailed, InvalidInboundId, InboundEmailNotFound, ReplyFromRequired, ReplyFromOtherDomain
    ),
)
async def reply_to_message(
    call: InboundCall, message_id: MessageId, body: ReplyToMessage
) -> MessageReply[ReplyQueued]:
    """Queue a reply to a message, in the message's thread.

    https://docs.autosend.com/api-reference/inbound-emails/reply-to-message
    """
    _check_reply(body)
    mail = find_message(call, message_id)
    domain = sending_domain(call.db, call.project_id, body.from_email)
    _check_from(call, mail, body.from_email, domain)
    addressees = [
        *_answered(mail),
        *(Addressee(one.email, one.name or "", "cc") for one in body.cc),
        *(Addressee(one.email, one.name or "", "bcc") for one in body.bcc),
    ]
    files = [_read(file, place) for place, file in enumerate(body.attachments)]
    queued = send(call.turn, _reply(call, mail, body, domain), addressees, attachments=files)
    answer = ReplyQueued(email_id=email_id(queued.first_id), total_recipients=len(addressees))
    return MessageReply(message="Reply queued", data=answer)


def _check_reply(body: ReplyToMessage) -> None:
    if not body.from_email:
        raise ReplyFromRequired
    if not is_email(body.from_email):
        raise ValidationFailed(("from.email", "Invalid email format"))
    if not body.html and not body.text:
        raise ValidationFailed(("html", "Either html or text is required"))


def _check_from(call: Call, mail: InboundMail, sender: str, domain: Domain | None) -> None:
    """Raise ReplyFromOtherDomain unless `sender` is at the domain that received the mail, and can send."""
    project = call.db.get_one(Project, call.project_id)
    may_send = domain is not None or mail.domain_name == project.inbound_domain
    if sender.rpartition("@")[2].lower() != mail.domain_name or not may_send:
        raise ReplyFromOtherDomain


def _answered(mail: InboundMail) -> list[Addressee]:
    """Return the addressees of a reply to a mail. Raises InboundEmailNotFound if none is a valid address."""
    named = mail.reply_to or [mail.sender]
    usable = [Addressee(one["email"], one["name"] or "") for one in named if is_email(one["email"])]
    if not usable:
        raise InboundEmailNotFound
    return usable[:MOST_COPIES]


def _reply(call: Call, mail: InboundMail, body: ReplyToMessage, domain: Domain | None) -> Mail:
    project = call.db.get_one(Project, call.project_id)
    return Mail(
        job_id=0,
        project_id=project.id,
        from_email=body.from_email.lower(),
        from_name=(body.sender.name if body.sender else None) or _sender_name(call, project),
        subject=body.subject or reply_subject(mail),
        html=body.html or "",
        text=body.text or "",
        headers=reply_headers(mail),
        new_domain_id=limited(domain, call.now),
        is_literal=True,
        tracking_open=project.tracking_open,
        tracking_click=project.tracking_click,
    )


def _sender_name(call: Call, project: Project) -> str:
    """Return the name of the project's first sender, or the project's own name."""
    first = select(Sender).where(Sender.project_id == project.id).order_by(insertion_order(Sender))
    sender = call.db.exec(first).first()
    return sender.name if sender else project.name


def _read(file: ReplyAttachment, place: int) -> Attachment:
    """Return the row for an attachment that a client sent. Raises ValidationFailed."""
    if (file.content is None) == (file.file_url is None):
        raise ValidationFailed((f"attachments.{place}", "Either fileUrl or content is required"))
    try:
        content = None if file.content is None else b64decode("".join(file.content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValidationFailed((f"attachments.{place}.content", INVALID)) from None
    return Attachment(
        job_id=0,
        file_name=file.file_name,
        content_type=file.content_type or ANY_FILE,
        description=file.description or "",
        content=content,
        url=file.file_url,
    )
