"""E-mails, and the templates that they are made from."""

from typing import Annotated

from sqlmodel import Field

from emulator.storage.columns import RowOf
from emulator.storage.tables import Table


class Mail(Table, table=True):
    """An e-mail; its job has a message for each address."""

    __tablename__ = "rcs_mail"

    job_id: Annotated[int, RowOf("job")] = Field(primary_key=True)
    message_id: str = Field(unique=True)
    """Its id in the response to its sending."""
    sender: str
    """An address, or `Name <address>`."""
    template_id: int | None = None
    subject: str
    html: str | None = None
    text: str | None = None
    """The text for mail programs without HTML."""


class InlinePart(Table, table=True):
    """A part of an e-mail that its HTML shows by `cid:…`."""

    __tablename__ = "rcs_inline_part"

    id: int | None = Field(default=None, primary_key=True)
    job_id: Annotated[int, RowOf("rcs_mail", "job_id")] = Field(index=True)
    name: str
    cid: str
    content_type: str
    content: bytes


class MailTemplate(Table, table=True):
    """A template that was made in the web account."""

    __tablename__ = "rcs_mail_template"

    id: int = Field(primary_key=True)
    name: str
    subject: str
    html: str | None
    text: str | None
