"""Short links: how they are made, by clients and by sends, and what a visit to one does.

github.com/bsgworld/go-sdk v2/api/openapi.yaml (short-url)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from emulator.engine.clock import MINUTE
from emulator.engine.engine import Handler, Turn
from emulator.rcs import refusals
from emulator.rcs.contents import NewLink, Own, Recipient
from emulator.rcs.tables.short_links import RESTORABLE, ShortClick, ShortDomain, ShortLink
from emulator.sandbox.links import Visit
from emulator.storage.tables import among

DomainNotFound = refusals.refusal("DomainNotFound", 422, "Domain not found", has_errors=False)

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SLUGS = len(ALPHABET) ** 6
NUMERIC_SLUGS = 10**6
STRIDE = 38_712_345_677
"""Has no factor in common with the numbers of slugs, so that no slug comes twice before all have come."""

ROBOTS = re.compile("bot|crawler|spider|preview|curl|wget|python|go-http-client", re.IGNORECASE)
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
SYSTEMS = {"Android": "Android Mobile", "iPhone": "iOS", "iPad": "iOS", "Windows": "Windows", "Mac": "Mac OS"}
ACTIVATION = MINUTE
DOMAIN = "rcs.short_domain:"


@dataclass(frozen=True)
class Shortening:
    """A placeholder of a text that becomes a link of each recipient's own."""

    link: str
    placeholder: str
    domain_ids: Sequence[str]
    change_domain_after: int | None
    protocol: bool


def uuid_of(digits: str) -> str:
    """Write 32 hexadecimal digits in the form of a UUID."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def active_domain(session: Session, domain_id: str) -> ShortDomain:
    """Return a domain that links can be made on. Raises DomainNotFound."""
    domain = session.get(ShortDomain, domain_id)
    if domain is None or domain.status != "active":
        raise DomainNotFound
    return domain


def new_slug(turn: Turn, domain: ShortDomain, link: str) -> str:
    """Return a slug that the domain does not have yet."""
    taken = True
    slug = ""
    while taken:
        slug = _slug(domain, link, turn.ids.number("rcs.short_link"))
        found = select(ShortLink.id).where(ShortLink.domain_id == domain.id, ShortLink.slug == slug)
        taken = turn.session.exec(found).first() is not None
    return slug


def shortened(
    turn: Turn, shortenings: Sequence[Shortening], recipients: Sequence[Recipient], text: str
) -> list[Recipient]:
    """Return the recipients, each with a text that has links of their own in it. Raises DomainNotFound."""
    for shortening in shortenings:
        domains = [active_domain(turn.session, domain_id) for domain_id in shortening.domain_ids]
        recipients = _with_link(turn, shortening, domains, recipients, text)
    return list(recipients)


def _with_link(
    turn: Turn,
    shortening: Shortening,
    domains: Sequence[ShortDomain],
    recipients: Sequence[Recipient],
    text: str,
) -> list[Recipient]:
    found, made = [], 0
    for recipient in recipients:
        own = recipient.own or Own()
        before = text if own.text is None else own.text
        if shortening.placeholder not in before:
            found.append(recipient)
            continue
        step = made // shortening.change_domain_after if shortening.change_domain_after else 0
        domain = domains[step % len(domains)]
        slug = new_slug(turn, domain, shortening.link)
        made += 1
        address = f"{'https://' if shortening.protocol else ''}{domain.name}/{slug}"
        links = (*own.links, NewLink(domain.id, slug, shortening.link))
        own = replace(own, text=before.replace(shortening.placeholder, address), links=links)
        found.append(replace(recipient, own=own))
    return found


def store_links(
    turn: Turn, recipients: Sequence[Recipient], first_message_id: int, campaign_id: int | None
) -> None:
    """Store the links in the texts of messages, whose ids are consecutive, in the order of the recipients."""
    rows = [
        (link, recipient.phone, first_message_id + index)
        for index, recipient in enumerate(recipients)
        for link in (recipient.own.links if recipient.own else ())
    ]
    ids = turn.ids.hexes("rcs.short_link_id", len(rows), 32)
    turn.store.execute_many(
        _ADD_LINK,
        (
            (
                uuid_of(digits),
                link.domain_id,
                link.slug,
                status_of(link.link),
                link.link,
                campaign_id,
                message_id,
                phone,
                turn.now,
            )
            for digits, (link, phone, message_id) in zip(ids, rows, strict=True)
        ),
    )


def add_link(turn: Turn, domain: ShortDomain, link: str) -> str:
    """Store a link that a client makes; return its id."""
    link_id = uuid_of(turn.ids.hex("rcs.short_link_id", 32))
    slug = new_slug(turn, domain, link)
    row = (link_id, domain.id, slug, status_of(link), link, None, None, None, turn.now)
    turn.store.execute(_ADD_LINK, row)
    return link_id


def status_of(link: str) -> str:
    """Return the status of a new link: some targets do not pass moderation."""
    return "blocked" if "reject" in link.casefold() else "active"


def is_gone(turn: Turn, row: ShortLink | ShortDomain) -> bool:
    """Return whether something was deleted so long ago that it can not be brought back."""
    return row.init_deleted_at is not None and row.init_deleted_at + RESTORABLE <= turn.now


def visit(turn: Turn, domain_name: str, slug: str, by: Visit) -> str | None:
    """Count a click on a link; return where it leads, None where there is nothing to lead to."""
    domain = turn.session.exec(select(ShortDomain).where(ShortDomain.name == domain_name)).first()
    if domain is None:
        return None
    found = select(ShortLink).where(ShortLink.domain_id == domain.id, ShortLink.slug == slug)
    link = turn.session.exec(found).first()
    if link is None or link.status != "active" or domain.status != "active":
        return domain.not_found_page
    click(turn, link, by)
    return link.original_link


def click(turn: Turn, link: ShortLink, by: Visit) -> None:
    """Store a click on a link."""
    earlier = select(ShortClick.id).where(
        ShortClick.link_id == link.id,
        ShortClick.client_ip == by.address,
        ShortClick.user_agent == by.user_agent,
    )
    turn.store.execute(
        _ADD_CLICK,
        (
            uuid_of(turn.ids.hex("rcs.short_click", 32)),
            link.id,
            turn.now,
            by.method.lower(),
            by.user_agent,
            by.address,
            by.language,
            next((name for name in BROWSERS if name in by.user_agent), ""),
            next((system for name, system in SYSTEMS.items() if name in by.user_agent), _linux(by)),
            by.referrer,
            bool(by.user_agent) and not ROBOTS.search(by.user_agent),
            turn.session.exec(earlier).first() is None,
        ),
    )


def _linux(by: Visit) -> str | None:
    return "Linux" if "Linux" in by.user_agent else None


def add_domain(turn: Turn, domain: ShortDomain) -> None:
    """Store a domain of the client's own, which becomes active by itself."""
    turn.session.add(domain)
    turn.schedule(turn.now + ACTIVATION, "rcs.short_domain", f"{DOMAIN}{domain.id}")


