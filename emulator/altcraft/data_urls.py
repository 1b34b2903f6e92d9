"""Data URLs, as which clients send files: `data:text/csv;base64,…`."""

import re

from emulator.base64_text import read_base64

DATA_URL = re.compile(
    r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[\w.+-]+|;[\w.+-]+=\"[\w .+-]*\")*);base64,", re.ASCII
)
LONGEST_TYPE = 200


def beginning_of(url: str) -> re.Match[str] | None:
    """Match a data URL up to its content: the media type, and its parameters. None for another text."""
    return DATA_URL.match(url[: len("data:;base64,") + LONGEST_TYPE])


def read_data_url(url: str) -> tuple[str, bytes]:
    """Return the media type and the content of a data URL. Raises ValueError."""
    found = beginning_of(url)
    if found is None:
        raise ValueError("must be a data URL such as data:text/csv;base64,ZW1haWwK")
    return (found[1] or "text/plain") + found[2], read_content(url[found.end() :])


def read_content(text: str) -> bytes:
    """Return what a file in Base64 holds. Raises ValueError."""
    try:
        return read_base64(text)
    except ValueError as problem:
        raise ValueError(f"Malformed base64: {problem}") from problem
