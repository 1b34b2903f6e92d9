"""Mails: send one, send many, and what became of one.

https://docs.autosend.com/api-reference/mails
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BeforeValidator, Field
from sqlmodel import Session

from emulator.autosend.dialect import BIG_BODY, Call, Policy
from emulator.autosend.domains import limited, sending_domain
from emulator.autosend.letters import (
    MAX_SUBJECT,
    MOST_ATTACHMENTS,
    MOST_RECIPIENTS,
    UNVERIFIED_SENDER,
    Address,
    Addresses,
    AttachedFile,
    Html,
    attachments,
    formatted,
    header_complaints,
)
from emulator.autosend.models import Body, Model, Reply
from emulator.autosend.refusals import NotFound, ValidationFailed, refusal
from emulator.autosend.rendering import check_templates, rendered_subject
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.sending.mails import Addressee, Queued, send
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.mails import Mail, Recipient, Template
from emulator.autosend.templates import find_template
from emulator.autosend.values import Id, Moment, instant, is_email
from emulator.autosend.webhooks import email_id, is_tracked, message_id
from emulator.gateway.route import OperationRoute, refuses
from emulator.sending.jobs import Job
from emulator.sending.mailbox import history_of
from emulator.sending.messages import Message

router = APIRouter(prefix="/v1/mails", tags=["Emails"], route_class=OperationRoute)

# In the form of the troubleshooting guide, which names no HTTP status: 400 is inferred.
SentTemplateNotFound = refusal(
    400,
    "TEMPLATE_NOT_FOUND",
    "Template not found",
    form="flat",
    inferred="status",
    name="SentTemplateNotFound",
)

MailCall = Annotated[Call, Policy(body_limit=BIG_BODY)]

MOST_BULK_RECIPIENTS = 100


class MailContent(Body):
    """What single mails and batches have in common; empty texts count as not given.

    From `categories` on, of withdrawn pages.
    """

    from_: Address = Field(alias="from")
    subject: str | None = Field(None, max_length=MAX_SUBJECT)
    html: Html | None = None
    text: Html | None = None
    templateId: Id | None = None
    dynamicData: dict[str, Any] | None = None
    replyTo: Address | None = None
    unsubscribeGroupId: Id | None = None
    trackingClick: bool | None = None
    trackingOpen: bool | None = None
    headers: dict[str, str] | None = None
    attachments: list[AttachedFile] | None = Field(None, max_length=MOST_ATTACHMENTS)
    bypassSuppressions: bool | None = None
    categories: list[str] | None = Field(None, max_length=100)
    scheduledAt: Moment | None = None
    campaignName: str | None = Field(None, max_length=200)
    test: bool = False


def _only(value: Any) -> Any:
    """Take a list of one address for the address, as the Node SDK's types allow."""
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        raise ValueError("One recipient only; several go to /mails/bulk")
    return value[0]


class SendEmail(MailContent):
    to: Annotated[Address, BeforeValidator(_only)]
    cc: Addresses | None = None
    bcc: Addresses | None = None


class QueuedEmail(Model):
    emailId: str
    message: str
    totalRecipients: int


@router.post("/send", responses=refuses(ValidationFailed, SentTemplateNotFound))
async def send_email(call: MailCall, body: SendEmail) -> Reply[QueuedEmail]:
    """Queue one mail to one recipient, with copies; each address is tracked on its own.

    https://docs.autosend.com/api-reference/mails/send
    """
    addressees = _addressees(body.to, body.cc, body.bcc)
    _check_number("to", addressees)
    mail = _mail(call, body)
    queued = _queued(call, body, mail, addressees)
    return Reply(
        data=QueuedEmail(
            emailId=email_id(queued.first_id),
            message="Email queued successfully.",
            totalRecipients=len(addressees),
        )
    )


def _queued(call: Call, body: MailContent, mail: Mail, addressees: Sequence[Addressee]) -> Queued:
    return send(
        call.turn,
        mail,
        addressees,
        attachments=attachments(body.attachments or ()),
        at=body.scheduledAt,
    )


class BulkRecipient(Body):
    email: str = Field(max_length=1000, description="One that is no address is counted as failed.")
    name: str | None = Field(None, max_length=256)
    dynamicData: dict[str, Any] | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None


class SendBulk(MailContent):
    recipients: list[BulkRecipient] = Field(min_length=1, max_length=MOST_BULK_RECIPIENTS)


class QueuedBatch(Model):
    batchId: str
    totalRecipients: int
    successCount: int
    failedCount: int


@router.post("/bulk", responses=refuses(ValidationFailed, SentTemplateNotFound))
async def send_bulk_email(call: MailCall, body: SendBulk) -> Reply[QueuedBatch]:
    """Queue the same mail for up to 100 recipients, with variables for each; who is suppressed has failed.

    https://docs.autosend.com/api-reference/mails/bulk
    """
    mail = _mail(call, body)
    mail.batch_id = str(UUID(hex=call.turn.ids.hex("autosend.batch", 32), version=4))
    addressees = _batch(body.recipients)
    queued = _queued(call, body, mail, addressees)
    reached = sum(
        one.role == "to" and not kept_back
        for one, kept_back in zip(addressees, queued.suppressed, strict=True)
    )
    total = len(body.recipients)
    return Reply(
        data=QueuedBatch(
            batchId=mail.batch_id, totalRecipients=total, successCount=reached, failedCount=total - reached
        )
    )


