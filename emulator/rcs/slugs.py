"""Slugs of short links: unique on their domain, and made for a whole send at once."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from sqlmodel import select

from emulator.engine.engine import Turn
from emulator.rcs.tables.short_links import ShortDomain, ShortLink
from emulator.sandbox.links import seal_of
from emulator.storage.ids import place_of
from emulator.storage.tables import among

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 6
OF_SEAL = 4
SLUGS: int = len(ALPHABET) ** LENGTH
STRIDE = 38_712_345_677
"""It has no factor in common with the numbers of possible slugs, so that none comes twice before all have."""

BACK: int = pow(STRIDE, -1, SLUGS)
ROOM = 1_000_000
"""How many random slugs each seed has of its own."""

LONGEST = 25
LONGEST_STEM = 20
"""How many letters and digits of a target a slug has at most."""


def new_slugs(
    turn: Turn, domain: ShortDomain, link: str, count: int, besides: Collection[str] = ()
) -> list[str]:
    """Return `count` slugs for links to one target that are neither on the domain nor in `besides`."""
    found: list[str] = []
    while len(found) < count:
        drawn = _drawn(turn, domain, link, count - len(found))
        on_domain = select(ShortLink.slug).where(ShortLink.domain_id == domain.id)
        taken = {*turn.session.exec(on_domain.where(among(ShortLink.slug, drawn))), *besides}
        found += [slug for slug in drawn if slug not in taken]
    return found


def random_slugs(turn: Turn, kind: str, count: int) -> list[str]:
    """Return slugs of six letters and digits that look random, made of the next numbers of `kind`."""
    first = turn.ids.reserve(kind, count)
    return [_letters(number * STRIDE, LENGTH) for number in range(first, first + count)]


def sealed_slugs(turn: Turn, kind: str, count: int) -> list[str]:
    """Return random slugs with four further letters that nobody can guess, for links that have an effect."""
    return [
        slug + _letters(seal_of(turn.session, f"{kind}/{slug}"), OF_SEAL)
        for slug in random_slugs(turn, kind, count)
    ]


def may_be_of(seed: int, slug: str) -> bool:
    """Return whether a slug may be a random or sealed one of a sandbox with this seed."""
    if len(slug) not in {LENGTH, LENGTH + OF_SEAL} or not set(slug) <= set(ALPHABET):
        return False
    value = 0
    for letter in reversed(slug[:LENGTH]):
        value = value * len(ALPHABET) + ALPHABET.index(letter)
    return (value * BACK - 1 - place_of(seed) * ROOM) % SLUGS < ROOM


def _drawn(turn: Turn, domain: ShortDomain, link: str, count: int) -> list[str]:
    """Return the next slugs of a domain, by its type, whether they are taken or not."""
    if domain.slug_type == "random":
        return random_slugs(turn, "rcs.short_link", count)
    stem = stem_of(link) if domain.slug_type == "from_original" else ""
    first = turn.ids.reserve(f"rcs.short_link/{domain.id}/{stem}", count)
    numbers = range(first, first + count)
    return [_numbered(stem, number) if stem else _digits(number) for number in numbers]


def stem_of(link: str) -> str:
    """Return the letters and digits of a target with which its slugs begin."""
    place = urlsplit(link)
    return re.sub("[^A-Za-z0-9]", "", f"{place.hostname}{place.path}")[:LONGEST_STEM]


def _numbered(stem: str, number: int) -> str:
    """Return the slug with a number of a target: the first one without digits, the others with some."""
    ending = "" if number == 1 else str(number - 1)
    return stem[: LONGEST - len(ending)] + ending


def _digits(number: int) -> str:
    length = max(LENGTH, len(str(number)))
    return f"{number * STRIDE % 10**length:0{length}d}"


def _letters(rest: int, length: int) -> str:
    letters = ""
    for _ in range(length):
        rest, digit = divmod(rest, len(ALPHABET))
        letters += ALPHABET[digit]
    return letters
