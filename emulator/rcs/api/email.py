"""E-mails: with content of their own, or made from a template.

github.com/bsgworld/go-sdk v2/api/openapi.yaml
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from emulator.base64_text import read_base64
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import mails, refusals
from emulator.rcs.dialect import Call
from emulator.rcs.models import Body, Model
from emulator.rcs.tables.mails import MailTemplate
from emulator.rcs.values import DIFFERENT, MAX_ID, Integer
from emulator.rcs.violations import BLANK, INVALID, complaint
from emulator.sending.headers import is_address, is_one_line
from emulator.sending.mime import ANY_FILE

router = APIRouter(prefix="/api/email", tags=["E-mail"], route_class=OperationRoute)

NOT_AN_ADDRESS = "This value is not a valid email address."
TEMPLATE_NOT_FOUND = "Template not found"
REFUSALS = refuses(refusals.GivenDataInvalid, refusals.TooManyDuplicates)


def _address(value: str) -> str:
    if not is_address(value):
        raise complaint(NOT_AN_ADDRESS)
    return value


def _named_address(value: str) -> str:
    sender = mails.address_of(value)
    if not is_one_line(value) or not is_address(sender.email):
        raise complaint(NOT_AN_ADDRESS)
    return value


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise complaint(INVALID)
    return value


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return read_base64(value)
    except ValueError:
        raise complaint(INVALID) from None


Address = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(_address)]
Addresses = Annotated[list[Address], Field(min_length=1, max_length=50), DIFFERENT]
Sender = Annotated[str, StringConstraints(min_length=1, max_length=998), AfterValidator(_named_address)]
OneLine = Annotated[str, StringConstraints(min_length=1), AfterValidator(_one_line)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=998), AfterValidator(_one_line)]


class Inline(Body):
    """A part that the HTML shows by `cid:…`.

    The documentation spells the field of its type in two ways, which become one name in generated clients:
    the document shows the spelling of the schema.
    """

    name: OneLine
    cid: OneLine
    contentType: str | None = None
    content_type: SkipJsonSchema[str | None] = None
    content: Annotated[bytes, BeforeValidator(_decoded, json_schema_input_type=str)]

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        """Return the second spelling of the type, which has no effect if the first one is there."""
        return {"content_type"} if content.get("contentType") else set()

    def part(self) -> mails.Part:
        kind = self.contentType or self.content_type or ANY_FILE
        return mails.Part(self.name, self.cid, kind, self.content)


class NewMail(Body):
    to: Addresses
    from_: Sender = Field(alias="from")
    inlines: list[Inline] | None = Field(None, max_length=100)

    @property
    def parts(self) -> list[mails.Part]:
        return [inline.part() for inline in self.inlines or []]


class NewPlainMail(NewMail):
    subject: Subject
    htmlbody: Annotated[str, StringConstraints(min_length=1, max_length=100_000)] | None
    body: Annotated[str, StringConstraints(max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "NewPlainMail":
        if not self.htmlbody and not self.body:
            raise complaint(BLANK, "htmlbody")
        return self


class NewTemplateMail(NewMail):
    template_id: Annotated[Integer, Field(ge=1, le=MAX_ID)]
    subject: Subject | None = None
    template_content: dict[str, str] | None = None


class SentMail(Model):
    """The id of the e-mail; it is the same for all of its addresses."""

    message_id: str


@router.post("/send-emails", status_code=201, responses=REFUSALS)
async def send_email(call: Call, body: NewPlainMail) -> SentMail:
    """Send an e-mail to up to 50 addresses.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, email_send
    """
    letter = mails.Letter(body.from_, body.subject, body.htmlbody, body.body or None, body.parts)
    return SentMail(message_id=mails.send(call.turn, letter, body.to))


@router.post("/send-template-emails", status_code=201, responses=REFUSALS)
async def send_template_email(call: Call, body: NewTemplateMail) -> SentMail:
    """Send an e-mail that is made from a template, with its variables filled in, to up to 50 addresses.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, email_template_send
    """
    template = call.db.get(MailTemplate, body.template_id)
    if template is None:
        raise refusals.GivenDataInvalid({"template_id": [TEMPLATE_NOT_FOUND]})
    values = body.template_content or {}
    letter = mails.letter_of(template, values, sender=body.from_, subject=body.subject, parts=body.parts)
    return SentMail(message_id=mails.send(call.turn, letter, body.to))
