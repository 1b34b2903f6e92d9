"""Fixtures of one-time passwords."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from emulator.engine.engine import Turn
from emulator.rcs.account.contacts import Phone
from emulator.rcs.account.parts import Id, Uuid
from emulator.rcs.channels import SMS
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.two_factor import OtpSession, OtpTemplate, TemplateStatus
from emulator.rcs.two_factor import PLACEHOLDER, country_of, send_code
from emulator.sandbox.fixtures import Duration, Fixture, In, Place


class TemplateFixture(Fixture):
    id: Id
    name: str = Field(min_length=3, max_length=50)
    text: str = Field(pattern=r"\{code2fa\}")
    countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = []
    status: TemplateStatus = "approved"
    is_default: bool = Field(False, alias="default")
    is_for_test: bool = Field(False, alias="for_test")

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield a complaint if the text has the code more than once."""
        if self.text.count(PLACEHOLDER) > 1:
            yield ("text",), f"must have {PLACEHOLDER} only once"


class SessionFixture(Fixture):
    """A code that was sent a while ago by SMS, and was not entered yet."""

    id: Uuid
    recipient: Phone
    sender: str
    template: Annotated[int, In("templates")]
    code: str = Field(pattern="^[0-9]{3,9}$")
    sent: Duration = 0
    code_lifetime: int = Field(300, ge=30, le=300, alias="lifetime")
    code_max_tries: int = Field(3, ge=1, le=5, alias="max_tries")

    def store(self, turn: Turn, account: Account) -> None:
        """Send the code `sent` ago, as it was then. Raises FixtureError and RcsError."""
        then = Turn(turn.store, turn.ids, turn.now - self.sent)
        template = turn.session.get_one(OtpTemplate, self.template)
        country = country_of(turn.session, self.recipient)
        if template.countries and country not in template.countries:
            raise self.wrong(f"template {template.id} is not for phones of {country}", "recipient")
        session = self.row(
            OtpSession,
            channel=SMS,
            sender_alt=None,
            message_text=template.text,
            code="",
            code_digits=len(self.code),
            country_code=country,
            created_at=then.now,
            expired_at=then.now,
        )
        turn.session.add(session)
        send_code(then, account, session, self.code)


class TwoFactorFixture(Fixture):
    channels: list[Literal["sms", "viber"]] = ["sms", "viber"]
    pending_limit: int = Field(100, ge=1)
    total_limit: int | None = Field(None, ge=1)
    templates: list[TemplateFixture] = []
    sessions: list[SessionFixture] = []
