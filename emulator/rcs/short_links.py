"""Short links: making, changing, deleting and visiting them.

github.com/bsgworld/go-sdk v2/api/openapi.yaml (short-url)
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from emulator.engine.clock import MINUTE
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.rcs import refusals
from emulator.rcs.contents import Recipient
from emulator.rcs.slugs import new_slugs
from emulator.rcs.tables.short_links import RESTORABLE, ShortClick, ShortDomain, ShortLink
from emulator.sandbox.links import Linked, Visit
from emulator.storage.tables import among, insertion_order

DomainNotFound = refusals.refusal("DomainNotFound", 422, "Domain not found", has_errors=False)

ROBOTS = re.compile("bot|crawler|spider|preview|curl|wget|python|go-http-client", re.IGNORECASE)
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
"""The browsers by their marks in a user agent; the first mark that is found decides."""

SYSTEMS = {
    "Android": "Android Mobile",
    "iPhone": "iOS",
    "iPad": "iOS",
    "Windows": "Windows",
    "Mac": "Mac OS",
    "Linux": "Linux",
}
"""The operating systems by their marks in a user agent; the first mark that is found decides."""

HOST_NAME = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
ACTIVATION = MINUTE
DOMAIN = "rcs.short_domain:"
LINK = "rcs.short_link:"
NOT_FOUND = Linked(b'{"message":"Not Found"}', "application/json", status=404)


def active_domain(session: Session, domain_id: str) -> ShortDomain:
    """Return an active domain. Raises DomainNotFound."""
    domain = session.get(ShortDomain, domain_id)
    if domain is None or domain.status != "active":
        raise DomainNotFound
    return domain


def store_links(
    turn: Turn, recipients: Sequence[Recipient], first_message_id: int, campaign_id: int | None
) -> None:
    """Store the links in the texts of messages, whose ids are consecutive, in the order of the recipients."""
    rows = [
        (link, recipient.phone, first_message_id + index)
        for index, recipient in enumerate(recipients)
        for link in (recipient.own.links if recipient.own else ())
    ]
    if not rows:
        return
    ids = turn.ids.uuids("rcs.short_link_id", len(rows))
    turn.store.execute_many(
        _ADD_LINK,
        (
            (
                link_id,
                link.domain_id,
                link.slug,
                status_of(link.link),
                link.link,
                campaign_id,
                message_id,
                phone,
                turn.now,
            )
            for link_id, (link, phone, message_id) in zip(ids, rows, strict=True)
        ),
    )


def add_link(turn: Turn, domain: ShortDomain, link: str) -> str:
    """Store a link that a client makes; return its id."""
    link_id = turn.ids.uuid("rcs.short_link_id")
    [slug] = new_slugs(turn, domain, link, 1)
    row = (link_id, domain.id, slug, status_of(link), link, None, None, None, turn.now)
    turn.store.execute(_ADD_LINK, row)
    return link_id


def status_of(link: str) -> str:
    """Return the status of a new link: some targets do not pass moderation."""
    return "blocked" if "reject" in link.casefold() else "active"


def domain_named(session: Session, name: str) -> ShortDomain | None:
    return session.exec(select(ShortDomain).where(ShortDomain.name == name)).first()


def visit(turn: Turn, domain_name: str, slug: str, by: Visit) -> str | Linked | None:
    """Store a click on a link; return its target, or a page for unknown links; None for an unknown domain."""
    domain = domain_named(turn.session, domain_name)
    if domain is None:
        return None
    return follow(turn, domain, slug, by) or domain.not_found_page or NOT_FOUND


def follow(turn: Turn, domain: ShortDomain, slug: str, by: Visit) -> str | None:
    """Store a click on a link; return its target; None if the link or its domain is not active."""
    found = select(ShortLink).where(ShortLink.domain_id == domain.id, ShortLink.slug == slug)
    link = turn.session.exec(found).first()
    if link is None or link.status != "active" or domain.status != "active":
        return None
    click(turn, domain.name, link, by)
    return link.original_link


def address_of(domain_name: str, slug: str) -> str:
    return f"http://{domain_name}/{slug}"


def click(turn: Turn, domain_name: str, link: ShortLink, by: Visit) -> None:
    """Store a click on a link, with the present data of the link."""
    earlier = select(ShortClick.id).where(
        ShortClick.link_id == link.id,
        ShortClick.client_ip == by.address,
        ShortClick.user_agent == by.user_agent,
    )
    turn.store.execute(
        _ADD_CLICK,
        (
            turn.ids.uuid("rcs.short_click"),
            link.id,
            address_of(domain_name, link.slug),
            link.original_link,
            link.campaign_id,
            link.message_id,
            link.phone,
            turn.now,
            by.method.lower(),
            by.user_agent,
            by.address,
            by.language,
            _by_mark(BROWSERS, by.user_agent) or "",
            _by_mark(SYSTEMS, by.user_agent),
            by.referrer,
            bool(by.user_agent) and not ROBOTS.search(by.user_agent),
            turn.session.exec(earlier).first() is None,
        ),
    )


def _by_mark(names: Mapping[str, str], user_agent: str) -> str | None:
    return next((name for mark, name in names.items() if mark in user_agent), None)


def add_domain(turn: Turn, domain: ShortDomain) -> None:
    """Store a client's own domain, and schedule its activation."""
    turn.session.add(domain)
    turn.schedule(turn.now + ACTIVATION, "rcs.short_domain", f"{DOMAIN}{domain.id}")


