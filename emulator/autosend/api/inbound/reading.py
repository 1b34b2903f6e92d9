"""List Messages, Get Message, Download Attachment, Get Raw MIME."""

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

from emulator.autosend.api.inbound.answers import (
    InboundCall,
    InboundEmailNotFound,
    InvalidInboundId,
    InvalidRawMimeId,
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
    text_at,
)
from emulator.autosend.listing import page_of
from emulator.autosend.models import Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.inbound import InboundMail, InboundRecipient
from emulator.autosend.values import Flag, Instant, Moment
from emulator.gateway.origin import origin_of
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains, insertion_order

router = APIRouter(prefix="/v1/inbound/messages", tags=["Inbound Emails"], route_class=OperationRoute)

# An invalid query parameter of List Messages, which `path` names.
InvalidInboundQuery = refusal(400, "", "Invalid value", path="limit", name="InvalidInboundQuery")
AttachmentNotFound = refusal(404, "", "Attachment not found", name="AttachmentNotFound")
InboundDownloadAttachmentFailed = refusal(
    500,
    "",
    "Failed to download attachment. Please try again.",
    made_by_faults=True,
    name="InboundDownloadAttachmentFailed",
)

FILE_LINK_LASTS = 900
"""How many seconds the link to a file is valid."""
SOURCE_LINK_LASTS = 300

Text = Annotated[str, Query(max_length=1000)]


class AddressAnswer(Model):
    email: str
    name: str | None


class MessageHead(Model):
    id: str
    message_id: str
    domain_name: str
    sender: AddressAnswer = Field(serialization_alias="from")
    to: list[AddressAnswer]
    cc: list[AddressAnswer]


class MessageSummary(MessageHead):
    subject: str
    status: str
    attachment_count: int
    received_at: Instant


class MessageFilters(Parameters):
    """The query parameters of List Messages."""

    sender: Text | None = Query(None, alias="from", description="The sender's address, in any letter case")
    to: Text | None = Query(None, description="A recipient's address, in any letter case")
    thread_id: Text | None = None
    search: str | None = Query(None, max_length=200, description="A part of the subject")
    date_from: Moment | None = None
    date_to: Moment | None = None
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(50, ge=1, le=200)
    include_blocked: Flag = False

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
    """Return a page of the project's received messages, the newest first.

    https://docs.autosend.com/api-reference/inbound-emails/list-messages
    """
    conditions = _conditions(call, filters)
    newest = col(InboundMail.received_at).desc(), insertion_order(InboundMail).desc()
    rows, pagination = page_of(call, select(InboundMail).where(*conditions).order_by(*newest), filters)
    items = [MessageSummary.of(mail, attachment_count=len(mail.attachments)) for mail in rows]
    return Reply(data=MessagePage(items=items, pagination=pagination))


def _conditions(call: Call, filters: MessageFilters) -> list[Any]:
    conditions: list[Any] = [InboundMail.project_id == call.project_id]
    if not filters.include_blocked:
        conditions.append(col(InboundMail.status).not_in(BLOCKED))
    if filters.sender:
        conditions.append(InboundMail.sender_email == filters.sender.lower())
    if filters.to:
        received = select(InboundRecipient.mail_id).where(InboundRecipient.email == filters.to.lower())
        conditions.append(col(InboundMail.id).in_(received))
    if filters.thread_id:
        conditions.append(InboundMail.thread_id == filters.thread_id)
    if filters.search:
        conditions.append(contains(InboundMail.subject, filters.search))
    if filters.date_from is not None:
        conditions.append(InboundMail.received_at >= filters.date_from)
    if filters.date_to is not None:
        conditions.append(InboundMail.received_at <= filters.date_to)
    return conditions


class AttachmentAnswer(Model):
    attachment_id: str
    filename: str
    content_type: str
    size: int


class PlacedAttachment(AttachmentAnswer):
    index: int


