"""Imports from other providers: what is selected, and how it becomes a project's own.

https://docs.autosend.com/migration/resend and …/sendgrid say what can be imported; how it is imported is
inferred: what has the same name as something of the project is the same thing, and a contact of the same
address is the same contact.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel
from sqlmodel import Session, col, select

from emulator.autosend import contacts
from emulator.autosend.audience import lists_of
from emulator.autosend.foreign import (
    FieldType,
    ForeignContent,
    ForeignGroup,
    ForeignList,
    ForeignTemplate,
    find_foreign,
)
from emulator.autosend.suppression import (
    BOUNCE,
    UNSUBSCRIBE,
    find_group,
    global_code,
    groups_of,
    new_group,
    suppress,
)
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.contacts import ContactList, ContactProperty
from emulator.autosend.tables.mails import Template
from emulator.autosend.tables.migrations import RESEND, Migration
from emulator.autosend.tables.suppressions import SuppressionGroup
from emulator.engine.clock import SECOND
from emulator.engine.engine import Handler, Turn

TAKES = 10 * SECOND
"""How long an import is under way."""

FieldValue: TypeAlias = str | float | bool | None


class Mapped(BaseModel):
    """A custom field, and the property that it becomes."""

    field: str
    property: str
    type: FieldType


class Selection(BaseModel):
    """What an import takes over, by its ids at the other provider."""

    templates: list[str] = []
    lists: list[str] = []
    groups: list[str] = []
    fields: list[Mapped] = []
    contacts: list[str] = []
    """Addresses."""
    suppressed: list[str] = []
    """Addresses that get no mail at all."""
    unsubscribed: list[str] = []
    with_entries: bool = True
    """Whether groups are imported with the addresses in them."""

    @property
    def is_empty(self) -> bool:
        named = (self.templates, self.lists, self.groups, self.fields, self.contacts)
        return not any((*named, self.suppressed, self.unsubscribed))


def events() -> dict[str, Handler]:
    return {"autosend.migrate": _on_due}


def is_under_way(session: Session, project_id: str) -> bool:
    """Return whether a project has an import that has not ended, from whatever provider."""
    statement = select(Migration.id).where(Migration.project_id == project_id, Migration.status == "PENDING")
    return session.exec(statement).first() is not None


def begin(turn: Turn, project_id: str, provider: str, key: str, wanted: Selection) -> Migration:
    """Begin an import; it ends after TAKES."""
    migration = Migration(
        id=turn.ids.hex("autosend.migration"),
        project_id=project_id,
        provider=provider,
        key=key,
        wanted=wanted.model_dump(),
        created_at=turn.now,
    )
    turn.session.add(migration)
    turn.schedule(turn.now + TAKES, "autosend.migrate", f"autosend.migration:{migration.id}")
    return migration


def _on_due(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    migration = turn.session.get(Migration, about.removeprefix("autosend.migration:"))
    if migration is None or turn.session.get(Project, migration.project_id) is None:
        return
    content = find_foreign(turn.session, migration.provider, migration.key)
    if content is not None:
        _import(turn, migration, content, Selection(**migration.wanted))
    migration.status, migration.completed_at = "COMPLETED", turn.now


def _import(turn: Turn, migration: Migration, content: ForeignContent, wanted: Selection) -> None:
    project = migration.project_id
    types = _properties(turn, project, wanted.fields)
    for one in content.contacts:
        if one.email in wanted.contacts:
            names = {"first_name": one.first_name or None, "last_name": one.last_name or None}
            fields = {
                mapped.property: fitting(one.fields.get(mapped.field), types[mapped.property])
                for mapped in wanted.fields
            }
            contacts.upsert(turn, project, one.email, names | {"custom_fields": fields})
    for listed in content.lists:
        if listed.id in wanted.lists:
            _import_list(turn, project, listed)
    for template in content.templates:
        if template.id in wanted.templates:
            import_template(turn, project, template, update=False)
    for group in content.groups:
        if group.id in wanted.groups:
            own = _group_for(turn, project, migration.provider, group)
            emails = group.suppressed if wanted.with_entries else []
            suppress(turn, project, own.code, emails, UNSUBSCRIBE)
    everywhere = global_code(turn.session, project)
    suppress(turn, project, everywhere, wanted.unsubscribed, UNSUBSCRIBE)
    suppress(turn, project, everywhere, wanted.suppressed, BOUNCE)


def _properties(turn: Turn, project_id: str, wanted: Iterable[Mapped]) -> dict[str, str]:
    """Make the properties that are not there yet; return the types of all that the project has."""
    statement = select(ContactProperty).where(ContactProperty.project_id == project_id)
    types = {one.name: one.type for one in turn.session.exec(statement)}
    for mapped in wanted:
        if mapped.property not in types:
            types[mapped.property] = mapped.type
            turn.session.add(
                ContactProperty(
                    id=turn.ids.hex("autosend.contact_property"),
                    project_id=project_id,
                    name=mapped.property,
                    type=mapped.type,
                    created_at=turn.now,
                    updated_at=turn.now,
                )
            )
    return types


def fitting(value: FieldValue, type_: str) -> Any:
    """Return a value as one of a property's type, None where it can not be."""
    text = str(value)
    match type_:
        case "string":
            return None if value is None else text
        case "boolean":
            return {"true": True, "false": False}.get(text.lower())
        case "number":
            return _number(value)
    return text if contacts.is_date(text) else None