def make_default(session: Session, domain: ShortDomain) -> None:
    """Make a domain the default one, unless it is deleted."""
    if domain.status == "deleted":
        return
    for other in session.exec(select(ShortDomain).where(ShortDomain.is_default)).all():
        other.is_default = False
    domain.is_default = True


def delete_domain(turn: Turn, domain: ShortDomain) -> None:
    """Delete a domain, which can be restored for a while; remove one that is deleted already."""
    if domain.status == "deleted":
        _remove_domain(turn, domain)
        return
    domain.status, domain.init_deleted_at = "deleted", turn.now
    turn.schedule(turn.now + RESTORABLE, "rcs.short_domain_end", f"{DOMAIN}{domain.id}", rows=MANY_ROWS)
    _pass_on(turn.session, domain)


def _pass_on(session: Session, domain: ShortDomain) -> None:
    """Make the oldest active domain the default one if a deleted domain was it."""
    if not domain.is_default:
        return
    domain.is_default = False
    oldest = select(ShortDomain).where(ShortDomain.status == "active")
    heir = session.exec(oldest.order_by(col(ShortDomain.created_at), insertion_order(ShortDomain))).first()
    if heir is not None:
        heir.is_default = True


def delete_link(turn: Turn, link: ShortLink) -> None:
    """Delete a link, which can be restored for a while; remove one that is blocked or deleted already."""
    if link.status in {"blocked", "deleted"}:
        _remove_link(turn, link.id)
        return
    turn.store.execute(_DELETE_LINK, (turn.now, link.id))
    turn.schedule(turn.now + RESTORABLE, "rcs.short_link_end", f"{LINK}{link.id}")


def change_link(turn: Turn, link: ShortLink, changes: Mapping[str, str | None]) -> None:
    """Change the `name`, `slug` or `original_link` of a link; a new target may have to pass moderation."""
    new = {name: changes.get(name, getattr(link, name)) for name in ("name", "slug", "original_link")}
    is_judged = new["original_link"] != link.original_link and link.status in {"active", "blocked"}
    status = status_of(str(new["original_link"])) if is_judged else link.status
    turn.store.execute(_CHANGE_LINK, (*new.values(), status, link.id))


def counts_of(session: Session, link_ids: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Return how many clicks links have: in all, by humans, and by different visitors."""
    counting = select(
        ShortClick.link_id,
        func.count(),
        func.count().filter(col(ShortClick.is_human)),
        func.count().filter(col(ShortClick.is_unique)),
    )
    found = session.exec(counting.where(among(ShortClick.link_id, link_ids)).group_by(ShortClick.link_id))
    counts = {link_id: (total, human, unique) for link_id, total, human, unique in found}
    return dict.fromkeys(link_ids, (0, 0, 0)) | counts


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of domains and links."""
    return {
        "rcs.short_domain": _on_activation,
        "rcs.short_domain_end": _on_domain_end,
        "rcs.short_link_end": _on_link_end,
    }


def _on_activation(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    domain = turn.session.get(ShortDomain, about.removeprefix(DOMAIN))
    if domain is not None and domain.status == "inactive" and "reject" not in domain.name.casefold():
        domain.status = "active"


def _on_domain_end(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    domain = turn.session.get(ShortDomain, about.removeprefix(DOMAIN))
    if domain is not None:
        _remove_domain(turn, domain)


def _on_link_end(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    _remove_link(turn, about.removeprefix(LINK))


def _remove_domain(turn: Turn, domain: ShortDomain) -> None:
    """Remove a domain with its links; the clicks on them stay."""
    turn.cancel(f"{DOMAIN}{domain.id}")
    turn.store.execute("DELETE FROM rcs_short_link WHERE domain_id = ?", (domain.id,))
    turn.session.delete(domain)


def _remove_link(turn: Turn, link_id: str) -> None:
    """Remove a link; the clicks on it stay."""
    turn.cancel(f"{LINK}{link_id}")
    turn.store.execute("DELETE FROM rcs_short_link WHERE id = ?", (link_id,))


_ADD_LINK = """
    INSERT INTO rcs_short_link (id, domain_id, slug, status, name, original_link, campaign_id, message_id,
    phone, init_deleted_at, created_at) VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, NULL, ?)
"""
_ADD_CLICK = """
    INSERT INTO rcs_short_click (id, link_id, short_link, original_link, campaign_id, message_id, phone,
    created_at, http_method, user_agent, client_ip, browser_language, browser, device_os, referrer_url,
    is_human, is_unique) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_DELETE_LINK = "UPDATE rcs_short_link SET status = 'deleted', init_deleted_at = ? WHERE id = ?"
_CHANGE_LINK = "UPDATE rcs_short_link SET name = ?, slug = ?, original_link = ?, status = ? WHERE id = ?"
