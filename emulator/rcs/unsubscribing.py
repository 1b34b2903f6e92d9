"""Unsubscribe links: `http://nosms.cc/XXXX` in a content becomes a link of each recipient's own.

A recipient who follows it gets no more messages on the channel.
https://telcowwt.com/documentations/rest-api/rcs-api/
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.engine.engine import Turn
from emulator.rcs.contents import Own, Recipient
from emulator.rcs.recipients import stop
from emulator.rcs.slugs import sealed_slugs
from emulator.rcs.tables.short_links import UnsubscribeLink
from emulator.sandbox.links import Linked

DOMAIN = "nosms.cc"
LINK = re.compile(r"https?://nosms\.cc/[A-Za-z0-9]+")
PAGE = Linked(
    b"<!doctype html><html lang=en><title>Unsubscribed</title><p>You will get no more messages.</p></html>",
    "text/html; charset=utf-8",
)


def is_in(content: Any) -> bool:
    """Return whether a text, the options of a message, or one of several contents has an unsubscribe link."""
    if isinstance(content, Mapping):
        return any(is_in(value) for value in content.values())
    if isinstance(content, list | tuple):
        return any(is_in(value) for value in content)
    return isinstance(content, str) and LINK.search(content) is not None


def address_of(slug: str) -> str:
    """Return the address of an unsubscribe link, as in messages."""
    return f"http://{DOMAIN}/{slug}"


def with_links(
    turn: Turn,
    recipients: Sequence[Recipient],
    text: str | None,
    options: Mapping[str, Any] | None,
    caption: str | None = None,
) -> list[Recipient]:
    """Return the recipients, with a link of their own in place of one in their content.

    With a caption, all of them get one at the end of the text.
    """
    is_for_all = caption is not None or is_in((text, options))
    whose = [index for index, one in enumerate(recipients) if is_for_all or _is_in_own(one)]
    found = list(recipients)
    for index, slug in zip(whose, sealed_slugs(turn, "rcs.unsubscribe", len(whose)), strict=True):
        own = _own(found[index].own or Own(), slug, text, options, caption)
        found[index] = found[index]._replace(own=own)
    return found


def _is_in_own(recipient: Recipient) -> bool:
    return recipient.own is not None and is_in((recipient.own.text, recipient.own.options))


def _own(
    own: Own, slug: str, text: str | None, options: Mapping[str, Any] | None, caption: str | None
) -> Own:
    address = address_of(slug)
    text = own.text if own.text is not None else text
    options = own.options if own.options is not None else options
    if text is not None:
        text = LINK.sub(address, text)
        if caption is not None:
            text = " ".join(filter(None, (text, caption.strip(), address)))
    return replace(own, text=text, options=_replaced(options, address), unsubscribe=slug)


def _replaced(content: Any, address: str) -> Any:
    if isinstance(content, Mapping):
        return {name: _replaced(value, address) for name, value in content.items()}
    if isinstance(content, list):
        return [_replaced(value, address) for value in content]
    return LINK.sub(address, content) if isinstance(content, str) else content


def store(turn: Turn, recipients: Sequence[Recipient], first_message_id: int, channel: str) -> None:
    """Store the links in messages, whose ids are consecutive, in the order of the recipients."""
    rows = (
        (one.own.unsubscribe, first_message_id + index, one.phone, channel)
        for index, one in enumerate(recipients)
        if one.own is not None and one.own.unsubscribe is not None
    )
    turn.store.execute_many(_ADD, rows)


def follow(turn: Turn, slug: str) -> Linked | None:
    """Put the phone of a link on the stop list of its channel; return the page to show; None if unknown."""
    link = turn.session.get(UnsubscribeLink, slug)
    if link is None:
        return None
    stop(turn, link.phone, link.channel)
    return PAGE


_ADD = "INSERT INTO rcs_unsubscribe_link (slug, message_id, phone, channel) VALUES (?, ?, ?, ?)"
