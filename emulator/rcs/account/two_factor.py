"""Fixtures of one-time passwords."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from emulator.engine.engine import Turn
from emulator.rcs.account.contacts import Phone
from emulator.rcs.channels import SMS
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.two_factor import OtpSession, OtpSettings, OtpTemplate
from emulator.rcs.two_factor import TEMPLATE_IDS, country_of, send_code
from emulator.sandbox.fixtures import Duration, Fixture

FIRST_TEMPLATE = 1000


class TemplateFixture(Fixture):
    id: int = Field(ge=1, lt=FIRST_TEMPLATE)
    name: str = Field(min_length=3, max_length=50)
    text: str = Field(pattern=r"\{code2fa\}")
    countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = []
    status: Literal["requested", "approved", "rejected", "deleted"] = "approved"
    is_default: bool = Field(False, alias="default")
    is_for_test: bool = Field(False, alias="for_test")


class SessionFixture(Fixture):
    """A code that was sent a while ago by SMS, and was not entered yet."""

    id: str = Field(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    recipient: Phone
    sender: str
    template: int
    code: str = Field(pattern="^[0-9]{3,9}$")
    sent: Duration = 0
    lifetime: int = Field(300, ge=30, le=300)
    max_tries: int = Field(3, ge=1, le=5)


class TwoFactorFixture(Fixture):
    channels: list[Literal["sms", "viber"]] = ["sms", "viber"]
    pending_limit: int = Field(100, ge=1)
    total_limit: int | None = Field(None, ge=1)
    templates: list[TemplateFixture] = []
    sessions: list[SessionFixture] = []

    @model_validator(mode="after")
    def _names_only_what_it_has(self) -> "TwoFactorFixture":
        known = {template.id for template in self.templates}
        for session in self.sessions:
            if session.template not in known:
                raise ValueError(f"session {session.id} has a template that is not there: {session.template}")
        return self


def load_two_factor(turn: Turn, fixture: TwoFactorFixture) -> None:
    turn.ids.begin(TEMPLATE_IDS, FIRST_TEMPLATE)
    turn.session.add(fixture.row(OtpSettings, id=1))
    turn.session.add_all(template.row(OtpTemplate, updated_at=turn.now) for template in fixture.templates)


def load_sessions(turn: Turn, account: Account, fixture: TwoFactorFixture) -> None:
    texts = {template.id: template.text for template in fixture.templates}
    for one in fixture.sessions:
        then = Turn(turn.store, turn.ids, turn.now - one.sent)
        session = OtpSession(
            id=one.id,
            recipient=one.recipient,
            channel=SMS,
            sender=one.sender,
            sender_alt=None,
            message_text=texts[one.template],
            code="",
            code_lifetime=one.lifetime,
            code_max_tries=one.max_tries,
            code_digits=len(one.code),
            country_code=country_of(turn.session, one.recipient),
            created_at=then.now,
            expired_at=then.now,
        )
        turn.session.add(session)
        send_code(then, account, session, one.code)
