"""Short domains, the links on them, and the clicks on those."""

from typing import Annotated, ClassVar, Literal, get_args

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from emulator.engine.clock import DAY, Millis
from emulator.rcs.tables.contacts import PHONE
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table

RESTORABLE = 3 * DAY
"""How long a deleted domain or link can be restored."""

SlugType = Literal["random", "from_original", "numeric"]


class ShortDomain(Table, table=True):
    """A host name that short links are on."""

    __tablename__ = "rcs_short_domain"

    id: str = Field(primary_key=True)
    system_domain_id: str | None = None
    """None for a client's own domain."""
    name: str = Field(unique=True)
    status: Annotated[str, OneOf("active", "inactive", "deleted", "blocked", "not_paid")]
    is_default: bool = False
    slug_type: Annotated[str, OneOf(*get_args(SlugType))] = "random"
    not_found_page: str | None = None
    init_deleted_at: Millis | None = None
    created_at: Millis

    @property
    def can_refresh_status(self) -> bool:
        return self.status == "inactive"

    @property
    def can_restore(self) -> bool:
        return self.status == "deleted"


class ShortLink(Table, table=True):
    """A link on a short domain. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_short_link"
    __table_args__ = (UniqueConstraint("domain_id", "slug"),)

    id: str = Field(primary_key=True)
    domain_id: Annotated[str, RowOf("rcs_short_domain")]
    slug: str
    status: Annotated[str, OneOf("active", "blocked", "not_paid", "deleted", "problem")]
    name: str | None
    original_link: str
    campaign_id: int | None = Field(index=True)
    message_id: int | None = Field(index=True)
    phone: Annotated[str, PHONE] | None
    init_deleted_at: Millis | None
    created_at: Millis = Field(index=True)


class UnsubscribeLink(Table, table=True):
    """A link in a message by which its recipient unsubscribes. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_unsubscribe_link"

    slug: str = Field(primary_key=True)
    message_id: Annotated[int, RowOf("message")] = Field(index=True)
    phone: Annotated[str, PHONE]
    channel: str


class ShortClick(Table, table=True):
    """A visit to a short link, which stays known when the link is gone. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_short_click"

    id: str = Field(primary_key=True)
    link_id: str = Field(index=True)
    short_link: str
    """The address of the link at the time."""
    original_link: str
    """The target of the link at the time."""
    campaign_id: int | None = Field(index=True)
    message_id: int | None = Field(index=True)
    phone: Annotated[str, PHONE] | None
    created_at: Millis = Field(index=True)
    http_method: str
    user_agent: str
    client_ip: str
    browser_language: str
    browser: str
    device_os: str | None
    referrer_url: str | None
    is_human: bool
    is_unique: bool
