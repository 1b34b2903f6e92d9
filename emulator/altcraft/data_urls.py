"""Data URLs, as which clients send files: `data:text/csv;base64,…`."""

import re

DATA_URL = re.compile(
    r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[\w.+-]+|;[\w.+-]+=\"[\w .+-]*\")*);base64,", re.ASCII
)
LONGEST_TYPE = 200


def beginning_of(url: str) -> re.Match[str] | None:
    """Match a data URL up to its content: the media type, and its parameters. None for another text."""
    return DATA_URL.match(url[: len("data:;base64,") + LONGEST_TYPE])
