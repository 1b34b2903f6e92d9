"""Loyalty programs, and the promo codes that they hand out."""

from typing import ClassVar

from sqlmodel import Field, Index

from emulator.engine.clock import Millis
from emulator.storage.tables import Table


class LoyaltyProgram(Table, table=True):
    """A loyalty program, which the platform's administrator sets up for the people of one database."""

    __tablename__ = "altcraft_loyalty_program"

    id: int = Field(primary_key=True)
    external_id: str = ""
    name: str
    description: str = ""
    database_id: int
    is_active: bool = True
    max_codes: int = 0
    """How many promo codes it has room for; 0 for any number."""
    reuses_codes: bool = False
    """Whether a promo code can be attached to several profiles."""


class PromoCode(Table, table=True):
    """A promo code of a program. It is free as long as it is attached to nobody."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_promo_code"
    __table_args__ = (Index("altcraft_promo_code_text", "program_id", "code", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    program_id: int
    code: str
    created_at: Millis
    expires_at: Millis | None = None


class PromoAttachment(Table, table=True):
    """A promo code that a profile has."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_promo_attachment"
    __table_args__ = (
        Index("altcraft_promo_attachment_profile", "profile_id"),
        {"sqlite_with_rowid": False},
    )

    code_id: int = Field(primary_key=True)
    profile_id: str = Field(primary_key=True)
    attached_at: Millis
    activated_at: Millis | None = None
