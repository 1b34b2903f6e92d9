"""The properties of a project's contacts, which its deprecated API calls custom fields.

https://docs.autosend.com/api-reference/contact-properties
"""

from typing import Annotated, Any, Literal

from pydantic import StringConstraints
from sqlmodel import Session, select

from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.contacts import ContactProperty
from emulator.engine.engine import Turn
from emulator.storage.tables import insertion_order

RESERVED = frozenset(
    {
        "firstName",
        "first_name",
        "lastName",
        "last_name",
        "email",
        "mobile",
        "unsubscribed",
        "unsubscribe",
        "unsubscribe_groups",
        "unsubscribe_preferences",
        "userId",
        "externalId",
        "createdAt",
        "updatedAt",
        "contactLists",
        "address",
        "address_line_1",
        "address_line_2",
        "city",
        "state",
        "zip",
        "country",
    }
)
"""Names that no property can have."""

BUILT_IN = {
    "email": "string",
    "firstName": "string",
    "lastName": "string",
    "createdAt": "date",
    "userId": "string",
}
"""The fields of every contact that lists of properties show, and their types."""

Name = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\"\\\x00-\x20][^\"\\\x00-\x1f]*$")]
"""Inferred: what does not begin with a blank, and has no quote, backslash or control character."""

Type = Literal["string", "number", "boolean", "date"]
Description = Annotated[str, StringConstraints(max_length=1000)]
Default = Annotated[str, StringConstraints(max_length=5000)]


def properties_of(session: Session, project_id: str, *, with_built_in: bool) -> list[ContactProperty]:
    """Answer what a project has declared, as it was made; before that, maybe, what all contacts have."""
    statement = select(ContactProperty).where(ContactProperty.project_id == project_id)
    declared = session.exec(statement.order_by(insertion_order(ContactProperty)))
    return [*(_built_in(session, project_id) if with_built_in else ()), *declared]


def _built_in(session: Session, project_id: str) -> list[ContactProperty]:
    """Answer the fields of every contact as if they were properties (inferred): as old as the project."""
    created = session.get_one(Project, project_id).created_at
    return [
        ContactProperty(
            id=name, project_id=project_id, name=name, type=type_, created_at=created, updated_at=created
        )
        for name, type_ in BUILT_IN.items()
    ]


def find_property(session: Session, project_id: str, name: str) -> ContactProperty | None:
    """Answer the property that a project has declared under a name."""
    statement = select(ContactProperty).where(
        ContactProperty.project_id == project_id, ContactProperty.name == name
    )
    return session.exec(statement).first()


def check_reserved(field: str, name: str) -> None:
    """Raise ValidationFailed for a name that no property can have; `field` is where the client wrote it."""
    if name in RESERVED:
        raise ValidationFailed((field, f"{name} is a reserved name"))


def declare(turn: Turn, project_id: str, name: str, type_: str, **details: Any) -> ContactProperty:
    """Make a property."""
    made = ContactProperty(
        id=turn.ids.hex("autosend.contact_property"),
        project_id=project_id,
        name=name,
        type=type_,
        created_at=turn.now,
        updated_at=turn.now,
        **details,
    )
    turn.session.add(made)
    return made


def remove(turn: Turn, one: ContactProperty) -> None:
    """Delete a property, and its value from every contact of the project."""
    turn.session.delete(one)
    turn.session.flush()
    path = f'$."{one.name}"'
    turn.store.execute(_FORGET, (path, one.project_id, path))
    turn.session.expire_all()


_FORGET = """
    UPDATE autosend_contact SET custom_fields = json_remove(custom_fields, ?)
    WHERE project_id = ? AND json_type(custom_fields, ?) IS NOT NULL
"""
