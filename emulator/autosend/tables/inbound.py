"""Received mails."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel
from sqlmodel import Field, Index

from emulator.engine.clock import Millis
from emulator.storage.columns import JsonOf, OneOf, RowOf
from emulator.storage.tables import Table, json_list, json_object


class Verdicts(BaseModel):
    """What was found out about a received mail."""

    spam: str
    virus: str
    spf: str
    dkim: str
    dmarc: str


class MailAddress(BaseModel):
    """An address in a received mail."""

    email: str
    name: str | None


class ReceivedFile(BaseModel):
    """An attachment of a received mail. Its content is read from the source."""

    id: str
    filename: str
    content_type: str = Field(alias="contentType")
    size: int


Addresses = Annotated[list[dict[str, Any]], JsonOf(list[MailAddress])]


class InboundMail(Table, table=True):
    """A mail that a project received."""

    __tablename__ = "autosend_inbound_mail"
    __table_args__ = (
        Index("autosend_inbound_mail_time", "project_id", "received_at"),
        Index("autosend_inbound_mail_message", "project_id", "message_id"),
    )

    id: Annotated[str, RowOf("autosend_inbound_source", "mail_id")] = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")]
    message_id: str
    domain_name: str
    """The domain that received the mail."""
    status: Annotated[
        str, OneOf("PROCESSED", "PROCESSING", "FAILED", "BLOCKED_UNVERIFIED", "BLOCKED_UNROUTED")
    ]
    sender_email: str
    sender_name: str | None
    to: Addresses = json_list()
    cc: Addresses = json_list()
    bcc: Addresses = json_list()
    reply_to: Addresses = json_list()
    subject: str
    text: str
    html: str
    headers: dict[str, str] = json_object()
    attachments: Annotated[list[dict[str, Any]], JsonOf(list[ReceivedFile])] = json_list()
    verdicts: Annotated[dict[str, str], JsonOf(Verdicts)] = json_object()
    thread_id: str = Field(index=True)
    in_reply_to: str | None = None
    mail_ids: list[str] = json_list()
    """The ids in its `References`; a reply to it names them, followed by its own `Message-ID`."""
    in_reply_to_mail: str | None = None
    """The id of the project's mail that it is a reply to."""
    in_reply_to_inbound: str | None = None
    received_at: Millis

    @property
    def is_answer(self) -> bool:
        """Whether the mail is a reply to a known mail, and belongs to its thread."""
        return self.in_reply_to_mail is not None or self.in_reply_to_inbound is not None

    @property
    def sender(self) -> dict[str, str | None]:
        """The sender, as an object like the other addresses."""
        return {"email": self.sender_email, "name": self.sender_name}


class InboundRecipient(Table, table=True):
    """An address that a received mail was sent to."""

    __tablename__ = "autosend_inbound_recipient"

    mail_id: Annotated[str, RowOf("autosend_inbound_mail")] = Field(primary_key=True)
    email: str = Field(primary_key=True, index=True)


class InboundDownload(Table, table=True):
    """A download address that was used: each one works once."""

    __tablename__ = "autosend_inbound_download"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)


class InboundSource(Table, table=True):
    """The bytes of a received mail."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "autosend_inbound_source"

    mail_id: str = Field(primary_key=True)
    raw: bytes
    is_available: bool
