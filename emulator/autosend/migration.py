"""Imports from other providers: the selection, and how its items are stored in a project.

https://docs.autosend.com/migration/resend, https://docs.autosend.com/migration/sendgrid. An import runs phase
by phase, in the documented order. Templates are found by their id at the other provider, contacts by their
address, properties by their name. Inferred: a list or topic is the same as the project's one with its name; a
list with the name of a segment gets another name, because names are unique; the phases take equal parts of
ten seconds; images become a transparent point, because nothing is fetched.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, TypeAlias

from pydantic import BaseModel
from sqlmodel import Session, select

from emulator.autosend import contacts
from emulator.autosend.audience import lists_of
from emulator.autosend.foreign import (
    ForeignContact,
    ForeignContent,
    ForeignGroup,
    ForeignList,
    ForeignTemplate,
    ForeignTopic,
    find_foreign,
)
from emulator.autosend.javascript import text_of
from emulator.autosend.suppression import UNSUBSCRIBE, find_group, global_code, groups_of, new_group, suppress
from emulator.autosend.tables.account import made_in
from emulator.autosend.tables.contacts import GLOBAL_NAME, ContactList, ContactProperty
from emulator.autosend.tables.mails import Template
from emulator.autosend.tables.migrations import PHASES, RESEND, Migration, Phase
from emulator.autosend.tables.suppressions import SuppressionGroup
from emulator.autosend.templates import has_loop, rewrite
from emulator.autosend.values import number_in, whole
from emulator.engine.clock import SECOND
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.sandbox.links import make_link

MIGRATE = "autosend.migrate"
TAKES = 10 * SECOND
"""How long an import takes."""
SUBJECT = "autosend.migration:"

FieldValue: TypeAlias = str | float | bool | None


class Mapped(BaseModel):
    """A custom field to import, and the property that it becomes."""

    field: str
    property: str
    type: str


class Selection(BaseModel):
    """The items to import. Templates, lists and groups are named by their ids at the other provider."""

    templates: list[str] = []
    lists: list[str] = []
    groups: list[str] = []
    fields: list[Mapped] = []
    contacts: bool = False
    """Whether all contacts are imported, and added to the imported lists that they are in."""
    suppressions: bool = False
    """Whether the addresses of unsubscribed contacts are added to the global group."""

    @property
    def is_empty(self) -> bool:
        return not any(self.model_dump().values())


def events() -> dict[str, Handler]:
    return {MIGRATE: _on_due}


def is_under_way(session: Session, project_id: str) -> bool:
    """Return whether a project has an import, from any provider, that has not ended."""
    statement = select(Migration.id).where(Migration.project_id == project_id, Migration.status == "PENDING")
    return session.exec(statement).first() is not None


def begin(turn: Turn, project_id: str, account: tuple[str, str], wanted: Selection, origin: str) -> Migration:
    """Store an import, and schedule its first phase; `account` is (provider, key)."""
    provider, key = account
    content = find_foreign(turn.session, provider, key)
    migration = Migration(
        id=turn.ids.hex("autosend.migration"),
        project_id=project_id,
        provider=provider,
        key=key,
        origin=origin,
        fails_at=content.fails_at if content else None,
        wanted=wanted.model_dump(),
        created_at=turn.now,
    )
    turn.session.add(migration)
    _plan(turn, migration)
    return migration


def _plan(turn: Turn, migration: Migration) -> None:
    """Schedule the next phase: all phases take equal parts of TAKES."""
    phases, done = len(PHASES[migration.provider]), migration.done
    takes = TAKES * (done + 1) // phases - TAKES * done // phases
    turn.schedule(turn.meant + takes, MIGRATE, f"{SUBJECT}{migration.id}", rows=MANY_ROWS)


def _on_due(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    migration = turn.session.get_one(Migration, about.removeprefix(SUBJECT))
    _take_phase(turn, migration)
    if migration.status == "PENDING":
        _plan(turn, migration)


def finish(turn: Turn, migration: Migration) -> None:
    """Carry out all remaining phases now, up to one that fails."""
    turn.cancel(f"{SUBJECT}{migration.id}")
    while migration.status == "PENDING":
        _take_phase(turn, migration)


def fail(turn: Turn, migration: Migration) -> None:
    """End an import as failed; its phases that are done stay imported."""
    turn.cancel(f"{SUBJECT}{migration.id}")
    migration.status, migration.completed_at = "FAILED", turn.now


def put(turn: Turn, migration: Migration, state: str) -> None:
    """Set the state of an import; `PENDING` continues it, or begins it anew if all phases are done."""
    turn.cancel(f"{SUBJECT}{migration.id}")
    migration.status = state
    migration.completed_at = None if state == "PENDING" else turn.now
    if state == "PENDING":
        migration.done %= len(PHASES[migration.provider])
        _plan(turn, migration)


def phases_to_come(migration: Migration) -> Sequence[Phase]:
    """Return the phases that an import still has, or would have if it were put to `PENDING`."""
    phases = PHASES[migration.provider]
    return phases[migration.done % len(phases) :]


def summary(migration: Migration) -> str:
    """Return an import in words, with the numbers of what it has imported."""
    counted = [
        f"{number} {phase}{'' if name == 'imported' else f' {name}'}"
        for phase, numbers in migration.metrics.items()
        for name, number in numbers.items()
        if number
    ]
    return f"{_title(migration)}: {', '.join(counted) or 'nothing yet'}"


def _title(migration: Migration) -> str:
    return "Resend" if migration.provider == RESEND else "SendGrid"


def _take_phase(turn: Turn, migration: Migration) -> None:
    """Carry out the next phase, or fail at it; the last phase completes the import."""
    phases = PHASES[migration.provider]
    phase = phases[migration.done]
    content = find_foreign(turn.session, migration.provider, migration.key)
    if content is None or phase == migration.fails_at:
        migration.status, migration.completed_at = "FAILED", turn.now
        return
    counted = TAKEN[phase](turn, migration, content, Selection(**migration.wanted))
    migration.metrics = migration.metrics | {phase: dict(counted)}
    migration.done += 1
    if migration.done == len(phases):
        migration.status, migration.completed_at = "COMPLETED", turn.now


def _take_fields(
    turn: Turn, migration: Migration, content: ForeignContent, wanted: Selection
) -> Counter[str]:
    """Create the properties; a property that exists counts as failed, without further effect."""
    counted = Counter[str]()
    types = _types(turn.session, migration.project_id)
    for mapped in wanted.fields:
        counted["failed" if mapped.property in types else "imported"] += 1
        if mapped.property not in types:
            types[mapped.property] = mapped.type
            turn.session.add(
                ContactProperty(
                    id=turn.ids.hex("autosend.contact_property"),
                    name=mapped.property,
                    type=mapped.type,
                    **made_in(migration.project_id, turn.now),
                )
            )
    return counted


def _types(session: Session, project_id: str) -> dict[str, str]:
    """Return the types of a project's properties by name."""
    statement = select(ContactProperty).where(ContactProperty.project_id == project_id)
    return {one.name: one.type for one in session.exec(statement)}


