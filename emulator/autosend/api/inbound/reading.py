"""List Messages, Get Message, Download Attachment."""

import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from sqlmodel import col, select
from starlette.responses import Response

from emulator.autosend.api.inbound.finding import (
    InboundCall,
    InboundEmailNotFound,
    InvalidInboundId,
    MessageId,
    find_message,
    link,
)
from emulator.autosend.dialect import Call
from emulator.autosend.inbound import (
    BLOCKED,
    RawMimeNotAvailable,
    attachment_content,
    attachment_place,
    source_of,
)
from emulator.autosend.listing import page_of
from emulator.autosend.models import Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.inbound import InboundMail, InboundRecipient
from emulator.autosend.values import Moment
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains, insertion_order

router = APIRouter(prefix="/v1/inbound/messages", tags=["Inbound Emails"], route_class=OperationRoute)

# A bad parameter of the list; `path` names it.
InvalidInboundQuery = refusal(400, "", "Invalid value", path="limit", name="InvalidInboundQuery")
AttachmentNotFound = refusal(404, "", "Attachment not found", name="AttachmentNotFound")
InboundDownloadAttachmentFailed = refusal(
    500,
    "",
    "Failed to download attachment. Please try again.",
    made_by_faults=True,
    name="InboundDownloadAttachmentFailed",
)

LASTS = 900
"""Seconds that the link to a file can be followed."""

Text = Annotated[str, Query(max_length=1000)]


class AddressAnswer(Model):
    email: str
    name: str | None


class MessageSummary(Model):
    id: str
    messageId: str
    domainName: str
    sender: AddressAnswer = Field(serialization_alias="from")
    to: list[AddressAnswer]
    cc: list[AddressAnswer]
    subject: str
    status: str
    attachmentCount: int
    receivedAt: str


class MessageFilters(Parameters):
    """What List Messages takes in the query."""

    sender: Text | None = Query(None, alias="from", description="The sender's address, in whatever case")
    to: Text | None = Query(None, description="A recipient's address, in whatever case")
    threadId: Text | None = None
    search: str | None = Query(None, max_length=200, description="A part of the subject")
    dateFrom: Moment | None = None
    dateTo: Moment | None = None
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(50, ge=1, le=200)
    includeBlocked: bool = False

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_in_the_words_of_the_page(
        cls, value: Any, handler: "ModelWrapValidatorHandler[MessageFilters]"
    ) -> "MessageFilters":
        try:
            return handler(value)
        except ValidationError as error:
            raise InvalidInboundQuery(path=str(error.errors()[0]["loc"][0])) from error


class MessagePage(Model):
    items: list[MessageSummary]
    pagination: Pagination


@router.get("", responses=refuses(InvalidInboundQuery))
async def list_messages(call: InboundCall, filters: Annotated[MessageFilters, Query()]) -> Reply[MessagePage]:
    """Page through the received messages of the project, the newest first.

    https://docs.autosend.com/api-reference/inbound-emails/list-messages
    """
    conditions = _conditions(call, filters)
    newest = col(InboundMail.received_at).desc(), insertion_order(InboundMail).desc()
    wanted = select(InboundMail).where(*conditions).order_by(*newest)
    rows, pagination = page_of(call, wanted, filters)
    items = [MessageSummary(**_summary(mail)) for mail in rows]
    return Reply(data=MessagePage(items=items, pagination=pagination))


def _conditions(call: Call, filters: MessageFilters) -> list[Any]:
    conditions: list[Any] = [InboundMail.project_id == call.project_id]
    if not filters.includeBlocked:
        conditions.append(col(InboundMail.status).not_in(BLOCKED))
    if filters.sender is not None:
        conditions.append(InboundMail.sender_email == filters.sender.lower())
    if filters.to is not None:
        at_it = select(InboundRecipient.mail_id).where(InboundRecipient.email == filters.to.lower())
        conditions.append(col(InboundMail.id).in_(at_it))
    if filters.threadId is not None:
        conditions.append(InboundMail.thread_id == filters.threadId)
    if filters.search:
        conditions.append(contains(InboundMail.subject, filters.search))
    if filters.dateFrom is not None:
        conditions.append(InboundMail.received_at >= filters.dateFrom)
    if filters.dateTo is not None:
        conditions.append(InboundMail.received_at <= filters.dateTo)
    return conditions


