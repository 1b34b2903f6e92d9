"""The parts of a mail and their limits, for the API and for the SMTP relay.

https://docs.autosend.com/api-reference/mails/send (headers, attachments, numbers of recipients).
"""

import mimetypes
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, StringConstraints, model_validator

from emulator.autosend.complaints import INVALID, complaint
from emulator.autosend.models import Body
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.tables.mails import Attachment
from emulator.autosend.values import Email, OneLine, none_for_blank, none_for_empty
from emulator.base64_text import read_base64
from emulator.gateway.policy import MEBIBYTE
from emulator.sending.headers import is_one_line
from emulator.webhooks.addresses import check_form

MOST_RECIPIENTS = 50
"""The number of recipients of one mail, to, cc and bcc together."""
MOST_ATTACHMENTS = 20
MOST_HEADERS = 20
MAX_HTML = 4 * MEBIBYTE
"""In bytes of UTF-8."""
MAX_HEADER = 1000
MAX_HEADER_NAME = 76

HEADER_NAME = re.compile(f"[A-Za-z0-9-]{{1,{MAX_HEADER_NAME}}}")
_RESERVED = """
    from to cc bcc subject date message-id return-path sender reply-to received dkim-signature mime-version
    content-type content-transfer-encoding list-unsubscribe list-unsubscribe-post x-ses-configuration-set
    x-ses-message-tags
"""
RESERVED = frozenset(_RESERVED.split())
"""Headers that a client can not set, in lower case."""

_REFUSED_FILES = """
    adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib
    lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml
    msh2xml msi msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2
    tmp url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk
"""
REFUSED_FILES = frozenset(_REFUSED_FILES.split())
"""The endings of files that can not be attached. The page calls the list supported types, but it is the list
of those that Amazon SES refuses.
"""


OptionalEmail = Annotated[Email | None, BeforeValidator(none_for_empty)]
"""An address, or an empty text for none."""


def is_too_long(text: str) -> bool:
    """Return whether a text has more than MAX_HTML bytes."""
    return len(text.encode()) > MAX_HTML


def _short_enough(text: str) -> str:
    if is_too_long(text):
        raise ValueError(f"must be at most {MAX_HTML // MEBIBYTE} MB")
    return text


Html = Annotated[str, StringConstraints(max_length=MAX_HTML), AfterValidator(_short_enough)]
"""The HTML or the plain text of a mail."""

MaybeHtml = Annotated[Html | None, BeforeValidator(none_for_blank)]
"""HTML or plain text that may be left out; one of blanks alone counts as left out."""


class AddressObject(Body):
    """An object with an address. A text in its place is refused in words that name the object."""

    @model_validator(mode="before")
    @classmethod
    def _is_no_plain_text(cls, given: Any) -> Any:
        if isinstance(given, str):
            raise complaint("must be an object with email")
        return given


class Address(AddressObject):
    """A sender or a recipient."""

    email: Email
    name: OneLine | None = Field(None, max_length=256)


def _listed(value: Any) -> Any:
    """Return a single address as a list: the types of the Node SDK allow both."""
    return [value] if isinstance(value, dict) else value


Addresses = Annotated[list[Address], BeforeValidator(_listed)]


def _web_address(url: str) -> str:
    try:
        return check_form(url)
    except ValueError:
        raise ValueError(INVALID) from None


FileUrl = Annotated[
    str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s]+$"), AfterValidator(_web_address)
]


class AttachedFile(Body):
    """A file: its content as Base64, or the address from which AutoSend would fetch it."""

    file_name: OneLine = Field(
        min_length=1, max_length=256, validation_alias=AliasChoices("fileName", "filename")
    )
    content: str | None = None
    file_url: FileUrl | None = None
    content_type: OneLine | None = Field(None, max_length=200, pattern=r"^[\w.+-]+/[\w.+-]+(;.*)?$")
    description: OneLine | None = Field(None, max_length=256)

    @model_validator(mode="after")
    def _has_something_in_it(self) -> "AttachedFile":
        if self.content is None and self.file_url is None:
            raise ValueError("Either content or fileUrl is required")
        if is_refused_file(self.file_name):
            raise ValueError(f"File type is not allowed: {self.file_name}")
        return self


def is_refused_file(name: str) -> bool:
    """Return whether a file with this name can not be attached to mails."""
    _, dot, ending = name.rpartition(".")
    return bool(dot) and ending.strip().lower() in REFUSED_FILES


def attachments(files: Iterable[AttachedFile]) -> list[Attachment]:
    """Return the rows for attached files. Raises ValidationFailed for content that is not Base64."""
    return [_attachment(place, file) for place, file in enumerate(files)]


def _attachment(place: int, file: AttachedFile) -> Attachment:
    guessed = mimetypes.guess_type(file.file_name)[0] or "application/octet-stream"
    return Attachment(
        job_id=0,
        file_name=file.file_name,
        content_type=file.content_type or guessed,
        description=file.description or "",
        content=None if file.content is None else _decoded(place, file.content),
        url=None if file.content is not None else file.file_url,
    )


def _decoded(place: int, content: str) -> bytes:
    try:
        return read_base64(content)
    except ValueError:
        raise ValidationFailed((f"attachments.{place}.content", INVALID)) from None


UNVERIFIED_SENDER = ("from.email", "The domain of the sender is not verified")
"""The field and the message for an address that is not at a verified domain (inferred)."""


def header_complaints(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (field, message) for each header that is not allowed, and for too many headers."""
    if len(headers) > MOST_HEADERS:
        yield "headers", f"headers must contain at most {MOST_HEADERS} items"
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            yield f"headers.{name}", INVALID
        elif name.lower() in RESERVED:
            yield f"headers.{name}", "This header can not be set"
        elif len(value) > MAX_HEADER:
            yield f"headers.{name}", f"headers.{name} must be at most {MAX_HEADER} characters"
        elif not is_one_line(value):
            yield f"headers.{name}", INVALID
