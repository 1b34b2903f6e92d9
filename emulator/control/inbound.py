"""Mails that somebody sends to a provider's account: replies of recipients, questions of customers."""

from email.utils import getaddresses
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from emulator.base64_text import read_base64
from emulator.control.problems import Problem
from emulator.control.values import Chosen, Providers, Wanted, invalid, provider_named, shaped
from emulator.engine.engine import Turn
from emulator.sending.headers import is_address, is_one_line
from emulator.sending.mime import Address, MailFile, read_mail, written_mail

MOST_RECIPIENTS = 100


def _one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("must be one line")
    return text


OneLine = Annotated[str, AfterValidator(_one_line)]


def _person(text: str) -> str:
    _address(text)
    return text


def _address(text: str) -> Address:
    """Return the address in `Ann <ann@example.com>` or `ann@example.com`. Raises ValueError."""
    pairs = getaddresses([text])
    if len(pairs) != 1 or not is_address(pairs[0][1]):
        raise ValueError("must be an address, such as ann@example.com or Ann <ann@example.com>")
    name, email = pairs[0]
    return Address(email, name or None)


Person = Annotated[
    str,
    Field(max_length=400, examples=["Ann <ann@example.com>"]),
    AfterValidator(_one_line),
    AfterValidator(_person),
]
People = Annotated[list[Person], Field(max_length=MOST_RECIPIENTS)]


MEDIA_TYPE = r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*"
MediaType = Annotated[
    str,
    Field(max_length=100, json_schema_extra={"pattern": f"^{MEDIA_TYPE}$"}),
    shaped(MEDIA_TYPE, "must be a media type in small letters, such as image/png"),
]
MESSAGE_ID = r"<[^<>\s\x00-\x1f\x7f]{1,900}>"
MessageId = Annotated[
    str,
    shaped(MESSAGE_ID, "must be a Message-ID in its brackets, such as <abc@example.com>"),
    Field(json_schema_extra={"pattern": f"^{MESSAGE_ID}$"}),
]


class NewFile(Wanted):
    """A file attached to the mail."""

    fileName: OneLine = Field(min_length=1, max_length=256)  # noqa: N815 -- as providers write it
    content: str = Field(description="Base64")
    contentType: MediaType = "application/octet-stream"  # noqa: N815 -- the same


class NewMail(Wanted):
    """An incoming mail: in its raw form, or as fields."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from": "Ann <ann@example.com>",
                    "to": ["help@k3x9.autosend.email"],
                    "subject": "Question",
                    "text": "Where is my order?",
                }
            ]
        }
    )

    raw: str | None = Field(None, description="The whole mail as RFC 5322 writes it, instead of its parts")
    sender: Person | None = Field(
        None, alias="from", description="Left out beside `raw`: the address in its header"
    )
    to: People = Field([], description="Left out beside `raw`: the addresses in its headers")
    cc: People = []
    subject: OneLine = Field("", max_length=998)
    text: str = ""
    html: str = ""
    attachments: list[NewFile] = Field([], max_length=20)
    inReplyTo: MessageId | None = Field(  # noqa: N815 -- as providers write it
        None,
        description="The Message-ID of the mail that it answers; AutoSend's are `<{emailId}@autosend.email>`",
    )

    @model_validator(mode="after")
    def _says_one(self) -> "NewMail":
        said = self.model_fields_set - {"raw", "sender", "to"}
        if self.raw is not None and said:
            raise ValueError("say either raw or what the mail says")
        if self.raw is None and (self.sender is None or not self.to):
            raise ValueError("a mail is from somebody and to somebody")
        return self


class ReceivedMail(BaseModel):
    ids: list[str] = Field(description="Its ids at the provider, one for each project that received it")


router = APIRouter(prefix="/_emulator", tags=["Inbound"])


@router.post("/{provider}/inbound", summary="Let a mail come in", status_code=201)
async def receive_mail(
    provider: Annotated[str, Path(examples=["autosend"])],
    wanted: NewMail,
    sandbox: Chosen,
    providers: Providers,
) -> ReceivedMail:
    """Let the provider's account receive a mail, and notify its webhooks."""
    receiver = provider_named(providers, provider)
    if receiver.receive_mail is None:
        raise Problem(409, f"{receiver.title} receives no mails.")
    with sandbox.turn() as turn:
        raw = _raw(turn, wanted)
        said = read_mail(raw)
        sender = _address(wanted.sender).email if wanted.sender else _first(said.addresses("from"))
        named = [_address(one) for one in (*wanted.to, *wanted.cc)]
        written = [one for one in said.addresses("to") + said.addresses("cc") if is_address(one.email)]
        recipients = [one.email for one in named or written]
        if not recipients:
            raise invalid("raw", "names nobody to whom it is; say it in `to`")
        ids = receiver.receive_mail(turn, raw, sender, recipients[: 2 * MOST_RECIPIENTS])
        if not ids:
            raise invalid("to", f"names nobody who receives mails at {receiver.title} in this sandbox")
    return ReceivedMail(ids=ids)


def _first(addresses: list[Address]) -> str:
    return addresses[0].email if addresses else ""


def _raw(turn: Turn, wanted: NewMail) -> bytes:
    if wanted.raw is not None:
        return wanted.raw.encode()
    assert wanted.sender is not None
    sender = _address(wanted.sender)
    try:
        return written_mail(
            message_id=f"<{turn.ids.hex('inbound.message')}@{sender.email.rpartition('@')[2]}>",
            at=turn.now,
            sender=sender,
            to=[_address(one) for one in wanted.to],
            cc=[_address(one) for one in wanted.cc],
            subject=wanted.subject,
            text=wanted.text,
            html=wanted.html,
            in_reply_to=wanted.inReplyTo,
            files=[_file(place, file) for place, file in enumerate(wanted.attachments)],
        )
    except ValueError as error:
        raise invalid("body", f"can stand in no mail: {error}") from error


def _file(place: int, file: NewFile) -> MailFile:
    try:
        content = read_base64(file.content)
    except ValueError:
        raise invalid(f"attachments.{place}.content", "must be Base64") from None
    return MailFile(file.fileName, file.contentType, content)
