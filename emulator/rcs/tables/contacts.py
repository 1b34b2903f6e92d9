"""The contact book, its lists, and the stop list."""

from typing import Annotated, ClassVar, Literal, get_args

from sqlmodel import Field

from emulator.engine.clock import Millis
from emulator.storage.columns import Digits, OneOf, RowOf
from emulator.storage.tables import Table

PHONE = Digits(9, 15)
"""A phone with its country code."""

FieldType = Literal["text", "date", "number"]
"""The types of contact fields."""


class Contact(Table, table=True):
    """A phone in the contact book. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_contact"

    id: int = Field(primary_key=True)
    phone: Annotated[str, PHONE] = Field(unique=True)
    created_at: Millis


class ContactField(Table, table=True):
    """A field of contacts beside their phone."""

    __tablename__ = "rcs_contact_field"

    id: int = Field(primary_key=True)
    name: str
    type: Annotated[str, OneOf(*get_args(FieldType))]
    """It never changes."""
    description: str | None
    is_visible: bool


class ContactValue(Table, table=True):
    """The value of a field of a contact. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_contact_value"

    contact_id: Annotated[int, RowOf("rcs_contact")] = Field(primary_key=True)
    field_id: Annotated[int, RowOf("rcs_contact_field")] = Field(primary_key=True)
    value: str


class ContactList(Table, table=True):
    __tablename__ = "rcs_contact_list"

    id: int = Field(primary_key=True)
    name: str = Field(unique=True)
    description: str | None = None
    is_default: bool = False
    created_at: Millis


class ListMember(Table, table=True):
    """A contact in a list. Written past the session."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "rcs_list_member"

    list_id: Annotated[int, RowOf("rcs_contact_list")] = Field(primary_key=True)
    contact_id: Annotated[int, RowOf("rcs_contact")] = Field(primary_key=True, index=True)


class StopListItem(Table, table=True):
    """A phone and the channels on which it gets no messages."""

    __tablename__ = "rcs_stop_list_item"

    id: int = Field(primary_key=True)
    phone: Annotated[str, PHONE] = Field(unique=True)
    created_at: Millis
    rcs: bool = False
    sms: bool = False
    viber: bool = False
    whatsapp: bool = False