def _batch(recipients: Sequence[BulkRecipient]) -> list[Addressee]:
    """Answer whom a batch goes to: everybody whose address is one."""
    found = []
    for place, one in enumerate(recipients):
        email = one.email.lower()
        if is_email(email):
            address = Address(email=email, name=one.name)
            group = _addressees(address, one.cc, one.bcc, one.dynamicData)
            _check_number(f"recipients.{place}", group)
            found += group
    return found


def _addressees(
    to: Address,
    cc: Sequence[Address] | None,
    bcc: Sequence[Address] | None,
    data: dict[str, Any] | None = None,
) -> list[Addressee]:
    copies = [("cc", one) for one in cc or ()] + [("bcc", one) for one in bcc or ()]
    return [
        Addressee(to.email, to.name or "", data=data or {}),
        *(Addressee(one.email, one.name or "", role, data or {}, follows=True) for role, one in copies),
    ]


def _check_number(field: str, addressees: Sequence[Addressee]) -> None:
    if len(addressees) > MOST_RECIPIENTS:
        raise ValidationFailed((field, f"At most {MOST_RECIPIENTS} recipients in to, cc and bcc together"))


def _mail(call: Call, body: MailContent) -> Mail:
    """Make the mail of what the client sent. Raises ValidationFailed for all that is wrong with it."""
    template = _template(call, body.templateId)
    project = call.db.get_one(Project, call.project_id)
    domain = sending_domain(call.db, project.id, body.from_.email)
    mail = Mail(
        job_id=0,
        project_id=project.id,
        template_id=template.id if template else None,
        is_marketing=template is not None and template.type == "marketing",
        from_email=body.from_.email,
        from_name=body.from_.name or "",
        reply_to=formatted(body.replyTo.email, body.replyTo.name) if body.replyTo else "",
        subject=body.subject or (template.subject if template else ""),
        preview_text=template.preview_text if template else "",
        html=body.html or (template.html if template else ""),
        text=body.text or (template.text if template else ""),
        data=body.dynamicData or {},
        headers=body.headers or {},
        unsubscribe_group=body.unsubscribeGroupId,
        bypasses_suppressions=bool(body.bypassSuppressions),
        tracking_open=project.tracking_open if body.trackingOpen is None else body.trackingOpen,
        tracking_click=project.tracking_click if body.trackingClick is None else body.trackingClick,
        is_test=body.test,
        new_domain_id=limited(domain, call.now),
        categories=body.categories or [],
        campaign_name=body.campaignName,
    )
    parts = ("subject", mail.subject), ("html", mail.html), ("text", mail.text)
    complaints = [] if domain else [UNVERIFIED_SENDER]
    complaints += [*_complaints(call, body, mail), *check_templates(*parts)]
    if complaints:
        raise ValidationFailed(*complaints)
    return mail


def _template(call: Call, template_id: str | None) -> Template | None:
    if template_id is None:
        return None
    template = find_template(call.db, call.project_id, template_id)
    if template is None:
        raise SentTemplateNotFound
    return template


def _complaints(call: Call, body: MailContent, mail: Mail) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if body.templateId is None and not body.html and not body.text:
        found.append(("html", "Either templateId, or html or text is required"))
    if not mail.subject:
        found.append(("subject", "Subject is required without a templateId"))
    group = body.unsubscribeGroupId
    if group is not None and find_group(call.db, call.project_id, group) is None:
        found.append(("unsubscribeGroupId", "Suppression group not found"))
    return found + list(header_complaints(mail.headers))


class Party(Model):
    email: str
    name: str


class EmailStatus(Model):
    id: str
    projectId: str
    status: str
    subject: str
    recipient: Party
    sender: Party
    sentAt: str | None
    deliveredAt: str | None
    openedAt: str | None
    clickedAt: str | None
    bouncedAt: str | None


@router.get("/{id}/status", responses=refuses(NotFound))
async def get_email_status(
    call: MailCall,
    email_id: Annotated[str, Path(alias="id", description="The `emailId` of the answer when it was sent.")],
) -> Reply[EmailStatus]:
    """Answer what became of a mail so far.

    https://docs.autosend.com/api-reference/mails/status
    """
    number = message_id(email_id)
    message = call.db.get(Message, number, populate_existing=True) if number is not None else None
    mail = call.db.get(Mail, message.job_id) if message else None
    if message is None or mail is None or mail.project_id != call.project_id:
        raise NotFound
    return Reply(data=_status(call.db, mail, message))


def _status(session: Session, mail: Mail, message: Message) -> EmailStatus:
    heard = [one for one in history_of(session, message) if is_tracked(mail, one.status)]
    first = {one.status: one.at for one in reversed(heard)}
    recipient = session.get(Recipient, message.id)
    job = session.get_one(Job, message.job_id)
    return EmailStatus(
        id=email_id(message.id),
        projectId=mail.project_id,
        status=heard[-1].status if heard else MAILS.shown_status(job.state, message.status),
        subject=rendered_subject(session, mail, message),
        recipient=Party(email=message.recipient, name=recipient.name if recipient else ""),
        sender=Party(email=mail.from_email, name=mail.from_name),
        sentAt=instant(first.get("sent")),
        deliveredAt=instant(first.get("delivered")),
        openedAt=instant(first.get("opened")),
        clickedAt=instant(first.get("clicked")),
        bouncedAt=instant(first.get("bounced")),
    )