class MessageAnswer(MessageHead):
    """A message with its content; long text and HTML are shortened."""

    bcc: list[AddressAnswer]
    reply_to: list[AddressAnswer]
    subject: str
    text: str
    html: str
    attachments: list[PlacedAttachment]
    headers: dict[str, str]
    spam_verdict: str
    virus_verdict: str
    spf_verdict: str
    dkim_verdict: str
    dmarc_verdict: str
    status: str
    thread_id: str
    in_reply_to: str | None
    in_reply_to_mail: str | None = Field(serialization_alias="inReplyToEmailActivityId")
    in_reply_to_inbound: str | None = Field(serialization_alias="inReplyToInboundEmailId")
    received_at: Instant


@router.get("/{id}", responses=refuses(InvalidInboundId, InboundEmailNotFound))
async def get_message(call: InboundCall, message_id: MessageId) -> Reply[MessageAnswer]:
    """Return one message.

    https://docs.autosend.com/api-reference/inbound-emails/get-message
    """
    mail, origin = find_message(call, message_id), origin_of(call)
    files = [PlacedAttachment(**_described(file), index=place) for place, file in enumerate(mail.attachments)]
    answer = MessageAnswer.of(
        mail,
        attachments=files,
        text=text_at(mail.text, origin),
        html=text_at(mail.html, origin),
        headers={name: text_at(value, origin) for name, value in mail.headers.items()},
        **{f"{name}_verdict": verdict for name, verdict in mail.verdicts.items()},
    )
    return Reply(data=answer)


def _described(file: dict[str, Any]) -> dict[str, Any]:
    """Return the description of an attachment in responses."""
    return {
        "attachment_id": f"att_{file['id']}",
        "filename": file["filename"],
        "content_type": file["contentType"],
        "size": file["size"],
    }


def _flag(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError as error:
        raise InvalidInboundId from error


ANY_FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


class DownloadAnswer(AttachmentAnswer):
    download_url: str
    expires_in: int


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
    idx: Annotated[str, Path(description="`attachmentId`, or the file's index, from 0.")],
    download: Annotated[  # noqa: FBT002 -- a query parameter
        Flag, WrapValidator(_flag), Query(description="Whether to return the file itself")
    ] = False,
) -> Reply[DownloadAnswer] | Response:
    """Return an address from which an attachment can be downloaded once without a key, or the file itself.

    https://docs.autosend.com/api-reference/inbound-emails/download-attachment
    """
    mail = find_message(call, message_id)
    if not re.fullmatch("[0-9]+|(att_)?[0-9a-f]{24}", idx):
        raise InvalidInboundId
    place = attachment_place(mail, idx)
    if place is None:
        raise AttachmentNotFound
    raw = source_of(call.db, mail)
    file = mail.attachments[place]
    if download:
        headers = {"Content-Disposition": _as_file(file["filename"])}
        return Response(attachment_content(raw, place), media_type=file["contentType"], headers=headers)
    download_id = call.turn.ids.hex("autosend.inbound.download", 12)
    url = link(call, f"attachment/{mail.id}/{place}/{download_id}", FILE_LINK_LASTS)
    return Reply(data=DownloadAnswer(**_described(file), download_url=url, expires_in=FILE_LINK_LASTS))


def _as_file(name: str) -> str:
    """Return the `Content-Disposition` of a file: its name in ASCII, and in full if that differs."""
    plain = re.sub(r'[^ -~]|["\\]', "_", name)
    in_full = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{in_full}'


class SourceAnswer(Model):
    url: str
    expires_in: int


@router.get("/{id}/raw", responses=refuses(InvalidRawMimeId, InboundEmailNotFound, RawMimeNotAvailable))
async def get_raw_mime(call: InboundCall, message_id: MessageId) -> Reply[SourceAnswer]:
    """Return an address from which the raw message can be downloaded, as it was received.

    https://docs.autosend.com/api-reference/inbound-emails/get-raw-mime
    """
    mail = find_message(call, message_id, InvalidRawMimeId)
    source_of(call.db, mail)
    url = link(call, f"message/{mail.id}", SOURCE_LINK_LASTS)
    return Reply(data=SourceAnswer(url=url, expires_in=SOURCE_LINK_LASTS))
