"""The organisation: its projects, their keys, domains and senders."""

from typing import Annotated, Any, ClassVar

from sqlmodel import Field

from emulator.engine.clock import DAY, Millis
from emulator.engine.expiry import Expiry
from emulator.sending.job_table import Pace
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_list

COMPLAINT_LIMIT = 0.0001
"""The system's limit of complaints, which is below that of every preset."""


class Organization(Table, table=True):
    """An account: the plan, the standing and the admins that all of its projects share."""

    __tablename__ = "autosend_organization"

    id: str = Field(primary_key=True)
    status: str = "active"
    """`active`, or `suspended` by the system: then nothing is sent; or `deleted`."""
    quota: int | None = None
    """How many mails plan and credits allow together; None for any number."""
    used: int = 0
    """How many mails of the quota are used; counted only while there is a quota."""
    invoice: Annotated[str, OneOf("paid", "unpaid", "overdue")] = "paid"
    """Nothing is sent while it is `overdue`."""
    subscription: Annotated[str, OneOf("active", "expired")] = "active"
    """All requests with its keys are refused once it is `expired`."""
    watches_health: bool = False
    """Whether too many bounces or complaints suspend it."""
    admins: list[str] = json_list()
    """The addresses that AutoSend's own mails go to."""


class Project(Table, table=True):
    IS_FILLED: ClassVar[bool] = True
    __tablename__ = "autosend_project"

    id: str = Field(primary_key=True)
    organization_id: Annotated[str, RowOf("autosend_organization")]
    name: str
    owner_id: str
    """The id of the user whom responses show as the creator of entities that the API created."""
    pace: Pace
    """The number of mails a second that it sends."""
    domain: str | None = None
    region_key: str | None = None
    tracking_open: bool = True
    tracking_click: bool = True
    status: str = "active"
    """`active`, or `suspended` by the system: then nothing is sent."""
    complaint_limit: float = COMPLAINT_LIMIT
    """The share of complaints above which the system pauses a gradual campaign."""
    inbound_domain: str
    """The project's own domain for receiving mails: `….autosend.email`."""
    created_at: Millis


def made_in(project_id: str, at: Millis) -> dict[str, Any]:
    """Return the columns that a new row of a project has."""
    return {"project_id": project_id, "created_at": at, "updated_at": at}


def tracking_of(project: Project) -> dict[str, Any]:
    """Return the project's tracking columns: the defaults for its mails, campaigns and automations."""
    return {"tracking_open": project.tracking_open, "tracking_click": project.tracking_click}


ORGANIZATION = Lifecycle(
    "organization",
    ("active", "suspended", "deleted"),
    {
        ("active", "suspend"): "suspended",
        ("suspended", "reinstate"): "active",
        ("active", "delete"): "deleted",
        ("suspended", "delete"): "deleted",
    },
)
PROJECT = Lifecycle(
    "project",
    ("active", "suspended"),
    {("active", "suspend"): "suspended", ("suspended", "reinstate"): "active"},
)
"""The lifecycles of accounts and of projects. Only the system moves them, no operation does."""


class ApiKey(Table, table=True):
    __tablename__ = "autosend_api_key"

    key: str = Field(primary_key=True)
    organization_id: Annotated[str, RowOf("autosend_organization")]
    project_id: str | None = None
    """None for an account key, which names the project in `x-project-id`."""
    is_smtp: bool = False
    """Whether the key is a password of the SMTP relay, and not a key of the API."""
    id: str
    """The id by which the control plane steers the key; it is no secret."""
    status: str = "active"
    """`active`, `expired` or `deleted`."""


KEY = Lifecycle(
    "key",
    ("active", "expired", "deleted"),
    {("active", "expire"): "expired", ("active", "delete"): "deleted", ("expired", "delete"): "deleted"},
)
"""The lifecycle of keys. No operation moves them."""


class Domain(Table, table=True):
    """A domain that a project sends mails from; if `inbound_enabled_at` is set, it also receives mails."""

    __tablename__ = "autosend_domain"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    name: str
    status: str = "PENDING_CONFIGURATION"
    """`PENDING_CONFIGURATION`, `PENDING` or `VERIFIED`."""
    region_key: str = "us-east-1"
    ownership_verified: bool = False
    dkim_enabled: bool = False
    mail_from_enabled: bool = False
    dmarc_enabled: bool = False
    is_being_verified: bool = False
    is_new: bool = True
    """Whether it has the daily limit of new domains; domains of fixtures have none by default."""
    created_at: Millis
    last_checked_at: Millis
    asked_to_verify_at: Millis | None = None
    """When a client last asked for a check."""
    verified_at: Millis | None = None
    """Since when it is verified; None if it is not, or no longer."""
    first_verified_at: Millis | None = None
    """When it was verified for the first time: since then its daily limit rises."""
    held_since: Millis | None = None
    """Since when its daily limit does not rise, because a campaign from it waits to be resumed."""
    held_for: Millis = 0
    """For how long the daily limit did not rise before that: milliseconds of whole days."""
    inbound_enabled_at: Millis | None = None
    inbound_verified_at: Millis | None = None


DOMAIN = Lifecycle(
    "domain",
    ("PENDING_CONFIGURATION", "PENDING", "VERIFIED"),
    {
        ("PENDING_CONFIGURATION", "find ownership"): "PENDING",
        ("PENDING_CONFIGURATION", "verify"): "VERIFIED",
        ("PENDING", "verify"): "VERIFIED",
        ("VERIFIED", "fall back"): "PENDING",
    },
)
"""The lifecycle of domains, which checks of their records move."""


class DomainDay(Table, table=True):
    """The number of mails that a new domain has sent on a day."""

    __tablename__ = "autosend_domain_day"

    domain_id: str = Field(primary_key=True)
    day: int = Field(primary_key=True)
    """Days since 1970-01-01, UTC."""
    sent: int = 0


class Sender(Table, table=True):
    """An address that campaigns and templates may send from."""

    __tablename__ = "autosend_sender"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    email: str
    name: str
    reply_to: str = ""


class EncryptionKey(Table, table=True):
    """A private key that decrypts encrypted bodies."""

    __tablename__ = "autosend_encryption_key"

    kid: str = Field(primary_key=True)
    jwk: str
    """The key as JSON, with the private parts."""


class IdempotentAnswer(Table, table=True):
    """The first response to an `Idempotency-Key`."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "autosend_idempotent_answer"

    key: str = Field(primary_key=True)
    at: Millis = Field(index=True)
    status: int
    body: bytes


REMEMBERED = Expiry(IdempotentAnswer, DAY, forgets_later=True)
"""For a day, another POST with the same `Idempotency-Key` is a repetition of the first one."""
