"""The content of an account at another provider: Resend and SendGrid have the same, under different names.

Resend calls a list an audience, and a group a topic.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from sqlmodel import Session

from emulator.autosend.tables import migrations as tables
from emulator.autosend.values import is_email
from emulator.sandbox.fixtures import Fixture

FieldType = Literal["string", "number", "boolean", "date"]
TEXT = 1000


def _address(value: str) -> str:
    if not is_email(value):
        raise ValueError("must be an address")
    return value.lower()


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Address = Annotated[str, AfterValidator(_address)]
ForeignId = Annotated[
    str, BeforeValidator(_text, json_schema_input_type=str | int), Field(min_length=1, max_length=64)
]
"""An id at another provider; SendGrid also has numbers."""


class ForeignContact(Fixture):
    email: Address
    first_name: str = Field("", max_length=TEXT)
    last_name: str = Field("", max_length=TEXT)
    unsubscribed: bool = False
    fields: dict[str, str | bool | float] = {}
    """The values of custom fields by name."""


class ForeignTemplate(Fixture):
    id: ForeignId
    name: str = Field(min_length=1, max_length=90)
    subject: str = Field(max_length=988)
    html: str


class ForeignList(Fixture):
    id: ForeignId
    name: str = Field(min_length=1, max_length=200)
    contacts: list[Address] = []


class ForeignGroup(Fixture):
    id: ForeignId
    name: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=TEXT)
    suppressed: list[Address] = []


class ForeignField(Fixture):
    id: ForeignId
    name: str = Field(min_length=1, max_length=100)
    type: FieldType = "string"


class ForeignContent(Fixture):
    key: str = Field(min_length=1, max_length=500)
    contacts: list[ForeignContact] = []
    templates: list[ForeignTemplate] = []
    lists: list[ForeignList] = []
    groups: list[ForeignGroup] = []
    suppressed: list[Address] = []
    fields: list[ForeignField] = []

    @model_validator(mode="after")
    def _lists_only_its_contacts(self) -> "ForeignContent":
        known = {one.email for one in self.contacts}
        unknown = {email for one in self.lists for email in one.contacts} - known
        if unknown:
            raise ValueError(f"a list has a contact that is not there: {min(unknown)}")
        return self


class ForeignFixture(Fixture):
    """The accounts at other providers that can be imported; each has its API key."""

    resend: list[ForeignContent] = []
    sendgrid: list[ForeignContent] = []


def load_foreign(session: Session, fixture: ForeignFixture) -> None:
    for provider, accounts in ((tables.RESEND, fixture.resend), (tables.SENDGRID, fixture.sendgrid)):
        for account in accounts:
            content = account.model_dump()
            session.add(tables.ForeignAccount(provider=provider, key=account.key, content=content))


def find_foreign(session: Session, provider: str, key: str) -> ForeignContent | None:
    """Return the content of the account with a key, None if the provider would refuse the key."""
    found = session.get(tables.ForeignAccount, (provider, key))
    return ForeignContent(**found.content) if found else None
