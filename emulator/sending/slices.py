"""Reading mails in slices: the library would hold up all threads for 100 ms for 24 MB in one call."""

from collections.abc import Iterator
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import EmailPolicy
from quopri import decodestring

from emulator.base64_text import read_base64

SLICE = 65_536

WITH_CODES = {"x-uuencode", "uuencode", "uue", "x-uue"}
"""The transfer encodings that are not read in slices."""

_MULTIPART = b"multipart/"
_BEFORE = b"content-type:"
_FURTHEST = 1000
"""How many bytes before a part's type its header may begin: longer headers are not read."""


def parsed(raw: bytes, policy: EmailPolicy) -> Message:
    parser = BytesFeedParser(policy=policy)
    for start in range(0, len(raw), SLICE):
        parser.feed(raw[start : start + SLICE])
    return parser.close()


def count(raw: bytes, wanted: bytes) -> int:
    """Return how often `wanted` occurs; it must not overlap itself."""
    shared = len(wanted) - 1
    return sum(raw[start : start + SLICE + shared].count(wanted) for start in range(0, len(raw), SLICE))


def multiparts(raw: bytes) -> Iterator[int]:
    """Yield the places where the types of multiparts stand."""
    for start in range(0, len(raw), SLICE):
        lowered = raw[start : start + SLICE + len(_MULTIPART) - 1].lower()
        found = lowered.find(_MULTIPART)
        while found >= 0:
            place = start + found
            if raw[max(0, place - _FURTHEST) : place].rstrip().lower().endswith(_BEFORE):
                yield place
            found = lowered.find(_MULTIPART, found + 1)


def decoded(text: str, encoding: str) -> bytes | None:
    """Return the decoded bytes of a part's text; None if only the library can decode it.

    `encoding` is the part's transfer encoding.
    """
    if encoding in WITH_CODES:
        return None
    if encoding == "base64":
        return _from_base64(text)
    if encoding == "quoted-printable":
        return b"".join(decodestring(piece) for piece in _whole_lines(text))
    return b"".join(_pieces(text))


def _pieces(text: str) -> Iterator[bytes]:
    for start in range(0, len(text), SLICE):
        yield text[start : start + SLICE].encode("ascii", "surrogateescape")


def _whole_lines(text: str) -> Iterator[bytes]:
    rest = bytearray()
    for piece in _pieces(text):
        whole, newline, begun = piece.rpartition(b"\n")
        if newline:
            yield bytes(rest + whole + newline)
            rest.clear()
        rest += begun
    yield bytes(rest)


def _from_base64(text: str) -> bytes | None:
    """Return the bytes that a text encodes; None if anything in it is invalid."""
    try:
        return read_base64(text)
    except ValueError:
        return None
