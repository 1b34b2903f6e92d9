"""What a message says, whatever its provider and channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class AttachedFile:
    """A file of a mail."""

    name: str
    content_type: str
    size: int | None
    """In bytes; None where it stands elsewhere."""
    url: str | None = None
    """Where it stands, or can be downloaded."""
    description: str = ""
    """What the client says of it."""


@dataclass(frozen=True)
class Content:
    """What a message says."""

    sender: str = ""
    subject: str = ""
    text: str = ""
    html: str | None = None
    payload: dict[str, Any] | None = None
    """Of a message that is more than text, as the client sent it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of a mail, beside the usual ones."""
    attachments: Sequence[AttachedFile] = ()
