"""Templates, and mails with their recipients and attachments.

The progress of sending a mail is stored in the tables of emulator/sending: its job, and a message for each
recipient.
"""

from typing import Annotated, Any

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, index_of_known, json_list, json_object


class Template(Table, table=True):
    __tablename__ = "autosend_template"

    project_id: Annotated[str, RowOf("autosend_project")] = Field(primary_key=True)
    id: str = Field(primary_key=True)
    """Two projects that import the same template have it under the same foreign id."""
    name: str
    description: str = ""
    subject: str
    preview_text: str = ""
    html: str = ""
    text: str = ""
    type: Annotated[str, OneOf("transactional", "marketing", "automation")] = "transactional"
    builder: str = "code"
    source: str = "api"
    dynamic_variables: dict[str, Any] = json_object()
    sender_id: str | None = None
    is_flagged: bool = False
    """Whether it was imported with something that AutoSend wants to be reviewed."""
    created_at: Millis
    updated_at: Millis
    deleted_at: Millis | None = None


IN_PROJECT = "project_id IN (SELECT id FROM autosend_project)"
"""The condition of mails whose project was not deleted."""


class Mail(Table, table=True):
    """The mail that a job sends, as it was when sending began: later changes of a template have no effect."""

    __tablename__ = "autosend_mail"
    __table_args__ = (
        index_of_known("autosend_mail", "campaign_id"),
        index_of_known("autosend_mail", "automation_id"),
        index_of_known("autosend_mail", "run_id"),
        index_of_known("autosend_mail", "batch_id"),
    )

    job_id: Annotated[int, RowOf("job")] = Field(primary_key=True)
    project_id: str = Field(index=True)
    """Empty for a mail of AutoSend itself."""
    campaign_id: Annotated[str, RowOf("autosend_campaign", when=IN_PROJECT)] | None = None
    automation_id: str | None = None
    run_id: int | None = None
    """The id of the contact's run through that automation."""
    batch_id: str | None = None
    template_id: str | None = None
    is_marketing: bool = False
    from_email: str
    from_name: str = ""
    reply_to: str = ""
    subject: str = ""
    preview_text: str = ""
    html: str = ""
    text: str = ""
    data: dict[str, Any] = json_object()
    """The values of variables that are the same for all recipients."""
    defaults: dict[str, Any] = json_object()
    """The default values of the project's properties, for contacts without a value."""
    headers: dict[str, str] = json_object()
    unsubscribe_group: str | None = None
    bypasses_suppressions: bool = False
    """Whether it is also sent to suppressed addresses."""
    tracking_open: bool = True
    tracking_click: bool = True
    is_literal: bool = False
    """Whether it is sent as it is, without filling in variables."""
    is_test: bool = False
    """Whether it is a test mail, which is processed but not sent."""
    new_domain_id: str | None = None
    """The id of the domain that it is sent from, if that has a daily limit."""
    categories: list[str] = json_list()
    campaign_name: str | None = None
    """The name of a campaign, as the client sent it with the mail."""

    @property
    def is_of_autosend(self) -> bool:
        """Whether AutoSend itself sends it: clients do not see it, and recipients can not unsubscribe."""
        return not self.project_id


class Recipient(Table, table=True):
    """The data of a message's recipient, beside the address."""

    __tablename__ = "autosend_recipient"

    message_id: int = Field(primary_key=True)
    name: str = ""
    role: Annotated[str, OneOf("to", "cc", "bcc")] = "to"
    copy_of: int | None = None
    """The id of the message to the recipient in `to`: a copy says the same, and is suppressed with it."""
    contact: dict[str, Any] = json_object()
    """The fields of the contact, as they were when the mail was queued."""
    data: dict[str, Any] = json_object()
    """The values of variables for this recipient alone."""


class Attachment(Table, table=True):
    """A file attached to a mail."""

    __tablename__ = "autosend_attachment"

    id: int | None = Field(default=None, primary_key=True)
    job_id: Annotated[int, RowOf("autosend_mail", "job_id")] = Field(index=True)
    file_name: str
    content_type: str
    description: str = ""
    content_id: str = ""
    """The name by which the HTML refers to the file (`cid:…`); empty for none."""
    content: bytes | None = None
    url: str | None = None
    """The address from which the file is fetched, at once when the mail is taken."""
