"""Short links in texts: replacing placeholders by links, and finding the links of a text.

github.com/bsgworld/go-sdk v2/api/openapi.yaml (short_links of the SMS sends)
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlmodel import Session, select

from emulator.engine.engine import Turn
from emulator.rcs.contents import NewLink, Own, Recipient
from emulator.rcs.short_links import active_domain
from emulator.rcs.slugs import new_slugs
from emulator.rcs.tables.short_links import ShortDomain


@dataclass(frozen=True)
class Shortening:
    """A placeholder in a text that becomes a link of each recipient's own."""

    link: str
    placeholder: str
    domain_ids: Sequence[str]
    change_domain_after: int | None
    protocol: bool
    counted_by: str | None = None
    """The kind of number that counts its links if they are made bit by bit; None if all are made at once."""


class Address(NamedTuple):
    """An address on a short domain, as it stands in a text."""

    scheme: str
    """`https://`, `http://`, or nothing."""
    domain: str
    slug: str


def check_domains(session: Session, shortenings: Sequence[Shortening]) -> None:
    """Raise DomainNotFound for a domain that is not active."""
    for shortening in shortenings:
        for domain_id in shortening.domain_ids:
            active_domain(session, domain_id)


def still_open(session: Session, shortenings: Sequence[Shortening], *, counted_by: str) -> list[Shortening]:
    """Return shortenings for links that are made later than requested, without domains that are gone by then.

    If no domain is left, the placeholder stays in the text.
    """
    active = set(session.exec(select(ShortDomain.id).where(ShortDomain.status == "active")))
    return [
        replace(
            one,
            domain_ids=[domain_id for domain_id in one.domain_ids if domain_id in active],
            counted_by=f"{counted_by}/{index}",
        )
        for index, one in enumerate(shortenings)
    ]


def shortened(
    turn: Turn, shortenings: Sequence[Shortening], recipients: Sequence[Recipient], text: str
) -> list[Recipient]:
    """Return the recipients, each with links of their own in the text. Raises DomainNotFound.

    A word inside of a longer placeholder or of a link is no placeholder.
    """
    longest_first = sorted({one.placeholder for one in shortenings}, key=len, reverse=True)
    placeholder = re.compile("|".join(map(re.escape, longest_first)))
    waiting = [set(placeholder.findall(_text_of(one, text))) for one in recipients]
    for shortening in shortenings:
        domains = [active_domain(turn.session, domain_id) for domain_id in shortening.domain_ids]
        word = shortening.placeholder
        places = [index for index, words in enumerate(waiting) if domains and word in words]
        recipients = _with_links(turn, shortening, domains, recipients, places)
        for index in places:
            waiting[index].remove(word)
    return [_written(one, placeholder, text) for one in recipients]


def _with_links(
    turn: Turn,
    shortening: Shortening,
    domains: Sequence[ShortDomain],
    recipients: Sequence[Recipient],
    places: Sequence[int],
) -> list[Recipient]:
    """Return the recipients, those at `places` with a new link that is not in their text yet."""
    turns = _turns(turn, shortening, domains, len(places))
    slugs = _slugs_of(turn, shortening.link, turns, recipients)
    found = list(recipients)
    for index, domain in zip(places, turns, strict=True):
        slug = next(slugs[domain.id])
        address = f"{'https://' if shortening.protocol else ''}{domain.name}/{slug}"
        link = NewLink(domain.id, slug, shortening.link, shortening.placeholder, address)
        own = found[index].own or Own()
        found[index] = found[index]._replace(own=replace(own, links=(*own.links, link)))
    return found


def _written(recipient: Recipient, placeholder: re.Pattern[str], text: str) -> Recipient:
    """Return a recipient with the links in the text, in the order of the text."""
    own = recipient.own
    if own is None or not own.links:
        return recipient
    links, before = {link.placeholder: link for link in own.links}, _text_of(recipient, text)
    words = dict.fromkeys(placeholder.findall(before))
    after = placeholder.sub(lambda found: links[found[0]].address if found[0] in links else found[0], before)
    in_order = tuple(links[word] for word in words if word in links)
    return recipient._replace(own=replace(own, text=after, links=in_order))


def _turns(
    turn: Turn, shortening: Shortening, domains: Sequence[ShortDomain], count: int
) -> list[ShortDomain]:
    """Return the domains for the next `count` links, in turn."""
    first = turn.ids.reserve(shortening.counted_by, count) - 1 if shortening.counted_by else 0
    after = shortening.change_domain_after or first + count
    return [domains[made // after % len(domains)] for made in range(first, first + count)]


def _text_of(recipient: Recipient, text: str) -> str:
    """Return a recipient's own text, or `text`."""
    own = recipient.own
    return text if own is None or own.text is None else own.text


def _slugs_of(
    turn: Turn, link: str, turns: Sequence[ShortDomain], recipients: Sequence[Recipient]
) -> dict[str, Iterator[str]]:
    """Return slugs for each domain, one for each of its turns, other than those that recipients have."""
    given: defaultdict[str, set[str]] = defaultdict(set)
    for recipient in recipients:
        for made in recipient.own.links if recipient.own else ():
            given[made.domain_id].add(made.slug)
    counts = Counter(domain.id for domain in turns)
    domains = {domain.id: domain for domain in turns}
    return {
        domain_id: iter(new_slugs(turn, domains[domain_id], link, count, given[domain_id]))
        for domain_id, count in counts.items()
    }


def bare_links(session: Session, text: str) -> list[str]:
    """Return the short links that stand in a text without a scheme, completed with one."""
    return [f"http://{one.domain}/{one.slug}" for one in addresses_in(session, text) if not one.scheme]


def addresses_in(session: Session, text: str) -> list[Address]:
    """Return the short links in a text, in order."""
    if "/" not in text:
        return []
    names = "|".join(re.escape(name) for name in session.exec(select(ShortDomain.name)))
    place = rf"(?<![\w./?&=#@%-])(https?://)?({names})/([\w-]+)"  # not inside of another address
    found = re.findall(place, text, re.IGNORECASE) if names else []
    return [Address(scheme, domain.lower(), slug) for scheme, domain, slug in found]
