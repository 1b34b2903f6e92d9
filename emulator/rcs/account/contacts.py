"""Fixtures of the contact book, its lists, and the stop list."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from emulator.engine.engine import Turn
from emulator.rcs.account.parts import Id
from emulator.rcs.contact_book import suits
from emulator.rcs.recipients import add_to_contact_book
from emulator.rcs.tables.contacts import PHONE, ContactField, ContactList, FieldType, StopListItem
from emulator.sandbox.fixtures import Fixture, Generated, Place, Unique
from emulator.storage.insertion import sliced
from emulator.storage.sqlite import json_text

Phone = Annotated[str, Field(pattern=f"^{PHONE.pattern}$")]


class ListFixture(Fixture):
    id: Id
    name: Annotated[str, Unique()] = Field(min_length=3, max_length=50)
    description: str | None = Field(None, min_length=1, max_length=255)
    is_default: bool = Field(False, alias="default")
    phones: list[Phone] = []
    generate: Generated | None = None

    @model_validator(mode="after")
    def _generates_phones(self) -> "ListFixture":
        ends = () if self.generate is None else self.generate.ends()
        if not all(re.fullmatch(PHONE.pattern, phone) for phone in ends):
            raise ValueError("the pattern must make phones: 9 to 15 digits, the first of them no 0")
        return self

    def all_phones(self) -> Iterator[str]:
        yield from self.phones
        if self.generate:
            yield from self.generate.recipients()


class FieldFixture(Fixture):
    """A field of contacts, and the values of some of them by phone."""

    id: Id
    name: Annotated[str, Unique()] = Field(min_length=1, max_length=30)
    type: FieldType = "text"
    description: str | None = Field(None, min_length=1, max_length=255)
    is_visible: bool = Field(True, alias="visible")
    values: dict[Phone, str] = {}

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield complaints about values that do not suit its type."""
        for phone, value in self.values.items():
            if not suits(self.type, value):
                yield ("values", phone), f"must be a {self.type}"

    def store(self, turn: Turn) -> None:
        """Store the field with its values, and contacts for those phones that are in no list."""
        turn.session.add(self.row(ContactField))
        add_to_contact_book(turn, list(self.values))
        turn.store.execute_many(
            "INSERT INTO rcs_contact_value SELECT id, ?, ? FROM rcs_contact WHERE phone = ?",
            ((self.id, value, phone) for phone, value in self.values.items()),
        )


class StopListFixture(Fixture):
    phone: Annotated[Phone, Unique()]
    channels: list[Literal["rcs", "sms", "viber", "whatsapp"]] = Field(min_length=1)

    def store(self, turn: Turn) -> None:
        own: dict[str, Any] = dict.fromkeys(self.channels, True)
        turn.session.add(
            self.row(StopListItem, id=turn.ids.number("rcs.stop_list"), created_at=turn.now, **own)
        )


def load_contacts(turn: Turn, lists: list[ListFixture]) -> None:
    """Make one contact of each phone, and lists of contacts."""
    for one in lists:
        turn.session.add(one.row(ContactList, created_at=turn.now))
        for phones in sliced(one.all_phones()):
            add_to_contact_book(turn, phones)
            turn.store.execute(_JOIN, (one.id, json_text(phones)))


_JOIN = """
    INSERT OR IGNORE INTO rcs_list_member (list_id, contact_id)
    SELECT ?, id FROM rcs_contact WHERE phone IN (SELECT value FROM json_each(?))
"""
