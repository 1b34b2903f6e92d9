"""The contacts of a fixture's project: their lists, properties and suppression groups."""

from typing import Any, Literal

from pydantic import Field, model_validator

from emulator.autosend.filters import FilterCriteria
from emulator.autosend.suppression import MANUAL, suppress
from emulator.autosend.tables import contacts, suppressions
from emulator.autosend.tables.account import Project
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Generated, Moment

HEX = r"^[0-9a-f]{24}$"
CODE = r"^[A-Z0-9]{5,6}$"


class ContactFixture(Fixture):
    id: str | None = Field(None, pattern=HEX)
    email: str
    first_name: str = ""
    last_name: str = ""
    user_id: str = ""
    mobile: str = ""
    fields: dict[str, str | bool | int | float] = {}
    created: Moment | None = None


class ListFixture(Fixture):
    """A list with its members, or a segment with its filter."""

    id: str = Field(pattern=HEX)
    name: str
    description: str = ""
    type: Literal["list", "segment"] = "list"
    contacts: list[str] = []
    generate: Generated | None = None
    filter: FilterCriteria | None = None
    parent: str | None = None
    created: Moment | None = None

    @model_validator(mode="after")
    def _has_what_its_type_has(self) -> "ListFixture":
        if self.type == "segment" and (self.filter is None or self.contacts or self.generate):
            raise ValueError("a segment has a filter, and no contacts of its own")
        if self.type == "list" and self.filter is not None:
            raise ValueError("a list has no filter")
        return self

    def addresses(self) -> list[str]:
        generated = list(self.generate.recipients()) if self.generate else []
        return list(dict.fromkeys(address.lower() for address in self.contacts + generated))


class PropertyFixture(Fixture):
    id: str = Field(pattern=HEX)
    name: str
    type: Literal["string", "number", "boolean", "date"]
    description: str = ""
    default: str | None = None


class GroupFixture(Fixture):
    id: str = Field(pattern=HEX)
    code: str = Field(pattern=CODE)
    name: str
    description: str = ""
    default: bool = False
    suppressed: list[str] = []


def load_people(turn: Turn, project: Project, known: list[ContactFixture], lists: list[ListFixture]) -> None:
    """Make one contact of each address, and lists of contacts."""
    described = {one.email.lower(): one for one in known}
    members = {one.id: one.addresses() for one in lists}
    addresses = list(dict.fromkeys([*described, *(email for emails in members.values() for email in emails)]))
    made = turn.ids.hexes("autosend.contact", len(addresses))
    ids = {
        address: (described[address].id if address in described else None) or number
        for address, number in zip(addresses, made, strict=True)
    }
    turn.session.add_all(_contact(project, ids[address], address, one) for address, one in described.items())
    turn.session.flush()
    at = project.created_at
    turn.store.execute_many(
        _CONTACTS, ((ids[email], project.id, email, at, at) for email in addresses if email not in described)
    )
    for one in lists:
        turn.session.add(_list(project, one, len(members[one.id])))
        turn.session.flush()
        turn.store.execute_many(_MEMBERS, ((one.id, ids[email]) for email in members[one.id]))


def _contact(project: Project, contact_id: str, email: str, fixture: ContactFixture) -> contacts.Contact:
    created = project.created_at if fixture.created is None else fixture.created
    return contacts.Contact(
        id=contact_id,
        project_id=project.id,
        email=email,
        first_name=fixture.first_name,
        last_name=fixture.last_name,
        user_id=fixture.user_id,
        mobile=fixture.mobile,
        custom_fields=dict[str, Any](fixture.fields),
        created_at=created,
        updated_at=created,
    )


def _list(project: Project, fixture: ListFixture, count: int) -> contacts.ContactList:
    created = project.created_at if fixture.created is None else fixture.created
    return contacts.ContactList(
        id=fixture.id,
        project_id=project.id,
        name=fixture.name,
        description=fixture.description,
        type=fixture.type,
        filter=fixture.filter.model_dump() if fixture.filter else {},
        parent_id=fixture.parent,
        contact_count=count,
        created_at=created,
        updated_at=created,
    )


def load_properties(turn: Turn, project: Project, fixtures: list[PropertyFixture]) -> None:
    for fixture in fixtures:
        turn.session.add(
            contacts.ContactProperty(
                id=fixture.id,
                project_id=project.id,
                name=fixture.name,
                type=fixture.type,
                description=fixture.description,
                default_value=fixture.default,
                created_at=project.created_at,
                updated_at=project.created_at,
            )
        )


def load_group(
    turn: Turn, organization: str, project_id: str | None, created: Millis, fixture: GroupFixture
) -> None:
    """Make a group of a project, or of the organisation."""
    turn.session.add(
        suppressions.SuppressionGroup(
            id=fixture.id,
            code=fixture.code,
            organization_id=organization,
            project_id=project_id,
            name=fixture.name,
            description=fixture.description,
            is_default=fixture.default,
            created_at=created,
            updated_at=created,
        )
    )
    if project_id is not None and fixture.suppressed:
        emails = [email.lower() for email in fixture.suppressed]
        suppress(turn, project_id, fixture.code, emails, MANUAL, created)


_CONTACTS = """
    INSERT INTO autosend_contact (id, project_id, email, first_name, last_name, user_id, mobile,
                                  custom_fields, created_at, updated_at)
    VALUES (?, ?, ?, '', '', '', '', '{}', ?, ?)
"""
_MEMBERS = "INSERT INTO autosend_list_member (list_id, contact_id) VALUES (?, ?)"
