"""Moderation refuses texts with the word `spam`, in upper or lower case (inferred).

It looks at the text of a message and those of its cards, not at titles, addresses and the links of each
recipient.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.rcs.contents import Own, Recipient
from emulator.rcs.unsubscribing import address_of

UNWANTED = "spam"


def is_spam(text: str | None, options: Mapping[str, Any] | None, recipients: Sequence[Recipient]) -> bool:
    """Return whether a text, those in the options, or a recipient's own are refused."""
    owns = (recipient.own for recipient in recipients if recipient.own is not None)
    return _is_refused(_texts(text, options)) or any(_is_refused(_texts_without_links(own)) for own in owns)


def _is_refused(texts: Iterator[str]) -> bool:
    return any(UNWANTED in text.lower() for text in texts)


def _texts(text: str | None, options: Mapping[str, Any] | None) -> Iterator[str]:
    cards = (options or {}).get("cards") or []
    said = (text, (options or {}).get("text"), *(card.get("text") for card in cards))
    return (one for one in said if one)


def _texts_without_links(own: Own) -> Iterator[str]:
    addresses = [link.address for link in own.links]
    if own.unsubscribe is not None:
        addresses.append(address_of(own.unsubscribe))
    for text in _texts(own.text, own.options):
        for address in addresses:
            text = text.replace(address, "")  # noqa: PLW2901 -- one after the other
        yield text
