"""The charsets of the texts that clients send."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE, lookup
from collections.abc import Mapping

NO_CHARSETS = frozenset(
    {"base64", "bz2", "hex", "idna", "mbcs", "oem", "palmos", "punycode", "quopri", "raw-unicode-escape"}
    | {"rot-13", "undefined", "unicode-escape", "utf-7", "uu", "zlib"}
)
"""Codecs of Python that are no charsets, and UTF-7, which can encode lone surrogates.

Some of them take hours for a body of the largest size.

https://docs.python.org/3/library/codecs.html#python-specific-encodings
"""

MARKS: Mapping[bytes, str] = {  # UTF-32 first: its little-endian mark begins with that of UTF-16
    BOM_UTF32_LE: "utf-32",
    BOM_UTF32_BE: "utf-32",
    BOM_UTF16_LE: "utf-16",
    BOM_UTF16_BE: "utf-16",
}
BY_ZEROS: Mapping[tuple[bool, ...], str] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
"""The charset of a text that begins with ASCII characters, by which of its first four bytes are zero."""

PROLOG = re.compile(rb"\s{0,9}<\?xml\s[^<>]{0,200}?\sencoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']")


def codec_of(charset: str) -> str | None:
    """Return the name of Python's codec for a charset, None for one that is unknown."""
    try:
        name = lookup(charset).name
    except (LookupError, ValueError):
        return None
    return None if name.replace("_", "-") in NO_CHARSETS else name


def shown_charset(body: bytes) -> str | None:
    """Return the charset of a body by its byte order mark, zero bytes or XML prolog; None if it has none."""
    for mark, charset in MARKS.items():
        if body.startswith(mark):
            return charset
    by_zeros = BY_ZEROS.get(tuple(byte == 0 for byte in body[:4]))
    prolog = None if by_zeros else PROLOG.match(body.removeprefix(b"\xef\xbb\xbf"))
    return prolog[1].decode() if prolog else by_zeros