def _number(value: FieldValue) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return (int(number) if number.is_integer() else number) if abs(number) < LARGEST else None


LARGEST = 1e15
"""Beyond it, numbers lose digits."""


def _import_list(turn: Turn, project_id: str, foreign: ForeignList) -> None:
    """Put the contacts of a list into the project's list of the same name, which is made if need be."""
    same = (
        one for one in lists_of(turn.session, project_id) if one.type == "list" and one.name == foreign.name
    )
    own = next(same, None) or _new_list(turn, project_id, foreign.name)
    for email in foreign.contacts:
        contact = contacts.find_by_email(turn.session, project_id, email)
        if contact is not None:
            contacts.join(turn, contact, own)


def _new_list(turn: Turn, project_id: str, name: str) -> ContactList:
    made = ContactList(
        id=turn.ids.hex("autosend.contact_list"),
        project_id=project_id,
        name=name,
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.session.add(made)
    return made


def import_template(turn: Turn, project_id: str, foreign: ForeignTemplate, *, update: bool) -> Template:
    """Return the project's transactional template of this name: made if need be, changed with `update`."""
    statement = select(Template).where(
        Template.project_id == project_id,
        Template.name == foreign.name,
        Template.type == "transactional",
        col(Template.deleted_at).is_(None),
    )
    own = turn.session.exec(statement).first()
    if own is None:
        own = Template(
            id="A-" + turn.ids.hex("autosend.template", 20),
            project_id=project_id,
            name=foreign.name,
            subject=foreign.subject,
            html=foreign.html,
            created_at=turn.now,
            updated_at=turn.now,
        )
        turn.session.add(own)
    elif update:
        own.subject, own.html, own.updated_at = foreign.subject, foreign.html, turn.now
    return own


def _group_for(turn: Turn, project_id: str, provider: str, foreign: ForeignGroup) -> SuppressionGroup:
    """Return the project's group for a foreign one: that of its id for SendGrid, of its name for Resend."""
    if provider == RESEND:
        groups = groups_of(turn.session, project_id)
        same = next((one for one in groups if one.name == foreign.name and not one.is_global), None)
        return same or new_group(turn, project_id, foreign.name, foreign.description)
    return find_group(turn.session, project_id, foreign.id) or new_group(
        turn, project_id, foreign.name, foreign.description, code=foreign.id
    )


def members_of(lists: Sequence[ForeignList], list_ids: Iterable[str]) -> list[str]:
    """Return the addresses in any of some lists."""
    chosen = set(list_ids)
    return list(dict.fromkeys(email for one in lists if one.id in chosen for email in one.contacts))
