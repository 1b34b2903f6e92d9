"""Migrations: accounts at other providers, which fixtures define, and imports from them."""

from typing import Any

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.storage.tables import Table, json_object

RESEND, SENDGRID = "resend", "sendgrid"


class ForeignAccount(Table, table=True):
    """An account at another provider."""

    __tablename__ = "autosend_foreign_account"

    provider: str = Field(primary_key=True)
    """`resend` or `sendgrid`."""
    key: str = Field(primary_key=True)
    content: dict[str, Any] = json_object()
    """The content of the account, as a `ForeignContent`."""


class Migration(Table, table=True):
    """An import that runs in the background."""

    __tablename__ = "autosend_migration"

    id: str = Field(primary_key=True)
    project_id: str = Field(index=True)
    provider: str
    key: str
    status: str = "PENDING"
    """`PENDING` or `COMPLETED`."""
    wanted: dict[str, Any] = json_object()
    """What is imported, as a `Selection`."""
    created_at: Millis
    completed_at: Millis | None = None
