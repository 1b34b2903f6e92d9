"""The contacts of a fixture's project: their lists, properties and suppression groups."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from emulator.autosend.account.parts import HexId, of_project
from emulator.autosend.filters import MOST_GROUPS, FilterCriteria, FilterGroup
from emulator.autosend.limits import (
    LONGEST_LIST_NAME,
    ContactText,
    Description,
    ListDescription,
    Mobile,
    Name,
    PropertyDefault,
)
from emulator.autosend.properties import NewName
from emulator.autosend.suppression import MANUAL, suppress
from emulator.autosend.tables import contacts, suppressions
from emulator.autosend.tables.account import Project
from emulator.autosend.values import MOST_CUSTOM_FIELDS, Email, is_email, whole
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Generated, Moment, Unique
from emulator.storage.insertion import Insertion, sliced
from emulator.storage.sqlite import json_text

Value = str | bool | int | float


def _kept(fields: dict[str, Value]) -> dict[str, Value]:
    """Return the values without empty texts, which contacts do not keep."""
    return {name: whole(value) for name, value in fields.items() if value != ""}


class ContactFixture(Fixture):
    id: HexId | None = None
    email: Annotated[Email, Unique()]
    first_name: ContactText = ""
    last_name: ContactText = ""
    user_id: ContactText = ""
    mobile: Mobile = ""
    custom_fields: Annotated[dict[str, Value], AfterValidator(_kept)] = Field(
        {}, max_length=MOST_CUSTOM_FIELDS, alias="fields"
    )
    created: Moment | None = None


def _free(name: str) -> str:
    if name == contacts.GLOBAL_NAME:
        raise ValueError(f"{name} is the list of everybody")
    return name


class FilterFixture(FilterCriteria):
    """Conditions, at least one, of which all or any must hold."""

    groups: list[FilterGroup] = Field(min_length=1, max_length=MOST_GROUPS)


class ListFixture(Fixture):
    """A list with its members, or a segment with its filter and, optionally, its parent."""

    id: HexId
    name: Annotated[str, AfterValidator(_free), Unique()] = Field(pattern=r"\S", max_length=LONGEST_LIST_NAME)
    description: ListDescription = ""
    type: Literal["list", "segment"] = "list"
    contacts: list[Email] = []
    generate: Generated | None = None
    filter: FilterFixture | None = None
    parent_id: str | None = Field(None, alias="parent")
    created: Moment | None = None

    @model_validator(mode="after")
    def _has_what_its_type_has(self) -> "ListFixture":
        if self.type == "segment" and (self.filter is None or self.contacts or self.generate):
            raise ValueError("a segment has a filter, and no contacts of its own")
        if self.type == "list" and (self.filter is not None or self.parent_id is not None):
            raise ValueError("a list has no filter and no parent")
        return self

    @model_validator(mode="after")
    def _generates_addresses(self) -> "ListFixture":
        if self.generate is not None and not all(map(is_email, self.generate.ends())):
            raise ValueError("the pattern must make e-mail addresses")
        return self

    def addresses(self) -> Iterator[str]:
        yield from self.contacts
        if self.generate:
            yield from map(str.lower, self.generate.recipients())


class PropertyFixture(Fixture):
    id: HexId
    name: Annotated[NewName, Unique()]
    type: contacts.ValueType
    description: Description = ""
    default_value: PropertyDefault | None = Field(None, alias="default")


class GlobalGroupFixture(Fixture):
    """The group of all projects. Each project has its own addresses in it: its `suppressed`."""

    id: Annotated[HexId, Unique("groups")]
    code: Annotated[str, Unique()] = Field(pattern="^[A-Z0-9]{5,6}$")
    name: Name
    description: Description = ""

    def store(self, turn: Turn, organization: str, project_id: str | None, at: Millis) -> None:
        """Store a group of a project or, without `project_id`, of the organisation."""
        of = {"organization_id": organization, "project_id": project_id}
        turn.session.add(self.row(suppressions.SuppressionGroup, **of, created_at=at, updated_at=at))


class GroupFixture(GlobalGroupFixture):
    """A group of a project, with the addresses in it."""

    is_default: bool = Field(False, alias="default")
    suppressed: list[Email] = []

    def store_in(self, turn: Turn, project: Project) -> None:
        self.store(turn, project.organization_id, project.id, project.created_at)
        suppress(turn, project.id, self.code, self.suppressed, MANUAL, project.created_at)


def load_people(turn: Turn, project: Project, known: list[ContactFixture], lists: list[ListFixture]) -> None:
    """Store one contact for each address, the oldest first, and the lists with their members."""
    ids = turn.ids.hexes("autosend.contact", len(known))
    rows = [
        one.row(contacts.Contact, **of_project(project, one.created), id=one.id or made)
        for one, made in zip(known, ids, strict=True)
    ]
    turn.session.add_all(row for row in rows if row.created_at <= project.created_at)
    emails = {one.email for one in known}
    for listed in lists:
        for addresses in sliced(email for email in listed.addresses() if email not in emails):
            _add_unknown(turn, project, json_text(addresses))
    turn.session.add_all(row for row in rows if row.created_at > project.created_at)
    for listed in lists:
        row = listed.row(
            contacts.ContactList,
            filter=listed.filter.model_dump() if listed.filter else {},
            **of_project(project, listed.created),
        )
        turn.session.add(row)
        for addresses in sliced(listed.addresses()):
            of_list = (row.id, project.id, json_text(addresses))
            row.contact_count += turn.store.execute(_JOIN, of_list).rowcount


def _add_unknown(turn: Turn, project: Project, addresses: str) -> None:
    """Store a contact, as old as the project, for each address of a JSON list that has none."""
    missing = dict.fromkeys(email for (email,) in turn.store.execute(_MISSING, (addresses, project.id)))
    ids, at = turn.ids.hexes("autosend.contact", len(missing)), project.created_at
    shared = (project.id, "", "", "", "", "{}", at, at)
    _CONTACTS.run(turn.store, 0, shared, zip(ids, missing, strict=True))


_CONTACTS = Insertion(
    "autosend_contact",
    None,
    (
        "project_id", "first_name", "last_name", "user_id", "mobile",
        "custom_fields", "created_at", "updated_at",
    ),
    ("id", "email"),
)  # fmt: skip
_MISSING = """
    SELECT value FROM json_each(?) WHERE NOT EXISTS (
        SELECT 1 FROM autosend_contact WHERE project_id = ? AND email = value
    )
"""
_JOIN = """
    INSERT OR IGNORE INTO autosend_list_member (list_id, contact_id)
    SELECT ?, id FROM autosend_contact
    WHERE project_id = ? AND email IN (SELECT value FROM json_each(?))
"""
