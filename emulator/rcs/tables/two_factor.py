"""One-time passwords: sessions, their sends, templates."""

from typing import Annotated, ClassVar, Literal, get_args

from sqlmodel import Field

from emulator.engine.clock import Millis, Planned
from emulator.rcs.tables.contacts import PHONE
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_list

SOURCE = "2fa"
"""The source of messages with codes, in the list of messages."""

TemplateStatus = Literal["requested", "approved", "rejected", "deleted"]
SessionStatus = Literal["pending", "verified", "failed", "canceled", "expired"]


class OtpSettings(Table, table=True):
    """The account's channels and limits for one-time passwords."""

    IS_SINGLE: ClassVar[bool] = True
    __tablename__ = "rcs_otp_settings"

    id: int = Field(primary_key=True)
    channels: list[str] = json_list()
    """The channels that are switched on."""
    pending_limit: int
    """How many sessions may be pending at a time."""
    total_limit: int | None
    """How many sessions there may be altogether; None for any number."""


class OtpTemplate(Table, table=True):
    """A template of texts with a code."""

    __tablename__ = "rcs_otp_template"

    id: int = Field(primary_key=True)
    name: str
    text: str
    countries: list[str] = json_list()
    """The countries that its texts may go to; all if there are none."""
    status: str
    """One of TemplateStatus."""
    updated_at: Millis
    is_default: bool = False
    is_for_test: bool = False
    """Whether only accounts in test mode may use it."""


OTP_TEMPLATE = Lifecycle(
    "template of one-time passwords",
    get_args(TemplateStatus),
    {
        ("requested", "approve"): "approved",
        ("requested", "reject"): "rejected",
        ("requested", "delete"): "deleted",
        ("approved", "delete"): "deleted",
        ("rejected", "delete"): "deleted",
    },
)
"""Operators approve or reject templates; clients delete them."""


class OtpSession(Table, table=True):
    """A session: a code that was sent to a phone, and the tries to enter it."""

    __tablename__ = "rcs_otp_session"

    id: str = Field(primary_key=True)
    recipient: Annotated[str, PHONE]
    status: Annotated[str, OneOf(*get_args(SessionStatus))] = Field(default="pending", index=True)
    channel: str
    sender: str
    sender_alt: str | None
    message_text: str
    """The text of the template: the code never stands in it."""
    code: str
    code_lifetime: int
    """How long the code is valid, in seconds."""
    code_max_tries: int
    code_digits: int
    tries: int = 0
    country_code: str
    expired_at: Planned
    created_at: Millis = Field(index=True)
    finished_at: Millis | None = None


class OtpSend(Table, table=True):
    """A job that sends a code of a session: one for each code."""

    __tablename__ = "rcs_otp_send"

    job_id: Annotated[int, RowOf("job")] = Field(primary_key=True)
    session_id: Annotated[str, RowOf("rcs_otp_session")] = Field(index=True)
    code: str
