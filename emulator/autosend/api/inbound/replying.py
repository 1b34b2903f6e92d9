"""Reply to Message."""

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from emulator.autosend.api.inbound.answers import (
    InboundCall,
    InboundEmailNotFound,
    InvalidInboundId,
    MessageId,
    find_message,
)
from emulator.autosend.dialect import Call
from emulator.autosend.domains import limited, sending_domain
from emulator.autosend.inbound import reply_headers, reply_subject
from emulator.autosend.letters import (
    MOST_ATTACHMENTS,
    Address,
    AddressObject,
    AttachedFile,
    MaybeHtml,
    attachments,
)
from emulator.autosend.models import Body, MessageReply, Model
from emulator.autosend.refusals import SenderDomainNotVerified, ValidationFailed, refusal
from emulator.autosend.sending.campaign_mails import default_sender
from emulator.autosend.sending.mails import Addressee, copies_to, send, with_copies
from emulator.autosend.tables.account import Domain, Project, tracking_of
from emulator.autosend.tables.inbound import InboundMail
from emulator.autosend.tables.mails import Mail
from emulator.autosend.values import OneLine, Subject, Whole, is_email
from emulator.autosend.webhooks import email_id
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/inbound/messages", tags=["Inbound Emails"], route_class=OperationRoute)

ReplyFromRequired = refusal(400, "", "A `from` address is required to reply", name="ReplyFromRequired")
ReplyFromOtherDomain = refusal(
    400,
    "",
    "Reply `from` address must use the same domain that received the message",
    name="ReplyFromOtherDomain",
)

MOST_COPIES = 50


class ReplyFrom(AddressObject):
    model_config = ConfigDict(json_schema_extra={"required": ["email"]})

    email: str | None = Field(None, max_length=320)
    name: OneLine | None = Field(None, max_length=256)


class ReplyAttachment(AttachedFile):
    file_size: Whole | None = Field(None, ge=1, le=1_000_000_000)
    content_id: OneLine | None = Field(None, max_length=128)


class ReplyToMessage(Body):
    model_config = ConfigDict(json_schema_extra={"required": ["from"]})

    sender: ReplyFrom | None = Field(None, alias="from")
    subject: Subject | None = None
    html: MaybeHtml = None
    text: MaybeHtml = None
    cc: list[Address] = Field([], max_length=MOST_COPIES)
    bcc: list[Address] = Field([], max_length=MOST_COPIES)
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
        ValidationFailed,
        InvalidInboundId,
        InboundEmailNotFound,
        ReplyFromRequired,
        ReplyFromOtherDomain,
        SenderDomainNotVerified,
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
    addressees = with_copies([*_answered(mail), *copies_to(body.cc, body.bcc)])
    files = attachments(body.attachments)
    for file, wanted in zip(files, body.attachments, strict=True):
        file.content_id = (wanted.content_id or "").strip("<> ")
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
    """Raise ReplyFromOtherDomain unless `sender` is at the domain that received the mail.

    Raises SenderDomainNotVerified unless that domain is verified, or is the project's own receiving domain.
    """
    if sender.rpartition("@")[2].lower() != mail.domain_name:
        raise ReplyFromOtherDomain
    own = call.db.get_one(Project, call.project_id).inbound_domain
    if domain is None and mail.domain_name != own:
        raise SenderDomainNotVerified


def _answered(mail: InboundMail) -> list[Addressee]:
    """Return the addressees of a reply: `Reply-To`, else the sender. Raises InboundEmailNotFound for none."""
    named = mail.reply_to or [mail.sender]
    usable = [Addressee(one["email"], one["name"] or "") for one in named if is_email(one["email"])]
    if not usable:
        raise InboundEmailNotFound
    return usable[:MOST_COPIES]


def _reply(call: Call, mail: InboundMail, body: ReplyToMessage, domain: Domain | None) -> Mail:
    project, usual = call.db.get_one(Project, call.project_id), default_sender(call.db, call.project_id)
    return Mail(
        job_id=0,
        project_id=project.id,
        from_email=body.from_email.lower(),
        from_name=(body.sender and body.sender.name) or (usual.name if usual else project.name),
        subject=body.subject or reply_subject(mail),
        html=body.html or "",
        text=body.text or "",
        headers=reply_headers(mail),
        new_domain_id=limited(domain, call.now),
        is_literal=True,
        **tracking_of(project),
    )
