"""Migrations: accounts at other providers, which fixtures define, and imports from them."""

from typing import Annotated, Any, Literal, get_args

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_object

RESEND, SENDGRID = "resend", "sendgrid"

Phase = Literal["custom fields", "templates", "lists", "contacts", "groups", "suppressions"]
SendgridPhase = Literal["custom fields", "templates", "groups", "lists", "contacts"]
PHASES: dict[str, tuple[Phase, ...]] = {RESEND: get_args(Phase), SENDGRID: get_args(SendgridPhase)}
"""The phases of an import from each provider, in order. Resend calls lists audiences, and groups topics."""

MIGRATION = Lifecycle(
    "migration",
    ("PENDING", "COMPLETED", "FAILED"),
    {("PENDING", "finish"): "COMPLETED", ("PENDING", "fail"): "FAILED"},
)


class ForeignAccount(Table, table=True):
    """An account at another provider."""

    __tablename__ = "autosend_foreign_account"

    provider: Annotated[str, OneOf(RESEND, SENDGRID)] = Field(primary_key=True)
    key: str = Field(primary_key=True)
    content: dict[str, Any] = json_object()
    """The content of the account, as a `ForeignContent`."""


class Migration(Table, table=True):
    """An import that runs in the background, phase by phase."""

    __tablename__ = "autosend_migration"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    provider: Annotated[str, OneOf(RESEND, SENDGRID)]
    key: str
    origin: str
    """The address of the emulator, for the images that it copies."""
    status: Annotated[str, OneOf(*MIGRATION.states)] = "PENDING"
    done: int = 0
    """How many of its phases are done."""
    fails_at: str | None = None
    """The phase at which it fails, None for none."""
    wanted: dict[str, Any] = json_object()
    """The items to import, as a `Selection`."""
    metrics: dict[str, Any] = json_object()
    """The numbers of imported and of failed items by phase."""
    created_at: Millis
    completed_at: Millis | None = None
