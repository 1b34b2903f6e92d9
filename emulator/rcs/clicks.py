"""The effects of recipients who press the first button of a message, or follow its first link."""

from collections.abc import Sequence

from sqlmodel import Session

from emulator.engine.engine import Turn
from emulator.rcs import short_links, unsubscribing
from emulator.rcs.channels import RCS
from emulator.rcs.contents import Said, said_by
from emulator.rcs.identity import words
from emulator.rcs.shortening import addresses_in
from emulator.rcs.webhooks import buttons
from emulator.sandbox.links import Linked, Visit
from emulator.sending.messages import Message, Selection
from emulator.sending.texts import links_in

RECIPIENT = Visit(
    address="192.0.2.1",
    user_agent="Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
    language="uk",
)
"""The visitor in place of a real one, when an outcome follows links."""


def click(turn: Turn, selection: Selection) -> list[Message]:
    """Press the first button of messages, or follow their first link; return the messages that have one."""
    messages = selection.messages(turn.session)
    contents = said_by(turn.session, messages)
    leads_on = _press if selection.channel == RCS else _follow
    return [message for message in messages if leads_on(turn, contents[message.id])]


def visit(turn: Turn, domain: str, slug: str, by: Visit) -> str | Linked | None:
    """Note a visit to a short link or an unsubscribe link; return its target or a page."""
    if domain == unsubscribing.DOMAIN:
        return unsubscribing.follow(turn, slug)
    return short_links.visit(turn, domain, slug, by)


def has_domain(session: Session, domain: str) -> bool:
    """Return whether a host name is one of short links or unsubscribe links."""
    return domain == unsubscribing.DOMAIN or short_links.domain_named(session, domain) is not None


def _press(turn: Turn, said: Said) -> bool:
    """Press the first button of an RCS message; if it is no link, follow the message's only link."""
    all_buttons = buttons(said.options or {})
    addresses = [button["url"] for button in all_buttons if button.get("url")]
    _, text = words(said.text, said.options)
    leads_on = all_buttons and all_buttons[0].get("url")
    _unsubscribe(turn, addresses[:1] if leads_on else [*addresses, *links_in("", text)])
    return bool(all_buttons)


def _follow(turn: Turn, said: Said) -> bool:
    """Follow the first short link of an SMS, or an unsubscribe link."""
    first = next(iter(addresses_in(turn.session, said.text)), None)
    if first is not None:
        domain = short_links.domain_named(turn.session, first.domain)
        return domain is not None and short_links.follow(turn, domain, first.slug, RECIPIENT) is not None
    return _unsubscribe(turn, links_in("", said.text))


def _unsubscribe(turn: Turn, links: Sequence[str]) -> bool:
    """Follow the link of a message if it is the only one, and an unsubscribe link."""
    if len(links) != 1 or not unsubscribing.is_in(links[0]):
        return False
    return unsubscribing.follow(turn, links[0].rpartition("/")[2]) is not None