def _take_templates(
    turn: Turn, migration: Migration, content: ForeignContent, wanted: Selection
) -> Counter[str]:
    found = [one for one in content.templates if one.id in wanted.templates]
    for template in found:
        import_template(turn, migration.project_id, template, migration.origin, update=False)
    return Counter(imported=len(found))


def _take_lists(turn: Turn, migration: Migration, content: ForeignContent, wanted: Selection) -> Counter[str]:
    """Create the lists, without their contacts."""
    found = [one for one in content.lists if one.id in wanted.lists]
    for one in found:
        _list_for(turn, migration, one)
    return Counter(imported=len(found))


def _take_contacts(
    turn: Turn, migration: Migration, content: ForeignContent, wanted: Selection
) -> Counter[str]:
    """Store all contacts of the account, and add them to the imported lists that they are in."""
    if not wanted.contacts:
        return Counter()
    types = _types(turn.session, migration.project_id)
    for one in content.contacts:
        values = _values(one, wanted, types)
        contacts.upsert(turn, migration.project_id, one.email, values, run_workflows=False)
    for foreign in content.lists:
        if foreign.id in wanted.lists:
            own = _list_for(turn, migration, foreign)
            people = contacts.find_by_emails(turn.session, migration.project_id, foreign.contacts)
            contacts.join(turn, list(people.values()), own, run_workflows=False)
    return Counter(imported=len(content.contacts))


def _values(one: ForeignContact, wanted: Selection, types: Mapping[str, str]) -> dict[str, Any]:
    """Return the values to store of a contact: its names, and those custom fields that are mapped."""
    fields = {}
    for mapped in wanted.fields:
        value = fitting(one.fields.get(mapped.field), types.get(mapped.property, mapped.type))
        if value is not None:
            fields[mapped.property] = value
    return {
        "first_name": one.first_name or None,
        "last_name": one.last_name or None,
        "custom_fields": fields,
    }


def _take_groups(
    turn: Turn, migration: Migration, content: ForeignContent, wanted: Selection
) -> Counter[str]:
    found = [one for one in content.groups if one.id in wanted.groups]
    for group in found:
        own = group_for(turn, migration.project_id, migration.provider, group)
        suppress(turn, migration.project_id, own.code, group.suppressed, UNSUBSCRIBE)
    return Counter(imported=len(found))


