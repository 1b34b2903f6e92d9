"""The templates and senders of a fixture."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from emulator.altcraft.account.parts import Grouped, Named
from emulator.altcraft.senders import EmailRule, SmsRule, check_rules
from emulator.altcraft.tables.content import Template, VirtualSender
from emulator.altcraft.templating.channels import FORMS, EmailFields, PushFields, SmsFields
from emulator.altcraft.values import check_file
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import In, Moment


class EmailFixture(EmailFields, extra="forbid"):
    """The e-mail channel of a template."""

    attach: list[Annotated[dict[str, Any], AfterValidator(check_file)]] = []


class SmsFixture(SmsFields, extra="forbid"):
    """The SMS channel of a template."""


class PushFixture(PushFields, extra="forbid"):
    """The push channel of a template."""


class TemplateFixture(Grouped):
    """A template, with the fields of each channel that it has."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [name]} for name in FORMS]})

    description: str = ""
    tags: list[str] = []
    email: EmailFixture | None = None
    sms: SmsFixture | None = None
    push: PushFixture | None = None
    json_url: str = ""
    is_draft: bool = Field(False, alias="draft")
    is_confirm: bool = Field(False, alias="confirm")
    suppress_id: Annotated[int, In("suppression_lists")] = Field(0, alias="suppression_list")
    updated_at: Moment | None = Field(None, alias="edited")
    """If left out, the instant at which the sandbox is made."""

    @model_validator(mode="after")
    def _says_something(self) -> "TemplateFixture":
        if self.email is None and self.sms is None and self.push is None:
            raise ValueError(f"has none of {', '.join(FORMS)}")
        return self

    def store(self, turn: Turn, user: str) -> None:
        at = turn.now if self.updated_at is None else self.updated_at
        fields = {name: getattr(self, name) for name in FORMS}
        channels = {name: said.model_dump() for name, said in fields.items() if said is not None}
        turn.session.add(self.row(Template, channels=channels, updated_user=user, updated_at=at))


class SenderFixture(Named):
    channel: Literal["email", "sms"]
    type: str


class VirtualSenderFixture(Named):
    """A virtual sender, with rules as vsenders/get shows them."""

    email_rules: list[EmailRule] = []
    sms_rules: list[SmsRule] = []

    def store(self, turn: Turn) -> None:
        """Store it. Raises FixtureError for a group or sender that there is not, or another channel's."""
        for channel in ("email", "sms"):
            rules = f"{channel}_rules"
            with self.storing(rules):
                check_rules(turn.session, channel, getattr(self, rules))
        turn.session.add(self.row(VirtualSender))
