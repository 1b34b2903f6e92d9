"""Numbers as texts that say nothing of them: ids of sent messages, and cursors of lists.

A text can be turned back without being stored anywhere, and says by itself whether it was made here.
"""

import string
from hashlib import sha256

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PLACES = {letter: place for place, letter in enumerate(LETTERS)}
NUMBER = 8
"""The size of a number, in bytes."""


def seal(kind: str, number: int, length: int) -> str:
    """Return a text of `length` letters and digits that stands for a number of a kind, from 0 to 2^64 - 1."""
    check = _check(kind, number, length)
    veiled = number ^ _veil(kind, check)
    rest = int.from_bytes(veiled.to_bytes(NUMBER) + check)
    letters = []
    for _ in range(length):
        rest, place = divmod(rest, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def unseal(kind: str, text: str, length: int) -> int | None:
    """Return the number that a text stands for, None for a text that `seal` did not make."""
    if len(text) != length or not PLACES.keys() >= set(text):
        return None
    whole = 0
    for letter in reversed(text):
        whole = whole * len(LETTERS) + PLACES[letter]
    size = _size(length)
    if whole >> 8 * size:
        return None
    veiled, check = whole >> 8 * (size - NUMBER), whole.to_bytes(size)[NUMBER:]
    number = veiled ^ _veil(kind, check)
    return number if _check(kind, number, length) == check else None


def _size(length: int) -> int:
    """Return how many bytes fit into a text."""
    bits: int = (len(LETTERS) ** length).bit_length() - 1
    return bits // 8


def _check(kind: str, number: int, length: int) -> bytes:
    return sha256(f"{kind}/{number}".encode()).digest()[: _size(length) - NUMBER]


def _veil(kind: str, check: bytes) -> int:
    return int.from_bytes(sha256(kind.encode() + check).digest()[:NUMBER])
