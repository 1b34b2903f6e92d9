"""Campaigns with their states, and dispatches: what the messages of a send have in common."""

from typing import Annotated, Any, ClassVar

from sqlmodel import Field

from emulator.engine.clock import Millis, Planned
from emulator.rcs import refusals
from emulator.rcs.channels import SMS
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_or_none


class Dispatch(Table, table=True):
    """The data that all messages of a job have in common."""

    __tablename__ = "rcs_dispatch"

    job_id: Annotated[int, RowOf("job"), RowOf("rcs_otp_send", "job_id", when="source = '2fa'")] = Field(
        primary_key=True
    )
    account_id: Annotated[int, RowOf("rcs_account")]
    campaign_id: Annotated[int, RowOf("rcs_campaign")] | None = Field(default=None, index=True)
    """None for a single message, which belongs to no campaign."""
    channel: str
    source: Annotated[str, OneOf("rest", "2fa")] = "rest"
    """The kind of request that sent it; `2fa` for one-time passwords."""
    sender: str
    tariff_code: int
    options: dict[str, Any] | None = json_or_none()
    """The content of a message that is more than text, as it was sent."""
    text: str | None = None
    lifetime: Millis
    """How long a message may take to arrive."""
    callback_url: str | None = None
    respects_curfew: bool = False
    """Whether messages wait for the end of the account's curfew."""
    check_stop_list: bool = True
    """Whether messages are not sent to phones that are on the stop list when they would leave."""
    charged: int = 0
    is_personal: bool = False
    """Whether messages have content of their own."""
    is_spam: bool = False
    """Whether moderation refuses it."""
    fallback_sender: str | None = None
    """The sender of substitutes for messages that did not arrive; None if there are none."""
    fallback_channel: str = SMS
    fallback_text: str = ""
    """The text of substitutes."""
    fallback_options: dict[str, Any] | None = json_or_none()
    """The content of substitutes that are more than text."""
    fallback_finish: dict[str, Any] | None = json_or_none()
    """The finish of the substitutes' content for each recipient; None if all get the same.

    Values of contact fields are filled in already: see FallbackContent.
    """
    fallback_lifetime: Millis = 0
    fallback_check_stop_list: bool = True


class OwnContent(Table, table=True):
    """The content of one message's own. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_own_content"

    message_id: Annotated[int, RowOf("message")] = Field(primary_key=True)
    sender: str | None
    """None for the sender of the job's other messages."""
    text: str | None
    options: dict[str, Any] | None = json_or_none()


class FallbackContent(Table, table=True):
    """The content of one message's substitute, with the values of contact fields when the message was sent.

    Written past the session.
    """

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_fallback_content"

    message_id: Annotated[int, RowOf("message")] = Field(primary_key=True)
    """The message that may not arrive."""
    text: str | None
    options: dict[str, Any] | None = json_or_none()


class Campaign(Table, table=True):
    __tablename__ = "rcs_campaign"

    id: int = Field(primary_key=True)
    job_id: Annotated[int, RowOf("rcs_dispatch", "job_id")] = Field(unique=True)
    name: str
    status: str
    channel: str
    sender: str
    start_at: Planned
    real_start_at: Millis | None = None
    finished_at: Millis | None = None
    created_at: Millis
    calculated_price: int = 0
    """The price in later responses: only the response to creation has the estimate itself."""
    total_phones: int


class RecentPost(Table, table=True):
    """A request that may not be repeated for a while. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_recent_post"

    fingerprint: str = Field(primary_key=True)
    at: Millis = Field(index=True)


CAMPAIGN = Lifecycle(
    "campaign",
    ("creation", "moderation", "spam", "scheduled", "sending", "paused", "stopped", "done"),
    {
        ("creation", "moderate"): "moderation",
        ("moderation", "accept"): "sending",
        ("moderation", "refuse"): "spam",
        ("scheduled", "begin"): "sending",
        ("scheduled", "refuse"): "spam",
        ("sending", "starve"): "paused",
        ("sending", "finish"): "done",
        ("moderation", "stop"): "stopped",
        ("scheduled", "stop"): "stopped",
        ("sending", "stop"): "stopped",
        ("paused", "stop"): "stopped",
        ("paused", "renew"): "sending",
    },
)
"""Clients stop and renew campaigns; due events do everything else."""

SMS_CAMPAIGN = Lifecycle("SMS campaign", CAMPAIGN.states, {**CAMPAIGN.moves, ("creation", "stop"): "stopped"})
"""An SMS campaign can also be stopped in `creation`: its page lists that state, the RCS page does not."""


def lifecycle_of(campaign: Campaign) -> Lifecycle:
    return SMS_CAMPAIGN if campaign.channel == SMS else CAMPAIGN


def move(campaign: Campaign, action: str) -> None:
    """Set the state that `action` leads to. Raises InvalidCampaignStatus."""
    target = lifecycle_of(campaign).target(campaign.status, action)
    if target is None:
        raise refusals.InvalidCampaignStatus
    campaign.status = target
