"""Decoding of Base64 in slices: one call of the library for 97 MB would block all threads for 0.5 s."""

from binascii import a2b_base64

SLICE = 65_536


def read_base64(text: str) -> bytes:
    """Return the bytes that a Base64 text encodes; white space in it is ignored. Raises ValueError."""
    found, rest, is_padded = [], "", False
    for start in range(0, len(text), SLICE):
        written = rest + "".join(text[start : start + SLICE].split())
        whole = len(written) // 4 * 4
        quads, rest = written[:whole], written[whole:]
        if written and is_padded:
            raise ValueError("Excess data after padding")
        is_padded = quads.endswith("=") or is_padded
        found.append(a2b_base64(quads, strict_mode=True))
    found.append(a2b_base64(rest, strict_mode=True))
    return b"".join(found)
