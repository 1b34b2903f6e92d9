"""The accounts at other providers that can be imported: Resend's and SendGrid's, from fixtures.

https://docs.autosend.com/migration/resend, https://docs.autosend.com/migration/sendgrid. Both have contacts,
templates, lists (audiences at Resend) and custom fields. Resend's topics have no members; SendGrid's
unsubscribe groups have addresses.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from sqlmodel import Session

from emulator.autosend.limits import Name, PropertyName, TemplateName
from emulator.autosend.tables import migrations as tables
from emulator.autosend.tables.migrations import Phase, SendgridPhase
from emulator.autosend.values import OneLine, is_email, whole
from emulator.sandbox.fixtures import Fixture, In, Unique

TEXT = 1000


def _address(value: str) -> str:
    if not is_email(value):
        raise ValueError("must be an address")
    return value.lower()


def _text(value: Any) -> Any:
    value = whole(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Address = Annotated[str, AfterValidator(_address)]
ForeignId = Annotated[
    str,
    BeforeValidator(_text, json_schema_input_type=str | int),
    Field(min_length=1, max_length=64),
    Unique(),
]
"""An id at another provider; SendGrid also has numbers."""


def _written(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


Time = Annotated[str, BeforeValidator(_written), Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
"""A time in UTC, as the other provider writes it."""


class ForeignContact(Fixture):
    email: Annotated[Address, Unique()]
    first_name: str = Field("", max_length=TEXT)
    last_name: str = Field("", max_length=TEXT)
    fields: dict[str, str | bool | float] = {}
    """The values of custom fields by name."""


class ResendContact(ForeignContact):
    unsubscribed: bool = False
    """Whether the contact has unsubscribed from everything."""


class ForeignTemplate(Fixture):
    id: ForeignId
    name: TemplateName
    subject: OneLine = Field(max_length=988)
    html: str
    updated: Time = "2026-03-01T08:00:00Z"


class ResendTemplate(ForeignTemplate):
    status: str = Field("active", max_length=50)


class SendgridTemplate(ForeignTemplate):
    thumbnail: str = Field("", max_length=TEXT)


class ForeignList(Fixture):
    id: ForeignId
    name: Name
    contacts: Annotated[list[Address], In("contacts", key="email")] = []


class ForeignTopic(Fixture):
    """A topic of Resend; Resend does not tell which addresses are in it."""

    id: ForeignId
    name: Name
    description: str = Field("", max_length=TEXT)
    default_subscription: Literal["opt_in", "opt_out"] = "opt_in"
    visibility: Literal["public", "private"] = "public"

    @property
    def suppressed(self) -> list[str]:
        """The addresses that are imported with the topic: none, because Resend does not tell them."""
        return []

    @property
    def is_active(self) -> bool:
        return self.visibility == "public"


class ForeignGroup(Fixture):
    """An unsubscribe group of SendGrid."""

    id: ForeignId
    name: Name
    description: str = Field("", max_length=TEXT)
    is_active: bool = Field(default=True, alias="active")
    suppressed: list[Address] = []


class ForeignField(Fixture):
    id: ForeignId
    name: Annotated[PropertyName, Unique()]
    type: Literal["string", "text", "number", "boolean", "date"] = "string"

    @property
    def field_type(self) -> str:
        """The type of the property that the field becomes: Resend's `text` is a string, too."""
        return "string" if self.type == "text" else self.type


class ForeignContent(Fixture):
    """The content of an account, as far as both providers have it."""

    key: Annotated[str, Unique()] = Field(min_length=1, max_length=500)
    contacts: list[ForeignContact] = []
    templates: list[ForeignTemplate] = []
    lists: list[ForeignList] = []
    fields: list[ForeignField] = []
    fails_at: Phase | None = None
    """The phase at which an import of the account fails; the phases before it stay imported."""

    @property
    def groups(self) -> Sequence[ForeignTopic | ForeignGroup]:
        """The topics or unsubscribe groups, which become suppression groups."""
        return []

    @property
    def unsubscribed(self) -> list[str]:
        """The addresses that get no mail at all; SendGrid's are not imported."""
        return []


class ResendContent(ForeignContent):
    contacts: list[ResendContact] = []  # type: ignore[assignment]
    templates: list[ResendTemplate] = []  # type: ignore[assignment]
    topics: list[ForeignTopic] = []

    @property
    def groups(self) -> Sequence[ForeignTopic]:
        return self.topics

    @property
    def unsubscribed(self) -> list[str]:
        return [one.email for one in self.contacts if one.unsubscribed]


class SendgridField(ForeignField):
    type: Literal["string", "text", "number", "date"] = "string"


Scope = Literal["template_engine.read", "marketing.read", "suppressions.read"]
SCOPES: tuple[Scope, ...] = ("template_engine.read", "marketing.read", "suppressions.read")


class SendgridContent(ForeignContent):
    templates: list[SendgridTemplate] = []  # type: ignore[assignment]
    fields: list[SendgridField] = []  # type: ignore[assignment]
    fails_at: SendgridPhase | None = None
    unsubscribe_groups: list[ForeignGroup] = []
    scopes: list[Scope] = list(SCOPES)
    """The rights of the key; the parts that it may not read look empty."""

    @property
    def groups(self) -> Sequence[ForeignGroup]:
        return self.unsubscribe_groups

    def readable(self) -> "SendgridContent":
        """Return what the key may read of the account."""
        hidden: dict[str, list[Any]] = {}
        if "template_engine.read" not in self.scopes:
            hidden |= {"templates": []}
        if "marketing.read" not in self.scopes:
            hidden |= {"contacts": [], "lists": [], "fields": []}
        if "suppressions.read" not in self.scopes:
            hidden |= {"unsubscribe_groups": []}
        return self.model_copy(update=hidden)


class ForeignFixture(Fixture):
    """The accounts at other providers that can be imported; each has its API key."""

    resend: list[ResendContent] = []
    sendgrid: list[SendgridContent] = []


def load_foreign(session: Session, fixture: ForeignFixture) -> None:
    accounts: list[tuple[str, ForeignContent]] = [
        *((tables.RESEND, one) for one in fixture.resend),
        *((tables.SENDGRID, one) for one in fixture.sendgrid),
    ]
    for provider, account in accounts:
        content = account.model_dump(by_alias=True)
        session.add(tables.ForeignAccount(provider=provider, key=account.key, content=content))


def find_foreign(session: Session, provider: str, key: str) -> ForeignContent | None:
    """Return what a key may read of its account, None if the provider would refuse the key."""
    return (find_resend if provider == tables.RESEND else find_sendgrid)(session, key)


KEPT: Literal["ignore"] = "ignore"
"""How accounts are read from kept sandboxes, which may have fields that fixtures no longer have."""


def find_resend(session: Session, key: str) -> ResendContent | None:
    """Return the content of the account with a key, None if Resend would refuse the key."""
    found = session.get(tables.ForeignAccount, (tables.RESEND, key))
    return ResendContent.model_validate(found.content, extra=KEPT) if found else None


def find_sendgrid(session: Session, key: str) -> SendgridContent | None:
    """Return what a key may read of its account, None if SendGrid would refuse the key."""
    found = session.get(tables.ForeignAccount, (tables.SENDGRID, key))
    if found is None:
        return None
    return SendgridContent.model_validate(found.content, extra=KEPT).readable()
