"""Messages as SMTP hands them over: MIME, read into what a mail is made of."""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, Message

from emulator.autosend.letters import RESERVED
from emulator.core.redaction import decoded

MAX_NAME = 256
MOST_BOUNDARIES = 50_000
"""Lines that may divide a message into parts; each part costs far more memory than its bytes."""


@dataclass(frozen=True)
class Party:
    """Somebody whom a header names."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class File:
    """A part of a message that is none of its texts."""

    file_name: str
    content_type: str
    description: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A message that was read."""

    sender: Party
    reply_to: str
    subject: str
    html: str
    text: str
    headers: dict[str, str]
    """Those that its writer made up."""
    addressed: dict[str, tuple[str, str]]
    """Name and role (`to`, `cc`) of those whom its headers name, by address in lower case."""
    files: list[File]


def read_letter(message: bytes) -> Letter | None:
    """Answer what a message says, None for one that can not be read."""
    if message.count(b"\n--") > MOST_BOUNDARIES:
        return None
    try:
        return _read(message_from_bytes(message, _class=EmailMessage, policy=policy.SMTP))
    except Exception:  # noqa: BLE001 -- the library raises whatever it stumbles over in a broken message
        return None


def _read(message: EmailMessage) -> Letter:
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    parts = [part for part in _leaves(message) if part is not html and part is not text]
    senders = _parties(message, "From")
    return Letter(
        sender=senders[0] if senders else Party(),
        reply_to=next(iter(map(_formatted, _parties(message, "Reply-To"))), ""),
        subject=_clean(message.get("Subject", "")),
        html=_text(html),
        text=_text(text),
        headers=_own_headers(message),
        addressed=_addressed(message),
        files=[_file(place, part) for place, part in enumerate(parts, 1)],
    )


def _leaves(part: Message) -> Iterator[Message]:
    """Yield the parts that hold something; a message inside of a message is one of them."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.get_payload():
            assert isinstance(child, Message)
            yield from _leaves(child)
    else:
        yield part


def _text(part: Message | None) -> str:
    """Answer a text with line ends as they are everywhere but in mails."""
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return _clean(decoded(content, part.get_content_charset("utf-8"))).replace("\r\n", "\n")


def _file(place: int, part: Message) -> File:
    content_type = part.get_content_type()
    ending = mimetypes.guess_extension(content_type) or ".bin"
    return File(
        file_name=_clean(part.get_filename() or f"attachment-{place}{ending}")[-MAX_NAME:],
        content_type=content_type,
        description=_clean(part.get("Content-Description", ""))[:MAX_NAME],
        content=_content(part),
    )


def _content(part: Message) -> bytes:
    if part.is_multipart():
        return b"".join(child.as_bytes() for child in part.get_payload() if isinstance(child, Message))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _own_headers(message: EmailMessage) -> dict[str, str]:
    return {
        _clean(name): _clean(value)
        for name, value in message.items()
        if name.lower() not in RESERVED and not name.lower().startswith("content-")
    }


def _addressed(message: EmailMessage) -> dict[str, tuple[str, str]]:
    named = [(role, one) for role in ("cc", "to") for one in _parties(message, role)]
    return {one.email: (one.name, role) for role, one in named}


def _parties(message: EmailMessage, header: str) -> list[Party]:
    return [_party(one) for value in message.get_all(header, []) for one in value.addresses]


def _party(address: Address) -> Party:
    return Party(_clean(address.display_name)[:MAX_NAME], _clean(address.addr_spec).lower())


def _formatted(one: Party) -> str:
    return f"{one.name} <{one.email}>" if one.name else one.email


def _clean(text: str) -> str:
    """Answer a text without what no database can hold: bytes that the message did not explain."""
    return str(text).encode("utf-8", "replace").decode()