def make_default(session: Session, domain: ShortDomain) -> None:
    for other in session.exec(select(ShortDomain).where(ShortDomain.is_default)).all():
        other.is_default = False
    domain.is_default = True


def delete_domain(turn: Turn, domain: ShortDomain) -> None:
    """Delete a domain, which can be brought back for a while; the second time it goes for good."""
    if domain.status == "deleted":
        turn.store.execute("DELETE FROM rcs_short_link WHERE domain_id = ?", (domain.id,))
        turn.session.delete(domain)
        return
    domain.status, domain.init_deleted_at = "deleted", turn.now
    if domain.is_default:
        domain.is_default = False
        oldest = select(ShortDomain).where(ShortDomain.status == "active")
        heir = turn.session.exec(oldest.order_by(col(ShortDomain.created_at), col(ShortDomain.id))).first()
        if heir is not None:
            heir.is_default = True


def delete_link(turn: Turn, link: ShortLink) -> None:
    """Delete a link, which can be brought back for a while; one that is not active goes for good."""
    if link.status in {"blocked", "deleted"}:
        turn.store.execute("DELETE FROM rcs_short_link WHERE id = ?", (link.id,))
    else:
        turn.store.execute(_DELETE_LINK, (turn.now, link.id))


def counts_of(session: Session, link_ids: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Return how many clicks links have, how many by humans and how many by different visitors."""
    clicks = session.exec(
        select(ShortClick.link_id, ShortClick.is_human, ShortClick.is_unique).where(
            among(ShortClick.link_id, link_ids)
        )
    ).all()
    found = dict.fromkeys(link_ids, (0, 0, 0))
    for link_id, is_human, is_unique in clicks:
        total, human, unique = found[link_id]
        found[link_id] = (total + 1, human + is_human, unique + is_unique)
    return found


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of domains."""
    return {"rcs.short_domain": _on_activation}


def _on_activation(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    domain = turn.session.get(ShortDomain, about.removeprefix(DOMAIN))
    if domain is not None and domain.status == "inactive" and "reject" not in domain.name.casefold():
        domain.status = "active"


def _slug(domain: ShortDomain, link: str, number: int) -> str:
    if domain.slug_type == "numeric":
        return f"{number * STRIDE % NUMERIC_SLUGS:06d}"
    if domain.slug_type == "from_original":
        place = urlsplit(link)
        letters = re.sub("[^A-Za-z0-9]", "", f"{place.hostname}{place.path}")
        return f"{letters[:20]}{number % 100_000}"
    rest, letters = number * STRIDE % SLUGS, ""
    for _ in range(6):
        rest, digit = divmod(rest, len(ALPHABET))
        letters += ALPHABET[digit]
    return letters


_ADD_LINK = """
    INSERT INTO rcs_short_link (id, domain_id, slug, status, name, original_link, campaign_id, message_id,
    phone, init_deleted_at, created_at) VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, NULL, ?)
"""
_ADD_CLICK = """
    INSERT INTO rcs_short_click (id, link_id, created_at, http_method, user_agent, client_ip,
    browser_language, browser, device_os, referrer_url, is_human, is_unique)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_DELETE_LINK = "UPDATE rcs_short_link SET status = 'deleted', init_deleted_at = ? WHERE id = ?"