def _summary(mail: InboundMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "messageId": mail.message_id,
        "domainName": mail.domain_name,
        "sender": AddressAnswer(email=mail.sender_email, name=mail.sender_name),
        "to": mail.to,
        "cc": mail.cc,
        "subject": mail.subject,
        "status": mail.status,
        "attachmentCount": len(mail.attachments),
        "receivedAt": iso_millis(mail.received_at),
    }


class AttachmentAnswer(Model):
    attachmentId: str
    filename: str
    contentType: str
    size: int


class PlacedAttachment(AttachmentAnswer):
    index: int


class MessageAnswer(Model):
    """A message whole; long text and HTML are cut."""

    id: str
    messageId: str
    domainName: str
    sender: AddressAnswer = Field(serialization_alias="from")
    to: list[AddressAnswer]
    cc: list[AddressAnswer]
    bcc: list[AddressAnswer]
    replyTo: list[AddressAnswer]
    subject: str
    text: str
    html: str
    attachments: list[PlacedAttachment]
    headers: dict[str, str]
    spamVerdict: str
    virusVerdict: str
    spfVerdict: str
    dkimVerdict: str
    dmarcVerdict: str
    status: str
    threadId: str
    inReplyTo: str | None
    inReplyToEmailActivityId: str | None
    inReplyToInboundEmailId: str | None
    receivedAt: str


@router.get("/{id}", responses=refuses(InvalidInboundId, InboundEmailNotFound))
async def get_message(call: InboundCall, message_id: MessageId) -> Reply[MessageAnswer]:
    """Answer one message.

    https://docs.autosend.com/api-reference/inbound-emails/get-message
    """
    mail = find_message(call, message_id)
    summary = _summary(mail)
    del summary["attachmentCount"]
    files = [
        PlacedAttachment(**_attachment(file), index=index) for index, file in enumerate(mail.attachments)
    ]
    answer = MessageAnswer(
        **summary,
        bcc=mail.bcc,
        replyTo=mail.reply_to,
        text=mail.text,
        html=mail.html,
        attachments=files,
        headers=mail.headers,
        **{f"{name}Verdict": verdict for name, verdict in mail.verdicts.items()},
        threadId=mail.thread_id,
        inReplyTo=mail.in_reply_to,
        inReplyToEmailActivityId=mail.in_reply_to_mail,
        inReplyToInboundEmailId=mail.in_reply_to_inbound,
    )
    return Reply(data=answer)


def _attachment(file: dict[str, Any]) -> dict[str, Any]:
    return {
        "attachmentId": f"att_{file['id']}",
        "filename": file["filename"],
        "contentType": file["contentType"],
        "size": file["size"],
    }


def _flag(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError as error:
        raise InvalidInboundId from error


ANY_FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


class DownloadAnswer(AttachmentAnswer):
    downloadUrl: str
    expiresIn: int


@router.get(
    "/{id}/attachments/{idx}",
    response_model=Reply[DownloadAnswer],
    responses={
        200: {"content": ANY_FILE},
        **refuses(
            ValidationFailed,
            InvalidInboundId,
            InboundEmailNotFound,
            AttachmentNotFound,
            RawMimeNotAvailable,
            InboundDownloadAttachmentFailed,
        ),
    },
)
async def download_attachment(
    call: InboundCall,
    message_id: MessageId,
    idx: Annotated[str, Path(description="`attachmentId`, or the place of the file from 0.")],
    download: Annotated[  # noqa: FBT002
        bool, WrapValidator(_flag), Query(description="Whether to answer the file itself")
    ] = False,
) -> Reply[DownloadAnswer] | Response:
    """Answer where a file of a message can be fetched without a key, or the file itself.

    https://docs.autosend.com/api-reference/inbound-emails/download-attachment
    """
    mail = find_message(call, message_id)
    place = attachment_place(mail, idx)
    if place is None:
        raise AttachmentNotFound
    raw = source_of(call.db, mail, call.now)
    file = mail.attachments[place]
    if download:
        headers = {"Content-Disposition": _as_file(file["filename"])}
        return Response(attachment_content(raw, place), media_type=file["contentType"], headers=headers)
    url = link(call, f"attachment/{mail.id}/{place}", LASTS)
    return Reply(data=DownloadAnswer(**_attachment(file), downloadUrl=url, expiresIn=LASTS))


def _as_file(name: str) -> str:
    """Answer the header that names a file: in ASCII, and in full where that is not the same."""
    plain = re.sub(r'[^ -~]|["\\]', "_", name)
    return f'attachment; filename="{plain}"' + (
        "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    )
