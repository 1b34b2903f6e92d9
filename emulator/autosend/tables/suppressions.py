"""Suppression groups, and the addresses in them, which get no mail."""

from typing import Annotated, ClassVar, Literal, get_args

from sqlmodel import Field, Index

from emulator.engine.clock import Millis
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table

Reason = Literal["UNSUBSCRIBE", "BOUNCE", "COMPLAINT", "MANUAL"]


class SuppressionGroup(Table, table=True):
    """A group of a project, or the global one of an organisation."""

    __tablename__ = "autosend_suppression_group"

    id: str = Field(primary_key=True)
    code: str = Field(index=True)
    organization_id: Annotated[str, RowOf("autosend_organization")]
    project_id: str | None = Field(default=None, index=True)
    """None for the global group."""
    name: str
    description: str = ""
    is_active: bool = True
    """Whether the preference page shows it; its entries prevent mails in any case."""
    is_default: bool = False
    """Whether it is the group of requests that name no group."""
    created_at: Millis
    updated_at: Millis

    @property
    def group_id(self) -> str:
        """The code, under its name in the API."""
        return self.code

    @property
    def is_global(self) -> bool:
        return self.project_id is None


class Suppression(Table, table=True):
    """An entry: an address in a group."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "autosend_suppression"
    __table_args__ = (
        Index("autosend_suppression_email", "project_id", "email", "group_code", unique=True),
        Index("autosend_suppression_of_group", "project_id", "group_code"),
    )

    id: str = Field(primary_key=True)
    project_id: str
    group_code: str
    email: str
    reason: Annotated[str, OneOf(*get_args(Reason))]
    created_at: Millis
    updated_at: Millis

    @property
    def group_id(self) -> str:
        """The code of the group, under its name in the API."""
        return self.group_code
