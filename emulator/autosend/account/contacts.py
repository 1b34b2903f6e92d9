"""The contacts of a fixture's project: their lists, properties and suppression groups."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from emulator.autosend.account.parts import HexId, of_project
from emulator.autosend.filters import MOST_GROUPS, FilterCriteria, FilterGroup
from emulator.autosend.properties import RESERVED, Name
from emulator.autosend.suppression import MANUAL, suppress
from emulator.autosend.tables import contacts, suppressions
from emulator.autosend.tables.account import Project
from emulator.autosend.values import Email, is_email
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Generated, Moment, Unique, with_columns


@with_columns(contacts.Contact, "first_name", "last_name", "user_id", "mobile")
class ContactFixture(Fixture):
    id: HexId | None = None
    email: Annotated[Email, Unique()]
    custom_fields: dict[str, str | bool | int | float] = Field({}, alias="fields")
    created: Moment | None = None


class FilterFixture(FilterCriteria):
    """Conditions, at least one, of which all or any must hold."""

    groups: list[FilterGroup] = Field(min_length=1, max_length=MOST_GROUPS)


@with_columns(contacts.ContactList, "description")
class ListFixture(Fixture):
    """A list with its members, or a segment with its filter, of the contacts of its parent if it has one."""

    id: HexId
    name: Annotated[str, Unique()] = Field(pattern=r"\S", max_length=200)
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

    def addresses(self) -> list[str]:
        generated = list(self.generate.recipients()) if self.generate else []
        return list(dict.fromkeys(self.contacts + [address.lower() for address in generated]))


def _unreserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"{name} is a reserved name")
    return name


@with_columns(contacts.ContactProperty, "description", default="default_value")
class PropertyFixture(Fixture):
    id: HexId
    name: Annotated[Name, AfterValidator(_unreserved), Unique()]
    type: Literal["string", "number", "boolean", "date"]


@with_columns(suppressions.SuppressionGroup, "name", "description")
class GroupFixture(Fixture):
    id: Annotated[HexId, Unique("groups")]
    code: Annotated[str, Unique()] = Field(pattern="^[A-Z0-9]{5,6}$")
    is_default: bool = Field(False, alias="default")
    suppressed: list[Email] = []

    def store(self, turn: Turn, organization: str, project_id: str | None, at: Millis) -> None:
        """Store a group of a project or, without `project_id`, of the organisation."""
        of = {"organization_id": organization, "project_id": project_id}
        turn.session.add(self.row(suppressions.SuppressionGroup, **of, created_at=at, updated_at=at))
        if project_id is not None:
            suppress(turn, project_id, self.code, self.suppressed, MANUAL, at)


def load_people(turn: Turn, project: Project, known: list[ContactFixture], lists: list[ListFixture]) -> None:
    """Store one contact for each address, and the lists with their members."""
    described = {one.email: one for one in known}
    members = {one.id: one.addresses() for one in lists}
    addresses = list(dict.fromkeys(email for emails in (described, *members.values()) for email in emails))
    made = turn.ids.hexes("autosend.contact", len(addresses))
    ids = {
        address: (described[address].id if address in described else None) or number
        for address, number in zip(addresses, made, strict=True)
    }
    for address, contact in described.items():
        own = of_project(project, contact.created) | {"id": ids[address], "email": address}
        turn.session.add(contact.row(contacts.Contact, **own))
    at = project.created_at
    turn.store.execute_many(
        _CONTACTS, ((ids[email], project.id, email, at, at) for email in addresses if email not in described)
    )
    for one in lists:
        turn.session.add(
            one.row(
                contacts.ContactList,
                filter=one.filter.model_dump() if one.filter else {},
                contact_count=len(members[one.id]),
                **of_project(project, one.created),
            )
        )
        turn.store.execute_many(_MEMBERS, ((one.id, ids[email]) for email in members[one.id]))


_CONTACTS = """
    INSERT INTO autosend_contact (id, project_id, email, first_name, last_name, user_id, mobile,
                                  custom_fields, created_at, updated_at)
    VALUES (?, ?, ?, '', '', '', '', '{}', ?, ?)
"""
_MEMBERS = "INSERT INTO autosend_list_member (list_id, contact_id) VALUES (?, ?)"
