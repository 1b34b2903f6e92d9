"""Emails: send one or many, and get the status of one.

https://docs.autosend.com/api-reference/mails
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BeforeValidator, Field

from emulator.autosend import templates
from emulator.autosend.dialect import BIG_BODY, Call, Policy
from emulator.autosend.domains import limited, sending_domain
from emulator.autosend.letters import (
    MOST_ATTACHMENTS,
    MOST_RECIPIENTS,
    Address,
    Addresses,
    AttachedFile,
    MaybeHtml,
    attachments,
    header_complaints,
)
from emulator.autosend.models import Body, Model, Reply
from emulator.autosend.refusals import NotFound, SenderDomainNotVerified, ValidationFailed, refusal
from emulator.autosend.rendering import check_mail, rendered_subject
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.sending.mails import Addressee, copies_to, send, with_copies
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.mails import Mail, Recipient
from emulator.autosend.values import MaybeId, MaybeInstant, MaybeSubject, Moment, OneLine, is_email
from emulator.autosend.webhooks import email_id, is_tracked, message_id
from emulator.gateway.route import OperationRoute, refuses
from emulator.sending.headers import formatted
from emulator.sending.job_table import Job
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

MailCall = Annotated[Call, Policy(body_limit=BIG_BODY, has_addresses=True)]

MOST_BULK_RECIPIENTS = 100


class MailContent(Body):
    """The fields that single mails and batches share. Texts of blanks alone count as not given.

    The fields from `categories` on are documented on withdrawn pages.
    """

    from_: Address = Field(alias="from")
    subject: MaybeSubject = None
    html: MaybeHtml = None
    text: MaybeHtml = None
    template_id: MaybeId = None
    dynamic_data: dict[str, Any] | None = None
    reply_to: Address | None = None
    unsubscribe_group_id: MaybeId = None
    tracking_click: bool | None = None
    tracking_open: bool | None = None
    headers: dict[str, str] | None = None
    attachments: list[AttachedFile] | None = Field(None, max_length=MOST_ATTACHMENTS)
    bypass_suppressions: bool | None = None
    categories: list[str] | None = Field(None, max_length=100)
    scheduled_at: Moment | None = None
    campaign_name: str | None = Field(None, max_length=200)
    test: bool = False


def _single(value: Any) -> Any:
    """Return the address in a list of one: the types of the Node SDK allow such lists."""
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        raise ValueError("must be an object with email")
    return value[0]


class SendEmail(MailContent):
    to: Annotated[Address, BeforeValidator(_single)]
    cc: Addresses | None = None
    bcc: Addresses | None = None


class QueuedEmail(Model):
    email_id: str
    message: str
    total_recipients: int


@router.post("/send", responses=refuses(ValidationFailed, SenderDomainNotVerified, SentTemplateNotFound))
async def send_email(call: MailCall, body: SendEmail) -> Reply[QueuedEmail]:
    """Queue one mail to one recipient, with copies. Each address has a status of its own.

    https://docs.autosend.com/api-reference/mails/send
    """
    addressees = _addressees("to", body.to, body.cc, body.bcc)
    mail = _mail(call, body, [{}])
    files = attachments(body.attachments or ())
    sent = send(call.turn, mail, addressees, attachments=files, at=body.scheduled_at)
    queued = QueuedEmail(
        email_id=email_id(sent.first_id),
        message="Email queued successfully.",
        total_recipients=len(addressees),
    )
    return Reply(data=queued)


class BulkRecipient(Body):
    email: str = Field(max_length=1000, description="A text that is no address counts as failed.")
    name: OneLine | None = Field(None, max_length=256)
    dynamic_data: dict[str, Any] | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None


class SendBulk(MailContent):
    recipients: list[BulkRecipient] = Field(min_length=1, max_length=MOST_BULK_RECIPIENTS)


class QueuedBatch(Model):
    batch_id: str
    total_recipients: int
    success_count: int
    failed_count: int


@router.post("/bulk", responses=refuses(ValidationFailed, SenderDomainNotVerified, SentTemplateNotFound))
async def send_bulk_email(call: MailCall, body: SendBulk) -> Reply[QueuedBatch]:
    """Queue a mail to up to 100 recipients, with variables for each. Suppressed recipients count as failed.

    https://docs.autosend.com/api-reference/mails/bulk
    """
    mail = _mail(call, body, [one.dynamic_data or {} for one in body.recipients])
    mail.batch_id = str(UUID(hex=call.turn.ids.hex("autosend.batch", 32), version=4))
    addressees = _batch(body.recipients)
    files = attachments(body.attachments or ())
    sent = send(call.turn, mail, addressees, attachments=files, at=body.scheduled_at)
    with_results = zip(addressees, sent.suppressed, strict=True)
    success_count = sum(one.role == "to" and not is_suppressed for one, is_suppressed in with_results)
    queued = QueuedBatch(
        batch_id=mail.batch_id,
        total_recipients=len(body.recipients),
        success_count=success_count,
        failed_count=len(body.recipients) - success_count,
    )
    return Reply(data=queued)


def _batch(recipients: Sequence[BulkRecipient]) -> list[Addressee]:
    """Return all addressees of a batch; recipients with an invalid address are left out."""
    found = []
    for place, one in enumerate(recipients):
        email = one.email.lower()
        if is_email(email):
            to = Address(email=email, name=one.name)
            found += _addressees(f"recipients.{place}", to, one.cc, one.bcc, one.dynamic_data)
    return found


def _addressees(
    field: str,
    to: Address,
    cc: Sequence[Address] | None,
    bcc: Sequence[Address] | None,
    data: dict[str, Any] | None = None,
) -> list[Addressee]:
    """Return a recipient and those of its copies. Raises ValidationFailed for too many."""
    found = [Addressee(to.email, to.name or "", data=data or {}), *copies_to(cc, bcc)]
    if len(found) > MOST_RECIPIENTS:
        raise ValidationFailed((field, f"to, cc and bcc must contain at most {MOST_RECIPIENTS} items"))
    return with_copies(found)


def _mail(call: Call, body: MailContent, own_data: Sequence[Mapping[str, Any]]) -> Mail:
    """Return the mail that a request describes; `own_data` holds the values of each recipient.

    Raises ValidationFailed with all errors in it, SentTemplateNotFound for an unknown template and
    SenderDomainNotVerified.
    """
    template = None
    if body.template_id is not None:
        template = templates.template_or(SentTemplateNotFound, call.db, call.project_id, body.template_id)
    project = call.db.get_one(Project, call.project_id)
    domain = sending_domain(call.db, project.id, body.from_.email)
    mail = Mail(
        job_id=0,
        project_id=project.id,
        template_id=template.id if template else None,
        is_marketing=template is not None and template.type == "marketing",
        from_email=body.from_.email,
        from_name=body.from_.name or "",
        reply_to=formatted(body.reply_to.email, body.reply_to.name) if body.reply_to else "",
        subject=body.subject or (template.subject if template else ""),
        preview_text=template.preview_text if template else "",
        html=body.html or (template.html if template else ""),
        text=body.text or (templates.text_of(template) if template and not body.html else ""),
        data=body.dynamic_data or {},
        headers=body.headers or {},
        unsubscribe_group=body.unsubscribe_group_id,
        bypasses_suppressions=bool(body.bypass_suppressions),
        tracking_open=project.tracking_open if body.tracking_open is None else body.tracking_open,
        tracking_click=project.tracking_click if body.tracking_click is None else body.tracking_click,
        is_test=body.test,
        new_domain_id=limited(domain, call.now),
        categories=body.categories or [],
        campaign_name=body.campaign_name,
    )
    complaints = [*_complaints(call, body, mail), *_unreadable(body, mail, own_data)]
    if complaints:
        raise ValidationFailed(*complaints)
    if domain is None:
        raise SenderDomainNotVerified
    return mail


def _complaints(call: Call, body: MailContent, mail: Mail) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not (mail.html.strip() or mail.text.strip()):
        found.append(("html", "Either templateId, or html or text is required"))
    if not mail.subject.strip():
        found.append(("subject", "Subject is required without a templateId"))
    group = body.unsubscribe_group_id
    if group is not None and find_group(call.db, call.project_id, group) is None:
        found.append(("unsubscribeGroupId", "Suppression group not found"))
    return found + list(header_complaints(mail.headers))


def _unreadable(
    body: MailContent, mail: Mail, own_data: Sequence[Mapping[str, Any]]
) -> Iterable[tuple[str, str]]:
    """Return (field, message) for texts that can not be rendered; `templateId` for those of the template."""
    sent = {"subject": body.subject, "html": body.html, "text": body.text}
    found = {field if sent[field] else "templateId": message for field, message in check_mail(mail, own_data)}
    return found.items()


class Party(Model):
    email: str
    name: str


class EmailStatus(Model):
    id: str
    project_id: str
    status: str
    subject: str
    recipient: Party
    sender: Party
    sent_at: MaybeInstant
    delivered_at: MaybeInstant
    opened_at: MaybeInstant
    clicked_at: MaybeInstant
    bounced_at: MaybeInstant


@router.get("/{id}/status", responses=refuses(NotFound))
async def get_email_status(
    call: Call,
    email_id: Annotated[str, Path(alias="id", description="The `emailId` of the response when it was sent.")],
) -> Reply[EmailStatus]:
    """Return the current status of a mail, and when it reached each status.

    https://docs.autosend.com/api-reference/mails/status
    """
    number = message_id(email_id)
    message = call.db.get(Message, number) if number is not None else None
    mail = call.db.get(Mail, message.job_id) if message else None
    if message is None or mail is None or mail.project_id != call.project_id:
        raise NotFound
    job = call.db.get_one(Job, message.job_id)
    recipient = call.db.get(Recipient, message.id)
    history = [one for one in history_of(call.db, message) if _shows(mail, one.status)]
    first = {one.status: one.at for one in reversed(history)}
    is_hidden = bool(history) and not _shows(mail, message.status)
    status = EmailStatus.of(
        mail,
        id=email_id,
        status=history[-1].status if is_hidden else MAILS.shown_status(job.state, message.status),
        subject=rendered_subject(call.db, mail, message),
        recipient=Party(email=message.recipient, name=recipient.name if recipient else ""),
        sender=Party(email=mail.from_email, name=mail.from_name),
        **{f"{name}_at": first.get(name) for name in ("sent", "delivered", "opened", "clicked", "bounced")},
    )
    return Reply(data=status)


def _shows(mail: Mail, status: str) -> bool:
    """Return whether AutoSend ever shows this status for a mail."""
    return status != "resubscribed" and is_tracked(mail, status)
