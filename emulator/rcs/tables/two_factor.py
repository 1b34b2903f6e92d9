"""One-time passwords: sessions, what was sent for them, templates."""

from typing import Annotated

from sqlmodel import Field

from emulator.engine.clock import Millis, Planned
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.tables import OneOf, Table, json_list

SOURCE = "2fa"
"""Where messages with codes come from, as the list of messages says it."""


class OtpSettings(Table, table=True):
    """What the account may do with one-time passwords."""

    __tablename__ = "rcs_otp_settings"

    id: int = Field(primary_key=True)
    channels: list[str] = json_list()
    """The channels that are switched on."""
    pending_limit: int
    """How many sessions may be pending at a time."""
    total_limit: int | None
    """How many sessions there may be altogether; None for any number."""


class OtpTemplate(Table, table=True):
    """What a text with a code in it says."""

    __tablename__ = "rcs_otp_template"

    id: int = Field(primary_key=True)
    name: str
    text: str
    countries: list[str] = json_list()
    """Where its texts may go; everywhere if there are none."""
    status: str
    """`requested`, `approved`, `rejected` or `deleted`."""
    updated_at: Millis
    is_default: bool = False
    is_for_test: bool = False
    """Whether only accounts in test mode may use it."""


OTP_TEMPLATE = Lifecycle(
    "template of one-time passwords",
    ("requested", "approved", "rejected", "deleted"),
    {
        ("requested", "approve"): "approved",
        ("requested", "reject"): "rejected",
        ("requested", "delete"): "deleted",
        ("approved", "delete"): "deleted",
        ("rejected", "delete"): "deleted",
    },
)
"""Operators decide on templates, clients delete them."""


class OtpSession(Table, table=True):
    """A code that was sent to a phone, until it is entered."""

    __tablename__ = "rcs_otp_session"

    id: str = Field(primary_key=True)
    recipient: str
    status: Annotated[str, OneOf("pending", "verified", "failed", "canceled", "expired")] = Field(
        default="pending", index=True
    )
    channel: str
    sender: str
    sender_alt: str | None
    message_text: str
    """The text of the template: the code never stands in it."""
    code: str
    code_lifetime: int
    """In seconds."""
    code_max_tries: int
    code_digits: int
    tries: int = 0
    country_code: str
    expired_at: Planned
    created_at: Millis = Field(index=True)
    finished_at: Millis | None = None


class OtpSend(Table, table=True):
    """A job that sends a code of a session: there is one for each time that it was sent."""

    __tablename__ = "rcs_otp_send"

    job_id: int = Field(primary_key=True)
    session_id: str = Field(index=True)
    code: str
