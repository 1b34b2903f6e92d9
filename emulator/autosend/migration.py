"""Imports from other providers: what is selected, and how it is stored in a project.

https://docs.autosend.com/migration/resend and …/sendgrid say what can be imported; how it is imported is
inferred: an item with the same name as one of the project is the same item, and a contact with the same
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
"""How long an import takes."""

FieldValue: TypeAlias = str | float | bool | None


class Mapped(BaseModel):
    """A custom field to import, and the property that it becomes."""

    field: str
    property: str
    type: FieldType


class Selection(BaseModel):
    """The items to import, by their ids at the other provider."""

    templates: list[str] = []
    lists: list[str] = []
    groups: list[str] = []
    fields: list[Mapped] = []
    contacts: list[str] = []
    """The addresses of contacts."""
    suppressed: list[str] = []
    """Addresses that are suppressed globally, with the reason `BOUNCE`."""
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
    """Return whether a project has an import, from any provider, that has not ended."""
    statement = select(Migration.id).where(Migration.project_id == project_id, Migration.status == "PENDING")
    return session.exec(statement).first() is not None


def begin(turn: Turn, project_id: str, provider: str, key: str, wanted: Selection) -> Migration:
    """Store an import, which is carried out TAKES later."""
    migration = Migration(
        id=turn.ids.hex("autosend.migration"),
        project_id=project_id,
        provider=provider,
        key=key,
        wanted=wanted.model_dump(),
        created_at=turn.now,
    )
    turn.session.add(migration)
    turn.schedule(turn.now + TAKES, "autosend.migrate", f"autosend.migration:{migration.id}", is_long=True)
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
    """Create the properties that do not exist yet; return the types of all properties by name."""
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
    """Return a value converted to a property's type, None if that is impossible."""
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
"""The limit beyond which numbers lose digits."""


def _import_list(turn: Turn, project_id: str, foreign: ForeignList) -> None:
    """Add the contacts of a list to the project's list with the same name, which is created if necessary."""
    same = (
        one for one in lists_of(turn.session, project_id) if one.type == "list" and one.name == foreign.name
    )
    own = next(same, None) or _new_list(turn, project_id, foreign.name)
    people = contacts.find_by_emails(turn.session, project_id, foreign.contacts)
    contacts.join(turn, list(people.values()), own)


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
    """Return the project's transactional template with this name; create it, or with `update` change it."""
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
    """Return the project's group for a foreign one, by its name for Resend and by its id for SendGrid.

    It is created if necessary.
    """
    if provider == RESEND:
        groups = groups_of(turn.session, project_id)
        same = next((one for one in groups if one.name == foreign.name and not one.is_global), None)
        return same or new_group(turn, project_id, foreign.name, foreign.description)
    return find_group(turn.session, project_id, foreign.id) or new_group(
        turn, project_id, foreign.name, foreign.description, code=foreign.id
    )


def members_of(lists: Sequence[ForeignList], list_ids: Iterable[str]) -> list[str]:
    """Return the addresses in any of the lists with these ids."""
    chosen = set(list_ids)
    return list(dict.fromkeys(email for one in lists if one.id in chosen for email in one.contacts))
