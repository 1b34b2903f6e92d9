"""The content of a message, in one form for all providers and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.sending.identity import Envelope

LONGEST_TITLE = 200
"""How many characters of the text stand in lists if a message has no subject."""


@dataclass(frozen=True)
class AttachedFile:
    """A file attached to a mail."""

    name: str
    content_type: str
    size: int | None
    """The size in bytes; None where the file is stored elsewhere."""
    url: str | None = None
    """Where the file is stored, or can be downloaded."""
    description: str = ""
    """The client's description of the file."""
    content: bytes | None = None
    """The file's bytes; None where it is stored elsewhere."""
    content_id: str = ""
    """The name by which the HTML of the mail shows it (`cid:…`); empty where it has none."""


@dataclass(frozen=True)
class Content:
    """The content of a message."""

    sender: str = ""
    subject: str | None = None
    """The subject of a mail, which may be empty, or a title; None where there is none."""
    text: str = ""
    html: str | None = None
    payload: dict[str, Any] | None = None
    """The content of a message that is more than text, as the client sent it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers of a mail, beside the usual ones."""
    attachments: Sequence[AttachedFile] = ()
    links: Sequence[str] = ()
    """The addresses that stand in its text without a scheme, completed with one."""
    codes: Sequence[str] | None = None
    """The one-time codes in it where they are known; None where the text is to be searched for them."""
    envelope: Envelope | None = None
    """The sender and all recipients of the mail; None if the message is no mail."""
