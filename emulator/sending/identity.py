"""What a provider's clients know a message by: its ids, its place in a mail, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.sending.mime import Address


@dataclass(frozen=True)
class Identity:
    """The ids by which a provider's clients know a message."""

    id: str | None = None
    """The one that the provider's responses and webhooks have for it; None where they have none."""
    others: Mapping[str, str] = field(default_factory=dict)
    """That one and all others, of what it belongs to as well, by the names that the provider gives them."""
    role: str | None = None
    """How its recipient stands in the mail: `to`, `cc` or `bcc`; None for what is no mail."""


@dataclass(frozen=True)
class Named:
    """The messages that a provider's id names: some, or all of some jobs."""

    messages: Sequence[int] = ()
    jobs: Sequence[int] = ()


NOTHING_NAMED = Named()


@dataclass(frozen=True)
class Envelope:
    """Whom a mail is from, and all whom it goes to, each as a message of its own."""

    sender: Address | None
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    bcc: Sequence[Address] = ()


@dataclass(frozen=True)
class Wording:
    """What the messages of a job say on a channel, before the values of their recipients are filled in."""

    subject: str = ""
    text: str = ""
    html: str = ""
    payload: Any = None
    is_personal: bool = False
    """Whether each message says something of its own."""
    cost: int = 0
    """What filling in the values of one takes beside its characters, in characters."""
