"""Finds one-time codes in texts: 4 to 8 digits, or the usual forms with letters, near a word such as "code".

The code that comes soonest after such a word is taken. If none follows in the same sentence, it is the one
before the word ("4821 is your code"), or else the first one in the sentences that follow.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

NEAR = 100
"""How many characters there may be between the word and the code."""
MOST_IN_LIST = 20
"""How many codes of a list are taken."""

WORD = re.compile(
    r"\b(?:(?P<other>promo|discount|coupon|voucher|gift|referral|zip|postal|post|area|country|dial(?:l?ing)?"
    r"|qr|bar|source|error|status|dress)[ -]?code"
    r"|(?:pass|pin|security-|one-time-)?codes?|otps?|pins?|passwords?|2fa|mfa|totp|verification|token"
    r"|код\w{0,3}|парол\w{0,3}|пин\w{0,2}|пин-код\w{0,2})\b",
    re.IGNORECASE,
)
"""The words beside which codes stand, and others that only look like them."""

CANDIDATE = re.compile(
    r"(?<![\w#№©$€£₽%@&])(?<![#№©] )(?<!\d[.,:/-])(?<!\w[-/])"
    r"(?:[A-Z]{1,3}-[0-9]{4,8}|[0-9]{3}[- ][0-9]{3}|[0-9](?: [0-9]){3,7}|[0-9]{4,8}|[A-Z0-9]{4}-[A-Z0-9]{4}"
    r"|(?=[A-Z]{0,9}[0-9])(?=[0-9]{0,9}[A-Z])[A-Z0-9]{4,10})"
    r"(?![\w%])(?!-\w)(?![.,:/][0-9])(?! ?(?:[$€£₽]|%|руб|rub|usd|eur))"
)
"""Matches what can be a code: no part of a longer word or number, no date, no time and no price."""

NO_CODES = re.compile(r"\b\w++://\S++|(?<!\S)[^\s@]++@\S++|\+[0-9][0-9 ()-]{6,20}")
"""Matches addresses and phone numbers: digits in them are no codes."""

SENTENCE_END = re.compile(r"[.!?] ")
BETWEEN_TWO = re.compile(r"[ ,;:/|•·–—-]{0,4}(?:(?:and|or|и|или) )?")
"""Matches what stands between two codes of a list."""


def codes_in(*texts: str) -> list[str]:
    """Return the codes in texts, each once, in order; words must be separated by single spaces."""
    return list(dict.fromkeys(code for text in texts for code in _Reading(text).codes()))


class _Reading:
    """A text with the places of its words, candidates and ends of sentences."""

    def __init__(self, text: str) -> None:
        self._text = NO_CODES.sub(lambda found: "_" * len(found[0]), text)
        self._words = [found.span() for found in WORD.finditer(self._text) if not found["other"]]
        found = [one.span() for one in CANDIDATE.finditer(self._text)] if self._words else []
        self._starts, self._ends = [start for start, _ in found], [end for _, end in found]
        self._breaks = [one.start() for one in SENTENCE_END.finditer(self._text)]

    def codes(self) -> Iterator[str]:
        chosen = {place for start, end in self._words for place in self._near(start, end)}
        for place in sorted(chosen):
            yield self._text[self._starts[place] : self._ends[place]].replace(" ", "")

    def _near(self, start: int, end: int) -> Iterator[int]:
        """Yield the places of the candidates that belong to the word from `start` to `end`."""
        behind = bisect_left(self._starts, end)
        before = behind - 1
        follows = behind < len(self._starts) and self._starts[behind] - end <= NEAR
        precedes = before >= 0 and 0 <= start - self._ends[before] <= NEAR
        if follows and precedes and self._is_parted(end, self._starts[behind]):
            follows = self._is_parted(self._ends[before], start)
        if follows:
            yield from self._list(behind, 1)
        elif precedes:
            yield from self._list(before, -1)

    def _is_parted(self, start: int, end: int) -> bool:
        """Return whether a sentence ends between two places."""
        place = bisect_left(self._breaks, start)
        return place < len(self._breaks) and self._breaks[place] < end

    def _list(self, place: int, step: int) -> Iterator[int]:
        """Yield the place of a candidate and those that follow in a list of codes, forwards or backwards."""
        for other in range(place, place + step * MOST_IN_LIST, step):
            yield other
            first, second = sorted((other, other + step))
            if first < 0 or second >= len(self._starts):
                return
            if not BETWEEN_TWO.fullmatch(self._text, self._ends[first], self._starts[second]):
                return
