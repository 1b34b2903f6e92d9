"""Contacts, their lists, and their properties."""

from typing import Annotated, Any, ClassVar, Literal, get_args

from sqlmodel import Field, Index

from emulator.engine.clock import Millis
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_object

ValueType = Literal["string", "number", "boolean", "date"]
"""The types of contacts' properties, and of the fields that conditions are about."""

GLOBAL_LIST = "GLOBAL_CONTACT_LIST"
"""The id of the list of all contacts. It is not stored."""
GLOBAL_NAME = "All Contacts"
"""The name of that list, which no other has."""


class Contact(Table, table=True):
    __tablename__ = "autosend_contact"
    __table_args__ = (Index("autosend_contact_email", "project_id", "email", unique=True),)

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")]
    email: str
    first_name: str = ""
    last_name: str = ""
    user_id: str = ""
    mobile: str = ""
    custom_fields: dict[str, Any] = json_object()
    created_at: Millis
    updated_at: Millis

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class FormerContact(Table, table=True):
    """An address whose contact was deleted; another contact may have it since."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "autosend_former_contact"

    project_id: str = Field(primary_key=True)
    email: str = Field(primary_key=True)
    last_message: int
    """The id of the newest message at the deletion: messages up to it were meant for the deleted contact."""


class ContactList(Table, table=True):
    """A list of contacts, or a segment: the contacts that match its filter and are in its parent."""

    __tablename__ = "autosend_contact_list"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    name: str
    description: str = ""
    type: Annotated[str, OneOf("list", "segment")] = "list"
    filter: dict[str, Any] = json_object()
    """A segment's `filterCriteria`, with the field names of the API."""
    parent_id: str | None = None
    contact_count: int = 0
    """The number of contacts in a list; those of a segment are counted when they are needed."""
    created_at: Millis
    updated_at: Millis
    deleted_at: Millis | None = None

    @property
    def filter_criteria(self) -> dict[str, Any] | None:
        """The filter as responses show it: None for a list."""
        return self.filter or None


class ListMember(Table, table=True):
    KEPT: ClassVar[bool] = False
    __tablename__ = "autosend_list_member"

    list_id: Annotated[str, RowOf("autosend_contact_list")] = Field(primary_key=True)
    contact_id: Annotated[str, RowOf("autosend_contact")] = Field(primary_key=True, index=True)


class ContactProperty(Table, table=True):
    """A property: a declared custom field of contacts."""

    __tablename__ = "autosend_contact_property"

    id: str = Field(primary_key=True)
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    name: str
    type: Annotated[str, OneOf(*get_args(ValueType))]
    description: str = ""
    default_value: str | None = None
    created_at: Millis
    updated_at: Millis

    @property
    def field_name(self) -> str:
        """The `name`, under the field name that it has as a custom field."""
        return self.name

    @property
    def field_type(self) -> str:
        """The `type`, under the field name that it has as a custom field."""
        return self.type
