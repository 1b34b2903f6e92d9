"""What happens when recipients press the first button of a message, or follow the first link of an SMS."""

from sqlmodel import Session, select

from emulator.engine.engine import Turn
from emulator.rcs import short_links, unsubscribing
from emulator.rcs.channels import RCS
from emulator.rcs.contents import said
from emulator.rcs.tables.campaigns import Dispatch
from emulator.rcs.tables.short_links import ShortDomain, ShortLink, UnsubscribeLink
from emulator.rcs.webhooks import first_button
from emulator.sandbox.links import Linked, Visit
from emulator.sending.messages import Message, Selection
from emulator.storage.tables import insertion_order

RECIPIENT = Visit(
    address="192.0.2.1",
    user_agent="Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
    language="uk",
)
"""Who follows links where no real client does."""


def click(turn: Turn, selection: Selection) -> None:
    """Press the first button of messages, or follow their first link."""
    for message in selection.messages(turn.session):
        if message.channel == RCS:
            _press(turn, message)
        else:
            _follow(turn, message)


def visit(turn: Turn, domain: str, slug: str, by: Visit) -> str | Linked | None:
    """Note a visit to a short link or an unsubscribe link; return where it leads, or a page."""
    if domain == unsubscribing.DOMAIN:
        return unsubscribing.follow(turn, slug)
    return short_links.visit(turn, domain, slug, by)


def has_domain(session: Session, domain: str) -> bool:
    """Return whether short links or unsubscribe links are on a host name."""
    found = select(ShortDomain.id).where(ShortDomain.name == domain)
    return domain == unsubscribing.DOMAIN or session.exec(found).first() is not None


def _press(turn: Turn, message: Message) -> None:
    options = said(turn.session, turn.session.get_one(Dispatch, message.job_id), message).options
    button = first_button(options or {}) or {}
    if unsubscribing.is_in(button.get("url")):
        unsubscribing.follow(turn, str(button["url"]).rpartition("/")[2])


def _follow(turn: Turn, message: Message) -> None:
    links = select(ShortLink).where(ShortLink.message_id == message.id, ShortLink.status == "active")
    first = turn.session.exec(links.order_by(insertion_order(ShortLink))).first()
    if first is not None:
        short_links.click(turn, first, RECIPIENT)
        return
    wanted = select(UnsubscribeLink.slug).where(UnsubscribeLink.message_id == message.id)
    slug = turn.session.exec(wanted).first()
    if slug is not None:
        unsubscribing.follow(turn, slug)
