"""Compressed request bodies: gzip, deflate and Brotli, never larger than a limit when they are unpacked."""

import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers

BYTE_ORDER_MARKS = (BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)

PIECE = 64 * 1024
MAX_MEMBERS = 1000
"""How many gzip files one body may consist of: each costs time, even an empty one."""


class PackedTooLargeError(Exception):
    """A body is too large when it is unpacked."""


class MalformedPackingError(Exception):
    """A body is not what its encoding says. The text says why."""


def encoding_of(headers: Headers) -> str:
    """Return the encodings that a body has been packed with, an empty text for none."""
    named = ", ".join(headers.getlist("content-encoding")).strip().lower()
    return "" if named == "identity" else named


def unpacked(encoding: str, body: bytes, limit: int) -> bytes:
    """Return a body without one of `ENCODINGS`. Raises PackedTooLargeError and MalformedPackingError."""
    try:
        return ENCODINGS[encoding](body, limit)
    except zlib.error as problem:
        raise MalformedPackingError(str(problem)) from problem


def _gunzipped(body: bytes, limit: int) -> bytes:
    return _inflated(body, limit, zlib.MAX_WBITS | 16, MAX_MEMBERS)


def _undeflated(body: bytes, limit: int) -> bytes:
    return _inflated(body, limit, zlib.MAX_WBITS, 1)


def _inflated(body: bytes, limit: int, window: int, members: int) -> bytes:
    """Return the content of zlib or gzip data that consists of up to so many members."""
    found = bytearray()
    member = zlib.decompressobj(window)
    for begin in range(0, len(body), PIECE):
        piece = body[begin : begin + PIECE]
        while piece:
            if member.eof:
                members -= 1
                if not members:
                    raise MalformedPackingError("something follows its end")
                member = zlib.decompressobj(window)
            found += member.decompress(piece, limit + 1 - len(found))
            if len(found) > limit:
                raise PackedTooLargeError
            piece = member.unconsumed_tail or member.unused_data
    if not member.eof:
        raise MalformedPackingError("its end is missing")
    return bytes(found)


def _unbrotlied(body: bytes, limit: int) -> bytes:
    import brotli  # noqa: PLC0415 -- few clients compress

    decompressor = brotli.Decompressor()
    try:
        found: bytes = decompressor.process(body, output_buffer_limit=limit + 1)
    except brotli.error as problem:
        raise MalformedPackingError("no Brotli stream") from problem
    if len(found) > limit:
        raise PackedTooLargeError
    if not decompressor.is_finished():
        raise MalformedPackingError("its end is missing")
    return found


ENCODINGS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzipped,
    "deflate": _undeflated,
    "br": _unbrotlied,
}
