"""The operations that a request to an unknown path may have meant."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nsmallest

from emulator.gateway.catalogue import Catalogue

MOST = 3
"""How many operations are named."""

LONGEST = 200
"""How many characters of a path are compared."""

LEAST_ALIKE = 0.6
"""How alike two paths must be, between 0 (no segment is alike) and 1 (all segments are equal)."""

PARAMETER = 0.75
"""How alike a parameter and the segment in its place are, whatever that is."""

PREFIX = re.compile(r"api|v[0-9.]+|_emulator|__admin")
"""The segments that many paths begin with: they do not tell which operation is meant."""

SAME_METHOD = 0.1
"""How much the same method adds to the likeness of the paths."""


@lru_cache(maxsize=1024)  # clients repeat their mistakes
def nearest(catalogues: tuple[Catalogue, ...], method: str, path: str) -> list[str]:
    """Return the operations with paths like this one, the closest first: `POST /v1/campaigns`."""
    routable = [operation for catalogue in catalogues for operation in catalogue.routable()]
    return nearest_of([(operation.method, operation.route) for operation in routable], method, path)


def nearest_of(routes: Iterable[tuple[str, str]], method: str, path: str) -> list[str]:
    """Return which of these methods and paths are like this one, the closest first."""
    given, found = _segments(path[:LONGEST]), []
    for own_method, route in routes:
        own = _segments(route)
        alike = _alike(own, given)
        if alike >= LEAST_ALIKE and _shares_a_word(own, given):
            alike += SAME_METHOD if own_method == method else 0
            found.append((-alike, f"{own_method} {route}"))
    return [name for _, name in nsmallest(MOST, found)]


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _shares_a_word(own: Sequence[str], given: Sequence[str]) -> bool:
    """Return whether a literal segment of a path is like one that was given: parameters are like anything."""
    literal = (part for part in own if not part.startswith("{") and not PREFIX.fullmatch(part))
    return any(_part_alike(part, other) >= LEAST_ALIKE for part in literal for other in given)


def _alike(own: Sequence[str], given: Sequence[str]) -> float:
    """Return how alike two paths are, laid side by side so that one may lack segments at any one place."""
    shift, shorter = len(given) - len(own), min(len(given), len(own))
    first = [_part_alike(own[place], given[place]) for place in range(shorter)]
    last = [_part_alike(own[place], given[place + shift]) for place in range(len(own) - shorter, len(own))]
    best = max(sum(first[:cut]) + sum(last[cut:]) for cut in range(shorter + 1))
    return 2 * best / (len(own) + len(given))


@lru_cache(maxsize=16_384)  # paths share most of their segments
def _part_alike(own: str, given: str) -> float:
    """Return how alike two segments are; squared, as words that share some letters have nothing in common."""
    return PARAMETER if own.startswith("{") else SequenceMatcher(None, own, given).ratio() ** 2
