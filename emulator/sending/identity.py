"""How a provider's clients know a message: its ids, its recipient's role in a mail, and its wording."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.sending.mime import Address


@dataclass(frozen=True)
class Identity:
    """The ids by which a provider's clients know a message."""

    id: str | None = None
    """The id in the provider's responses and webhooks; None if they have none."""
    others: Mapping[str, str] = field(default_factory=dict)
    """All ids of the message and of what it belongs to, by the provider's names for them."""
    role: str | None = None
    """The recipient's role in the mail: `to`, `cc` or `bcc`; None if the message is no mail."""


@dataclass(frozen=True)
class Named:
    """The messages that a provider's id refers to: single ones, or all of some jobs."""

    messages: Sequence[int] = ()
    jobs: Sequence[int] = ()


NOTHING_NAMED = Named()


@dataclass(frozen=True)
class Envelope:
    """The sender and all recipients of a mail; each recipient's copy is a message of its own."""

    sender: Address | None
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    bcc: Sequence[Address] = ()


@dataclass(frozen=True)
class Wording:
    """The content of a job's messages on a channel, before the values of recipients are filled in."""

    subject: str = ""
    text: str = ""
    html: str = ""
    payload: Any = None
    is_personal: bool = False
    """Whether each message has content of its own."""
    cost: int = 0
    """How much work filling in one message's values is beside its length, counted in characters."""