def _take_suppressions(
    turn: Turn, migration: Migration, content: ForeignContent, wanted: Selection
) -> Counter[str]:
    emails = content.unsubscribed if wanted.suppressions else []
    everywhere = global_code(turn.session, migration.project_id)
    suppress(turn, migration.project_id, everywhere, emails, UNSUBSCRIBE)
    return Counter(imported=len(emails))


Take = Callable[[Turn, Migration, ForeignContent, Selection], Counter[str]]

TAKEN: Mapping[str, Take] = {
    "custom fields": _take_fields,
    "templates": _take_templates,
    "lists": _take_lists,
    "contacts": _take_contacts,
    "groups": _take_groups,
    "suppressions": _take_suppressions,
}
"""The function that carries out each phase, and returns how many items it imported."""


def fitting(value: FieldValue, type_: str) -> Any:
    """Return a value converted to a property's type, None if that is impossible."""
    if value is None:
        return None
    if type_ == "number":
        return _number(value)
    text = text_of(value)
    if type_ == "boolean":
        return {"true": True, "false": False}.get(text.lower())
    return text if type_ == "string" or contacts.is_date(text) else None


def _number(value: str | float) -> float | None:
    number = number_in(value) if isinstance(value, str) else value
    if number is None or isinstance(number, bool) or not abs(number) < LARGEST:
        return None
    kept: float = whole(number)
    return kept


LARGEST = 1e15
"""The limit beyond which numbers lose digits."""


def _list_for(turn: Turn, migration: Migration, foreign: ForeignList) -> ContactList:
    """Return the project's list with the name of a foreign one; create it if necessary.

    If a segment or the global list has that name, the provider's name is added in brackets.
    """
    title, found = _title(migration), lists_of(turn.session, migration.project_id)
    lists = {one.name: one for one in found if one.type == "list"}
    taken = {GLOBAL_NAME, *(one.name for one in found if one.type != "list")}
    name = next(one for one in _names(foreign.name, title) if one not in taken)
    return lists.get(name) or _new_list(turn, migration.project_id, name)


def _names(name: str, title: str) -> Iterator[str]:
    """Yield the names that an imported list may have: its own, and others if that is taken."""
    yield name
    yield f"{name} ({title})"
    yield from (f"{name} ({title} {number})" for number in count(2))


def _new_list(turn: Turn, project_id: str, name: str) -> ContactList:
    made = ContactList(
        id=turn.ids.hex("autosend.contact_list"),
        name=name,
        **made_in(project_id, turn.now),
    )
    turn.session.add(made)
    return made


def import_template(
    turn: Turn, project_id: str, foreign: ForeignTemplate, origin: str, *, update: bool
) -> Template:
    """Return the project's template with the id of a foreign one; create it, or with `update` change it.

    A template that was deleted is created again. One with `{{#each` is flagged for review.
    """
    new = Template(id=foreign.id, name=foreign.name, subject=foreign.subject, **made_in(project_id, turn.now))
    own = turn.session.get(Template, (project_id, foreign.id))
    if own is None:
        own = new
        turn.session.add(own)
    elif own.deleted_at is not None:
        own.sqlmodel_update(new.model_dump())
    elif not update:
        return own
    own.subject, own.updated_at = foreign.subject, turn.now
    rewrite(own, _with_own_images(turn.session, foreign.html, origin))
    own.is_flagged = has_loop(foreign.html)
    return own


_SENDGRID_IMAGE = re.compile(
    r"""(?:https?:)?//cdn\.mcauto-images-production\.sendgrid\.net/((?:(?!&quot;)[^\s"'<>()])+)""",
    re.IGNORECASE,
)


def _with_own_images(session: Session, html: str, origin: str) -> str:
    """Return HTML with its images at SendGrid replaced by images of the emulator."""
    return _SENDGRID_IMAGE.sub(
        lambda found: make_link(session, origin, "autosend", f"image/{found[1]}"), html
    )


def group_for(
    turn: Turn, project_id: str, provider: str, foreign: ForeignGroup | ForeignTopic
) -> SuppressionGroup:
    """Return the project's group for a foreign one, by its name for Resend and by its id for SendGrid.

    It is created if necessary, without addresses.
    """
    if provider == RESEND:
        groups = groups_of(turn.session, project_id)
        same = next((one for one in groups if one.name == foreign.name and not one.is_global), None)
    else:
        same = find_group(turn.session, project_id, foreign.id)
    return same or new_group(
        turn,
        project_id,
        foreign.name,
        foreign.description,
        code=None if provider == RESEND else foreign.id,
        is_active=foreign.is_active,
    )
